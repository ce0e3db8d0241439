//! Conditions in words: many expressions in both languages, and those of the
//! shipped forms as citizens read them. Set `UPDATE_EXPECT` to write the words
//! anew, then read what changed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use engine::definitions::Definitions;
use engine::feel::{Expression, Labels, Scope, Type};
use engine::form::{Subject, explanations};
use engine::source::SourceFile;
use engine::text::Language;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain")
}

/// Questions with German and English labels; options are called by their id.
const LABELS: &[(&str, &str, &str)] = &[
    ("legal_form", "Rechtsform", "Legal form"),
    ("employees", "Zahl der Beschäftigten", "Number of employees"),
    ("side", "Nebenerwerb?", "Side business?"),
    ("name", "Name", "Name"),
    ("born", "Geburtsdatum", "Date of birth"),
    ("start", "Beginn", "Start"),
    ("end", "Ende", "End"),
    ("kinds", "Art des Betriebs", "Kind of business"),
    ("people", "Weitere Personen", "Other persons"),
    ("people.age", "Alter", "Age"),
    ("country", "Staat", "Country"),
    ("iban", "IBAN", "IBAN"),
    ("owner.name", "Name der Inhaberin", "Owner's name"),
    ("proof", "Nachweis", "Proof"),
    ("wage", "Lohn", "Wage"),
    ("rent", "Miete", "Rent"),
];

struct Sample;

impl Labels for Sample {
    fn label(&self, path: &[&str], language: Language) -> Option<String> {
        let path = path.join(".");
        let (_, de, en) = LABELS.iter().find(|(known, _, _)| *known == path)?;
        Some(if language == Language::De { *de } else { *en }.to_owned())
    }

    fn option(&self, _: &[&str], id: &str, _: Language) -> Option<String> {
        Some(id.to_uppercase())
    }

    fn is_date(&self, path: &[&str]) -> bool {
        matches!(path, ["born" | "start" | "end"])
    }
}

fn record(fields: &[(&str, Type)]) -> Type {
    let fields: BTreeMap<String, Type> = fields
        .iter()
        .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
        .collect();
    Type::Record(fields.into())
}

fn scope() -> Scope {
    let choice = |ids: &[&str]| {
        Type::Choice(
            ids.iter()
                .map(|id| (*id).to_owned())
                .collect::<Vec<_>>()
                .into(),
        )
    };
    let countries = choice(&["at", "be", "ch", "de", "dk", "fr", "it", "nl", "pl", "us"]);
    Scope::default()
        .with("legal_form", choice(&["sole", "gbr", "gmbh", "ug"]))
        .with("employees", Type::Number)
        .with("side", Type::Boolean.optional())
        .with("name", Type::Text.optional())
        .with("born", Type::Date)
        .with("start", Type::Date)
        .with("end", Type::Date)
        .with("kinds", Type::List(Box::new(choice(&["craft", "trade"]))))
        .with(
            "people",
            Type::List(Box::new(record(&[("age", Type::Number)]))),
        )
        .with("country", countries)
        .with("iban", Type::Text)
        .with("owner", record(&[("name", Type::Text)]))
        .with("proof", Type::List(Box::new(Type::Text)))
        .with("wage", Type::Number)
        .with("rent", Type::Number)
}

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn compare(name: &str, got: &str) {
    let path = folder().join(name);
    if std::env::var("UPDATE_EXPECT").is_ok() {
        std::fs::write(&path, got).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(got, expected, "{}", path.display());
}

/// `expressions.txt` has an expression a line, with its words below.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn expressions() {
    let text = std::fs::read_to_string(folder().join("expressions.txt")).unwrap();
    let mut got = String::new();
    let mut count = 0;
    for line in text
        .lines()
        .filter(|line| !line.starts_with(' ') && !line.is_empty())
    {
        let expression = Expression::compile_for(line, &scope(), &Type::Boolean)
            .unwrap_or_else(|problems| panic!("{line}: {problems:?}"));
        let de = expression.explain(Language::De, &Sample);
        let en = expression.explain(Language::En, &Sample);
        assert_eq!(de.is_plain, en.is_plain, "{line}");
        let mark = if de.is_plain { "" } else { " (quotes)" };
        writeln!(
            got,
            "{line}\n  wenn {}{mark}\n  if {}{mark}\n",
            de.text, en.text
        )
        .unwrap();
        count += 1;
    }
    assert!(count >= 60, "only {count} expressions");
    compare("expressions.txt", &got);
}

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn shipped() -> Vec<SourceFile> {
    fn walk(root: &Path, at: &Path, files: &mut Vec<SourceFile>) {
        for entry in at.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "hbs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.push(SourceFile {
                    path: name.replace('\\', "/"),
                    text: std::fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for part in ["forms", "workflows", "catalogue"] {
        walk(&root, &root.join(part), &mut files);
    }
    files
}

#[test]
fn shipped_conditions() {
    let definitions = Definitions::load(shipped()).definitions.unwrap();
    let mut got = String::new();
    // Enough for every kind of condition; the others change with their content.
    for id in [
        "business-registration",
        "map-product-order",
        "vhs-course-registration",
    ] {
        let service = &definitions.services[id];
        writeln!(got, "# {id}\n").unwrap();
        let questions = &service.form.questions;
        let german = explanations(questions, Language::De);
        let english = explanations(questions, Language::En);
        for ((subject, de), (_, en)) in german.iter().zip(&english) {
            let what = match subject {
                Subject::Page(page) => format!("page {}", page.id),
                Subject::Field(field) => field.path.clone(),
                Subject::Required(field) => format!("{} required", field.path),
            };
            let mark = if de.is_plain { "" } else { " (quotes)" };
            writeln!(
                got,
                "{what}\n  wenn {}{mark}\n  if {}{mark}\n",
                de.text, en.text
            )
            .unwrap();
        }
    }
    compare("shipped.txt", &got);
}
