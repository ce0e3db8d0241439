//! Words a few letters away: how far two words are apart, and an index that
//! finds all known words within that distance without looking at each.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Mistakes are looked for in the beginning of words, which bounds the index.
const BEGINNING: usize = 8;

/// How many mistakes are forgiven in a word of so many letters.
pub(super) fn forgiven(letters: usize) -> usize {
    match letters {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    }
}

/// How many letters must be left out, put in, changed or swapped with their
/// neighbour to make one word of the other; `None` above `most`.
pub(super) fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut row = vec![at + 1; other.len() + 1];
        for (to, wanted) in other.iter().enumerate() {
            let mut cost = (last[to] + usize::from(letter != wanted))
                .min(last[to + 1] + 1)
                .min(row[to] + 1);
            if at > 0 && to > 0 && *letter == other[to - 1] && one[at - 1] == *wanted {
                cost = cost.min(before[to - 1] + 1);
            }
            row[to + 1] = cost;
        }
        if row.iter().min().is_some_and(|best| *best > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

/// Known words by everything their beginnings become with letters left out.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    shortened: HashMap<u64, Vec<u32>>,
}

impl Spellings {
    /// Takes in a word under its number.
    pub(super) fn add(&mut self, word: &str, number: u32) {
        for key in shortened(word, forgiven(word.chars().count()).max(1)) {
            let known = self.shortened.entry(key).or_default();
            if known.last() != Some(&number) {
                known.push(number);
            }
        }
    }

    /// Numbers of words that may be near; whoever asks measures them.
    pub(super) fn near(&self, word: &str) -> Vec<u32> {
        let mut found: Vec<u32> = shortened(word, forgiven(word.chars().count()))
            .into_iter()
            .filter_map(|key| self.shortened.get(&key))
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The beginning of a word, and it with up to `most` letters left out.
fn shortened(word: &str, most: usize) -> Vec<u64> {
    let beginning: Vec<char> = word.chars().take(BEGINNING).collect();
    let mut keys = vec![key(&beginning)];
    let mut round = vec![beginning];
    for _ in 0..most {
        let mut next = Vec::new();
        for letters in round {
            for at in 0..letters.len() {
                let mut fewer = letters.clone();
                fewer.remove(at);
                keys.push(key(&fewer));
                next.push(fewer);
            }
        }
        round = next;
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn key(letters: &[char]) -> u64 {
    let mut hasher = DefaultHasher::new();
    letters.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_slips_of_the_hand() {
        let cases = [
            ("hund", "hund", 2, Some(0)),
            ("knolchen", "knollchen", 1, Some(1)),
            ("gewreb", "gewerb", 1, Some(1)),
            ("sperrmull", "spermull", 2, Some(1)),
            ("hund", "katze", 2, None),
            ("reisepass", "reisebus", 2, None),
            ("", "ab", 2, Some(2)),
        ];
        for (one, other, most, expected) in cases {
            assert_eq!(distance(one, other, most), expected, "{one} {other}");
            assert_eq!(distance(other, one, most), expected, "{other} {one}");
        }
    }

    #[test]
    fn the_index_misses_no_word_within_reach() {
        let known = [
            "fuhrungszeugnis",
            "bewohnerparkausweis",
            "hundesteu",
            "kassen",
        ];
        let mut spellings = Spellings::default();
        for (number, word) in known.iter().enumerate() {
            spellings.add(word, u32::try_from(number).unwrap());
        }
        for (number, word) in known.iter().enumerate() {
            let letters: Vec<char> = word.chars().collect();
            for at in 0..letters.len() {
                let mut fewer = letters.clone();
                fewer.remove(at);
                let mut swapped = letters.clone();
                swapped.swap(at, (at + 1) % letters.len());
                let mut more = letters.clone();
                more.insert(at, 'x');
                for typed in [fewer, more, swapped] {
                    let typed: String = typed.into_iter().collect();
                    let most = forgiven(typed.chars().count());
                    if distance(&typed, word, most).is_some() {
                        let number = u32::try_from(number).unwrap();
                        assert!(spellings.near(&typed).contains(&number), "{typed}");
                    }
                }
            }
        }
    }
}
