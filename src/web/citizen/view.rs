//! What the templates of the citizen's pages show: plain values, already in
//! the language of the page.

use serde::Serialize;

mod field;

pub use field::{EntryView, FieldView, FileView, OptionView, PartView, UploadView};

use crate::web::frame::Said;

/// Page of a service (F1): `citizen/service`.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceView {
    /// Its name.
    pub title: Said,
    /// What it is for.
    pub summary: Said,
    /// Who may apply.
    pub who: Option<Said>,
    /// What must be the case.
    pub prerequisites: Vec<Said>,
    /// What to have at hand.
    pub needed: Vec<Said>,
    /// Documents to upload.
    pub attachments: Vec<NeededFile>,
    /// Deadlines of the citizen.
    pub deadlines: Vec<Said>,
    /// What happens after sending.
    pub next: Vec<Said>,
    /// Minutes to fill in.
    pub minutes: Option<i64>,
    /// How long the department takes.
    pub processing_time: Option<Said>,
    /// What it costs.
    pub cost: Option<Said>,
    /// How the applicant proves who they are, key of the texts, such as `email`.
    pub identification: &'static str,
    /// Why.
    pub identification_reason: Option<Said>,
    /// Statutes.
    pub legal: Vec<String>,
    /// The privacy notice.
    pub privacy: PrivacyView,
    /// Who works it.
    pub department: Option<DepartmentView>,
    /// Address the start button posts to; none while the service is closed.
    pub start: Option<String>,
    /// Drafts of this visitor that wait to be finished.
    pub drafts: Vec<DraftLink>,
    /// Address of the personal checklist; none where there is nothing to ask.
    pub checklist: Option<String>,
}

/// A draft of this visitor that waits to be finished.
#[derive(Clone, Debug, Serialize)]
pub struct DraftLink {
    /// Where it goes on.
    pub href: String,
    /// When it was last changed, milliseconds.
    pub saved_at: i64,
}

/// A document the service asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NeededFile {
    /// Its name.
    pub label: Said,
    /// Whether it is asked only in some cases.
    pub sometimes: bool,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it may be handed in after sending.
    pub later: bool,
}

/// The privacy notice (Art. 13 GDPR) in short.
#[derive(Clone, Debug, Serialize)]
pub struct PrivacyView {
    /// What the data are for.
    pub purpose: Said,
    /// Legal basis.
    pub basis: String,
    /// How long they are kept, in words.
    pub retention: String,
    /// Who else receives them.
    pub recipients: Vec<Said>,
}

/// A department as citizens reach it.
#[derive(Clone, Debug, Serialize)]
pub struct DepartmentView {
    /// Its name.
    pub name: Said,
    /// Mail address.
    pub email: String,
    /// Telephone as shown.
    pub phone: String,
    /// Telephone for `tel:`.
    pub phone_link: String,
    /// Postal address, one line each.
    pub address: Vec<String>,
    /// Whether it can be reached without steps.
    pub accessible: bool,
    /// Opening hours: day and times.
    pub hours: Vec<HoursView>,
    /// A note on them.
    pub hours_note: Option<Said>,
    /// Whether it is open now.
    pub opening: Option<String>,
    /// Its page.
    pub page: String,
}

/// Opening hours of a day.
#[derive(Clone, Debug, Serialize)]
pub struct HoursView {
    /// Name of the day.
    pub day: String,
    /// Times, such as `07:30–12:30, 14:00–16:00`, or closed.
    pub times: String,
}

/// A step of the assistant: `citizen/step`.
#[derive(Clone, Debug, Serialize)]
pub struct StepView {
    /// Name of the service.
    pub service: Said,
    /// Topic of the page.
    pub title: Said,
    /// Whether the only question is the heading of the page (F3).
    pub question_is_title: bool,
    /// Text above the questions.
    pub intro: Option<Said>,
    /// Number of the step.
    pub number: usize,
    /// Number of steps.
    pub count: usize,
    /// Where the form is posted to.
    pub action: String,
    /// Where "back" leads.
    pub back: String,
    /// Whether files can be uploaded: the form is multipart then.
    pub uploads: bool,
    /// Errors in the order of the page.
    pub problems: Vec<Problem>,
    /// Remarks that may be passed.
    pub warnings: Vec<Problem>,
    /// Marks of those remarks, sent back so that they are shown once.
    pub warned: String,
    /// Whether new questions opened, so that the page is shown again (Q10).
    pub opened: bool,
    /// Said in the live region, such as that a file was uploaded.
    pub status: Option<String>,
    /// The questions.
    pub fields: Vec<FieldView>,
    /// Value of `_return`: `check` when the person came from the check page.
    pub returns: Option<&'static str>,
    /// Until when the draft is kept, milliseconds.
    pub expires_at: i64,
}

/// A line of the error summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// HTML id of the control it leads to; none when it belongs to the page.
    pub target: Option<String>,
    /// What to do.
    pub message: String,
}

