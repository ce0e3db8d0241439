//! What the city should look at in its definitions, for administrators: the
//! notes of `schalter check --notes`, by department and service.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use engine::definitions::{CityNote, Definitions, Service};
use engine::text::{Language, Text};

use super::accounts::Staff;
use super::{Desk, DeskError};

/// The notes of a service, or of a file that several services share.
#[derive(Clone, Debug)]
pub struct Noted {
    /// The department, where the file belongs to one service.
    pub department: Option<(String, Text)>,
    /// The service, where the file belongs to one.
    pub service: Option<Arc<Service>>,
    /// The file, where it does not.
    pub file: String,
    /// What is to be looked at.
    pub notes: Vec<CityNote>,
}

impl Desk {
    /// All notes for the city: by the order of the departments, then by
    /// service, files that are shared last.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for whoever is no administrator.
    pub fn city_notes(&self, staff: &Staff) -> Result<Vec<Noted>, DeskError> {
        if !staff.is_administrator() {
            return Err(DeskError::NotFound);
        }
        Ok(noted(&self.catalog.current()))
    }
}

fn noted(definitions: &Definitions) -> Vec<Noted> {
    let mut groups: BTreeMap<(usize, String), Noted> = BTreeMap::new();
    for note in &definitions.notes {
        let service = owner(definitions, note);
        let at = service.and_then(|service| {
            let id = &service.form.service.department;
            definitions
                .departments
                .iter()
                .position(|known| known.id == *id)
        });
        let name = service.map_or(&note.file, |service| &service.form.id);
        let group = groups
            .entry((at.unwrap_or(usize::MAX), name.clone()))
            .or_insert_with(|| Noted {
                department: at.map(|at| {
                    let department = &definitions.departments[at];
                    (department.id.clone(), department.name.clone())
                }),
                service: service.cloned(),
                file: note.file.clone(),
                notes: Vec::new(),
            });
        group.notes.push(note.clone());
    }
    groups.into_values().collect()
}

/// The service a note belongs to: that of its folder, or of its fee table.
fn owner<'d>(definitions: &'d Definitions, note: &CityNote) -> Option<&'d Arc<Service>> {
    let table = || note.file.strip_prefix("forms/fees/")?.strip_suffix(".yaml");
    let id = note.service().or_else(table)?;
    definitions.services.get(id)
}

/// The notes as a table for spreadsheets: UTF-8 with a mark, semicolons.
pub fn csv(groups: &[Noted], language: Language) -> String {
    let mut out = String::from("\u{feff}department;service;title;kind;file;line;text;note\r\n");
    for group in groups {
        let service = group.service.as_ref();
        let shared = [
            group.department.as_ref().map_or("", |(id, _)| id),
            service.map_or("", |service| &service.form.id),
            service.map_or("", |service| service.form.title.get(language)),
        ];
        for note in &group.notes {
            let line = note.line.to_string();
            let own = [note.code, &note.file, &line, &note.text, &note.message];
            let cells: Vec<String> = shared.iter().chain(&own).map(|cell| quoted(cell)).collect();
            // Writing to a String cannot fail.
            let _written = write!(out, "{}\r\n", cells.join(";"));
        }
    }
    out
}

/// A cell in quotes; one that a spreadsheet would take for a formula stays a text.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_texts() {
        assert_eq!(quoted("a \"b\"; c"), "\"a \"\"b\"\"; c\"");
        assert_eq!(quoted("- { id: x }"), "\"'- { id: x }\"");
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
    }
}
