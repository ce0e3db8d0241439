//! What citizens read when an answer is missing or cannot be taken: what to do,
//! which question, an example. Never "invalid" alone, no blame, no jargon.

use super::evaluate::Limit;
use super::model::{AttachmentRules, Field, FieldKind};
use super::present::{date_text, number_text};
use crate::text::{Language, Text};

/// What is wrong with an answer; its name is the code of the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Required,
    Type,
    Option,
    Pattern,
    TooShort(u32),
    TooLong(u32),
    Min(Limit),
    Max(Limit),
    TooFew(u32),
    TooMany(u32),
    Repeated,
    UnknownUpload,
    FileType,
    FileSize,
}

impl Problem {
    pub(super) fn code(&self, kind: &FieldKind) -> &'static str {
        match self {
            Problem::Required => "required",
            Problem::Type => match kind {
                FieldKind::Date => "date",
                FieldKind::Email(_) => "email",
                FieldKind::Phone(_) => "phone",
                FieldKind::Url(_) => "url",
                FieldKind::Iban => "iban",
                FieldKind::Slot => "slot",
                FieldKind::Postcode(_) => "postcode",
                FieldKind::Money => "money",
                kind if kind.is_numeric() => "number",
                _ => "wrong-type",
            },
            Problem::Option => "option",
            Problem::Pattern => "pattern",
            Problem::TooShort(_) => "too-short",
            Problem::TooLong(_) => "too-long",
            Problem::Min(_) => "min",
            Problem::Max(_) => "max",
            Problem::TooFew(_) => "too-few",
            Problem::TooMany(_) => "too-many",
            Problem::Repeated => "repeated",
            Problem::UnknownUpload => "unknown-upload",
            Problem::FileType => "file-type",
            Problem::FileSize => "file-size",
        }
    }

    /// The sentence for a field under its label.
    pub(super) fn message(&self, field: &Field, label: &Text) -> Text {
        let (de, en) = (label.get(Language::De), label.get(Language::En));
        let both = |german: String, english: String| Text::both(german, english);
        match self {
            Problem::Required => required(field, de, en),
            Problem::Type => wrong_type(field, de, en),
            Problem::Option => both(
                format!("Wählen Sie bei „{de}“ eine der angebotenen Möglichkeiten."),
                format!("Select one of the options given for “{en}”."),
            ),
            Problem::Pattern => match field
                .text_rules()
                .and_then(|rules| rules.pattern.as_ref()?.message.clone())
            {
                Some(message) => message,
                None => both(
                    format!("Prüfen Sie „{de}“: Die Angabe hat nicht die verlangte Form."),
                    format!("Check “{en}”: the answer does not have the form asked for."),
                ),
            },
            Problem::TooShort(count) => both(
                format!("Geben Sie bei „{de}“ mindestens {count} Zeichen ein."),
                format!("Enter at least {count} characters for “{en}”."),
            ),
            Problem::TooLong(count) => both(
                format!("Kürzen Sie „{de}“ auf höchstens {count} Zeichen."),
                format!("Shorten “{en}” to at most {count} characters."),
            ),
            Problem::Min(limit) => bound(field, *limit, true, de, en),
            Problem::Max(limit) => bound(field, *limit, false, de, en),
            Problem::TooFew(count) => too_few(field, *count, de, en),
            Problem::TooMany(count) => too_many(field, *count, de, en),
            Problem::Repeated => both(
                format!("Bei „{de}“ steht eine Angabe doppelt. Entfernen Sie eine davon."),
                format!("An answer to “{en}” is there twice. Remove one of them."),
            ),
            Problem::UnknownUpload => both(
                format!("Laden Sie die Datei für „{de}“ noch einmal hoch."),
                format!("Upload the file for “{en}” again."),
            ),
            Problem::FileType | Problem::FileSize => {
                let (kinds_de, kinds_en) = field.attachment().map(file_rules).unwrap_or_default();
                both(
                    format!("Laden Sie für „{de}“ eine andere Datei hoch: {kinds_de}."),
                    format!("Upload another file for “{en}”: {kinds_en}."),
                )
            }
        }
    }
}

