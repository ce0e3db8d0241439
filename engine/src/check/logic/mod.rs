//! What conditions say about each other: those that are always or never true,
//! pages nobody reaches, lines and branches an earlier one takes away, checks
//! that cannot pass together.
//!
//! Everything is decided by [`crate::feel::solve`], so a finding is certain:
//! no answers show the opposite. It holds for complete answers, that is, once
//! required questions are answered.

mod forms;
mod known;
mod lines;
mod workflows;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::definitions::{Definitions, Service};
use crate::parallel;
use crate::source::{Diagnostic, FileId, Report, Severity, Sources};
use crate::workflow::Workflow;

/// Checks every service whose files have no errors.
pub(crate) fn run(definitions: &Definitions, sources: &Sources, report: &mut Report) {
    let broken = broken_files(sources, report);
    let mut seen: BTreeSet<*const Workflow> = BTreeSet::new();
    let is_whole = |service: &&Arc<Service>| {
        let files = &service.bundle;
        !files.iter().any(|file| broken.contains(file.path.as_str()))
    };
    let whole: Vec<_> = definitions.services.values().filter(is_whole).collect();
    // What is known of the tables is not told again of the forms that ask them.
    let known: Vec<Diagnostic> = report.diagnostics.clone();
    let found = parallel::map(&whole, |service| {
        let mut report = Report {
            diagnostics: known.clone(),
        };
        forms::check(&service.form, &mut report);
        report.diagnostics.split_off(known.len())
    });
    for (service, found) in whole.iter().zip(found) {
        report.diagnostics.extend(found);
        if seen.insert(Arc::as_ptr(&service.workflow)) {
            workflows::check(&service.workflow, report);
        }
    }
}

fn broken_files<'s>(sources: &'s Sources, report: &Report) -> BTreeSet<&'s str> {
    let files: BTreeSet<FileId> = report
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| diagnostic.span.file)
        .collect();
    files
        .into_iter()
        .filter_map(|file| sources.file(file))
        .map(|file| file.path.as_str())
        .collect()
}

/// What a condition always is where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It can be either, or nothing is certain.
    Open,
    AlwaysTrue,
    /// False or null.
    NeverTrue,
    OnlyNull,
}

/// The words for a condition: what has it, and what follows if it never holds.
struct Words<'w> {
    /// Such as ``the condition of the page `owner` ``.
    what: &'w str,
    /// Code where it never holds.
    never: &'static str,
    /// What follows where it never holds, such as `nobody ever sees it`.
    so: &'w str,
    /// What to do where it always holds.
    always: &'w str,
}

/// Reports a condition that is always the same.
fn tell(
    condition: &crate::feel::Expression,
    verdict: Verdict,
    words: &Words<'_>,
    report: &mut Report,
) {
    let span = condition.span().unwrap_or_default();
    let what = words.what;
    let diagnostic = match verdict {
        Verdict::Open => return,
        Verdict::AlwaysTrue => Diagnostic::warning(
            "condition-always-true",
            span,
            format!("{what} is always true here"),
        )
        .help(words.always),
        Verdict::NeverTrue => Diagnostic::warning(
            words.never,
            span,
            format!("{what} is never true, so {}", words.so),
        )
        .help("correct the condition, or remove what hangs on it"),
        Verdict::OnlyNull => Diagnostic::warning(
            "condition-only-null",
            span,
            format!(
                "{what} is always null, which counts as not true: {}",
                words.so
            ),
        )
        .help("it asks for a value that is never there; look at when its questions are asked"),
    };
    report.push(diagnostic);
}
