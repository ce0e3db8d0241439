//! The words of one language with the entries they lead to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use engine::text::Language;

use super::compound::Parts;
use super::spelling::{Spellings, distance, forgiven};
use super::words::{is_empty, plain, stem, words};
use super::{Entry, ratio};

/// Weights of the places a word can stand in.
const TITLE: f32 = 10.0;
const KEYWORD: f32 = 8.0;
const PART_OF_TITLE: f32 = 5.0;
const PART_OF_KEYWORD: f32 = 4.0;
const SUMMARY: f32 = 1.5;
/// What each further place adds.
const AGAIN: f32 = 0.2;
/// Fewest letters with which words are looked for by their beginning or end.
const BEGINNING: usize = 3;
const END: usize = 4;
/// Most words found by their beginning or end.
const MOST_AFFIXES: usize = 40;

/// A word of the index.
#[derive(Debug)]
struct Term {
    stem: String,
    /// As it is written somewhere, for people.
    shown: String,
    /// Whether it is part of a name, not only of a summary.
    named: bool,
    /// Entries with the weight of the place the word has in them.
    entries: Vec<(u32, f32)>,
}

/// A word of the index that fits a word of a search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    term: u32,
    quality: f32,
    /// Whether it is the same word.
    pub(super) exact: bool,
    /// Whether it is part of a name.
    pub(super) named: bool,
}

/// The words of a language.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// Sorted by stem.
    terms: Vec<Term>,
    /// Stems from behind with their terms, sorted.
    endings: Vec<(String, u32)>,
    /// Stems and whole words of names, each with its term.
    forms: Vec<(String, u32)>,
    spellings: Spellings,
}

/// What is gathered of a word while the index is built.
#[derive(Default)]
struct Gathered {
    shown: String,
    named: bool,
    forms: BTreeSet<String>,
    entries: BTreeMap<u32, f32>,
}

impl Lexicon {
    pub(super) fn new(entries: &[Entry], language: Language, parts: &Parts) -> Lexicon {
        let mut gathered: BTreeMap<String, Gathered> = BTreeMap::new();
        for (number, entry) in (0..).zip(entries) {
            gather(&mut gathered, number, entry, language, parts);
        }
        let mut terms = Vec::new();
        let mut endings = Vec::new();
        let mut forms: Vec<(String, u32)> = Vec::new();
        for (number, (stem, word)) in (0..).zip(gathered) {
            endings.push((stem.chars().rev().collect::<String>(), number));
            forms.extend(word.forms.into_iter().map(|form| (form, number)));
            terms.push(Term {
                stem,
                shown: word.shown,
                named: word.named,
                entries: word.entries.into_iter().collect(),
            });
        }
        endings.sort_unstable();
        let mut spellings = Spellings::default();
        for (number, (form, _)) in (0..).zip(&forms) {
            spellings.add(form, number);
        }
        Lexicon {
            terms,
            endings,
            forms,
            spellings,
        }
    }

    /// Whether the stem is part of a name.
    pub(super) fn knows(&self, stem: &str) -> bool {
        self.place(stem).is_some_and(|at| self.terms[at].named)
    }

