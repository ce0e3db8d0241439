//! What a question accepts: options, characters, files.

use super::changes::{Area, Changes, quoted, subject};
use super::fields::label;
use super::matching::matched;
use crate::form::{AttachmentRules, Choice, Field, TextRules, size_text};
use crate::text::Language;

pub(super) fn compare_options(old: &Field, new: &Field, area: Area, changes: &mut Changes) {
    let (de, en) = label(new);
    let (path, word) = (new.path.as_str(), |choice: &Choice, language| {
        choice.text.get(language).to_owned()
    });
    let options = matched(
        old.options(),
        new.options(),
        |choice| choice.id.as_str(),
        |old, new| old.text == new.text,
    );
    for choice in options.added {
        let (text, text_en) = (word(choice, Language::De), word(choice, Language::En));
        let when = |joint: &str| {
            quoted(choice.visible.as_ref())
                .map_or_else(String::new, |rule| format!(" ({joint} {rule})"))
        };
        changes.add(
            area,
            "option-added",
            path,
            format!("„{de}“: neue Auswahl „{text}“{}", when("nur wenn")),
            format!("“{en}”: new option “{text_en}”{}", when("only if")),
        );
    }
    for choice in options.removed {
        let (text, text_en) = (word(choice, Language::De), word(choice, Language::En));
        changes.add(
            area,
            "option-removed",
            path,
            format!("„{de}“: die Auswahl „{text}“ entfällt"),
            format!("“{en}”: the option “{text_en}” is gone"),
        );
    }
    for (old, new) in &options.renamed {
        let (text, text_en) = (word(new, Language::De), word(new, Language::En));
        changes.add(
            area,
            "option-renamed",
            path,
            format!(
                "„{de}“: die Auswahl „{text}“ heißt in Regeln und Daten jetzt `{}`, bisher `{}`",
                new.id, old.id
            ),
            format!(
                "“{en}”: the option “{text_en}” is called `{}` in rules and data now, `{}` before",
                new.id, old.id
            ),
        );
    }
    for (old, new) in options.kept.iter().chain(&options.renamed) {
        changes.texts(
            area,
            "option-text",
            path,
            subject(
                format!("„{de}“: eine Auswahl"),
                format!("“{en}”: an option"),
            ),
            Some(&old.text),
            Some(&new.text),
        );
        changes.rules(
            area,
            "option-visible",
            path,
            subject(
                format!(
                    "„{de}“: Bedingung der Auswahl „{}“",
                    word(new, Language::De)
                ),
                format!(
                    "“{en}”: condition of the option “{}”",
                    word(new, Language::En)
                ),
            ),
            old.visible.as_ref(),
            new.visible.as_ref(),
        );
    }
}

pub(super) fn compare_text_rules(
    old: &TextRules,
    new: &TextRules,
    field: &Field,
    area: Area,
    changes: &mut Changes,
) {
    let (de, en) = label(field);
    let path = field.path.as_str();
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    changes.values(
        area,
        "field-min-length",
        path,
        subject(
            format!("Mindestlänge von „{de}“"),
            format!("Fewest characters of “{en}”"),
        ),
        number(old.min_length),
        number(new.min_length),
    );
    changes.values(
        area,
        "field-max-length",
        path,
        subject(
            format!("Höchstlänge von „{de}“"),
            format!("Most characters of “{en}”"),
        ),
        number(Some(old.max_length)),
        number(Some(new.max_length)),
    );
    let pattern = |rules: &TextRules| {
        let pattern = rules.pattern.as_ref();
        pattern.map(|pattern| format!("`{}`", pattern.regex))
    };
    changes.values(
        area,
        "field-pattern",
        path,
        subject(
            format!("Vorgeschriebene Form von „{de}“"),
            format!("Pattern of “{en}”"),
        ),
        pattern(old),
        pattern(new),
    );
}

pub(super) fn compare_attachment(
    old: &AttachmentRules,
    new: &AttachmentRules,
    field: &Field,
    area: Area,
    changes: &mut Changes,
) {
    let (de, en) = label(field);
    let path = field.path.as_str();
    let kinds = |rules: &AttachmentRules| {
        let kinds: Vec<&str> = rules.accept.iter().map(|kind| kind.title()).collect();
        Some(kinds.join(", "))
    };
    let about =
        |what: &str, what_en: &str| subject(format!("{what} „{de}“"), format!("{what_en} “{en}”"));
    changes.values(
        area,
        "attachment-accept",
        path,
        about("Dateiarten für", "Kinds of files for"),
        kinds(old),
        kinds(new),
    );
    changes.values(
        area,
        "attachment-size",
        path,
        about("Größte Datei für", "Largest file for"),
        Some(size_text(old.max_size, Language::De)),
        Some(size_text(new.max_size, Language::De)),
    );
    changes.values(
        area,
        "attachment-files",
        path,
        about("Anzahl der Dateien für", "Number of files for"),
        Some(old.max_files.to_string()),
        Some(new.max_files.to_string()),
    );
    if old.later != new.later {
        let (later, later_en) = match new.later {
            true => (
                "darf jetzt nachgereicht werden",
                "may be handed in later now",
            ),
            false => (
                "darf nicht mehr nachgereicht werden",
                "may no longer be handed in later",
            ),
        };
        changes.add(
            area,
            "attachment-later",
            path,
            format!("Nachweis „{de}“ {later}"),
            format!("Document “{en}” {later_en}"),
        );
    }
}
