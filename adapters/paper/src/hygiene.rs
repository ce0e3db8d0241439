//! Makes any text printable: the one gate between what people typed and the
//! page.
//!
//! PDF/A and PDF/UA demand a glyph and a Unicode value for everything shown.
//! Citizens write emoji, tabs and control characters. Here each text becomes
//! lines of which every character is in the fonts; what is not is shown as its
//! code point, such as `[U+1F98A]`, so that nothing vanishes silently.

use std::fmt::Write as _;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Spaces a tab becomes.
const TAB: &str = "    ";
/// Carries a combining mark that has no letter before it.
const DOTTED_CIRCLE: char = '\u{25CC}';

/// The lines of `text`, each printable with the characters `known` accepts.
///
/// There is always at least one line. The work is linear in the length of the
/// text, apart from the ordering of combining marks that NFC prescribes.
pub fn lines(text: &str, known: impl Fn(char) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::with_capacity(text.len().min(256));
    let mut previous = '\0';
    for c in text.nfc() {
        let after_return = previous == '\r';
        previous = c;
        match c {
            '\n' if after_return => {}
            '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                lines.push(std::mem::take(&mut line));
            }
            '\t' => line.push_str(TAB),
            c if c.is_control() || is_ignorable(c) => {}
            c => push(&mut line, c, &known),
        }
    }
    lines.push(line);
    lines
}

/// `text` as one printable line; line breaks become spaces.
pub fn one_line(text: &str, known: impl Fn(char) -> bool) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in lines(text, known) {
        let line = line.trim();
        if !line.is_empty() {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(line);
        }
    }
    joined
}

fn push(line: &mut String, c: char, known: &impl Fn(char) -> bool) {
    if known(c) {
        if is_combining_mark(c) && line.is_empty() && known(DOTTED_CIRCLE) {
            line.push(DOTTED_CIRCLE);
        }
        line.push(c);
    } else if let Some(plain) = plain_form(c) {
        line.push_str(plain);
    } else {
        // Writing into a string cannot fail.
        write!(line, "[U+{:04X}]", u32::from(c)).unwrap_or_default();
    }
}

/// Characters that mean nothing but another form of letters every font has.
fn plain_form(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{FB00}' => "ff",
        '\u{FB01}' => "fi",
        '\u{FB02}' => "fl",
        '\u{FB03}' => "ffi",
        '\u{FB04}' => "ffl",
        '\u{FB05}' | '\u{FB06}' => "st",
        '\u{3000}' | '\u{1680}' | '\u{205F}' => " ",
        _ => return None,
    })
}

/// Unicode's `Default_Ignorable_Code_Point`: shown as nothing. Their presence
/// in a `ToUnicode` map breaks PDF/A, and direction overrides could make a
/// receipt show something else than was sent.
fn is_ignorable(c: char) -> bool {
    matches!(u32::from(c),
        0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164
        | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFF8
        | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latin(c: char) -> bool {
        u32::from(c) < 0x250 && !c.is_control() || is_combining_mark(c) || c == DOTTED_CIRCLE
    }

    #[test]
    fn keeps_plain_text() {
        assert_eq!(lines("Straße 7", latin), ["Straße 7"]);
        assert_eq!(lines("", latin), [""]);
    }

    #[test]
    fn splits_at_every_kind_of_newline() {
        assert_eq!(
            lines("a\nb\r\nc\rd\u{2028}e", latin),
            ["a", "b", "c", "d", "e"]
        );
        assert_eq!(lines("a\n\nb", latin), ["a", "", "b"]);
    }

    #[test]
    fn drops_what_is_invisible() {
        assert_eq!(
            lines("a\u{0}b\u{7}c\u{FEFF}d\u{202E}e\u{AD}f", latin),
            ["abcdef"]
        );
        assert_eq!(lines("a\tb", latin), ["a    b"]);
    }

    #[test]
    fn shows_what_has_no_glyph() {
        assert_eq!(lines("\u{1F98A} 中", latin), ["[U+1F98A] [U+4E2D]"]);
        assert_eq!(lines("o\u{FB03}ce", latin), ["office"]);
    }

    #[test]
    fn composes_letters_and_carries_lone_marks() {
        assert_eq!(lines("u\u{308}", latin), ["ü"]);
        assert_eq!(lines("\u{301}x", latin), ["\u{25CC}\u{301}x"]);
    }

    #[test]
    fn joins_lines() {
        assert_eq!(one_line(" a\n\n b ", latin), "a b");
    }
}
