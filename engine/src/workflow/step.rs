//! One step of a workflow: a stored position and an event in, the new position
//! and everything the step wants done out. Pure: the same input gives the same
//! output, so the history of a case can be replayed.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::calendar::CalendarError;
use super::chart::TransitionIndex;
use super::definition::{Action, Guard, Places, SYSTEM, Workflow};
use super::host::Run;
use super::interpret::{Configuration, Event, Machine, Overrun};
use crate::appointment::{Appointment, AppointmentWish, Busy, Calendar, Slot, SlotProblem};
use crate::case::{Case, Millis, PartiesWanted, Party, PartyState, Timer};
use crate::feel::Expression;
use crate::text::{Language, Text};

/// Most microsteps of one step.
pub const MICROSTEPS: u32 = 100;

/// Where a case stands in its workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Active atomic states, full dotted paths, sorted.
    pub configuration: Vec<String>,
    /// What history states remember.
    pub history: BTreeMap<String, Vec<String>>,
    /// How often each state was entered.
    pub entries: BTreeMap<String, u32>,
    /// Variables.
    pub vars: Map<String, Json>,
    /// Deadlines people see, by timer key.
    pub deadlines: BTreeMap<String, Millis>,
    /// The appointment.
    pub appointment: Option<Appointment>,
}

impl Snapshot {
    /// The position of a case.
    pub fn of(case: &Case) -> Snapshot {
        Snapshot {
            configuration: case.configuration.clone(),
            history: case.history.clone(),
            entries: case.entries.clone(),
            vars: case.vars.clone(),
            deadlines: case.deadlines.clone(),
            appointment: case.appointment.clone(),
        }
    }
}

/// What sets a case in motion.
#[derive(Clone, Copy, Debug)]
pub enum Stimulus<'a> {
    /// It is opened.
    Start,
    /// Somebody acts, or a system reports.
    Event {
        /// Name of the event.
        name: &'a str,
        /// Data given with it.
        payload: &'a Map<String, Json>,
    },
    /// A timer falls due.
    Timer {
        /// `state path/timer id/entry number`.
        key: &'a str,
    },
}

/// What a step may know of the world.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The time of the step.
    pub now: Millis,
    /// Roles of whoever acts.
    pub roles: &'a [String],
    /// Values of the parameters, as submitted.
    pub params: &'a Map<String, Json>,
    /// The fee in euros, decimal text.
    pub fee_total: &'a str,
    /// Language of the case.
    pub language: Language,
    /// Whether the payment has arrived.
    pub paid: bool,
    /// Places, where they are limited.
    pub capacity: Option<CapacityFacts>,
    /// People besides the applicant.
    pub parties: PartyFacts,
    /// The appointment asked for.
    pub appointment: Option<&'a AppointmentWish>,
    /// The calendar and what is taken in it.
    pub slots: Option<SlotFacts<'a>>,
}

/// The calendar of a service, as a step sees it.
#[derive(Clone, Copy, Debug)]
pub struct SlotFacts<'a> {
    /// The calendar.
    pub calendar: &'a Calendar,
    /// What is taken, as far as the slots in question go.
    pub busy: &'a Busy,
}

/// How many places there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityFacts {
    /// Free now, if somebody counted.
    pub free: Option<i64>,
    /// Wanted by this case.
    pub quantity: i64,
    /// In all.
    pub limit: i64,
}

/// How far the parties of a case are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartyFacts {
    /// All of them.
    pub total: i64,
    /// Asked, without an answer.
    pub open: i64,
    /// They agreed.
    pub confirmed: i64,
    /// They declined.
    pub declined: i64,
    /// Days to answer; none without parties.
    pub within: Option<i64>,
    /// Days until they are reminded.
    pub remind: Option<i64>,
}

impl PartyFacts {
    /// Before the case is opened: nobody has been asked.
    pub fn before(wanted: Option<&PartiesWanted>) -> PartyFacts {
        PartyFacts {
            total: wanted.map_or(0, |wanted| wanted.who.len() as i64),
            ..PartyFacts::of(wanted, &[])
        }
    }

