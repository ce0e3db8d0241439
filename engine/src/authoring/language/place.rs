//! Where one is in a file: which map, which key, which value. Completion,
//! hover texts and the formatter ask this.

use super::{FileKind, Key, Reference, Shape, Value};
use crate::source::{Node, NodeKind};

/// What of a map is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a key of the language.
    Key,
    /// On a name of one's own that stands as a key, such as that of a state.
    Name(Reference),
    /// In the value of a key.
    Value,
    /// Between the entries: a key could be written here.
    Between,
}

/// The innermost place an offset lies in.
#[derive(Debug)]
pub struct Spot<'n> {
    /// The keys and list positions from the top, as written.
    pub path: Vec<String>,
    /// The innermost map with fixed keys.
    pub shape: &'static Shape,
    /// Its variant, where that is said.
    pub variant: Option<&'n str>,
    /// The map itself.
    pub map: &'n Node,
    /// The key, where the offset lies on one or in its value.
    pub key: Option<&'static Key>,
    /// The key as written, which the language may not know.
    pub written: Option<&'n str>,
    /// What the value is, with lists and alternatives resolved by what stands there.
    pub value: Option<Value>,
    /// The innermost node.
    pub node: &'n Node,
    /// What of the map is meant.
    pub place: Place,
}

/// The alternative of a value that fits what stands there. Lists stay lists.
pub fn fit(value: &Value, node: &Node) -> Option<Value> {
    let map = matches!(node.kind, NodeKind::Map(_));
    let list = matches!(node.kind, NodeKind::List(_));
    match value {
        Value::Either(several) => several.iter().find_map(|one| fit(one, node)),
        Value::OneOrList(inner) if list => Some(Value::List(inner)),
        Value::OneOrList(inner) => fit(inner, node),
        Value::Map(_) | Value::Changes(_) | Value::Entries(..) => map.then_some(*value),
        Value::List(_) => list.then_some(*value),
        Value::Any => Some(*value),
        Value::Nothing => matches!(node.kind, NodeKind::Null).then_some(*value),
        Value::Texts => (!list).then_some(*value),
        Value::Boolean | Value::True => node.as_bool().map(|_| *value),
        Value::Words(words) => node
            .as_text()
            .filter(|text| words.iter().any(|(word, _)| word == text))
            .or_else(|| node.as_text())
            .map(|_| *value),
        _ => (!map && !list).then_some(*value),
    }
}

/// A map with fixed keys met on a walk.
#[derive(Clone, Copy, Debug)]
pub struct Met<'n> {
    /// What it is.
    pub shape: &'static Shape,
    /// Its variant, where that is said.
    pub variant: Option<&'n str>,
    /// The map.
    pub node: &'n Node,
    /// Whether it is a whole map; false where it changes keys of another.
    pub whole: bool,
}

/// Calls `visit` with every map with fixed keys, from the outside in.
pub fn walk<'n>(kind: &FileKind, root: &'n Node, visit: &mut dyn FnMut(Met<'n>)) {
    walk_value(&Value::Map(kind.shape), root, visit);
}

fn walk_value<'n>(value: &Value, node: &'n Node, visit: &mut dyn FnMut(Met<'n>)) {
    let fitting = fit(value, node);
    match (fitting, &node.kind) {
        (Some(Value::List(inner)), NodeKind::List(items)) => {
            items.iter().for_each(|item| walk_value(inner, item, visit));
        }
        (Some(Value::Entries(_, inner)), NodeKind::Map(entries)) => {
            for (_, entry) in entries {
                walk_value(inner, entry, visit);
            }
        }
        (Some(Value::Map(shape) | Value::Changes(shape)), NodeKind::Map(entries)) => {
            visit(Met {
                shape,
                variant: shape.variant(node),
                node,
                whole: matches!(fitting, Some(Value::Map(_))),
            });
            for (name, entry) in entries {
                if let Some(key) = shape.key(&name.text) {
                    walk_value(&key.value, entry, visit);
                }
            }
        }
        _ => {}
    }
}

/// The innermost place of a byte offset in a file.
pub fn at<'n>(kind: &FileKind, root: &'n Node, offset: u32) -> Option<Spot<'n>> {
    let mut spot = Spot {
        path: Vec::new(),
        shape: kind.shape,
        variant: kind.shape.variant(root),
        map: root,
        key: None,
        written: None,
        value: None,
        node: root,
        place: Place::Between,
    };
    root.as_map()?;
    descend(&Value::Map(kind.shape), root, offset, &mut spot);
    Some(spot)
}

fn holds(node: &Node, offset: u32) -> bool {
    node.span.start <= offset && offset <= node.span.end
}

fn descend<'n>(value: &Value, node: &'n Node, offset: u32, spot: &mut Spot<'n>) {
    spot.node = node;
    let fitting = fit(value, node);
    spot.value = fitting.or(Some(*value));
    match (fitting, &node.kind) {
        (Some(Value::List(inner)), NodeKind::List(items)) => {
            let found = items
                .iter()
                .enumerate()
                .find(|(_, item)| holds(item, offset));
            if let Some((at, item)) = found {
                spot.path.push(at.to_string());
                descend(inner, item, offset, spot);
            }
        }
        (Some(Value::Entries(reference, inner)), NodeKind::Map(entries)) => {
            for (name, entry) in entries {
                let on_name = name.span.start <= offset && offset <= name.span.end;
                if on_name || holds(entry, offset) {
                    spot.path.push(name.text.clone());
                    spot.written = Some(&name.text);
                }
                if on_name {
                    spot.place = Place::Name(reference);
                    return;
                }
                if holds(entry, offset) {
                    return descend(inner, entry, offset, spot);
                }
            }
        }
        (Some(Value::Map(shape) | Value::Changes(shape)), NodeKind::Map(entries)) => {
            spot.shape = shape;
            spot.variant = shape.variant(node);
            spot.map = node;
            (spot.key, spot.written, spot.place) = (None, None, Place::Between);
            for (name, entry) in entries {
                let on_key = name.span.start <= offset && offset <= name.span.end;
                if !on_key && !holds(entry, offset) {
                    continue;
                }
                spot.path.push(name.text.clone());
                spot.key = shape.key(&name.text);
                spot.written = Some(&name.text);
                spot.place = if on_key { Place::Key } else { Place::Value };
                if let (false, Some(key)) = (on_key, spot.key) {
                    descend(&key.value, entry, offset, spot);
                }
                return;
            }
        }
        _ => {}
    }
}