    /// The word itself, and words that begin or end with it.
    pub(super) fn matches(&self, stem: &str, word: &str) -> Vec<Match> {
        let mut found = self.exactly(stem, 1.0);
        let whole = found.iter().any(|found| found.named);
        let letters = stem.chars().count();
        let mut affix = |lexicon: &Lexicon, number: u32| {
            let term = &lexicon.terms[number as usize];
            let share = ratio(letters, term.stem.chars().count());
            // A short piece of a long word is hardly what was meant where the word itself is known.
            if term.stem != stem && (!whole || share >= 0.4) {
                found.push(Match {
                    term: number,
                    quality: 0.2 + 0.5 * share,
                    exact: false,
                    named: term.named,
                });
            }
        };
        if letters >= BEGINNING {
            let from = self.terms.partition_point(|term| term.stem.as_str() < stem);
            let run = self.terms[from..]
                .iter()
                .take_while(|term| term.stem.starts_with(stem));
            let count = run.take(MOST_AFFIXES).count();
            for at in from..from + count {
                affix(self, u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
        if letters >= END && word.chars().count() >= END {
            let back: String = stem.chars().rev().collect();
            let from = self.endings.partition_point(|(ending, _)| *ending < back);
            let run = self.endings[from..]
                .iter()
                .take_while(|(ending, _)| ending.starts_with(&back));
            for (_, number) in run.take(MOST_AFFIXES) {
                affix(self, *number);
            }
        }
        found
    }

    /// The word itself.
    pub(super) fn exactly(&self, stem: &str, quality: f32) -> Vec<Match> {
        let term = self.place(stem).and_then(|at| u32::try_from(at).ok());
        term.map(|term| Match {
            term,
            quality,
            exact: true,
            named: self.terms[term as usize].named,
        })
        .into_iter()
        .collect()
    }

    /// The words nearest to a misspelt one, with the number of mistakes: a
    /// mistake in the ending shows in the whole word, any other also in the stem.
    pub(super) fn nearest(&self, word: &str, language: Language) -> Option<(usize, Vec<Match>)> {
        let mut measured: Vec<(usize, u32)> = Vec::new();
        for typed in [stem(word, language), plain(word)] {
            let most = forgiven(typed.chars().count());
            let near = self.spellings.near(&typed).into_iter();
            measured.extend(near.filter_map(|number| {
                let (form, term) = &self.forms[number as usize];
                Some((distance(&typed, form, most)?, *term))
            }));
        }
        measured.retain(|(mistakes, _)| *mistakes > 0);
        let best = measured.iter().map(|(mistakes, _)| *mistakes).min()?;
        measured.retain(|(mistakes, _)| *mistakes == best);
        measured.sort_unstable();
        measured.dedup();
        let matches = measured.into_iter().map(|(_, term)| Match {
            term,
            quality: 1.0,
            exact: false,
            named: true,
        });
        Some((best, matches.collect()))
    }

    /// Words of names that look alike, with how far they are away, for ideas.
    pub(super) fn alike(&self, stem: &str) -> Vec<(usize, &str)> {
        let letters = stem.chars().count();
        let most = (letters / 3).clamp(1, 4);
        let terms = self.terms.iter().filter(|term| term.named);
        terms
            .filter_map(|term| Some((distance(stem, &term.stem, most)?, term.shown.as_str())))
            .collect()
    }

    /// The word of a match as it is written.
    pub(super) fn shown(&self, found: &Match) -> &str {
        &self.terms[found.term as usize].shown
    }

    /// Adds what matches lead to.
    pub(super) fn take(&self, matches: &[Match], factor: f32, scores: &mut HashMap<u32, f32>) {
        for found in matches {
            let term = &self.terms[found.term as usize];
            for (entry, place) in &term.entries {
                let score = place * found.quality * factor;
                let known = scores.entry(*entry).or_default();
                *known = known.max(score);
            }
        }
    }

    fn place(&self, stem: &str) -> Option<usize> {
        self.terms
            .binary_search_by(|term| term.stem.as_str().cmp(stem))
            .ok()
    }
}

fn gather(
    gathered: &mut BTreeMap<String, Gathered>,
    number: u32,
    entry: &Entry,
    language: Language,
    parts: &Parts,
) {
    let mut add = |key: String, shown: &str, named: bool, weight: f32| {
        let known = gathered.entry(key.clone()).or_default();
        if known.shown.is_empty() || (named && !known.named) {
            shown.clone_into(&mut known.shown);
        }
        known.named |= named;
        if named {
            known.forms.insert(key);
            known.forms.insert(plain(&words(shown).concat()));
        }
        let place = known.entries.entry(number).or_default();
        // The best place counts, and a little that there are several.
        *place = place.max(weight) + if *place > 0.0 { AGAIN } else { 0.0 };
    };
    let title = [entry.title.get(language)];
    let own = entry.keywords.get(&language).into_iter().flatten();
    let keywords: Vec<&str> = own.map(String::as_str).collect();
    for (texts, whole, part) in [
        (&title[..], TITLE, PART_OF_TITLE),
        (&keywords, KEYWORD, PART_OF_KEYWORD),
    ] {
        for text in texts {
            let known: Vec<String> = words(text)
                .into_iter()
                .filter(|word| !is_empty(word))
                .collect();
            // In a short name a word says more.
            let short = 0.8 + 0.2 / ratio(known.len(), 1);
            for word in &known {
                let shown = as_written(text, word);
                add(stem(word, language), &shown, true, whole * short);
                if language == Language::De {
                    for piece in parts.of(word) {
                        add(piece, &shown, true, part);
                    }
                }
            }
        }
    }
    for word in words(entry.summary.get(language)) {
        if !is_empty(&word) {
            let shown = as_written(entry.summary.get(language), &word);
            add(stem(&word, language), &shown, false, SUMMARY);
        }
    }
}

/// A word of a text as it stands there, with its capitals and umlauts.
pub(super) fn as_written(text: &str, folded: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric())
        .find(|word| words(word).first().is_some_and(|found| found == folded))
        .unwrap_or(folded)
        .to_owned()
}
