//! What makes it a letter: letterhead, window, facts, fold marks, and the
//! running lines at the head and foot of each page. After DIN 5008 form B.

use engine::document::Document;
use engine::text::Language;

use super::flow::{Flow, Mark};
use super::lines::{Line, measure, wrap};
use super::style::{
    ACCENT, ADDRESS, BODY_TOP, CITY, CONTACT, FACT, FACT_LABEL, FACTS_LEFT, FOOTER_RULE, HAIR,
    LEFT, OFFICE, PAGE_HEIGHT, RETURN, RETURN_ZONE, RIGHT, RUNNING, WIDTH, WINDOW_TOP,
    WINDOW_WIDTH, mm,
};
use super::{Page, Pen, Run, Shape, Style};
use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::hygiene;
use crate::tags::{Role, Tree};

/// Widest label of a fact.
const LABEL: f32 = mm(30.0);
/// Where everything above the title ends at the latest.
const LOWEST: f32 = mm(190.0);
/// Most lines a footer takes.
const FOOTER_LINES: usize = 3;

/// Marks of the first page above the text, with heights from the top of the page.
pub(super) struct Letter {
    marks: Vec<Mark>,
    /// Where the text starts.
    pub(super) body_top: f32,
    /// Height the title must take so that what follows stands below the facts.
    pub(super) clear: f32,
}

impl Letter {
    /// Sets everything above the title.
    pub(super) fn set(pen: &mut Pen<'_>, document: &Document) -> Result<Letter, PaperError> {
        let mut letter = Letter {
            marks: Vec::new(),
            body_top: BODY_TOP,
            clear: 0.0,
        };
        let head = letter.letterhead(pen, &document.sender)?;
        let top = WINDOW_TOP.max(head + mm(7.0));
        let addressee = letter.addressee(pen, document, top)?;
        let facts = letter.facts(pen, &document.facts, top + mm(5.0))?;
        if document.recipient.is_empty() {
            // The title stands beside the facts and the text below both.
            letter.body_top = top + mm(5.0);
            letter.clear = facts + mm(3.0) - letter.body_top;
        } else {
            letter.body_top = BODY_TOP.max(addressee + mm(8.0)).max(facts + mm(8.0));
        }
        for height in [mm(105.0), mm(210.0)] {
            letter.shape([mm(4.0), height, mm(4.0), 0.4], HAIR);
        }
        letter.shape([mm(4.0), PAGE_HEIGHT / 2.0, mm(6.0), 0.4], HAIR);
        Ok(letter)
    }

    /// Draws it on the first page.
    pub(super) fn draw(&self, flow: &mut Flow, tree: &mut Tree) {
        for mark in &self.marks {
            flow.mark(mark.clone(), 0.0, tree);
        }
    }

    /// City, department and contact; returns where it ends.
    fn letterhead(&mut self, pen: &mut Pen<'_>, sender: &[String]) -> Result<f32, PaperError> {
        self.shape([LEFT, mm(14.0), mm(12.0), mm(1.1)], ACCENT);
        let mut y = mm(17.5);
        let width = FACTS_LEFT - LEFT - mm(6.0);
        for (style, line) in [&CITY, &OFFICE].into_iter().zip(sender) {
            let tag = pen.tree.add(Tree::DOCUMENT, Role::Paragraph);
            y = self.text(pen, tag, style, line, [LEFT, y, width])?;
        }
        let mut side = mm(14.0);
        let contact = sender.get(2..).unwrap_or_default();
        if !contact.is_empty() {
            let tag = pen.tree.add(Tree::DOCUMENT, Role::Paragraph);
            let area = [FACTS_LEFT, side, RIGHT - FACTS_LEFT];
            side = self.text(pen, tag, &CONTACT, &contact.join("\n"), area)?;
        }
        Ok(y.max(side))
    }

    /// Return line and address; returns where they end.
    fn addressee(
        &mut self,
        pen: &mut Pen<'_>,
        document: &Document,
        top: f32,
    ) -> Result<f32, PaperError> {
        if document.recipient.is_empty() {
            return Ok(top);
        }
        let tag = pen.tree.add(Tree::DOCUMENT, Role::Paragraph);
        let area = [LEFT, top + RETURN_ZONE, WINDOW_WIDTH];
        self.text(pen, tag, &ADDRESS, &document.recipient.join("\n"), area)
    }

    /// Case number, date and the like at the right; returns where they end.
    fn facts(
        &mut self,
        pen: &mut Pen<'_>,
        facts: &[(String, String)],
        top: f32,
    ) -> Result<f32, PaperError> {
        if facts.is_empty() {
            return Ok(top);
        }
        let summary = facts
            .iter()
            .map(|(label, _)| pen.clean(label))
            .collect::<Vec<_>>()
            .join(", ");
        let table = pen.tree.add_described(Tree::DOCUMENT, Role::Table, summary);
        let mut widest = 0.0f32;
        for (label, _) in facts {
            widest = widest.max(measure(pen.fonts, &FACT_LABEL, &pen.clean(label))?.1);
        }
        let label_width = widest.min(LABEL) + 0.1;
        let value_x = FACTS_LEFT + label_width + mm(3.0);
        let mut y = top;
        for (label, value) in facts {
            let row = pen.tree.add(table, Role::Row);
            let header = pen.tree.add(row, Role::RowHeader);
            let cell = pen.tree.add(row, Role::Cell);
            let left = self.text(
                pen,
                header,
                &FACT_LABEL,
                label,
                [FACTS_LEFT, y, label_width],
            )?;
            let right = self.text(pen, cell, &FACT, value, [value_x, y, RIGHT - value_x])?;
            y = left.max(right);
        }
        Ok(y)
    }

