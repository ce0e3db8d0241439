//! From a neutral document to pages of placed text with a tag tree.
//!
//! [`blocks`] and [`table`] turn content into a row of items, [`flow`] breaks
//! the row into pages, [`letter`] adds letterhead, window, facts and the
//! running lines. Nothing here knows PDF operators.

mod blocks;
mod flow;
mod letter;
pub(crate) mod lines;
mod qr;
pub(crate) mod style;
mod table;

use engine::document::Document;

use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::hygiene;
use crate::tags::{Tag, Tree};
use lines::Line;
use style::{Colour, Style};

/// Characters printed at most: some 8,000 pages.
const LIMIT: usize = 16 * 1024 * 1024;

/// A laid-out document.
#[derive(Debug)]
pub(crate) struct Laid {
    /// The title, printable, for the metadata.
    pub(crate) title: String,
    /// First line of the sender, for the metadata.
    pub(crate) author: String,
    pub(crate) pages: Vec<Page>,
    pub(crate) tree: Tree,
    /// Headings with their place, for the bookmarks.
    pub(crate) outline: Vec<Bookmark>,
    /// Link annotations in the order of the tree.
    pub(crate) links: Vec<LinkArea>,
}

/// A page: marked content in reading order, and artifacts.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Drawn first, below the text: rules, grounds.
    pub(crate) shapes: Vec<Shape>,
    /// One marked content for each tag with content on this page; the position is its MCID.
    pub(crate) leaves: Vec<Leaf>,
    /// Repeated text that assistive technology skips.
    pub(crate) artifacts: Vec<Run>,
}

/// The content of one tag on one page.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) tag: Tag,
    pub(crate) runs: Vec<Run>,
    pub(crate) code: Option<PlacedCode>,
}

/// A line of text at its place.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) line: Line,
    pub(crate) style: Style,
    pub(crate) x: f32,
    /// Baseline, from the top of the page.
    pub(crate) y: f32,
}

/// A filled rectangle: left, top, width and height from the top of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) area: [f32; 4],
    pub(crate) colour: Colour,
}

/// A QR code at its place.
#[derive(Debug)]
pub(crate) struct PlacedCode {
    pub(crate) code: qr::Code,
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) size: f32,
}

/// A heading for the bookmarks.
#[derive(Debug)]
pub(crate) struct Bookmark {
    pub(crate) text: String,
    /// 2 or 3.
    pub(crate) level: u8,
    pub(crate) page: usize,
    /// Top of the heading, from the top of the page.
    pub(crate) y: f32,
}

/// Where a link can be clicked: left, top, width and height from the top of the page.
#[derive(Debug)]
pub(crate) struct LinkArea {
    pub(crate) page: usize,
    pub(crate) area: [f32; 4],
    /// ASCII only.
    pub(crate) url: String,
    /// What it is, for assistive technology.
    pub(crate) text: String,
}

/// Lays `document` out.
pub(crate) fn lay_out(fonts: &Fonts, document: &Document) -> Result<Laid, PaperError> {
    let characters = size(document);
    if characters > LIMIT {
        return Err(PaperError::TooLong {
            characters,
            limit: LIMIT,
        });
    }
    let mut pen = Pen {
        fonts,
        tree: Tree::new(),
    };
    let letter = letter::Letter::set(&mut pen, document)?;
    let items = blocks::items(&mut pen, document, letter.clear)?;
    let mut flow = flow::Flow::new(letter.body_top);
    letter.draw(&mut flow, &mut pen.tree);
    for chunk in flow::chunks(items) {
        flow.place(chunk, &mut pen.tree);
    }
    let mut laid = flow.finish(pen.tree);
    laid.title = hygiene::one_line(&document.title, |c| fonts.knows(c));
    laid.author = document
        .sender
        .first()
        .map(|name| hygiene::one_line(name, |c| fonts.knows(c)))
        .unwrap_or_default();
    letter::running_lines(fonts, document, &laid.title, &mut laid.pages)?;
    Ok(laid)
}

/// What all parts of the layout share while they set text.
struct Pen<'a> {
    fonts: &'a Fonts,
    tree: Tree,
}

impl Pen<'_> {
    /// Printable lines of `text`, broken at `width`; an empty line stays one.
    fn set(&self, style: &Style, text: &str, width: f32) -> Result<Vec<Line>, PaperError> {
        let mut set = Vec::new();
        let texts = hygiene::lines(text, |c| self.fonts.knows(c));
        let last = texts.len().saturating_sub(1);
        for (at, mut line) in texts.into_iter().enumerate() {
            line.truncate(line.trim_end().len());
            if at < last && !line.is_empty() {
                // Keeps words apart for those who read the text without the layout.
                line.push(' ');
            }
            set.extend(lines::wrap(self.fonts, style, &line, width)?);
        }
        Ok(set)
    }

    /// `text` as one printable line.
    fn clean(&self, text: &str) -> String {
        hygiene::one_line(text, |c| self.fonts.knows(c))
    }
}

/// Bytes of text in `document`.
fn size(document: &Document) -> usize {
    use engine::document::Block;
    let texts = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
    let pairs =
        |pairs: &[(String, String)]| pairs.iter().map(|(a, b)| a.len() + b.len()).sum::<usize>();
    let blocks: usize = document
        .blocks
        .iter()
        .map(|block| match block {
            Block::Heading { text, .. } | Block::Paragraph(text) => text.len(),
            Block::Bullets(items) => texts(items),
            Block::Rows { rows, .. } => pairs(rows),
            Block::Table { columns, rows, .. } => {
                texts(columns) + rows.iter().map(|row| texts(row)).sum::<usize>()
            }
            Block::QrCode { url, alt, label } => url.len() + alt.len() + label.len(),
        })
        .sum();
    blocks
        + texts(&document.sender)
        + texts(&document.recipient)
        + pairs(&document.facts)
        + document.footer.len()
}
