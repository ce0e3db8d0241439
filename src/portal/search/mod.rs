//! Finding a service in the citizen's own words: German and English, with
//! endings, umlauts, compounds and slips of the hand forgiven.
//!
//! The index is built once for a set of definitions. A search reads it: words
//! that are known as they stand come first, then parts of known words, then
//! words taken apart, then words a letter or two away.

mod compound;
mod lexicon;
mod spelling;
pub mod words;

use std::collections::{BTreeMap, HashMap};

use engine::text::{Language, Text};

use compound::Parts;
use lexicon::Lexicon;
use words::{asked, is_empty, stem};

/// How much a word of the other language counts.
const FOREIGN: f32 = 0.6;
/// What a search that is a title or keyword as a whole gains.
const WHOLE: f32 = 1.6;
/// What a popular entry gains.
const POPULAR: f32 = 1.1;
/// Which part of what was asked for, by weight, must be found.
const ENOUGH: f32 = 0.4;
/// What is this much worse than the best is left out.
const NEAR_BEST: f32 = 0.22;
/// How well a word a few letters away fits.
const MISSPELT: [f32; 3] = [1.0, 0.75, 0.5];
/// How well the parts of a word fit.
const TAKEN_APART: f32 = 0.8;
/// How well the beginning of an unknown word fits.
const BEGINNING: f32 = 0.4;
/// Most words put forward where nothing was found.
const MOST_IDEAS: usize = 3;

/// Something that can be found, with the words it is known by.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its name.
    pub title: Text,
    /// Words people use for it.
    pub keywords: BTreeMap<Language, Vec<String>>,
    /// What it is about; counts little.
    pub summary: Text,
    /// Whether many people come for it: of equals it is the first.
    pub popular: bool,
}

/// What a search found, the best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Numbers of entries.
    pub hits: Vec<usize>,
    /// Words that were read as others: as typed, and as understood.
    pub understood: Vec<(String, String)>,
    /// Words to try instead, where there are no hits.
    pub ideas: Vec<String>,
}

/// The index over a set of entries.
#[derive(Debug)]
pub struct Index {
    count: usize,
    popular: Vec<bool>,
    lexicons: [Lexicon; 2],
    parts: Parts,
    /// Titles and keywords as a whole, by their stems.
    phrases: HashMap<String, Vec<u32>>,
    /// Place of each entry by title, per language.
    order: [Vec<u32>; 2],
}

/// A word of the search with what it leads to.
struct Wanted {
    /// Score by entry, without the weight of the word.
    scores: HashMap<u32, f32>,
    weight: f32,
    understood: Option<(String, String)>,
}

impl Index {
    /// Builds the index.
    pub fn new(entries: &[Entry]) -> Index {
        let mut parts = Parts::default();
        for entry in entries {
            for text in named(entry) {
                for word in words::words(text).iter().filter(|word| !is_empty(word)) {
                    parts.add(word);
                }
            }
        }
        let lexicons = Language::ALL.map(|language| Lexicon::new(entries, language, &parts));
        let mut phrases: HashMap<String, Vec<u32>> = HashMap::new();
        for (number, entry) in (0..).zip(entries) {
            for text in named(entry) {
                phrases
                    .entry(phrase(&asked(text)))
                    .or_default()
                    .push(number);
            }
        }
        let order = Language::ALL.map(|language| in_order(entries, language));
        Index {
            count: entries.len(),
            popular: entries.iter().map(|entry| entry.popular).collect(),
            lexicons,
            parts,
            phrases,
            order,
        }
    }

