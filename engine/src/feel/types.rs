//! Relations of static types: what can be joined, compared and calculated.

use super::ast::{At, Expr, ExprKind, Operator};
use super::{Type, Value, temporal};

/// The type of a literal.
pub(super) fn value_type(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Boolean(_) => Type::Boolean,
        Value::Number(_) => Type::Number,
        Value::Text(_) => Type::Text,
        Value::Date(_) | Value::FarDate(..) => Type::Date,
        Value::Time(_) => Type::Time,
        Value::DateTime(_) => Type::DateTime,
        Value::DaysDuration(_) => Type::DaysDuration,
        Value::MonthsDuration(_) => Type::MonthsDuration,
        Value::List(items) => {
            Type::List(Box::new(join_all(items.iter().map(value_type).collect())))
        }
        Value::Record(fields) => Type::Record(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), value_type(value)))
                .collect::<std::collections::BTreeMap<_, _>>()
                .into(),
        ),
        Value::Range(range) => Type::Range(Box::new(join(
            value_type(&range.low),
            value_type(&range.high),
        ))),
    }
}

/// `result`, optional if an operand may be null.
pub(super) fn with_null(result: Type, operands: &[&Type]) -> Type {
    if operands
        .iter()
        .any(|ty| matches!(ty, Type::Optional(_) | Type::Null))
    {
        result.optional()
    } else {
        result
    }
}

/// The type that holds the values of both.
pub(super) fn join(left: Type, right: Type) -> Type {
    if left == right {
        return left;
    }
    match (left, right) {
        (Type::Null, other) | (other, Type::Null) => other.optional(),
        (Type::Optional(a), b) => join(*a, b.required().clone()).optional(),
        (a, Type::Optional(b)) => join(a, *b).optional(),
        (Type::Choice(_) | Type::Text, Type::Choice(_) | Type::Text) => Type::Text,
        (Type::List(a), Type::List(b)) => Type::List(Box::new(join(*a, *b))),
        (Type::Range(a), Type::Range(b)) => Type::Range(Box::new(join(*a, *b))),
        _ => Type::Any,
    }
}

/// The type that holds the values of all; anything for none.
pub(super) fn join_all(types: Vec<Type>) -> Type {
    types.into_iter().reduce(join).unwrap_or(Type::Any)
}

/// Whether values of the two types can be equal.
pub(super) fn comparable(left: &Type, right: &Type) -> bool {
    match (left.required(), right.required()) {
        (Type::Any | Type::Null, _) | (_, Type::Any | Type::Null) => true,
        (Type::Choice(a), Type::Choice(b)) => {
            a.is_empty() || b.is_empty() || a.iter().any(|id| b.contains(id))
        }
        (Type::Text | Type::Choice(_), Type::Text | Type::Choice(_)) => true,
        (Type::List(a), Type::List(b)) | (Type::Range(a), Type::Range(b)) => comparable(a, b),
        (Type::Record(_), Type::Record(_)) => true,
        (a, b) => a == b,
    }
}

/// Whether `<` and the like work on values of the type.
pub(super) fn has_order(ty: &Type) -> bool {
    !matches!(
        ty.required(),
        Type::Boolean | Type::List(_) | Type::Record(_) | Type::Range(_)
    )
}

/// How to make two types comparable, where that is a common slip.
pub(super) fn conversion(left: &Type, right: &Type) -> Option<&'static str> {
    let pair = (left.required(), right.required());
    let has = |wanted: fn(&Type) -> bool| wanted(pair.0) || wanted(pair.1);
    let text = |ty: &Type| matches!(ty, Type::Text | Type::Choice(_));
    if !has(text) {
        return match pair {
            (Type::Date, Type::DateTime) | (Type::DateTime, Type::Date) => {
                Some("take the day with date(…)")
            }
            (Type::List(_), _) | (_, Type::List(_)) => Some("ask with `list contains(…)` or `in`"),
            _ => None,
        };
    }
    if has(|ty| *ty == Type::Date) {
        Some("write a date as date(\"2026-01-31\")")
    } else if has(|ty| matches!(ty, Type::DaysDuration | Type::MonthsDuration)) {
        Some("write a duration as duration(\"P14D\")")
    } else if has(|ty| *ty == Type::Number) {
        Some("write numbers without quotes, or convert with number(…) or string(…)")
    } else if has(|ty| *ty == Type::Boolean) {
        Some("write true or false without quotes")
    } else if has(|ty| matches!(ty, Type::List(_))) {
        Some("ask with `list contains(…)` or `in`")
    } else {
        None
    }
}

