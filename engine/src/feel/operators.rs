//! Operators on values: equality, order, arithmetic, membership, and text.
//!
//! Everything is total: operands that do not fit yield nothing, which the
//! evaluator turns into null (DMN 1.5, chapter 10.3.2.13 and 10.3.2.15).

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::ast::{Comparison, Operator};
use super::{Range, Value, number, temporal};

/// Whether two values are equal; nothing where their kinds cannot be compared.
pub(super) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Null, Value::Null) => Some(true),
        (Value::Null, _) | (_, Value::Null) => Some(false),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a == b),
        (Value::Number(a), Value::Number(b)) => Some(a == b),
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        (Value::Date(_) | Value::FarDate(..), Value::Date(_) | Value::FarDate(..)) => {
            Some(left == right)
        }
        (Value::Time(a), Value::Time(b)) => Some(a == b),
        (Value::DateTime(a), Value::DateTime(b)) => Some(a == b),
        (Value::DaysDuration(a), Value::DaysDuration(b)) => Some(a == b),
        (Value::MonthsDuration(a), Value::MonthsDuration(b)) => Some(a == b),
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all(a.iter().zip(b.iter()).map(|(a, b)| equal(a, b)))
        }
        (Value::Record(a), Value::Record(b)) => {
            if a.len() != b.len() || !a.keys().eq(b.keys()) {
                return Some(false);
            }
            all(a.values().zip(b.values()).map(|(a, b)| equal(a, b)))
        }
        (Value::Range(a), Value::Range(b)) => {
            let bounds = all([equal(&a.low, &b.low), equal(&a.high, &b.high)].into_iter())?;
            Some(bounds && a.low_closed == b.low_closed && a.high_closed == b.high_closed)
        }
        _ => None,
    }
}

/// Three-valued conjunction.
pub(super) fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

/// Whether equal, taking what cannot be compared as different.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    equal(left, right) == Some(true)
}

