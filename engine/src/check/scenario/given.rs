//! Answers of scenarios: from YAML to what a browser or the API would send, by
//! the type of each question, and files from their names.

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::case::Attachment;
use crate::catalogue::unknown;
use crate::form::paths;
use crate::form::{Field, FieldKind, FileType, Questions};
use crate::source::{Diagnostic, Node, NodeKind, Report, Span, suggest};

/// Size of a file that does not say one.
const USUAL_SIZE: i64 = 100_000;

/// A YAML value as the answer to a question; without one as it is written.
pub(super) fn answer(node: &Node, field: Option<&Field>) -> Json {
    match &node.kind {
        NodeKind::Null => Json::Null,
        NodeKind::List(items) => items.iter().map(|item| answer(item, field)).collect(),
        NodeKind::Map(entries) => {
            let inner = |id: &str| field.and_then(|f| f.fields().iter().find(|f| f.id == id));
            entries
                .iter()
                .map(|(key, node)| (key.text.clone(), answer(node, inner(&key.text))))
                .collect()
        }
        NodeKind::Scalar(scalar) => {
            let text = Json::from(scalar.text.as_str());
            let whole = || scalar.text.parse::<i64>().map_or(text.clone(), Json::from);
            match field.map(|field| &field.kind) {
                Some(FieldKind::Boolean | FieldKind::Consent) => {
                    node.as_bool().map_or(text, Json::Bool)
                }
                Some(FieldKind::Integer { .. } | FieldKind::Year) if is_number(node) => whole(),
                Some(_) => text,
                None if is_number(node) => whole(),
                None => node.as_bool().map_or(text, Json::Bool),
            }
        }
    }
}

fn is_number(node: &Node) -> bool {
    node.as_number_text().is_some()
}

/// Reports names the questions do not have, at their keys.
pub(super) fn check_names(
    node: &Node,
    path: &str,
    questions: &Questions,
    allowed: &dyn Fn(&str) -> bool,
    report: &mut Report,
) {
    match &node.kind {
        NodeKind::List(items) => {
            for (at, item) in items.iter().enumerate() {
                check_names(
                    item,
                    &paths::join(path, &at.to_string()),
                    questions,
                    allowed,
                    report,
                );
            }
        }
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                let inner = paths::join(path, &key.text);
                if questions.field(&inner).is_some() {
                    check_names(value, &inner, questions, allowed, report);
                } else if !allowed(&inner) {
                    report.push(no_field(&inner, key.span, questions));
                }
            }
        }
        _ => {}
    }
}

/// "There is no question …", with the nearest that is: of those beside it where
/// its container exists, else of all.
pub(super) fn no_field(path: &str, span: Span, questions: &Questions) -> Diagnostic {
    let parent = paths::parent(path);
    let message = || format!("there is no question with the path `{path}`");
    if let Some(container) = questions.field(parent).filter(|_| !parent.is_empty()) {
        let leaf = path.rsplit('.').next().unwrap_or(path);
        let known: Vec<&str> = container.fields().iter().map(|f| f.id.as_str()).collect();
        let names = || format!("`{parent}` asks for: {}", known.join(", "));
        let help = match known.is_empty() {
            true => format!("`{parent}` has one answer, not several"),
            false => suggest(leaf, known.iter().copied()).unwrap_or_else(names),
        };
        return Diagnostic::error("unknown-field", span, message()).help(help);
    }
    let all = questions.all_fields();
    let known: Vec<&str> = all.iter().map(|field| field.path.as_str()).collect();
    unknown("unknown-field", "question with the path", path, known, span)
}

/// Puts a change into answers: maps are merged into maps, null takes away, and
/// everything else replaces.
pub(super) fn change(answers: &mut Map<String, Json>, path: &str, value: &Json) {
    match (paths::get(answers, path), value) {
        (_, Json::Null) => paths::set(answers, path, None),
        (Some(Json::Object(_)), Json::Object(inner)) => {
            for (name, value) in inner {
                change(answers, &paths::join(path, name), value);
            }
        }
        (_, Json::Object(inner)) => {
            let kept = inner.iter().filter(|(_, value)| !value.is_null());
            let kept = kept
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            put(answers, path, Json::Object(kept));
        }
        _ => put(answers, path, value.clone()),
    }
}

