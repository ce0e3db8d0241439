//! What may be written at a place: names, options, functions, ids.

use std::sync::Arc;

use engine::authoring::functions;
use engine::authoring::symbols::{Kind, SymbolId, Wants};
use engine::feel::names::{Names, Shape, lookup};
use engine::source::FileId;
use serde_json::{Value, json};

use super::hover::{symbol, type_words};
use super::workspace::Model;

/// Kinds of completion items of the protocol.
mod item {
    pub(super) const FUNCTION: u8 = 3;
    pub(super) const FIELD: u8 = 5;
    pub(super) const MODULE: u8 = 9;
    pub(super) const PROPERTY: u8 = 10;
    pub(super) const VALUE: u8 = 12;
    pub(super) const KEYWORD: u8 = 14;
    pub(super) const REFERENCE: u8 = 18;
    pub(super) const MEMBER: u8 = 20;
}

/// Words of the rule language.
const WORDS: [&str; 15] = [
    "and",
    "or",
    "not",
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "between",
    "true",
    "null",
];

/// Something that may be written.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// What is inserted.
    text: String,
    kind: u8,
    detail: String,
    symbol: Option<SymbolId>,
    documentation: Option<String>,
    /// Order among the others: the nearest first.
    rank: u8,
}

impl Item {
    fn new(text: impl Into<String>, kind: u8, detail: impl Into<String>) -> Item {
        Item {
            text: text.into(),
            kind,
            detail: detail.into(),
            symbol: None,
            documentation: None,
            rank: 1,
        }
    }

    /// A key of the language.
    pub(super) fn key(text: String, detail: &str, words: String, needed: bool) -> Item {
        Item {
            documentation: Some(words),
            rank: if needed { 0 } else { 1 },
            ..Item::new(text, item::PROPERTY, detail)
        }
    }

    /// A word of the language.
    pub(super) fn word(text: &str, meaning: &str) -> Item {
        Item::new(text, item::VALUE, meaning)
    }

    /// As JSON of the protocol; `range` is what it replaces.
    pub(super) fn json(&self, model: &Model, range: &Value) -> Value {
        let words = self.symbol.and_then(|id| symbol(model, id));
        let mut value = json!({
            "label": self.text,
            "kind": self.kind,
            "detail": self.detail,
            "sortText": format!("{}{}", self.rank, self.text),
            "textEdit": { "range": range, "newText": self.text },
        });
        if let Some(words) = self.documentation.clone().or(words) {
            value["documentation"] = json!({ "kind": "markdown", "value": words });
        }
        value
    }
}

/// The items at a byte, and how many bytes before it they replace. `text` is
/// the file as it is, up to the place.
pub(super) fn complete(model: &Model, file: FileId, before: &str) -> Option<(Vec<Item>, usize)> {
    let path = &model.sources.file(file)?.path;
    if path.ends_with(".hbs") {
        return letter(model, file, before);
    }
    let offset = u32::try_from(before.len()).ok()?;
    let slot = model.index.slot_at(file, offset)?;
    let written = before.get(slot.span.start as usize..).unwrap_or_default();
    Some(match &slot.wants {
        Wants::Rule(levels) => expression(model, written, levels),
        Wants::Cell(input, levels) => {
            let mut levels = levels.clone();
            levels.push(Arc::new(Names::from([("?".to_owned(), (**input).clone())])));
            let (mut items, length) = expression(model, written, &levels);
            if inside_quotes(written).is_some() {
                return Some((options(model, input, false), partial(written, true).len()));
            }
            items.extend(options(model, input, true));
            (items, length)
        }
        Wants::Path(names) => dotted(model, written, &[Arc::clone(names)])
            .unwrap_or_else(|| (fields(model, names), partial(written, false).len())),
        Wants::Symbol(kind, owner) => (
            symbols(model, *kind, owner.as_deref()),
            name_before(written).len(),
        ),
        Wants::Word(words) => {
            let items = words.iter().map(|word| Item::new(*word, item::VALUE, ""));
            (items.collect(), name_before(written).len())
        }
    })
}

