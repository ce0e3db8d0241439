//! Answers as people read them: on the check page, the receipt, in letters and
//! on the page of the case. Nothing is masked here.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::evaluate::{Env, Evaluation, FieldView};
use super::model::{FieldKind, Questions};
use crate::case::Attachment;
use crate::text::Language;

/// The answers of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Id of the page, for the change link.
    pub page_id: String,
    /// Topic of the page.
    pub title: String,
    /// Questions and answers in order.
    pub rows: Vec<Row>,
}

/// One question with its answer, or the heading of a group or list entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Path with indices.
    pub path: String,
    /// The question, or the name of the group or entry.
    pub label: String,
    /// The answer; empty for a heading.
    pub value: String,
    /// Depth below the page: 0, then one more inside each group or entry.
    pub level: u8,
    /// Whether this is the heading of a group or entry.
    pub heading: bool,
}

/// The given, visible answers by page; pages without an answer are left out.
pub fn sections(
    questions: &Questions,
    answers: &Map<String, Json>,
    attachments: &[Attachment],
    env: Env<'_>,
) -> Vec<Section> {
    let evaluation = questions.evaluate(answers, env);
    let presenter = Presenter {
        evaluation: &evaluation,
        attachments,
        language: env.language,
    };
    let mut sections = Vec::new();
    for page in evaluation.pages() {
        let mut rows = Vec::new();
        presenter.rows(&evaluation.view(page), 0, &mut rows);
        if !rows.is_empty() {
            let title = page.title.get(env.language).to_owned();
            sections.push(Section {
                page_id: page.id.clone(),
                title,
                rows,
            });
        }
    }
    sections
}

/// The visible answers as texts, for letters: `answers.owner.birth_date` is
/// `1. Dezember 1990`; lists are arrays of objects.
pub fn display_tree(
    questions: &Questions,
    answers: &Map<String, Json>,
    attachments: &[Attachment],
    env: Env<'_>,
) -> Map<String, Json> {
    let evaluation = questions.evaluate(answers, env);
    let presenter = Presenter {
        evaluation: &evaluation,
        attachments,
        language: env.language,
    };
    let mut tree = Map::new();
    for page in evaluation.pages() {
        tree.extend(presenter.tree(&evaluation.view(page)));
    }
    tree
}

struct Presenter<'p, 'f> {
    evaluation: &'p Evaluation<'f>,
    attachments: &'p [Attachment],
    language: Language,
}

