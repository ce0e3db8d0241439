//! One step of a workflow: a stored position and an event in, the new position
//! and everything the step wants done out. Pure: the same input gives the same
//! output, so the history of a case can be replayed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value as Json};

use super::calendar::{self, CalendarError, Period};
use super::chart::{ROOT, StateIndex, TransitionIndex};
use super::definition::{Action, Guard, Name, Places, SYSTEM, TimerRule, Wait, Workflow};
use super::interpret::{ActionFailed, Configuration, Event, Host, Machine, Overrun, Source};
use crate::case::{Case, Millis, Timer};
use crate::feel::{Context, Expression, Type, Value, World};
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
    /// Take, give back or wait for places.
    Places(Places),
    /// Set a flag.
    Flag(String),
    /// Take a flag away.
    Unflag(String),
    /// Give the case to the actor, or to nobody.
    Assign {
        /// To the actor.
        actor: bool,
    },
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
    /// Path of the top-level final state, once one was reached.
    pub ended: Option<String>,
}

/// Why a step could not be made. Nothing may be written then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
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
                run.cancelled.push(key.to_owned());
                machine.send(&Event::timer(key, timer), &mut run)?
            }
            None => Vec::new(),
        },
    };
    if let Some(error) = run.failed {
        return Err(error);
    }
    Ok(run.finish(&machine, taken))
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

type Engine<'w> = Machine<'w, Guard, Action>;

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

/// The host of one step: values for expressions, and what has been done so far.
struct Run<'a> {
    workflow: &'a Workflow,
    facts: &'a Facts<'a>,
    strictness: Strictness,
    now: DateTime,
    values: BTreeMap<String, Value>,
    vars: BTreeMap<String, Value>,
    entries: BTreeMap<String, u32>,
    deadlines: BTreeMap<String, Millis>,
    effects: Vec<Effect>,
    set: Vec<Timer>,
    cancelled: Vec<String>,
    failed: Option<StepError>,
}

