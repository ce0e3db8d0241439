//! Keys of the language: which may be written at a place, and what they mean.

use engine::authoring::language::{FileKind, Key, Need, Place, Shape, Spot, Value, at};
use engine::source::{FileId, Node, Report, read_yaml};

use super::complete::Item;

/// What the key or word at a byte means, in Markdown.
pub(super) fn hover(path: &str, text: &str, offset: usize) -> Option<String> {
    let root = read(text)?;
    let spot = spot(path, &root, offset)?;
    let key = spot.key?;
    match (spot.place, spot.value) {
        (Place::Key, _) => Some(words(key)),
        (Place::Value, Some(Value::Words(words))) => {
            let word = spot.node.as_text()?;
            let (_, meaning) = words.iter().find(|(known, _)| *known == word)?;
            (!meaning.is_empty()).then(|| format!("`{word}` – {meaning}"))
        }
        _ => None,
    }
}

/// The words of a key that is one of a few, else the keys that may be written.
/// `text` can be read as YAML where `before`, the file up to the place, cannot.
pub(super) fn complete(path: &str, text: &str, before: &str) -> Option<(Vec<Item>, usize)> {
    let root = read(text)?;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = &before[start..];
    let partial = line
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .map_or(line, |found| {
            &line[found + line[found..].chars().next().map_or(1, char::len_utf8)..]
        });
    let ahead = &line[..line.len() - partial.len()];
    if let Some(name) = ahead.trim_end().strip_suffix(':') {
        let from = name.rfind([' ', '{', ',']).map_or(0, |found| found + 1);
        let key = spot(path, &root, start + from)?.key?;
        return Some((values(&key.value), partial.len()));
    }
    let flow = ahead.trim_end().ends_with(['{', ',']);
    let found = if flow {
        let spot = spot(path, &root, before.len() - partial.len())?;
        (spot.place == Place::Between).then(|| of_map(&spot))?
    } else if ahead.trim_start_matches([' ', '-']).is_empty() {
        block(path, text, &root, start, ahead)?
    } else {
        return None;
    };
    Some((found, partial.len()))
}

fn read(text: &str) -> Option<Node> {
    read_yaml(FileId(0), text, &mut Report::default())
}

fn spot<'n>(path: &str, root: &'n Node, offset: usize) -> Option<Spot<'n>> {
    at(FileKind::of_path(path)?, root, u32::try_from(offset).ok()?)
}

/// The keys at the beginning of a line, seen from the lines above it.
fn block(path: &str, text: &str, root: &Node, start: usize, ahead: &str) -> Option<Vec<Item>> {
    let column = ahead.len();
    let item = ahead.contains('-');
    if column == 0 {
        let kind = FileKind::of_path(path)?;
        return Some(keys(kind.shape, None, root));
    }
    let mut end = start;
    while end > 0 {
        let from = text[..end - 1].rfind('\n').map_or(0, |found| found + 1);
        let line = text[from..end - 1].trim_end();
        end = from;
        let content = line.trim_start_matches([' ', '-']);
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let above = line.len() - content.len();
        if above > column {
            continue;
        }
        let spot = spot(path, root, from + above)?;
        if above == column {
            let found = if item {
                keys(spot.shape, None, &empty(root))
            } else {
                of_map(&spot)
            };
            return (spot.place == Place::Key).then_some(found);
        }
        let value = match spot.place {
            Place::Key => spot.key?.value,
            Place::Name(_) => spot.value?,
            _ => return None,
        };
        return Some(keys(inside(&value)?, None, &empty(root)));
    }
    None
}

/// The map inside of a value.
fn inside(value: &Value) -> Option<&'static Shape> {
    match value {
        Value::Map(shape) | Value::Changes(shape) => Some(shape),
        Value::List(inner) | Value::OneOrList(inner) | Value::Entries(_, inner) => inside(inner),
        Value::Either(several) => several.iter().find_map(inside),
        _ => None,
    }
}

/// A node without keys.
fn empty(root: &Node) -> Node {
    Node {
        span: root.span,
        kind: engine::source::NodeKind::Null,
    }
}

fn of_map(spot: &Spot<'_>) -> Vec<Item> {
    keys(spot.shape, spot.variant, spot.map)
}

/// The keys a map does not have yet, those it needs first.
fn keys(shape: &'static Shape, variant: Option<&str>, map: &Node) -> Vec<Item> {
    let there = map.as_map().unwrap_or_default();
    shape
        .keys_of(variant)
        .filter(|key| there.iter().all(|(known, _)| known.text != key.name))
        .map(|key| {
            let needed = key.is_needed_in(variant);
            let detail = if needed { "needed" } else { "" };
            Item::key(format!("{}: ", key.name), detail, words(key), needed)
        })
        .collect()
}

/// The values a key can have, where they are few.
fn values(value: &Value) -> Vec<Item> {
    match value {
        Value::Words(words) => words
            .iter()
            .map(|(word, meaning)| Item::word(word, meaning))
            .collect(),
        Value::Tokens(all) => all().into_iter().map(|word| Item::word(word, "")).collect(),
        Value::Boolean => ["true", "false"].map(|word| Item::word(word, "")).into(),
        Value::True => vec![Item::word("true", "")],
        Value::List(inner) | Value::OneOrList(inner) => values(inner),
        Value::Either(several) => several.iter().flat_map(values).collect(),
        _ => Vec::new(),
    }
}

/// A key in words.
fn words(key: &Key) -> String {
    let need = match key.need {
        Need::Optional => "may be left out".to_owned(),
        Need::Needed => "must be there".to_owned(),
        Need::NeededIn(variants) => format!("must be there with {}", variants.join(", ")),
    };
    let mut text = format!("**`{}`** – {need}\n\n{}", key.name, key.doc);
    if let Some(default) = key.default {
        text.push_str(&format!("\n\nleft out: `{default}`"));
    }
    if let Some(example) = key.example {
        text.push_str(&format!("\n\n```yaml\n{example}\n```"));
    }
    text
}