/// Like [`paths::set`], and the last part may be an entry of a list.
pub(super) fn put(answers: &mut Map<String, Json>, path: &str, value: Json) {
    if let Some((container, last)) = path.rsplit_once('.')
        && let Ok(at) = last.parse::<usize>()
        && let Some(Json::Array(items)) = paths::get(answers, container)
    {
        let mut items = items.clone();
        match items.get_mut(at) {
            Some(item) => *item = value,
            None => items.push(value),
        }
        paths::set(answers, container, Some(Json::Array(items)));
        return;
    }
    paths::set(answers, path, Some(value));
}

/// Answers with uploads in place of the names of files, and those uploads.
/// `first` keeps the ids of several steps apart.
pub(super) fn with_uploads(
    answers: &Map<String, Json>,
    questions: &Questions,
    first: u128,
) -> (Map<String, Json>, Vec<Attachment>) {
    let mut uploads = Vec::new();
    let named = answers.iter().map(|(name, value)| {
        let field = questions.top_fields().find(|field| field.id == *name);
        (
            name.clone(),
            upload(value, field, name, first, &mut uploads),
        )
    });
    (named.collect(), uploads)
}

fn upload(
    value: &Json,
    field: Option<&Field>,
    path: &str,
    first: u128,
    uploads: &mut Vec<Attachment>,
) -> Json {
    let Some(field) = field else {
        return value.clone();
    };
    match value {
        Json::Object(inner) => {
            let inner = inner.iter().map(|(name, value)| {
                let child = field.fields().iter().find(|child| child.id == *name);
                let path = paths::join(path, name);
                (name.clone(), upload(value, child, &path, first, uploads))
            });
            Json::Object(inner.collect())
        }
        Json::Array(items) if field.attachment().is_none() => {
            let items = items.iter().enumerate().map(|(at, item)| {
                upload(item, Some(field), &format!("{path}.{at}"), first, uploads)
            });
            items.collect()
        }
        Json::Array(files) => {
            let mut take = |name: &Json| match name.as_str() {
                Some(name) => {
                    let file = file(name, path, first + uploads.len() as u128);
                    let id = Json::from(file.id.to_string());
                    uploads.push(file);
                    id
                }
                None => name.clone(),
            };
            files.iter().map(&mut take).collect()
        }
        Json::String(_) if field.attachment().is_some() => {
            let files = Json::Array(vec![value.clone()]);
            upload(&files, Some(field), path, first, uploads)
        }
        _ => value.clone(),
    }
}

/// A file from how a scenario names it: `scan.pdf`, or `scan.pdf, 20 MB`.
fn file(text: &str, path: &str, id: u128) -> Attachment {
    let (name, size) = match text.rsplit_once(", ") {
        Some((name, size)) => (name, bytes(size).unwrap_or(USUAL_SIZE)),
        None => (text, USUAL_SIZE),
    };
    let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let media_type =
        FileType::from_name(&ending).map_or("application/octet-stream", |kind| kind.media_type());
    Attachment {
        id: Uuid::from_u128(id),
        field: path.to_owned(),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        size,
        sha256: format!("{id:064x}"),
    }
}

fn bytes(text: &str) -> Option<i64> {
    let (number, unit) = text.split_once(' ')?;
    let number: i64 = number.parse().ok()?;
    number.checked_mul(match unit {
        "kB" => 1_000,
        "MB" => 1_000_000,
        _ => return None,
    })
}

/// A YAML value with every scalar as its text, for amounts and dates.
pub(super) fn answer_as_text(node: &Node) -> Json {
    match &node.kind {
        NodeKind::Null => Json::Null,
        NodeKind::Scalar(scalar) => Json::from(scalar.text.as_str()),
        NodeKind::List(items) => items.iter().map(answer_as_text).collect(),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|(key, node)| (key.text.clone(), answer_as_text(node)))
            .collect(),
    }
}
