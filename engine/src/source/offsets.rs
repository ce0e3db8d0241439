//! Where each byte of a scalar's text stands in its file, through quotes,
//! escapes and folded lines: what editors need to point into and to rename.

use super::{FileId, Node, NodeKind, Span};

/// The place in the file of every byte of one scalar's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// Where the text stands as it is: its first byte.
    straight: Option<usize>,
    /// Else the place of each byte.
    table: Vec<usize>,
}

impl Offsets {
    /// The span of the bytes `start..end` of the text of a node. `None` beyond its end.
    pub fn span(&self, node: &Node, start: usize, end: usize) -> Option<Span> {
        self.span_in(node.span.file, start, end)
    }

    /// The span of the bytes `start..end` of the text, which stands in `file`.
    pub fn span_in(&self, file: FileId, start: usize, end: usize) -> Option<Span> {
        let place = |at: usize| match self.straight {
            Some(base) => Some(base + at),
            None => self.table.get(at).copied(),
        };
        let first = place(start)?;
        // The end follows the last byte, since what comes next may be folded.
        let last = if end > start {
            place(end - 1)? + 1
        } else {
            first
        };
        Some(Span::new(file, first, last))
    }
}

impl Node {
    /// The places of this scalar's text; `file` is the whole text of its file.
    /// `None` where the node is no scalar, or is written in a way that cannot
    /// be followed.
    pub fn offsets(&self, file: &str) -> Option<Offsets> {
        let NodeKind::Scalar(scalar) = &self.kind else {
            return None;
        };
        if let Some(start) = scalar.content_start {
            return Some(Offsets {
                straight: Some(start as usize),
                table: Vec::new(),
            });
        }
        let raw = file.get(self.span.start as usize..self.span.end as usize)?;
        let table = align(raw, &scalar.text)?
            .into_iter()
            .map(|at| at + self.span.start as usize)
            .collect();
        Some(Offsets {
            straight: None,
            table,
        })
    }
}

/// For each byte of `value` its place in `raw`, the scalar as it is written.
fn align(raw: &str, value: &str) -> Option<Vec<usize>> {
    let quote = raw.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let mut at = match raw.chars().next()? {
        '\'' | '"' => 1,
        // The line of `|` or `>` with its marks.
        '|' | '>' => raw.find('\n')? + 1,
        _ => 0,
    };
    let mut table = Vec::with_capacity(value.len());
    let mut left = value;
    while let Some(next) = left.chars().next() {
        let here = raw.get(at..)?;
        let written = here.chars().next();
        let (taken, consumed) = match (quote, written) {
            (Some('\''), Some('\'')) if here.starts_with("''") && next == '\'' => (1, 2),
            (Some('"'), Some('\\')) => match escape(here)? {
                (length, true) => (next.len_utf8(), length),
                (length, false) => (0, length),
            },
            (_, Some(same)) if same == next => (next.len_utf8(), next.len_utf8()),
            (_, Some(blank)) if blank.is_whitespace() => {
                // A line end with its indentation; one or more blanks in the text.
                let run = here.len() - here.trim_start().len();
                let folded = left.len() - left.trim_start_matches([' ', '\n']).len();
                (folded, run)
            }
            _ => return None,
        };
        table.extend(std::iter::repeat_n(at, taken));
        if taken == consumed {
            for (index, place) in table.iter_mut().rev().take(taken).enumerate() {
                *place = at + taken - 1 - index;
            }
        }
        at += consumed;
        left = &left[taken..];
    }
    Some(table)
}

/// The length of an escape of double quotes, and whether it stands for a character.
fn escape(text: &str) -> Option<(usize, bool)> {
    Some(match text.chars().nth(1)? {
        'x' => (4, true),
        'u' => (6, true),
        'U' => (10, true),
        '\n' | '\r' => (text.len() - text[1..].trim_start().len(), false),
        other => (1 + other.len_utf8(), true),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Report, read_yaml};
    use super::*;

    /// The place of `wanted` in the value of `a:`, as the text of the file there.
    fn found(file: &str, wanted: &str) -> Option<(usize, String)> {
        let mut report = Report::default();
        let root = read_yaml(FileId(0), file, &mut report).unwrap();
        let node = root.get("a").unwrap();
        let at = node.as_text().unwrap().find(wanted).unwrap();
        let span = node.offsets(file)?.span(node, at, at + wanted.len())?;
        let range = span.start as usize..span.end as usize;
        Some((range.start, file[range].to_owned()))
    }

    #[test]
    fn places_are_found_in_every_way_of_writing() {
        let files = [
            "a: ä and field_x = 1\n",
            "a: 'ü != \"\" and field_x'\n",
            "a: 'it''s and field_x'\n",
            "a: \"\\\"q\\\" and \\u00e4 field_x\"\n",
            "a: \"one \\\n  field_x\"\n",
            "a: one\n  two and\n  field_x = 1\n",
            "a: 'one\n\n  two and\n  field_x'\n",
            "a: >-\n  one or\n  two and\n\n  field_x\nb: 1\n",
            "a: >\n    one\n      deeper\n    field_x\n",
            "a: |\n  one\n  field_x\nb: 1\n",
            "a: >-\r\n  one\r\n  field_x\r\nb: 1\r\n",
            "b: { c: 1 }\na: one and\r\n  field_x\r\n",
        ];
        for file in files {
            let at = file.find("field_x").unwrap();
            assert_eq!(
                found(file, "field_x"),
                Some((at, "field_x".to_owned())),
                "{file:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        assert_eq!(align("\"a", "b"), None);
        assert_eq!(align("", "b"), None);
        assert_eq!(align("|", "b"), None);
        assert_eq!(align("\"\\", "b"), None);
    }
}
