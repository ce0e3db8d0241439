//! What a checker can see of an expression without running it: the literals
//! it compares with, whether it looks at the clock, whether it is constant.

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use super::ast::{Expr, ExprKind};
use super::{Context, Expression, PlainWorld, Value, temporal};

/// Functions whose result depends on the moment they run in.
const CLOCK: [&str; 3] = ["today", "now", "age"];
/// Functions that ask the case.
const CASE: [&str; 2] = ["in_state", "attachment_present"];

impl Expression {
    /// All literals in it, in the order of the text.
    pub fn literals(&self) -> Vec<&Value> {
        let mut found = Vec::new();
        walk(&self.tree, &mut |expr| {
            if let ExprKind::Literal(value) = &expr.kind {
                found.push(value);
            }
        });
        found
    }

    /// The whole days of durations written in it, such as 7 of `duration("P7D")`.
    pub fn days(&self) -> Vec<i64> {
        const DAY: i128 = 86_400_000_000_000;
        let literals = self.literals().into_iter();
        let durations = literals.filter_map(|value| match value {
            Value::Text(text) => temporal::parse_duration(text),
            Value::DaysDuration(_) | Value::MonthsDuration(_) => Some(value.clone()),
            _ => None,
        });
        durations
            .filter_map(|value| match value {
                Value::DaysDuration(nanoseconds) => i64::try_from(nanoseconds / DAY).ok(),
                Value::MonthsDuration(months) => months.checked_mul(30),
                _ => None,
            })
            .collect()
    }

    /// Whether its value depends on the moment it is looked at.
    pub fn reads_clock(&self) -> bool {
        self.calls(&CLOCK)
    }

    /// Its value where that is always the same.
    pub fn constant(&self) -> Option<Value> {
        if !self.reads.is_empty() || self.calls(&CLOCK) || self.calls(&CASE) {
            return None;
        }
        Some(self.evaluate(&Context {
            values: &BTreeMap::new(),
            now: DateTime::default(),
            world: &PlainWorld,
        }))
    }

    fn calls(&self, names: &[&str]) -> bool {
        let mut found = false;
        walk(&self.tree, &mut |expr| {
            if let ExprKind::Bound { function, .. } = &expr.kind {
                found |= names.contains(&function.name);
            }
        });
        found
    }
}

fn walk<'e>(expr: &'e Expr, look: &mut impl FnMut(&'e Expr)) {
    look(expr);
    for child in expr.kind.children() {
        walk(child, look);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feel::Scope;

    fn expression(text: &str) -> Expression {
        let scope = Scope {
            open: true,
            ..Scope::default()
        };
        Expression::compile(text, &scope).unwrap()
    }

    #[test]
    fn literals_days_and_clock_are_seen() {
        let rule =
            expression("a = \"online\" and b > 2 and today() < c - duration(\"P7D\") and d in (3)");
        let texts: Vec<_> = rule.literals().into_iter().map(Value::to_json).collect();
        assert_eq!(
            texts,
            [
                "online".into(),
                2.into(),
                "P7D".into(),
                serde_json::json!(3)
            ]
        );
        assert_eq!(rule.days(), [7]);
        assert!(rule.reads_clock());
        assert!(rule.constant().is_none());
    }

    #[test]
    fn constants_are_known() {
        assert_eq!(expression("2 + 3").constant().unwrap().to_json(), 5);
        assert!(expression("a").constant().is_none());
        assert!(expression("today()").constant().is_none());
    }
}
