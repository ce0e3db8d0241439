//! Scenarios: what a service must do with given answers, people and days,
//! written beside its form in `forms/<id>/scenarios.yaml`.
//!
//! [`decode`] reads a file against its service, [`run()`] plays one scenario
//! with a virtual clock and nothing leaving the house, [`Coverage`] tells what
//! all of them together never tried, [`write()`] puts them into YAML again, and
//! [`generate()`] makes random ones from the definition alone.

mod coverage;
mod coverage_items;
mod decode;
mod expect;
mod generate;
mod given;
mod play;
mod write;

pub use coverage::{Category, Coverage, Tally};
pub use decode::decode;
pub use expect::{Expect, Expected};
pub use generate::{Generated, example, generate, random_answers};
pub use play::{Failure, Outcome, Stage, run};
pub use write::{record, write};

use jiff::civil::DateTime;
use serde_json::{Map, Value as Json};

use crate::source::Span;
use crate::text::Language;

/// The scenarios of one service, decoded.
#[derive(Clone, Debug, Default)]
pub struct Scenarios {
    /// Sets of answers scenarios begin with, by name.
    pub sets: Vec<(String, Map<String, Json>)>,
    /// Whether everything that leaves the house must be named.
    pub strict: bool,
    /// The moment scenarios begin where they do not say.
    pub now: DateTime,
    /// In the order of the file.
    pub list: Vec<Scenario>,
}

/// One story: what is handed in, what is done then, and what must come of it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Id within the file.
    pub id: String,
    /// What it is about, where the id does not say it.
    pub name: Option<String>,
    /// Where its id stands.
    pub span: Span,
    /// The moment it begins, local time of the city.
    pub now: DateTime,
    /// Language of the citizen.
    pub language: Language,
    /// The set or scenario whose answers it begins with.
    pub base: Option<String>,
    /// What it changes of them, by path; null takes an answer away.
    pub changes: Vec<(String, Json)>,
    /// All answers; files stand by their names.
    pub answers: Map<String, Json>,
    /// Parameters of the workflow set as another service would set them.
    pub params: Map<String, Json>,
    /// Free places of the resource; all of them without.
    pub free: Option<i64>,
    /// Whether everything that leaves the house must be named.
    pub strict: bool,
    /// What must hold once the answers are handed in.
    pub expect: Expect,
    /// What happens then.
    pub steps: Vec<Step>,
}

/// One step of a scenario: time passes, somebody acts, or both.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Where it stands.
    pub span: Span,
    /// What time passes first.
    pub time: Option<Passing>,
    /// Who does what.
    pub act: Option<Act>,
    /// How many places are free from now on.
    pub free: Option<i64>,
    /// Why the action must be refused.
    pub refused: Option<(Refused, Span)>,
    /// What must hold afterwards.
    pub expect: Expect,
}

/// Time that passes; timers that fall due meanwhile fire in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passing {
    /// So many days at the same time of day, then hours.
    For {
        /// Calendar days.
        days: i64,
        /// Working days.
        working_days: i64,
        /// Hours.
        hours: i64,
    },
    /// Until a moment.
    To(DateTime),
    /// Until the timer of this id has fired.
    Timer(String),
}

/// An action or report.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// Who acts.
    pub who: Who,
    /// Name of the event.
    pub event: String,
    /// Data given with it; files stand by their names.
    pub with: Map<String, Json>,
}

/// Somebody who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The citizen.
    Applicant,
    /// A timer, payment provider or worker.
    System,
    /// A clerk.
    Staff {
        /// Role of the workflow.
        role: String,
        /// Account name; two names are two people.
        account: String,
    },
    /// A party of the form.
    Party {
        /// Its id, with the number of the entry where it is one of several.
        key: String,
    },
}

/// What a party does that agrees.
pub const PARTY_CONFIRMS: &str = "confirm";
/// What a party does that does not.
pub const PARTY_DECLINES: &str = "decline";

impl Who {
    /// As it stands after `as:`.
    pub fn text(&self) -> String {
        match self {
            Who::Applicant => "applicant".to_owned(),
            Who::System => "system".to_owned(),
            Who::Staff { role, account } => format!("{role}/{account}"),
            Who::Party { key } => format!("party/{key}"),
        }
    }
}

/// Why an action is refused, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another role is needed.
    Role,
    /// Nothing answers to the event in this state.
    State,
    /// Something would, but its guard does not hold.
    Guard,
    /// The same person did the step before.
    FourEyes,
    /// `require` does not hold.
    Require,
    /// The data entered are not good.
    Input,
    /// The case is closed.
    Closed,
    /// There are not enough places.
    Places,
}

impl Refused {
    /// All of them with their names.
    pub const NAMES: [(&'static str, Refused); 8] = [
        ("role", Refused::Role),
        ("state", Refused::State),
        ("guard", Refused::Guard),
        ("four_eyes", Refused::FourEyes),
        ("require", Refused::Require),
        ("input", Refused::Input),
        ("closed", Refused::Closed),
        ("places", Refused::Places),
    ];

    /// The name in scenarios.
    pub fn name(self) -> &'static str {
        let found = Refused::NAMES.iter().find(|(_, known)| *known == self);
        found.map_or("state", |(name, _)| name)
    }
}