/// The order of two values; nothing where there is none.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Date(_) | Value::FarDate(..), Value::Date(_) | Value::FarDate(..)) => {
            Some(temporal::ymd(left)?.cmp(&temporal::ymd(right)?))
        }
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::DateTime(a), Value::DateTime(b)) => Some(a.cmp(b)),
        (Value::DaysDuration(a), Value::DaysDuration(b)) => Some(a.cmp(b)),
        (Value::MonthsDuration(a), Value::MonthsDuration(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// The result of a comparison operator.
pub(super) fn compare(comparison: Comparison, left: &Value, right: &Value) -> Option<bool> {
    Some(match comparison {
        Comparison::Equal => equal(left, right)?,
        Comparison::Unequal => !equal(left, right)?,
        Comparison::Less => order(left, right)?.is_lt(),
        Comparison::LessOrEqual => order(left, right)?.is_le(),
        Comparison::Greater => order(left, right)?.is_gt(),
        Comparison::GreaterOrEqual => order(left, right)?.is_ge(),
    })
}

/// Whether a value lies in a range.
pub(super) fn contains(range: &Range, value: &Value) -> Option<bool> {
    let low = match &range.low {
        Value::Null => true,
        low => match order(value, low)? {
            Ordering::Equal => range.low_closed,
            side => side.is_gt(),
        },
    };
    let high = match &range.high {
        Value::Null => true,
        high => match order(value, high)? {
            Ordering::Equal => range.high_closed,
            side => side.is_lt(),
        },
    };
    Some(low && high)
}

/// `value in target`: equal to it, inside the range, or in the list.
pub(super) fn is_in(value: &Value, target: &Value) -> Option<bool> {
    match target {
        Value::Range(range) if !matches!(value, Value::Range(_)) => contains(range, value),
        Value::List(items) => {
            let inside = items.iter().any(|item| match item {
                Value::Range(range) if !matches!(value, Value::Range(_)) => {
                    contains(range, value) == Some(true)
                }
                item => same(value, item),
            });
            Some(inside || same(value, target))
        }
        target => equal(value, target),
    }
}

/// The range a test such as `< 10` stands for; a list of two for `!=`.
pub(super) fn test_range(comparison: Comparison, bound: Value) -> Value {
    if bound == Value::Null {
        return Value::Null;
    }
    let below = |closed| Range {
        low: Value::Null,
        low_closed: false,
        high: bound.clone(),
        high_closed: closed,
    };
    let above = |closed| Range {
        low: bound.clone(),
        low_closed: closed,
        high: Value::Null,
        high_closed: false,
    };
    let range = |range: Range| Value::Range(range.into());
    match comparison {
        Comparison::Less => range(below(false)),
        Comparison::LessOrEqual => range(below(true)),
        Comparison::Greater => range(above(false)),
        Comparison::GreaterOrEqual => range(above(true)),
        Comparison::Equal => range(Range {
            low: bound.clone(),
            low_closed: true,
            high: bound.clone(),
            high_closed: true,
        }),
        Comparison::Unequal => Value::list(vec![range(below(false)), range(above(false))]),
    }
}

/// The result of `+ - * /`.
pub(super) fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    if let (Value::Number(left), Value::Number(right)) = (left, right) {
        let result = match operator {
            Operator::Add => number::add(*left, *right),
            Operator::Subtract => number::subtract(*left, *right),
            Operator::Multiply => number::multiply(*left, *right),
            Operator::Divide => number::divide(*left, *right),
        };
        return result.map(Value::Number);
    }
    match operator {
        Operator::Add => plus(left, right),
        Operator::Subtract => minus(left, right),
        Operator::Multiply => match (left, right) {
            (duration, Value::Number(factor)) | (Value::Number(factor), duration) => {
                scaled(duration, *factor)
            }
            _ => None,
        },
        Operator::Divide => divided(left, right),
    }
}

fn plus(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => Some(Value::text(format!("{a}{b}"))),
        (Value::DaysDuration(a), Value::DaysDuration(b)) => {
            a.checked_add(*b).map(Value::DaysDuration)
        }
        (Value::MonthsDuration(a), Value::MonthsDuration(b)) => {
            a.checked_add(*b).map(Value::MonthsDuration)
        }
        (point, Value::DaysDuration(nanos)) | (Value::DaysDuration(nanos), point) => {
            temporal::add_days(point, *nanos)
        }
        (point, Value::MonthsDuration(months)) | (Value::MonthsDuration(months), point) => {
            temporal::add_months(point, *months)
        }
        _ => None,
    }
}

fn minus(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (_, Value::DaysDuration(_) | Value::MonthsDuration(_)) => plus(left, &negate(right)?),
        _ => temporal::difference(left, right).map(Value::DaysDuration),
    }
}

fn scaled(duration: &Value, factor: Decimal) -> Option<Value> {
    match duration {
        Value::DaysDuration(nanos) => {
            let nanos = Decimal::try_from_i128_with_scale(*nanos, 0).ok()?;
            nanos
                .checked_mul(factor)?
                .trunc()
                .to_i128()
                .map(Value::DaysDuration)
        }
        Value::MonthsDuration(months) => Decimal::from(*months)
            .checked_mul(factor)?
            .trunc()
            .to_i64()
            .map(Value::MonthsDuration),
        _ => None,
    }
}

fn divided(left: &Value, right: &Value) -> Option<Value> {
    let whole = |n: i128| Decimal::try_from_i128_with_scale(n, 0).ok();
    match (left, right) {
        (Value::DaysDuration(a), Value::DaysDuration(b)) => {
            number::divide(whole(*a)?, whole(*b)?).map(Value::Number)
        }
        (Value::MonthsDuration(a), Value::MonthsDuration(b)) => {
            number::divide(Decimal::from(*a), Decimal::from(*b)).map(Value::Number)
        }
        (Value::DaysDuration(nanos), Value::Number(divisor)) => whole(*nanos)?
            .checked_div(*divisor)?
            .trunc()
            .to_i128()
            .map(Value::DaysDuration),
        (Value::MonthsDuration(months), Value::Number(divisor)) => Decimal::from(*months)
            .checked_div(*divisor)?
            .trunc()
            .to_i64()
            .map(Value::MonthsDuration),
        _ => None,
    }
}

