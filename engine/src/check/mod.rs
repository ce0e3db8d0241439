//! What can be known about definitions beyond that they can be loaded: checks
//! over everything at once, and findings a form designer accepts with a reason.

mod accept;
pub mod counts;
pub mod diff;
mod lint;
mod logic;
pub mod model;
pub mod scenario;
mod staffing;

pub(crate) use accept::take as take_accept;
pub use staffing::Staffing;

use std::collections::BTreeSet;

use crate::definitions::{Definitions, Loaded};
use crate::source::{Report, Severity, SourceFile, Sources};

/// Loads definitions as [`Definitions::load`] does and tells everything that
/// is wrong with them, also what would not keep them from working.
pub fn check(files: Vec<SourceFile>) -> Loaded {
    check_with(files, None)
}

/// As [`check`], held against the accounts of a town where they are known.
pub fn check_with(files: Vec<SourceFile>, staffing: Option<&Staffing>) -> Loaded {
    Definitions::load_and(files, |checked, report| {
        lint::run(checked, report);
        logic::run(checked.definitions, checked.sources, report);
        if report.is_usable() {
            model::check(checked.definitions, checked.sources, report);
        }
        if let Some(staffing) = staffing {
            staffing::check(checked, staffing, report);
        }
        accept::apply(checked, staffing.is_some(), report);
        gaps_once(checked.sources, report);
    })
}

/// A gap of a table is told in the table; that a form runs into it is told only
/// where the gap was accepted, since then somebody thought no form does.
fn gaps_once(sources: &Sources, report: &mut Report) {
    let gaps: BTreeSet<String> = (report.diagnostics.iter())
        .filter(|known| known.code == "table-gap" && known.severity == Severity::Warning)
        .filter_map(|known| sources.file(known.span.file))
        .map(|file| file.path.clone())
        .collect();
    report.diagnostics.retain(|known| {
        let table = known.message.split('`').nth(1).unwrap_or_default();
        known.code != "table-uncovered-input" || !gaps.contains(&format!("forms/fees/{table}.yaml"))
    });
}
