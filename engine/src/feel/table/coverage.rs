//! Gaps and overlaps of a table, found by trying all combinations that differ.
//!
//! Cells of literals, comparisons and ranges are constant between the values
//! they name. So it is enough to try every option, and for numbers and dates
//! each value named, one beyond it and one between it and the next. Tables
//! with cells that calculate are left alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time};
use rust_decimal::Decimal;

use super::super::ast::{Expr, ExprKind};
use super::super::{Context, PlainWorld, Type, Value, operators};
use super::{DecisionTable, HitPolicy, Input, Rule};
use crate::source::{Diagnostic, Node, Report};

/// Most combinations tried.
const MAX_COMBINATIONS: usize = 20_000;

/// One value tried for an input, and which rules' cells hold for it.
struct Sample {
    value: Value,
    holds: Vec<bool>,
}

/// Reports each pair of rules that overlap (an error where one rule must
/// match) and the first gap (a warning), with the inputs that show it.
pub(super) fn check(table: &DecisionTable, node: &Node, report: &mut Report) {
    if table.hit_policy == HitPolicy::CollectSum {
        return;
    }
    let Some(columns) = samples(table) else {
        return;
    };
    let mut overlaps: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut gap_shown = false;
    for day in days(table) {
        for combination in 0..columns.iter().map(Vec::len).product() {
            let picked = pick(&columns, combination);
            let in_force = |rule: usize| table.rules[rule].validity.holds(day);
            let hits: Vec<usize> = (0..table.rules.len())
                .filter(|rule| in_force(*rule) && picked.iter().all(|sample| sample.holds[*rule]))
                .collect();
            match hits.as_slice() {
                [] if !gap_shown => {
                    gap_shown = true;
                    let message = format!("no rule fits {}", shown(table, &picked));
                    let help = "add a rule for the rest, or make sure the form never asks for it";
                    let span = node.get("rules").map_or(node.span, |rules| rules.span);
                    report.push(Diagnostic::warning("table-gap", span, message).help(help));
                }
                [first, second, ..]
                    if table.hit_policy == HitPolicy::Unique
                        && overlaps.insert((*first, *second)) =>
                {
                    let message = format!(
                        "the rules {} and {} both fit {}",
                        first + 1,
                        second + 1,
                        shown(table, &picked)
                    );
                    let help = "narrow one of them, or choose `hit_policy: first`";
                    report.push(
                        Diagnostic::error("table-overlap", table.rules[*second].span, message)
                            .help(help),
                    );
                }
                _ => {}
            }
        }
    }
}

fn shown(table: &DecisionTable, picked: &[&Sample]) -> String {
    let values = table
        .inputs
        .iter()
        .zip(picked)
        .map(|(input, sample)| (input.name.clone(), sample.value.clone()));
    table.shown(&values.collect())
}

/// The samples of a combination counted through all columns.
fn pick(columns: &[Vec<Sample>], mut combination: usize) -> Vec<&Sample> {
    let mut picked = Vec::new();
    for samples in columns {
        picked.push(&samples[combination % samples.len()]);
        combination /= samples.len();
    }
    picked
}

/// The days on which the set of rules in force changes.
fn days(table: &DecisionTable) -> Vec<Date> {
    let edges =
        |validity: &super::Validity| [validity.from, validity.to.and_then(|to| to.tomorrow().ok())];
    let mut days: Vec<Date> = std::iter::once(&table.validity)
        .chain(table.rules.iter().map(|rule| &rule.validity))
        .flat_map(edges)
        .flatten()
        .chain([Date::MIN])
        .filter(|day| table.validity.holds(*day))
        .collect();
    days.sort_unstable();
    days.dedup();
    // Before the first day named nothing is in force yet, unless rules have no first day.
    if days.len() > 1 && table.rules.iter().all(|rule| rule.validity.from.is_some()) {
        days.retain(|day| *day != Date::MIN);
    }
    days
}