    /// What fits a search on a page in `language`.
    pub fn find(&self, query: &str, language: Language) -> Found {
        let asked = self.joined(asked(query));
        if asked.is_empty() {
            return Found::default();
        }
        let wanted: Vec<Wanted> = asked
            .iter()
            .map(|word| self.wanted(word, language))
            .collect();
        let hits = self.ranked(&wanted, &asked, language);
        if hits.is_empty() {
            return Found {
                ideas: self.ideas(&asked, language),
                ..Found::default()
            };
        }
        Found {
            hits,
            understood: wanted
                .into_iter()
                .filter_map(|word| word.understood)
                .map(|(typed, meant)| (lexicon::as_written(query, &typed), meant))
                .collect(),
            ideas: Vec::new(),
        }
    }

    /// The sum over the words of the search, for entries that have enough of them.
    fn ranked(&self, wanted: &[Wanted], asked: &[String], language: Language) -> Vec<usize> {
        let whole: f32 = wanted.iter().map(|word| word.weight).sum();
        let mut totals: HashMap<u32, (f32, f32)> = HashMap::new();
        for word in wanted {
            for (entry, score) in &word.scores {
                let (total, met) = totals.entry(*entry).or_default();
                *total += score * word.weight;
                *met += word.weight;
            }
        }
        let meant: Vec<String> = asked
            .iter()
            .zip(wanted)
            .flat_map(|(word, wanted)| match &wanted.understood {
                Some((_, meant)) => words::words(meant),
                None => vec![word.clone()],
            })
            .collect();
        let same = self.phrases.get(&phrase(&meant));
        let mut scored: Vec<(f32, u32)> = totals
            .into_iter()
            .filter(|(_, (_, met))| *met >= whole * ENOUGH)
            .map(|(entry, (total, met))| {
                let mut score = total * met / whole;
                if same.is_some_and(|entries| entries.contains(&entry)) {
                    score *= WHOLE;
                }
                if self.popular[entry as usize] {
                    score *= POPULAR;
                }
                (score, entry)
            })
            .collect();
        let order = &self.order[language as usize];
        scored.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then_with(|| order[a.1 as usize].cmp(&order[b.1 as usize]))
        });
        let least = scored.first().map_or(0.0, |(best, _)| best * NEAR_BEST);
        scored
            .into_iter()
            .take_while(|(score, _)| *score >= least)
            .map(|(_, entry)| entry as usize)
            .collect()
    }

    /// What a word leads to: as it stands, then by more and more forgiving ways.
    fn wanted(&self, word: &str, language: Language) -> Wanted {
        let mut scores = HashMap::new();
        let mut exact = false;
        for (lexicon, spoken, factor) in self.languages(language) {
            let matches = lexicon.matches(&stem(word, spoken), word);
            exact |= matches.iter().any(|found| found.exact && found.named);
            lexicon.take(&matches, factor, &mut scores);
        }
        let mut understood = None;
        if !exact {
            self.taken_apart(word, &mut scores);
            understood = self.misspelt(word, language, &mut scores);
        }
        if scores.is_empty()
            && let Some(head) = self.parts.head(word)
        {
            let lexicon = &self.lexicons[Language::De as usize];
            let matches = lexicon.exactly(&head, BEGINNING);
            lexicon.take(&matches, 1.0, &mut scores);
        }
        Wanted {
            weight: self.rarity(scores.len()),
            scores,
            understood,
        }
    }

    /// A compound nobody wrote down: each part counts its share.
    fn taken_apart(&self, word: &str, scores: &mut HashMap<u32, f32>) {
        let stems = self.parts.of(word);
        let lexicon = &self.lexicons[Language::De as usize];
        let mut sums: HashMap<u32, (f32, usize)> = HashMap::new();
        for part in &stems {
            let mut of_part = HashMap::new();
            lexicon.take(&lexicon.exactly(part, 1.0), 1.0, &mut of_part);
            for (entry, score) in of_part {
                let sum = sums.entry(entry).or_default();
                sum.0 += score;
                sum.1 += 1;
            }
        }
        for (entry, (sum, parts)) in sums {
            let share = ratio(parts, stems.len());
            let score = TAKEN_APART * sum / stems.len() as f32 * share * share;
            let known = scores.entry(entry).or_default();
            *known = known.max(score);
        }
    }

    /// Words a letter or two away, of which the nearest count.
    fn misspelt(
        &self,
        word: &str,
        language: Language,
        scores: &mut HashMap<u32, f32>,
    ) -> Option<(String, String)> {
        let mut understood: Option<(usize, String)> = None;
        let alone = scores.is_empty();
        for (lexicon, spoken, factor) in self.languages(language) {
            let Some((mistakes, matches)) = lexicon.nearest(word, spoken) else {
                continue;
            };
            if understood
                .as_ref()
                .is_some_and(|(best, _)| *best <= mistakes)
            {
                continue;
            }
            let factor = factor * MISSPELT.get(mistakes).copied().unwrap_or(0.4);
            lexicon.take(&matches, factor, scores);
            let meant = matches.first().map(|found| lexicon.shown(found).to_owned());
            understood = meant.map(|meant| (mistakes, meant)).or(understood);
        }
        let (_, meant) = understood.filter(|_| alone)?;
        Some((word.to_owned(), meant))
    }

    /// Neighbours that are one known word: `sperr müll`, `hunde steuer`.
    fn joined(&self, asked: Vec<String>) -> Vec<String> {
        let known = |word: &str| {
            Language::ALL
                .iter()
                .any(|language| self.lexicons[*language as usize].knows(&stem(word, *language)))
        };
        let mut out: Vec<String> = Vec::with_capacity(asked.len());
        for word in asked {
            if let Some(last) = out.last_mut() {
                let both = format!("{last}{word}");
                if known(&both) && !(known(last) && known(&word)) {
                    *last = both;
                    continue;
                }
            }
            out.push(word);
        }
        out
    }

    /// Known words that look most like what was asked for.
    fn ideas(&self, asked: &[String], language: Language) -> Vec<String> {
        let lexicon = &self.lexicons[language as usize];
        let mut ideas: Vec<(usize, &str)> = asked
            .iter()
            .filter(|word| word.chars().count() > 3)
            .flat_map(|word| lexicon.alike(&stem(word, language)))
            .collect();
        ideas.sort_unstable();
        ideas.dedup_by_key(|(_, word)| *word);
        ideas
            .into_iter()
            .take(MOST_IDEAS)
            .map(|(_, word)| word.to_owned())
            .collect()
    }

    /// How much a word says that leads to so many entries.
    fn rarity(&self, found: usize) -> f32 {
        (1.0 + ratio(self.count, 1) / ratio(found, 1).max(0.5)).ln()
    }

    /// Both languages with how much they count, that of the page first.
    fn languages(&self, language: Language) -> [(&Lexicon, Language, f32); 2] {
        let other = match language {
            Language::De => Language::En,
            Language::En => Language::De,
        };
        [(language, 1.0), (other, FOREIGN)]
            .map(|(spoken, factor)| (&self.lexicons[spoken as usize], spoken, factor))
    }
}

/// Titles and keywords: what an entry is called.
fn named(entry: &Entry) -> impl Iterator<Item = &str> {
    std::iter::once(entry.title.de.as_str())
        .chain(entry.title.en.as_deref())
        .chain(entry.keywords.values().flatten().map(String::as_str))
}

/// A phrase by its stems, in order.
fn phrase(words: &[String]) -> String {
    let stems: Vec<String> = words.iter().map(|word| stem(word, Language::De)).collect();
    stems.join(" ")
}

/// Place of each entry when sorted by title.
fn in_order(entries: &[Entry], language: Language) -> Vec<u32> {
    let mut sorted: Vec<usize> = (0..entries.len()).collect();
    sorted.sort_by_cached_key(|at| words::words(entries[*at].title.get(language)));
    let mut places = vec![0; entries.len()];
    for (place, at) in (0..).zip(sorted) {
        places[at] = place;
    }
    places
}

fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}

#[cfg(test)]
mod tests;
