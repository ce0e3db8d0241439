//! Answers given to one version of a form, looked at through another: what
//! would stay, what would be lost, what would be asked in addition.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::check::check;
use super::evaluate::Env;
use super::migrate::FormPassage;
use super::model::{Field, FieldKind, Form, Level};

/// Answers of a draft on another version of its form.
#[derive(Clone, Debug, PartialEq)]
pub struct Rebased {
    /// Answers the other version has a question for, at the paths its map gives them.
    pub answers: Map<String, Json>,
    /// Paths of answers it has none for, or whose option is gone; without the
    /// indices of list entries, each once.
    pub lost: BTreeSet<String>,
    /// Paths of questions that would have to be answered, and did not have to
    /// be on the version before.
    pub needed: BTreeSet<String>,
    /// Paths of answers the map of the other version puts elsewhere.
    pub moved: BTreeSet<String>,
    /// Paths of answers its map lets go.
    pub dropped: BTreeSet<String>,
}

/// Looks at answers to `old` through `new`.
pub fn rebase(old: &Form, new: &Form, answers: &Map<String, Json>, env: Env<'_>) -> Rebased {
    let mut lost = BTreeSet::new();
    let fields: Vec<&Field> = new.questions.top_fields().collect();
    let known: Vec<&Field> = old.questions.top_fields().collect();
    let passage = FormPassage::between(old, new);
    let carried = passage.as_ref().map(|passage| passage.apply(answers));
    let kept = keep(
        &known,
        &fields,
        carried.as_ref().unwrap_or(answers),
        &mut lost,
    );
    let before = required(old, answers, env);
    let mut needed = required(new, &kept, env);
    needed.retain(|path| !before.contains(path));
    let (moved, dropped) = passage.map_or_else(Default::default, |passage| {
        let from = passage.moved.iter().map(|(from, _)| *from);
        (
            answered(answers, from),
            answered(answers, passage.dropped.into_iter()),
        )
    });
    Rebased {
        answers: kept,
        lost,
        needed,
        moved,
        dropped,
    }
}

/// The paths among these that have an answer, in a list in some entry.
fn answered<'p>(
    answers: &Map<String, Json>,
    paths: impl Iterator<Item = &'p str>,
) -> BTreeSet<String> {
    paths
        .filter(|path| has_answer(answers, path))
        .map(str::to_owned)
        .collect()
}

fn has_answer(answers: &Map<String, Json>, path: &str) -> bool {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match answers.get(first) {
        Some(answer) if rest.is_empty() => !is_empty(answer),
        Some(Json::Object(inner)) => has_answer(inner, rest),
        Some(Json::Array(entries)) => {
            let mut entries = entries.iter().filter_map(Json::as_object);
            entries.any(|entry| has_answer(entry, rest))
        }
        _ => false,
    }
}

/// Paths at which an answer is missing.
fn required(form: &Form, answers: &Map<String, Json>, env: Env<'_>) -> BTreeSet<String> {
    let Err(findings) = check(form, answers, &[], env) else {
        return BTreeSet::new();
    };
    findings
        .0
        .into_iter()
        .filter(|finding| finding.severity == Level::Error && finding.code == "required")
        .map(|finding| finding.path)
        .collect()
}

fn keep(
    old: &[&Field],
    new: &[&Field],
    answers: &Map<String, Json>,
    lost: &mut BTreeSet<String>,
) -> Map<String, Json> {
    let mut kept = Map::new();
    for (id, answer) in answers {
        let before = old.iter().find(|field| field.id == *id);
        let field = new.iter().find(|field| field.id == *id);
        let Some(field) = field
            .filter(|field| before.is_none_or(|before| before.kind.name() == field.kind.name()))
        else {
            let gone = before.is_some_and(|before| before.computed.is_none());
            if gone && !is_empty(answer) {
                lost.insert(before.map_or_else(|| id.clone(), |before| before.path.clone()));
            }
            continue;
        };
        if let Some(answer) = keep_answer(before.copied(), field, answer, lost) {
            kept.insert(id.clone(), answer);
        }
    }
    kept
}

fn keep_answer(
    before: Option<&Field>,
    field: &Field,
    answer: &Json,
    lost: &mut BTreeSet<String>,
) -> Option<Json> {
    let old: Vec<&Field> = before.into_iter().flat_map(Field::fields).collect();
    let new: Vec<&Field> = field.fields().iter().collect();
    match (&field.kind, answer) {
        (FieldKind::Group(_), Json::Object(inner)) => {
            Some(Json::Object(keep(&old, &new, inner, lost)))
        }
        (FieldKind::List(_), Json::Array(entries)) => {
            let entry = |entry: &Json| match entry {
                Json::Object(inner) => Json::Object(keep(&old, &new, inner, lost)),
                other => other.clone(),
            };
            Some(Json::Array(entries.iter().map(entry).collect()))
        }
        (FieldKind::Choice(_) | FieldKind::Country(_), Json::String(id)) => {
            let there = id.is_empty() || has_option(field, id);
            if !there {
                lost.insert(field.path.clone());
            }
            there.then(|| answer.clone())
        }
        (FieldKind::Choices(_), Json::Array(ids)) => {
            let there = |id: &&Json| id.as_str().is_some_and(|id| has_option(field, id));
            let kept: Vec<Json> = ids.iter().filter(there).cloned().collect();
            if kept.len() < ids.len() {
                lost.insert(field.path.clone());
            }
            Some(Json::Array(kept))
        }
        _ => Some(answer.clone()),
    }
}

fn has_option(field: &Field, id: &str) -> bool {
    field.options().iter().any(|option| option.id == id)
}

fn is_empty(answer: &Json) -> bool {
    match answer {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.iter().all(is_empty),
        Json::Object(inner) => inner.values().all(is_empty),
        _ => false,
    }
}
