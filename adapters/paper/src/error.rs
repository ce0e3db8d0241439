//! What can go wrong while printing or checking.

/// Why a document was not printed or a file not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaperError {
    /// A font of this crate cannot be used: a fault of the build, not of the document.
    #[error(
        "the built-in font {name} cannot be read ({what}); build Schalter anew from an unchanged source tree"
    )]
    Font {
        /// File name of the font.
        name: &'static str,
        /// What failed.
        what: String,
    },
    /// A character reached the page without a glyph. The page would not be
    /// readable by machines, so nothing is printed.
    #[error(
        "U+{code:04X} reached the page without a glyph; report this as a bug with the text it stood in"
    )]
    MissingGlyph {
        /// Code point.
        code: u32,
    },
    /// More text than any letter holds.
    #[error(
        "the document holds {characters} characters, more than the {limit} that are printed; attach long data as a file"
    )]
    TooLong {
        /// Characters found.
        characters: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// Two embedded files have the same name, so neither could be told apart.
    #[error("two embedded files are named `{0}`; give each its own name")]
    DuplicateFile(String),
    /// A receipt needs the submission as an embedded file.
    #[error(
        "the document embeds no `{0}`, so there is nothing to seal; add the submission as JSON"
    )]
    NothingToSeal(&'static str),
    /// The submission to be sealed is no JSON, or holds what canonical JSON cannot.
    #[error(
        "the submission cannot be written as canonical JSON ({0}); it must be I-JSON (RFC 7493)"
    )]
    Json(String),
    /// A key is not 32 bytes.
    #[error("{0} must be 32 bytes as hex or base64url")]
    Key(&'static str),
    /// The instant cannot be written as a date.
    #[error(
        "{0} ms since 1970 is outside the calendar; use an instant between the years 1 and 9999"
    )]
    Instant(i64),
    /// The bytes are not a PDF this crate reads.
    #[error("the file is not a readable PDF ({0}); use the file as it was downloaded")]
    Unreadable(String),
    /// The PDF holds no submission with a seal.
    #[error("the PDF has no `{0}` inside; only receipts of Schalter can be checked")]
    NoReceipt(&'static str),
    /// The PDF library refused to write.
    #[error("the PDF could not be written; try again, and report it if it happens again")]
    Write(#[source] std::io::Error),
}
