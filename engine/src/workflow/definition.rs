//! A workflow after decoding: the chart with what Schalter adds to it, every
//! name resolved and every expression checked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::chart::{Chart, ROOT, StateIndex, TransitionIndex};
use crate::feel::{Expression, Type, Value};
use crate::form::Questions;
use crate::source::Span;
use crate::text::Text;

/// Role of the citizen who applied.
pub const APPLICANT: &str = "applicant";
/// Role of the program itself: timers, payments, deliveries.
pub const SYSTEM: &str = "system";
/// Names of history entries that are no events of a workflow.
pub const BUILT_IN_EVENTS: [&str; 6] = [
    "submitted",
    "assign",
    "note",
    "migrated",
    "withheld",
    PARTY_RESENT,
];
/// Reported when the last party confirms and none has declined.
pub const PARTIES_COMPLETE: &str = "parties.complete";
/// Reported when a party confirms and others have not yet.
pub const PARTY_CONFIRMED: &str = "party.confirmed";
/// Reported when a party declines.
pub const PARTY_DECLINED: &str = "party.declined";
/// Raised by `expire_parties` where somebody had not answered.
pub const PARTY_EXPIRED: &str = "party.expired";
/// Name of the history entry for a link that was sent anew.
pub const PARTY_RESENT: &str = "party.resent";
/// Template of the receipt, which has no letter file.
pub const RECEIPT: &str = "receipt";

/// A workflow, ready to run.
#[derive(Debug)]
pub struct Workflow {
    /// Id, the name of its file; where another workflow goes before it, both.
    pub id: String,
    /// The workflows it is put together from, the first to run first; empty
    /// for one that stands in a file of its own.
    pub parts: Vec<String>,
    /// Version the designer counts up.
    pub version: i64,
    /// Name of the procedure.
    pub title: Text,
    /// Roles by id, without `system`.
    pub roles: BTreeMap<String, Role>,
    /// What forms may set.
    pub params: BTreeMap<String, Param>,
    /// What the workflow itself remembers.
    pub vars: BTreeMap<String, Param>,
    /// Small forms of actions.
    pub forms: BTreeMap<String, SmallForm>,
    /// The statechart.
    pub chart: Chart<Guard, Action>,
    /// What people see of each state, by state index.
    pub states: Vec<StateInfo>,
    /// What people see of each transition, by transition index; `None` for
    /// those no person or system event triggers.
    pub rules: Vec<Option<EventRule>>,
    /// All timers.
    pub timers: Vec<TimerRule>,
    /// How cases of older versions come to this one.
    pub migrations: Vec<super::migration::MigrationMap>,
    /// Variables that hold what is published.
    pub publication: PublicationVars,
    /// Where its parts stand in the file.
    pub spans: PartSpans,
}

/// Variables that hold what is published of a case; each overrides what the
/// form proposes while it is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicationVars {
    /// The heading a clerk passed.
    pub title: Option<String>,
    /// The text a clerk passed.
    pub text: Option<String>,
    /// What the city answers.
    pub answer: Option<String>,
}

/// Where the parts of a workflow stand, for findings about them.
#[derive(Clone, Debug, Default)]
pub struct PartSpans {
    /// The name of each state, by state index.
    pub states: Vec<Span>,
    /// Each transition, by transition index: the name of the event where it
    /// has one, else the whole alternative, branch or timer.
    pub transitions: Vec<Span>,
}

/// Somebody who acts in a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Name of the role.
    pub title: Text,
    /// Whether it is the citizen, not staff.
    pub citizen: bool,
}

/// A parameter or variable.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its type, without null.
    pub ty: Type,
    /// Whether its numbers are euros, which letters write as such.
    pub money: bool,
    /// Its value where nobody set one.
    pub default: Option<Value>,
}

impl Param {
    /// The type an expression sees: null is possible where there is no default.
    pub fn seen(&self) -> Type {
        if self.default.is_some() {
            self.ty.clone()
        } else {
            self.ty.clone().optional()
        }
    }
}

/// The fields an action asks for.
#[derive(Debug)]
pub struct SmallForm {
    /// Its fields, on one page with the id `form`.
    pub questions: Questions,
    /// Names and types of the answers.
    pub types: BTreeMap<String, Type>,
}

/// What must hold for a transition besides its trigger.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Roles of which the actor must have one; empty for no condition.
    pub by: Vec<String>,
    /// The condition.
    pub when: Option<Expression>,
}

/// What people and the application know of a state.
#[derive(Clone, Debug, Default)]
pub struct StateInfo {
    /// Full dotted path, such as `open.review`.
    pub path: String,
    /// What staff read.
    pub label: Option<Text>,
    /// What the citizen reads.
    pub public: Option<Text>,
    /// Outcome of a final state.
    pub outcome: Option<String>,
    /// Role that is expected to act.
    pub task: Option<String>,
    /// Waiting here without a timer is on purpose.
    pub no_deadline: bool,
}

