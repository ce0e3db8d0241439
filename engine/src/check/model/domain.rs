//! Values that stand for all values: for every fact a workflow looks at, a few
//! that make each of its conditions come out each way it can.
//!
//! They are real values, so that the rules are evaluated by the one evaluator
//! there is. Texts are those a rule compares with and one other; numbers are
//! those at and around the literals; dates lie so far ahead that today can be
//! before, at and after each of them and each period counted from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::position::{Datum, Parties};
use crate::feel::{Expression, Type, Value};
use crate::form::{Bound, FeeAmount, Form, PartyRule, Rule};
use crate::workflow::{Action, Name, Workflow};

/// Where the parameters of a workflow come from.
#[derive(Clone, Copy)]
pub(super) enum Binding<'f> {
    /// A form sets them.
    Form(&'f Form),
    /// Any form could.
    Anything,
}

/// The values of all facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Domains {
    /// Facts that stay as they are in the life of a case, by path.
    pub fixed: BTreeMap<String, Vec<Datum>>,
    /// `capacity.free`, which changes all the time.
    pub free: Vec<Datum>,
    /// `appointment.changeable`, which time ends.
    pub changeable: Vec<Datum>,
    /// Moments a step may happen at.
    pub moments: Vec<DateTime>,
    /// Answers of small forms, by form and field.
    pub answers: BTreeMap<(String, String), Vec<Datum>>,
    /// Variables that count, with the number above which all are alike.
    pub counters: BTreeMap<String, Datum>,
    /// Variables of which only letters and periods tell: that there is a date
    /// or an entry matters, which one does not.
    pub shown: BTreeSet<String>,
}

/// The first moment of a case.
const START: Date = Date::constant(2026, 1, 5);
/// Days from then to the first date of a case.
const AHEAD: i64 = 100;
/// Most values of one fact.
const MOST: usize = 12;
/// A text nobody compares with.
const SOME_TEXT: &str = "…";

impl Domains {
    pub(super) fn of(workflow: &Workflow, binding: Binding<'_>) -> Domains {
        let mut maker = Maker {
            workflow,
            rules: expressions(workflow),
            days: BTreeMap::new(),
        };
        let mut domains = Domains {
            fixed: maker.fixed(binding),
            ..Domains::default()
        };
        domains.free = match domains.fixed.get("capacity.limit") {
            Some(limit) if limit.iter().any(|limit| !limit.is_null()) => {
                maker.numbers("capacity.free", Decimal::ZERO)
            }
            _ => vec![Datum::null()],
        };
        domains.changeable = match binding {
            Binding::Form(form) if form.appointment.is_none() => {
                vec![Datum::new(Value::Boolean(false))]
            }
            _ => [true, false]
                .map(|yes| Datum::new(Value::Boolean(yes)))
                .to_vec(),
        };
        domains.answers = maker.answers();
        domains.counters = maker.counters();
        domains.moments = maker.moments();
        domains.shown = maker.shown();
        domains
    }

    /// A value as far as it can make a difference to what a variable is for.
    pub(super) fn outlined(&self, variable: &str, value: Value) -> Value {
        if !self.shown.contains(variable) {
            return value;
        }
        match value {
            Value::Date(_) => Value::Date(some_day()),
            Value::DateTime(_) => Value::DateTime(some_day().at(9, 0, 0, 0)),
            Value::List(items) if !items.is_empty() => Value::list(vec![Value::text(SOME_TEXT)]),
            value => value,
        }
    }
}

