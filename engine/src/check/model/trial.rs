//! One step tried out: the interpreter runs it, and wherever something is not
//! known (an answer, the day, free places) one of its values is tried.
//!
//! What a step reads of facts that never change is not tried here: the caller
//! then looks at the position once for each of their values.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::Model;
use super::position::{Datum, Held, Parties, Payment, Position, Who};
use crate::feel::{Context, Expression, Value, World};
use crate::workflow::chart::{ROOT, StateIndex, TransitionIndex};
use crate::workflow::interpret::{ActionFailed, Configuration, Event, Host, Machine, Source};
use crate::workflow::{
    APPLICANT, Action, AppointmentAction, Guard, MICROSTEPS, Name, PARTY_EXPIRED, Places, SYSTEM,
    calendar,
};

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stimulus<'w> {
    /// The case is opened.
    Open,
    /// Somebody with a role acts, or a system reports.
    Event { name: &'w str, role: &'w str },
    /// A timer falls due.
    Timer(usize),
}

/// Which values a trial takes, one after the other, so that all are tried.
#[derive(Default)]
pub(super) struct Script {
    picks: Vec<(usize, usize)>,
    at: usize,
}

impl Script {
    pub(super) fn pick(&mut self, count: usize) -> usize {
        if self.at == self.picks.len() {
            self.picks.push((0, count));
        }
        let (pick, _) = self.picks[self.at];
        self.at += 1;
        pick
    }

    /// Moves on to the next combination; false when all were tried.
    pub(super) fn advance(&mut self) -> bool {
        self.picks.truncate(self.at);
        self.at = 0;
        while let Some((pick, count)) = self.picks.pop() {
            if pick + 1 < count {
                self.picks.push((pick + 1, count));
                return true;
            }
        }
        false
    }
}

/// A letter, mail or notice ordered, with what its values are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sent {
    pub template: String,
    /// Variables, parameters and data of the event it names.
    pub values: BTreeMap<String, Datum>,
    /// Which of `deadline`, `payment`, `rank` and `clerk` there are.
    pub there: BTreeSet<&'static str>,
}

/// What is wrong with a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Second of two steps without the first done by a person.
    FourEyes(TransitionIndex),
    /// A document is attached that was not ordered.
    Attachment(String),
    /// Places are taken that the case has already.
    TakenTwice,
    /// Places are given back that the case does not have.
    NothingToRelease,
    /// The step cannot be made.
    Fails(Failure),
}

/// Why a step cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    NothingToPay,
    NoName,
    Overrun,
}

/// What came of a trial.
pub(super) enum Outcome {
    /// Nobody answers to it, or it is refused.
    Idle,
    /// Something that never changes has to be settled first.
    Unsettled(String),
    /// It cannot be made.
    Broken(Failure, Vec<String>),
    /// It was made.
    Moved(Box<Moved>),
}

/// A step that was made.
pub(super) struct Moved {
    pub position: Position,
    pub taken: Vec<TransitionIndex>,
    pub entered: Vec<StateIndex>,
    pub sent: Vec<Sent>,
    pub faults: Vec<Fault>,
    /// The values tried, in words.
    pub notes: Vec<String>,
}

/// Tries a step from a position.
pub(super) fn attempt(
    model: &Model<'_>,
    from: &Position,
    stimulus: Stimulus<'_>,
    script: &mut Script,
) -> Outcome {
    let mut machine = Machine::resumed(
        &model.workflow.chart,
        from.active.clone(),
        from.history.clone(),
        MICROSTEPS,
    );
    let mut trial = Trial::new(model, from, stimulus, script);
    let run = match stimulus {
        Stimulus::Open => machine.start(&mut trial).map(|()| true),
        Stimulus::Event { name, .. } => {
            let event = Event::external(name);
            let chosen = machine.select(Some(&event), &mut trial);
            if trial.allowed(&chosen, &from.active) {
                machine
                    .send(&event, &mut trial)
                    .map(|taken| !taken.is_empty())
            } else {
                Ok(false)
            }
        }
        Stimulus::Timer(timer) => {
            let id = &model.workflow.timers[timer].id;
            machine
                .send(&Event::timer(id, timer), &mut trial)
                .map(|taken| !taken.is_empty())
        }
    };
    if let Some(fact) = trial.unsettled {
        return Outcome::Unsettled(fact);
    }
    let failure = trial.failure.or(run.is_err().then_some(Failure::Overrun));
    if let Some(failure) = failure {
        return Outcome::Broken(failure, trial.notes);
    }
    if run == Ok(false) {
        return Outcome::Idle;
    }
    Outcome::Moved(Box::new(
        trial.finish(machine.configuration, machine.history),
    ))
}

