//! Positions of the protocol, which count lines and UTF-16 units, and bytes.

use serde_json::{Value, json};

/// The lines of a text.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines.
    pub(super) fn of(text: &'t str) -> Lines<'t> {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Lines {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The position of a byte as JSON.
    pub(super) fn position(&self, byte: usize) -> Value {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= byte) - 1;
        let column: usize = self.text[self.starts[line]..byte]
            .chars()
            .map(char::len_utf16)
            .sum();
        json!({ "line": line, "character": column })
    }

    /// The range of bytes as JSON.
    pub(super) fn range(&self, start: usize, end: usize) -> Value {
        json!({ "start": self.position(start), "end": self.position(end.max(start)) })
    }

    /// The byte of a position; beyond the end of a line its end is meant.
    pub(super) fn byte(&self, position: &Value) -> Option<usize> {
        let number = |key: &str| {
            let number = position.get(key)?.as_u64()?;
            usize::try_from(number).ok()
        };
        let (line, character) = (number("line")?, number("character")?);
        let Some(start) = self.starts.get(line).copied() else {
            return Some(self.text.len());
        };
        let end = self
            .starts
            .get(line + 1)
            .map_or(self.text.len(), |next| next - 1);
        let mut units = 0;
        for (at, c) in self.text[start..end].char_indices() {
            if units >= character {
                return Some(start + at);
            }
            units += c.len_utf16();
        }
        Some(end)
    }
}

/// The text after a change of the protocol: a part, or all of it.
pub(super) fn changed(text: &str, change: &Value) -> Option<String> {
    let new = change.get("text")?.as_str()?;
    let Some(range) = change.get("range").filter(|range| !range.is_null()) else {
        return Some(new.to_owned());
    };
    let lines = Lines::of(text);
    let start = lines.byte(range.get("start")?)?;
    let end = lines.byte(range.get("end")?)?.max(start);
    Some(format!("{}{new}{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf_16_units() {
        let text = "ä: 😀x\nb\r\n\nlast";
        let lines = Lines::of(text);
        let x = text.find('x').unwrap();
        let at = json!({ "line": 0, "character": 5 });
        assert_eq!(lines.position(x), at);
        assert_eq!(lines.byte(&at), Some(x));
        for (at, _) in text.char_indices() {
            assert_eq!(lines.byte(&lines.position(at)), Some(at));
        }
        assert_eq!(
            lines.byte(&json!({ "line": 2, "character": 99 })),
            Some(text.len() - 5)
        );
        assert_eq!(
            lines.byte(&json!({ "line": 99, "character": 0 })),
            Some(text.len())
        );
        assert_eq!(lines.byte(&json!({ "line": -1, "character": 0 })), None);
    }

    #[test]
    fn changes_are_parts_or_the_whole() {
        let part = json!({ "range": { "start": { "line": 0, "character": 2 }, "end": { "line": 1, "character": 1 } }, "text": "X" });
        assert_eq!(changed("ü😀\nab", &part).as_deref(), Some("ü😀Xb"));
        assert_eq!(changed("a", &json!({ "text": "b" })).as_deref(), Some("b"));
        assert_eq!(changed("a", &json!({ "text": 1 })), None);
    }
}
