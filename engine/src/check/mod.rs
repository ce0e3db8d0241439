//! What can be known about definitions beyond that they can be loaded: checks
//! over everything at once, and findings a form designer accepts with a reason.

mod accept;
pub mod counts;
pub mod diff;
mod lint;
mod logic;
pub mod model;
pub mod scenario;

pub(crate) use accept::take as take_accept;

use crate::definitions::{Definitions, Loaded};
use crate::source::SourceFile;

/// Loads definitions as [`Definitions::load`] does and tells everything that
/// is wrong with them, also what would not keep them from working.
pub fn check(files: Vec<SourceFile>) -> Loaded {
    Definitions::load_and(files, |checked, report| {
        lint::run(checked, report);
        logic::run(checked.definitions, checked.sources, report);
        if report.is_usable() {
            model::check(checked.definitions, checked.sources, report);
        }
        accept::apply(checked, report);
    })
}
