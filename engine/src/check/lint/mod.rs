//! Checks of what works but would trouble citizens, clerks or the next form
//! designer: words, questions, letters, events, and parts nobody uses.
//!
//! Each check looks at a file once. A file with errors is left alone: what is
//! found in it would be a consequence of them.

mod events;
mod fields;
mod forms;
mod letters;
mod order;
mod patterns;
mod sends;
mod texts;
mod unused;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use crate::definitions::{Checked, Kind, Read};
use crate::document::Reference;
use crate::source::{Diagnostic, FileId, Node, NodeKind, Report, Severity, SourceFile, Span};
use crate::text::Language;
use crate::workflow::Workflow;

/// What the checks look at.
struct Lint<'a> {
    checked: &'a Checked<'a>,
    /// Files without errors.
    sound: BTreeSet<FileId>,
    /// Forms without errors by id.
    forms: BTreeMap<&'a str, &'a Node>,
    /// Services by the workflow they use.
    services: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Fields of library groups by `library.group`.
    groups: BTreeMap<String, &'a [Node]>,
    /// Letters by id, then service (none for the general one) and language.
    letters: BTreeMap<&'a str, BTreeMap<(Option<&'a str>, Language), LetterFile<'a>>>,
}

/// A letter with the values it names.
struct LetterFile<'a> {
    file: FileId,
    source: &'a SourceFile,
    references: Vec<Reference>,
}

/// Runs every check.
pub(super) fn run(checked: &Checked<'_>, report: &mut Report) {
    let complete = report.is_usable();
    let lint = Lint::new(checked, report);
    for (kind, node) in lint.documents() {
        texts::check(node, report);
        fields::check(kind, node, report);
    }
    for service in checked.definitions.services.values() {
        forms::check(&lint, service, report);
    }
    letters::check_languages(&lint, report);
    for (workflow, node) in lint.workflows() {
        order::check(workflow, report);
        events::check(workflow, node, report);
        if complete {
            variables::check(&lint, workflow, node, report);
        }
        sends::check(&lint, workflow, report);
    }
    // A file that could not be read uses parts we do not know of.
    if complete {
        unused::check(&lint, report);
    }
}

impl<'a> Lint<'a> {
    fn new(checked: &'a Checked<'a>, report: &Report) -> Lint<'a> {
        let errors = report
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error);
        let broken: BTreeSet<FileId> = errors.map(|d| d.span.file).collect();
        let sound = checked
            .read
            .iter()
            .map(|read| read.file)
            .filter(|file| !broken.contains(file));
        let mut groups = BTreeMap::new();
        for read in checked.read {
            let (Kind::Library(library), Some(node)) = (&read.kind, &read.node) else {
                continue;
            };
            for (group, node) in entries(node, "groups") {
                let fields = node.get("fields").and_then(Node::as_list);
                groups.insert(
                    format!("{library}.{}", group.text),
                    fields.unwrap_or_default(),
                );
            }
        }
        let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for service in checked.definitions.services.values() {
            for part in service.workflow.part_ids() {
                let users = services.entry(part).or_default();
                users.insert(&service.form.id);
            }
        }
        let mut lint = Lint {
            checked,
            sound: sound.collect(),
            forms: BTreeMap::new(),
            services,
            groups,
            letters: letters::read(checked),
        };
        let forms = lint.documents().filter_map(|(kind, node)| match kind {
            Kind::Form(id) => Some((id.as_str(), node)),
            _ => None,
        });
        lint.forms = forms.collect();
        lint
    }

    /// The YAML files without errors.
    fn documents(&self) -> impl Iterator<Item = (&'a Kind, &'a Node)> {
        let sound = |read: &&Read| self.sound.contains(&read.file);
        let all = self.checked.read.iter().filter(sound);
        all.filter_map(|read| Some((&read.kind, read.node.as_ref()?)))
    }

    /// The workflows without errors, with their files.
    fn workflows(&self) -> impl Iterator<Item = (&'a Workflow, &'a Node)> {
        self.documents().filter_map(|(kind, node)| {
            let Kind::Workflow(id) = kind else {
                return None;
            };
            let (_, workflow) = self.checked.workflows.get(id)?;
            Some((workflow.as_deref()?, node))
        })
    }
}

/// The entries of a map under a key.
fn entries<'n>(node: &'n Node, key: &str) -> &'n [(crate::source::Key, Node)] {
    node.get(key).and_then(Node::as_map).unwrap_or_default()
}

/// The items of a list under a key.
fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_list).unwrap_or_default()
}

/// Where the id of a field or page stands, else its beginning.
fn id_span(node: &Node) -> Span {
    node.get("id").map_or(node.span, |id| id.span)
}

/// Where the name under a key of a map stands: `roles.clerk`.
fn name_span(node: &Node, key: &str, name: &str) -> Span {
    node.get(key)
        .map_or(node.span, |names| key_span(names, name))
}

/// Where a key of a map stands.
fn key_span(node: &Node, key: &str) -> Span {
    let mut keys = node.as_map().unwrap_or_default().iter();
    keys.find(|(known, _)| known.text == key)
        .map_or(node.span, |(known, _)| known.span)
}

/// Visits every map entry below a node.
fn visit<'n>(node: &'n Node, seen: &mut impl FnMut(&'n crate::source::Key, &'n Node)) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| visit(item, seen)),
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                seen(key, value);
                visit(value, seen);
            }
        }
        _ => {}
    }
}

/// Where a key has this text, anywhere below a node.
fn value_span(node: &Node, key: &str, text: &str) -> Span {
    let mut found = None;
    visit(node, &mut |name, value| {
        if found.is_none() && name.text == key && value.as_text() == Some(text) {
            found = Some(value.span);
        }
    });
    found.unwrap_or(node.span)
}

fn warn(
    report: &mut Report,
    code: &'static str,
    span: Span,
    message: impl Into<String>,
    help: impl Into<String>,
) {
    report.push(Diagnostic::warning(code, span, message).help(help));
}
