//! The list of changes while it grows, and the sentences many of them share.

use serde::Serialize;

use crate::feel::Expression;
use crate::text::{Language, Text};

/// Whom a change concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// What citizens see and have to do.
    Citizens,
    /// What they pay.
    Fees,
    /// How cases are worked.
    Clerks,
    /// Which data are collected, why and how long.
    Privacy,
}

impl Area {
    /// Heading in reports.
    pub fn title(self) -> Text {
        match self {
            Area::Citizens => Text::both("Für antragstellende Personen", "For applicants"),
            Area::Fees => Text::both("Gebühren", "Fees"),
            Area::Clerks => Text::both("Für die Sachbearbeitung", "For clerks"),
            Area::Privacy => Text::both("Datenschutz", "Data protection"),
        }
    }
}

/// One change, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Whom it concerns.
    pub area: Area,
    /// What kind of change it is, such as `field-added`.
    pub kind: &'static str,
    /// Where: the path of a field or state, the id of a fee or letter.
    pub place: String,
    /// The change in a sentence.
    pub text: Text,
}

/// Collects changes.
#[derive(Default)]
pub(super) struct Changes {
    list: Vec<Change>,
}

/// What a sentence is about, in both languages, such as „Beschriftung von „Name““.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) de: String,
    pub(super) en: String,
}

pub(super) fn subject(de: impl Into<String>, en: impl Into<String>) -> Subject {
    Subject {
        de: de.into(),
        en: en.into(),
    }
}

impl Changes {
    pub(super) fn add(
        &mut self,
        area: Area,
        kind: &'static str,
        place: &str,
        de: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.list.push(Change {
            area,
            kind,
            place: place.to_owned(),
            text: Text::both(de, en),
        });
    }

    /// A text that people read: told with what it was and what it is.
    pub(super) fn texts(
        &mut self,
        area: Area,
        kind: &'static str,
        place: &str,
        what: Subject,
        before: Option<&Text>,
        after: Option<&Text>,
    ) {
        if before == after {
            return;
        }
        let said = |language: Language| {
            let read = |text: Option<&Text>| text.map(|text| text.get(language).to_owned());
            let (old, new) = (read(before), read(after));
            if old == new {
                // Only the other language differs.
                let other = match language {
                    Language::De => Language::En,
                    Language::En => Language::De,
                };
                let read = |text: Option<&Text>| text.map(|text| text.get(other).to_owned());
                return (read(before), read(after), true);
            }
            (old, new, false)
        };
        let (old, new, other) = said(Language::De);
        let mark = if other { " (englisch)" } else { "" };
        let de = format!("{}{mark} {}", what.de, from_to_de(old, new));
        let (old, new, other) = said(Language::En);
        let mark = if other { " (German)" } else { "" };
        let en = format!("{}{mark} {}", what.en, from_to_en(old, new));
        self.add(area, kind, place, de, en);
    }

    /// A value without language, such as an id, a number or a duration.
    pub(super) fn values(
        &mut self,
        area: Area,
        kind: &'static str,
        place: &str,
        what: Subject,
        before: Option<String>,
        after: Option<String>,
    ) {
        if before != after {
            let de = format!("{} {}", what.de, from_to_de(before.clone(), after.clone()));
            let en = format!("{} {}", what.en, from_to_en(before, after));
            self.add(area, kind, place, de, en);
        }
    }

    /// A rule, quoted as written.
    pub(super) fn rules(
        &mut self,
        area: Area,
        kind: &'static str,
        place: &str,
        what: Subject,
        before: Option<&Expression>,
        after: Option<&Expression>,
    ) {
        self.values(area, kind, place, what, quoted(before), quoted(after));
    }

    /// A list of texts, told by what was added and what is gone.
    pub(super) fn lists(
        &mut self,
        area: Area,
        kind: &'static str,
        place: &str,
        what: &Subject,
        before: &[Text],
        after: &[Text],
    ) {
        for text in after.iter().filter(|text| !before.contains(text)) {
            let (de, en) = (text.get(Language::De), text.get(Language::En));
            let de = format!("{}: neu ist „{de}“", what.de);
            self.add(area, kind, place, de, format!("{}: “{en}” is new", what.en));
        }
        for text in before.iter().filter(|text| !after.contains(text)) {
            let (de, en) = (text.get(Language::De), text.get(Language::En));
            let de = format!("{}: „{de}“ entfällt", what.de);
            self.add(
                area,
                kind,
                place,
                de,
                format!("{}: “{en}” is gone", what.en),
            );
        }
    }

    /// All changes, those of an area together, in the order they were found.
    pub(super) fn sorted(mut self) -> Vec<Change> {
        self.list.sort_by_key(|change| change.area);
        self.list.dedup();
        self.list
    }
}

/// A rule between backticks, on one line.
pub(super) fn quoted(rule: Option<&Expression>) -> Option<String> {
    rule.map(|rule| format!("`{}`", on_one_line(rule.text())))
}

/// A text without line breaks and doubled spaces.
pub(super) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn from_to_de(before: Option<String>, after: Option<String>) -> String {
    match (mark_de(before), mark_de(after)) {
        (Some(before), Some(after)) => format!("geändert: bisher {before}, jetzt {after}"),
        (None, Some(after)) => format!("neu: {after}"),
        (Some(before), None) => format!("entfällt: bisher {before}"),
        (None, None) => "geändert".to_owned(),
    }
}

fn from_to_en(before: Option<String>, after: Option<String>) -> String {
    match (mark_en(before), mark_en(after)) {
        (Some(before), Some(after)) => format!("changed: was {before}, is now {after}"),
        (None, Some(after)) => format!("is new: {after}"),
        (Some(before), None) => format!("is gone: was {before}"),
        (None, None) => "changed".to_owned(),
    }
}

/// Quotes what is not quoted as a rule already.
fn mark_de(text: Option<String>) -> Option<String> {
    text.map(|text| match text.starts_with('`') {
        true => text,
        false => format!("„{}“", on_one_line(&text)),
    })
}

fn mark_en(text: Option<String>) -> Option<String> {
    text.map(|text| match text.starts_with('`') {
        true => text,
        false => format!("“{}”", on_one_line(&text)),
    })
}