/// Check page before sending (F8, F9): `citizen/check`.
#[derive(Clone, Debug, Serialize)]
pub struct CheckView {
    /// Name of the service.
    pub service: Said,
    /// Where "back" leads.
    pub back: String,
    /// Number of this step, which is the last one.
    pub number: usize,
    /// Answers by page.
    pub sections: Vec<CheckSection>,
    /// What must still be mended.
    pub problems: Vec<CheckProblem>,
    /// Remarks that may be passed.
    pub warnings: Vec<CheckProblem>,
    /// What it costs.
    pub fee: Option<FeeView>,
    /// Address the send button posts to.
    pub action: String,
    /// Department that receives it.
    pub department: Option<Said>,
    /// Privacy notice in short.
    pub privacy: PrivacyView,
    /// Until when the draft is kept, milliseconds.
    pub expires_at: i64,
    /// Address of "save and continue later".
    pub later: String,
}

/// A page's answers on the check page.
#[derive(Clone, Debug, Serialize)]
pub struct CheckSection {
    /// Topic.
    pub title: Said,
    /// Link that changes it and comes back.
    pub change: String,
    /// Question and answer.
    pub rows: Vec<CheckRow>,
}

/// A question with its answer.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRow {
    /// Question.
    pub label: Said,
    /// Whether it is the heading of a group or list entry.
    pub heading: bool,
    /// Answer in plain form; lines are kept.
    pub value: String,
    /// Link that changes it and comes back; none for computed answers.
    pub change: Option<String>,
}

/// Something to mend, with a link to where.
#[derive(Clone, Debug, Serialize)]
pub struct CheckProblem {
    /// Link to the question.
    pub href: String,
    /// What to do.
    pub message: String,
}

/// A fee with its lines; amounts are decimal texts in euros.
#[derive(Clone, Debug, Serialize)]
pub struct FeeView {
    /// Sum.
    pub total: String,
    /// Whether anything is to be paid.
    pub payable: bool,
    /// Lines.
    pub lines: Vec<FeeLineView>,
}

/// A line of a fee.
#[derive(Clone, Debug, Serialize)]
pub struct FeeLineView {
    /// What is charged.
    pub label: Said,
    /// Amount in euros.
    pub amount: String,
    /// Statute or tariff.
    pub basis: Option<String>,
}

/// Confirmation (F11): `citizen/done`.
#[derive(Clone, Debug, Serialize)]
pub struct DoneView {
    /// Name of the service.
    pub service: Said,
    /// Case number.
    pub reference: String,
    /// Secret of the status page.
    pub secret: String,
    /// Address of the status page.
    pub status: String,
    /// Address of the receipt; none while it is being made.
    pub receipt: Option<String>,
    /// Mail address the confirmation goes to.
    pub email: Option<String>,
    /// What happens next.
    pub next: Vec<Said>,
    /// How long it takes.
    pub processing_time: Option<Said>,
    /// Payment to make.
    pub payment: Option<PaymentLink>,
    /// Files still to be handed in.
    pub outstanding: Vec<Said>,
    /// Whom to ask.
    pub department: Option<DepartmentView>,
}

/// A payment that waits.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentLink {
    /// Where it is paid; none where the town pays on other ways.
    pub href: Option<String>,
    /// Amount in euros.
    pub amount: String,
}

/// Status of a case: `citizen/status`.
#[derive(Clone, Debug, Serialize)]
pub struct StatusView {
    /// Name of the service.
    pub service: Said,
    /// Case number.
    pub reference: String,
    /// Name of the state.
    pub state: Said,
    /// The state in the citizen's words.
    pub words: Option<Said>,
    /// What the office wrote when the case came to this state.
    pub told: Vec<StatedView>,
    /// Whether the case is closed.
    pub closed: bool,
    /// When it was sent, milliseconds.
    pub opened_at: i64,
    /// Date by which something is due, milliseconds.
    pub due_at: Option<i64>,
    /// Place in the waiting list.
    pub rank: Option<i64>,
    /// Payment to make.
    pub payment: Option<PaymentLink>,
    /// What the applicant can do now.
    pub actions: Vec<ActionView>,
    /// Documents to fetch.
    pub documents: Vec<DocumentLink>,
    /// Files from the office.
    pub files: Vec<DocumentLink>,
    /// What happened, newest first.
    pub history: Vec<HistoryView>,
    /// Who else has to agree.
    pub parties: Vec<super::party::PartyLine>,
    /// Whom to ask.
    pub department: Option<DepartmentView>,
    /// Said after an action.
    pub note: Option<String>,
    /// What was typed for an action that is no longer there.
    pub kept: Vec<String>,
    /// `success` or `warning`.
    pub note_kind: &'static str,
    /// Errors of the action's form.
    pub problems: Vec<Problem>,
}

/// An action of the applicant with its small form.
#[derive(Clone, Debug, Serialize)]
pub struct ActionView {
    /// Event name.
    pub event: String,
    /// HTML id of its form.
    pub id: String,
    /// Words of the button.
    pub label: Said,
    /// What it does.
    pub description: Option<Said>,
    /// `primary`, `secondary` or `danger`.
    pub style: &'static str,
    /// Where it is posted to.
    pub action: String,
    /// Whether files can be uploaded.
    pub uploads: bool,
    /// Questions of its form.
    pub fields: Vec<FieldView>,
    /// Revision of the case the page was made from.
    pub revision: i64,
    /// Why it cannot be done now.
    pub refusal: Option<Said>,
    /// Whether its form is open.
    pub open: bool,
}

