//! Definition files as text with positions: the YAML dialect read into nodes
//! that remember their place, and diagnostics that point at it.
//!
//! Every decoder works on [`Node`]s and pushes [`Diagnostic`]s into a
//! [`Report`]; nobody stops at the first mistake.

mod decode;
mod diagnostic;
mod node;
mod offsets;
mod yaml;

pub use decode::{Fields, suggest};
pub use diagnostic::{Diagnostic, Report, Severity};
pub use node::{Key, Node, NodeKind, Scalar, ScalarStyle};
pub use offsets::Offsets;
pub use yaml::read_yaml;

/// One definition file: its path below the definitions folder, with `/`, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the folder the definitions were read from.
    pub path: String,
    /// The whole text, UTF-8.
    pub text: String,
}

/// Stands in a text where bytes were that are no UTF-8. Nobody types it, and
/// YAML does not allow it, so a file that has it is refused.
const NOT_UTF8: char = '\u{fdd0}';

impl SourceFile {
    /// The text of a file: bytes that are no UTF-8 become a mark at their
    /// place, which is then reported as any other mistake.
    pub fn decode(bytes: Vec<u8>) -> String {
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => return text,
            Err(error) => error.into_bytes(),
        };
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                text.push(NOT_UTF8);
            }
        }
        text
    }
}

/// Reports the first place in a file where its bytes were no UTF-8; whether
/// there is none.
pub(crate) fn is_utf8(file: FileId, text: &str, report: &mut Report) -> bool {
    let Some(at) = text.find(NOT_UTF8) else {
        return true;
    };
    let message = format!(
        "the file is not UTF-8: byte {} belongs to no character",
        at + 1
    );
    let span = Span::new(file, at, at + NOT_UTF8.len_utf8());
    report.push(
        Diagnostic::error("not-utf-8", span, message)
            .help("save it as UTF-8; umlauts of an older encoding are the usual cause"),
    );
    false
}

/// Index of a file in [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets; offsets beyond 4 GiB are clamped.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span {
            file,
            start: clamp(start),
            end: clamp(end.max(start)),
        }
    }
}

/// All files of one set of definitions, addressed by [`FileId`].
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// The files in the order given; the order decides the order of diagnostics.
    pub fn new(files: Vec<SourceFile>) -> Sources {
        Sources { files }
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, file)| (FileId(u32::try_from(index).unwrap_or(u32::MAX)), file))
    }

    /// The file of an id handed out by this set.
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// Line and column (both from 1, columns in characters) of a byte offset.
    pub fn line_column(&self, id: FileId, offset: u32) -> (usize, usize) {
        let Some(file) = self.file(id) else {
            return (1, 1);
        };
        let mut offset = (offset as usize).min(file.text.len());
        while !file.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &file.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}
