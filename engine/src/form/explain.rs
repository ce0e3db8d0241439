//! The conditions of a form in words, with the labels of its questions and options.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::model::{Field, FieldKind, Page, Questions, Rule};
use super::present::{date_text, number_text};
use crate::feel::{Explanation, Expression, Labels};
use crate::text::Language;

/// What a condition decides.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'f> {
    /// Whether a page is shown.
    Page(&'f Page),
    /// Whether a question is asked.
    Field(&'f Field),
    /// Whether an answer is needed.
    Required(&'f Field),
}

/// A condition in words, as it is seen from the group or list at `place`
/// (empty at the top level); a part of a sentence that follows “wenn” or “if”.
pub fn explain(
    questions: &Questions,
    condition: &Expression,
    place: &str,
    language: Language,
) -> Explanation {
    condition.explain(language, &FormLabels { questions, place })
}

/// When a question is asked, in words; nothing where it always is.
pub fn explain_field(
    questions: &Questions,
    field: &Field,
    language: Language,
) -> Option<Explanation> {
    let condition = field.visible.as_ref()?;
    Some(explain(questions, condition, place_of(field), language))
}

/// Every condition of pages, questions and required answers, in their order.
pub fn explanations(questions: &Questions, language: Language) -> Vec<(Subject<'_>, Explanation)> {
    let mut all = Vec::new();
    for page in &questions.pages {
        if let Some(rule) = &page.visible {
            all.push((Subject::Page(page), explain(questions, rule, "", language)));
        }
        let mut open: Vec<&Field> = page.fields.iter().rev().collect();
        while let Some(field) = open.pop() {
            let said = explain_field(questions, field, language);
            all.extend(said.map(|said| (Subject::Field(field), said)));
            if let Rule::When(rule) = &field.required {
                let said = explain(questions, rule, place_of(field), language);
                all.push((Subject::Required(field), said));
            }
            open.extend(field.fields().iter().rev());
        }
    }
    all
}

fn place_of(field: &Field) -> &str {
    field.path.rsplit_once('.').map_or("", |(place, _)| place)
}

struct FormLabels<'q> {
    questions: &'q Questions,
    place: &'q str,
}

impl<'q> FormLabels<'q> {
    /// The question a path names, from the inside out.
    fn field(&self, path: &[&str]) -> Option<&'q Field> {
        let path = path.join(".");
        let mut place = self.place;
        loop {
            let full = if place.is_empty() {
                path.clone()
            } else {
                format!("{place}.{path}")
            };
            if let Some(field) = self.questions.field(&full) {
                return Some(field);
            }
            if place.is_empty() {
                return None;
            }
            place = place.rsplit_once('.').map_or("", |(around, _)| around);
        }
    }
}

impl Labels for FormLabels<'_> {
    fn label(&self, path: &[&str], language: Language) -> Option<String> {
        let label = self.field(path)?.label.text.get(language);
        Some(label.trim().to_owned()).filter(|label| !label.is_empty())
    }

    fn option(&self, path: &[&str], id: &str, language: Language) -> Option<String> {
        let options = self.field(path)?.options();
        let option = options.iter().find(|option| option.id == id)?;
        Some(option.text.get(language).to_owned())
    }

    fn number(&self, path: &[&str], number: Decimal, language: Language) -> String {
        let kind = self.field(path).map(|field| &field.kind);
        number_text(kind.unwrap_or(&FieldKind::Year), number, language)
    }

    fn date(&self, date: Date, language: Language) -> String {
        date_text(date, language)
    }

    fn is_date(&self, path: &[&str]) -> bool {
        self.field(path)
            .is_some_and(|field| matches!(field.kind, FieldKind::Date))
    }
}
