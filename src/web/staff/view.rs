//! What the templates of the clerks' pages show: plain values, already in the
//! language of the page.

use serde::Serialize;

use crate::web::citizen::view::{FieldView, Problem};
use crate::web::frame::Said;

/// Sign-in: `staff/login`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LoginView {
    /// Account name as typed.
    pub account: String,
    /// Where the person wanted to go, an address below `/staff`; empty for the list.
    pub next: String,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// A remark above the form: key of the texts, `signed_out` or `expired`.
    pub note: Option<&'static str>,
}

/// Setting a password: `staff/password`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PasswordView {
    /// Account name, for the browser's store of passwords.
    pub account: String,
    /// Whether the person came in with a password made for them.
    pub first: bool,
    /// Said after it was saved.
    pub saved: bool,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// The same at the present password.
    pub present_error: Option<String>,
    /// The same at the new password.
    pub new_error: Option<String>,
    /// The same at its repetition.
    pub again_error: Option<String>,
}

/// The list of cases: `staff/queue`.
#[derive(Clone, Debug, Serialize)]
pub struct QueueView {
    /// What is listed: key of the texts below `staff.queue.title.`.
    pub title: &'static str,
    /// Views of one click.
    pub tabs: Vec<TabView>,
    /// The filter form.
    pub filter: FilterView,
    /// Filters in force, each with a link that removes it.
    pub chips: Vec<ChipView>,
    /// Address without any filter.
    pub clear: String,
    /// Cases on this page.
    pub rows: Vec<RowView>,
    /// Whether there are more than these.
    pub more: bool,
    /// The next page.
    pub next: Option<String>,
    /// Back to the first page.
    pub first: Option<String>,
    /// Whether cases of several departments are listed, so that each row names its own.
    pub several: bool,
    /// Deliveries that wait for a person.
    pub parked: usize,
    /// Whether a case was just given to another department.
    pub moved: bool,
}

/// A view of one click.
#[derive(Clone, Debug, Serialize)]
pub struct TabView {
    /// Key of the texts below `staff.tab.`.
    pub name: &'static str,
    /// Where it leads.
    pub href: String,
    /// Whether it is shown.
    pub current: bool,
}

/// The filter form with what is chosen.
#[derive(Clone, Debug, Serialize)]
pub struct FilterView {
    /// What was searched for.
    pub q: String,
    /// Open, closed or all.
    pub status: Vec<SelectOption>,
    /// Queues of the departments.
    pub queues: Vec<SelectOption>,
    /// Mine, nobody's or all.
    pub owner: Vec<SelectOption>,
}

/// An option of a select.
#[derive(Clone, Debug, Serialize)]
pub struct SelectOption {
    /// Value sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A filter in force.
#[derive(Clone, Debug, Serialize)]
pub struct ChipView {
    /// Its words.
    pub label: String,
    /// The list without it.
    pub href: String,
}

/// A case in the list.
#[derive(Clone, Debug, Serialize)]
pub struct RowView {
    /// Its page.
    pub href: String,
    /// Case number.
    pub reference: String,
    /// Name of the service.
    pub service: Said,
    /// Name of the applicant; empty for anonymous reports.
    pub applicant: String,
    /// Where it stands.
    pub states: Vec<Said>,
    /// Whether it is closed.
    pub closed: bool,
    /// Marks such as new documents.
    pub flags: Vec<FlagView>,
    /// When something is due.
    pub due: Option<DueView>,
    /// When it was opened, milliseconds.
    pub opened_at: i64,
    /// Who works it.
    pub owner: Option<OwnerView>,
    /// Department and queue.
    pub place: Said,
}

/// A mark of a case.
#[derive(Clone, Debug, Serialize)]
pub struct FlagView {
    /// Its words.
    pub label: String,
    /// `info`, `warning` or `danger`.
    pub kind: &'static str,
}

/// A deadline in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueView {
    /// An instant of the last day it may be met, milliseconds.
    pub at: i64,
    /// Key of the texts below `staff.due.`: `overdue`, `passed`, `today`, `soon` or `later`.
    pub kind: &'static str,
    /// Days from today, or since.
    pub days: i64,
}