struct Trial<'t> {
    model: &'t Model<'t>,
    stimulus: Stimulus<'t>,
    script: &'t mut Script,
    position: Position,
    /// Values tried in this step, by what they stand for.
    picked: BTreeMap<String, Datum>,
    moment: Option<DateTime>,
    /// Whether the day makes no difference.
    any_day: bool,
    unsettled: Option<String>,
    failure: Option<Failure>,
    taken: Vec<TransitionIndex>,
    entered: Vec<StateIndex>,
    sent: Vec<Sent>,
    faults: Vec<Fault>,
    notes: Vec<String>,
}

impl<'t> Trial<'t> {
    fn new(
        model: &'t Model<'t>,
        from: &Position,
        stimulus: Stimulus<'t>,
        script: &'t mut Script,
    ) -> Trial<'t> {
        let mut position = from.clone();
        if let Stimulus::Event {
            name: "payment.succeeded",
            ..
        } = stimulus
        {
            (position.paid, position.payment) = (true, Payment::Ended);
        }
        if let Stimulus::Event { name, .. } = stimulus
            && let Some(parties) = position.parties.after(name)
        {
            position.parties = parties;
        }
        Trial {
            model,
            stimulus,
            script,
            position,
            picked: BTreeMap::new(),
            moment: None,
            any_day: false,
            unsettled: None,
            failure: None,
            taken: Vec::new(),
            entered: Vec::new(),
            sent: Vec::new(),
            faults: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Whether the conditions beside the guards let the event through.
    fn allowed(&mut self, chosen: &[TransitionIndex], active: &Configuration) -> bool {
        let model = self.model;
        let required = chosen
            .iter()
            .filter_map(|index| model.workflow.rule(*index)?.require.as_ref());
        for rule in required {
            if !self.evaluate(rule, active).is_true() {
                return false;
            }
        }
        for index in chosen {
            let rule = model.workflow.rule(*index);
            let first = rule.map_or(&[][..], |rule| &rule.not_by_actor_of);
            let person = |event: &String| {
                matches!(
                    self.position.actors.get(event),
                    Some(Who::Citizen | Who::Staff)
                )
            };
            if !first.is_empty() && !first.iter().any(person) {
                self.faults.push(Fault::FourEyes(*index));
            }
        }
        true
    }

    fn evaluate(&mut self, rule: &Expression, active: &Configuration) -> Value {
        let mut records: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
        for path in rule.reads() {
            let (root, name) = path.split_once('.').unwrap_or((path, ""));
            let name = name.split('.').next().unwrap_or(name);
            if root == "vars" {
                let vars = &self.model.workflow.vars;
                let read = |name: &String| self.variable(name).value;
                let names = vars
                    .keys()
                    .filter(|known| name.is_empty() || *known == name);
                let values: Vec<_> = names.map(|name| (name.clone(), read(name))).collect();
                records.entry(root).or_default().extend(values);
            } else if let Some(value) = self.fact(&format!("{root}.{name}")) {
                records
                    .entry(root)
                    .or_default()
                    .insert(name.to_owned(), value.value);
            }
        }
        if self.unsettled.is_some() {
            return Value::Null;
        }
        let values = records
            .into_iter()
            .map(|(root, fields)| (root.to_owned(), Value::record(fields)))
            .collect();
        let world = CaseWorld {
            model: self.model,
            active,
        };
        let now = match rule.reads_clock() && !self.any_day {
            true => self.now(),
            false => self.model.domains.moments[0],
        };
        rule.evaluate(&Context {
            values: &values,
            now,
            world: &world,
        })
    }

    fn variable(&self, name: &str) -> Datum {
        let default = || self.model.workflow.vars.get(name)?.default.clone();
        let stored = self.position.vars.get(name).cloned();
        stored.unwrap_or_else(|| Datum::new(default().unwrap_or(Value::Null)))
    }

    /// The value of a fact other than a variable; nothing where it has to be
    /// settled first.
    fn fact(&mut self, path: &str) -> Option<Datum> {
        let model = self.model;
        if path == "case.paid" {
            return Some(Datum::new(Value::Boolean(self.position.paid)));
        }
        if let Some(name) = path.strip_prefix("parties.")
            && let Some(number) = self.party_count(name)
        {
            return Some(Datum::new(Value::Number(Decimal::from(number))));
        }
        if path == "capacity.free" {
            let limited = self.fact("capacity.limit")?;
            return Some(match limited.is_null() {
                true => Datum::null(),
                false => self.pick(path, &model.domains.free),
            });
        }
        if path == "appointment.changeable" {
            return Some(self.pick(path, &model.domains.changeable));
        }
        if let Some(field) = path.strip_prefix("event.") {
            return Some(self.answer(field));
        }
        if let Some(value) = self.position.fixed.get(path) {
            return Some(value.clone());
        }
        match model.domains.fixed.get(path).map(Vec::as_slice) {
            Some([only]) => Some(only.clone()),
            Some(_) => {
                self.unsettled.get_or_insert_with(|| path.to_owned());
                None
            }
            None => Some(Datum::null()),
        }
    }

    /// How many parties are so far; nothing for what the form sets.
    fn party_count(&self, name: &str) -> Option<u8> {
        let parties = self.position.parties;
        match name {
            "open" => Some(parties.open),
            "confirmed" => Some(parties.confirmed),
            "declined" => Some(parties.declined),
            _ => None,
        }
    }

    /// An answer to the small form of the event.
    fn answer(&mut self, field: &str) -> Datum {
        let Stimulus::Event { name, role } = self.stimulus else {
            return Datum::null();
        };
        let model = self.model;
        if role == SYSTEM {
            let told = name.starts_with("payment.") && matches!(field, "payment" | "amount");
            return match told {
                true => Datum::new(Value::text("1")),
                false => Datum::null(),
            };
        }
        let chart = &model.workflow.chart;
        let forms = model
            .workflow
            .rules
            .iter()
            .enumerate()
            .filter_map(|(index, rule)| {
                let rule = rule.as_ref().filter(|rule| rule.name == name)?;
                let source = chart.transitions[index].source;
                let asked = self
                    .model
                    .belongs_here(&self.position, source, &self.taken, index);
                rule.form.as_ref().filter(|_| asked)
            });
        let values = forms
            .into_iter()
            .find_map(|form| model.domains.answers.get(&(form.clone(), field.to_owned())));
        match values {
            Some(values) => self.pick(&format!("event.{field}"), values),
            None => Datum::null(),
        }
    }

    fn pick(&mut self, what: &str, values: &[Datum]) -> Datum {
        if let Some(value) = self.picked.get(what) {
            return value.clone();
        }
        let value = match values {
            [] => Datum::null(),
            [only] => only.clone(),
            several => {
                let value = several[self.script.pick(several.len())].clone();
                self.notes.push(match what.strip_prefix("event.") {
                    Some(field) => format!("`{field}`: {}", value.text()),
                    None => format!("`{what}`: {}", value.text()),
                });
                value
            }
        };
        self.picked.insert(what.to_owned(), value.clone());
        value
    }

    fn now(&mut self) -> DateTime {
        let moments = &self.model.domains.moments;
        *self
            .moment
            .get_or_insert_with(|| moments[self.script.pick(moments.len())])
    }

    fn send(&mut self, template: &str) {
        let mut values = BTreeMap::new();
        for path in self.model.letters.get(template).into_iter().flatten() {
            let value = match path.strip_prefix("vars.") {
                Some(name) => Some(self.variable(name)),
                None => self.fact(path),
            };
            values.extend(value.map(|value| (path.clone(), value)));
        }
        self.sent.push(Sent {
            template: template.to_owned(),
            values,
            there: BTreeSet::new(),
        });
    }

    fn attach(&mut self, names: &[String]) {
        let missing = names
            .iter()
            .filter(|name| !self.position.documents.contains(*name));
        let faults: Vec<Fault> = missing
            .map(|name| Fault::Attachment(name.clone()))
            .collect();
        self.faults.extend(faults);
    }

    fn name(&mut self, name: &Name, active: &Configuration) -> Result<(), ActionFailed> {
        match name {
            Name::Computed(rule) if !matches!(self.evaluate(rule, active), Value::Text(_)) => {
                self.fail(Failure::NoName)
            }
            _ => Ok(()),
        }
    }

    fn fail(&mut self, failure: Failure) -> Result<(), ActionFailed> {
        self.failure.get_or_insert(failure);
        Err(ActionFailed)
    }

    fn places(&mut self, places: Places) {
        // Without limited places there is nothing to take and to give back.
        match self.fact("capacity.limit") {
            Some(limit) if !limit.is_null() => {}
            _ => return,
        }
        let held = &mut self.position.held;
        let fault = match (places, *held) {
            (Places::Take, Held::Places) => Some(Fault::TakenTwice),
            (Places::Release, Held::Nothing | Held::Released) => Some(Fault::NothingToRelease),
            _ => None,
        };
        *held = match places {
            Places::Take => Held::Places,
            Places::Wait => Held::Waiting,
            Places::Release => Held::Released,
        };
        self.faults.extend(fault);
    }

    fn assign(&mut self, pairs: &[(String, Expression)], append: bool, active: &Configuration) {
        let new: Vec<(&String, Value)> = pairs
            .iter()
            .map(|(name, rule)| (name, self.evaluate(rule, active)))
            .collect();
        for (name, value) in new {
            let value = match (append, self.variable(name).value) {
                // Two entries are as good as many.
                (true, Value::List(items)) => {
                    Value::list(items.iter().take(1).cloned().chain([value]).collect())
                }
                _ => value,
            };
            let value = match (self.model.domains.counters.get(name), value) {
                (
                    Some(Datum {
                        value: Value::Number(most),
                        ..
                    }),
                    Value::Number(number),
                ) => Value::Number(number.min(*most)),
                (_, value) => value,
            };
            match self.model.domains.outlined(name, value) {
                Value::Null => self.position.vars.remove(name),
                value => self.position.vars.insert(name.clone(), Datum::new(value)),
            };
        }
    }

    fn finish(
        self,
        active: Configuration,
        history: BTreeMap<StateIndex, Vec<StateIndex>>,
    ) -> Moved {
        let model = self.model;
        let mut position = self.position;
        (position.active, position.history) = (active, history);
        if let Stimulus::Event { name, role } = self.stimulus {
            position.actors.insert(name.to_owned(), model.who(role));
        }
        let timers = &model.workflow.timers;
        let conditions = [
            (
                "deadline",
                position.started.iter().any(|timer| timers[*timer].due),
            ),
            ("payment", position.payment != Payment::Never),
            ("rank", position.held == Held::Waiting),
            (
                "clerk",
                matches!(self.stimulus, Stimulus::Event { role, .. } if model.who(role) == Who::Staff),
            ),
        ];
        let there = conditions
            .into_iter()
            .filter(|(_, there)| *there)
            .map(|(name, _)| name);
        let there: BTreeSet<&'static str> = there.collect();
        let mut sent = self.sent;
        sent.iter_mut()
            .for_each(|sent| sent.there.clone_from(&there));
        Moved {
            position: model.reduced(position),
            taken: self.taken,
            entered: self.entered,
            sent,
            faults: self.faults,
            notes: self.notes,
        }
    }
}

impl Host<Guard, Action> for Trial<'_> {
    fn holds(&mut self, guard: &Guard, active: &Configuration, event: Option<&Event>) -> bool {
        let from_outside = event.is_some_and(|event| event.source == Source::External);
        if from_outside
            && !guard.by.is_empty()
            && let Stimulus::Event { role, .. } = self.stimulus
            && !guard.by.iter().any(|by| by == role)
        {
            return false;
        }
        match &guard.when {
            Some(when) => self.evaluate(when, active).is_true(),
            None => true,
        }
    }

