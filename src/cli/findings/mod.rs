//! Findings for other programs: as JSON, and as SARIF 2.1.0 for code review
//! tools and editors.

mod json;
mod sarif;

pub(super) use json::json;
pub(super) use sarif::sarif;

use std::path::PathBuf;

use engine::source::{Diagnostic, Report, Sources};

/// A set of findings with what is needed to show them.
pub(super) struct Findings<'a> {
    pub(super) sources: &'a Sources,
    pub(super) report: &'a Report,
    /// The folders the definitions were read from; later ones overlay earlier ones.
    pub(super) folders: &'a [PathBuf],
    /// How many services could be read.
    pub(super) services: usize,
}

/// Where a finding stands; lines and columns from 1, columns in characters,
/// the end one past the last character.
struct Place {
    file: String,
    start: (usize, usize),
    end: (usize, usize),
}

impl Findings<'_> {
    fn place(&self, diagnostic: &Diagnostic) -> Place {
        let span = diagnostic.span;
        let path = self.sources.file(span.file).map(|file| file.path.as_str());
        Place {
            file: self.shown(path.unwrap_or_default()),
            start: self.sources.line_column(span.file, span.start),
            end: self
                .sources
                .line_column(span.file, span.end.max(span.start)),
        }
    }

    /// The path from where the program was started, so that others find the file.
    fn shown(&self, path: &str) -> String {
        let folders = self.folders.iter().rev();
        let whole = folders
            .map(|folder| folder.join(path))
            .find(|whole| whole.is_file())
            .unwrap_or_else(|| path.into());
        let parts = whole.components().filter_map(|part| match part {
            std::path::Component::CurDir => None,
            std::path::Component::RootDir => Some(std::borrow::Cow::Borrowed("")),
            part => Some(part.as_os_str().to_string_lossy()),
        });
        parts.collect::<Vec<_>>().join("/")
    }
}
