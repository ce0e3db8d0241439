//! `schalter check`: everything that is wrong with definitions.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use engine::check::check;
use engine::definitions::Loaded;
use engine::source::{Report, Severity};

use super::findings::{Findings, json, sarif};
use super::out::counted;
use super::{EXIT_FOUND, fail};
use crate::catalog;

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people, with the line and what to do
    #[default]
    Human,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code review tools and editors
    Sarif,
}

pub(super) fn run(paths: &[PathBuf], format: Format, notes: bool) -> ExitCode {
    let here = [PathBuf::from(".")];
    let folders = if paths.is_empty() { &here[..] } else { paths };
    let files = match catalog::read(folders) {
        Ok(files) => files,
        Err(error) => return fail(&error),
    };
    let Loaded {
        sources,
        definitions,
        mut report,
    } = check(files);
    let counted_notes = report.count(Severity::Note);
    if !notes {
        report
            .diagnostics
            .retain(|diagnostic| diagnostic.severity != Severity::Note);
    }
    let findings = Findings {
        sources: &sources,
        report: &report,
        folders,
        services: definitions.map_or(0, |all| all.services.len()),
    };
    match format {
        Format::Human => {
            out!("{}", report.render(&sources));
            outln!("{}", summary(&findings, counted_notes));
        }
        Format::Json => outln!("{:#}", json(&findings)),
        Format::Sarif => outln!("{:#}", sarif(&findings)),
    }
    if report.is_usable() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FOUND)
    }
}

/// The counts, and where to read on.
fn summary(findings: &Findings<'_>, notes: usize) -> String {
    let report = findings.report;
    let (errors, warnings) = (
        report.count(Severity::Error),
        report.count(Severity::Warning),
    );
    let mut text = format!(
        "{}: {}, {}, {}",
        counted(findings.services, "service"),
        counted(errors, "error"),
        counted(warnings, "warning"),
        counted(notes, "note"),
    );
    if let Some(code) = first_code(report) {
        text.push_str(&format!("\nread more with `schalter explain {code}`"));
    }
    text
}

fn first_code(report: &Report) -> Option<&'static str> {
    let mut worst: Vec<_> = report.diagnostics.iter().collect();
    worst.sort_by_key(|diagnostic| diagnostic.severity);
    worst
        .first()
        .filter(|diagnostic| diagnostic.severity != Severity::Note)
        .map(|diagnostic| diagnostic.code)
}
