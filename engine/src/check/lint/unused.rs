//! Files and library groups nobody uses: they grow old unseen.

use std::collections::{BTreeMap, BTreeSet};

use super::letters::first_line;
use super::{Lint, entries, visit, warn};
use crate::definitions::Kind;
use crate::source::{Diagnostic, Node, NodeKind, Report, Span};
use crate::workflow::PARTIES;

/// What other files name.
#[derive(Default)]
struct Used<'a> {
    groups: BTreeSet<&'a str>,
    codelists: BTreeSet<&'a str>,
    tables: BTreeSet<&'a str>,
    workflows: BTreeSet<&'a str>,
    data: BTreeSet<&'a str>,
    /// Templates by workflow.
    templates: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Used<'a> {
    fn of(lint: &Lint<'a>) -> Used<'a> {
        let mut used = Used::default();
        for (kind, node) in lint.documents() {
            let mut templates = BTreeSet::new();
            visit(node, &mut |key, value| {
                let text = value.as_text().unwrap_or_default();
                match key.text.as_str() {
                    "use" => drop(used.groups.insert(text)),
                    "codelist" => drop(used.codelists.insert(text)),
                    "type" if text == "country" => drop(used.codelists.insert("countries")),
                    "table" => drop(used.tables.insert(text)),
                    "workflow" => drop(used.workflows.insert(text)),
                    "parties" if value.get("who").is_some() => {
                        used.workflows.insert(PARTIES);
                    }
                    "template" => drop(templates.insert(text)),
                    _ => {}
                }
            });
            match kind {
                Kind::Workflow(id) => drop(used.templates.insert(id, templates)),
                Kind::Form(_) => {
                    let names = super::items(node, "data");
                    let single = node.get("data").and_then(Node::as_text);
                    used.data
                        .extend(names.iter().filter_map(Node::as_text).chain(single));
                }
                _ => {}
            }
        }
        used
    }
}

pub(super) fn check(lint: &Lint<'_>, report: &mut Report) {
    let used = Used::of(lint);
    for (kind, node) in lint.documents() {
        let (code, what, id, known) = match kind {
            Kind::Library(id) => {
                check_library(id, node, &used, report);
                continue;
            }
            Kind::Form(_) => {
                check_data(node, report);
                continue;
            }
            Kind::Codelist(id) => (
                "unused-codelist",
                "question offers the codelist",
                id,
                &used.codelists,
            ),
            Kind::Table(id) => (
                "unused-table",
                "fee, route or parameter comes from the table",
                id,
                &used.tables,
            ),
            Kind::Workflow(id) => (
                "unused-workflow",
                "form uses the workflow",
                id,
                &used.workflows,
            ),
            Kind::Data(id) => ("unused-data", "form names the data set", id, &used.data),
            _ => continue,
        };
        if !known.contains(id.as_str()) {
            let message = format!("no {what} `{id}`");
            warn(
                report,
                code,
                file_span(node),
                message,
                "use it, or remove the file",
            );
        }
    }
    check_letters(lint, &used, report);
}

/// The `id` at the top of a file.
fn file_span(node: &Node) -> Span {
    super::id_span(node)
}

/// Libraries are a stock to take from, so what lies unused in them is only noted.
fn check_library(id: &str, node: &Node, used: &Used<'_>, report: &mut Report) {
    let groups = entries(node, "groups");
    let is_used = |group: &str| used.groups.contains(format!("{id}.{group}").as_str());
    if !groups.is_empty() && groups.iter().all(|(group, _)| !is_used(&group.text)) {
        let message = format!("no form uses a group of the library `{id}`");
        report.push(Diagnostic::note("unused-library", file_span(node), message));
        return;
    }
    for (group, _) in groups.iter().filter(|(group, _)| !is_used(&group.text)) {
        let message = format!("no form uses the group `{id}.{}`", group.text);
        report.push(Diagnostic::note("unused-group", group.span, message));
    }
}

/// Data sets a form lists without looking into them.
fn check_data(node: &Node, report: &mut Report) {
    let names = super::items(node, "data");
    if names.is_empty() {
        return;
    }
    let mut words = BTreeSet::new();
    for (key, value) in node.as_map().unwrap_or_default() {
        if key.text != "data" {
            add_words(value, &mut words);
        }
    }
    for name in names {
        let text = name.as_text().unwrap_or_default();
        if !words.contains(text) {
            let message = format!("no rule of this form looks into the data set `{text}`");
            warn(
                report,
                "unused-data",
                name.span,
                message,
                "remove it from `data`",
            );
        }
    }
}

/// The words of all texts below a node; names in rules are among them.
fn add_words<'n>(node: &'n Node, words: &mut BTreeSet<&'n str>) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| add_words(item, words)),
        NodeKind::Map(entries) => entries
            .iter()
            .for_each(|(_, value)| add_words(value, words)),
        NodeKind::Scalar(scalar) => {
            let apart = |c: char| !(c.is_alphanumeric() || c == '_');
            words.extend(scalar.text.split(apart).filter(|word| !word.is_empty()));
        }
        NodeKind::Null => {}
    }
}

fn check_letters(lint: &Lint<'_>, used: &Used<'_>, report: &mut Report) {
    let sent: BTreeSet<&str> = used.templates.values().flatten().copied().collect();
    for (id, variants) in &lint.letters {
        for ((service, _), letter) in variants {
            let service =
                service.map(|service| (service, lint.checked.definitions.services.get(service)));
            let (is_sent, message) = match service {
                None => (
                    sent.contains(id),
                    format!("no workflow sends the letter `{id}`"),
                ),
                Some((name, None)) => (
                    false,
                    format!("there is no service `{name}` this letter could be for"),
                ),
                Some((name, Some(service))) => (
                    service.workflow.part_ids().any(|part| {
                        used.templates
                            .get(part)
                            .is_some_and(|templates| templates.contains(id))
                    }),
                    format!("the workflow of `{name}` sends no letter `{id}`"),
                ),
            };
            if !is_sent {
                let services = lint.checked.definitions.services.keys();
                let help = match service {
                    Some((name, None)) => {
                        crate::source::suggest(name, services.map(String::as_str))
                    }
                    _ => None,
                };
                let help = help.unwrap_or_else(|| {
                    "name it under `template` of an action, or remove the file".to_owned()
                });
                warn(report, "unused-letter", first_line(letter), message, help);
            }
        }
    }
}
