//! Stored JSON to values of the rule language and back, by declared type:
//! numbers as decimal text, dates as `2026-12-01`.

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use crate::feel::{Type, Value};

/// The value of a JSON text of a declared type; what does not fit is null.
pub(crate) fn read(json: &Json, ty: &Type) -> Value {
    match (ty.required(), json) {
        (_, Json::Null) => Value::Null,
        (Type::Boolean, Json::Bool(value)) => Value::Boolean(*value),
        (Type::Number, Json::Number(number)) => decimal(&number.to_string()),
        (Type::Number, Json::String(text)) => decimal(text),
        (Type::Text | Type::Choice(_), Json::String(text)) => Value::text(text),
        (Type::Date, Json::String(text)) => text.parse().map_or(Value::Null, Value::Date),
        (Type::DateTime, Json::String(text)) => text.parse().map_or(Value::Null, Value::DateTime),
        (Type::Time, Json::String(text)) => text.parse().map_or(Value::Null, Value::Time),
        (Type::List(item), Json::Array(items)) => Value::list(items.iter().map(|json| read(json, item)).collect()),
        (Type::Record(fields), Json::Object(map)) => read_record(map, fields),
        (Type::Any, json) => read_untyped(json),
        _ => Value::Null,
    }
}

/// A record with every declared field, null where the map has none.
pub(crate) fn read_record(map: &Map<String, Json>, fields: &BTreeMap<String, Type>) -> Value {
    let field = |(name, ty): (&String, &Type)| {
        (name.clone(), map.get(name).map_or(Value::Null, |json| read(json, ty)))
    };
    Value::record(fields.iter().map(field).collect())
}

/// A value by the shape of the JSON alone; texts stay texts.
pub(crate) fn read_untyped(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => decimal(&number.to_string()),
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::list(items.iter().map(read_untyped).collect()),
        Json::Object(map) => {
            Value::record(map.iter().map(|(name, json)| (name.clone(), read_untyped(json))).collect())
        }
    }
}

/// The JSON a value is stored as.
pub(crate) fn write(value: &Value) -> Json {
    match value {
        Value::Null | Value::Range(_) => Json::Null,
        Value::Boolean(value) => Json::Bool(*value),
        Value::Number(number) => Json::String(number.normalize().to_string()),
        Value::Text(text) => Json::String(text.to_string()),
        Value::Date(date) => Json::String(date.to_string()),
        Value::Time(time) => Json::String(time.to_string()),
        Value::DateTime(at) => Json::String(at.to_string()),
        Value::DaysDuration(nanoseconds) => Json::String(nanoseconds.to_string()),
        Value::MonthsDuration(months) => Json::String(months.to_string()),
        Value::List(items) => Json::Array(items.iter().map(write).collect()),
        Value::Record(fields) => Json::Object(write_fields(fields)),
    }
}

/// The JSON object of named values; nulls are left out.
pub(crate) fn write_fields(fields: &BTreeMap<String, Value>) -> Map<String, Json> {
    fields.iter().filter(|(_, value)| **value != Value::Null).map(|(name, value)| (name.clone(), write(value))).collect()
}

fn decimal(text: &str) -> Value {
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).map_or(Value::Null, Value::Number)
}
