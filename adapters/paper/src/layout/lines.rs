//! From printable text to lines of glyphs: measuring, breaking and placing of
//! combining marks. Linear in the length of the text.

use unicode_normalization::char::is_combining_mark;

use super::style::Style;
use crate::error::PaperError;
use crate::fonts::{Fonts, Glyph, Weight};

/// Height of small letters of the text face, in thousandths.
const X_HEIGHT: i32 = 536;
/// Space between a letter and a mark that must be moved, in thousandths.
const MARK_GAP: i32 = 40;

/// Glyphs of one font part on one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Font part.
    pub(crate) part: u8,
    /// Raised above the baseline, in thousandths of the size.
    pub(crate) rise: i32,
    /// Moves right before the first glyph, in thousandths.
    pub(crate) lead: i32,
    /// Glyph, and how far the next one moves right beyond the advance.
    pub(crate) glyphs: Vec<(u16, i32)>,
}

/// A line ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) pieces: Vec<Piece>,
    /// Width without trailing blanks, in thousandths of the size.
    pub(crate) width: i64,
}

impl Line {
    /// Width in points at `size`.
    pub(crate) fn points(&self, size: f32) -> f32 {
        self.width as f32 * size / 1000.0
    }
}

/// One character with its glyph.
#[derive(Clone, Copy)]
struct Cell {
    c: char,
    glyph: Glyph,
    /// Moves the drawing right before the glyph and back after it.
    shift: i32,
    rise: i32,
    /// Moves the next character, which follows directly.
    kern: i32,
    mark: bool,
}

impl Cell {
    /// How far the pen moves; marks do not move it.
    fn advance(&self) -> i32 {
        if self.mark {
            0
        } else {
            self.glyph.advance + self.kern
        }
    }
}

/// Breaks one printable line of text into lines of at most `width` points.
///
/// Breaks stand after blanks, after hyphens and slashes inside words, and
/// anywhere in a word that is wider than a whole line. A character of its own
/// always fits, so this ends for every width.
pub(crate) fn wrap(
    fonts: &Fonts,
    style: &Style,
    text: &str,
    width: f32,
) -> Result<Vec<Line>, PaperError> {
    let cells = shape(fonts, style.weight, text)?;
    let limit = (f64::from(width) * 1000.0 / f64::from(style.size)) as i64;
    let mut lines = Vec::new();
    let mut start = 0;
    // Width of the cells from `start`, and the last place a break may stand.
    let mut used = 0i64;
    let mut chance: Option<(usize, i64)> = None;
    for (at, cell) in cells.iter().enumerate() {
        let advance = i64::from(cell.advance());
        while used + advance > limit && at > start && cell.c != ' ' && advance > 0 {
            let (end, before) = chance.take().unwrap_or((at, used));
            lines.push(line(&cells[start..end]));
            start = end;
            used -= before;
        }
        used += advance;
        let next = cells.get(at + 1).map(|next| next.c);
        if may_break_after(cell.c, next, at > start) {
            chance = Some((at + 1, used));
        }
    }
    if start < cells.len() || lines.is_empty() {
        lines.push(line(&cells[start..]));
    }
    Ok(lines)
}

/// The width of the widest word and of the whole text, in points.
pub(crate) fn measure(fonts: &Fonts, style: &Style, text: &str) -> Result<(f32, f32), PaperError> {
    let (mut word, mut widest, mut all) = (0i64, 0i64, 0i64);
    for cell in shape(fonts, style.weight, text)? {
        let advance = i64::from(cell.advance());
        all += advance;
        word = if cell.c == ' ' { 0 } else { word + advance };
        widest = widest.max(word);
    }
    let points = |width: i64| width as f32 * style.size / 1000.0;
    Ok((points(widest), points(all)))
}

fn may_break_after(c: char, next: Option<char>, inside: bool) -> bool {
    let Some(next) = next else { return false };
    match c {
        ' ' => next != ' ',
        '-' | '\u{2010}' | '\u{2013}' => inside && next.is_alphabetic(),
        '/' | ';' | '&' | '@' | '_' => inside && next.is_alphanumeric(),
        _ => false,
    }
}

/// Finds the glyphs and places the marks over and under their letters.
fn shape(fonts: &Fonts, weight: Weight, text: &str) -> Result<Vec<Cell>, PaperError> {
    let mut cells: Vec<Cell> = Vec::with_capacity(text.len());
    // Left end, centre, top and bottom of the letter with the marks placed so far.
    let mut letter = Letter::default();
    for c in text.chars() {
        let glyph = fonts
            .glyph(weight, c)
            .ok_or(PaperError::MissingGlyph { code: u32::from(c) })?;
        // ASCII, nearly all of the text, has no marks.
        let mark = !c.is_ascii() && is_combining_mark(c);
        let mut cell = Cell {
            c,
            glyph,
            shift: 0,
            rise: 0,
            kern: 0,
            mark,
        };
        if mark {
            letter.carry(&mut cell);
        } else {
            letter = Letter::of(&glyph);
            if let Some(before) = cells.last_mut().filter(|before| !before.mark) {
                before.kern = fonts.kern(weight, before.c, c);
            }
        }
        cells.push(cell);
    }
    Ok(cells)
}

