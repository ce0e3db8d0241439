//! Reading a map key by key: each key is asked for once, what was never asked
//! for is reported as unknown with the nearest known name.

use std::cell::RefCell;

use super::{Diagnostic, Key, Node, NodeKind, Report, Span};
use crate::text::Text;

/// Most unknown keys of one map that are told; a map with more is no definition.
const MAX_UNKNOWN: usize = 50;

/// The keys of one map node while it is decoded.
///
/// Take what the construct knows with the getters, then call
/// [`Fields::finish`], which reports every key nobody asked for.
pub struct Fields<'n> {
    entries: &'n [(Key, Node)],
    asked: RefCell<Vec<&'static str>>,
    /// Where the map stands.
    pub span: Span,
}

impl<'n> Fields<'n> {
    /// The fields of `node`, or a diagnostic that a map was expected.
    pub fn of(node: &'n Node, what: &str, report: &mut Report) -> Option<Fields<'n>> {
        match &node.kind {
            NodeKind::Map(entries) => Some(Fields {
                entries,
                asked: RefCell::new(Vec::new()),
                span: node.span,
            }),
            _ => {
                report.push(Diagnostic::error(
                    "wrong-shape",
                    node.span,
                    format!(
                        "{what} must be a map of keys and values, but here is {}",
                        node.kind_name()
                    ),
                ));
                None
            }
        }
    }

    /// The value of a key that may be missing or null.
    pub fn get(&self, key: &'static str) -> Option<&'n Node> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        drop(asked);
        self.entries
            .iter()
            .find(|(name, node)| name.text == key && node.kind != NodeKind::Null)
            .map(|(_, node)| node)
    }

    /// The value of a key that must be there.
    pub fn need(&self, key: &'static str, report: &mut Report) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() {
            report.push(
                Diagnostic::error(
                    "missing-key",
                    self.span,
                    format!("the key `{key}` is missing here"),
                )
                .help(format!("add `{key}:`")),
            );
        }
        found
    }

    /// A text value.
    pub fn text(&self, key: &'static str, report: &mut Report) -> Option<String> {
        let node = self.get(key)?;
        let text = node.as_text().map(str::to_owned);
        if text.is_none() {
            report.push(wrong(node, key, "a text"));
        }
        text
    }

    /// A text value that must be there.
    pub fn need_text(&self, key: &'static str, report: &mut Report) -> Option<String> {
        self.need(key, report)?;
        self.text(key, report)
    }

    /// `true` or `false`.
    pub fn bool(&self, key: &'static str, report: &mut Report) -> Option<bool> {
        let node = self.get(key)?;
        let value = node.as_bool();
        if value.is_none() {
            report.push(wrong(node, key, "true or false"));
        }
        value
    }

    /// A whole number.
    pub fn integer(&self, key: &'static str, report: &mut Report) -> Option<i64> {
        let node = self.get(key)?;
        let value = node.as_number_text().and_then(|text| text.parse().ok());
        if value.is_none() {
            report.push(wrong(node, key, "a whole number"));
        }
        value
    }

    /// A text per language: `{ de: …, en: … }`, or a plain text for German only.
    pub fn texts(&self, key: &'static str, report: &mut Report) -> Option<Text> {
        decode_text(self.get(key)?, key, report)
    }

    /// A text per language that must be there.
    pub fn need_texts(&self, key: &'static str, report: &mut Report) -> Option<Text> {
        decode_text(self.need(key, report)?, key, report)
    }

    /// The items of a list; a missing key is an empty list.
    pub fn list(&self, key: &'static str, report: &mut Report) -> &'n [Node] {
        let Some(node) = self.get(key) else {
            return &[];
        };
        node.as_list().unwrap_or_else(|| {
            report.push(wrong(node, key, "a list"));
            &[]
        })
    }

    /// The entries of a map under `key`; a missing key is an empty map.
    pub fn map(&self, key: &'static str, report: &mut Report) -> &'n [(Key, Node)] {
        let Some(node) = self.get(key) else {
            return &[];
        };
        node.as_map().unwrap_or_else(|| {
            report.push(wrong(node, key, "a map of keys and values"));
            &[]
        })
    }

    /// A list of texts; a single text counts as a list of one.
    pub fn text_list(&self, key: &'static str, report: &mut Report) -> Vec<String> {
        let Some(node) = self.get(key) else {
            return Vec::new();
        };
        if let Some(text) = node.as_text() {
            return vec![text.to_owned()];
        }
        let mut texts = Vec::new();
        for item in self.list(key, report) {
            match item.as_text() {
                Some(text) => texts.push(text.to_owned()),
                None => report.push(wrong(item, key, "a list of texts")),
            }
        }
        texts
    }

    /// Reports every key nobody asked for, with a suggestion.
    pub fn finish(self, what: &str, report: &mut Report) {
        let asked = self.asked.into_inner();
        let unknown = self.entries.iter().map(|(key, _)| key);
        // A key that is no text has been reported already.
        let unknown =
            unknown.filter(|key| !key.text.is_empty() && !asked.contains(&key.text.as_str()));
        for key in unknown.take(MAX_UNKNOWN) {
            let help = if key.text.contains(' ') {
                // `{ de: A, b and c }`: YAML reads what follows a comma as a key.
                "inside { } a comma ends a text: put the text in quotes".to_owned()
            } else {
                let meant = suggest(&key.text, asked.iter().copied());
                if let Some(meant) = &meant {
                    told_as_missing(self.span, meant, report);
                }
                meant.unwrap_or_else(|| format!("{what} knows: {}", asked.join(", ")))
            };
            report.push(
                Diagnostic::error(
                    "unknown-key",
                    key.span,
                    format!("{what} has no key `{}`", key.text),
                )
                .help(help),
            );
        }
    }
}

/// A key that is there, but mistyped, is not missing on top: takes back what was
/// said of the key a suggestion names.
fn told_as_missing(span: Span, suggestion: &str, report: &mut Report) {
    let Some(key) = suggestion.split('`').nth(1) else {
        return;
    };
    let (here, no) = (format!("the key `{key}` is missing"), format!("no `{key}`"));
    report.diagnostics.retain(|known| {
        let missing = known.code == "missing-key" && known.span == span;
        !missing || !(known.message.starts_with(&here) || known.message.ends_with(&no))
    });
}

fn wrong(node: &Node, key: &str, expected: &str) -> Diagnostic {
    Diagnostic::error(
        "wrong-shape",
        node.span,
        format!(
            "`{key}` must be {expected}, but here is {}",
            node.kind_name()
        ),
    )
}

fn decode_text(node: &Node, key: &str, report: &mut Report) -> Option<Text> {
    if let Some(text) = node.as_text() {
        return Some(Text::same(text));
    }
    let fields = Fields::of(node, &format!("`{key}`"), report)?;
    let de = fields.need_text("de", report);
    let en = fields.text("en", report);
    fields.finish("a text", report);
    Some(Text { de: de?, en })
}

/// "did you mean" for the nearest of `known`, if one is near enough.
pub fn suggest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Nobody mistypes a name as long as this.
    if wanted.len() > 200 {
        return None;
    }
    let limit = (wanted.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (distance(wanted, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

/// Edit distance with transpositions (optimal string alignment), capped for long inputs.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut rows: Vec<Vec<usize>> = (0..=a.len()).map(|i| vec![i; b.len() + 1]).collect();
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(rows[i][j - 1] + 1)
                .min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}
