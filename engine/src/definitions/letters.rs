//! Letters and mails: compiled once, found by service, id and language.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Kind, Read};
use crate::document::Reference;
use crate::document::letter::Letter;
use crate::form::Form;
use crate::source::{Diagnostic, FileId, Node, NodeKind, Report, Sources, Span, suggest};
use crate::text::Language;
use crate::workflow::Workflow;

/// A letter file with its template; without one where it cannot be compiled.
pub(super) type LetterFile = (FileId, Option<Arc<Letter>>);

/// The letters of one service by id and language.
pub(super) type LettersByKey = BTreeMap<(String, Language), LetterFile>;

/// Letters by service (none for general ones), id and language, with their
/// file; those that cannot be compiled are there without a template.
pub(super) struct Letters(BTreeMap<(Option<String>, String, Language), LetterFile>);

impl Letters {
    pub(super) fn of(sources: &Sources, read: &[Read], report: &mut Report) -> Letters {
        let mut letters = BTreeMap::new();
        for Read { file, kind, .. } in read {
            let (
                Kind::Letter {
                    service,
                    id,
                    language,
                },
                Some(source),
            ) = (kind, sources.file(*file))
            else {
                continue;
            };
            let letter = match Letter::compile(&source.text) {
                Ok(letter) => {
                    for problem in letter.problems() {
                        let value = problem.value.as_deref().unwrap_or_default();
                        let span = value_span(*file, &source.text, value, problem.line);
                        report.push(
                            Diagnostic::error("letter-value", span, problem.message)
                                .maybe_help(problem.help),
                        );
                    }
                    Some(Arc::new(letter))
                }
                Err(problem) => {
                    let span = line_span(*file, &source.text, problem.line);
                    report.push(
                        Diagnostic::error("bad-letter", span, problem.message)
                            .maybe_help(problem.help),
                    );
                    None
                }
            };
            letters.insert((service.clone(), id.clone(), *language), (*file, letter));
        }
        Letters(letters)
    }

    /// The letters a workflow names, as they are for one service.
    pub(super) fn for_service(&self, service: &str, workflow: Option<&Node>) -> LettersByKey {
        let mut wanted = BTreeSet::new();
        if let Some(node) = workflow {
            templates(node, &mut wanted);
        }
        let mut found = BTreeMap::new();
        for id in wanted {
            for language in Language::ALL {
                let own = self
                    .0
                    .get(&(Some(service.to_owned()), id.to_owned(), language));
                let file = own.or_else(|| self.0.get(&(None, id.to_owned(), language)));
                found.extend(file.map(|found| ((id.to_owned(), language), found.clone())));
            }
        }
        found
    }
}

/// The whole of a line, counted from 1.
pub(crate) fn line_span(file: FileId, text: &str, line: usize) -> Span {
    let start = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let length = text[start..].lines().next().map_or(0, str::len);
    Span::new(file, start, start + length)
}

/// Where a value stands in its line, else the whole line.
pub(crate) fn value_span(file: FileId, text: &str, value: &str, line: usize) -> Span {
    let whole = line_span(file, text, line);
    let shown = text.get(whole.start as usize..whole.end as usize);
    match shown.and_then(|shown| shown.find(value)) {
        Some(at) if !value.is_empty() => {
            let start = whole.start as usize + at;
            Span::new(file, start, start + value.len())
        }
        _ => whole,
    }
}

/// Ids under the key `template` anywhere in a workflow.
fn templates<'n>(node: &'n Node, found: &mut BTreeSet<&'n str>) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| templates(item, found)),
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                if key.text == "template" {
                    found.extend(value.as_text());
                }
                templates(value, found);
            }
        }
        _ => {}
    }
}

/// The variables and parameters letters name must be those of the workflow; in
/// letters made for one service the answers must be those of its form. For
/// letters of several services see [`super::shared_letters`].
pub(super) fn check_names(
    sources: &Sources,
    form: &Form,
    workflow: &Workflow,
    letters: &LettersByKey,
    report: &mut Report,
) {
    for (file, letter) in letters.values() {
        let (Some(letter), Some(source)) = (letter, sources.file(*file)) else {
            continue;
        };
        let own = source.path.contains(&format!("/{}/", form.id));
        for Reference { path, line, .. } in letter.references() {
            let Some((root, member)) = path.split_once('.') else {
                continue;
            };
            let first = member.split('.').next().unwrap_or(member);
            let known = match root {
                "vars" => workflow.vars.contains_key(first),
                "params" => workflow.params.contains_key(first),
                "answers" | "raw" if own => form.questions.field(member).is_some(),
                _ => true,
            };
            let span = value_span(*file, &source.text, &path, line);
            let reported = |d: &Diagnostic| d.span == span && d.code == "letter-value";
            // A letter of several services is reported once.
            if !known && !report.diagnostics.iter().any(reported) {
                let message = format!("there is no value `{path}` in cases of `{}`", form.id);
                let names: Vec<&str> = match root {
                    "vars" => workflow.vars.keys().map(String::as_str).collect(),
                    "params" => workflow.params.keys().map(String::as_str).collect(),
                    _ => form
                        .questions
                        .top_fields()
                        .map(|field| field.id.as_str())
                        .collect(),
                };
                report.push(
                    Diagnostic::error("letter-value", span, message)
                        .maybe_help(suggest(first, names)),
                );
            }
        }
    }
}

/// Every letter and mail of the workflow must be there, at least in German. It
/// is reported once, where the workflow sends it, whatever forms use it.
pub(super) fn check_letters(
    workflow: &Workflow,
    node: &Node,
    letters: &LettersByKey,
    report: &mut Report,
) {
    let (mails, documents) = workflow.templates_used();
    for id in mails.union(&documents) {
        let span = || super::targets::value_span(node, "template", id).unwrap_or(node.span);
        let has = |language| letters.contains_key(&((*id).to_owned(), language));
        if !has(Language::De) {
            let message = format!(
                "the workflow `{}` sends the letter `{id}`, which is not there",
                workflow.id
            );
            report.push(
                Diagnostic::error("missing-letter", span(), message).help(format!(
                    "add `workflows/letters/{id}.de.hbs` and `{id}.en.hbs`; in `workflows/letters/<service>/` they are for one service alone"
                )),
            );
        } else if !has(Language::En) {
            let message = format!("the letter `{id}` is missing in English");
            report.push(
                Diagnostic::warning("missing-translation", span(), message)
                    .help(format!("add `workflows/letters/{id}.en.hbs`")),
            );
        }
    }
}