/// A document to fetch.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentLink {
    /// Where.
    pub href: String,
    /// Title.
    pub title: Said,
    /// When it was made, milliseconds.
    pub at: i64,
}

/// A line of the history.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryView {
    /// When, milliseconds.
    pub at: i64,
    /// What happened.
    pub what: Said,
    /// Who: key of the texts: `citizen`, `staff`, `system`.
    pub who: &'static str,
    /// What was said with it: question and answer.
    pub facts: Vec<StatedView>,
}

/// Something said with a step: the question of its form and the answer.
#[derive(Clone, Debug, Serialize)]
pub struct StatedView {
    /// The question.
    pub label: String,
    /// The answer.
    pub value: String,
}

/// Look up a case: `citizen/lookup`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LookupView {
    /// What was typed as number.
    pub reference: String,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Error at the number.
    pub reference_error: Option<String>,
    /// Error at the secret.
    pub secret_error: Option<String>,
}

/// Continue a saved draft: `citizen/resume`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ResumeView {
    /// What was typed.
    pub code: String,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Error at the code.
    pub error: Option<String>,
}

/// A draft was saved (S2): `citizen/later`.
#[derive(Clone, Debug, Serialize)]
pub struct LaterView {
    /// Name of the service.
    pub service: Said,
    /// Code in groups of four; none before it is asked for.
    pub code: Option<String>,
    /// Address that makes a code.
    pub action: String,
    /// Page the person was on.
    pub page: String,
    /// Full address of the page where it is entered.
    pub address: String,
    /// Until when the draft is kept, milliseconds.
    pub expires_at: i64,
    /// Back to the step.
    pub back: String,
    /// A `mailto:` link with the code.
    pub mail: String,
}

/// Check a receipt: `citizen/verify`.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyView {
    /// Result; none before a file was uploaded.
    pub result: Option<VerifyResult>,
    /// What is wrong with the upload.
    pub problems: Vec<Problem>,
    /// Error at the file.
    pub error: Option<String>,
    /// The public key for checks without this page: its id and itself.
    pub key: Vec<FactView>,
}

/// What the check of a receipt found.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyResult {
    /// Whether the receipt is genuine and unchanged.
    pub genuine: bool,
    /// Key of the words: `genuine`, `altered`, `unknown_key`, `no_receipt`.
    pub kind: &'static str,
    /// Facts sealed in it: label and value.
    pub facts: Vec<FactView>,
}

/// A fact: what and its value.
#[derive(Clone, Debug, Serialize)]
pub struct FactView {
    /// What.
    pub label: String,
    /// Value.
    pub value: String,
}

/// An error page: `error`.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorView {
    /// Key of the texts, such as `not_found`.
    pub kind: &'static str,
    /// Number to name to the service desk.
    pub incident: Option<String>,
    /// When it happened, milliseconds.
    pub at: Option<i64>,
}

/// The mail box of the demo town: `demo/mails`.
#[derive(Clone, Debug, Serialize)]
pub struct MailsView {
    /// Newest first.
    pub mails: Vec<MailLine>,
}

/// A mail in the list.
#[derive(Clone, Debug, Serialize)]
pub struct MailLine {
    /// Where it is read.
    pub href: String,
    /// Addressee.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// When, milliseconds.
    pub at: i64,
}

/// One mail: `demo/mail`.
#[derive(Clone, Debug, Serialize)]
pub struct MailView {
    /// The mail.
    pub mail: MailLine,
    /// Text.
    pub body: String,
    /// Addresses in the text, to be followed.
    pub links: Vec<String>,
    /// Names and addresses of its attachments.
    pub files: Vec<MailFile>,
}

/// An attachment of a demo mail.
#[derive(Clone, Debug, Serialize)]
pub struct MailFile {
    /// File name.
    pub name: String,
    /// Where it is fetched.
    pub href: String,
}

/// The payment page of the demo town: `demo/pay`.
#[derive(Clone, Debug, Serialize)]
pub struct PayView {
    /// Amount in euros.
    pub amount: String,
    /// Purpose on the statement.
    pub purpose: String,
    /// Case number.
    pub reference: String,
    /// `open`, `paid` or `closed`.
    pub state: &'static str,
    /// Address the buttons post to.
    pub action: String,
    /// Where the person goes on.
    pub back: String,
}

/// Statement pages: `about/accessibility`, `about/privacy`, `about/imprint`.
#[derive(Clone, Debug, Serialize)]
pub struct AboutView {
    /// Date of the statement, ISO.
    pub updated: &'static str,
    /// How long cases are kept, on the privacy page.
    pub retention: Vec<RetentionView>,
}

/// How long the cases of a service are kept.
#[derive(Clone, Debug, Serialize)]
pub struct RetentionView {
    /// Page of the service.
    pub href: String,
    /// The service.
    pub title: Said,
    /// How long, in words.
    pub period: String,
}