impl<'a> Run<'a> {
    fn new(
        workflow: &'a Workflow,
        snapshot: &Snapshot,
        stimulus: Stimulus<'_>,
        facts: &'a Facts<'a>,
        strictness: Strictness,
    ) -> Result<Run<'a>, StepError> {
        let event = match stimulus {
            Stimulus::Event { name, payload } => read_payload(workflow, name, payload),
            _ => Value::record(BTreeMap::new()),
        };
        let vars = workflow.var_values(&snapshot.vars);
        let mut values = fixed_values(workflow, facts);
        values.insert("event".to_owned(), event);
        values.insert("vars".to_owned(), Value::record(vars.clone()));
        Ok(Run {
            workflow,
            facts,
            strictness,
            now: calendar::local(facts.now).map_err(StepError::Time)?,
            values,
            vars,
            entries: snapshot.entries.clone(),
            deadlines: snapshot.deadlines.clone(),
            effects: Vec::new(),
            set: Vec::new(),
            cancelled: Vec::new(),
            failed: None,
        })
    }

    fn evaluate(&self, expression: &Expression, active: &Configuration) -> Value {
        let world = CaseWorld {
            workflow: self.workflow,
            active,
        };
        expression.evaluate(&Context {
            values: &self.values,
            now: self.now,
            world: &world,
        })
    }

    fn fail(&mut self, error: StepError) -> ActionFailed {
        self.failed.get_or_insert(error);
        ActionFailed
    }

    fn stored_vars(&self) -> Map<String, Json> {
        stored(&self.vars)
    }

    fn finish(mut self, machine: &Engine<'_>, taken: Vec<TransitionIndex>) -> StepOutput {
        let path = |state: &StateIndex| self.workflow.states[*state].path.clone();
        let mut configuration: Vec<String> = machine.atomic().map(|state| path(&state)).collect();
        configuration.sort();
        let history = machine
            .history
            .iter()
            .map(|(state, paths)| (path(state), paths.iter().map(path).collect()))
            .collect();
        let ended = machine
            .atomic()
            .find(|state| self.workflow.is_end(*state))
            .map(|state| path(&state));
        let vars = self.stored_vars();
        self.cancelled.sort();
        self.cancelled.dedup();
        let snapshot = Snapshot {
            configuration,
            history,
            entries: self.entries,
            vars,
            deadlines: self.deadlines,
        };
        StepOutput {
            snapshot,
            effects: self.effects,
            timers_set: self.set,
            timers_cancelled: self.cancelled,
            taken,
            ended,
        }
    }

    fn start_timer(&mut self, timer: &TimerRule, entry: u32, active: &Configuration) {
        let key = self.workflow.timer_key(timer, entry);
        match self.timer_end(timer, active) {
            Ok(Some(due_at)) => {
                if timer.due {
                    self.deadlines.insert(key.clone(), due_at);
                }
                self.set.push(Timer { key, due_at });
            }
            Ok(None) => {}
            Err(source) => {
                self.fail(StepError::Timer { timer: key, source });
            }
        }
    }

    /// When a timer ends; `None` where its expression yields nothing.
    fn timer_end(
        &self,
        timer: &TimerRule,
        active: &Configuration,
    ) -> Result<Option<Millis>, CalendarError> {
        let value = self.evaluate(timer.wait.expression(), active);
        let period = match (&timer.wait, value) {
            (Wait::Until(_), Value::Date(date)) => return until(date, timer.roll).map(Some),
            (Wait::Hours(_), value) => whole(&value).map(Period::Hours),
            (Wait::Days(_), value) => whole(&value).map(Period::Days),
            (Wait::Weeks(_), value) => whole(&value).map(Period::Weeks),
            (Wait::Months(_), value) => whole(&value).map(Period::Months),
            (Wait::WorkingDays(_), value) => whole(&value).map(Period::WorkingDays),
            (Wait::Until(_), _) => None,
        };
        period
            .map(|period| calendar::due(self.facts.now, period, timer.roll))
            .transpose()
    }

    fn assign(&mut self, pairs: &[(String, Expression)], append: bool, active: &Configuration) {
        let new: Vec<(&String, Value)> = pairs
            .iter()
            .map(|(name, expression)| (name, self.evaluate(expression, active)))
            .collect();
        for (name, value) in new {
            let slot = self.vars.entry(name.clone()).or_insert(Value::Null);
            match (append, &*slot) {
                (true, Value::List(items)) => {
                    let items = items.iter().cloned().chain([value]).collect();
                    *slot = Value::list(items);
                }
                _ => *slot = value,
            }
        }
        self.values
            .insert("vars".to_owned(), Value::record(self.vars.clone()));
    }

    fn name(&mut self, name: &Name, active: &Configuration) -> Result<String, ActionFailed> {
        match name {
            Name::Fixed(text) => Ok(text.clone()),
            Name::Computed(expression) => match self.evaluate(expression, active) {
                Value::Text(text) => Ok(text.to_string()),
                _ => Err(self.fail(StepError::NoName)),
            },
        }
    }

    fn payment(
        &mut self,
        amount: &Expression,
        purpose: Option<&Text>,
        active: &Configuration,
    ) -> Result<Effect, ActionFailed> {
        match self.evaluate(amount, active) {
            Value::Number(amount) if amount > Decimal::ZERO => {
                let amount =
                    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
                Ok(Effect::RequestPayment {
                    amount: format!("{amount:.2}"),
                    purpose: purpose.cloned(),
                })
            }
            _ => Err(self.fail(StepError::NothingToPay)),
        }
    }

    /// The effect of an action, or `None` for those that only change the position.
    fn effect(
        &mut self,
        action: &Action,
        active: &Configuration,
        raised: &mut VecDeque<Event>,
    ) -> Result<Option<Effect>, ActionFailed> {
        Ok(Some(match action.clone() {
            Action::Document {
                template,
                name,
                title,
                public,
            } => Effect::Document {
                template,
                name,
                title,
                public,
                vars: self.stored_vars(),
            },
            Action::Mail { template, attach } => Effect::Mail {
                template,
                attach,
                vars: self.stored_vars(),
            },
            Action::Notify { role, template } => Effect::Notify {
                role,
                template,
                vars: self.stored_vars(),
            },
            Action::Deliver {
                department,
                queue,
                attach,
            } => {
                let department = department
                    .map(|name| self.name(&name, active))
                    .transpose()?;
                let queue = queue.map(|name| self.name(&name, active)).transpose()?;
                Effect::Deliver {
                    department,
                    queue,
                    attach,
                }
            }
            Action::RequestPayment { amount, purpose } => {
                self.payment(&amount, purpose.as_ref(), active)?
            }
            Action::ClosePayment => Effect::ClosePayment,
            Action::Places(places) => Effect::Places(places),
            Action::Flag(flag) => Effect::Flag(flag),
            Action::Unflag(flag) => Effect::Unflag(flag),
            Action::Assign { actor } => Effect::Assign { actor },
            Action::Forward { department, queue } => {
                let department = self.name(&department, active)?;
                Effect::Forward {
                    department,
                    queue: self.name(&queue, active)?,
                }
            }
            Action::Set(pairs) => {
                self.assign(&pairs, false, active);
                return Ok(None);
            }
            Action::Append(pairs) => {
                self.assign(&pairs, true, active);
                return Ok(None);
            }
            Action::Raise(name) => {
                raised.push_back(Event::internal(name));
                return Ok(None);
            }
        }))
    }
}