#[derive(Default)]
struct Letter {
    advance: i32,
    centre: i32,
    top: i32,
    bottom: i32,
    marks: u8,
}

impl Letter {
    fn of(glyph: &Glyph) -> Letter {
        let [left, bottom, right, top] = glyph.bounds;
        let blank = left == right;
        Letter {
            advance: glyph.advance,
            centre: if blank {
                glyph.advance / 2
            } else {
                (left + right) / 2
            },
            top: top.max(X_HEIGHT),
            bottom: bottom.min(0),
            marks: 0,
        }
    }

    /// Centres a mark and moves it clear of the letter.
    fn carry(&mut self, mark: &mut Cell) {
        let [left, bottom, right, top] = mark.glyph.bounds;
        // A tower of marks is nobody's name; the rest stays where the font puts it.
        if left == right || self.marks >= 3 {
            return;
        }
        self.marks += 1;
        mark.shift = self.centre - (left + right) / 2 - self.advance;
        if bottom >= X_HEIGHT / 2 {
            if self.top > X_HEIGHT || self.marks > 1 {
                mark.rise = (self.top + MARK_GAP - bottom).max(0);
            }
            self.top = top + mark.rise;
        } else if top <= X_HEIGHT / 9 {
            if self.bottom < -20 {
                mark.rise = (self.bottom - MARK_GAP - top).min(0);
            }
            self.bottom = bottom + mark.rise;
        }
    }
}

/// Packs cells into pieces.
fn line(cells: &[Cell]) -> Line {
    let mut line = Line::default();
    let mut width = 0i64;
    for cell in cells {
        width += i64::from(cell.advance());
        if cell.c != ' ' {
            line.width = width;
        }
        let fits = line
            .pieces
            .last()
            .is_some_and(|piece| piece.part == cell.glyph.part && piece.rise == cell.rise);
        if !fits {
            line.pieces.push(Piece {
                part: cell.glyph.part,
                rise: cell.rise,
                lead: 0,
                glyphs: Vec::new(),
            });
        }
        let Some(piece) = line.pieces.last_mut() else {
            continue;
        };
        match piece.glyphs.last_mut() {
            Some(before) => before.1 += cell.shift,
            None => piece.lead += cell.shift,
        }
        // Back to where the pen would be: over the shift, and over a mark's own advance.
        piece.glyphs.push((
            cell.glyph.gid,
            cell.advance() - cell.glyph.advance - cell.shift,
        ));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::style::BODY;
    use super::*;

    fn count(line: &Line) -> usize {
        line.pieces.iter().map(|piece| piece.glyphs.len()).sum()
    }

    #[test]
    fn breaks_between_words() {
        let fonts = Fonts::load().unwrap();
        let lines = wrap(&fonts, &BODY, "eins zwei drei vier", 60.0).unwrap();
        assert!(lines.len() > 1);
        for line in &lines {
            assert!(line.points(BODY.size) <= 60.0);
        }
        assert_eq!(
            lines.iter().map(count).sum::<usize>(),
            "eins zwei drei vier".len()
        );
    }

    #[test]
    fn breaks_a_word_without_end() {
        let fonts = Fonts::load().unwrap();
        let lines = wrap(&fonts, &BODY, &"x".repeat(3000), 200.0).unwrap();
        assert!(lines.len() > 50);
        assert_eq!(lines.iter().map(count).sum::<usize>(), 3000);
        assert!(lines.iter().all(|line| line.points(BODY.size) <= 200.0));
    }

    #[test]
    fn ends_for_a_width_of_nothing() {
        let fonts = Fonts::load().unwrap();
        assert_eq!(wrap(&fonts, &BODY, "abc d", 0.0).unwrap().len(), 4);
        assert_eq!(wrap(&fonts, &BODY, "", 0.0).unwrap().len(), 1);
    }

    #[test]
    fn neighbours_are_kerned() {
        let fonts = Fonts::load().unwrap();
        let width = |text| wrap(&fonts, &BODY, text, 200.0).unwrap()[0].width;
        assert_eq!(width("Te"), width("T") + width("e") - 70);
        assert_eq!(width("T\u{331}e"), width("T") + width("e"));
    }

    #[test]
    fn marks_take_no_width() {
        let fonts = Fonts::load().unwrap();
        let plain = wrap(&fonts, &BODY, "MC", 200.0).unwrap();
        let marked = wrap(&fonts, &BODY, "M\u{302}C\u{306}", 200.0).unwrap();
        assert_eq!(plain[0].width, marked[0].width);
    }

    #[test]
    fn a_character_without_glyph_is_an_error() {
        let fonts = Fonts::load().unwrap();
        assert!(matches!(
            wrap(&fonts, &BODY, "a🦊", 200.0),
            Err(PaperError::MissingGlyph { code: 0x1F98A })
        ));
    }
}
