//! The values of a subject cut into cells in which every test has one result.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time};
use rust_decimal::Decimal;

use super::super::ast::Comparison;
use super::super::eval::Evaluator;
use super::super::{Context, PlainWorld, Type, Value, operators, temporal};
use super::formula::{ANY, FALSE, NULL, TRUE, Test, one};

/// The day on which dates that move with today are shown.
pub const TODAY: Date = Date::constant(2026, 6, 15);

/// What a subject stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The value of a path.
    Path,
    /// The date of a path, seen from today.
    FromToday,
    /// How two terms stand to each other.
    Order,
    /// A calculated term.
    Derived,
    /// A condition that is not understood.
    Opaque,
}

/// Something conditions ask about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) key: String,
    /// The name in messages.
    pub(super) shown: String,
    pub(super) kind: Kind,
    pub(super) ty: Type,
    pub(super) nullable: bool,
    /// Of an order: whether both terms can be null.
    pub(super) both_null: bool,
    /// Of an order: the two terms.
    pub(super) sides: Option<(String, String)>,
    /// The paths it hangs on.
    pub(super) paths: Vec<String>,
    /// Whether every cell is a real possibility, whatever the others are.
    pub(super) exact: bool,
    pub(super) whole: bool,
    pub(super) not_negative: bool,
    /// Of a date seen from today: months and days it is compared with.
    pub(super) offsets: Vec<(i64, i64)>,
    /// Whether it is asked for more than being null.
    pub(super) is_used: bool,
    /// Values it is compared with.
    pub(super) points: Vec<Value>,
    /// Whether it is compared by order, not only by equality.
    pub(super) is_ordered: bool,
}

/// Values for which every test has the same result.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// One of them.
    pub(super) value: Value,
    /// It stands for values of unknown kind, none of those named.
    pub(super) is_other: bool,
}

impl Subject {
    pub(super) fn new(key: String, ty: Type, kind: Kind) -> Subject {
        Subject {
            shown: key.clone(),
            key,
            kind,
            nullable: matches!(ty, Type::Optional(_)),
            both_null: false,
            sides: None,
            paths: Vec::new(),
            exact: true,
            whole: false,
            not_negative: false,
            offsets: Vec::new(),
            is_used: false,
            points: Vec::new(),
            is_ordered: false,
            ty,
        }
    }

    /// Notes the values a test names.
    pub(super) fn learn(&mut self, test: &Test) {
        match test {
            Test::Compare(_, Value::Null) => return,
            Test::Compare(comparison, value) => {
                self.points.push(value.clone());
                self.is_ordered |= !comparison.is_equality();
            }
            Test::In(target) => self.learn_target(target),
            Test::Truth | Test::Age(..) | Test::Order(_) | Test::Computed { .. } => {}
        }
        self.is_used = true;
    }

    fn learn_target(&mut self, target: &Value) {
        match target {
            Value::List(items) => items.iter().for_each(|item| self.learn_target(item)),
            Value::Range(range) => {
                self.is_ordered = true;
                let ends = [&range.low, &range.high];
                let named = ends.into_iter().filter(|end| **end != Value::Null);
                self.points.extend(named.cloned());
            }
            Value::Null => {}
            value => self.points.push(value.clone()),
        }
    }