/// Every expression of a workflow with the variable it is written to.
pub(super) fn expressions(workflow: &Workflow) -> Vec<(&Expression, Option<&str>)> {
    let chart = &workflow.chart;
    let guards = chart.transitions.iter();
    let mut found: Vec<(&Expression, Option<&str>)> = guards
        .filter_map(|transition| Some((transition.guard.as_ref()?.when.as_ref()?, None)))
        .collect();
    let rules = workflow.rules.iter().flatten();
    found.extend(rules.filter_map(|rule| Some((rule.require.as_ref()?, None))));
    let waits = workflow.timers.iter();
    found.extend(waits.map(|timer| (timer.wait.expression(), None)));
    for action in workflow.actions() {
        match action {
            Action::Set(pairs) | Action::Append(pairs) => {
                found.extend(pairs.iter().map(|(name, rule)| (rule, Some(name.as_str()))));
            }
            Action::RequestPayment { amount, .. } => found.push((amount, None)),
            Action::Appointment(crate::workflow::AppointmentAction::Take(slot)) => {
                found.push((slot, None));
            }
            Action::Deliver {
                department, queue, ..
            } => found.extend(names([department.as_ref(), queue.as_ref()])),
            Action::Forward { department, queue } => {
                found.extend(names([Some(department), Some(queue)]));
            }
            _ => {}
        }
    }
    found
}

fn names(names: [Option<&Name>; 2]) -> impl Iterator<Item = (&Expression, Option<&str>)> {
    names.into_iter().flatten().filter_map(|name| match name {
        Name::Computed(rule) => Some((rule, None)),
        Name::Fixed(_) => None,
    })
}

/// Whether a slot was chosen with the form, and when the appointment is.
fn appointment(binding: Binding<'_>) -> [(String, Vec<Datum>); 3] {
    let answers = |answers: &[bool]| {
        answers
            .iter()
            .map(|yes| Datum::new(Value::Boolean(*yes)))
            .collect()
    };
    let (chosen, on, at) = match binding {
        Binding::Form(form) if form.appointment.is_none() => {
            (answers(&[false]), Datum::null(), Datum::null())
        }
        Binding::Form(form) if !form.asks_slot() => {
            (answers(&[false]), some(some_day()), moment(some_day()))
        }
        _ => (
            answers(&[true, false]),
            some(some_day()),
            moment(some_day()),
        ),
    };
    [
        ("appointment.chosen".to_owned(), chosen),
        ("appointment.starts_on".to_owned(), vec![on]),
        ("appointment.starts_at".to_owned(), vec![at]),
    ]
}

fn some_day() -> Date {
    day_after(AHEAD)
}

fn some(day: Date) -> Datum {
    Datum::new(Value::Date(day))
}

fn moment(day: Date) -> Datum {
    Datum::new(Value::DateTime(day.at(9, 0, 0, 0)))
}

struct Maker<'w> {
    workflow: &'w Workflow,
    rules: Vec<(&'w Expression, Option<&'w str>)>,
    /// By fact: how many days from the start its date lies.
    days: BTreeMap<String, i64>,
}

