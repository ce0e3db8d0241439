//! Tables: question and answer rows, and tables with column headers.

use std::rc::Rc;

use super::Pen;
use super::flow::{Item, Mark};
use super::lines::{self, Line};
use super::style::{ANSWER, CELL, CELL_HEAD, HAIR, INK, LEFT, QUESTION, Style, TINT, WIDTH, mm};
use crate::error::PaperError;
use crate::hygiene;
use crate::tags::{Role, Tag, Tree};

/// Space above and below the text of a row.
const PADDING: f32 = 3.6;
/// Distance between columns.
const GUTTER: f32 = mm(4.0);
/// Inset of tables with a tinted header.
const INSET: f32 = mm(1.5);
/// Rows of up to this many lines stay on one page; of longer ones three lines each.
const WHOLE: usize = 8;
/// Thickness of a hairline.
const LINE: f32 = 0.5;
/// Part of the width that questions take.
const QUESTION_WIDTH: f32 = mm(62.0);

/// What a table with column headers is made of.
pub(super) struct Source<'a> {
    pub(super) caption: &'a str,
    pub(super) columns: &'a [String],
    pub(super) rows: &'a [Vec<String>],
    pub(super) numeric: &'a [usize],
}

/// A cell, set.
struct Cell {
    tag: Tag,
    lines: Vec<Line>,
    style: Style,
    x: f32,
    /// Right edge for cells aligned right.
    right: Option<f32>,
}

/// Question and answer rows.
pub(super) fn rows(
    pen: &mut Pen<'_>,
    caption: &str,
    rows: &[(String, String)],
    items: &mut Vec<Item>,
) -> Result<(), PaperError> {
    if rows.is_empty() {
        return Ok(());
    }
    let table = pen
        .tree
        .add_described(Tree::DOCUMENT, Role::Table, pen.clean(caption));
    let edge = Mark::Shape {
        area: [LEFT, 0.0, WIDTH, LINE],
        colour: HAIR,
    };
    let top = Rc::new(vec![Item {
        marks: vec![edge.clone()],
        ..Item::default()
    }]);
    for (at, (question, answer)) in rows.iter().enumerate() {
        let row = pen.tree.add(table, Role::Row);
        let header = pen.tree.add(row, Role::RowHeader);
        let cell = pen.tree.add(row, Role::Cell);
        let answer_x = LEFT + QUESTION_WIDTH + GUTTER;
        let cells = [
            Cell {
                tag: header,
                lines: pen.set(&QUESTION, question, QUESTION_WIDTH)?,
                style: QUESTION,
                x: LEFT,
                right: None,
            },
            Cell {
                tag: cell,
                lines: pen.set(&ANSWER, answer, LEFT + WIDTH - answer_x)?,
                style: ANSWER,
                x: answer_x,
                right: None,
            },
        ];
        let from = items.len();
        strip(&cells, if at == 0 { mm(2.0) } else { 0.0 }, HAIR, items);
        if at == 0 {
            items[from].marks.insert(0, edge.clone());
        }
        let again = continued(&cells[0], &edge);
        for (line, item) in items[from..].iter_mut().enumerate() {
            let begun = line >= cells[0].lines.len();
            item.header = Some(Rc::clone(if begun { &again } else { &top }));
        }
    }
    Ok(())
}

/// What stands above the rest of a long answer: the rule, and the question again.
fn continued(question: &Cell, edge: &Mark) -> Rc<Vec<Item>> {
    let mut marks = vec![edge.clone()];
    let mut y = PADDING + ANSWER.ascent();
    // At least three lines stand beside it.
    for line in question.lines.iter().take(3) {
        let (line, style, x) = (line.clone(), question.style, question.x);
        marks.push(Mark::Text {
            tag: question.tag,
            line,
            style,
            x,
            y,
        });
        y += question.style.leading;
    }
    Rc::new(vec![Item {
        height: PADDING,
        marks,
        ..Item::default()
    }])
}

/// A table with column headers, which are repeated on every page.
pub(super) fn table(
    pen: &mut Pen<'_>,
    source: &Source<'_>,
    items: &mut Vec<Item>,
) -> Result<(), PaperError> {
    let count = source
        .rows
        .iter()
        .map(Vec::len)
        .chain([source.columns.len()])
        .max()
        .unwrap_or(0);
    if count == 0 {
        return Ok(());
    }
    let columns = columns(pen, source, count)?;
    let table = pen
        .tree
        .add_described(Tree::DOCUMENT, Role::Table, pen.clean(source.caption));
    let mut header = Vec::new();
    if !source.columns.is_empty() {
        let cells = cells(pen, table, source.columns, &columns, Role::ColumnHeader)?;
        strip(&cells, mm(2.0), INK, &mut header);
        for item in &mut header {
            item.keep = true;
            let ground = [LEFT, 0.0, WIDTH, item.height];
            item.marks.insert(
                0,
                Mark::Shape {
                    area: ground,
                    colour: TINT,
                },
            );
        }
    }
    let repeated = Rc::new(header.clone());
    items.extend(header);
    for row in source.rows {
        let cells = cells(pen, table, row, &columns, Role::Cell)?;
        let from = items.len();
        strip(&cells, 0.0, HAIR, items);
        for item in &mut items[from..] {
            item.header = Some(Rc::clone(&repeated));
        }
    }
    Ok(())
}

/// Left edge, width and alignment of a column.
#[derive(Clone, Copy)]
struct Column {
    x: f32,
    width: f32,
    right: bool,
}