    fn run(
        &mut self,
        action: &Action,
        active: &Configuration,
        _event: Option<&Event>,
        raised: &mut VecDeque<Event>,
    ) -> Result<(), ActionFailed> {
        match action {
            Action::Document { template, name, .. } => {
                self.position.documents.insert(name.clone());
                self.send(template);
            }
            Action::Mail {
                template, attach, ..
            } => {
                self.attach(attach);
                self.send(template);
            }
            Action::Notify { template, .. } => self.send(template),
            Action::Deliver {
                department,
                queue,
                attach,
            } => {
                for name in [department, queue].into_iter().flatten() {
                    self.name(name, active)?;
                }
                self.attach(attach);
            }
            Action::RequestPayment { amount, .. } => match self.evaluate(amount, active) {
                Value::Number(amount) if amount > Decimal::ZERO => {
                    self.position.payment = Payment::Open;
                }
                _ => return self.fail(Failure::NothingToPay),
            },
            Action::ClosePayment if self.position.payment == Payment::Open => {
                self.position.payment = Payment::Ended;
            }
            Action::Places(places) => self.places(*places),
            Action::Appointment(AppointmentAction::Take(slot)) => {
                self.evaluate(slot, active);
            }
            Action::Appointment(_) => {}
            Action::Forward { department, queue } => {
                self.name(department, active)?;
                self.name(queue, active)?;
            }
            Action::InviteParties { template } => {
                let Some(total) = self.fact("parties.total") else {
                    return Ok(());
                };
                if total.value != Value::Number(Decimal::ZERO) {
                    let parties = &mut self.position.parties;
                    (parties.open, parties.declined) = (Parties::ALL - parties.confirmed, 0);
                    self.send(template);
                }
            }
            Action::RemindParties { template } if self.position.parties.open > 0 => {
                self.send(template);
            }
            Action::ExpireParties if self.position.parties.open > 0 => {
                self.position.parties.open = 0;
                raised.push_back(Event::internal(PARTY_EXPIRED));
            }
            Action::RemindParties { .. } | Action::ExpireParties => {}
            Action::Set(pairs) => self.assign(pairs, false, active),
            Action::Append(pairs) => self.assign(pairs, true, active),
            Action::Raise(name) => raised.push_back(Event::internal(name)),
            Action::ClosePayment
            | Action::Publish
            | Action::Unpublish
            | Action::Flag(_)
            | Action::Unflag(_)
            | Action::Assign { .. } => {}
        }
        Ok(())
    }