impl Presenter<'_, '_> {
    fn rows(&self, views: &[FieldView<'_>], level: u8, rows: &mut Vec<Row>) {
        for view in views {
            let label = view.label.get(self.language).to_owned();
            match &view.field.kind {
                FieldKind::Group(_) => {
                    if !self.evaluation.is_left_out(view.field, &view.path) {
                        self.under_heading(&view.path, label, &view.fields, level, rows);
                    }
                }
                FieldKind::List(rules) => {
                    let name = rules
                        .item_label
                        .as_ref()
                        .map_or(label.as_str(), |text| text.get(self.language));
                    for (at, entry) in view.entries.iter().enumerate() {
                        let path = format!("{}.{at}", view.path);
                        self.under_heading(&path, format!("{name} {}", at + 1), entry, level, rows);
                    }
                }
                _ => {
                    if let Some(value) = self.value(view) {
                        rows.push(Row {
                            path: view.path.clone(),
                            label,
                            value,
                            level,
                            heading: false,
                        });
                    }
                }
            }
        }
    }

    fn under_heading(
        &self,
        path: &str,
        label: String,
        views: &[FieldView<'_>],
        level: u8,
        rows: &mut Vec<Row>,
    ) {
        let at = rows.len();
        self.rows(views, level.saturating_add(1), rows);
        if rows.len() > at {
            rows.insert(
                at,
                Row {
                    path: path.to_owned(),
                    label,
                    value: String::new(),
                    level,
                    heading: true,
                },
            );
        }
    }

    fn tree(&self, views: &[FieldView<'_>]) -> Map<String, Json> {
        let mut tree = Map::new();
        for view in views {
            let value = match &view.field.kind {
                FieldKind::Group(_) => {
                    let inner = self.tree(&view.fields);
                    (!inner.is_empty()).then_some(Json::Object(inner))
                }
                FieldKind::List(_) => Some(
                    view.entries
                        .iter()
                        .map(|entry| Json::Object(self.tree(entry)))
                        .collect(),
                ),
                _ => self.value(view).map(Json::from),
            };
            tree.extend(value.map(|value| (view.field.id.clone(), value)));
        }
        tree
    }

    /// The answer as a text; `None` where there is none.
    fn value(&self, view: &FieldView<'_>) -> Option<String> {
        let language = self.language;
        let Some(value) = &view.value else {
            let later = view.field.attachment().is_some_and(|rules| rules.later) && view.required;
            return later.then(|| {
                pick(language, "wird nachgereicht", "will be handed in later").to_owned()
            });
        };
        let option = |id: &str| {
            let option = view.field.options().iter().find(|option| option.id == id);
            option.map_or_else(
                || id.to_owned(),
                |option| option.text.get(language).to_owned(),
            )
        };
        Some(match (&view.field.kind, value) {
            (FieldKind::Info, _) => return None,
            (FieldKind::Choice(_) | FieldKind::Country(_), Json::String(id)) => option(id),
            (FieldKind::Choices(_), Json::Array(ids)) => ids
                .iter()
                .filter_map(Json::as_str)
                .map(option)
                .collect::<Vec<_>>()
                .join(", "),
            (FieldKind::Attachment(_), Json::Array(ids)) => ids
                .iter()
                .filter_map(Json::as_str)
                .map(|id| self.file(id))
                .collect::<Vec<_>>()
                .join(", "),
            (_, Json::Bool(value)) => match value {
                true => pick(language, "Ja", "Yes").to_owned(),
                false => pick(language, "Nein", "No").to_owned(),
            },
            (FieldKind::Date, Json::String(text)) => text
                .parse::<Date>()
                .map_or_else(|_| text.clone(), |date| date_text(date, language)),
            (FieldKind::Iban, Json::String(text)) => grouped(text),
            (FieldKind::Slot, Json::String(text)) => crate::appointment::parse(text).map_or_else(
                || text.clone(),
                |at| crate::appointment::moment_text(at, language),
            ),
            (kind, Json::String(text)) if kind.is_numeric() => {
                match Decimal::from_str_exact(text) {
                    Ok(number) => number_text(kind, number, language),
                    Err(_) => text.clone(),
                }
            }
            (kind, Json::Number(number)) => match Decimal::from_str_exact(&number.to_string()) {
                Ok(decimal) => number_text(kind, decimal, language),
                Err(_) => number.to_string(),
            },
            (_, Json::String(text)) => text.clone(),
            _ => return None,
        })
    }

    fn file(&self, id: &str) -> String {
        match self
            .attachments
            .iter()
            .find(|file| file.id.to_string() == id)
        {
            Some(file) => {
                let size = size_text(u64::try_from(file.size).unwrap_or(0), self.language);
                format!("{} ({size})", file.name)
            }
            None => pick(self.language, "Datei", "file").to_owned(),
        }
    }
}

fn pick<'t>(language: Language, de: &'t str, en: &'t str) -> &'t str {
    match language {
        Language::De => de,
        Language::En => en,
    }
}

const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A date in words: `1. Dezember 2026`, `1 December 2026`.
pub fn date_text(date: Date, language: Language) -> String {
    let month = usize::try_from(date.month()).unwrap_or(1).saturating_sub(1);
    match language {
        Language::De => format!("{}. {} {}", date.day(), MONTHS_DE[month], date.year()),
        Language::En => format!("{} {} {}", date.day(), MONTHS_EN[month], date.year()),
    }
}

/// An amount in euros: `1.234,50 €`, `€1,234.50`.
pub fn money_in_words(amount: Decimal, language: Language) -> String {
    let text = super::answers::money_text(amount);
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |digits| ("-", digits));
    let shown = with_separators(digits, language, true);
    match language {
        Language::De => format!("{sign}{shown} €"),
        Language::En => format!("{sign}€{shown}"),
    }
}

/// A number in the notation of the language, with the unit of its field.
pub(super) fn number_text(kind: &FieldKind, number: Decimal, language: Language) -> String {
    if matches!(kind, FieldKind::Money) {
        return money_in_words(number, language);
    }
    let text = number.normalize().to_string();
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |digits| ("-", digits));
    let shown = with_separators(digits, language, !matches!(kind, FieldKind::Year));
    match kind {
        FieldKind::Integer { unit: Some(unit) } | FieldKind::Number { unit: Some(unit) } => {
            format!("{sign}{shown} {}", unit.get(language))
        }
        _ => format!("{sign}{shown}"),
    }
}

fn with_separators(digits: &str, language: Language, group: bool) -> String {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (thousands, decimal) = match language {
        Language::De => ('.', ','),
        Language::En => (',', '.'),
    };
    let mut shown = String::new();
    for (at, digit) in whole.chars().enumerate() {
        // Four digits read well without a separator.
        if group
            && at > 0
            && (whole.len() - at) % 3 == 0
            && (whole.len() > 4 || !fraction.is_empty())
        {
            shown.push(thousands);
        }
        shown.push(digit);
    }
    if !fraction.is_empty() {
        shown.push(decimal);
        shown.push_str(fraction);
    }
    shown
}

/// A size such as `1,2 MB` or `340 kB`.
pub fn size_text(bytes: u64, language: Language) -> String {
    if bytes < 1_000_000 {
        return format!("{} kB", bytes.div_ceil(1000));
    }
    let tenths = bytes / 100_000;
    let decimal = pick(language, ",", ".");
    if tenths.is_multiple_of(10) {
        format!("{} MB", tenths / 10)
    } else {
        format!("{}{decimal}{} MB", tenths / 10, tenths % 10)
    }
}

/// An IBAN in groups of four.
fn grouped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(4)
        .map(|chunk| chunk.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}
