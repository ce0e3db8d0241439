//! One mistake in good answers that must be found at its place.

use serde_json::{Map, Value as Json, json};

use crate::check::scenario::generate::random::Random;
use crate::check::scenario::given::put;
use crate::form::{Bound, Evaluation, Field, FieldKind, Rule, paths};

/// An answer that is wrong now, and where.
pub(in crate::check::scenario) struct Mistake {
    pub(in crate::check::scenario) path: String,
    pub(in crate::check::scenario) answers: Map<String, Json>,
}

/// Makes one mistake, if there is something to spoil.
pub(in crate::check::scenario) fn mistake(
    answers: &Map<String, Json>,
    evaluation: &Evaluation<'_>,
    random: &mut Random,
) -> Option<Mistake> {
    let mut ways = Vec::new();
    for page in evaluation.pages() {
        collect(&page.fields, "", true, answers, evaluation, &mut ways);
    }
    let (path, value) = random.one(&ways)?.clone();
    let mut answers = answers.clone();
    match value {
        Some(value) => put(&mut answers, &path, value),
        None => paths::set(&mut answers, &path, None),
    }
    Some(Mistake { path, answers })
}

/// Every mistake there is to make: a path with a wrong value, or with none.
fn collect(
    fields: &[Field],
    place: &str,
    needed: bool,
    answers: &Map<String, Json>,
    evaluation: &Evaluation<'_>,
    ways: &mut Vec<(String, Option<Json>)>,
) {
    for field in fields {
        let path = paths::join(place, &field.id);
        let Some(value) = paths::get(answers, &path) else {
            continue;
        };
        if !evaluation.is_visible(&path) || field.computed.is_some() {
            continue;
        }
        match (&field.kind, value) {
            (FieldKind::Group(children), _) => {
                let needed = needed && matches!(field.required, Rule::Always);
                collect(children, &path, needed, answers, evaluation, ways);
            }
            (FieldKind::List(rules), Json::Array(entries)) => {
                for at in 0..entries.len() {
                    let entry = format!("{path}.{at}");
                    collect(&rules.fields, &entry, true, answers, evaluation, ways);
                }
            }
            _ => {
                let later = field.attachment().is_some_and(|rules| rules.later);
                // Whether a condition still holds without this answer is not known.
                if needed
                    && !later
                    && matches!(field.required, Rule::Always)
                    && field.visible.is_none()
                {
                    ways.push((path.clone(), None));
                }
                if let Some(wrong) = wrong(field) {
                    ways.push((path, Some(wrong)));
                }
            }
        }
    }
}

/// A value of the right shape that the question does not take. Conditions of
/// other questions may read it; the question itself stays visible.
fn wrong(field: &Field) -> Option<Json> {
    let too_long = |max: u32| json!("x".repeat(max as usize + 1));
    Some(match &field.kind {
        FieldKind::Text(rules) if rules.pattern.is_some() => json!("\u{0}?!"),
        FieldKind::Text(rules) if rules.max_length < 10_000 => too_long(rules.max_length),
        FieldKind::Email(_) => json!("keine Adresse"),
        FieldKind::Url(_) => json!("keine Adresse"),
        FieldKind::Phone(_) => json!("ruf mich an"),
        FieldKind::Postcode(_) => json!("?"),
        FieldKind::Iban => json!("DE00370400440532013000"),
        FieldKind::Choice(_) | FieldKind::Country(_) => json!("no_such_option"),
        FieldKind::Choices(_) => json!(["no_such_option"]),
        FieldKind::Date => json!("2026-02-30"),
        FieldKind::Boolean => json!("vielleicht"),
        FieldKind::Integer { .. } | FieldKind::Year => match &field.max {
            Some(Bound::Number(max)) => json!(i64::try_from(*max).ok()? + 1),
            _ => json!("viele"),
        },
        FieldKind::Number { .. } | FieldKind::Money => json!("viel"),
        FieldKind::Attachment(_) => json!(["datei.exe"]),
        _ => return None,
    })
}