    fn entered(&mut self, state: StateIndex, active: &Configuration) {
        if state == ROOT {
            return;
        }
        self.entered.push(state);
        let timers = &self.model.workflow.timers;
        // How long a timer runs depends on the day, whether it runs does not.
        self.any_day = true;
        for (index, timer) in timers
            .iter()
            .enumerate()
            .filter(|(_, timer)| timer.state == state)
        {
            if matches!(
                self.evaluate(timer.wait.expression(), active),
                Value::Number(_) | Value::Date(_) | Value::DateTime(_)
            ) {
                self.position.started.insert(index);
            }
        }
        self.any_day = false;
    }

    fn exited(&mut self, state: StateIndex) {
        let timers = &self.model.workflow.timers;
        self.position
            .started
            .retain(|timer| timers[*timer].state != state);
    }

    fn taken(&mut self, transition: TransitionIndex) {
        self.taken.push(transition);
    }
}

impl Model<'_> {
    /// Who acts with a role.
    pub(super) fn who(&self, role: &str) -> Who {
        match role {
            SYSTEM => Who::System,
            APPLICANT => Who::Citizen,
            _ if self
                .workflow
                .roles
                .get(role)
                .is_some_and(|role| role.citizen) =>
            {
                Who::Citizen
            }
            _ => Who::Staff,
        }
    }

    /// Whether a transition belongs to a state active before the step, or was
    /// taken in it.
    fn belongs_here(
        &self,
        before: &Position,
        source: StateIndex,
        taken: &[TransitionIndex],
        index: TransitionIndex,
    ) -> bool {
        match taken {
            [] => before.active.contains(&source),
            taken => taken.contains(&index),
        }
    }
}

/// What rules can ask about the case.
struct CaseWorld<'a> {
    model: &'a Model<'a>,
    active: &'a Configuration,
}

impl World for CaseWorld<'_> {
    fn is_working_day(&self, date: Date) -> bool {
        calendar::is_working_day(date)
    }

    fn in_state(&self, state: &str) -> bool {
        self.model
            .workflow
            .chart
            .find(state)
            .is_some_and(|index| self.active.contains(&index))
    }
}
