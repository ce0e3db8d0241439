//! A form as a map of its pages.

use super::{Block, Diagram, Look, Row};
use crate::form::{Field, FieldKind, Form, Page, Rule};
use crate::text::Language;

/// The drawing of a form: its pages with their questions; lines lead from a
/// question to the pages that are there because of it.
pub fn of_form(form: &Form, language: Language) -> Diagram {
    let pages = &form.questions.pages;
    let description = say(
        language,
        &format!(
            "Karte der {} Seiten des Formulars mit ihren Fragen und Bedingungen. Linien führen von einer Frage zu den Seiten, die von ihr abhängen.",
            pages.len()
        ),
        &format!(
            "Map of the {} pages of the form with their questions and conditions. Lines lead from a question to the pages that depend on it.",
            pages.len()
        ),
    );
    Diagram {
        title: form.title.get(language).to_owned(),
        description,
        blocks: pages
            .iter()
            .map(|page| block(page, pages, language))
            .collect(),
    }
}

pub(super) fn say(language: Language, de: &str, en: &str) -> String {
    match language {
        Language::De => de.to_owned(),
        Language::En => en.to_owned(),
    }
}

fn block(page: &Page, pages: &[Page], language: Language) -> Block {
    let mut rows = Vec::new();
    for field in &page.fields {
        row(field, 0, pages, language, &mut rows);
    }
    let condition = page.visible.as_ref();
    Block {
        id: page.id.clone(),
        title: page.title.get(language).to_owned(),
        notes: condition
            .map(|rule| format!("{} {}", say(language, "nur wenn", "only if"), rule.text()))
            .into_iter()
            .collect(),
        rows,
        look: match condition {
            Some(_) => Look::Conditional,
            None => Look::Step,
        },
        ..Block::default()
    }
}

fn row(field: &Field, depth: usize, pages: &[Page], language: Language, rows: &mut Vec<Row>) {
    let optional = matches!(field.required, Rule::Never) && !matches!(field.kind, FieldKind::Info);
    let mark = match optional {
        true => say(language, " (freiwillig)", " (optional)"),
        false => String::new(),
    };
    let label = field.label.text.get(language);
    rows.push(Row {
        text: format!("{label}{mark}"),
        detail: field
            .visible
            .as_ref()
            .map(|rule| format!("{} {}", say(language, "wenn", "if"), rule.text())),
        targets: pages
            .iter()
            .filter(|page| depends(page, &field.path))
            .map(|page| page.id.clone())
            .collect(),
        dashed: false,
        depth,
    });
    for inner in field.fields() {
        row(inner, depth + 1, pages, language, rows);
    }
}

/// Whether a page is shown because of the answer at a path itself.
pub(super) fn depends(page: &Page, path: &str) -> bool {
    page.visible
        .as_ref()
        .is_some_and(|rule| rule.reads().iter().any(|read| read == path))
}
