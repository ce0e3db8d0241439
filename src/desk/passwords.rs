//! Whether a password that somebody chose is good enough (OWASP ASVS 5.0, 6.2):
//! long, not known to everybody, not the name. No rules about kinds of
//! characters, which only make people write it down.

use super::accounts::{LONGEST, SHORTEST};

/// Words the best known passwords are made of, one a line, small letters.
const COMMON: &str = include_str!("common-passwords.txt");
/// Rows of the keyboard and other sequences everybody tries.
const SEQUENCES: [&str; 5] = [
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyzabcdefgh",
    "qwertzuiopasdfghjklyxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6zhn7ujm",
];

/// What is wrong with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than the shortest allowed.
    Short,
    /// More than the longest allowed.
    Long,
    /// Everybody tries it.
    Common,
    /// The account name is in it.
    Name,
}

impl Weakness {
    /// Last part of the key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Weakness::Short => "short",
            Weakness::Long => "long",
            Weakness::Common => "common",
            Weakness::Name => "name",
        }
    }
}

/// What is wrong with `password` for this account, if anything.
pub fn weakness(password: &str, account: &str) -> Option<Weakness> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some(Weakness::Short);
    }
    if length > LONGEST {
        return Some(Weakness::Long);
    }
    let small = password.to_lowercase();
    let bare = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    if account.chars().count() >= 4 && bare(&small).contains(&bare(account)) {
        return Some(Weakness::Name);
    }
    is_common(&small).then_some(Weakness::Common)
}

/// Few different characters, a sequence, or nothing but a common word with
/// digits, signs and itself around it.
fn is_common(small: &str) -> bool {
    let mut different: Vec<char> = small.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 {
        return true;
    }
    let backwards: String = small.chars().rev().collect();
    if SEQUENCES
        .iter()
        .any(|row| row.contains(small) || row.contains(&backwards))
    {
        return true;
    }
    let letters: String = small.chars().filter(|c| c.is_alphabetic()).collect();
    let read = small
        .replace('0', "o")
        .replace('1', "i")
        .replace(['3', '€'], "e");
    let read = read.replace(['4', '@'], "a").replace(['5', '$'], "s");
    let read: String = read.chars().filter(|c| c.is_alphabetic()).collect();
    COMMON
        .lines()
        .any(|word| repeats(&letters, word) || repeats(read.trim_end_matches(['i', 'o']), word))
}

fn repeats(text: &str, word: &str) -> bool {
    !text.is_empty() && text.replace(word, "").is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_others_guess_is_refused() {
        for (password, found) in [
            ("elf-zeichen", Some(Weakness::Short)),
            (&"x".repeat(129), Some(Weakness::Long)),
            ("Passwort2026!", Some(Weakness::Common)),
            ("passwortpasswort", Some(Weakness::Common)),
            ("P4ssw0rt!!!!", Some(Weakness::Common)),
            ("123456789012", Some(Weakness::Common)),
            ("qwertzuiopasd", Some(Weakness::Common)),
            ("abababababab", Some(Weakness::Common)),
            ("Willkommen123", Some(Weakness::Common)),
            ("gewerbe-leitung-2026", Some(Weakness::Name)),
            ("Gewerbe.Leitung!", Some(Weakness::Name)),
            ("korrekt-pferd-batterie", None),
            ("drei Äpfel im Regen", None),
            (&"zwölf ✓ lang".repeat(10), None),
        ] {
            assert_eq!(weakness(password, "gewerbe-leitung"), found, "{password}");
        }
        // A short name stands in many words.
        assert_eq!(weakness("erdbeeren-vhs-1999", "vhs"), None);
    }
}