/// The result type of an operator; nothing if it does not work on these.
pub(super) fn arithmetic_type(operator: Operator, left: &Type, right: &Type) -> Option<Type> {
    use Type::{Choice, Date, DateTime, DaysDuration, MonthsDuration, Number, Text, Time};
    let point = |ty: &Type| matches!(ty, Date | DateTime);
    Some(match (operator, left, right) {
        (_, Number, Number) => Number,
        (Operator::Add, Text | Choice(_), Text | Choice(_)) => Text,
        (Operator::Add | Operator::Subtract, DaysDuration, DaysDuration) => DaysDuration,
        (Operator::Add | Operator::Subtract, MonthsDuration, MonthsDuration) => MonthsDuration,
        (Operator::Add | Operator::Subtract, a, DaysDuration | MonthsDuration) if point(a) => {
            a.clone()
        }
        (Operator::Add, DaysDuration | MonthsDuration, b) if point(b) => b.clone(),
        (Operator::Add | Operator::Subtract, Time, DaysDuration)
        | (Operator::Add, DaysDuration, Time) => Time,
        (Operator::Subtract, a, b) if point(a) && point(b) => DaysDuration,
        (Operator::Subtract, Time, Time) => DaysDuration,
        (
            Operator::Multiply | Operator::Divide,
            duration @ (DaysDuration | MonthsDuration),
            Number,
        )
        | (Operator::Multiply, Number, duration @ (DaysDuration | MonthsDuration)) => {
            duration.clone()
        }
        (Operator::Divide, DaysDuration, DaysDuration)
        | (Operator::Divide, MonthsDuration, MonthsDuration) => Number,
        _ => return None,
    })
}

/// Fields of values that are not records.
fn parts(ty: &Type) -> &'static [&'static str] {
    match ty {
        Type::Date => &["year", "month", "day", "weekday"],
        Type::Time => &["hour", "minute", "second"],
        Type::DateTime => &[
            "year", "month", "day", "weekday", "hour", "minute", "second",
        ],
        Type::DaysDuration => &["days", "hours", "minutes", "seconds"],
        Type::MonthsDuration => &["years", "months"],
        Type::Range(_) => &["start", "end", "start included", "end included"],
        _ => &[],
    }
}

/// The names of the fields of a type.
pub(super) fn field_names(ty: &Type) -> Vec<String> {
    match ty.required() {
        Type::Record(fields) => fields.keys().cloned().collect(),
        Type::List(item) => field_names(item),
        other => parts(other).iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// The type of a field, and whether it is data of its own rather than a part
/// of a value. Over a list, the field of every item.
pub(super) fn field_type(ty: &Type, name: &str) -> Option<(Type, bool)> {
    let (field, is_data) = match ty.required() {
        Type::Any | Type::Null => (Type::Any, true),
        Type::Record(fields) => (fields.get(name)?.clone(), true),
        Type::List(item) => {
            let (field, is_data) = field_type(item, name)?;
            (Type::List(Box::new(field)), is_data)
        }
        Type::Range(item) if matches!(name, "start" | "end") => {
            ((**item).clone().optional(), false)
        }
        Type::Range(_) if matches!(name, "start included" | "end included") => {
            (Type::Boolean, false)
        }
        other => (parts(other).contains(&name).then_some(Type::Number)?, false),
    };
    Some((with_null(field, &[ty]), is_data))
}

/// The text of a literal text.
pub(super) fn literal_text(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Literal(Value::Text(text)) => Some(text.to_string()),
        _ => None,
    }
}

/// The literal texts an expression may yield, alone or as items of a list.
pub(super) fn literal_texts(expr: &Expr) -> Vec<(String, At)> {
    match &expr.kind {
        ExprKind::Literal(Value::Text(text)) => vec![(text.to_string(), expr.at)],
        ExprKind::List(items) => items.iter().flat_map(literal_texts).collect(),
        ExprKind::If {
            then, otherwise, ..
        } => literal_texts(then)
            .into_iter()
            .chain(literal_texts(otherwise))
            .collect(),
        _ => Vec::new(),
    }
}

/// The type of `date("…")` and its like for a literal text.
pub(super) fn literal_type(function: &str, text: &str) -> Option<Type> {
    let value = match function {
        "date" => temporal::parse_date(text),
        "time" => temporal::parse_time(text),
        "duration" => temporal::parse_duration(text),
        _ => temporal::parse_date_time(text),
    };
    value.as_ref().map(value_type)
}
