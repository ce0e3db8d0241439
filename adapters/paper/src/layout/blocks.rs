//! Turns the blocks of a document into items.

use engine::document::{Block, Document};

use super::flow::{Item, Mark};
use super::lines::Line;
use super::style::{
    ACCENT, BODY, FACTS_LEFT, HEADING_2, HEADING_3, LEFT, LINK, SMALL, Style, TITLE, WIDTH, mm,
};
use super::{Pen, qr, table};
use crate::error::PaperError;
use crate::tags::{Role, Tag, Tree};

/// Indent of list items.
const INDENT: f32 = mm(5.0);
/// Side of a QR code.
const CODE: f32 = mm(30.0);
/// Distance between the code and the text beside it; four modules of the smallest code.
const CODE_GAP: f32 = mm(7.0);
/// Longest URL shown beside the code.
const SHOWN_URL: usize = 120;

/// The title, `clear` points high at least, and all blocks as items.
pub(super) fn items(
    pen: &mut Pen<'_>,
    document: &Document,
    clear: f32,
) -> Result<Vec<Item>, PaperError> {
    let mut items = Vec::new();
    title(pen, document, clear, &mut items)?;
    let mut level = 1;
    for block in &document.blocks {
        match block {
            Block::Heading {
                level: wanted,
                text,
            } => {
                // PDF/UA forbids to skip a level.
                level = if *wanted >= 3 && level >= 2 { 3 } else { 2 };
                heading(pen, level, text, &mut items)?;
            }
            Block::Paragraph(text) => {
                let tag = pen.tree.add(Tree::DOCUMENT, Role::Paragraph);
                let lines = pen.set(&BODY, text, WIDTH)?;
                paragraph(lines, tag, &BODY, LEFT, mm(2.6), &mut items);
            }
            Block::Bullets(entries) => bullets(pen, entries, &mut items)?,
            Block::Rows { caption, rows } => table::rows(pen, caption, rows, &mut items)?,
            Block::Table {
                caption,
                columns,
                rows,
                numeric,
            } => {
                let table = table::Source {
                    caption,
                    columns,
                    rows,
                    numeric,
                };
                table::table(pen, &table, &mut items)?;
            }
            Block::QrCode { url, alt, label } => code(pen, url, alt, label, &mut items)?,
        }
    }
    if let Some(last) = items.last_mut() {
        last.keep = false;
    }
    Ok(items)
}

fn title(
    pen: &mut Pen<'_>,
    document: &Document,
    clear: f32,
    items: &mut Vec<Item>,
) -> Result<(), PaperError> {
    let tag = pen.tree.add(Tree::DOCUMENT, Role::Heading1);
    // Without an addressee the title stands beside the facts.
    let beside = document.recipient.is_empty() && !document.facts.is_empty();
    let width = if beside {
        FACTS_LEFT - LEFT - mm(6.0)
    } else {
        WIDTH
    };
    let lines = pen.set(&TITLE, &pen.clean(&document.title), width)?;
    let from = items.len();
    paragraph(lines, tag, &TITLE, LEFT, 0.0, items);
    for item in &mut items[from..] {
        item.keep = true;
    }
    let height: f32 = items[from..].iter().map(|item| item.height).sum();
    if let Some(last) = items.last_mut() {
        last.height += (clear - height).max(mm(2.5));
    }
    Ok(())
}

fn heading(
    pen: &mut Pen<'_>,
    level: u8,
    text: &str,
    items: &mut Vec<Item>,
) -> Result<(), PaperError> {
    let (role, style, space) = match level {
        2 => (Role::Heading2, &HEADING_2, mm(6.5)),
        _ => (Role::Heading3, &HEADING_3, mm(4.5)),
    };
    let tag = pen.tree.add(Tree::DOCUMENT, role);
    let text = pen.clean(text);
    let lines = pen.set(style, &text, WIDTH)?;
    let from = items.len();
    paragraph(lines, tag, style, LEFT, space, items);
    items[from].marks.push(Mark::Bookmark { text, level });
    for item in &mut items[from..] {
        item.keep = true;
    }
    Ok(())
}

/// One item a line; no page starts or ends with a single line of it.
pub(super) fn paragraph(
    lines: Vec<Line>,
    tag: Tag,
    style: &Style,
    x: f32,
    space: f32,
    items: &mut Vec<Item>,
) {
    let count = lines.len();
    for (at, line) in lines.into_iter().enumerate() {
        let empty = line.pieces.is_empty();
        let mut item = Item {
            space: if at == 0 { space } else { 0.0 },
            height: if empty {
                style.leading * 0.6
            } else {
                style.leading
            },
            keep: at + 1 < count && (at == 0 || at + 2 == count),
            ..Item::default()
        };
        if !empty {
            item.marks.push(Mark::Text {
                tag,
                line,
                style: *style,
                x,
                y: style.ascent(),
            });
        }
        items.push(item);
    }
}

