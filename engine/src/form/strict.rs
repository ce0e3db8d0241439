//! JSON types as the published schema has them. Pages send text and are read
//! generously; a program that sends `"2"` for an integer or `[]` for a group
//! has a mistake it should hear of.

use serde_json::{Map, Value as Json};

use super::check::{Finding, Findings};
use super::model::{Field, FieldKind, Level, ListRules, Questions};
use crate::text::{Language, Text};

/// Every answer whose JSON type is not that of the published schema. Nulls
/// count as missing, unknown names and values are for [`super::check`] to find.
pub fn check_types(questions: &Questions, answers: &Map<String, Json>) -> Findings {
    let mut findings = Findings::default();
    for (name, value) in answers {
        if let Some(field) = questions.field(name) {
            check(field, value, name, &mut findings);
        }
    }
    findings
}

fn check(field: &Field, value: &Json, path: &str, findings: &mut Findings) {
    let (expected, fits) = expected(&field.kind, value);
    if !fits && !value.is_null() {
        findings.0.push(wrong(field, path, expected, named(value)));
        return;
    }
    match (&field.kind, value) {
        (FieldKind::Group(fields), Json::Object(object)) => inside(fields, object, path, findings),
        (FieldKind::List(ListRules { fields, .. }), Json::Array(entries)) => {
            for (index, entry) in entries.iter().enumerate() {
                let path = format!("{path}.{index}");
                match entry {
                    Json::Object(object) => inside(fields, object, &path, findings),
                    other => findings.0.push(wrong(field, &path, OBJECT, named(other))),
                }
            }
        }
        _ => {}
    }
}

fn inside(fields: &[Field], object: &Map<String, Json>, path: &str, findings: &mut Findings) {
    for field in fields {
        if let Some(value) = object.get(&field.id) {
            check(field, value, &format!("{path}.{}", field.id), findings);
        }
    }
}

/// A JSON type in German and English.
type Named = (&'static str, &'static str);

const OBJECT: Named = ("ein Objekt", "an object");
const ARRAY: Named = ("eine Liste", "an array");
const STRING: Named = ("ein Text", "a string");
const BOOLEAN: Named = ("true oder false", "true or false");
const INTEGER: Named = ("eine ganze Zahl", "an integer");
const DECIMAL: Named = ("eine Zahl oder ein Text", "a number or a string");

/// The type a kind of field has, and whether a value is of it.
fn expected(kind: &FieldKind, value: &Json) -> (Named, bool) {
    match kind {
        FieldKind::Group(_) => (OBJECT, value.is_object()),
        FieldKind::List(_) | FieldKind::Choices(_) | FieldKind::Attachment(_) => {
            (ARRAY, value.is_array())
        }
        FieldKind::Boolean | FieldKind::Consent => (BOOLEAN, value.is_boolean()),
        // 2.0 is an integer in JSON Schema.
        FieldKind::Year | FieldKind::Integer { .. } => (INTEGER, value.is_number()),
        FieldKind::Number { .. } | FieldKind::Money => {
            (DECIMAL, value.is_number() || value.is_string())
        }
        FieldKind::Info => (STRING, true),
        _ => (STRING, value.is_string()),
    }
}

fn named(value: &Json) -> Named {
    match value {
        Json::Null => ("null", "null"),
        Json::Bool(_) => BOOLEAN,
        Json::Number(_) => ("eine Zahl", "a number"),
        Json::String(_) => STRING,
        Json::Array(_) => ARRAY,
        Json::Object(_) => OBJECT,
    }
}

fn wrong(field: &Field, path: &str, expected: Named, found: Named) -> Finding {
    let label = &field.label.text;
    let (de, en) = (label.get(Language::De), label.get(Language::En));
    Finding {
        path: path.to_owned(),
        code: "wrong-type".to_owned(),
        severity: Level::Error,
        message: Text::both(
            format!(
                "„{de}“: Nach dem JSON-Schema des Formulars steht hier {}, nicht {}.",
                expected.0, found.0
            ),
            format!(
                "“{en}”: the JSON Schema of the form has {} here, not {}.",
                expected.1, found.1
            ),
        ),
    }
}