/// What people see of a transition, and what is asked of them.
#[derive(Clone, Debug)]
pub struct EventRule {
    /// Name of the event.
    pub name: String,
    /// Roles that may cause it.
    pub by: Vec<String>,
    /// Text of the button.
    pub label: Text,
    /// A sentence beside it.
    pub description: Option<Text>,
    /// How much weight the button has.
    pub style: Style,
    /// Id of the small form.
    pub form: Option<String>,
    /// Must be true, or the action is refused with `message`.
    pub require: Option<Expression>,
    /// Why it is refused.
    pub message: Option<Text>,
    /// Events whose last actor may not cause this one (four eyes).
    pub not_by_actor_of: Vec<String>,
}

/// Weight of a button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Style {
    /// The usual next step.
    Primary,
    /// One among others.
    #[default]
    Secondary,
    /// Cannot be taken back.
    Danger,
}

/// A timer of a state.
#[derive(Clone, Debug)]
pub struct TimerRule {
    /// The state that owns it.
    pub state: StateIndex,
    /// Id within the state.
    pub id: String,
    /// How long it runs.
    pub wait: Wait,
    /// Whether its end moves to a working day.
    pub roll: bool,
    /// Whether it marks the deadline people see.
    pub due: bool,
}

/// How long a timer runs; numbers are expressions.
#[derive(Clone, Debug)]
pub enum Wait {
    /// Hours.
    Hours(Expression),
    /// Calendar days.
    Days(Expression),
    /// Weeks.
    Weeks(Expression),
    /// Months.
    Months(Expression),
    /// Working days.
    WorkingDays(Expression),
    /// To the end of a date.
    Until(Expression),
}

impl Wait {
    /// The expression inside.
    pub fn expression(&self) -> &Expression {
        match self {
            Wait::Hours(inner)
            | Wait::Days(inner)
            | Wait::Weeks(inner)
            | Wait::Months(inner)
            | Wait::WorkingDays(inner)
            | Wait::Until(inner) => inner,
        }
    }
}

/// Something a step does; everything but `set`, `append` and `raise` becomes
/// an effect.
#[derive(Clone, Debug)]
pub enum Action {
    /// Order a document.
    Document {
        /// Template id.
        template: String,
        /// Name within the case.
        name: String,
        /// Title people read.
        title: Option<Text>,
        /// Whether the citizen may fetch it.
        public: bool,
    },
    /// Write to the applicant.
    Mail {
        /// Template id.
        template: String,
        /// Names of documents.
        attach: Vec<String>,
        /// Whether the calendar file of the appointment goes with it.
        calendar: bool,
    },
    /// Write to the staff of a role.
    Notify {
        /// Role.
        role: String,
        /// Template id.
        template: String,
    },
    /// Hand the submission to an inbox; without names to the case's own.
    Deliver {
        /// Department.
        department: Option<Name>,
        /// Queue.
        queue: Option<Name>,
        /// Names of documents.
        attach: Vec<String>,
    },
    /// Ask for a payment.
    RequestPayment {
        /// How much, in euros.
        amount: Expression,
        /// Purpose on the statement.
        purpose: Option<Text>,
    },
    /// End open payment requests.
    ClosePayment,
    /// Show the case on the public pages.
    Publish,
    /// Take it off the public pages.
    Unpublish,
    /// Take, give back or wait for places.
    Places(Places),
    /// Take, give back or note the appointment.
    Appointment(AppointmentAction),
    /// Set a flag.
    Flag(String),
    /// Take a flag away.
    Unflag(String),
    /// Write variables, evaluated before any of them is written.
    Set(Vec<(String, Expression)>),
    /// Add to lists.
    Append(Vec<(String, Expression)>),
    /// Raise an internal event.
    Raise(String),
    /// Give the case to the actor, or to nobody.
    Assign {
        /// To the actor.
        actor: bool,
    },
    /// Ask the parties of the case by mail.
    InviteParties {
        /// Template id.
        template: String,
    },
    /// Write once more to parties that have not answered.
    RemindParties {
        /// Template id.
        template: String,
    },
    /// Parties that have not answered need not any more.
    ExpireParties,
    /// Move the case.
    Forward {
        /// To this department.
        department: Name,
        /// To this queue.
        queue: Name,
    },
}

/// The id of a department or queue: written down, or computed.
#[derive(Clone, Debug)]
pub enum Name {
    /// As written.
    Fixed(String),
    /// From an expression.
    Computed(Expression),
}

/// What happens to places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// Take them.
    Take,
    /// Give them back, or leave the waiting list.
    Release,
    /// Stand in the waiting list.
    Wait,
}

