//! What citizens read before they begin, and the pages of the form.

use super::changes::{Area, Changes, quoted, subject};
use super::fields;
use super::matching::matched;
use crate::form::{Check, Form, Level, Page};
use crate::text::{Language, Text};

const AREA: Area = Area::Citizens;

/// The start page of the service.
pub(super) fn compare_head(before: &Form, after: &Form, changes: &mut Changes) {
    let (old, new) = (&before.service, &after.service);
    for (kind, de, en, old, new) in [
        (
            "title",
            "Name der Leistung",
            "Name of the service",
            Some(&before.title),
            Some(&after.title),
        ),
        (
            "summary",
            "Kurzbeschreibung",
            "Summary",
            Some(&before.summary),
            Some(&after.summary),
        ),
        (
            "who",
            "Wer die Leistung nutzen kann,",
            "Who may apply",
            old.who.as_ref(),
            new.who.as_ref(),
        ),
        (
            "processing-time",
            "Bearbeitungszeit",
            "Processing time",
            old.processing_time.as_ref(),
            new.processing_time.as_ref(),
        ),
        (
            "cost-text",
            "Angabe der Kosten",
            "Text on costs",
            old.cost.as_ref(),
            new.cost.as_ref(),
        ),
    ] {
        changes.texts(AREA, kind, "", subject(de, en), old, new);
    }
    for (kind, de, en, old, new) in [
        (
            "prerequisite",
            "Voraussetzungen",
            "Prerequisites",
            &old.prerequisites,
            &new.prerequisites,
        ),
        (
            "needed",
            "Was bereitliegen soll",
            "What to have at hand",
            &old.needed,
            &new.needed,
        ),
        (
            "citizen-deadline",
            "Fristen",
            "Deadlines",
            &old.deadlines,
            &new.deadlines,
        ),
        (
            "next-step",
            "Wie es weitergeht",
            "What happens next",
            &old.next,
            &new.next,
        ),
    ] {
        changes.lists(AREA, kind, "", &subject(de, en), old, new);
    }
    let minutes = |minutes: Option<i64>| minutes.map(|minutes| format!("{minutes} min"));
    changes.values(
        AREA,
        "minutes",
        "",
        subject("Dauer des Ausfüllens", "Time to fill in"),
        minutes(old.minutes),
        minutes(new.minutes),
    );
    changes.values(
        AREA,
        "portals",
        "",
        subject("Portale", "Portals"),
        Some(old.portals.join(", ")),
        Some(new.portals.join(", ")),
    );
}

/// Pages, their questions and checks.
pub(super) fn compare(before: &Form, after: &Form, changes: &mut Changes) {
    let (old, new) = (&before.questions.pages, &after.questions.pages);
    let pages = matched(
        old,
        new,
        |page| page.id.as_str(),
        |old, new| old.title == new.title || shares_fields(old, new),
    );
    for page in &pages.added {
        let (de, en) = titles(page);
        changes.add(
            AREA,
            "page-added",
            &page.id,
            format!("Neue Seite „{de}“{}", when_de(page)),
            format!("New page “{en}”{}", when_en(page)),
        );
    }
    for page in &pages.removed {
        let (de, en) = titles(page);
        changes.add(
            AREA,
            "page-removed",
            &page.id,
            format!("Die Seite „{de}“ entfällt"),
            format!("The page “{en}” is gone"),
        );
    }
    for (old, new) in pages.kept.iter().chain(&pages.renamed) {
        compare_page(old, new, changes);
    }
    compare_order(&pages.kept, old, changes);
    fields::compare(&before.questions, &after.questions, AREA, changes);
}

fn shares_fields(old: &Page, new: &Page) -> bool {
    let shared = new
        .fields
        .iter()
        .filter(|field| old.fields.iter().any(|other| other.id == field.id))
        .count();
    shared > 0 && shared * 2 > old.fields.len().max(new.fields.len())
}

fn titles(page: &Page) -> (&str, &str) {
    (page.title.get(Language::De), page.title.get(Language::En))
}

