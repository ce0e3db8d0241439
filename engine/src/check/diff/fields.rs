//! Questions: which there are, what they ask, what they accept.

use super::answers::{compare_attachment, compare_options, compare_text_rules};
use super::changes::{Area, Changes, Subject, quoted, subject};
use super::matching::{matched, similar};
use crate::feel::Expression;
use crate::form::{Bound, Field, FieldKind, Questions, Rule, date_text};
use crate::text::{Language, Text};

/// Compares all questions of two versions.
pub(super) fn compare(before: &Questions, after: &Questions, area: Area, changes: &mut Changes) {
    let old: Vec<Placed<'_>> = placed(before);
    let new: Vec<Placed<'_>> = placed(after);
    compare_placed(&old, &new, area, changes);
    for (name, value) in &after.data {
        if before.data.get(name).is_some_and(|old| old != value) {
            changes.add(
                area,
                "data",
                name,
                format!("Die Daten „{name}“, auf die Regeln zugreifen, haben sich geändert"),
                format!("The data “{name}” that rules look into have changed"),
            );
        }
    }
}

/// A field with where it stands.
struct Placed<'f> {
    field: &'f Field,
    /// Id and title of the page, or the path of the group around it.
    around: String,
    title: Option<&'f Text>,
    /// Place among its neighbours.
    index: usize,
}

fn placed(questions: &Questions) -> Vec<Placed<'_>> {
    let mut all = Vec::new();
    for page in &questions.pages {
        for (index, field) in page.fields.iter().enumerate() {
            all.push(Placed {
                field,
                around: page.id.clone(),
                title: Some(&page.title),
                index,
            });
        }
    }
    all
}

fn inside(field: &Field) -> Vec<Placed<'_>> {
    let place = |(index, child)| Placed {
        field: child,
        around: String::new(),
        title: None,
        index,
    };
    field.fields().iter().enumerate().map(place).collect()
}

/// Whether a question that lost its id is probably this one.
fn alike(old: &Placed<'_>, new: &Placed<'_>) -> bool {
    let (one, other) = (&old.field.label.text, &new.field.label.text);
    old.field.kind.name() == new.field.kind.name()
        && (one == other
            || (old.around == new.around
                && old.index == new.index
                && similar(one.get(Language::De), other.get(Language::De))))
}

fn compare_placed(old: &[Placed<'_>], new: &[Placed<'_>], area: Area, changes: &mut Changes) {
    let fields = matched(old, new, |placed| placed.field.id.as_str(), alike);
    for placed in &fields.added {
        added(placed.field, area, changes);
    }
    for placed in &fields.removed {
        let (de, en) = label(placed.field);
        let (what_de, what_en) = noun(placed.field);
        changes.add(
            area,
            "field-removed",
            &placed.field.path,
            format!("{what_de} „{de}“ entfällt"),
            format!("The {what_en} “{en}” is gone"),
        );
    }
    for (old, new) in &fields.renamed {
        let (de, en) = label(new.field);
        changes.add(
            area,
            "field-renamed",
            &new.field.path,
            format!(
                "„{de}“ heißt in Regeln und Daten jetzt `{}`, bisher `{}`",
                new.field.path, old.field.path
            ),
            format!(
                "“{en}” is called `{}` in rules and data now, `{}` before",
                new.field.path, old.field.path
            ),
        );
    }
    for (old, new) in fields.kept.iter().chain(&fields.renamed) {
        moved(old, new, area, changes);
        compare_field(old.field, new.field, area, changes);
    }
    order(&fields.kept, area, changes);
}

fn added(field: &Field, area: Area, changes: &mut Changes) {
    let (de, en) = label(field);
    let (what_de, what_en) = noun(field);
    let (need, need_en) = needed(field);
    let when = |word: &str| {
        quoted(field.visible.as_ref()).map_or_else(String::new, |rule| format!(", {word} {rule}"))
    };
    changes.add(
        area,
        "field-added",
        &field.path,
        format!("Neu: {what_de} „{de}“ ({need}{})", when("nur wenn")),
        format!("New: {what_en} “{en}” ({need_en}{})", when("only if")),
    );
}