/// Unary minus.
pub(super) fn negate(value: &Value) -> Option<Value> {
    match value {
        Value::Number(n) => Some(Value::Number(number::positive_zero(-*n))),
        Value::DaysDuration(nanos) => nanos.checked_neg().map(Value::DaysDuration),
        Value::MonthsDuration(months) => months.checked_neg().map(Value::MonthsDuration),
        _ => None,
    }
}

/// The text of a value as `string()` yields it; nothing for null.
pub(super) fn to_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.to_string()),
        other => Some(quoted(other)),
    }
}

/// The text of a value inside a list or record, where texts keep their quotes.
fn quoted(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Boolean(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::Text(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Value::Date(_) | Value::FarDate(..) => temporal::date_text(value).unwrap_or_default(),
        Value::Time(time) => temporal::time_text(*time),
        Value::DateTime(at) => {
            format!(
                "{}T{}",
                temporal::date_text(value).unwrap_or_default(),
                temporal::time_text(at.time())
            )
        }
        Value::DaysDuration(nanos) => temporal::days_text(*nanos),
        Value::MonthsDuration(months) => temporal::months_text(*months),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(quoted).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Record(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", quoted(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Range(range) => range_text(range),
    }
}

fn range_text(range: &Range) -> String {
    match (&range.low, &range.high) {
        (Value::Null, high) => format!(
            "({} {})",
            if range.high_closed { "<=" } else { "<" },
            quoted(high)
        ),
        (low, Value::Null) => format!(
            "({} {})",
            if range.low_closed { ">=" } else { ">" },
            quoted(low)
        ),
        (low, high) => {
            let open = if range.low_closed { '[' } else { '(' };
            let close = if range.high_closed { ']' } else { ')' };
            format!("{open}{}..{}{close}", quoted(low), quoted(high))
        }
    }
}

/// A part of a value by name, such as `date.year`; a record's field.
pub(super) fn part(value: &Value, name: &str) -> Option<Value> {
    let number = |n: i64| Some(Value::Number(Decimal::from(n)));
    let clock = |time: jiff::civil::Time| match name {
        "hour" => number(time.hour().into()),
        "minute" => number(time.minute().into()),
        "second" => number(time.second().into()),
        _ => None,
    };
    match value {
        Value::Record(fields) => fields.get(name).cloned(),
        Value::Date(_) | Value::FarDate(..) | Value::DateTime(_) => match (name, value) {
            ("year", _) => number(temporal::ymd(value)?.0),
            ("month", _) => number(temporal::ymd(value)?.1),
            ("day", _) => number(temporal::ymd(value)?.2),
            ("weekday", Value::Date(date)) => number(date.weekday().to_monday_one_offset().into()),
            ("weekday", Value::DateTime(at)) => {
                number(at.date().weekday().to_monday_one_offset().into())
            }
            (_, Value::DateTime(at)) => clock(at.time()),
            _ => None,
        },
        Value::Time(time) => clock(*time),
        Value::DaysDuration(nanos) => {
            let index = ["days", "hours", "minutes", "seconds"]
                .iter()
                .position(|unit| *unit == name)?;
            number(i64::try_from(temporal::day_parts(*nanos)[index]).ok()?)
        }
        Value::MonthsDuration(months) => match name {
            "years" => number(months / 12),
            "months" => number(months % 12),
            _ => None,
        },
        Value::Range(range) => match name {
            "start" => Some(range.low.clone()),
            "end" => Some(range.high.clone()),
            "start included" => Some(Value::Boolean(range.low_closed)),
            "end included" => Some(Value::Boolean(range.high_closed)),
            _ => None,
        },
        _ => None,
    }
}
