//! Findings a form designer lives with, each with its place and reason: under
//! `accept:` at the top of a YAML file, or in a comment of a letter.
//!
//! A finding is never silenced: it becomes a note that shows the reason, and
//! an entry that accepts nothing is itself a finding.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::definitions::{Checked, Kind};
use crate::source::{
    Diagnostic, Fields, FileId, Node, NodeKind, Report, Severity, SourceFile, Span,
};

/// Most entries of one file: whoever accepts more should change the file.
const MAX_ENTRIES: usize = 100;
/// Longest path of a place, and most places of one name: enough for any file,
/// and a bound for the search.
const MAX_PARTS: usize = 8;
const MAX_SAME: usize = 3;
/// How the comment of a letter begins.
const COMMENT: &str = "{{!-- accept ";

/// Takes `accept:` out of a document, so that no decoder has to know the key.
pub(crate) fn take(node: &mut Node) -> Option<Node> {
    let NodeKind::Map(entries) = &mut node.kind else {
        return None;
    };
    let at = entries.iter().position(|(key, _)| key.text == "accept")?;
    Some(entries.remove(at).1)
}

/// One accepted finding.
struct Entry {
    code: String,
    reason: String,
    /// Where it may stand; the whole file without `at`.
    places: Option<Vec<Span>>,
    /// Where the entry stands itself.
    span: Span,
}

impl Entry {
    /// Whether a finding of its code and file stands where it may.
    fn covers(&self, diagnostic: &Diagnostic) -> bool {
        let inside =
            |place: &Span| place.start <= diagnostic.span.start && diagnostic.span.end <= place.end;
        self.places
            .as_ref()
            .is_none_or(|places| places.iter().any(inside))
    }
}

/// Turns accepted warnings into notes, and reports entries that are wrong.
/// `staffed` says whether the accounts of a town were looked at too.
pub(super) fn apply(checked: &Checked<'_>, staffed: bool, report: &mut Report) {
    let mut entries = Vec::new();
    for read in checked.read {
        if let Some(node) = &read.accept {
            entries.extend(decode(node, read.node.as_ref(), report));
        }
        if let (Kind::Letter { .. }, Some(source)) = (&read.kind, checked.sources.file(read.file)) {
            entries.extend(comments(read.file, source, report));
        }
    }
    // Where something is broken, other findings may be hidden behind it.
    let complete = report.is_usable();
    let mut by_code: BTreeMap<(FileId, &str), Vec<usize>> = BTreeMap::new();
    for (at, diagnostic) in report.diagnostics.iter().enumerate() {
        let key = (diagnostic.span.file, diagnostic.code);
        by_code.entry(key).or_default().push(at);
    }
    for entry in &entries {
        let found = by_code.get(&(entry.span.file, entry.code.as_str()));
        let seen = complete && (staffed || entry.code != super::staffing::CODE);
        settle(entry, found.map_or(&[], Vec::as_slice), seen, report);
    }
}

/// Settles one entry with the findings of its code in its file.
fn settle(entry: &Entry, found: &[usize], complete: bool, report: &mut Report) {
    let (mut used, mut refused) = (false, false);
    for at in found {
        let diagnostic = &mut report.diagnostics[*at];
        if !entry.covers(diagnostic) {
            continue;
        }
        match diagnostic.severity {
            Severity::Error => refused = true,
            Severity::Warning => {
                used = true;
                diagnostic.severity = Severity::Note;
                diagnostic.accepted = Some(entry.reason.clone());
            }
            Severity::Note => used |= diagnostic.accepted.is_some(),
        }
    }
    let code = &entry.code;
    if refused {
        let message = format!("`{code}` is an error here and cannot be accepted");
        report.push(
            Diagnostic::error("accept-refused", entry.span, message)
                .help("repair the place it was found in and remove this entry"),
        );
    } else if !used && complete {
        let message = format!("there is no finding `{code}` here any more");
        report.push(
            Diagnostic::warning("accept-unused", entry.span, message)
                .help("remove this entry, or correct its `code` or `at`"),
        );
    }
}

fn decode(node: &Node, document: Option<&Node>, report: &mut Report) -> Vec<Entry> {
    let Some(items) = node.as_list() else {
        let message = format!("`accept` must be a list, but here is {}", node.kind_name());
        report.push(
            Diagnostic::error("wrong-shape", node.span, message)
                .help("write `- { code: …, at: …, reason: … }` for each finding"),
        );
        return Vec::new();
    };
    if let Some(first) = items.get(MAX_ENTRIES) {
        let message = format!("a file accepts at most {MAX_ENTRIES} findings");
        report.push(
            Diagnostic::error("too-many-accepted", first.span, message)
                .help("repair some of the places; a check that never fits should be reported"),
        );
    }
    let mut index = Vec::new();
    if let Some(document) = document {
        add_names(document, 0, &mut index);
    }
    let entries = items.iter().take(MAX_ENTRIES);
    entries
        .filter_map(|item| decode_entry(item, &index, report))
        .collect()
}