    /// The cells, null last.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = match self.values() {
            Some(values) => (values.into_iter())
                .map(|value| Cell {
                    value,
                    is_other: false,
                })
                .collect(),
            None => Vec::new(),
        };
        if self.has_others() {
            cells.push(Cell {
                value: Value::text("something else"),
                is_other: true,
            });
        }
        if self.nullable {
            cells.push(Cell {
                value: Value::Null,
                is_other: false,
            });
        }
        if self.both_null {
            cells.push(Cell {
                value: both_null(),
                is_other: false,
            });
        }
        cells
    }

    /// Whether there are values that cannot be listed.
    fn has_others(&self) -> bool {
        matches!(self.kind, Kind::Path | Kind::Derived | Kind::FromToday)
            && (self.values().is_none() || *self.ty.required() == Type::Any)
    }

    /// One value of each cell; nothing where they cannot be told apart.
    fn values(&self) -> Option<Vec<Value>> {
        match self.kind {
            Kind::Order => return Some((-1..=1).map(|n| Value::Number(n.into())).collect()),
            Kind::Opaque => return Some(vec![Value::Boolean(true), Value::Boolean(false)]),
            _ => {}
        }
        match self.ty.required() {
            Type::Choice(ids) if !ids.is_empty() && !self.is_ordered => {
                Some(ids.iter().map(Value::text).collect())
            }
            Type::Boolean => Some(vec![Value::Boolean(true), Value::Boolean(false)]),
            Type::Number => Some(self.numbers()),
            Type::Date => self.dates(),
            Type::MonthsDuration => Some(around(&self.points, |value| match value {
                Value::MonthsDuration(months) => Some(
                    (-1..=1)
                        .filter_map(|step| months.checked_add(step))
                        .map(Value::MonthsDuration)
                        .collect(),
                ),
                _ => None,
            }))
            .filter(|values| !values.is_empty()),
            Type::DaysDuration => Some(around(&self.points, |value| match value {
                Value::DaysDuration(nanos) => Some(
                    (-1..=1)
                        .filter_map(|step| nanos.checked_add(step))
                        .map(Value::DaysDuration)
                        .collect(),
                ),
                _ => None,
            }))
            .filter(|values| !values.is_empty()),
            Type::Text | Type::Choice(_) if !self.is_ordered => Some(self.texts()),
            Type::Any if !self.is_ordered => Some(self.points.clone()),
            Type::Any if self.points.iter().all(|p| matches!(p, Value::Number(_))) => {
                Some(self.numbers())
            }
            Type::Null => Some(Vec::new()),
            _ => None,
        }
    }

    fn texts(&self) -> Vec<Value> {
        let mut texts: Vec<Value> = Vec::new();
        for point in &self.points {
            if matches!(point, Value::Text(_)) && !texts.contains(point) {
                texts.push(point.clone());
            }
        }
        let taken = |text: &Value| texts.contains(text);
        let other = (0..)
            .map(|n| match n {
                0 => Value::text("any other text"),
                n => Value::text(format!("any other text {n}")),
            })
            .find(|text| !taken(text));
        texts.extend(other);
        texts
    }

    /// Each number named, one between each two, and one on either side.
    fn numbers(&self) -> Vec<Value> {
        let named: BTreeSet<Decimal> = self
            .points
            .iter()
            .filter_map(|value| match value {
                Value::Number(n) => Some(*n),
                _ => None,
            })
            .collect();
        let mut points: BTreeSet<Decimal> = BTreeSet::new();
        for (number, next) in named.iter().zip(named.iter().skip(1)) {
            let between = number
                .checked_add(*next)
                .map(|sum| sum / Decimal::TWO)
                .map(|between| if self.whole { between.floor() } else { between });
            points.extend(between);
            // Two ends with a part behind the point: the whole number between.
            if self.whole {
                points.extend(next.checked_sub(Decimal::new(1, 3)).map(|n| n.floor()));
                points.extend(number.checked_add(Decimal::ONE).map(|n| n.floor()));
            }
        }
        let step = |n: &Decimal, step: Decimal| n.checked_add(step);
        points.extend(named.first().and_then(|n| step(n, -Decimal::ONE)));
        points.extend(named.last().and_then(|n| step(n, Decimal::ONE)));
        points.extend(named);
        if self.whole {
            points = points
                .into_iter()
                .flat_map(|n| [n.floor(), n.ceil()])
                .collect();
        }
        if points.is_empty() {
            points.insert(Decimal::ONE);
        }
        points
            .into_iter()
            .filter(|n| !self.not_negative || !n.is_sign_negative() || n.is_zero())
            .map(|n| Value::Number(n.normalize()))
            .collect()
    }

    /// Each date named with the days before and after.
    fn dates(&self) -> Option<Vec<Value>> {
        let mut named: BTreeSet<Date> = BTreeSet::new();
        for point in &self.points {
            match point {
                Value::Date(date) => drop(named.insert(*date)),
                // Beyond the calendar; nothing to say.
                Value::FarDate(..) => return None,
                _ => {}
            }
        }
        if self.kind == Kind::FromToday {
            are_in_fixed_order(&self.offsets).then_some(())?;
            for (months, days) in &self.offsets {
                let date = temporal::add_months(&Value::Date(TODAY), *months)?;
                let Value::Date(date) = date else { return None };
                named.insert(
                    date.checked_add(jiff::Span::new().try_days(*days).ok()?)
                        .ok()?,
                );
            }
        }
        if named.is_empty() {
            named.insert(TODAY);
        }
        let mut dates: BTreeSet<Date> = BTreeSet::new();
        for date in named {
            dates.extend(
                [date.yesterday().ok(), Some(date), date.tomorrow().ok()]
                    .into_iter()
                    .flatten(),
            );
        }
        Some(dates.into_iter().map(Value::Date).collect())
    }
}