    /// As they stand.
    pub fn of(wanted: Option<&PartiesWanted>, parties: &[Party]) -> PartyFacts {
        let count = |state| parties.iter().filter(|party| party.state == state).count() as i64;
        PartyFacts {
            total: parties.len() as i64,
            open: count(PartyState::Asked),
            confirmed: count(PartyState::Confirmed),
            declined: count(PartyState::Declined),
            within: wanted.map(|wanted| wanted.within),
            remind: wanted.and_then(|wanted| wanted.remind),
        }
    }
}

/// Something a step wants done, in the order of the actions. `vars` are the
/// variables at that moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
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
        /// Variables.
        vars: Map<String, Json>,
    },
    /// Write to the applicant.
    Mail {
        /// Template id.
        template: String,
        /// Names of documents.
        attach: Vec<String>,
        /// Whether the calendar file of the appointment goes with it.
        calendar: bool,
        /// Variables.
        vars: Map<String, Json>,
    },
    /// Write to the staff of a role.
    Notify {
        /// Role.
        role: String,
        /// Template id.
        template: String,
        /// Variables.
        vars: Map<String, Json>,
    },
    /// Hand the submission to an inbox.
    Deliver {
        /// Department, if not the case's own.
        department: Option<String>,
        /// Queue, if not the case's own.
        queue: Option<String>,
        /// Names of documents.
        attach: Vec<String>,
    },
    /// Ask for a payment.
    RequestPayment {
        /// Euros with two places.
        amount: String,
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
    /// Take a slot.
    TakeSlot(Slot),
    /// The appointment has changed otherwise.
    AppointmentNoted,
    /// Set a flag.
    Flag(String),
    /// Take a flag away.
    Unflag(String),
    /// Give the case to the actor, or to nobody.
    Assign {
        /// To the actor.
        actor: bool,
    },
    /// Ask everybody who has not confirmed.
    InviteParties {
        /// Template id.
        template: String,
        /// Variables.
        vars: Map<String, Json>,
    },
    /// Write once more to those who have not answered.
    RemindParties {
        /// Template id.
        template: String,
        /// Variables.
        vars: Map<String, Json>,
    },
    /// Those who have not answered need not any more.
    ExpireParties,
    /// Move the case.
    Forward {
        /// Department id.
        department: String,
        /// Queue id.
        queue: String,
    },
}

/// What a step did.
#[derive(Clone, Debug, PartialEq)]
pub struct StepOutput {
    /// The position after it.
    pub snapshot: Snapshot,
    /// What it wants done.
    pub effects: Vec<Effect>,
    /// Timers that start.
    pub timers_set: Vec<Timer>,
    /// Keys of timers that end, sorted.
    pub timers_cancelled: Vec<String>,
    /// Transitions the event itself took; empty means that it was ignored.
    pub taken: Vec<TransitionIndex>,
    /// All transitions taken until it came to rest, in order.
    pub trace: Vec<TransitionIndex>,
    /// Path of the top-level final state, once one was reached.
    pub ended: Option<String>,
}

/// Why a step could not be made. Nothing may be written then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The slot it was to take cannot be taken.
    #[error("the slot cannot be taken: {}", .0.text().de)]
    Slot(SlotProblem),
    /// There is no calendar, or no slot was named.
    #[error(
        "the step takes an appointment, but none was chosen or the service has no calendar; ask for one with a field of the type `slot`"
    )]
    NoSlot,
    /// The case stands in a state its definition does not have.
    #[error(
        "the case stands in the state `{0}`, which its workflow does not have; load the definition it is pinned to"
    )]
    UnknownState(String),
    /// The machine runs in a circle.
    #[error(transparent)]
    Overrun(#[from] Overrun),
    /// A timer's end cannot be computed.
    #[error("the timer `{timer}` has no end that can be computed; check its `wait`")]
    Timer {
        /// Key of the timer.
        timer: String,
        /// Why.
        source: CalendarError,
    },
    /// The time of the step is outside of the calendar.
    #[error("the time of the step cannot be expressed as a date")]
    Time(#[source] CalendarError),
    /// A payment of nothing.
    #[error("`request_payment` has no positive amount; guard it with `fee.total > 0`")]
    NothingToPay,
    /// A department or queue that is null.
    #[error(
        "an expression for a department or queue yields nothing; check `forward` and `deliver`"
    )]
    NoName,
}

