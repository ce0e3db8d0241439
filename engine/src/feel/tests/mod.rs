//! Tests of the rule language as tables: expression and value, expression and
//! problem, table file and finding.

mod problems;
mod robust;
mod tables;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, date};

use super::*;

/// A city where 1 May 2026 is a holiday, in state `open.review`, with one attachment.
struct Town;

impl World for Town {
    fn is_working_day(&self, day: Date) -> bool {
        PlainWorld.is_working_day(day) && day != date(2026, 5, 1)
    }

    fn in_state(&self, state: &str) -> bool {
        state == "open.review"
    }

    fn attachment_present(&self, path: &str) -> bool {
        path == "id_copy"
    }
}

/// Monday, 2 March 2026, half past nine.
fn now() -> DateTime {
    date(2026, 3, 2).at(9, 30, 0, 0)
}

fn record(fields: &[(&str, Type)]) -> Type {
    let fields: BTreeMap<String, Type> = fields
        .iter()
        .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
        .collect();
    Type::Record(Arc::new(fields))
}

fn choice(ids: &[&str]) -> Type {
    Type::Choice(ids.iter().map(|id| (*id).to_owned()).collect())
}

/// The scope of a small form.
fn scope() -> Scope {
    let owner = record(&[
        ("name", Type::Text),
        ("birth_date", Type::Date),
        ("nationality", choice(&["DE", "FR", "TR"]).optional()),
    ]);
    let item = record(&[
        ("name", Type::Text),
        ("price", Type::Number),
        ("kind", choice(&["food", "drink"])),
    ]);
    Scope::default()
        .with("owner", owner)
        .with("items", Type::List(Box::new(item)))
        .with("legal_form", choice(&["natural", "partnership", "legal"]))
        .with(
            "topics",
            Type::List(Box::new(choice(&["noise", "waste", "water"]))),
        )
        .with("quantity", Type::Number)
        .with("discount", Type::Number.optional())
        .with("registered", Type::Boolean)
        .with("starts_on", Type::Date)
        .with("straße", Type::Text)
}

/// Answers to that form.
fn answers() -> BTreeMap<String, Value> {
    let json = serde_json::json!({
        "owner": { "name": "Ada", "birth_date": "2004-02-29", "nationality": null },
        "items": [
            { "name": "Brot", "price": "2.50", "kind": "food" },
            { "name": "Saft", "price": 3, "kind": "drink" },
            { "name": "Käse", "price": "7.25", "kind": "food" }
        ],
        "legal_form": "legal",
        "topics": ["noise", "water"],
        "quantity": 3,
        "registered": true,
        "starts_on": "2026-04-30",
        "straße": "Am Wall"
    });
    let scope = scope();
    scope
        .names
        .iter()
        .map(|(name, ty)| (name.clone(), Value::from_json(&json[name.as_str()], ty)))
        .collect()
}

fn value_in(text: &str, scope: &Scope) -> Value {
    let expression =
        Expression::compile(text, scope).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
    expression.evaluate(&Context {
        values: &answers(),
        now: now(),
        world: &Town,
    })
}

/// That each left side has the value of the right side.
fn check(pairs: &[(&str, &str)]) {
    let open = Scope {
        open: true,
        ..Scope::default()
    };
    for (text, expected) in pairs {
        assert_eq!(
            value_in(text, &open),
            value_in(expected, &open),
            "{text} should be {expected}"
        );
    }
}

/// The same with the types of the form.
fn check_typed(pairs: &[(&str, &str)]) {
    for (text, expected) in pairs {
        assert_eq!(
            value_in(text, &scope()),
            value_in(expected, &scope()),
            "{text} should be {expected}"
        );
    }
}
