//! Dotted paths with indices of list entries, such as `participants.1.birth_year`,
//! read and written in the JSON of answers.

use serde_json::{Map, Value as Json};

/// The path of the container of a path; empty for the top level.
pub(crate) fn parent(path: &str) -> &str {
    path.rfind('.').map_or("", |at| &path[..at])
}

/// A path inside a place.
pub(crate) fn join(place: &str, id: &str) -> String {
    if place.is_empty() {
        id.to_owned()
    } else {
        format!("{place}.{id}")
    }
}

/// The value at a path.
pub(crate) fn get<'j>(answers: &'j Map<String, Json>, path: &str) -> Option<&'j Json> {
    let mut parts = path.split('.');
    let mut value = answers.get(parts.next()?)?;
    for part in parts {
        value = match value {
            Json::Object(object) => object.get(part)?,
            Json::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Puts a value at a path, or removes it; groups in between are made, entries
/// of lists are not.
pub(crate) fn set(answers: &mut Map<String, Json>, path: &str, value: Option<Json>) {
    let Some((container, id)) = path.rsplit_once('.') else {
        put(answers, path, value);
        return;
    };
    if value.is_none() && get(answers, container).is_none() {
        return;
    }
    let mut parts = container.split('.');
    let Some(first) = parts.next() else { return };
    let mut at = answers
        .entry(first)
        .or_insert_with(|| Json::Object(Map::new()));
    for part in parts {
        at = match at {
            Json::Object(object) => object
                .entry(part)
                .or_insert_with(|| Json::Object(Map::new())),
            Json::Array(items) => match part.parse::<usize>().ok().and_then(|at| items.get_mut(at))
            {
                Some(item) => item,
                None => return,
            },
            _ => return,
        };
    }
    if let Json::Object(object) = at {
        put(object, id, value);
    }
}

fn put(object: &mut Map<String, Json>, id: &str, value: Option<Json>) {
    match value {
        Some(value) => drop(object.insert(id.to_owned(), value)),
        None => drop(object.shift_remove(id)),
    }
}