/// The values to try per column; nothing if they cannot be told or are too many.
fn samples(table: &DecisionTable) -> Option<Vec<Vec<Sample>>> {
    let mut columns = Vec::new();
    let mut combinations = days(table).len();
    let nothing = BTreeMap::new();
    let context = Context {
        values: &nothing,
        now: Date::MIN.to_datetime(Time::midnight()),
        world: &PlainWorld,
    };
    for (index, input) in table.inputs.iter().enumerate() {
        let mut named = Vec::new();
        for cell in table
            .rules
            .iter()
            .filter_map(|rule| rule.cells[index].as_ref())
        {
            for expr in cell.operands() {
                collect(expr, &mut named).then_some(())?;
            }
        }
        let holds = |value: &Value, rule: &Rule| {
            rule.cells[index]
                .as_ref()
                .is_none_or(|cell| cell.matches(value, &context))
        };
        let column: Vec<Sample> = column(input, named)?
            .into_iter()
            .map(|value| Sample {
                holds: table.rules.iter().map(|rule| holds(&value, rule)).collect(),
                value,
            })
            .collect();
        combinations = combinations
            .checked_mul(column.len())
            .filter(|count| *count <= MAX_COMBINATIONS)?;
        columns.push(column);
    }
    Some(columns)
}

/// The literals of a constant expression; false if it is none.
fn collect(expr: &Expr, into: &mut Vec<Value>) -> bool {
    match &expr.kind {
        ExprKind::Literal(value) => {
            into.push(value.clone());
            true
        }
        ExprKind::Negate(inner) => {
            let mut inside = Vec::new();
            let constant = collect(inner, &mut inside);
            into.extend(inside.iter().filter_map(operators::negate));
            constant
        }
        ExprKind::Range { low, high, .. } => collect(low, into) && collect(high, into),
        ExprKind::List(items) => items.iter().all(|item| collect(item, into)),
        ExprKind::Bound { function, args, .. } if function.name == "date" => {
            match args.as_slice() {
                [
                    Expr {
                        kind: ExprKind::Literal(Value::Text(text)),
                        ..
                    },
                ] => super::super::temporal::parse_date(text)
                    .map(|date| into.push(date))
                    .is_some(),
                _ => false,
            }
        }
        _ => false,
    }
}

fn column(input: &Input, named: Vec<Value>) -> Option<Vec<Value>> {
    match input.ty.required() {
        Type::Choice(ids) => Some(ids.iter().map(Value::text).collect()),
        Type::Boolean => Some(vec![Value::Boolean(true), Value::Boolean(false)]),
        Type::Number => Some(numbers(&named, input.integer)),
        Type::Date => Some(dates(&named)),
        Type::Text => {
            let mut texts: Vec<Value> = named
                .into_iter()
                .filter(|value| matches!(value, Value::Text(_)))
                .collect();
            texts.push(Value::text("any other text"));
            Some(texts)
        }
        _ => None,
    }
}

/// Each number named, and one on either side of it. Whole numbers are tried
/// in fields for whole numbers, else also halves between neighbours.
fn numbers(named: &[Value], integer: bool) -> Vec<Value> {
    let named: BTreeSet<Decimal> = named
        .iter()
        .filter_map(|value| match value {
            Value::Number(n) => Some(*n),
            _ => None,
        })
        .collect();
    let mut points: BTreeSet<Decimal> = BTreeSet::new();
    for (number, next) in named.iter().zip(named.iter().skip(1)) {
        let between = number.checked_add(*next).map(|sum| sum / Decimal::TWO);
        points.extend(between.map(|between| if integer { between.floor() } else { between }));
    }
    let below = named
        .first()
        .and_then(|first| first.checked_sub(Decimal::ONE));
    let above = named.last().and_then(|last| last.checked_add(Decimal::ONE));
    points.extend(below.into_iter().chain(above));
    points.extend(named);
    if points.is_empty() {
        points.insert(Decimal::ONE);
    }
    points.into_iter().map(Value::Number).collect()
}

fn dates(named: &[Value]) -> Vec<Value> {
    let mut points: BTreeSet<Date> = BTreeSet::new();
    for value in named {
        if let Value::Date(date) = value {
            points.extend(
                [date.yesterday().ok(), Some(*date), date.tomorrow().ok()]
                    .into_iter()
                    .flatten(),
            );
        }
    }
    if points.is_empty() {
        points.insert(Date::constant(2026, 1, 1));
    }
    points.into_iter().map(Value::Date).collect()
}
