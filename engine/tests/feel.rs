//! The rule language against pairs of the DMN Technology Compatibility Kit.

use std::collections::BTreeMap;
use std::str::FromStr;

use engine::feel::{Context, Expression, PlainWorld, Scope, Type, Value};
use rust_decimal::Decimal;
use serde::Deserialize;

#[derive(Deserialize)]
struct Pair {
    id: String,
    expression: String,
    #[serde(rename = "type")]
    kind: String,
    expected: serde_json::Value,
}

/// The pairs of the file named by `SCHALTER_FEEL_PAIRS`, else ours.
#[expect(
    clippy::disallowed_methods,
    reason = "the suite may be run on other pairs of the same shape"
)]
fn pairs() -> Vec<Pair> {
    let text = match std::env::var("SCHALTER_FEEL_PAIRS") {
        Ok(path) => std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("cannot read {path}: {error}")),
        Err(_) => include_str!("conformance/feel.json").to_owned(),
    };
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("the pairs are no JSON of that shape: {error}"))
}

fn open() -> Scope {
    Scope {
        open: true,
        ..Scope::default()
    }
}

fn evaluate(expression: &str) -> Result<Value, String> {
    let compiled =
        Expression::compile(expression, &open()).map_err(|problems| format!("{problems:?}"))?;
    let values = BTreeMap::new();
    let now = jiff::civil::date(2026, 3, 2).at(9, 30, 0, 0);
    Ok(compiled.evaluate(&Context {
        values: &values,
        now,
        world: &PlainWorld,
    }))
}

/// The expected value, read independently of the evaluator where it has a
/// type of its own.
fn expected(pair: &Pair) -> Value {
    let any = Value::from_json(&pair.expected, &Type::Any);
    let text = match &any {
        Value::Null => return Value::Null,
        Value::Text(text) => text.to_string(),
        _ => pair.expected.to_string(),
    };
    let json = serde_json::Value::String(text.clone());
    match pair.kind.as_str() {
        "boolean" => Value::Boolean(text == "true"),
        "decimal" | "integer" | "double" => match Value::from_json(&json, &Type::Number) {
            // More digits than we have: the nearest number we have.
            Value::Null => rounded(&text).map_or(Value::Null, Value::Number),
            exact => exact,
        },
        "date" => Value::from_json(&json, &Type::Date),
        "duration" => match Value::from_json(&json, &Type::MonthsDuration) {
            Value::Null => Value::from_json(&json, &Type::DaysDuration),
            months => months,
        },
        _ => Value::text(text),
    }
}

fn rounded(text: &str) -> Option<Decimal> {
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
}

/// Numbers agree by value: exactly, or to 20 digits where the quotient has no
/// end, or to 8 places where the suite gives the digits of a binary number.
fn agree(kind: &str, got: &Value, expected: &Value) -> bool {
    match (got, expected) {
        (Value::Number(got), Value::Number(expected)) => {
            let places = if kind == "double" { 8 } else { 20 };
            let size = expected.abs().max(Decimal::ONE);
            let allowed = size
                .checked_mul(Decimal::new(1, places))
                .unwrap_or_default();
            got == expected
                || got
                    .checked_sub(*expected)
                    .is_some_and(|off| off.abs() <= allowed)
        }
        _ => got == expected,
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the tally is what the run is for")]
fn feel_conformance() {
    let pairs = pairs();
    let mut failures = Vec::new();
    for pair in &pairs {
        let expected = expected(pair);
        match evaluate(&pair.expression) {
            Ok(got) if agree(&pair.kind, &got, &expected) => {}
            Ok(got) => failures.push(format!(
                "{}: {} gave {got:?}, not {expected:?}",
                pair.id, pair.expression
            )),
            Err(problems) => failures.push(format!(
                "{}: {} does not compile: {problems}",
                pair.id, pair.expression
            )),
        }
    }
    for failure in &failures {
        println!("{failure}");
    }
    println!(
        "{} passed, {} failed",
        pairs.len() - failures.len(),
        failures.len()
    );
    assert!(
        !pairs.is_empty() && failures.is_empty(),
        "{} of {} pairs failed",
        failures.len(),
        pairs.len()
    );
}