impl Host<Guard, Action> for Run<'_> {
    fn holds(&mut self, guard: &Guard, active: &Configuration, event: Option<&Event>) -> bool {
        // What a workflow raises itself is no matter of roles.
        let from_outside = event.is_some_and(|event| event.source == Source::External);
        let by_role =
            from_outside && !guard.by.is_empty() && self.strictness != Strictness::AnyRole;
        if by_role && !guard.by.iter().any(|role| self.facts.roles.contains(role)) {
            return false;
        }
        let Some(when) = &guard.when else { return true };
        if self.strictness == Strictness::Open && reads_event(when) {
            return true;
        }
        self.evaluate(when, active).is_true()
    }

    fn run(
        &mut self,
        action: &Action,
        active: &Configuration,
        _event: Option<&Event>,
        raised: &mut VecDeque<Event>,
    ) -> Result<(), ActionFailed> {
        let effect = self.effect(action, active, raised)?;
        self.effects.extend(effect);
        Ok(())
    }

    fn entered(&mut self, state: StateIndex, active: &Configuration) {
        if state == ROOT {
            return;
        }
        let workflow = self.workflow;
        let entry = self
            .entries
            .entry(workflow.states[state].path.clone())
            .or_insert(0);
        *entry += 1;
        let entry = *entry;
        for timer in workflow.timers.iter().filter(|timer| timer.state == state) {
            self.start_timer(timer, entry, active);
        }
    }

    fn exited(&mut self, state: StateIndex) {
        let workflow = self.workflow;
        let Some(entry) = self.entries.get(&workflow.states[state].path).copied() else {
            return;
        };
        for timer in workflow.timers.iter().filter(|timer| timer.state == state) {
            let key = workflow.timer_key(timer, entry);
            self.deadlines.remove(&key);
            let before = self.set.len();
            self.set.retain(|set| set.key != key);
            // A timer set in this very step was never stored.
            if self.set.len() == before {
                self.cancelled.push(key);
            }
        }
    }
}

/// What expressions can ask about the case.
struct CaseWorld<'a> {
    workflow: &'a Workflow,
    active: &'a Configuration,
}

impl World for CaseWorld<'_> {
    fn is_working_day(&self, date: Date) -> bool {
        calendar::is_working_day(date)
    }

    fn in_state(&self, state: &str) -> bool {
        self.workflow
            .chart
            .find(state)
            .is_some_and(|index| self.active.contains(&index))
    }
}

fn until(date: Date, roll: bool) -> Result<Millis, CalendarError> {
    calendar::end_of_day(if roll {
        calendar::next_working_day(date)?
    } else {
        date
    })
}

/// A number of days or the like, rounded up: a period is never cut short.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => i64::try_from(number.ceil()).ok(),
        _ => None,
    }
}

/// The data of an event, typed by the small form of the event where it has one.
fn read_payload(workflow: &Workflow, name: &str, payload: &Map<String, Json>) -> Value {
    let rules = workflow
        .rules
        .iter()
        .flatten()
        .filter(|rule| rule.name == name);
    let mut forms = rules.filter_map(|rule| workflow.forms.get(rule.form.as_ref()?));
    match forms.next() {
        Some(first) => {
            let mut types = first.types.clone();
            forms.for_each(|form| types.extend(form.types.clone()));
            Value::from_json(
                &Json::Object(payload.clone()),
                &Type::Record(Arc::new(types)),
            )
        }
        None => Value::from_json(&Json::Object(payload.clone()), &Type::Any),
    }
}

fn fixed_values(workflow: &Workflow, facts: &Facts<'_>) -> BTreeMap<String, Value> {
    let number = |number: Option<i64>| {
        number.map_or(Value::Null, |number| Value::Number(Decimal::from(number)))
    };
    let record = |fields: &[(&str, Value)]| {
        Value::record(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        )
    };
    let total = facts.fee_total.parse().unwrap_or(Decimal::ZERO);
    let capacity = facts.capacity;
    BTreeMap::from([
        (
            "params".to_owned(),
            Value::record(workflow.param_values(facts.params)),
        ),
        ("fee".to_owned(), record(&[("total", Value::Number(total))])),
        (
            "capacity".to_owned(),
            record(&[
                ("free", number(capacity.and_then(|capacity| capacity.free))),
                (
                    "quantity",
                    number(capacity.map(|capacity| capacity.quantity)),
                ),
                ("limit", number(capacity.map(|capacity| capacity.limit))),
            ]),
        ),
        (
            "case".to_owned(),
            record(&[
                ("paid", Value::Boolean(facts.paid)),
                ("language", Value::text(facts.language.tag())),
            ]),
        ),
    ])
}

/// Variables as they are stored; those without a value are left out.
fn stored(vars: &BTreeMap<String, Value>) -> Map<String, Json> {
    let with_value = vars.iter().filter(|(_, value)| **value != Value::Null);
    with_value
        .map(|(name, value)| (name.clone(), value.to_json()))
        .collect()
}

/// The roles of the program itself.
pub fn system_roles() -> Vec<String> {
    vec![SYSTEM.to_owned()]
}
