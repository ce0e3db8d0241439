//! What the city should look at: the marks `verify` and `sample`, and services
//! the portal names but nobody offers. The same notes as `schalter check
//! --notes` shows, kept with the definitions for the page of the administrator.

use crate::source::{Report, Severity, Sources};

/// Codes of notes that are for the city, not for whoever writes definitions.
const FOR_THE_CITY: [&str; 3] = ["verify", "sample", "service-not-offered"];

/// Something the city should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityNote {
    /// `verify`, `sample` or `service-not-offered`.
    pub code: &'static str,
    /// The file it stands in.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The line as it is written, trimmed.
    pub text: String,
    /// What is to be done.
    pub message: String,
}

impl CityNote {
    /// The service whose folder the file is in.
    pub fn service(&self) -> Option<&str> {
        let rest = self.file.strip_prefix("forms/")?;
        let (id, file) = rest.split_once('/')?;
        (!file.contains('/') && id != "lib" && id != "fees").then_some(id)
    }
}

/// The notes of a report, in the order of the files.
pub(super) fn of(sources: &Sources, report: &Report) -> Vec<CityNote> {
    let notes = report.diagnostics.iter().filter(|found| {
        found.severity == Severity::Note
            && found.accepted.is_none()
            && FOR_THE_CITY.contains(&found.code)
    });
    notes
        .filter_map(|found| {
            let file = sources.file(found.span.file)?;
            let (line, _) = sources.line_column(found.span.file, found.span.start);
            Some(CityNote {
                code: found.code,
                file: file.path.clone(),
                line,
                text: file
                    .text
                    .lines()
                    .nth(line.saturating_sub(1))
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
                message: found.message.clone(),
            })
        })
        .collect()
}