/// What a field is to the person who fills it in.
fn noun(field: &Field) -> (&'static str, &'static str) {
    match field.kind {
        FieldKind::Attachment(_) => ("Nachweis", "document"),
        FieldKind::Info => ("Hinweis", "note"),
        FieldKind::Group(_) => ("Fragengruppe", "group of questions"),
        FieldKind::List(_) => ("Liste", "list"),
        FieldKind::Consent => ("Erklärung", "declaration"),
        _ if field.computed.is_some() => ("berechnete Angabe", "computed value"),
        _ => ("Frage", "question"),
    }
}

fn needed(field: &Field) -> (String, String) {
    match (&field.required, &field.kind) {
        (_, FieldKind::Info) => ("nur Text".into(), "text only".into()),
        _ if field.computed.is_some() => ("wird berechnet".into(), "computed".into()),
        (Rule::Always, _) => ("Pflicht".into(), "required".into()),
        (Rule::Never, _) => ("freiwillig".into(), "optional".into()),
        (Rule::When(rule), _) => {
            let rule = quoted(Some(rule)).unwrap_or_default();
            (
                format!("Pflicht, wenn {rule}"),
                format!("required if {rule}"),
            )
        }
    }
}

pub(super) fn label(field: &Field) -> (&str, &str) {
    let text = &field.label.text;
    match text.de.is_empty() {
        true => (&field.path, &field.path),
        false => (text.get(Language::De), text.get(Language::En)),
    }
}

fn moved(old: &Placed<'_>, new: &Placed<'_>, area: Area, changes: &mut Changes) {
    let (Some(from), Some(to)) = (old.title, new.title) else {
        return;
    };
    if old.around == new.around || from == to {
        return;
    }
    let (de, en) = label(new.field);
    changes.add(
        area,
        "field-moved",
        &new.field.path,
        format!(
            "„{de}“ steht jetzt auf der Seite „{}“, bisher auf „{}“",
            to.get(Language::De),
            from.get(Language::De)
        ),
        format!(
            "“{en}” is now on the page “{}”, was on “{}”",
            to.get(Language::En),
            from.get(Language::En)
        ),
    );
}

/// Questions of a page in another order, told once for each page.
fn order(kept: &[(&Placed<'_>, &Placed<'_>)], area: Area, changes: &mut Changes) {
    let mut told: Vec<&str> = Vec::new();
    for pair in kept.windows(2) {
        let ((first_old, first), (second_old, second)) = (pair[0], pair[1]);
        let same_page = first.around == second.around
            && first_old.around == second_old.around
            && first.around == first_old.around;
        if !same_page || first_old.index < second_old.index || told.contains(&&*first.around) {
            continue;
        }
        told.push(&first.around);
        let title = |language| first.title.map_or("", |title| title.get(language));
        changes.add(
            area,
            "field-order",
            &first.around,
            format!("Reihenfolge der Fragen geändert: „{}“", title(Language::De)),
            format!("Order of the questions changed: “{}”", title(Language::En)),
        );
    }
}