fn required(field: &Field, de: &str, en: &str) -> Text {
    match &field.kind {
        FieldKind::Choice(_) | FieldKind::Country(_) | FieldKind::Boolean => Text::both(
            format!("Wählen Sie bei „{de}“ eine Möglichkeit aus."),
            format!("Select an option for “{en}”."),
        ),
        FieldKind::Choices(_) => Text::both(
            format!("Wählen Sie bei „{de}“ mindestens eine Möglichkeit aus."),
            format!("Select at least one option for “{en}”."),
        ),
        FieldKind::Consent => Text::both(
            format!("Setzen Sie das Häkchen bei „{de}“."),
            format!("Tick the box “{en}”."),
        ),
        FieldKind::Attachment(rules) => {
            let (kinds_de, kinds_en) = file_rules(rules);
            Text::both(
                format!("Laden Sie für „{de}“ eine Datei hoch: {kinds_de}."),
                format!("Upload a file for “{en}”: {kinds_en}."),
            )
        }
        FieldKind::List(_) => Text::both(
            format!("Fügen Sie bei „{de}“ mindestens einen Eintrag hinzu."),
            format!("Add at least one entry to “{en}”."),
        ),
        FieldKind::Date => Text::both(
            format!("Geben Sie „{de}“ an, zum Beispiel 3. 12. 2026."),
            format!("Enter “{en}”, for example 3 12 2026."),
        ),
        _ => Text::both(
            format!("Füllen Sie „{de}“ aus."),
            format!("Enter an answer for “{en}”."),
        ),
    }
}

fn wrong_type(field: &Field, de: &str, en: &str) -> Text {
    let (german, english) = match &field.kind {
        FieldKind::Date => (
            "Geben Sie ein Datum an, das es gibt, mit Tag, Monat und Jahr, zum Beispiel 3. 12. 2026",
            "Enter a real date with day, month and year, for example 3 12 2026",
        ),
        FieldKind::Email(_) => (
            "Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@beispiel.de",
            "Enter an email address, for example name@example.org",
        ),
        FieldKind::Phone(_) => (
            "Geben Sie eine Telefonnummer mit Vorwahl ein, zum Beispiel 0170 1234567",
            "Enter a telephone number with area code, for example +49 170 1234567",
        ),
        FieldKind::Url(_) => (
            "Geben Sie eine Internetadresse ein, zum Beispiel www.beispiel.de",
            "Enter a web address, for example www.example.org",
        ),
        FieldKind::Iban => (
            "Prüfen Sie die IBAN. Eine deutsche IBAN hat 22 Zeichen, zum Beispiel DE02 1203 0000 0000 2020 51",
            "Check the IBAN. A German IBAN has 22 characters, for example DE02 1203 0000 0000 2020 51",
        ),
        FieldKind::Slot => (
            "Wählen Sie einen der freien Termine",
            "Choose one of the free appointments",
        ),
        FieldKind::Postcode(_) => (
            "Geben Sie eine Postleitzahl mit fünf Ziffern ein, zum Beispiel 47798",
            "Enter a postcode of five digits, for example 47798",
        ),
        FieldKind::Money => (
            "Geben Sie einen Betrag in Euro mit höchstens zwei Stellen nach dem Komma ein, zum Beispiel 12,50 oder 1.250",
            "Enter an amount in euros with at most two decimals, for example 12.50 or 1,250",
        ),
        FieldKind::Year => (
            "Geben Sie ein Jahr mit vier Ziffern ein, zum Beispiel 1998",
            "Enter a year of four digits, for example 1998",
        ),
        FieldKind::Integer { .. } => (
            "Geben Sie eine ganze Zahl ein, zum Beispiel 3",
            "Enter a whole number, for example 3",
        ),
        FieldKind::Number { .. } => (
            "Geben Sie eine Zahl ein, zum Beispiel 2,5",
            "Enter a number, for example 2.5",
        ),
        FieldKind::Boolean => ("Wählen Sie Ja oder Nein", "Select yes or no"),
        _ => (
            "Prüfen Sie diese Angabe; sie kann so nicht gelesen werden",
            "Check this answer; it cannot be read",
        ),
    };
    Text::both(format!("„{de}“: {german}."), format!("“{en}”: {english}."))
}

