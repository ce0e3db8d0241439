//! Neutral documents: what a receipt, letter or notice says, without how it
//! looks. `adapters/paper` turns them into PDF.

pub mod letter;
mod letter_check;
mod letter_gaps;
pub mod receipt;

pub use letter_check::{Reference, letter_values};
pub use letter_gaps::Known;

use crate::text::Language;

/// A document ready to be laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Title, shown and in the metadata.
    pub title: String,
    /// Language of all its text.
    pub language: Language,
    /// The sender: name of the city, then department, address, phone, mail; one a line.
    pub sender: Vec<String>,
    /// The addressee, one a line; empty for none.
    pub recipient: Vec<String>,
    /// Facts beside the letter, such as case number and date.
    pub facts: Vec<(String, String)>,
    /// The content.
    pub blocks: Vec<Block>,
    /// Line at the foot of every page.
    pub footer: String,
    /// When it was made, for the metadata.
    pub made_at: crate::case::Millis,
    /// Files embedded in the PDF (PDF/A-3), such as the data as JSON.
    pub embedded: Vec<EmbeddedFile>,
}

/// One piece of content.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading below the title: level 2 or 3.
    Heading {
        /// 2 or 3.
        level: u8,
        /// Its text.
        text: String,
    },
    /// A paragraph; newlines break lines.
    Paragraph(String),
    /// An unordered list.
    Bullets(Vec<String>),
    /// Question and answer rows, two columns; the first is a row header.
    Rows {
        /// What the table lists, for screen readers.
        caption: String,
        /// Question and answer.
        rows: Vec<(String, String)>,
    },
    /// A table with column headers.
    Table {
        /// What the table lists.
        caption: String,
        /// Column headers.
        columns: Vec<String>,
        /// Cells by row.
        rows: Vec<Vec<String>>,
        /// Columns that hold numbers, aligned right.
        numeric: Vec<usize>,
    },
    /// A QR code with the text it holds, its description and a visible link.
    QrCode {
        /// Content, a URL.
        url: String,
        /// Alternative text.
        alt: String,
        /// Visible text of the link beside it.
        label: String,
    },
}

/// A file inside the PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedFile {
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// What it is, in the language of the document.
    pub description: String,
    /// Content.
    pub bytes: Vec<u8>,
}
