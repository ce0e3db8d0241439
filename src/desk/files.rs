//! Files citizens hand in: recognised by their content, measured, stored.

use engine::case::Attachment;
use engine::form::{Field, FileType};
use engine::text::Text;
use store::UploadOwner;
use uuid::Uuid;

use super::{Desk, DeskError};
use crate::secrets;

/// All files of one draft together, in bytes.
pub const DRAFT_LIMIT: i64 = 60 * 1024 * 1024;

/// Why a file is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// Nothing in it.
    Empty,
    /// Larger than the field allows.
    TooLarge {
        /// Allowed size in bytes.
        limit: u64,
    },
    /// Not one of the kinds the field accepts.
    WrongType {
        /// Names of the accepted kinds.
        accepted: String,
    },
    /// The name ends like another kind of file.
    WrongEnding {
        /// The name as given.
        name: String,
        /// What the content is.
        found: FileType,
    },
    /// More files than the field takes.
    TooMany {
        /// How many it takes.
        limit: u32,
    },
    /// The draft is full.
    DraftFull,
    /// Not base64 (API only).
    NotBase64,
    /// No such attachment field.
    NoField,
}

impl FileProblem {
    /// What to do, for the citizen.
    pub fn text(&self) -> Text {
        let megabytes = |bytes: u64| bytes.div_ceil(1024 * 1024);
        match self {
            FileProblem::Empty => Text::both(
                "Die Datei ist leer. Wählen Sie eine andere Datei.",
                "The file is empty. Choose another file.",
            ),
            FileProblem::TooLarge { limit } => Text::both(
                format!(
                    "Die Datei ist zu groß. Erlaubt sind {} MB. Verkleinern Sie die Datei oder teilen Sie sie auf.",
                    megabytes(*limit)
                ),
                format!(
                    "The file is too large. Up to {} MB are allowed. Make it smaller or split it.",
                    megabytes(*limit)
                ),
            ),
            FileProblem::WrongType { accepted } => Text::both(
                format!(
                    "Diese Art von Datei kann nicht angenommen werden. Erlaubt sind: {accepted}. Speichern Sie das Dokument zum Beispiel als PDF."
                ),
                format!(
                    "This kind of file cannot be accepted. Allowed are: {accepted}. Save the document as PDF, for example."
                ),
            ),
            FileProblem::WrongEnding { name, found } => Text::both(
                format!(
                    "Name und Inhalt der Datei „{name}“ passen nicht zusammen: Der Inhalt ist {}. Benennen Sie die Datei so um, dass ihr Name mit .{} endet, oder wählen Sie eine andere Datei.",
                    found.title(),
                    found.name()
                ),
                format!(
                    "Name and content of the file “{name}” do not fit: the content is {}. Rename the file so that its name ends with .{}, or choose another file.",
                    found.title(),
                    found.name()
                ),
            ),
            FileProblem::TooMany { limit } => Text::both(
                format!(
                    "Hier können Sie höchstens {limit} Dateien hochladen. Entfernen Sie zuerst eine Datei."
                ),
                format!("You can upload at most {limit} files here. Remove a file first."),
            ),
            FileProblem::DraftFull => Text::both(
                "Zusammen dürfen Ihre Dateien höchstens 60 MB haben. Entfernen Sie eine Datei oder verkleinern Sie sie.",
                "Together your files may have 60 MB. Remove a file or make it smaller.",
            ),
            FileProblem::NotBase64 => Text::both(
                "Der Inhalt ist nicht als Base64 lesbar.",
                "The content cannot be read as base64.",
            ),
            FileProblem::NoField => Text::both(
                "An dieser Stelle wird keine Datei erwartet.",
                "No file is expected here.",
            ),
        }
    }
}

/// The kind of a content by its first bytes, or plain text where it is UTF-8 without control characters.
fn media_type(name: &str, bytes: &[u8]) -> Option<&'static str> {
    if let Some(kind) = infer::get(bytes) {
        return Some(match kind.mime_type() {
            "image/heif" => "image/heic",
            other => other,
        });
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let plain = text
        .chars()
        .all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    match (plain, ending(name).as_str()) {
        (true, "csv") => Some("text/csv"),
        (true, "txt") => Some("text/plain"),
        _ => None,
    }
}