fn when_de(page: &Page) -> String {
    quoted(page.visible.as_ref()).map_or_else(String::new, |rule| format!(", nur wenn {rule}"))
}

fn when_en(page: &Page) -> String {
    quoted(page.visible.as_ref()).map_or_else(String::new, |rule| format!(", only if {rule}"))
}

fn compare_page(old: &Page, new: &Page, changes: &mut Changes) {
    let (de, en) = titles(new);
    let about = |what_de: &str, what_en: &str| {
        subject(format!("{what_de} „{de}“"), format!("{what_en} “{en}”"))
    };
    changes.texts(
        AREA,
        "page-title",
        &new.id,
        subject("Überschrift einer Seite", "Title of a page"),
        Some(&old.title),
        Some(&new.title),
    );
    changes.texts(
        AREA,
        "page-intro",
        &new.id,
        about("Einleitung der Seite", "Introduction of the page"),
        old.intro.as_ref(),
        new.intro.as_ref(),
    );
    changes.rules(
        AREA,
        "page-visible",
        &new.id,
        about("Bedingung der Seite", "Condition of the page"),
        old.visible.as_ref(),
        new.visible.as_ref(),
    );
    let checks = matched(
        &old.checks,
        &new.checks,
        |check| check.id.as_str(),
        |old, new| old.assert.text() == new.assert.text(),
    );
    for check in checks.added {
        told(check, "check-added", "Neue Prüfung", "New check", changes);
    }
    for check in checks.removed {
        told(
            check,
            "check-removed",
            "Nicht mehr geprüft",
            "No longer checked",
            changes,
        );
    }
    for (old, new) in checks.kept.into_iter().chain(checks.renamed) {
        compare_check(old, new, changes);
    }
}

fn told(check: &Check, kind: &'static str, de: &str, en: &str, changes: &mut Changes) {
    let rule = quoted(Some(&check.assert)).unwrap_or_default();
    let (message, message_en) = (
        check.message.get(Language::De),
        check.message.get(Language::En),
    );
    changes.add(
        AREA,
        kind,
        &check.at,
        format!("{de}: {rule} („{message}“)"),
        format!("{en}: {rule} (“{message_en}”)"),
    );
}

fn compare_check(old: &Check, new: &Check, changes: &mut Changes) {
    let about = subject(
        format!("Prüfung „{}“", new.id),
        format!("Check “{}”", new.id),
    );
    changes.rules(
        AREA,
        "check-rule",
        &new.at,
        about.clone(),
        Some(&old.assert),
        Some(&new.assert),
    );
    changes.texts(
        AREA,
        "check-message",
        &new.at,
        subject(
            format!("Hinweis der Prüfung „{}“", new.id),
            format!("Message of the check “{}”", new.id),
        ),
        Some(&old.message),
        Some(&new.message),
    );
    if old.level != new.level {
        let (de, en) = match new.level {
            Level::Error => ("verhindert jetzt das Absenden", "now keeps from sending"),
            Level::Warning => ("ist jetzt nur ein Hinweis", "is now a hint only"),
        };
        changes.add(
            AREA,
            "check-level",
            &new.at,
            format!("{} {de}", about.de),
            format!("{} {en}", about.en),
        );
    }
}

/// Pages in another order, told once.
fn compare_order(kept: &[(&Page, &Page)], before: &[Page], changes: &mut Changes) {
    let place = |page: &Page| before.iter().position(|other| other.id == page.id);
    let sorted = kept
        .windows(2)
        .all(|pair| place(pair[0].0) <= place(pair[1].0));
    if sorted {
        return;
    }
    let titles = |language| {
        let titles: Vec<&str> = kept
            .iter()
            .map(|(_, page)| Text::get(&page.title, language))
            .collect();
        titles.join(", ")
    };
    changes.add(
        AREA,
        "page-order",
        "",
        format!("Reihenfolge der Seiten: {}", titles(Language::De)),
        format!("Order of the pages: {}", titles(Language::En)),
    );
}