/// What happens to the appointment.
#[derive(Clone, Debug)]
pub enum AppointmentAction {
    /// Take the slot chosen with the form.
    TakeChosen,
    /// Take the slot an expression yields, in place of the one there is.
    Take(Expression),
    /// Give it back.
    Release,
    /// The person came.
    Attended,
    /// The person did not come.
    NoShow,
}

impl Workflow {
    /// The ids of the files it comes from.
    pub fn part_ids(&self) -> impl Iterator<Item = &str> {
        let alone = self.parts.is_empty().then_some(self.id.as_str());
        alone
            .into_iter()
            .chain(self.parts.iter().map(String::as_str))
    }

    /// Whether it asks the parties of a case itself.
    pub fn invites_parties(&self) -> bool {
        self.actions()
            .any(|action| matches!(action, Action::InviteParties { .. }))
    }

    /// What people know of the state of a full dotted path.
    pub fn state(&self, path: &str) -> Option<&StateInfo> {
        self.states.iter().skip(1).find(|state| state.path == path)
    }

    /// The public text of a state path: its own, else that of the nearest
    /// state around it, else the label.
    pub fn public_text(&self, path: &str) -> Option<&Text> {
        let index = self.chart.find(path)?;
        let mut around = std::iter::once(index).chain(self.chart.ancestors(index));
        around
            .find_map(|at| self.states[at].public.as_ref())
            .or(self.states[index].label.as_ref())
    }

    /// The rule of a transition.
    pub fn rule(&self, transition: TransitionIndex) -> Option<&EventRule> {
        self.rules.get(transition).and_then(Option::as_ref)
    }

    /// The small form of an event, wherever the workflow asks for one.
    pub fn form_of(&self, event: &str) -> Option<&Questions> {
        let form = self
            .rules
            .iter()
            .flatten()
            .filter(|rule| rule.name == event)
            .find_map(|rule| rule.form.as_ref())?;
        self.forms.get(form).map(|form| &form.questions)
    }

    /// All names of events people or systems may cause.
    pub fn event_names(&self) -> BTreeSet<&str> {
        self.rules
            .iter()
            .flatten()
            .map(|rule| rule.name.as_str())
            .collect()
    }

    /// The templates its actions name: those of mails and notices to staff,
    /// then those of documents (without the receipt).
    pub fn templates_used(&self) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let (mut mails, mut documents) = (BTreeSet::new(), BTreeSet::new());
        for action in self.actions() {
            match action {
                Action::Mail { template, .. }
                | Action::Notify { template, .. }
                | Action::InviteParties { template }
                | Action::RemindParties { template } => {
                    mails.insert(template.as_str());
                }
                Action::Document { template, .. } if template != RECEIPT => {
                    documents.insert(template.as_str());
                }
                _ => {}
            }
        }
        (mails, documents)
    }

    /// Every action in the chart.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        let states = self.chart.states.iter().flat_map(|state| {
            let initial = state.initial.iter().flat_map(|initial| &initial.actions);
            state.entry.iter().chain(&state.exit).chain(initial)
        });
        states.chain(
            self.chart
                .transitions
                .iter()
                .flat_map(|transition| &transition.actions),
        )
    }

    /// The parameters with their values: what the form set, else the default.
    pub fn param_values(&self, given: &Map<String, Json>) -> BTreeMap<String, Value> {
        read_params(&self.params, given)
    }

    /// The variables with their values: what is stored, else the default.
    pub fn var_values(&self, stored: &Map<String, Json>) -> BTreeMap<String, Value> {
        read_params(&self.vars, stored)
    }

    /// The key of a timer at the given entry of its state.
    pub fn timer_key(&self, timer: &TimerRule, entry: u32) -> String {
        format!("{}/{}/{entry}", self.states[timer.state].path, timer.id)
    }

    /// The states of stored paths, or the first path that is unknown.
    pub(super) fn indices(&self, paths: &[String]) -> Result<Vec<StateIndex>, String> {
        paths
            .iter()
            .map(|path| self.chart.find(path).ok_or_else(|| path.clone()))
            .collect()
    }

    /// Whether the state ends the case.
    pub(super) fn is_end(&self, state: StateIndex) -> bool {
        let node = &self.chart.states[state];
        node.kind == super::chart::Kind::Final && node.parent == Some(ROOT)
    }
}

fn read_params(
    declared: &BTreeMap<String, Param>,
    given: &Map<String, Json>,
) -> BTreeMap<String, Value> {
    declared
        .iter()
        .map(|(name, param)| {
            let value = given
                .get(name)
                .map_or(Value::Null, |json| Value::from_json(json, &param.ty));
            let value = if value == Value::Null {
                param.default.clone().unwrap_or(Value::Null)
            } else {
                value
            };
            (name.clone(), value)
        })
        .collect()
}