/// Who works a case.
#[derive(Clone, Debug, Serialize)]
pub struct OwnerView {
    /// Name shown.
    pub name: String,
    /// Whether it is the reader.
    pub mine: bool,
}

/// The page of a case: `staff/case`.
#[derive(Clone, Debug, Serialize)]
pub struct CasePageView {
    /// People besides the applicant whose word it needs.
    pub parties: Vec<super::parties::PartyView>,
    /// Facts about it, as in the list.
    pub case: RowView,
    /// What the citizen reads about the state.
    pub public: Option<Said>,
    /// When it ended, milliseconds.
    pub closed_at: Option<i64>,
    /// Mail address of the applicant.
    pub email: Option<String>,
    /// Postal address of the applicant, one line each.
    pub address: Vec<String>,
    /// Language of the applicant, in words.
    pub language: &'static str,
    /// The list it was opened from.
    pub back: String,
    /// The next case of that list.
    pub next: String,
    /// Said after something was done: key of the texts below `staff.done.`.
    pub done: Option<&'static str>,
    /// Errors of what was sent.
    pub problems: Vec<Problem>,
    /// What happened since the page was made from which something was sent.
    pub stale: Option<StaleView>,
    /// Answers.
    pub sections: Vec<SectionView>,
    /// Files not asked for by a question of the form, such as those of replies.
    pub files: Vec<CaseFileView>,
    /// Papers still to be handed in.
    pub outstanding: Vec<String>,
    /// What it costs.
    pub fee: Option<CaseFeeView>,
    /// Payments asked for.
    pub payments: Vec<PaymentView>,
    /// Places asked for.
    pub capacity: Option<CapacityView>,
    /// Receipt and letters.
    pub documents: Vec<CaseDocumentView>,
    /// What this person may do now.
    pub actions: Vec<ActView>,
    /// Revision the page was made from.
    pub revision: i64,
    /// Giving the case to somebody.
    pub assign: AssignView,
    /// The form for a remark.
    pub note: NoteView,
    /// Where a closed case is taken off the public pages.
    pub withhold: Option<String>,
    /// What happened, newest first.
    pub history: Vec<EntryView>,
    /// What was handed to the outside.
    pub deliveries: Vec<DeliveryView>,
}

/// What happened meanwhile, and what was typed where it has no form any more.
#[derive(Clone, Debug, Serialize)]
pub struct StaleView {
    /// Entries of the history since then, oldest first.
    pub entries: Vec<EntryView>,
    /// What was typed for an action that is not offered any more.
    pub typed: Vec<FactView>,
}

/// Answers of one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SectionView {
    /// Topic.
    pub title: String,
    /// Questions and answers, by group or list entry.
    pub blocks: Vec<BlockView>,
}

/// Answers of a group or list entry, or those outside of any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockView {
    /// Name of the group or entry.
    pub heading: Option<String>,
    /// Questions and answers.
    pub rows: Vec<AnswerView>,
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnswerView {
    /// Question.
    pub label: String,
    /// Answer in plain form; lines are kept.
    pub value: String,
    /// Files handed in for it; the value is not shown then.
    pub files: Vec<CaseFileView>,
}

/// A file of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseFileView {
    /// Where it is fetched.
    pub href: String,
    /// Name as given.
    pub name: String,
    /// Media type found in the content.
    pub media_type: String,
    /// Size in bytes.
    pub size: i64,
    /// Hex SHA-256 of the content.
    pub sha256: String,
}

/// A label with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactView {
    /// What.
    pub label: String,
    /// Value.
    pub value: String,
}

/// The fee; amounts are decimal texts in euros.
#[derive(Clone, Debug, Serialize)]
pub struct CaseFeeView {
    /// Its lines.
    pub lines: Vec<FeeLineView>,
    /// Sum.
    pub total: String,
}

/// A line of the fee.
#[derive(Clone, Debug, Serialize)]
pub struct FeeLineView {
    /// What is charged.
    pub label: Said,
    /// Statute or tariff.
    pub basis: Option<String>,
    /// Amount in euros.
    pub amount: String,
}

