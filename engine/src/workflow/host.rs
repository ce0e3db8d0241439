//! What happens inside of one step: expressions over the case, actions as
//! effects, timers that start and end with their states.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value as Json};

use super::calendar::{self, CalendarError, Period};
use super::chart::{ROOT, StateIndex, TransitionIndex};
use super::definition::{
    APPLICANT, Action, AppointmentAction, Guard, Name, PARTY_EXPIRED, TimerRule, Wait, Workflow,
};
use super::interpret::{ActionFailed, Configuration, Event, Host, Source};
use super::migration::Passage;
use super::step::{
    Effect, Engine, Facts, PartyFacts, Snapshot, StepError, StepOutput, Stimulus, Strictness,
    reads_event,
};
use crate::appointment::{Appointment, AppointmentState};
use crate::case::{Millis, Timer};
use crate::feel::{Context, Expression, Type, Value, World};
use crate::text::Text;

/// The host of one step: values for expressions, and what has been done so far.
pub(super) struct Run<'a> {
    workflow: &'a Workflow,
    facts: &'a Facts<'a>,
    strictness: Strictness,
    now: DateTime,
    values: BTreeMap<String, Value>,
    parties: PartyFacts,
    vars: BTreeMap<String, Value>,
    entries: BTreeMap<String, u32>,
    deadlines: BTreeMap<String, Millis>,
    appointment: Option<Appointment>,
    effects: Vec<Effect>,
    set: Vec<Timer>,
    cancelled: Vec<String>,
    trace: Vec<TransitionIndex>,
    failed: Option<StepError>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
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
        values.insert(
            "appointment".to_owned(),
            appointment_value(facts, snapshot.appointment.as_ref()),
        );
        values.insert("vars".to_owned(), Value::record(vars.clone()));
        Ok(Run {
            workflow,
            facts,
            strictness,
            now: calendar::local(facts.now).map_err(StepError::Time)?,
            values,
            parties: facts.parties,
            vars,
            entries: snapshot.entries.clone(),
            deadlines: snapshot.deadlines.clone(),
            appointment: snapshot.appointment.clone(),
            effects: Vec::new(),
            set: Vec::new(),
            cancelled: Vec::new(),
            trace: Vec::new(),
            failed: None,
        })
    }

    pub(super) fn evaluate(&self, expression: &Expression, active: &Configuration) -> Value {
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

    /// A timer that has fired is stored no longer.
    pub(super) fn forget(&mut self, key: &str) {
        self.cancelled.push(key.to_owned());
    }

    fn fail(&mut self, error: StepError) -> ActionFailed {
        self.failed.get_or_insert(error);
        ActionFailed
    }

    fn stored_vars(&self) -> Map<String, Json> {
        stored(&self.vars)
    }

    /// The step's outcome, once nothing moves any more.
    pub(super) fn finish(
        mut self,
        machine: &Engine<'_>,
        taken: Vec<TransitionIndex>,
    ) -> Result<StepOutput, StepError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
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
            appointment: self.appointment,
        };
        Ok(StepOutput {
            snapshot,
            effects: self.effects,
            timers_set: self.set,
            timers_cancelled: self.cancelled,
            taken,
            trace: self.trace,
            ended,
        })
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
            (Wait::Until(_), Value::DateTime(at)) => return calendar::instant(at).map(Some),
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

    /// Parties are asked, or need not answer any more.
    fn count_parties(&mut self, parties: PartyFacts) {
        self.parties = parties;
        self.values
            .insert("parties".to_owned(), party_values(&parties));
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

    /// Takes, gives back or notes the appointment; what follows in the step
    /// sees it as it then is.
    fn appointment(
        &mut self,
        change: &AppointmentAction,
        active: &Configuration,
    ) -> Result<Effect, ActionFailed> {
        let effect = match change {
            AppointmentAction::TakeChosen => {
                let chosen = self.facts.appointment.and_then(|wish| wish.chosen.clone());
                self.take_slot(chosen.as_deref())?
            }
            AppointmentAction::Take(slot) => match self.evaluate(slot, active) {
                Value::Text(text) => self.take_slot(Some(&text))?,
                _ => self.take_slot(None)?,
            },
            AppointmentAction::Release => self.note(AppointmentState::Released),
            AppointmentAction::Attended => self.note(AppointmentState::Attended),
            AppointmentAction::NoShow => self.note(AppointmentState::NoShow),
        };
        let value = appointment_value(self.facts, self.appointment.as_ref());
        self.values.insert("appointment".to_owned(), value);
        Ok(effect)
    }

    fn take_slot(&mut self, start: Option<&str>) -> Result<Effect, ActionFailed> {
        let (Some(wish), Some(slots), Some(start)) = (
            self.facts.appointment,
            self.facts.slots,
            start.and_then(crate::appointment::parse),
        ) else {
            return Err(self.fail(StepError::NoSlot));
        };
        let staff = !self.facts.roles.iter().any(|role| role == APPLICANT);
        let placed = slots
            .calendar
            .place(wish, start, self.facts.now, staff, slots.busy);
        match placed {
            Ok(slot) => {
                let before = self.appointment.as_ref();
                self.appointment = Some(slots.calendar.booked(wish, &slot, before));
                Ok(Effect::TakeSlot(slot))
            }
            Err(problem) => Err(self.fail(StepError::Slot(problem))),
        }
    }

    /// What became of the appointment; without one there is nothing to note.
    fn note(&mut self, state: AppointmentState) -> Effect {
        if let Some(appointment) = self.appointment.as_mut() {
            if state == AppointmentState::Released && appointment.state != state {
                appointment.sequence += 1;
            }
            appointment.state = state;
        }
        Effect::AppointmentNoted
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
            Action::Mail {
                template,
                attach,
                calendar,
            } => Effect::Mail {
                template,
                attach,
                calendar,
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
            Action::Publish => Effect::Publish,
            Action::Unpublish => Effect::Unpublish,
            Action::Places(places) => Effect::Places(places),
            Action::Appointment(change) => self.appointment(&change, active)?,
            Action::Flag(flag) => Effect::Flag(flag),
            Action::Unflag(flag) => Effect::Unflag(flag),
            Action::Assign { actor } => Effect::Assign { actor },
            Action::InviteParties { template } => {
                self.count_parties(PartyFacts {
                    open: self.parties.total - self.parties.confirmed,
                    declined: 0,
                    ..self.parties
                });
                Effect::InviteParties {
                    template,
                    vars: self.stored_vars(),
                }
            }
            Action::RemindParties { template } => Effect::RemindParties {
                template,
                vars: self.stored_vars(),
            },
            Action::ExpireParties => {
                if self.parties.open > 0 {
                    raised.push_back(Event::internal(PARTY_EXPIRED));
                }
                self.count_parties(PartyFacts {
                    open: 0,
                    ..self.parties
                });
                Effect::ExpireParties
            }
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

    fn taken(&mut self, transition: TransitionIndex) {
        self.trace.push(transition);
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

/// Starts timers of states that are active without having been entered by a
/// step; what they end at, and which of them are deadlines people see.
///
/// # Errors
/// When an end cannot be computed.
pub(crate) fn start_timers(
    workflow: &Workflow,
    snapshot: &Snapshot,
    facts: &Facts<'_>,
    timers: &[(usize, u32)],
) -> Result<(Vec<Timer>, BTreeMap<String, Millis>), StepError> {
    let mut run = Run::new(
        workflow,
        snapshot,
        Stimulus::Start,
        facts,
        Strictness::Exact,
    )?;
    run.deadlines.clear();
    let active = active(workflow, snapshot)?;
    for (index, entry) in timers {
        run.start_timer(&workflow.timers[*index], *entry, &active);
    }
    match run.failed {
        Some(error) => Err(error),
        None => Ok((run.set, run.deadlines)),
    }
}

/// The variables of a case that comes from an older version, as they are
/// stored: those that go on by their name, then those its map computes.
///
/// # Errors
/// When the time of the step cannot be expressed as a date.
pub(crate) fn migrated_vars(
    workflow: &Workflow,
    passage: &Passage<'_>,
    old: &BTreeMap<String, Value>,
    facts: &Facts<'_>,
) -> Result<Map<String, Json>, StepError> {
    let mut vars = passage.kept_vars(old);
    let mut values = fixed_values(workflow, facts);
    values.insert("vars".to_owned(), Value::record(old.clone()));
    values.insert("event".to_owned(), Value::record(BTreeMap::new()));
    let nowhere = Configuration::new();
    let world = CaseWorld {
        workflow,
        active: &nowhere,
    };
    let context = Context {
        values: &values,
        now: calendar::local(facts.now).map_err(StepError::Time)?,
        world: &world,
    };
    for (name, rule) in passage.vars() {
        vars.insert(name.clone(), rule.evaluate(&context));
    }
    Ok(stored(&vars))
}

/// All active states of a position.
fn active(workflow: &Workflow, snapshot: &Snapshot) -> Result<Configuration, StepError> {
    let atomic = workflow
        .indices(&snapshot.configuration)
        .map_err(StepError::UnknownState)?;
    let mut active = Configuration::new();
    for state in atomic {
        active.insert(state);
        active.extend(workflow.chart.ancestors(state));
    }
    Ok(active)
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
        ("parties".to_owned(), party_values(&facts.parties)),
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

fn party_values(parties: &PartyFacts) -> Value {
    let number = |number: i64| Value::Number(Decimal::from(number));
    let days = |days: Option<i64>| days.map_or(Value::Null, number);
    let fields = [
        ("total", number(parties.total)),
        ("open", number(parties.open)),
        ("confirmed", number(parties.confirmed)),
        ("declined", number(parties.declined)),
        ("within", days(parties.within)),
        ("remind", days(parties.remind)),
    ];
    Value::record(
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// What rules know of the appointment.
fn appointment_value(facts: &Facts<'_>, appointment: Option<&Appointment>) -> Value {
    let booked = appointment.filter(|appointment| appointment.state != AppointmentState::Released);
    let starts = booked.and_then(|booked| calendar::local(booked.starts_at).ok());
    let chosen = facts.appointment.is_some_and(|wish| wish.chosen.is_some());
    let changeable = booked.is_some_and(|booked| facts.now < booked.change_until);
    let fields = [
        ("chosen", Value::Boolean(chosen)),
        ("changeable", Value::Boolean(changeable)),
        (
            "starts_on",
            starts.map_or(Value::Null, |at| Value::Date(at.date())),
        ),
        ("starts_at", starts.map_or(Value::Null, Value::DateTime)),
    ];
    Value::record(fields.map(|(name, value)| (name.to_owned(), value)).into())
}

/// Variables as they are stored; those without a value are left out.
fn stored(vars: &BTreeMap<String, Value>) -> Map<String, Json> {
    let with_value = vars.iter().filter(|(_, value)| **value != Value::Null);
    with_value
        .map(|(name, value)| (name.clone(), value.to_json()))
        .collect()
}