fn compare_field(old: &Field, new: &Field, area: Area, changes: &mut Changes) {
    let (de, en) = label(new);
    let about = |what_de: &str, what_en: &str| -> Subject {
        subject(format!("{what_de} „{de}“"), format!("{what_en} “{en}”"))
    };
    let path = new.path.as_str();
    compare_label(old, new, area, changes);
    changes.texts(
        area,
        "field-help",
        path,
        about("Hilfetext bei", "Help text of"),
        old.help.as_ref(),
        new.help.as_ref(),
    );
    if old.kind.name() != new.kind.name() {
        changes.values(
            area,
            "field-type",
            path,
            about("Art der Antwort bei", "Kind of answer to"),
            Some(old.kind.name().to_owned()),
            Some(new.kind.name().to_owned()),
        );
    }
    changes.rules(
        area,
        "field-visible",
        path,
        about(
            "Bedingung, unter der gefragt wird, bei",
            "Condition for asking",
        ),
        old.visible.as_ref(),
        new.visible.as_ref(),
    );
    if needed(old) != needed(new) {
        let ((old_de, old_en), (new_de, new_en)) = (needed(old), needed(new));
        changes.add(
            area,
            "field-required",
            path,
            format!("„{de}“: jetzt {new_de}, bisher {old_de}"),
            format!("“{en}”: now {new_en}, was {old_en}"),
        );
    }
    changes.rules(
        area,
        "field-computed",
        path,
        about("Berechnung von", "Computation of"),
        old.computed.as_ref(),
        new.computed.as_ref(),
    );
    changes.values(
        area,
        "field-default",
        path,
        about("Vorgabe bei", "Default of"),
        old.default.as_ref().map(ToString::to_string),
        new.default.as_ref().map(ToString::to_string),
    );
    compare_limits(old, new, area, changes);
    compare_kind(old, new, area, changes);
    compare_placed(&inside(old), &inside(new), area, changes);
}

fn compare_label(old: &Field, new: &Field, area: Area, changes: &mut Changes) {
    changes.texts(
        area,
        "field-label",
        &new.path,
        subject("Fragetext", "Words of a question"),
        Some(&old.label.text),
        Some(&new.label.text),
    );
    let cases = |field: &Field| -> Vec<Text> {
        let told = |(rule, text): &(Expression, Text)| {
            let rule = quoted(Some(rule)).unwrap_or_default();
            Text::both(
                format!("{} (wenn {rule})", text.get(Language::De)),
                format!("{} (if {rule})", text.get(Language::En)),
            )
        };
        field.label.cases.iter().map(told).collect()
    };
    let (de, en) = label(new);
    changes.lists(
        area,
        "field-label",
        &new.path,
        &subject(
            format!("Fragetext von „{de}“ je nach Antwort"),
            format!("Words of “{en}” by answers"),
        ),
        &cases(old),
        &cases(new),
    );
}

fn compare_limits(old: &Field, new: &Field, area: Area, changes: &mut Changes) {
    let (de, en) = label(new);
    for (kind, what_de, what_en, old, new_bound) in [
        (
            "field-min",
            "Kleinster Wert von",
            "Least value of",
            &old.min,
            &new.min,
        ),
        (
            "field-max",
            "Größter Wert von",
            "Greatest value of",
            &old.max,
            &new.max,
        ),
    ] {
        changes.values(
            area,
            kind,
            &new.path,
            subject(format!("{what_de} „{de}“"), format!("{what_en} “{en}”")),
            old.as_ref().map(bound),
            new_bound.as_ref().map(bound),
        );
    }
}

fn bound(bound: &Bound) -> String {
    match bound {
        Bound::Number(number) => number.to_string(),
        Bound::Date(date) => date_text(*date, Language::De),
        Bound::Rule(rule) => quoted(Some(rule)).unwrap_or_default(),
    }
}

fn compare_kind(old: &Field, new: &Field, area: Area, changes: &mut Changes) {
    compare_options(old, new, area, changes);
    if let (Some(before), Some(after)) = (old.text_rules(), new.text_rules()) {
        compare_text_rules(before, after, new, area, changes);
    }
    if let (Some(before), Some(after)) = (old.attachment(), new.attachment()) {
        compare_attachment(before, after, new, area, changes);
    }
    let unit = |field: &Field| match &field.kind {
        FieldKind::Integer { unit } | FieldKind::Number { unit } => unit.clone(),
        FieldKind::List(rules) => rules.item_label.clone(),
        _ => None,
    };
    let (de, en) = label(new);
    changes.texts(
        area,
        "field-unit",
        &new.path,
        subject(
            format!("Einheit oder Name der Einträge von „{de}“"),
            format!("Unit or name of the entries of “{en}”"),
        ),
        unit(old).as_ref(),
        unit(new).as_ref(),
    );
}