fn decode_entry(node: &Node, index: &[Named<'_>], report: &mut Report) -> Option<Entry> {
    let keys = Fields::of(node, "an accepted finding", report)?;
    let code = keys.need_text("code", report);
    let at = keys.text("at", report);
    let reason = keys.text("reason", report).unwrap_or_default();
    if reason.trim().is_empty() {
        let span = keys.get("code").map_or(node.span, |code| code.span);
        report.push(without_reason(span));
    }
    let mut places = None;
    if let (Some(at), Some(at_node)) = (at, keys.get("at")) {
        let parts: Vec<&str> = at.split('.').collect();
        let found = resolve(index, None, &parts);
        if found.is_empty() && !index.is_empty() {
            report.push(unknown_place(&at, at_node.span, index));
        }
        places = Some(found);
    }
    keys.finish("an accepted finding", report);
    // An entry whose place is unknown has been reported; it is not unused on top.
    let known = places.as_ref().is_none_or(|places| !places.is_empty());
    let span = keys_code_span(node);
    known.then_some(Entry {
        code: code?,
        reason,
        places,
        span,
    })
}

fn keys_code_span(node: &Node) -> Span {
    node.get("code").map_or(node.span, |code| code.span)
}

fn without_reason(span: Span) -> Diagnostic {
    Diagnostic::error(
        "accept-reason",
        span,
        "it is not said why this finding is accepted",
    )
    .help("add `reason:` with a sentence your successor understands")
}

fn unknown_place(at: &str, span: Span, index: &[Named<'_>]) -> Diagnostic {
    let names: BTreeSet<&str> = index.iter().map(|named| named.name.as_ref()).collect();
    // The first part that is nowhere in the file is the misspelt one.
    let wrong = at.split('.').find(|part| !names.contains(part));
    let help = wrong.and_then(|part| crate::source::suggest(part, names.iter().copied()));
    let help = help.unwrap_or_else(|| {
        "name the place by its ids from the outside in, such as `open.review` or `owner.email`"
            .to_owned()
    });
    let message = format!("there is no place `{at}` in this file");
    Diagnostic::error("accept-place", span, message).help(help)
}

/// Something with a name: the entry of a map, or an item of a list with its id
/// or its number.
struct Named<'n> {
    name: Cow<'n, str>,
    span: Span,
    depth: usize,
}

fn add_names<'n>(node: &'n Node, depth: usize, index: &mut Vec<Named<'n>>) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                index.push(Named {
                    name: Cow::Borrowed(&key.text),
                    span: Span {
                        end: value.span.end.max(key.span.end),
                        ..key.span
                    },
                    depth,
                });
                add_names(value, depth + 1, index);
            }
        }
        NodeKind::List(items) => {
            for (at, item) in items.iter().enumerate() {
                let id = ["id", "name"]
                    .iter()
                    .find_map(|key| item.get(key)?.as_text());
                let number = Cow::Owned((at + 1).to_string());
                for name in id.map(Cow::Borrowed).into_iter().chain([number]) {
                    let span = item.span;
                    index.push(Named { name, span, depth });
                }
                add_names(item, depth + 1, index);
            }
        }
        _ => {}
    }
}

/// The places of a dotted path. Between two names may lie what designers do not
/// name: `states`, `pages`, `fields`. The outermost places of a name are meant.
fn resolve(index: &[Named<'_>], within: Option<Span>, parts: &[&str]) -> Vec<Span> {
    if parts.is_empty() {
        return within.into_iter().collect();
    }
    if parts.len() > MAX_PARTS {
        return Vec::new();
    }
    // Names of events have dots: `payment.succeeded`.
    for count in 1..=parts.len().min(3) {
        let name = parts[..count].join(".");
        let inside = |named: &&Named<'_>| {
            named.name == name
                && within.is_none_or(|around| {
                    named.span != around
                        && around.start <= named.span.start
                        && named.span.end <= around.end
                })
        };
        let Some(depth) = index.iter().filter(inside).map(|named| named.depth).min() else {
            continue;
        };
        let found: Vec<Span> = index
            .iter()
            .filter(inside)
            .filter(|named| named.depth == depth)
            .take(MAX_SAME)
            .flat_map(|named| resolve(index, Some(named.span), &parts[count..]))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// `{{!-- accept CODE: reason --}}` in a letter, for the whole letter.
fn comments(file: FileId, source: &SourceFile, report: &mut Report) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (at, _) in source.text.match_indices(COMMENT).take(MAX_ENTRIES) {
        let start = at + COMMENT.len();
        let inside = source.text[start..].split("--}}").next();
        let inside = inside.unwrap_or_default();
        let (code, reason) = inside.split_once(':').unwrap_or((inside, ""));
        let span = Span::new(file, start, start + code.trim_end().len());
        if reason.trim().is_empty() {
            report.push(without_reason(span).help(
                "write `{{!-- accept code: reason --}}` with a sentence your successor understands",
            ));
        }
        entries.push(Entry {
            code: code.trim().to_owned(),
            reason: reason.split_whitespace().collect::<Vec<_>>().join(" "),
            places: None,
            span,
        });
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read_yaml;

    #[test]
    fn places_are_named_from_the_outside_in() {
        let text = "states:\n  open:\n    states:\n      wait: { events: { payment.succeeded: { by: [system] } } }\npages:\n  - { id: one, fields: [ { id: wait, type: text } ] }\n";
        let node = read_yaml(FileId(0), text, &mut Report::default()).unwrap();
        let mut index = Vec::new();
        add_names(&node, 0, &mut index);
        let shown = |path: &str| -> Vec<&str> {
            let parts: Vec<&str> = path.split('.').collect();
            resolve(&index, None, &parts)
                .into_iter()
                .map(|span| &text[span.start as usize..span.end as usize])
                .collect()
        };
        assert_eq!(
            shown("open.wait.payment.succeeded"),
            ["payment.succeeded: { by: [system] }"]
        );
        assert_eq!(shown("one.wait"), ["{ id: wait, type: text }"]);
        assert_eq!(shown("pages.1.fields.1"), ["{ id: wait, type: text }"]);
        assert!(shown("open.nothing").is_empty());
    }
}
