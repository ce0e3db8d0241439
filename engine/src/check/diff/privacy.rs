//! Which data are collected, what for, how long, and how sure the city wants
//! to be who applies.

use super::changes::{Area, Changes, subject};
use crate::form::{Field, FieldKind, Form};
use crate::text::{Language, Text};

const AREA: Area = Area::Privacy;

pub(super) fn compare(before: &Form, after: &Form, changes: &mut Changes) {
    let (old, new) = (&before.privacy, &after.privacy);
    changes.texts(
        AREA,
        "purpose",
        "",
        subject("Zweck der Verarbeitung", "Purpose of the processing"),
        Some(&old.purpose),
        Some(&new.purpose),
    );
    changes.values(
        AREA,
        "basis",
        "",
        subject("Rechtsgrundlage", "Legal basis"),
        Some(old.basis.clone()),
        Some(new.basis.clone()),
    );
    if old.retention != new.retention {
        let (de, en) = (in_words(&old.retention), in_words(&new.retention));
        changes.add(
            AREA,
            "retention",
            "",
            format!(
                "Aufbewahrung geändert: bisher {}, jetzt {}",
                de.get(Language::De),
                en.get(Language::De)
            ),
            format!(
                "Retention changed: was {}, is now {}",
                de.get(Language::En),
                en.get(Language::En)
            ),
        );
    }
    changes.lists(
        AREA,
        "recipient",
        "",
        &subject("Wer die Daten erhält", "Who receives the data"),
        &old.recipients,
        &new.recipients,
    );
    compare_legal(before, after, changes);
    compare_identification(before, after, changes);
    compare_collected(before, after, changes);
}

fn compare_legal(before: &Form, after: &Form, changes: &mut Changes) {
    let names = |form: &Form| -> Vec<Text> {
        form.legal
            .iter()
            .map(|legal| Text::same(legal.reference.as_str()))
            .collect()
    };
    changes.lists(
        AREA,
        "legal",
        "",
        &subject("Rechtsvorschriften", "Statutes"),
        &names(before),
        &names(after),
    );
}

fn compare_identification(before: &Form, after: &Form, changes: &mut Changes) {
    let (old, new) = (&before.identification, &after.identification);
    changes.values(
        AREA,
        "identification",
        "",
        subject("Vertrauensniveau", "Level of identification"),
        Some(old.level.name().to_owned()),
        Some(new.level.name().to_owned()),
    );
    changes.texts(
        AREA,
        "identification-reason",
        "",
        subject(
            "Begründung des Vertrauensniveaus",
            "Reason for the level of identification",
        ),
        old.reason.as_ref(),
        new.reason.as_ref(),
    );
}

/// Data that are asked for from now on, or no longer.
fn compare_collected(before: &Form, after: &Form, changes: &mut Changes) {
    let collected = |form: &Form| -> Vec<(String, Text)> {
        form.questions
            .all_fields()
            .into_iter()
            .filter(|field| holds_data(field))
            .map(|field| (field.path.clone(), field.label.text.clone()))
            .collect()
    };
    let (old, new) = (collected(before), collected(after));
    let only_in = |these: &[(String, Text)], those: &[(String, Text)], language| {
        let labels: Vec<String> = these
            .iter()
            .filter(|(path, label)| {
                !those
                    .iter()
                    .any(|(other, text)| other == path || text == label)
            })
            .map(|(_, label)| label.get(language).to_owned())
            .collect();
        labels.join("; ")
    };
    let more = only_in(&new, &old, Language::De);
    if !more.is_empty() {
        changes.add(
            AREA,
            "collected",
            "",
            format!("Zusätzlich erhoben: {more}"),
            format!(
                "Collected in addition: {}",
                only_in(&new, &old, Language::En)
            ),
        );
    }
    let less = only_in(&old, &new, Language::De);
    if !less.is_empty() {
        changes.add(
            AREA,
            "not-collected",
            "",
            format!("Nicht mehr erhoben: {less}"),
            format!("No longer collected: {}", only_in(&old, &new, Language::En)),
        );
    }
}

fn holds_data(field: &Field) -> bool {
    !matches!(
        field.kind,
        FieldKind::Info | FieldKind::Group(_) | FieldKind::List(_)
    ) && field.computed.is_none()
}

/// `P10Y` as „10 Jahre“; a duration of several units stays as written.
fn in_words(retention: &str) -> Text {
    let unit = |number: &str, one: [&str; 2], many: [&str; 2]| {
        let [de, en] = if number == "1" { one } else { many };
        Text::both(format!("{number} {de}"), format!("{number} {en}"))
    };
    let number = retention.strip_prefix('P').unwrap_or(retention);
    let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match number.get(digits.len()..) {
        Some("Y") if all_digits => unit(digits, ["Jahr", "year"], ["Jahre", "years"]),
        Some("M") if all_digits => unit(digits, ["Monat", "month"], ["Monate", "months"]),
        Some("D") if all_digits => unit(digits, ["Tag", "day"], ["Tage", "days"]),
        _ => Text::same(retention),
    }
}