/// The names of symbols of a kind, as they are written at a place.
fn symbols(model: &Model, kind: Kind, owner: Option<&str>) -> Vec<Item> {
    let (workflow, around) = match (kind, owner.and_then(|owner| owner.split_once('/'))) {
        (Kind::State, Some((workflow, around))) => (Some(workflow), Some(around)),
        _ => (owner, None),
    };
    let mut items: Vec<Item> = model
        .index
        .symbols()
        .filter(|(_, symbol)| symbol.kind == kind)
        .filter(|(_, symbol)| workflow.is_none_or(|owner| symbol.owner == owner))
        .filter_map(|(id, symbol)| {
            let text = match (kind, around) {
                // Only the states right inside.
                (Kind::State, Some(around)) => {
                    let outer = symbol.path.rsplit_once('.').map_or("", |(outer, _)| outer);
                    (outer == around).then(|| symbol.name.clone())?
                }
                (Kind::State | Kind::Group, _) => symbol.path.clone(),
                _ => symbol.name.clone(),
            };
            let label = symbol.label.as_ref().map_or("", |label| label.de.as_str());
            let mut item = Item::new(text, item::REFERENCE, label);
            item.symbol = Some(id);
            Some(item)
        })
        .collect();
    items.sort_by(|a, b| a.text.cmp(&b.text));
    items.dedup_by(|a, b| a.text == b.text);
    items
}

/// Names and functions of an expression; options inside of quotes.
fn expression(model: &Model, written: &str, levels: &[Arc<Names>]) -> (Vec<Item>, usize) {
    let mut levels = levels.to_vec();
    levels.extend(filters(written, &levels));
    if let Some(outside) = inside_quotes(written) {
        let items = compared(outside, &levels)
            .map(|shape| options(model, &shape, false))
            .unwrap_or_default();
        return (items, partial(written, true).len());
    }
    if let Some(found) = dotted(model, written, &levels) {
        return found;
    }
    let partial = partial(written, false);
    let ahead = &written[..written.len() - partial.len()];
    let mut items = Vec::new();
    if let Some(shape) = compared(ahead, &levels) {
        items.extend(options(model, &shape, true));
    }
    for (depth, level) in levels.iter().rev().enumerate() {
        for mut item in fields(model, level) {
            item.rank = if depth == 0 { 1 } else { 2 };
            if items.iter().all(|known: &Item| known.text != item.text) {
                items.push(item);
            }
        }
    }
    items.extend(functions::all().into_iter().map(|function| {
        let detail = function
            .info
            .signatures
            .first()
            .cloned()
            .unwrap_or_default();
        let mut item = Item::new(function.info.name, item::FUNCTION, detail);
        item.documentation = super::hover::function(function.info.name);
        item.rank = 4;
        item
    }));
    items.extend(WORDS.iter().map(|word| {
        let mut item = Item::new(*word, item::KEYWORD, "");
        item.rank = 5;
        item
    }));
    (items, partial.len())
}

fn fields(model: &Model, names: &Names) -> Vec<Item> {
    names
        .iter()
        .filter(|(name, _)| *name != "?")
        .map(|(name, shape)| {
            let known = shape.symbol.and_then(|id| model.index.symbol(id));
            let label = known.and_then(|symbol| symbol.label.as_ref());
            let detail = match label {
                Some(label) => format!("{} – {}", type_words(&shape.ty), label.de),
                None => type_words(&shape.ty),
            };
            let kind = if shape.members.is_empty() {
                item::FIELD
            } else {
                item::MODULE
            };
            let mut item = Item::new(name, kind, detail);
            item.symbol = shape.symbol;
            item
        })
        .collect()
}

fn options(model: &Model, shape: &Shape, quoted: bool) -> Vec<Item> {
    shape
        .options
        .iter()
        .map(|(id, symbol)| {
            let known = model.index.symbol(*symbol);
            let label = known.and_then(|symbol| symbol.label.as_ref());
            let text = if quoted {
                format!("\"{id}\"")
            } else {
                id.clone()
            };
            let label = label.map_or("", |label| label.de.as_str());
            let mut item = Item::new(text, item::MEMBER, label);
            item.symbol = Some(*symbol);
            item.rank = 0;
            item
        })
        .collect()
}

/// The members behind a path with a dot, such as `owner.`.
fn dotted(model: &Model, written: &str, levels: &[Arc<Names>]) -> Option<(Vec<Item>, usize)> {
    let partial = partial(written, false);
    let ahead = written[..written.len() - partial.len()].strip_suffix('.')?;
    let shape = path_shape(ahead, levels)?;
    Some((fields(model, &shape.members), partial.len()))
}