/// The values of an order where both terms are null.
pub(super) fn both_null() -> Value {
    Value::text("both are null")
}

/// Whether moving today never changes the order of these distances: months
/// have 28 to 31 days.
fn are_in_fixed_order(offsets: &[(i64, i64)]) -> bool {
    let distinct: BTreeSet<(i64, i64)> = offsets.iter().copied().collect();
    if distinct.iter().all(|(_, days)| *days == 0)
        || distinct.iter().all(|(months, _)| *months == 0)
    {
        return true;
    }
    let range = |(months, days): &(i64, i64)| {
        let a = months.saturating_mul(304) / 10;
        let b = months.saturating_mul(306) / 10;
        (a.min(b) - 4 + days, a.max(b) + 4 + days)
    };
    let mut ranges: Vec<(i64, i64)> = distinct.iter().map(range).collect();
    ranges.sort_unstable();
    ranges.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0)
}

fn around(points: &[Value], near: impl Fn(&Value) -> Option<Vec<Value>>) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for value in points.iter().filter_map(near).flatten() {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// The results a test has in a cell (of each of its subjects).
pub(super) fn results(test: &Test, cells: &[&Cell]) -> u8 {
    let Some(cell) = cells.first() else {
        return ANY;
    };
    match test {
        Test::Compare(comparison, value) if cell.is_other => match (comparison, value) {
            (Comparison::Equal, Value::Null) => FALSE,
            (Comparison::Unequal, Value::Null) => TRUE,
            _ => ANY,
        },
        _ if cell.is_other => ANY,
        Test::Compare(comparison, value) => {
            one(operators::compare(*comparison, &cell.value, value))
        }
        Test::In(target) => one(operators::is_in(&cell.value, target)),
        Test::Truth => match cell.value {
            Value::Boolean(value) => one(Some(value)),
            _ => NULL,
        },
        Test::Age(comparison, years) => {
            let months = temporal::months_between(&cell.value, &Value::Date(TODAY));
            let age = months
                .filter(|months| *months >= 0)
                .map_or(Value::Null, |months| Value::Number((months / 12).into()));
            one(operators::compare(*comparison, &age, years))
        }
        Test::Order(comparison) => match cells {
            [left, right] => one(operators::compare(*comparison, &left.value, &right.value)),
            _ => order_results(*comparison, &cell.value),
        },
        Test::Computed { expr, names } => {
            let mut values = BTreeMap::new();
            for (path, _) in names {
                put(&mut values, path, &cell.value);
            }
            let context = Context {
                values: &values,
                now: TODAY.to_datetime(Time::midnight()),
                world: &PlainWorld,
            };
            match Evaluator::new(&context).value(expr) {
                Value::Boolean(value) => one(Some(value)),
                _ => NULL,
            }
        }
    }
}

fn order_results(comparison: Comparison, sign: &Value) -> u8 {
    let zero = Value::Number(Decimal::ZERO);
    match sign {
        Value::Number(_) => one(operators::compare(comparison, sign, &zero)),
        Value::Null => match comparison {
            Comparison::Equal => FALSE,
            Comparison::Unequal => TRUE,
            _ => NULL,
        },
        _ => match comparison {
            Comparison::Equal => TRUE,
            Comparison::Unequal => FALSE,
            _ => NULL,
        },
    }
}

/// Puts a value under a path of names; groups in between are made.
fn put(values: &mut BTreeMap<String, Value>, path: &[String], value: &Value) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        values.insert(first.clone(), value.clone());
        return;
    }
    let mut inner = match values.get(first) {
        Some(Value::Record(fields)) => (**fields).clone(),
        _ => BTreeMap::new(),
    };
    put(&mut inner, rest, value);
    values.insert(first.clone(), Value::record(inner));
}