    /// Sets text at `[x, top, width]`; returns where it ends.
    fn text(
        &mut self,
        pen: &Pen<'_>,
        tag: crate::tags::Tag,
        style: &Style,
        text: &str,
        [x, top, width]: [f32; 3],
    ) -> Result<f32, PaperError> {
        let mut y = top;
        for line in pen.set(style, text, width)? {
            // Names and numbers are short; what does not fit above the text is cut.
            if y + style.leading > LOWEST {
                break;
            }
            if !line.pieces.is_empty() {
                self.marks.push(Mark::Text {
                    tag,
                    line,
                    style: *style,
                    x,
                    y: y + style.ascent(),
                });
            }
            y += style.leading;
        }
        Ok(y)
    }

    fn shape(&mut self, area: [f32; 4], colour: super::Colour) {
        self.marks.push(Mark::Shape { area, colour });
    }
}

/// Adds return line, footer, page numbers and the head of later pages. They
/// repeat what stands elsewhere, so they are artifacts.
pub(super) fn running_lines(
    fonts: &Fonts,
    document: &Document,
    title: &str,
    pages: &mut [Page],
) -> Result<(), PaperError> {
    let set = |style: &Style, text: &str, width: f32| {
        super::lines::wrap(
            fonts,
            style,
            &hygiene::one_line(text, |c| fonts.knows(c)),
            width,
        )
    };
    let count = pages.len();
    let mut footer = set(&RUNNING, &document.footer, WIDTH - mm(28.0))?;
    footer.truncate(FOOTER_LINES);
    let fact = document
        .facts
        .first()
        .map(|(label, value)| format!("{label} {value}"))
        .unwrap_or_default();
    let right = first(fonts, &RUNNING, &fact, WIDTH * 0.4)?.unwrap_or_default();
    let left = first(fonts, &RUNNING, title, WIDTH * 0.5)?.unwrap_or_default();
    for (at, page) in pages.iter_mut().enumerate() {
        page.shapes.push(Shape {
            area: [LEFT, FOOTER_RULE, WIDTH, 0.5],
            colour: HAIR,
        });
        let mut y = FOOTER_RULE + mm(1.6) + RUNNING.ascent();
        let number = match document.language {
            Language::De => format!("Seite {} von {count}", at + 1),
            Language::En => format!("Page {} of {count}", at + 1),
        };
        for line in set(&RUNNING, &number, mm(28.0))? {
            let x = RIGHT - line.points(RUNNING.size);
            page.artifacts.push(Run {
                line,
                style: RUNNING,
                x,
                y,
            });
        }
        for line in &footer {
            page.artifacts.push(Run {
                line: line.clone(),
                style: RUNNING,
                x: LEFT,
                y,
            });
            y += RUNNING.leading;
        }
        if at > 0 {
            let y = mm(16.0);
            page.artifacts.push(Run {
                line: left.clone(),
                style: RUNNING,
                x: LEFT,
                y,
            });
            let x = RIGHT - right.points(RUNNING.size);
            page.artifacts.push(Run {
                line: right.clone(),
                style: RUNNING,
                x,
                y,
            });
            page.shapes.push(Shape {
                area: [LEFT, mm(18.5), WIDTH, 0.5],
                colour: HAIR,
            });
        }
    }
    if !document.recipient.is_empty()
        && let (Some(line), Some(page)) = (
            first(
                fonts,
                &RETURN,
                &return_address(&document.sender),
                WINDOW_WIDTH,
            )?,
            pages.first_mut(),
        )
    {
        let y = WINDOW_TOP + RETURN_ZONE - mm(4.5) + RETURN.ascent();
        page.artifacts.push(Run {
            line,
            style: RETURN,
            x: LEFT,
            y,
        });
    }
    Ok(())
}

/// City, street and town in one line; neither department nor phone fit.
fn return_address(sender: &[String]) -> String {
    let address = sender
        .iter()
        .skip(2)
        .take(2)
        .filter(|line| !line.contains('@') && !line.contains(':'));
    let lines: Vec<&str> = sender
        .iter()
        .take(1)
        .chain(address)
        .map(|line| line.trim())
        .collect();
    lines.join(" · ")
}

/// The first line of `text`, with an ellipsis when there is more.
fn first(fonts: &Fonts, style: &Style, text: &str, width: f32) -> Result<Option<Line>, PaperError> {
    let text = hygiene::one_line(text, |c| fonts.knows(c));
    let mut whole = wrap(fonts, style, &text, width)?;
    if whole.len() > 1 {
        let shown: usize = whole[0].pieces.iter().map(|piece| piece.glyphs.len()).sum();
        let start: String = text.chars().take(shown).collect();
        whole = wrap(
            fonts,
            style,
            &format!("{} …", start.trim_end()),
            width + 2.0 * style.size,
        )?;
    }
    Ok(whole
        .into_iter()
        .next()
        .filter(|line| !line.pieces.is_empty()))
}