/// What stands behind the last dot, in small letters; empty without a dot.
fn ending(name: &str) -> String {
    let ending = name.trim_end().rsplit_once('.').map_or("", |(_, end)| end);
    ending.to_lowercase()
}

/// Whether a name ends as files of this kind do: what opens the file later
/// goes by its name, so content alone is not enough (S27).
fn ending_fits(name: &str, kind: FileType) -> bool {
    match ending(name).as_str() {
        "heif" => kind == FileType::Heic,
        other => FileType::from_name(other) == Some(kind),
    }
}

impl Desk {
    /// Checks a file against its field and stores it; `path` is the field with indices.
    ///
    /// # Errors
    /// [`DeskError::File`] with what to do about it.
    pub async fn store_file(
        &self,
        owner: UploadOwner,
        field: &Field,
        path: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<Attachment, DeskError> {
        let rules = field
            .attachment()
            .ok_or(DeskError::File(FileProblem::NoField))?;
        let refuse = |problem| Err(DeskError::File(problem));
        if bytes.is_empty() {
            return refuse(FileProblem::Empty);
        }
        if bytes.len() as u64 > rules.max_size {
            return refuse(FileProblem::TooLarge {
                limit: rules.max_size,
            });
        }
        let accepted = media_type(name, &bytes)
            .and_then(|found| rules.accept.iter().find(|kind| kind.media_type() == found));
        let Some(kind) = accepted else {
            let accepted: Vec<&str> = rules.accept.iter().map(|kind| kind.title()).collect();
            return refuse(FileProblem::WrongType {
                accepted: accepted.join(", "),
            });
        };
        if !ending_fits(name, *kind) {
            return refuse(FileProblem::WrongEnding {
                name: inbox::names::safe_name(name),
                found: *kind,
            });
        }
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if let UploadOwner::Draft(draft) = owner {
            let so_far = self.store.uploads_of_draft(self.tenant(), draft).await?;
            if so_far.iter().filter(|known| known.field == path).count() >= rules.max_files as usize
            {
                return refuse(FileProblem::TooMany {
                    limit: rules.max_files,
                });
            }
            if self.store.draft_size(self.tenant(), draft).await? + size > DRAFT_LIMIT {
                return refuse(FileProblem::DraftFull);
            }
        }
        let attachment = Attachment {
            id: Uuid::now_v7(),
            field: path.to_owned(),
            name: inbox::names::safe_name(name),
            media_type: kind.media_type().to_owned(),
            size,
            sha256: secrets::content_hash(&bytes),
        };
        self.store
            .put_upload(self.tenant(), owner, &attachment, &bytes, self.clock.now())
            .await?;
        Ok(attachment)
    }

    /// The content of a stored file; callers have checked who may read it.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it was swept.
    pub(crate) async fn file_bytes(&self, attachment: &Attachment) -> Result<Vec<u8>, DeskError> {
        self.store
            .upload_bytes(self.tenant(), attachment.id)
            .await?
            .ok_or(DeskError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::{FileType, ending_fits, media_type};

    #[test]
    fn names_end_as_their_content_is() {
        for (name, kind, fits) in [
            ("a.pdf", FileType::Pdf, true),
            ("A.PDF ", FileType::Pdf, true),
            ("foto.jpeg", FileType::Jpg, true),
            ("scan.tif", FileType::Tiff, true),
            ("bild.heif", FileType::Heic, true),
            ("a.exe", FileType::Pdf, false),
            ("a.pdf.exe", FileType::Pdf, false),
            ("a.pdf.", FileType::Pdf, false),
            ("pdf", FileType::Pdf, false),
            ("a.png", FileType::Jpg, false),
        ] {
            assert_eq!(ending_fits(name, kind), fits, "{name}");
        }
    }

    #[test]
    fn content_decides_not_the_name() {
        assert_eq!(media_type("a.pdf", b"%PDF-1.7\n"), Some("application/pdf"));
        assert_eq!(media_type("a.pdf", b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        assert_eq!(media_type("a.pdf", b"<html><script>"), Some("text/html"));
        assert_eq!(media_type("a.csv", b"a;b\n1;2"), Some("text/csv"));
        assert_eq!(media_type("a.txt", b"\x00\x01"), None);
    }
}
