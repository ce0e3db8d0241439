//! File names of citizens made safe for file systems, mails and archives.
//!
//! The rules are those of the strictest reader, a Windows client on a network
//! share: no paths, no control or direction characters, no reserved device
//! names, a bounded length, and no two names that differ in case only.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

/// Longest name in bytes; leaves room for numbering below the 255 of file
/// systems and the 260 of a Windows path.
const MAX_BYTES: usize = 120;
/// Longest ending that is kept when a name is shortened, with its dot.
const MAX_ENDING: usize = 16;
/// The name of a file whose own name has nothing usable.
const NAMELESS: &str = "datei";

/// One safe path component made from `name`; never empty, `.` or `..`.
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let cleaned: String = last
        .nfc()
        .filter(|c| !is_invisible(*c))
        .map(|c| if "<>:\"|?*".contains(c) { '_' } else { c })
        .collect();
    let mut cleaned = cleaned
        .trim_matches(|c: char| c.is_whitespace() || c == '.')
        .to_owned();
    if cleaned.is_empty() {
        return NAMELESS.to_owned();
    }
    // A leading dash is an option to command line programs, `~` a home.
    if is_reserved(&cleaned) || cleaned.starts_with(['-', '~']) {
        cleaned.insert(0, '_');
    }
    shorten(&cleaned, MAX_BYTES)
}

/// `text` as one line without control, direction and other invisible
/// characters, white space collapsed, cut after `max` characters.
pub fn one_line(text: &str, max: usize) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if is_line_break(c) { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ").chars().take(max).collect()
}

/// Gives out names so that no two are equal on any file system.
#[derive(Debug, Default)]
pub struct UniqueNames {
    taken: HashSet<String>,
}

impl UniqueNames {
    /// The safe form of `name`, numbered where it was given out before.
    pub fn take(&mut self, name: &str) -> String {
        let safe = safe_name(name);
        let (stem, ending) = split_ending(&safe);
        let mut candidate = safe.clone();
        let mut number = 1;
        while !self.taken.insert(candidate.to_lowercase()) {
            number += 1;
            candidate = format!("{stem}-{number}{ending}");
        }
        candidate
    }
}

fn is_line_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Characters that change how a name is shown or read without being seen.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Device names of Windows, reserved with any ending.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut chars = rest.chars();
            let digit = chars
                .next()
                .is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c));
            digit && chars.next().is_none()
        })
    };
    matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$"
    ) || numbered("COM")
        || numbered("LPT")
}

/// Splits `bericht.pdf` into `bericht` and `.pdf`.
fn split_ending(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= MAX_ENDING => name.split_at(dot),
        _ => (name, ""),
    }
}

/// Cuts the stem so that the whole has at most `max` bytes.
fn shorten(name: &str, max: usize) -> String {
    if name.len() <= max {
        return name.to_owned();
    }
    let (stem, ending) = split_ending(name);
    let mut end = max - ending.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", stem[..end].trim_end_matches([' ', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_become_plain_ones() {
        let table = [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/absolute/x.pdf", "x.pdf"),
            ("C:\\x.pdf", "x.pdf"),
            ("..", "datei"),
            ("", "datei"),
            ("   . ", "datei"),
            ("a\r\nSet-Cookie: x=1", "aSet-Cookie_ x=1"),
            ("nul\0l.txt", "null.txt"),
            ("rechnung\u{202e}fdp.exe", "rechnungfdp.exe"),
            ("CON", "_CON"),
            ("con.txt", "_con.txt"),
            ("Aux .tar.gz", "_Aux .tar.gz"),
            ("COM1.log", "_COM1.log"),
            ("LPT¹", "_LPT¹"),
            ("COM12", "COM12"),
            ("CONTO.pdf", "CONTO.pdf"),
            ("-rf", "_-rf"),
            ("~root", "_~root"),
            (".htaccess", "htaccess"),
            ("x.pdf. . ", "x.pdf"),
            ("a:b|c?.pdf", "a_b_c_.pdf"),
            ("Geb\u{75}\u{308}hr.pdf", "Gebühr.pdf"),
            ("Ausweis Vorderseite.jpg", "Ausweis Vorderseite.jpg"),
        ];
        for (given, wanted) in table {
            assert_eq!(safe_name(given), wanted, "{given:?}");
        }
    }

    #[test]
    fn long_names_keep_their_ending() {
        for name in [
            format!("{}.pdf", "a".repeat(300)),
            format!("{}.pdf", "ü".repeat(300)),
            format!("{}.pdf", "😀".repeat(100)),
        ] {
            let safe = safe_name(&name);
            assert!(safe.len() <= MAX_BYTES && safe.ends_with(".pdf"), "{safe}");
        }
        assert!(safe_name(&format!("x.{}", "e".repeat(400))).len() <= MAX_BYTES);
    }

    #[test]
    fn equal_names_are_numbered() {
        let mut names = UniqueNames::default();
        let given = ["scan.pdf", "SCAN.PDF", "x/scan.pdf", "scan-2.pdf", "", ""];
        let taken: Vec<String> = given.iter().map(|name| names.take(name)).collect();
        let different: HashSet<String> = taken.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(different.len(), given.len(), "{taken:?}");
        assert_eq!(taken[0], "scan.pdf");
        assert_eq!(taken[1], "SCAN-2.PDF");
    }

    #[test]
    fn lines_stay_one_line() {
        assert_eq!(one_line("a\r\nBcc:\tx\u{2028}y", 99), "a Bcc: x y");
        assert_eq!(one_line("ab\u{202e}c\0d", 3), "abc");
    }
}
