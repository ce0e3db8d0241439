//! Canonical formatting of definitions: keys in the order of the language,
//! two blanks a level, short texts in one line, comments where they belong.
//!
//! A file is read into a tree that keeps comments and the way scalars are
//! written (`read`), and written afresh (`write`). What comes out must
//! mean the same as what went in, else the file is left alone.

mod read;
mod write;

use std::collections::BTreeMap;

use super::language::FileKind;
use crate::source::{
    Diagnostic, FileId, Node, NodeKind, Report, Severity, SourceFile, Span, read_yaml,
};

/// Widest line in which a map or list may stand in one line.
pub(super) const WIDTH: usize = 120;

/// The canonical text of a definition file. `None` where the file has errors,
/// which are in `report`, or is no definition.
pub fn format(file: FileId, source: &SourceFile, report: &mut Report) -> Option<String> {
    if source.path.ends_with(".hbs") {
        return Some(letter(&source.text));
    }
    if !source.path.ends_with(".yaml") {
        return None;
    }
    let kind = FileKind::of_path(&source.path);
    let says = |line: &str| line.trim_start_matches('\u{feff}').starts_with("schalter:");
    if kind.is_none() && !source.text.lines().any(says) {
        return None;
    }
    yaml(file, kind, &source.text, report)
}

/// A letter: only blanks at the ends of lines go.
fn letter(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.trim_end().lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The canonical text of YAML. Without a kind, keys stay in their order.
pub fn yaml(
    file: FileId,
    kind: Option<&FileKind>,
    text: &str,
    report: &mut Report,
) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let errors = report.count(Severity::Error);
    let node = read_yaml(file, &text, report)?;
    if report.count(Severity::Error) > errors {
        return None;
    }
    let kind = kind.or_else(|| FileKind::of_node(&node));
    let formatted = read::tree(&text).map(|tree| write::write(&text, &tree, &node, kind));
    let again = formatted.filter(|formatted| {
        read_yaml(file, formatted, &mut Report::default()).is_some_and(|again| same(&node, &again))
    });
    if again.is_none() {
        let message = "this file is written in a way the formatter does not understand";
        report.push(
            Diagnostic::error("format", Span::new(file, 0, 1), message)
                .help("nothing was changed; write the unusual part more simply"),
        );
    }
    again
}

/// Whether two trees mean the same, whatever the order of keys.
pub fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (NodeKind::Null, NodeKind::Null) => true,
        (NodeKind::Scalar(left), NodeKind::Scalar(right)) => {
            left.text == right.text
                && a.as_bool() == b.as_bool()
                && a.as_number_text() == b.as_number_text()
        }
        (NodeKind::List(left), NodeKind::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b))
        }
        (NodeKind::Map(left), NodeKind::Map(right)) => {
            let right: BTreeMap<&str, &Node> = right
                .iter()
                .map(|(key, node)| (key.text.as_str(), node))
                .collect();
            left.len() == right.len()
                && left.iter().all(|(key, node)| {
                    right
                        .get(key.text.as_str())
                        .is_some_and(|other| same(node, other))
                })
        }
        _ => false,
    }
}
