//! Letters side by side: both languages say the same, and a letter of one
//! service exists in both.

use std::collections::{BTreeMap, BTreeSet};

use super::{LetterFile, Lint, warn};
use crate::definitions::letters::line_span;
use crate::definitions::{Checked, Kind};
use crate::document::letter::Letter;
use crate::source::{Report, SourceFile, Span};
use crate::text::Language;
use crate::workflow::Workflow;

/// The languages of one letter by service.
pub(super) type Variants<'a> = BTreeMap<(Option<&'a str>, Language), LetterFile<'a>>;

/// Every letter that can be compiled.
pub(super) fn read<'a>(checked: &Checked<'a>) -> BTreeMap<&'a str, Variants<'a>> {
    let mut letters: BTreeMap<&str, Variants<'_>> = BTreeMap::new();
    for read in checked.read {
        let Kind::Letter {
            service,
            id,
            language,
        } = &read.kind
        else {
            continue;
        };
        let Some(source) = checked.sources.file(read.file) else {
            continue;
        };
        let Ok(letter) = Letter::compile(&source.text) else {
            continue;
        };
        let found = LetterFile {
            file: read.file,
            source,
            references: letter.references(),
        };
        let key = (service.as_deref(), *language);
        letters.entry(id).or_default().insert(key, found);
    }
    letters
}

/// The variables and parameters the letters of a workflow name.
pub(super) fn reads_of(lint: &Lint<'_>, workflow: &Workflow) -> BTreeSet<String> {
    let (mails, documents) = workflow.templates_used();
    mails
        .union(&documents)
        .filter_map(|id| lint.letters.get(id))
        .flat_map(BTreeMap::values)
        .flat_map(|letter| &letter.references)
        .map(|reference| {
            reference
                .path
                .splitn(3, '.')
                .take(2)
                .collect::<Vec<_>>()
                .join(".")
        })
        .collect()
}

pub(super) fn check_languages(lint: &Lint<'_>, report: &mut Report) {
    for variants in lint.letters.values() {
        for ((service, language), letter) in variants {
            let sound = |letter: &LetterFile<'_>| lint.sound.contains(&letter.file);
            if !sound(letter) {
                continue;
            }
            let other = match language {
                Language::De => Language::En,
                Language::En => Language::De,
            };
            match (variants.get(&(*service, other)), service) {
                (Some(twin), _) if sound(twin) => compare(letter, twin, other, report),
                (Some(_), _) => {}
                (None, Some(service)) => {
                    let message = format!(
                        "readers of {} get the general letter instead: `{service}` has no own one",
                        name(other)
                    );
                    let help = format!("add `{}`", beside(letter.source, *language, other));
                    warn(
                        report,
                        "letter-one-language",
                        first_line(letter),
                        message,
                        help,
                    );
                }
                // Without a service this is a `missing-letter` or `missing-translation`.
                (None, None) => {}
            }
        }
    }
}

fn name(language: Language) -> &'static str {
    match language {
        Language::De => "German",
        Language::En => "English",
    }
}

/// The path of the same letter in another language.
fn beside(source: &SourceFile, language: Language, other: Language) -> String {
    let ending = format!(".{}.hbs", language.tag());
    let stem = source.path.strip_suffix(&ending).unwrap_or(&source.path);
    format!("{stem}.{}.hbs", other.tag())
}

/// The first line of a letter, its subject.
pub(super) fn first_line(letter: &LetterFile<'_>) -> Span {
    line_span(letter.file, &letter.source.text, 1)
}

/// Values one language names and the other does not.
fn compare(letter: &LetterFile<'_>, twin: &LetterFile<'_>, other: Language, report: &mut Report) {
    let mut known: BTreeSet<&str> = twin.references.iter().map(|r| r.path.as_str()).collect();
    for reference in &letter.references {
        if !known.insert(&reference.path) {
            continue;
        }
        let message = format!(
            "`{}` is missing in the {} letter",
            reference.path,
            name(other)
        );
        let help = format!("add it to `{}`, or remove it here", twin.source.path);
        let span = value_span(letter, &reference.path, reference.line);
        warn(report, "letter-languages-differ", span, message, help);
    }
}

/// Where a value stands in a letter.
pub(super) fn value_span(letter: &LetterFile<'_>, path: &str, line: usize) -> Span {
    crate::definitions::letters::value_span(letter.file, &letter.source.text, path, line)
}
