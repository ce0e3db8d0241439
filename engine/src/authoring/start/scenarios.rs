//! The start of the scenarios beside a form.

use jiff::civil::DateTime;

use super::format;
use crate::catalogue::Department;
use crate::check::scenario::{Stage, example, write};
use crate::definitions::Service;
use crate::source::{FileId, Report, SourceFile};

/// A first scenario of a new form, which passes; `None` where no answers are
/// found that the form accepts. It begins at the moment given.
pub fn scenarios(
    service: &Service,
    departments: &[Department],
    now: DateTime,
) -> Option<SourceFile> {
    let id = &service.form.id;
    let mut first = example(&Stage::new(service, departments), now)?;
    first.name = Some("Nur was nötig ist".to_owned());
    let mut file = SourceFile {
        path: format!("forms/{id}/scenarios.yaml"),
        text: format!(
            "# What must come of answers and actions: `schalter test {id}` plays it.
# A start: put in answers as citizens give them, and add a scenario for each thing that can happen.
# docs/handbook/scenarios.md explains how.
schalter: scenarios/1
scenarios:
{}",
            write(&first)
        ),
    };
    file.text = format::format(FileId(0), &file, &mut Report::default())?;
    Some(file)
}
