//! German writes words together: `Hundesteueranmeldung` is taken apart into
//! words that are known by themselves.

use std::collections::HashSet;

use engine::text::Language;

use super::words::{plain, stem};

/// What German puts between the parts of a word.
const JOINTS: [&str; 7] = ["", "s", "es", "n", "en", "e", "er"];
/// Shortest part.
const SHORTEST: usize = 3;
/// Words shorter than this are not taken apart.
const SHORTEST_WHOLE: usize = 7;

/// The words that may be parts of others.
#[derive(Debug, Default)]
pub(super) struct Parts {
    known: HashSet<String>,
}

impl Parts {
    /// Takes in a folded word.
    pub(super) fn add(&mut self, word: &str) {
        let plain = plain(word);
        if plain.chars().count() >= SHORTEST && plain.chars().all(char::is_alphabetic) {
            self.known.insert(stem(word, Language::De));
            self.known.insert(plain);
        }
    }

    /// The stems of the parts of a folded word; none where it is no compound of known words.
    pub(super) fn of(&self, word: &str) -> Vec<String> {
        let whole = plain(word);
        if whole.chars().count() < SHORTEST_WHOLE || !whole.is_ascii() {
            return Vec::new();
        }
        let mut dead = HashSet::new();
        let mut parts = Vec::new();
        if self.split(&whole, 0, &mut parts, &mut dead) && parts.len() > 1 {
            return parts
                .into_iter()
                .map(|(from, to)| stem(&whole[from..to], Language::De))
                .collect();
        }
        Vec::new()
    }

    /// The longest known word a folded word begins with, as a stem, if enough is left of it.
    pub(super) fn head(&self, word: &str) -> Option<String> {
        const ENOUGH: usize = 5;
        let whole = plain(word);
        if !whole.is_ascii() {
            return None;
        }
        (ENOUGH..whole.len().saturating_sub(SHORTEST - 1))
            .rev()
            .find(|to| self.known.contains(&whole[..*to]))
            .map(|to| stem(&whole[..to], Language::De))
    }

    /// Long parts first, so that few are needed; positions nothing leads on from are remembered.
    fn split(
        &self,
        whole: &str,
        from: usize,
        parts: &mut Vec<(usize, usize)>,
        dead: &mut HashSet<usize>,
    ) -> bool {
        if from == whole.len() {
            return true;
        }
        if dead.contains(&from) {
            return false;
        }
        // The whole word is no part of itself.
        let last = if from == 0 {
            whole.len() - 1
        } else {
            whole.len()
        };
        for to in (from + SHORTEST..=last).rev() {
            let part = &whole[from..to];
            if !self.known.contains(part) && !self.known.contains(&stem(part, Language::De)) {
                continue;
            }
            parts.push((from, to));
            for joint in JOINTS {
                if whole[to..].starts_with(joint)
                    && self.split(whole, to + joint.len(), parts, dead)
                {
                    return true;
                }
            }
            parts.pop();
        }
        dead.insert(from);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_apart_into_known_ones() {
        let mut parts = Parts::default();
        for word in [
            "hund", "steuer", "anmelden", "wohnung", "geld", "baeume", "pass", "bild",
        ] {
            parts.add(word);
        }
        let cases: [(&str, &[&str]); 6] = [
            ("hundesteuer", &["hund", "steu"]),
            ("hundesteueranmeldung", &["hund", "steu", "anmeld"]),
            ("wohnungsgeld", &["wohn", "geld"]),
            ("passbilder", &["pass", "bild"]),
            ("hundefriseur", &[]),
            ("steuer", &[]),
        ];
        for (word, expected) in cases {
            assert_eq!(parts.of(word), expected, "{word}");
        }
        assert_eq!(parts.head("steuerkarte").as_deref(), Some("steu"));
        assert_eq!(parts.head("hundefriseur"), None);
    }
}
