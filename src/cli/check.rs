//! `schalter check`: everything that is wrong with definitions.

use std::path::PathBuf;
use std::process::ExitCode;

use engine::check::check;
use engine::definitions::Loaded;
use engine::source::Severity;

use super::{EXIT_FAILED, EXIT_FOUND, fail};
use crate::catalog;

pub(super) fn run(paths: &[PathBuf], notes: bool) -> ExitCode {
    let here = [PathBuf::from(".")];
    let folders = if paths.is_empty() { &here[..] } else { paths };
    let files = match catalog::read(folders) {
        Ok(files) => files,
        Err(error) => return fail(&error),
    };
    if files.is_empty() {
        eprintln!(
            "schalter: no definitions found; the folder must hold forms/, workflows/ or catalogue/"
        );
        return ExitCode::from(EXIT_FAILED);
    }
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
    print!("{}", report.render(&sources));
    println!(
        "{} services: {} errors, {} warnings, {counted_notes} notes",
        definitions.map_or(0, |all| all.services.len()),
        report.count(Severity::Error),
        report.count(Severity::Warning),
    );
    if report.is_usable() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FOUND)
    }
}