fn bullets(pen: &mut Pen<'_>, entries: &[String], items: &mut Vec<Item>) -> Result<(), PaperError> {
    if entries.is_empty() {
        return Ok(());
    }
    let list = pen.tree.add(Tree::DOCUMENT, Role::List);
    for (at, entry) in entries.iter().enumerate() {
        let item = pen.tree.add(list, Role::Item);
        let label = pen.tree.add(item, Role::Label);
        let body = pen.tree.add(item, Role::Body);
        let lines = pen.set(&BODY, entry, WIDTH - INDENT)?;
        let from = items.len();
        paragraph(
            lines,
            body,
            &BODY,
            LEFT + INDENT,
            if at == 0 { mm(2.6) } else { mm(0.8) },
            items,
        );
        if let Some(bullet) = pen.set(&BODY, "•", INDENT)?.pop() {
            let mark = Mark::Text {
                tag: label,
                line: bullet,
                style: BODY,
                x: LEFT + mm(1.2),
                y: BODY.ascent(),
            };
            items[from].marks.insert(0, mark);
        }
    }
    Ok(())
}

/// A QR code with a link beside it, one item.
fn code(
    pen: &mut Pen<'_>,
    url: &str,
    alt: &str,
    label: &str,
    items: &mut Vec<Item>,
) -> Result<(), PaperError> {
    let code = qr::code(url);
    let mut item = Item {
        space: mm(6.0),
        ..Item::default()
    };
    let mut x = LEFT;
    if let Some(code) = code {
        // A figure without description is no PDF/UA.
        let alt = [alt, label, url]
            .into_iter()
            .find(|text| !text.trim().is_empty());
        let alt = pen.clean(alt.unwrap_or("QR-Code"));
        let figure = pen.tree.add_described(Tree::DOCUMENT, Role::Figure, alt);
        item.marks.push(Mark::Code {
            tag: figure,
            code,
            x,
            y: 0.0,
            size: CODE,
        });
        item.height = CODE;
        x += CODE + CODE_GAP;
    }
    let width = LEFT + WIDTH - x;
    let paragraph = pen.tree.add(Tree::DOCUMENT, Role::Paragraph);
    let target = target(url);
    let tag = if target.is_some() {
        pen.tree.add(paragraph, Role::Link)
    } else {
        paragraph
    };
    let label = pen.clean(if label.trim().is_empty() { url } else { label });
    let lines = pen.set(&LINK, &label, width)?;
    let mut y = 0.0;
    let mut widest = 0.0f32;
    for line in lines {
        let length = line.points(LINK.size);
        widest = widest.max(length);
        let rule = [x, y + LINK.ascent() + 1.6, length, 0.6];
        item.marks.push(Mark::Shape {
            area: rule,
            colour: ACCENT,
        });
        item.marks.push(Mark::Text {
            tag,
            line,
            style: LINK,
            x,
            y: y + LINK.ascent(),
        });
        y += LINK.leading;
    }
    if let Some(target) = target {
        let area = [x, 0.0, widest, y];
        item.marks.push(Mark::Link {
            tag,
            area,
            url: target,
            text: label.clone(),
        });
    }
    let shown = pen.clean(url.split('#').next().unwrap_or(url));
    if shown != label && shown.len() <= SHOWN_URL {
        let small = pen.tree.add(Tree::DOCUMENT, Role::Paragraph);
        y += mm(1.0);
        for line in pen.set(&SMALL, &shown, width)? {
            item.marks.push(Mark::Text {
                tag: small,
                line,
                style: SMALL,
                x,
                y: y + SMALL.ascent(),
            });
            y += SMALL.leading;
        }
    }
    item.height = item.height.max(y);
    items.push(item);
    Ok(())
}

/// The target of a link in ASCII; only schemes that open pages and mails.
fn target(url: &str) -> Option<String> {
    let known = ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    known.then(|| {
        url.bytes()
            .fold(String::with_capacity(url.len()), |mut target, byte| {
                if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
                    target.push(char::from(byte));
                } else {
                    target.push_str(&format!("%{byte:02X}"));
                }
                target
            })
    })
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn links_lead_to_pages_only() {
        assert_eq!(
            target("https://a.de/ä b").as_deref(),
            Some("https://a.de/%C3%A4%20b")
        );
        assert_eq!(target("javascript:alert(1)"), None);
        assert_eq!(target("file:///etc/passwd"), None);
    }
}
