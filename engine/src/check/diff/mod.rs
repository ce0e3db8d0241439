//! What changed between two versions of a service, in words: for citizens, in
//! fees, for the people who work the cases, and for data protection.
//!
//! Compiled services are compared, not files: a comment or another order of
//! keys is no change, an edited library shows in every service that uses it.

mod actions;
mod answers;
mod changes;
mod clerks;
mod drafts;
mod fees;
mod fields;
mod matching;
mod migration;
mod pages;
mod privacy;
mod states;

use std::collections::BTreeSet;

use serde::Serialize;

use self::changes::Changes;
use crate::definitions::{Definitions, Service};
use crate::text::{Language, Text};

pub use self::changes::{Area, Change};

/// What changed between two sets of definitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// Services that differ, by id.
    pub services: Vec<ServiceDiff>,
}

/// What changed in one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceDiff {
    /// Service id.
    pub id: String,
    /// Its name, of the newer version where there is one.
    pub title: Text,
    /// The older version; `None` for a service that is new.
    pub before: Option<Version>,
    /// The newer version; `None` for a service that is no longer offered.
    pub after: Option<Version>,
    /// What changed, by area. Empty although the versions differ where no
    /// reader notices anything, such as a changed comment.
    pub changes: Vec<Change>,
}

/// Which version of a service is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The number the designer counts up.
    pub version: i64,
    /// Content hash of the bundle.
    pub hash: String,
}

impl Version {
    fn of(service: &Service) -> Version {
        Version {
            version: service.form.version,
            hash: service.hash.clone(),
        }
    }
}

/// Compares two sets of definitions; with `only`, one service of them.
pub fn diff(before: &Definitions, after: &Definitions, only: Option<&str>) -> Diff {
    let ids: BTreeSet<&String> = before
        .services
        .keys()
        .chain(after.services.keys())
        .filter(|id| only.is_none_or(|only| only == id.as_str()))
        .collect();
    let services = ids
        .into_iter()
        .filter_map(|id| {
            let (old, new) = (before.services.get(id), after.services.get(id));
            match (old, new) {
                (Some(old), Some(new)) if old.hash == new.hash => None,
                (old, new) => Some(service_diff(id, old.map(|s| &**s), new.map(|s| &**s))),
            }
        })
        .collect();
    Diff { services }
}

fn service_diff(id: &str, before: Option<&Service>, after: Option<&Service>) -> ServiceDiff {
    let changes = match (before, after) {
        (Some(before), Some(after)) => diff_service(before, after),
        _ => Vec::new(),
    };
    ServiceDiff {
        id: id.to_owned(),
        title: after
            .or(before)
            .map(|service| service.form.title.clone())
            .unwrap_or_default(),
        before: before.map(Version::of),
        after: after.map(Version::of),
        changes,
    }
}

/// What changed between two versions of one service, by area.
pub fn diff_service(before: &Service, after: &Service) -> Vec<Change> {
    let mut changes = Changes::default();
    pages::compare_head(&before.form, &after.form, &mut changes);
    pages::compare(&before.form, &after.form, &mut changes);
    drafts::compare(&before.form, &after.form, &mut changes);
    fees::compare(&before.form, &after.form, &mut changes);
    clerks::compare(before, after, &mut changes);
    privacy::compare(&before.form, &after.form, &mut changes);
    changes.sorted()
}

impl Diff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }

    /// The report a person reads.
    pub fn render(&self, language: Language) -> String {
        if self.is_empty() {
            return pick(language, "Keine Unterschiede.\n", "No differences.\n").to_owned();
        }
        let parts: Vec<String> = self
            .services
            .iter()
            .map(|service| service.render(language))
            .collect();
        parts.join("\n")
    }
}

impl ServiceDiff {
    /// The report of this service.
    pub fn render(&self, language: Language) -> String {
        let mut text = format!("{} ({})", self.title.get(language), self.id);
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => text.push_str(&format!(
                ": {} {} ({}) → {} ({})\n",
                pick(language, "Fassung", "version"),
                before.version,
                short(&before.hash),
                after.version,
                short(&after.hash),
            )),
            (None, Some(_)) => text.push_str(pick(language, ": neu\n", ": new\n")),
            _ => text.push_str(pick(
                language,
                ": wird nicht mehr angeboten\n",
                ": no longer offered\n",
            )),
        }
        if self.changes.is_empty() && self.before.is_some() && self.after.is_some() {
            text.push_str(pick(
                language,
                "  Nichts, was jemand bemerkt (etwa ein Kommentar).\n",
                "  Nothing anybody notices (such as a comment).\n",
            ));
        }
        let mut area = None;
        for change in &self.changes {
            if area != Some(change.area) {
                area = Some(change.area);
                text.push_str(&format!("  {}\n", change.area.title().get(language)));
            }
            text.push_str(&format!("    - {}\n", change.text.get(language)));
        }
        text
    }
}

/// The first letters of a hash, enough to tell versions apart.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn pick(language: Language, de: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::De => de,
        Language::En => en,
    }
}
