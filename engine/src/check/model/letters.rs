//! Letters, mails and notices: whether each has its values wherever it is sent.

use std::collections::{BTreeMap, BTreeSet};

use super::explore::Graph;
use super::trial::Sent;
use crate::definitions::Service;
use crate::document::{Known, Reference};
use crate::source::{Diagnostic, FileId, Sources, Span};
use crate::text::Language;

/// By template: the variables, parameters and data of events it names.
pub(super) type References = BTreeMap<String, BTreeSet<String>>;

/// Adds what the letters of a service name.
pub(super) fn collect(service: &Service, found: &mut References) {
    for ((template, _), letter) in &service.letters {
        let names = found.entry(template.clone()).or_default();
        for Reference { path, .. } in letter.references() {
            let mut parts = path.split('.');
            let (Some(root @ ("vars" | "params" | "event")), Some(name)) =
                (parts.next(), parts.next())
            else {
                continue;
            };
            names.insert(format!("{root}.{name}"));
        }
    }
}

/// The letters that show a value they do not have on some way.
pub(super) fn check(service: &Service, graph: &Graph, sources: &Sources) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (sent, way) in &graph.sent {
        for language in Language::ALL {
            let Some(letter) = service.letters.get(&(sent.template.clone(), language)) else {
                continue;
            };
            for gap in letter.gaps(&|path| known(sent, path)) {
                if !seen.insert((sent.template.clone(), language, gap.path.clone())) {
                    continue;
                }
                let span = place(service, sources, &sent.template, language, gap.line);
                let message = format!(
                    "the letter `{}` shows `{}`, which is empty in cases of `{}` when it goes this way: {}",
                    sent.template,
                    gap.path,
                    service.form.id,
                    graph.story(way)
                );
                let help = format!(
                    "show it only where there is one: `{{{{#if {0}}}}} … {{{{/if}}}}`{1}",
                    gap.path,
                    hint(&gap.path)
                );
                found.push(Diagnostic::warning("model-letter-gap", span, message).help(help));
            }
        }
    }
    found
}

fn hint(path: &str) -> &'static str {
    match path.split('.').next() {
        Some("vars") => ", or `set` the variable on every way to the letter",
        Some("deadline") => ", or mark a timer of the state with `due: true`",
        Some("clerk") => "; after a timer, a payment or a step of the applicant there is no clerk",
        Some("event") => ", or keep the value in a variable",
        _ => "",
    }
}

fn known(sent: &Sent, path: &str) -> Known {
    let mut parts = path.split('.');
    let root = parts.next().unwrap_or_default();
    let there = |name: &str| match sent.there.contains(name) {
        true => Known::Unknown,
        false => Known::Absent,
    };
    match (root, parts.next()) {
        ("vars" | "params" | "event", Some(name)) => sent
            .values
            .get(&format!("{root}.{name}"))
            .map_or(Known::Unknown, |value| Known::Is(value.value.to_json())),
        ("clerk", Some("name")) => there("clerk"),
        ("deadline", _) => there("deadline"),
        ("payment", _) => there("payment"),
        ("rank", _) => there("rank"),
        _ => Known::Unknown,
    }
}

/// The line of a letter's file: its own for the service, or the general one.
fn place(service: &Service, sources: &Sources, id: &str, language: Language, line: usize) -> Span {
    let name = format!("{id}.{}.hbs", language.tag());
    let own = format!("workflows/letters/{}/{name}", service.form.id);
    let general = format!("workflows/letters/{name}");
    let find = |path: &str| sources.iter().find(|(_, file)| file.path == path);
    let Some((file, source)) = find(&own).or_else(|| find(&general)) else {
        return Span::new(FileId::default(), 0, 1);
    };
    let mut lines = source.text.split_inclusive('\n');
    let start = lines
        .by_ref()
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let length = lines.next().map_or(0, |line| line.trim_end().len());
    Span::new(file, start, start + length)
}