impl<'w> Maker<'w> {
    /// The expressions that look at a fact, or at a variable it is written to.
    fn readers(&self, path: &str) -> Vec<&'w Expression> {
        let mut paths = BTreeSet::from([path.to_owned()]);
        loop {
            let reads = |rule: &Expression| rule.reads().iter().any(|read| paths.contains(read));
            let written = self.rules.iter().filter(|(rule, _)| reads(rule));
            let more: Vec<String> = written
                .filter_map(|(_, variable)| Some(format!("vars.{}", (*variable)?)))
                .filter(|variable| !paths.contains(variable))
                .collect();
            if more.is_empty() {
                let rules = self.rules.iter().map(|(rule, _)| *rule);
                return rules.filter(|rule| reads(rule)).collect();
            }
            paths.extend(more);
        }
    }

    fn fixed(&mut self, binding: Binding<'_>) -> BTreeMap<String, Vec<Datum>> {
        let mut fixed = BTreeMap::new();
        for (name, param) in &self.workflow.params {
            let path = format!("params.{name}");
            let default = Datum::new(param.default.clone().unwrap_or(Value::Null));
            let given = match binding {
                Binding::Anything => Some((param.ty.clone().optional(), None)),
                Binding::Form(form) => {
                    let with = form.workflow.with.iter().find(|(given, _)| given == name);
                    with.map(|(_, rule)| (rule.ty().clone(), rule.constant()))
                }
            };
            let values = match given {
                None | Some((_, Some(Value::Null))) => {
                    let value = param.default.clone().unwrap_or(Value::Null);
                    vec![Datum::new(self.stand_in(&path, value))]
                }
                Some((_, Some(constant))) => vec![Datum::new(self.stand_in(&path, constant))],
                Some((ty, None)) => {
                    let ty = match ty.required() {
                        Type::Any | Type::Null => param.ty.clone().optional(),
                        _ => ty,
                    };
                    let mut values = self.values(&path, &ty, Decimal::MIN);
                    values
                        .iter_mut()
                        .filter(|value| value.is_null())
                        .for_each(|value| *value = default.clone());
                    let values = values.into_iter().map(|datum| datum.value);
                    values
                        .map(|value| Datum::new(self.stand_in(&path, value)))
                        .collect()
                }
            };
            fixed.insert(path, distinct(values));
        }
        fixed.insert("fee.total".to_owned(), self.fee(binding));
        let limited = vec![Datum::new(Value::Number(Decimal::TEN))];
        let (limit, quantity) = match binding {
            Binding::Form(form) if form.capacity.is_none() => {
                (vec![Datum::null()], vec![Datum::null()])
            }
            Binding::Form(_) => (limited, vec![Datum::new(Value::Number(Decimal::ONE))]),
            Binding::Anything => (
                distinct([vec![Datum::null()], limited].concat()),
                vec![Datum::new(Value::Number(Decimal::ONE))],
            ),
        };
        fixed.insert("capacity.limit".to_owned(), limit);
        fixed.insert("capacity.quantity".to_owned(), quantity);
        fixed.extend(self.parties(binding));
        fixed.extend(appointment(binding));
        let languages = ["de", "en"].map(|tag| Datum::new(Value::text(tag)));
        fixed.insert("case.language".to_owned(), languages.to_vec());
        fixed
    }

    /// The same for values between which no rule can tell, so that services
    /// that differ in words and periods only are looked at once: texts nobody
    /// compares with, and the lengths of timers, which fall due at any time.
    fn stand_in(&self, path: &str, value: Value) -> Value {
        let readers = self.readers(path);
        if !readers.iter().all(|rule| self.is_period(rule, path)) {
            return value;
        }
        match value {
            Value::Text(text) if !text.is_empty() => Value::text(SOME_TEXT),
            Value::Number(_) if !readers.is_empty() => Value::Number(Decimal::TEN),
            Value::Number(number) if number > Decimal::ZERO => Value::Number(Decimal::TEN),
            other => other,
        }
    }

    /// Whether a rule is the length of a timer, which is this fact as it is.
    fn is_period(&self, rule: &Expression, path: &str) -> bool {
        let timers = &self.workflow.timers;
        let mut waits = timers.iter().map(|timer| timer.wait.expression());
        rule.text().trim() == path && waits.any(|wait| std::ptr::eq(wait, rule))
    }

    /// Whether there are parties, and how long they have.
    fn parties(&self, binding: Binding<'_>) -> [(String, Vec<Datum>); 3] {
        let number = |number: i64| Datum::new(Value::Number(Decimal::from(number)));
        let some = i64::from(Parties::ALL);
        let (total, within, remind) = match binding {
            Binding::Form(form) => match &form.parties {
                None => (vec![number(0)], Datum::null(), vec![Datum::null()]),
                Some(rules) => {
                    let always = |rule: &PartyRule| rule.when.is_none() && rule.each.is_none();
                    let sure = rules.who.iter().any(always);
                    let total = match sure {
                        true => vec![number(some)],
                        false => vec![number(0), number(some)],
                    };
                    let remind = rules.remind.map_or_else(Datum::null, number);
                    (total, number(rules.within), vec![remind])
                }
            },
            Binding::Anything => (
                vec![number(0), number(some)],
                number(14),
                vec![Datum::null(), number(7)],
            ),
        };
        [
            ("parties.total".to_owned(), total),
            ("parties.within".to_owned(), vec![within]),
            ("parties.remind".to_owned(), remind),
        ]
    }

    /// Nothing where the form has no fee; never nothing where a line of it is
    /// always charged.
    fn fee(&self, binding: Binding<'_>) -> Vec<Datum> {
        let form = match binding {
            Binding::Form(form) if form.fee.is_empty() => {
                return vec![Datum::new(Value::Number(Decimal::ZERO))];
            }
            Binding::Form(form) => form,
            Binding::Anything => return self.numbers("fee.total", Decimal::ZERO),
        };
        let always = form.fee.iter().any(|line| {
            let amount = match &line.amount {
                FeeAmount::Rule(rule) => rule.constant(),
                FeeAmount::Table { .. } => None,
            };
            let positive = matches!(amount, Some(Value::Number(amount)) if amount > Decimal::ZERO);
            positive && line.when.is_none() && line.each.is_none()
        });
        let least = if always { Decimal::ONE } else { Decimal::ZERO };
        self.numbers("fee.total", least)
    }

    fn values(&mut self, path: &str, ty: &Type, least: Decimal) -> Vec<Datum> {
        let mut values = match ty {
            Type::Optional(_) | Type::Any | Type::Null => vec![Datum::null()],
            _ => Vec::new(),
        };
        match ty.required() {
            Type::Boolean => values.extend([false, true].map(|b| Datum::new(Value::Boolean(b)))),
            Type::Number => values.extend(self.numbers(path, least)),
            Type::Date => {
                let day = AHEAD + 10 * i64::try_from(self.days.len()).unwrap_or(0);
                self.days.insert(path.to_owned(), day);
                values.push(Datum::new(Value::Date(day_after(day))));
            }
            Type::Choice(ids) => values.extend(self.choices(path, ids)),
            Type::List(_) => {
                let one = Value::list(vec![Value::text(SOME_TEXT)]);
                values.extend([Value::list(Vec::new()), one].map(Datum::new));
            }
            _ => {
                let texts = self.texts(path).into_iter().take(MOST);
                values.extend(texts.map(|text| Datum::new(Value::text(text))));
                values.push(Datum::new(Value::text(SOME_TEXT)));
            }
        }
        values
    }

    /// The texts rules compare a fact with.
    fn texts(&self, path: &str) -> BTreeSet<Arc<str>> {
        let literals = self
            .readers(path)
            .into_iter()
            .flat_map(Expression::literals);
        let texts = literals.filter_map(|value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    }

    /// The options rules compare with, and one they do not.
    fn choices(&self, path: &str, ids: &[String]) -> Vec<Datum> {
        let texts = self.texts(path);
        let named = |id: &&String| texts.contains(id.as_str());
        let compared = ids.iter().filter(named).take(MOST);
        let other = ids.iter().find(|id| !named(id));
        compared
            .chain(other)
            .map(|id| Datum::new(Value::text(id)))
            .collect()
    }

    fn numbers(&self, path: &str, least: Decimal) -> Vec<Datum> {
        let readers = self.readers(path);
        let mut numbers = BTreeSet::from([least.max(Decimal::ZERO), least.max(Decimal::ONE)]);
        for value in readers.iter().flat_map(|rule| rule.literals()) {
            if let Value::Number(number) = value {
                numbers.extend([*number, *number + Decimal::ONE]);
                numbers.extend((*number >= Decimal::ONE).then(|| *number - Decimal::ONE));
            }
        }
        let among_others = |rule: &&Expression| {
            let facts = rule.reads().iter();
            facts
                .filter(|fact| *fact != path && self.is_number(fact))
                .count()
                > 0
        };
        if readers.iter().any(among_others) {
            numbers.insert(Decimal::ONE_THOUSAND);
        }
        let numbers = numbers.into_iter().filter(|number| *number >= least);
        numbers
            .take(MOST)
            .map(|number| Datum::new(Value::Number(number)))
            .collect()
    }

    fn is_number(&self, path: &str) -> bool {
        let declared = match path.split_once('.') {
            Some(("params", name)) => self.workflow.params.get(name),
            Some(("vars", name)) => self.workflow.vars.get(name),
            Some(("fee" | "capacity", _)) => return true,
            _ => None,
        };
        declared.is_some_and(|param| param.ty == Type::Number)
    }

    fn answers(&mut self) -> BTreeMap<(String, String), Vec<Datum>> {
        let mut answers = BTreeMap::new();
        let workflow = self.workflow;
        for (id, form) in &workflow.forms {
            for (name, ty) in &form.types {
                let field = form.questions.field(name);
                let needed = field.is_some_and(|field| {
                    matches!(field.required, Rule::Always) && field.visible.is_none()
                });
                let least = match field.and_then(|field| field.min.as_ref()) {
                    Some(Bound::Number(least)) => Some(*least),
                    Some(Bound::Rule(rule)) => match rule.constant() {
                        Some(Value::Number(least)) => Some(least),
                        _ => None,
                    },
                    _ => None,
                };
                let values =
                    self.values(&format!("event.{name}"), ty, least.unwrap_or(Decimal::MIN));
                let values = values.into_iter().filter(|value| {
                    let nothing = value.is_null() || value.value == Value::list(Vec::new());
                    !(needed && nothing)
                });
                answers.insert((id.clone(), name.clone()), values.collect());
            }
        }
        answers
    }

    /// Variables that are computed from themselves would go on for ever.
    fn counters(&self) -> BTreeMap<String, Datum> {
        let own = |(rule, variable): &&(&Expression, Option<&str>)| {
            variable.is_some_and(|name| rule.reads().contains(&format!("vars.{name}")))
        };
        let counting = self
            .rules
            .iter()
            .filter(own)
            .filter_map(|(_, variable)| *variable);
        let limit = |name: &str| {
            let readers = self.readers(&format!("vars.{name}"));
            let literals = readers.iter().flat_map(|rule| rule.literals());
            let numbers = literals.filter_map(|value| match value {
                Value::Number(number) => Some(*number),
                _ => None,
            });
            numbers.max().unwrap_or(Decimal::ONE) + Decimal::ONE
        };
        counting
            .map(|name| (name.to_owned(), Datum::new(Value::Number(limit(name)))))
            .collect()
    }

    /// Variables no rule looks at except for the length of a timer, or to add
    /// to what was there.
    fn shown(&self) -> BTreeSet<String> {
        let timers = &self.workflow.timers;
        let is_period = |rule: &Expression| {
            let mut waits = timers.iter().map(|timer| timer.wait.expression());
            waits.any(|wait| std::ptr::eq(wait, rule))
        };
        let vars = self.workflow.vars.keys();
        let only_shown = |name: &&String| {
            let path = format!("vars.{name}");
            let looks = |rule: &Expression| rule.reads().contains(&path) && !is_period(rule);
            !self.rules.iter().any(|(rule, _)| looks(rule))
        };
        vars.filter(only_shown).cloned().collect()
    }

    /// Before, at and after every day a rule compares today with.
    fn moments(&self) -> Vec<DateTime> {
        let mut bounds = BTreeSet::new();
        for (rule, _) in self.rules.iter().filter(|(rule, _)| rule.reads_clock()) {
            let periods = rule.days();
            for path in rule.reads() {
                let of_path: Vec<i64> = match self.days.get(path) {
                    Some(day) => vec![*day],
                    None if self.is_date(path) => self.days.values().copied().collect(),
                    None => continue,
                };
                for day in of_path {
                    bounds.insert(day);
                    bounds.extend(
                        periods
                            .iter()
                            .flat_map(|period| [day - period, day + period]),
                    );
                }
            }
        }
        let mut days = BTreeSet::from([0]);
        let mut before = 0;
        for bound in bounds {
            days.extend([(before + bound) / 2, bound]);
            before = bound;
        }
        days.insert(before + 1);
        days.into_iter()
            .map(|day| day_after(day).at(9, 0, 0, 0))
            .collect()
    }

    fn is_date(&self, path: &str) -> bool {
        let variable = path
            .strip_prefix("vars.")
            .and_then(|name| self.workflow.vars.get(name));
        variable.is_some_and(|param| param.ty == Type::Date) || path.starts_with("event.")
    }
}

fn day_after(days: i64) -> Date {
    START
        .checked_add(jiff::Span::new().days(days))
        .unwrap_or(START)
}

fn distinct(mut values: Vec<Datum>) -> Vec<Datum> {
    values.sort();
    values.dedup();
    values
}
