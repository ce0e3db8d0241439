//! The services from A to Z, under their titles and under other words for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::definitions::Service;
use engine::text::Language;

use super::search::words::words;

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The word or title.
    pub word: String,
    /// Titles of the services it leads to with their ids; the one where the
    /// word is the title itself stands alone.
    pub services: Vec<(String, String)>,
}

/// The list of one language.
#[derive(Debug, Default)]
pub struct Letters {
    by_letter: BTreeMap<char, Vec<Line>>,
}

/// What lines are sorted by, and the line itself.
type Heading = (Vec<String>, String);

impl Letters {
    /// The list over titles and keywords of a language.
    pub fn new(services: &[Arc<Service>], language: Language) -> Letters {
        let mut lines: BTreeMap<Heading, Vec<(String, String)>> = BTreeMap::new();
        for service in services {
            let form = &service.form;
            let title = form.title.get(language).to_owned();
            let target = (title.clone(), form.id.clone());
            let own = form.service.keywords.get(&language).into_iter().flatten();
            let whole = words(&title);
            // A word the title begins with would stand beside it and say the same.
            let others = own.filter(|word| !whole.starts_with(&words(word)));
            for word in others.chain(std::iter::once(&title)) {
                let targets = lines.entry((words(word), word.clone())).or_default();
                if !targets.contains(&target) {
                    targets.push(target.clone());
                }
            }
        }
        let mut by_letter: BTreeMap<char, Vec<Line>> = BTreeMap::new();
        for ((folded, word), mut services) in lines {
            let Some(first) = folded.first().and_then(|word| word.chars().next()) else {
                continue;
            };
            services.sort();
            let letter = if first.is_ascii_alphabetic() {
                first
            } else {
                '#'
            };
            by_letter
                .entry(letter)
                .or_default()
                .push(Line { word, services });
        }
        Letters { by_letter }
    }

    /// The letters there are words with, numbers and signs as `#` first.
    pub fn letters(&self) -> impl Iterator<Item = char> {
        self.by_letter.keys().copied()
    }

    /// The lines of a letter.
    pub fn lines(&self, letter: char) -> &[Line] {
        self.by_letter.get(&letter).map_or(&[], Vec::as_slice)
    }
}
