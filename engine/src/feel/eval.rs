//! Evaluation of a checked tree. Total: what has no value is null.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::ast::{Binding, Expr, ExprKind, Operator, Quantifier, Test};
use super::builtins::Call;
use super::{Context, Range, Value, operators};

/// Steps an evaluation may take: nodes visited, items made, bytes built.
const BUDGET: usize = 200_000;
/// Longest text `+` may build, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// Names that shadow those of the context.
enum Frame {
    /// A variable of `for`, `some` or `every`, or `?`.
    Variable(Arc<str>, Value),
    /// The item a filter looks at: `item`, and its fields by name.
    Item(Value),
}

/// One evaluation.
pub(super) struct Evaluator<'c> {
    pub(super) context: &'c Context<'c>,
    frames: Vec<Frame>,
    left: usize,
}

impl<'c> Evaluator<'c> {
    pub(super) fn new(context: &'c Context<'c>) -> Evaluator<'c> {
        Evaluator {
            context,
            frames: Vec::new(),
            left: BUDGET,
        }
    }

    /// With the input of a cell under the name `?`.
    pub(super) fn with_input(context: &'c Context<'c>, input: Value) -> Evaluator<'c> {
        Evaluator {
            context,
            frames: vec![Frame::Variable(Arc::from("?"), input)],
            left: BUDGET,
        }
    }

    /// Takes steps from the budget; false when it is used up, after which
    /// everything is null.
    pub(super) fn charge(&mut self, steps: usize) -> bool {
        self.left = self.left.saturating_sub(steps);
        self.left > 0
    }

    /// Whether the evaluation ended within its budget.
    pub(super) fn in_budget(&self) -> bool {
        self.left > 0
    }

    pub(super) fn value(&mut self, expr: &Expr) -> Value {
        if !self.charge(1) {
            return Value::Null;
        }
        match &expr.kind {
            ExprKind::Literal(value) => value.clone(),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Field { of, name, .. } => {
                let value = self.value(of);
                self.field(&value, name)
            }
            ExprKind::Filter { list, by } => self.filter(list, by),
            ExprKind::List(items) => {
                Value::list(items.iter().map(|item| self.value(item)).collect())
            }
            ExprKind::Negate(inner) => operators::negate(&self.value(inner)).unwrap_or(Value::Null),
            ExprKind::Not(inner) => match self.value(inner) {
                Value::Boolean(value) => Value::Boolean(!value),
                _ => Value::Null,
            },
            ExprKind::Arithmetic(operator, left, right) => self.arithmetic(*operator, left, right),
            ExprKind::Compare(comparison, left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                self.charge(weight(&left).min(weight(&right)));
                truth(operators::compare(*comparison, &left, &right))
            }
            ExprKind::And(parts) => self.junction(parts, false),
            ExprKind::Or(parts) => self.junction(parts, true),
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => {
                let branch = if self.value(condition).is_true() {
                    then
                } else {
                    otherwise
                };
                self.value(branch)
            }
            ExprKind::Bound {
                function,
                args,
                pattern,
            } => {
                let args: Vec<Value> = args.iter().map(|arg| self.value(arg)).collect();
                if !self.charge(args.iter().map(weight).sum()) {
                    return Value::Null;
                }
                let mut call = Call {
                    args: &args,
                    pattern: pattern.as_deref(),
                    evaluator: self,
                };
                (function.run)(&mut call).unwrap_or(Value::Null)
            }
            _ => self.rarer(expr),
        }
    }

    /// The kinds that need more room on the stack or come up less often.
    fn rarer(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Range {
                low,
                low_closed,
                high,
                high_closed,
            } => {
                let (low, high) = (self.value(low), self.value(high));
                range(low, *low_closed, high, *high_closed)
            }
            ExprKind::Test(comparison, bound) => {
                operators::test_range(*comparison, self.value(bound))
            }
            ExprKind::Between { value, low, high } => {
                let (value, low, high) = (self.value(value), self.value(low), self.value(high));
                let sides = [
                    operators::order(&value, &low).map(std::cmp::Ordering::is_ge),
                    operators::order(&value, &high).map(std::cmp::Ordering::is_le),
                ];
                truth(operators::all(sides.into_iter()))
            }
            ExprKind::In(value, tests) => {
                let value = self.value(value);
                truth(self.any_test(&value, tests))
            }
            ExprKind::For { bindings, body } => {
                let mut results = Vec::new();
                let complete = self.each(bindings, &mut |evaluator| {
                    let value = evaluator.value(body);
                    results.push(value);
                    true
                });
                complete.map_or(Value::Null, |()| Value::list(results))
            }
            ExprKind::Quantified {
                quantifier,
                bindings,
                body,
            } => self.quantified(*quantifier, bindings, body),
            _ => Value::Null,
        }
    }

    fn name(&self, name: &str) -> Value {
        for frame in self.frames.iter().rev() {
            match frame {
                Frame::Variable(known, value) if **known == *name => return value.clone(),
                Frame::Item(Value::Record(fields)) if fields.contains_key(name) => {
                    return fields[name].clone();
                }
                Frame::Item(item) if name == "item" => return item.clone(),
                _ => {}
            }
        }
        self.context
            .values
            .get(name)
            .cloned()
            .unwrap_or(Value::Null)
    }

    /// A field; of a list, the field of every item.
    fn field(&mut self, value: &Value, name: &str) -> Value {
        match value {
            Value::List(items) => {
                if !self.charge(items.len()) {
                    return Value::Null;
                }
                Value::list(
                    items
                        .iter()
                        .map(|item| operators::part(item, name).unwrap_or(Value::Null))
                        .collect(),
                )
            }
            other => operators::part(other, name).unwrap_or(Value::Null),
        }
    }

    fn arithmetic(&mut self, operator: Operator, left: &Expr, right: &Expr) -> Value {
        let (left, right) = (self.value(left), self.value(right));
        if let (Operator::Add, Value::Text(left), Value::Text(right)) = (operator, &left, &right) {
            let length = left.len() + right.len();
            if length > MAX_TEXT || !self.charge(length / 64) {
                return Value::Null;
            }
        }
        operators::arithmetic(operator, &left, &right).unwrap_or(Value::Null)
    }

    /// Three-valued `and` and `or`: `decisive` settles it, else null wins.
    fn junction(&mut self, parts: &[Expr], decisive: bool) -> Value {
        let mut result = Value::Boolean(!decisive);
        for part in parts {
            match self.value(part) {
                Value::Boolean(value) if value == decisive => return Value::Boolean(decisive),
                Value::Boolean(_) => {}
                _ => result = Value::Null,
            }
        }
        result
    }

    /// Whether any of the tests holds; nothing if none does and one is unknown.
    pub(super) fn any_test(&mut self, value: &Value, tests: &[Test]) -> Option<bool> {
        let mut result = Some(false);
        for test in tests {
            let holds = match test {
                Test::Compare(comparison, bound) => {
                    operators::compare(*comparison, value, &self.value(bound))
                }
                Test::Value(target) => {
                    let target = self.value(target);
                    self.charge(weight(&target));
                    operators::is_in(value, &target)
                }
            };
            match holds {
                Some(true) => return Some(true),
                Some(false) => {}
                None => result = None,
            }
        }
        result
    }

    fn filter(&mut self, list: &Expr, by: &Expr) -> Value {
        let value = self.value(list);
        let single;
        let items: &[Value] = match &value {
            Value::List(items) => items,
            Value::Null => &[],
            other => {
                single = [other.clone()];
                &single
            }
        };
        let mut kept = Vec::new();
        for item in items {
            self.frames.push(Frame::Item(item.clone()));
            let condition = self.value(by);
            self.frames.pop();
            match condition {
                // The kind of the condition is the same for all items.
                Value::Number(position) => return at_position(items, position),
                Value::Boolean(true) => kept.push(item.clone()),
                _ => {}
            }
            if !self.in_budget() {
                return Value::Null;
            }
        }
        if items.is_empty() && matches!(self.value(by), Value::Number(_)) {
            return Value::Null;
        }
        Value::list(kept)
    }

    /// Runs `body` for every combination of the bindings, until it yields
    /// false. Nothing if a source is no list and no range of whole numbers.
    fn each(
        &mut self,
        bindings: &[Binding],
        body: &mut dyn FnMut(&mut Self) -> bool,
    ) -> Option<()> {
        self.each_from(bindings, body).map(|_| ())
    }

    fn each_from(
        &mut self,
        bindings: &[Binding],
        body: &mut dyn FnMut(&mut Self) -> bool,
    ) -> Option<bool> {
        let Some((binding, rest)) = bindings.split_first() else {
            return Some(body(self));
        };
        let source = self.value(&binding.source);
        let items = self.sequence(source)?;
        for item in items.iter() {
            if !self.charge(1) {
                return None;
            }
            self.frames
                .push(Frame::Variable(binding.name.clone(), item.clone()));
            let goes_on = self.each_from(rest, body);
            self.frames.pop();
            if !goes_on? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// The values a loop runs over.
    fn sequence(&mut self, source: Value) -> Option<Arc<[Value]>> {
        match source {
            Value::List(items) => Some(items),
            Value::Range(range) => match (&range.low, &range.high) {
                (Value::Number(low), Value::Number(high)) => {
                    let (low, high) = (whole(*low)?, whole(*high)?);
                    let count = usize::try_from(low.abs_diff(high)).ok()?;
                    if !self.charge(count) {
                        return None;
                    }
                    let number = |n: i64| Value::Number(Decimal::from(n));
                    // A loop may count downwards, unlike a range with brackets.
                    let mut items: Vec<Value> = if low <= high {
                        (low..=high).map(number).collect()
                    } else {
                        (high..=low).rev().map(number).collect()
                    };
                    if !range.high_closed {
                        items.pop();
                    }
                    if !range.low_closed && !items.is_empty() {
                        items.remove(0);
                    }
                    Some(Arc::from(items))
                }
                (Value::Date(low), Value::Date(high)) => {
                    let series = low
                        .series(jiff::Span::new().days(1))
                        .take_while(|date| date <= high);
                    let items: Vec<Value> = series
                        .take(self.left)
                        .map(Value::Date)
                        .filter(|date| operators::contains(&range, date) == Some(true))
                        .collect();
                    self.charge(items.len()).then(|| Arc::from(items))
                }
                _ => None,
            },
            Value::Null => None,
            single => Some(Arc::from(vec![single])),
        }
    }

    fn quantified(&mut self, quantifier: Quantifier, bindings: &[Binding], body: &Expr) -> Value {
        let decisive = quantifier == Quantifier::Some;
        let mut result = Value::Boolean(!decisive);
        let complete = self.each(bindings, &mut |evaluator| match evaluator.value(body) {
            Value::Boolean(value) if value == decisive => {
                result = Value::Boolean(decisive);
                false
            }
            Value::Boolean(_) => true,
            _ => {
                result = Value::Null;
                true
            }
        });
        if complete.is_some() {
            result
        } else {
            Value::Null
        }
    }
}

/// The work it takes to look at all of a value, in steps.
fn weight(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().map(|item| 1 + weight(item)).sum(),
        Value::Record(fields) => fields.values().map(|field| 1 + weight(field)).sum(),
        Value::Text(text) => text.len() / 64,
        _ => 0,
    }
}

fn truth(value: Option<bool>) -> Value {
    value.map_or(Value::Null, Value::Boolean)
}

fn whole(number: Decimal) -> Option<i64> {
    number.fract().is_zero().then(|| number.to_i64()).flatten()
}

/// The item at a position counted from 1, or from the end where negative.
fn at_position(items: &[Value], position: Decimal) -> Value {
    let found = whole(position).and_then(|position| {
        let index = if position > 0 {
            usize::try_from(position - 1).ok()?
        } else {
            items.len().checked_sub(
                usize::try_from(position.unsigned_abs())
                    .ok()
                    .filter(|back| *back > 0)?,
            )?
        };
        items.get(index).cloned()
    });
    found.unwrap_or(Value::Null)
}

/// A range between two bounds; null unless both are values of one kind in
/// ascending order (DMN 1.5, chapter 10.3.2.7). Loops alone may count down.
fn range(low: Value, low_closed: bool, high: Value, high_closed: bool) -> Value {
    if operators::order(&low, &high).is_none() {
        return Value::Null;
    }
    Value::Range(Arc::new(Range {
        low,
        low_closed,
        high,
        high_closed,
    }))
}