fn bound(field: &Field, limit: Limit, least: bool, de: &str, en: &str) -> Text {
    let shown = |language| limit_text(field, limit, language);
    let (german, english) = (shown(Language::De), shown(Language::En));
    match (limit, least) {
        (Limit::Date(_), true) => Text::both(
            format!("„{de}“: Geben Sie den {german} oder einen späteren Tag an."),
            format!("“{en}”: enter {english} or a later day."),
        ),
        (Limit::Date(_), false) => Text::both(
            format!("„{de}“: Geben Sie den {german} oder einen früheren Tag an."),
            format!("“{en}”: enter {english} or an earlier day."),
        ),
        (Limit::Number(_), true) => Text::both(
            format!("„{de}“: Geben Sie {german} oder mehr an."),
            format!("“{en}”: enter {english} or more."),
        ),
        (Limit::Number(_), false) => Text::both(
            format!("„{de}“: Geben Sie höchstens {german} an."),
            format!("“{en}”: enter {english} at most."),
        ),
    }
}

/// A limit as citizens read it, such as `26,00 €` or `1. Dezember 2026`.
pub fn limit_text(field: &Field, limit: Limit, language: Language) -> String {
    match limit {
        Limit::Date(date) => date_text(date, language),
        Limit::Number(number) => number_text(&field.kind, number, language),
    }
}

fn too_few(field: &Field, count: u32, de: &str, en: &str) -> Text {
    if matches!(field.kind, FieldKind::Choices(_)) {
        return Text::both(
            format!("Wählen Sie bei „{de}“ mindestens {count} Möglichkeiten aus."),
            format!("Select at least {count} options for “{en}”."),
        );
    }
    Text::both(
        format!("Fügen Sie bei „{de}“ Einträge hinzu; es müssen mindestens {count} sein."),
        format!("Add entries to “{en}”; there must be at least {count}."),
    )
}

fn too_many(field: &Field, count: u32, de: &str, en: &str) -> Text {
    match &field.kind {
        FieldKind::Choices(_) => Text::both(
            format!("Wählen Sie bei „{de}“ höchstens {count} Möglichkeiten aus."),
            format!("Select {count} options at most for “{en}”."),
        ),
        FieldKind::Attachment(_) => Text::both(
            format!("Entfernen Sie Dateien bei „{de}“; es dürfen höchstens {count} sein."),
            format!("Remove files from “{en}”; there may be {count} at most."),
        ),
        _ => Text::both(
            format!("Entfernen Sie Einträge bei „{de}“; es dürfen höchstens {count} sein."),
            format!("Remove entries from “{en}”; there may be {count} at most."),
        ),
    }
}

/// Kinds and size of files, such as `PDF, JPG oder PNG, höchstens 5 MB`, in German and English.
pub fn file_rules(rules: &AttachmentRules) -> (String, String) {
    let names: Vec<&str> = rules.accept.iter().map(|kind| kind.title()).collect();
    let list = |or: &str| match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} {or} {last}", rest.join(", ")),
        None => String::new(),
    };
    let size = super::present::size_text(rules.max_size, Language::De);
    let size_en = super::present::size_text(rules.max_size, Language::En);
    (
        format!("{}, höchstens {size}", list("oder")),
        format!("{}, {size_en} at most", list("or")),
    )
}

/// A name nobody asked for, in answers sent by API.
pub(super) fn unknown_field(path: &str) -> Text {
    Text::both(
        format!(
            "Das Formular hat keine Frage `{path}`. Entfernen Sie sie oder prüfen Sie die Schreibweise."
        ),
        format!("The form has no question `{path}`. Remove it or check its spelling."),
    )
}

/// A rule of the city gives no result for these answers.
pub(super) fn no_result(what_de: &str, what_en: &str) -> Text {
    Text::both(
        format!(
            "{what_de} lässt sich aus Ihren Angaben nicht bestimmen. Prüfen Sie Ihre Angaben oder wenden Sie sich an uns."
        ),
        format!(
            "{what_en} cannot be determined from your answers. Check your answers or contact us."
        ),
    )
}
