//! Stored answers as values of the rules, and computed values as answers.

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::model::{Field, FieldKind};
use crate::feel::Value;

/// Whether nothing was answered here beyond what the page starts with.
pub(super) fn is_blank(field: &Field, value: &Json) -> bool {
    match (&field.kind, value) {
        (FieldKind::Group(fields), Json::Object(object)) => object.iter().all(|(name, value)| {
            fields
                .iter()
                .find(|child| child.id == *name)
                .is_some_and(|child| is_blank(child, value))
        }),
        (_, Json::Null) => true,
        (_, Json::Array(items)) => items.is_empty(),
        (_, value) => field.computed.is_some() || field.default.as_ref() == Some(value),
    }
}

/// A stored answer as a value of the rules; null where it cannot be read.
pub(super) fn leaf_value(kind: &FieldKind, given: Option<&Json>) -> Value {
    match (kind, given) {
        (FieldKind::Choices(_) | FieldKind::Attachment(_), given) => {
            let items = given
                .and_then(Json::as_array)
                .map_or(&[][..], Vec::as_slice);
            Value::list(
                items
                    .iter()
                    .filter_map(Json::as_str)
                    .map(Value::text)
                    .collect(),
            )
        }
        (FieldKind::Boolean, Some(Json::Bool(value))) => Value::Boolean(*value),
        (FieldKind::Consent, given) => Value::Boolean(given == Some(&Json::Bool(true))),
        (FieldKind::Date, Some(Json::String(text))) => {
            text.parse().map_or(Value::Null, Value::Date)
        }
        (kind, Some(Json::String(text))) if kind.is_numeric() => {
            Decimal::from_str_exact(text).map_or(Value::Null, Value::Number)
        }
        (kind, Some(Json::Number(number))) if kind.is_numeric() => {
            Decimal::from_str_exact(&number.to_string()).map_or(Value::Null, Value::Number)
        }
        (FieldKind::Boolean | FieldKind::Date, _) => Value::Null,
        (kind, _) if kind.is_numeric() => Value::Null,
        (_, Some(Json::String(text))) => Value::text(text),
        _ => Value::Null,
    }
}

/// What a computed value is stored as.
pub(super) fn value_to_answer(kind: &FieldKind, value: &Value) -> Option<Json> {
    match (kind, value) {
        (FieldKind::Money, Value::Number(number)) => {
            Some(Json::from(super::answers::money_text(*number)))
        }
        (FieldKind::Year | FieldKind::Integer { .. }, Value::Number(number)) => {
            let whole = number.round();
            i64::try_from(whole).ok().map(Json::from)
        }
        (_, Value::Number(number)) => Some(Json::from(number.normalize().to_string())),
        (_, Value::Boolean(value)) => Some(Json::Bool(*value)),
        (_, Value::Text(text)) if !text.is_empty() => Some(Json::from(text.as_ref())),
        (_, Value::Date(date)) => Some(Json::from(date.to_string())),
        (_, Value::List(items)) => {
            let texts: Vec<Json> = items
                .iter()
                .filter_map(|item| value_to_answer(kind, item))
                .collect();
            (!texts.is_empty()).then_some(Json::Array(texts))
        }
        _ => None,
    }
}
