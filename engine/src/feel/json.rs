//! Values from and to JSON, the form in which answers are stored.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value as Json};

use super::builtins::parse_decimal;
use super::{Type, Value, operators, temporal};

/// Largest whole number every JSON reader keeps exactly.
const MAX_SAFE: i64 = 9_007_199_254_740_991;

impl Value {
    /// The value of stored JSON, read as a type: dates and durations from ISO
    /// 8601 texts, numbers from JSON numbers or decimal texts. What is missing
    /// or does not fit the type is null. A record has all fields of its type.
    pub fn from_json(json: &Json, ty: &Type) -> Value {
        let ty = ty.required();
        let value = match (ty, json) {
            (Type::Any, json) => return untyped(json),
            (Type::Boolean, Json::Bool(b)) => Some(Value::Boolean(*b)),
            (Type::Number, Json::Number(n)) => parse_decimal(&n.to_string()).map(Value::Number),
            (Type::Number, Json::String(text)) => parse_decimal(text.trim()).map(Value::Number),
            (Type::Text | Type::Choice(_), Json::String(text)) => Some(Value::text(text)),
            (Type::Date, Json::String(text)) => temporal::parse_date(text),
            (Type::Time, Json::String(text)) => temporal::parse_time(text),
            (Type::DateTime, Json::String(text)) => temporal::parse_date_time(text),
            (Type::DaysDuration, Json::String(text)) => temporal::parse_duration(text)
                .filter(|value| matches!(value, Value::DaysDuration(_))),
            (Type::MonthsDuration, Json::String(text)) => temporal::parse_duration(text)
                .filter(|value| matches!(value, Value::MonthsDuration(_))),
            (Type::List(item), Json::Array(items)) => Some(Value::list(
                items
                    .iter()
                    .map(|json| Value::from_json(json, item))
                    .collect(),
            )),
            (Type::Record(fields), Json::Object(members)) => {
                let read = |(name, ty): (&String, &Type)| {
                    let value = members
                        .get(name)
                        .map_or(Value::Null, |json| Value::from_json(json, ty));
                    (name.clone(), value)
                };
                Some(Value::record(fields.iter().map(read).collect()))
            }
            _ => None,
        };
        value.unwrap_or(Value::Null)
    }

    /// The value as JSON: whole numbers that every reader keeps exactly as
    /// numbers, other numbers as decimal texts with the digits they have
    /// (`"2.50"`), dates, times and durations as ISO 8601 texts.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Boolean(b) => Json::Bool(*b),
            Value::Number(n) => number_json(*n),
            Value::Text(text) => Json::String(text.to_string()),
            Value::List(items) => Json::Array(items.iter().map(Value::to_json).collect()),
            Value::Record(fields) => Json::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value.to_json()))
                    .collect::<Map<_, _>>(),
            ),
            other => operators::to_text(other).map_or(Json::Null, Json::String),
        }
    }
}

fn number_json(number: Decimal) -> Json {
    let small = number
        .fract()
        .is_zero()
        .then(|| number.to_i64())
        .flatten()
        .filter(|n| n.abs() <= MAX_SAFE);
    small.map_or_else(|| Json::String(number.to_string()), Json::from)
}

fn untyped(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Boolean(*b),
        Json::Number(n) => parse_decimal(&n.to_string()).map_or(Value::Null, Value::Number),
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::list(items.iter().map(untyped).collect()),
        Json::Object(members) => Value::record(
            members
                .iter()
                .map(|(name, json)| (name.clone(), untyped(json)))
                .collect::<BTreeMap<_, _>>(),
        ),
    }
}
