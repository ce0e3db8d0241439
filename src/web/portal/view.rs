//! What the templates of the portal show.

use serde::Serialize;

use crate::web::citizen::view::{DepartmentView, FeeView, Problem};
use crate::web::frame::Said;

/// A service in a list.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceLink {
    /// Its page.
    pub href: String,
    /// Its name.
    pub title: Said,
    /// What it is for.
    pub summary: Said,
    /// Who works it, where that is not clear from the page.
    pub department: Option<Said>,
}

/// A link with a sentence: an area, a situation, a department.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// Where it leads.
    pub href: String,
    /// Its name.
    pub title: Said,
    /// What is behind it.
    pub summary: Said,
    /// A further line, such as whether a department is open.
    pub note: Option<String>,
}

/// Start page: `portal/start`.
#[derive(Clone, Debug, Serialize)]
pub struct StartView {
    /// News of the day.
    pub news: Vec<NewsView>,
    /// Services many people come for.
    pub popular: Vec<ServiceLink>,
    /// Situations of life.
    pub situations: Vec<Card>,
    /// Areas.
    pub areas: Vec<Card>,
}

/// A piece of news.
#[derive(Clone, Debug, Serialize)]
pub struct NewsView {
    /// Its heading.
    pub title: Said,
    /// What is new.
    pub text: Said,
    /// Since when, ISO 8601.
    pub from: String,
    /// The service it is about.
    pub service: Option<ServiceLink>,
}

/// Result of a search: `portal/search`.
#[derive(Clone, Debug, Serialize)]
pub struct SearchView {
    /// What was searched for.
    pub query: String,
    /// Whether anything was.
    pub searched: bool,
    /// Services found, on this page.
    pub count: usize,
    /// Services, the best first.
    pub services: Vec<ServiceLink>,
    /// Departments that fit.
    pub departments: Vec<Card>,
    /// Words read as others, in one sentence each.
    pub understood: Vec<UnderstoodView>,
    /// Words to try instead.
    pub ideas: Vec<IdeaView>,
    /// Services many people come for, where nothing was found.
    pub popular: Vec<ServiceLink>,
}

/// A word read as another one.
#[derive(Clone, Debug, Serialize)]
pub struct UnderstoodView {
    /// As typed.
    pub typed: String,
    /// As understood.
    pub meant: String,
}

/// A word to try instead.
#[derive(Clone, Debug, Serialize)]
pub struct IdeaView {
    /// The word.
    pub word: String,
    /// The search for it.
    pub href: String,
}

/// The list from A to Z: `portal/letters`.
#[derive(Clone, Debug, Serialize)]
pub struct LettersView {
    /// Letters with their pages.
    pub letters: Vec<LetterLink>,
    /// The letter shown.
    pub letter: String,
    /// Its lines.
    pub lines: Vec<LineView>,
}

/// A letter to choose.
#[derive(Clone, Debug, Serialize)]
pub struct LetterLink {
    /// The letter.
    pub letter: String,
    /// Its page.
    pub href: String,
    /// Whether it is shown.
    pub current: bool,
}

/// A word of the list.
#[derive(Clone, Debug, Serialize)]
pub struct LineView {
    /// The word; the link stands on it where it is the title itself.
    pub word: String,
    /// Where the title leads.
    pub href: Option<String>,
    /// Services known by the word: title and address.
    pub services: Vec<Card>,
}

/// An area or situation: `portal/list`.
#[derive(Clone, Debug, Serialize)]
pub struct ListView {
    /// Its name.
    pub title: Said,
    /// What stands above.
    pub intro: Option<Said>,
    /// Its services.
    pub services: Vec<ServiceLink>,
    /// Whether they stand in the order in which people need them.
    pub in_order: bool,
    /// Other areas or situations.
    pub others: Vec<Card>,
}

/// All departments: `portal/departments`.
#[derive(Clone, Debug, Serialize)]
pub struct DepartmentsView {
    /// The departments.
    pub departments: Vec<Card>,
}

/// A department: `portal/department`.
#[derive(Clone, Debug, Serialize)]
pub struct DepartmentPageView {
    /// How it is reached.
    pub department: DepartmentView,
    /// What it does.
    pub responsibilities: Vec<Said>,
    /// Its services.
    pub services: Vec<ServiceLink>,
    /// The contact form for it.
    pub write: String,
}

/// Personal checklist: `portal/checklist`.
#[derive(Clone, Debug, Serialize)]
pub struct ChecklistView {
    /// The service.
    pub service: ServiceLink,
    /// Address of this page, to which the answers are sent.
    pub action: String,
    /// The questions.
    pub questions: Vec<QuestionView>,
    /// Whether anything was answered.
    pub answered: bool,
    /// Whether everything was.
    pub complete: bool,
    /// Papers that are needed.
    pub needed: Vec<PaperView>,
    /// Papers that depend on further answers.
    pub depends: Vec<PaperView>,
    /// Papers that may be handed in.
    pub optional: Vec<PaperView>,
    /// What else to have at hand.
    pub at_hand: Vec<Said>,
    /// The fee.
    pub fee: Option<FeeView>,
    /// Least and greatest fee.
    pub between: Option<BetweenView>,
    /// Whether further answers may change the fee.
    pub fee_open: bool,
    /// What it costs, in words of the service.
    pub cost: Option<Said>,
    /// Minutes to fill in.
    pub minutes: Option<i64>,
    /// How long the department takes.
    pub processing_time: Option<Said>,
    /// How the applicant proves who they are.
    pub identification: &'static str,
    /// Why.
    pub identification_reason: Option<Said>,
    /// Who may apply.
    pub who: Option<Said>,
}

/// A question of the checklist.
#[derive(Clone, Debug, Serialize)]
pub struct QuestionView {
    /// Name of the control.
    pub name: String,
    /// HTML id.
    pub id: String,
    /// What is asked.
    pub label: Said,
    /// Answers; more than a few are a list to choose from.
    pub options: Vec<AnswerView>,
    /// Whether they are shown as a list to choose from.
    pub select: bool,
}

/// A possible answer.
#[derive(Clone, Debug, Serialize)]
pub struct AnswerView {
    /// HTML id.
    pub id: String,
    /// What is sent.
    pub value: String,
    /// Its words.
    pub label: Said,
    /// Whether it was given.
    pub chosen: bool,
}

/// A paper.
#[derive(Clone, Debug, Serialize)]
pub struct PaperView {
    /// Its name.
    pub label: Said,
    /// Whether it may be handed in after sending.
    pub later: bool,
}

/// A fee between two amounts.
#[derive(Clone, Debug, Serialize)]
pub struct BetweenView {
    /// Least amount.
    pub least: String,
    /// Greatest amount.
    pub most: String,
}

/// Contact form: `portal/contact`.
#[derive(Clone, Debug, Serialize)]
pub struct ContactView {
    /// Mistakes in the order of the page.
    pub problems: Vec<Problem>,
    /// Departments to choose from.
    pub departments: Vec<AnswerView>,
    /// The text field of the name.
    pub name: InputView,
    /// That of the mail address.
    pub email: InputView,
    /// That of the subject.
    pub subject: InputView,
    /// That of the message.
    pub text: InputView,
}

/// A text field with what was typed and what is wrong with it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct InputView {
    /// As typed.
    pub value: String,
    /// What to do.
    pub error: Option<String>,
    /// Most characters.
    pub most: usize,
}

/// Confirmation of the contact form: `portal/contact-sent`.
#[derive(Clone, Debug, Serialize)]
pub struct ContactSentView {}