/// Runs one event through a workflow.
///
/// # Errors
/// See [`StepError`]; the snapshot stays as it was.
pub fn step(
    workflow: &Workflow,
    snapshot: &Snapshot,
    stimulus: Stimulus<'_>,
    facts: &Facts<'_>,
) -> Result<StepOutput, StepError> {
    let mut machine = load(workflow, snapshot)?;
    let mut run = Run::new(workflow, snapshot, stimulus, facts, Strictness::Exact)?;
    let taken = match stimulus {
        Stimulus::Start => {
            machine.start(&mut run)?;
            Vec::new()
        }
        Stimulus::Event { name, .. } => machine.send(&Event::external(name), &mut run)?,
        Stimulus::Timer { key } => match live_timer(workflow, snapshot, key) {
            Some(timer) => {
                run.forget(key);
                machine.send(&Event::timer(key, timer), &mut run)?
            }
            None => Vec::new(),
        },
    };
    run.finish(&machine, taken)
}

/// The timer of a key, if it still runs: its state is active and has not been
/// entered again since.
pub fn live_timer(workflow: &Workflow, snapshot: &Snapshot, key: &str) -> Option<usize> {
    let mut parts = key.rsplitn(3, '/');
    let (entry, id, path) = (parts.next()?, parts.next()?, parts.next()?);
    let entry: u32 = entry.parse().ok()?;
    let active = snapshot.configuration.iter().any(|state| {
        state
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    if !active || snapshot.entries.get(path) != Some(&entry) {
        return None;
    }
    workflow
        .timers
        .iter()
        .position(|timer| timer.id == id && workflow.states[timer.state].path == path)
}

/// How strictly guards are taken when asking what could happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// As they are.
    Exact,
    /// Whatever the role.
    AnyRole,
    /// Conditions on data still to be given count as fulfilled.
    Open,
}

/// Whether an expression looks at the data of the event.
pub(crate) fn reads_event(expression: &Expression) -> bool {
    expression
        .reads()
        .iter()
        .any(|path| path == "event" || path.starts_with("event."))
}

/// The transitions an event would take, without taking them.
pub(crate) fn candidates(
    workflow: &Workflow,
    snapshot: &Snapshot,
    name: &str,
    payload: &Map<String, Json>,
    facts: &Facts<'_>,
    strictness: Strictness,
) -> Result<Vec<TransitionIndex>, StepError> {
    let machine = load(workflow, snapshot)?;
    let mut run = Run::new(
        workflow,
        snapshot,
        Stimulus::Event { name, payload },
        facts,
        strictness,
    )?;
    Ok(machine.select(Some(&Event::external(name)), &mut run))
}

/// Whether a condition holds in the present position with the given data.
pub(crate) fn condition_holds(
    workflow: &Workflow,
    snapshot: &Snapshot,
    name: &str,
    payload: &Map<String, Json>,
    facts: &Facts<'_>,
    condition: &Expression,
) -> Result<bool, StepError> {
    let machine = load(workflow, snapshot)?;
    let run = Run::new(
        workflow,
        snapshot,
        Stimulus::Event { name, payload },
        facts,
        Strictness::Exact,
    )?;
    Ok(run.evaluate(condition, &machine.configuration).is_true())
}

pub(super) type Engine<'w> = Machine<'w, Guard, Action>;

fn load<'w>(workflow: &'w Workflow, snapshot: &Snapshot) -> Result<Engine<'w>, StepError> {
    let chart = &workflow.chart;
    let atomic = workflow
        .indices(&snapshot.configuration)
        .map_err(StepError::UnknownState)?;
    let mut configuration = Configuration::new();
    for state in &atomic {
        configuration.insert(*state);
        configuration.extend(chart.ancestors(*state));
    }
    let mut history = BTreeMap::new();
    for (path, remembered) in &snapshot.history {
        let state = chart
            .find(path)
            .ok_or_else(|| StepError::UnknownState(path.clone()))?;
        history.insert(
            state,
            workflow
                .indices(remembered)
                .map_err(StepError::UnknownState)?,
        );
    }
    let mut machine = Machine::resumed(chart, configuration, history, MICROSTEPS);
    machine.running = !atomic.iter().any(|state| workflow.is_end(*state));
    Ok(machine)
}

/// The roles of the program itself.
pub fn system_roles() -> Vec<String> {
    vec![SYSTEM.to_owned()]
}