/// What a path at the end of a text stands for; filters in it are passed over.
fn path_shape(text: &str, levels: &[Arc<Names>]) -> Option<Shape> {
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = text;
    loop {
        while rest.ends_with(']') {
            rest = &rest[..matching(rest, '[', ']')?];
        }
        let name = name_before(rest);
        let name = &name[name.rfind('-').map_or(0, |at| at + 1)..];
        let name = &name[name.rfind('.').map_or(0, |at| at + 1)..];
        if name.is_empty() {
            return None;
        }
        parts.push(name);
        rest = &rest[..rest.len() - name.len()];
        match rest.strip_suffix('.') {
            Some(more) => rest = more,
            None => break,
        }
    }
    let mut parts = parts.into_iter().rev();
    let mut shape = lookup(levels, parts.next()?)?.clone();
    for part in parts {
        shape = shape.members.get(part)?.clone();
    }
    Some(shape)
}

/// The byte of the bracket that opens the one at the end.
fn matching(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices().rev() {
        if c == close {
            depth += 1;
        } else if c == open {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The names of the entries inside of filters that are still open.
fn filters(written: &str, levels: &[Arc<Names>]) -> Vec<Arc<Names>> {
    let mut open = Vec::new();
    let mut quoted = false;
    for (at, c) in written.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => open.push(at),
            ']' if !quoted => drop(open.pop()),
            _ => {}
        }
    }
    open.into_iter()
        .filter_map(|at| path_shape(&written[..at], levels))
        .map(|shape| shape.members)
        .collect()
}

/// What stands before the quote the place is in.
fn inside_quotes(written: &str) -> Option<&str> {
    let inner = written.trim_start_matches([':', ' ']);
    // A double quote that opens the YAML text is none of the expression.
    let skip = usize::from(inner.starts_with('"') && inner[1..].contains("\\\""));
    let offset = written.len() - inner.len() + skip;
    let mut open = None;
    for (at, c) in written[offset..].char_indices() {
        if c == '"' {
            open = match open {
                Some(_) => None,
                None => Some(offset + at),
            };
        }
    }
    open.map(|at| &written[..at])
}

/// The choice a text is compared with: `choice = `, `choice in ("a", `,
/// `list contains(choices, `.
fn compared(ahead: &str, levels: &[Arc<Names>]) -> Option<Shape> {
    let text = ahead.trim_end();
    if let Some(left) = text.strip_suffix('=') {
        let left = left.strip_suffix('!').unwrap_or(left);
        return path_shape(left.trim_end(), levels);
    }
    let at = open_bracket(text)?;
    let before = text[..at].trim_end();
    if let Some(left) = before.strip_suffix(" in") {
        return path_shape(left.trim_end(), levels);
    }
    let first = text[at + 1..].split(',').next()?;
    path_shape(first.trim(), levels)
}

/// The last round bracket that is still open.
fn open_bracket(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' if depth == 0 => return Some(at),
            '(' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The part of a name before the place.
fn partial(written: &str, dashes: bool) -> &str {
    let start = written
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric() || *c == '_' || (dashes && *c == '-'))
        .last()
        .map_or(written.len(), |(at, _)| at);
    &written[start..]
}

/// The id before the place, with dashes and dots.
fn name_before(written: &str) -> &str {
    let start = written
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .last()
        .map_or(written.len(), |(at, _)| at);
    &written[start..]
}

/// Values between the braces of a letter.
fn letter(model: &Model, file: FileId, before: &str) -> Option<(Vec<Item>, usize)> {
    let open = before.rfind("{{")?;
    let inner = &before[open + 2..];
    if inner.contains("}}") {
        return None;
    }
    let own = model.index.letter_names(file).cloned().unwrap_or_default();
    let levels = [Arc::new(own)];
    if let Some(found) = dotted(model, inner, &levels) {
        return Some(found);
    }
    let partial = partial(inner, false);
    if inner[..inner.len() - partial.len()].ends_with('.') {
        let root = name_before(inner).split('.').next().unwrap_or_default();
        let members = engine::document::letter_values()
            .find(|(name, _)| *name == root)
            .map_or(&[][..], |(_, members)| members);
        let items = members
            .iter()
            .filter(|member| **member != "*")
            .map(|member| Item::new(*member, item::FIELD, ""));
        return Some((items.collect(), partial.len()));
    }
    let items = engine::document::letter_values().map(|(name, members)| {
        let kind = if members.is_empty() {
            item::FIELD
        } else {
            item::MODULE
        };
        Item::new(name, kind, "")
    });
    Some((items.collect(), partial.len()))
}