/// A payment asked for.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentView {
    /// Amount in euros.
    pub amount: String,
    /// Purpose on the statement.
    pub purpose: String,
    /// Key of the texts below `staff.payment.`.
    pub state: &'static str,
    /// When it was asked for or settled, milliseconds.
    pub at: i64,
}

/// Limited places.
#[derive(Clone, Debug, Serialize)]
pub struct CapacityView {
    /// Id of the resource, as the form names it.
    pub resource: String,
    /// Places asked for.
    pub quantity: i64,
    /// Places there are in all.
    pub limit: i64,
    /// Place in the waiting list.
    pub rank: Option<i64>,
}

/// A document of the case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseDocumentView {
    /// Where it is fetched.
    pub href: String,
    /// Title.
    pub title: Said,
    /// When it was ordered, milliseconds.
    pub at: i64,
    /// Whether the citizen may fetch it too.
    pub public: bool,
}

/// Something the clerk may do.
#[derive(Clone, Debug, Serialize)]
pub struct ActView {
    /// HTML id.
    pub id: String,
    /// Words of the button.
    pub label: Said,
    /// What it does.
    pub description: Option<Said>,
    /// `primary`, `secondary` or `danger`.
    pub style: &'static str,
    /// Where it is posted to.
    pub action: String,
    /// Questions of its form.
    pub fields: Vec<FieldView>,
    /// Whether files belong to it.
    pub uploads: bool,
    /// Whether a step lies between the choice and the deed: questions, or a danger to confirm.
    pub folded: bool,
    /// Whether its form is open.
    pub open: bool,
    /// Why it cannot be done now.
    pub refusal: Option<Said>,
}

/// Giving the case to somebody.
#[derive(Clone, Debug, Serialize)]
pub struct AssignView {
    /// Where it is posted to.
    pub action: String,
    /// Whether the case can be given: closed ones cannot.
    pub possible: bool,
    /// Account name of the reader.
    pub me: String,
    /// Colleagues; the first option is nobody.
    pub colleagues: Vec<SelectOption>,
}

/// The form for a remark.
#[derive(Clone, Debug, Serialize)]
pub struct NoteView {
    /// Where it is posted to.
    pub action: String,
    /// What was typed.
    pub text: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Whether the form is open.
    pub open: bool,
}

/// An entry of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryView {
    /// Number of the step.
    pub seq: i64,
    /// When, milliseconds.
    pub at: i64,
    /// Key of the texts below `staff.who.`: `citizen`, `staff` or `system`.
    pub who: &'static str,
    /// Name of the clerk.
    pub name: Option<String>,
    /// What was done.
    pub what: Said,
    /// What was given with it.
    pub data: Vec<FactView>,
    /// Where the case stood afterwards, where that changed.
    pub state: Option<String>,
    /// Whether only staff see it.
    pub internal: bool,
}

/// A line of the ledger of what was handed to the outside.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryView {
    /// Number of the step.
    pub seq: i64,
    /// What was to be done.
    pub what: String,
    /// Key of the texts below `staff.delivery.`.
    pub state: &'static str,
    /// Attempts so far.
    pub attempts: i64,
    /// When it was settled, or is tried next, milliseconds.
    pub at: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// What the other side answered.
    pub receipt: Option<String>,
}

/// Deliveries that wait for a person: `staff/deliveries`.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveriesView {
    /// The longest waiting first.
    pub rows: Vec<ParkedView>,
    /// Whether one was just put back.
    pub repeated: bool,
}

/// A delivery that was given up.
#[derive(Clone, Debug, Serialize)]
pub struct ParkedView {
    /// Id of the parcel.
    pub id: String,
    /// Page of the case.
    pub href: String,
    /// Case number.
    pub reference: String,
    /// What was to be done.
    pub what: String,
    /// Department of the case.
    pub department: Said,
    /// Why it could not be done.
    pub error: Option<String>,
    /// When it was given up, milliseconds.
    pub parked_at: i64,
}