/// Shares the width out: what each column needs, and the rest to texts.
fn columns(pen: &Pen<'_>, source: &Source<'_>, count: usize) -> Result<Vec<Column>, PaperError> {
    let mut least = vec![mm(8.0); count];
    let mut wanted = vec![mm(8.0); count];
    let heads = std::iter::once((source.columns, &CELL_HEAD));
    for (row, style) in heads.chain(source.rows.iter().map(|row| (row.as_slice(), &CELL))) {
        for (at, text) in row.iter().enumerate() {
            for line in hygiene::lines(text, |c| pen.fonts.knows(c)) {
                let (word, all) = lines::measure(pen.fonts, style, &line)?;
                least[at] = f32::max(least[at], word);
                wanted[at] = f32::max(wanted[at], all);
            }
        }
    }
    let room = WIDTH - 2.0 * INSET - GUTTER * (count as f32 - 1.0);
    let right = |at: usize| source.numeric.contains(&at);
    let widths = share(room.max(1.0), &least, &wanted, right);
    let mut x = LEFT + INSET;
    Ok(widths
        .into_iter()
        .enumerate()
        .map(|(at, width)| {
            let column = Column {
                x,
                width,
                right: right(at),
            };
            x += width + GUTTER;
            column
        })
        .collect())
}

/// Widths that add up to `room`, between the widest word and the whole text where that is possible.
fn share(room: f32, least: &[f32], wanted: &[f32], right: impl Fn(usize) -> bool) -> Vec<f32> {
    let sum = |widths: &[f32]| widths.iter().sum::<f32>();
    if sum(wanted) <= room {
        let texts = (0..wanted.len()).filter(|at| !right(*at)).count();
        let takers = if texts == 0 { wanted.len() } else { texts };
        let extra = (room - sum(wanted)) / takers as f32;
        return wanted
            .iter()
            .enumerate()
            .map(|(at, width)| {
                if texts == 0 || !right(at) {
                    width + extra
                } else {
                    *width
                }
            })
            .collect();
    }
    // A word as wide as the page must not take the place of the others.
    let fair = room / least.len() as f32;
    let least: Vec<f32> = if sum(least) <= room {
        least.to_vec()
    } else {
        let capped: Vec<f32> = least.iter().map(|width| width.min(fair)).collect();
        capped
    };
    let spare = room - sum(&least);
    let wish: f32 = least
        .iter()
        .zip(wanted)
        .map(|(least, wanted)| (wanted - least).max(0.0))
        .sum();
    let part = if wish > 0.0 { spare / wish } else { 0.0 };
    least
        .iter()
        .zip(wanted)
        .map(|(least, wanted)| least + (wanted - least).max(0.0) * part)
        .collect()
}

fn cells(
    pen: &mut Pen<'_>,
    table: Tag,
    texts: &[String],
    columns: &[Column],
    role: Role,
) -> Result<Vec<Cell>, PaperError> {
    let style = if role == Role::ColumnHeader {
        CELL_HEAD
    } else {
        CELL
    };
    let row = pen.tree.add(table, Role::Row);
    let mut cells = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let tag = pen.tree.add(row, role);
        let text = texts.get(at).map_or("", String::as_str);
        let right = column.right.then_some(column.x + column.width);
        cells.push(Cell {
            tag,
            lines: pen.set(&style, text, column.width + 0.01)?,
            style,
            x: column.x,
            right,
        });
    }
    Ok(cells)
}

/// One item for each line of a row, with a rule below the last.
fn strip(cells: &[Cell], space: f32, rule: super::Colour, items: &mut Vec<Item>) {
    let count = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(1);
    let leading = cells
        .iter()
        .map(|cell| cell.style.leading)
        .fold(0.0, f32::max);
    let ascent = cells
        .iter()
        .map(|cell| cell.style.ascent())
        .fold(0.0, f32::max);
    for at in 0..count {
        let above = if at == 0 { PADDING } else { 0.0 };
        let below = if at + 1 == count { PADDING } else { 0.0 };
        let height = above + leading + below;
        let mut item = Item {
            space: if at == 0 { space } else { 0.0 },
            height,
            keep: at + 1 < count && (count <= WHOLE || at < 2 || at + 3 >= count),
            ..Item::default()
        };
        for cell in cells {
            let Some(line) = cell.lines.get(at).filter(|line| !line.pieces.is_empty()) else {
                continue;
            };
            let x = cell
                .right
                .map_or(cell.x, |right| right - line.points(cell.style.size));
            // All cells of a row share the baseline of the largest one.
            let y = above + ascent;
            item.marks.push(Mark::Text {
                tag: cell.tag,
                line: line.clone(),
                style: cell.style,
                x,
                y,
            });
        }
        if at + 1 == count {
            item.marks.push(Mark::Shape {
                area: [LEFT, height - LINE, WIDTH, LINE],
                colour: rule,
            });
        }
        items.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_fill_the_room() {
        let widths = share(400.0, &[50.0, 20.0], &[120.0, 40.0], |at| at == 1);
        assert_eq!(widths, [360.0, 40.0]);
    }

    #[test]
    fn texts_are_squeezed_before_words_are_cut() {
        let widths = share(200.0, &[50.0, 20.0], &[1000.0, 40.0], |at| at == 1);
        assert!(widths[0] > 150.0 && widths[1] >= 20.0);
        assert!((widths.iter().sum::<f32>() - 200.0).abs() < 0.1);
    }

    #[test]
    fn a_giant_word_leaves_room_for_the_others() {
        let widths = share(200.0, &[5000.0, 20.0], &[5000.0, 40.0], |_| false);
        assert!(widths[1] >= 20.0 && widths[0] <= 180.1);
    }
}
