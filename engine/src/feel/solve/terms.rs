//! From expressions to formulas over atoms.

use std::sync::Arc;

use rust_decimal::prelude::ToPrimitive;

use super::super::ast::{At, Comparison, Expr, ExprKind, Test as InTest};
use super::super::builtins::Returns;
use super::super::check::Checker;
use super::super::{Expression, Type, Value, operators};
use super::Question;
use super::cells::{Kind, Subject};
use super::formula::{FALSE, Formula, NULL, TRUE, Test, one};
use super::key::key;
use super::parts::{
    collect_paths, constant, from_today, has_frames, is_today, is_total, is_volatile, path_of,
    path_of_written, written_paths,
};
use super::place::Place;

/// Most values of one subject a condition over it is computed for.
const MAX_COMPUTED: usize = 600;

/// One side of a comparison.
enum Term {
    Constant(Value),
    /// A date so far from today, as it is on [`TODAY`]; months and days.
    FromToday(Value, i64, i64),
    Subject(usize),
    /// Whole years since a date that is a subject.
    Age(usize),
}

fn flipped(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

impl Question<'_> {
    /// The formula of a condition seen from a place.
    pub(super) fn formula_of(&mut self, condition: &Expression, place: &str) -> Formula {
        let place = self.place(place);
        self.formula(&condition.tree, &place)
    }

    pub(super) fn place(&mut self, place: &str) -> Arc<Place> {
        let types = self.types;
        let known = self.places.entry(place.to_owned());
        known
            .or_insert_with(|| Arc::new(Place::of(types, place)))
            .clone()
    }

    pub(super) fn formula(&mut self, expr: &Expr, place: &Place) -> Formula {
        match &expr.kind {
            ExprKind::Literal(Value::Boolean(value)) => Formula::Known(one(Some(*value))),
            ExprKind::Literal(_) => Formula::Known(NULL),
            ExprKind::Not(inner) => Formula::not(self.formula(inner, place)),
            ExprKind::And(parts) => Formula::And(self.formulas(parts, place)),
            ExprKind::Or(parts) => Formula::Or(self.formulas(parts, place)),
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => Formula::If(Box::new([
                self.formula(condition, place),
                self.formula(then, place),
                self.formula(otherwise, place),
            ])),
            ExprKind::Compare(comparison, left, right) => {
                self.comparison(*comparison, left, right, place)
            }
            ExprKind::Between { value, low, high } => {
                let low = self.comparison(Comparison::GreaterOrEqual, value, low, place);
                let high = self.comparison(Comparison::LessOrEqual, value, high, place);
                Formula::And(vec![low, high])
            }
            ExprKind::In(value, tests) => {
                let parts = tests
                    .iter()
                    .map(|test| self.membership(value, test, place))
                    .collect();
                Formula::Or(parts)
            }
            _ => match path_of(expr, place) {
                Some((path, ty)) => {
                    let subject = self.subject_of(path, ty, Kind::Path);
                    self.atom(vec![subject], Test::Truth)
                }
                None => self.opaque(expr, place),
            },
        }
    }

    fn formulas(&mut self, parts: &[Expr], place: &Place) -> Vec<Formula> {
        parts.iter().map(|part| self.formula(part, place)).collect()
    }

    fn comparison(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
        place: &Place,
    ) -> Formula {
        // `(a = 1) = true` and the like: a condition compared with a literal.
        if let (true, Some(inner), ExprKind::Literal(Value::Boolean(wanted))) =
            (comparison.is_equality(), condition(left), &right.kind)
        {
            let formula = self.formula(inner, place);
            let negated = *wanted == (comparison == Comparison::Unequal);
            // Null is unequal to either.
            let holds = |formula| Formula::Holds(Box::new(formula));
            return match (comparison, negated) {
                (Comparison::Equal, false) => holds(formula),
                (Comparison::Equal, true) => holds(Formula::not(formula)),
                (_, true) => Formula::not(holds(formula)),
                (_, false) => Formula::not(holds(Formula::not(formula))),
            };
        }
        let whole = compared(comparison, left, right);
        let (left, right) = (self.term(left, place), self.term(right, place));
        self.compare_terms(comparison, left, right, &whole, place)
    }

    /// Compares a path with what a rule yields at a place.
    pub(super) fn compare_path(
        &mut self,
        path: usize,
        comparison: Comparison,
        rule: &Expression,
        place: &str,
    ) -> Formula {
        let place = self.place(place);
        let bound = self.term(&rule.tree, &place);
        let name = ExprKind::Name(self.subjects[path].key.as_str().into());
        let whole = compared(comparison, &expr(name), &rule.tree);
        match bound {
            // What is not understood hangs on the path as well as on the rule.
            Term::Age(_) => Formula::Known(TRUE | FALSE | NULL),
            bound => self.compare_terms(comparison, Term::Subject(path), bound, &whole, &place),
        }
    }

    fn compare_terms(
        &mut self,
        comparison: Comparison,
        left: Term,
        right: Term,
        whole: &Expr,
        place: &Place,
    ) -> Formula {
        match (left, right) {
            (Term::Constant(a), Term::Constant(b)) => {
                Formula::Known(one(operators::compare(comparison, &a, &b)))
            }
            (Term::Subject(subject), Term::Constant(value)) => {
                self.atom(vec![subject], Test::Compare(comparison, value))
            }
            (Term::Constant(value), Term::Subject(subject)) => {
                self.atom(vec![subject], Test::Compare(flipped(comparison), value))
            }
            (Term::Subject(subject), Term::FromToday(value, months, days)) => {
                self.relative(subject, comparison, value, (months, days), whole, place)
            }
            (Term::FromToday(value, months, days), Term::Subject(subject)) => {
                let comparison = flipped(comparison);
                self.relative(subject, comparison, value, (months, days), whole, place)
            }
            (Term::Age(subject), Term::Constant(years)) => {
                self.age(subject, comparison, years, whole, place)
            }
            (Term::Constant(years), Term::Age(subject)) => {
                self.age(subject, flipped(comparison), years, whole, place)
            }
            (Term::Subject(a), Term::Subject(b)) => self.order(comparison, a, b),
            _ => self.opaque(whole, place),
        }
    }

    /// How two subjects stand to each other.
    fn order(&mut self, comparison: Comparison, a: usize, b: usize) -> Formula {
        let may_be_null = self.subjects[a].nullable || self.subjects[b].nullable;
        if a == b {
            return match comparison {
                Comparison::Equal => Formula::Known(TRUE),
                Comparison::Unequal => Formula::Known(FALSE),
                Comparison::LessOrEqual | Comparison::GreaterOrEqual => {
                    Formula::Known(if may_be_null { TRUE | NULL } else { TRUE })
                }
                _ => Formula::Known(if may_be_null { FALSE | NULL } else { FALSE }),
            };
        }
        let small = |subject: &Subject| match subject.ty.required() {
            Type::Choice(ids) => ids.len() <= 30,
            Type::Boolean => true,
            _ => false,
        };
        if small(&self.subjects[a]) && small(&self.subjects[b]) {
            return self.atom(vec![a, b], Test::Order(comparison));
        }
        let (a, b, comparison) = if self.subjects[a].key <= self.subjects[b].key {
            (a, b, comparison)
        } else {
            (b, a, flipped(comparison))
        };
        let (left, right) = (&self.subjects[a], &self.subjects[b]);
        let subject = Subject {
            // Both null is a cell of its own, since then they are equal.
            nullable: may_be_null,
            both_null: left.nullable && right.nullable,
            sides: Some((left.key.clone(), right.key.clone())),
            paths: left.paths.iter().chain(&right.paths).cloned().collect(),
            exact: left.exact && right.exact && left.kind == Kind::Path && right.kind == Kind::Path,
            ..Subject::new(
                format!("{} <> {}", left.key, right.key),
                Type::Number,
                Kind::Order,
            )
        };
        let subject = self.intern(subject);
        self.atom(vec![subject], Test::Order(comparison))
    }

    /// A date compared with one that moves with today.
    fn relative(
        &mut self,
        subject: usize,
        comparison: Comparison,
        value: Value,
        offset: (i64, i64),
        whole: &Expr,
        place: &Place,
    ) -> Formula {
        let Some(subject) = self.seen_from_today(subject) else {
            return self.opaque(whole, place);
        };
        self.subjects[subject].offsets.push(offset);
        self.atom(vec![subject], Test::Compare(comparison, value))
    }

    fn age(
        &mut self,
        subject: usize,
        comparison: Comparison,
        years: Value,
        whole: &Expr,
        place: &Place,
    ) -> Formula {
        let number = match &years {
            Value::Number(years) if years.fract().is_zero() => years.to_i64(),
            _ => None,
        };
        let Some((number, subject)) = number
            .filter(|years| (0..=200).contains(years))
            .zip(self.seen_from_today(subject))
        else {
            return self.opaque(whole, place);
        };
        // The age changes on these days; up to a month before birth it is 0.
        self.subjects[subject]
            .offsets
            .extend([(-12 * number, 0), (-12 * (number + 1), 0), (1, 0)]);
        self.atom(vec![subject], Test::Age(comparison, years))
    }

    /// The subject that is a date seen from today.
    fn seen_from_today(&mut self, date: usize) -> Option<usize> {
        let subject = &self.subjects[date];
        if subject.kind != Kind::Path || *subject.ty.required() != Type::Date {
            return None;
        }
        let subject = Subject {
            shown: subject.key.clone(),
            paths: subject.paths.clone(),
            ..Subject::new(
                format!("{} from today", subject.key),
                subject.ty.clone(),
                Kind::FromToday,
            )
        };
        Some(self.intern(subject))
    }

    pub(super) fn membership(&mut self, value: &Expr, test: &InTest, place: &Place) -> Formula {
        match test {
            InTest::Compare(comparison, bound) => self.comparison(*comparison, value, bound, place),
            InTest::Value(target) => {
                if let ExprKind::Range {
                    low,
                    low_closed,
                    high,
                    high_closed,
                } = &target.kind
                {
                    let over = if *low_closed {
                        Comparison::GreaterOrEqual
                    } else {
                        Comparison::Greater
                    };
                    let under = if *high_closed {
                        Comparison::LessOrEqual
                    } else {
                        Comparison::Less
                    };
                    if constant(target).is_none() {
                        return self.open_range(value, (over, low), (under, high), place);
                    }
                }
                match (self.term(value, place), constant(target)) {
                    (Term::Constant(value), Some(target)) => {
                        Formula::Known(one(operators::is_in(&value, &target)))
                    }
                    (Term::Subject(subject), Some(target)) => {
                        self.atom(vec![subject], Test::In(target))
                    }
                    _ => self.opaque_test(value, test, place),
                }
            }
        }
    }

    /// `x in [a..b]` with ends that are no constants. Where the ends are out of
    /// order the range is null, so this is left open.
    fn open_range(
        &mut self,
        value: &Expr,
        (over, low): (Comparison, &Expr),
        (under, high): (Comparison, &Expr),
        place: &Place,
    ) -> Formula {
        let both = vec![
            self.comparison(over, value, low, place),
            self.comparison(under, value, high, place),
        ];
        let in_order = self.comparison(Comparison::LessOrEqual, low, high, place);
        Formula::If(Box::new([
            in_order,
            Formula::And(both),
            Formula::Known(FALSE | NULL),
        ]))
    }

    fn opaque_test(&mut self, value: &Expr, test: &InTest, place: &Place) -> Formula {
        let text = format!("{} in {}", key(value, place), key(test.expr(), place));
        let subject = self.intern(Subject {
            nullable: true,
            exact: false,
            ..Subject::new(text, Type::Boolean, Kind::Opaque)
        });
        self.atom(vec![subject], Test::Truth)
    }

    /// A condition that is not understood: it can be either, but the same
    /// text is the same condition. Conditions over few values are computed.
    fn opaque(&mut self, expr: &Expr, place: &Place) -> Formula {
        if let Some(formula) = self.computed(expr, place) {
            return formula;
        }
        let (total, membership) = match &expr.kind {
            ExprKind::Bound { function, args, .. } => (
                is_total(function) && !args.iter().any(|arg| self.may_be_null(arg, place)),
                function.name == "list contains",
            ),
            _ => (false, false),
        };
        let mut paths = Vec::new();
        collect_paths(expr, place, &mut paths);
        let subject = self.intern(Subject {
            nullable: !total,
            exact: membership && paths.len() == 1,
            paths,
            ..Subject::new(key(expr, place), Type::Boolean, Kind::Opaque)
        });
        self.atom(vec![subject], Test::Truth)
    }

    /// A condition whose only name has few values, computed for each.
    fn computed(&mut self, expr: &Expr, place: &Place) -> Option<Formula> {
        if is_volatile(expr) || has_frames(expr) {
            return None;
        }
        let mut names = Vec::new();
        written_paths(expr, place, &mut names)?;
        if names.is_empty() {
            return constant(expr).map(|value| match value {
                Value::Boolean(value) => Formula::Known(one(Some(value))),
                _ => Formula::Known(NULL),
            });
        }
        let (path, ty) = path_of_written(&names[0], place)?;
        let finite = match ty.required() {
            Type::Boolean => true,
            Type::Choice(ids) => ids.len() <= MAX_COMPUTED,
            _ => false,
        };
        let same = |name: &Vec<String>| {
            path_of_written(name, place).is_some_and(|(other, _)| other == path)
        };
        if !finite || !names.iter().all(same) {
            return None;
        }
        let subject = self.subject_of(path, ty, Kind::Path);
        let names = names.into_iter().map(|name| (name, subject)).collect();
        let expr = Box::new(expr.clone());
        Some(self.atom(vec![subject], Test::Computed { expr, names }))
    }

    fn term(&mut self, expr: &Expr, place: &Place) -> Term {
        if let Some(value) = constant(expr) {
            return Term::Constant(value);
        }
        if let Some((value, months, days)) = from_today(expr) {
            return Term::FromToday(value, months, days);
        }
        if let Some((path, ty)) = path_of(expr, place) {
            return Term::Subject(self.subject_of(path, ty, Kind::Path));
        }
        if let ExprKind::Bound { function, args, .. } = &expr.kind
            && function.name == "age"
            && args.get(1).is_none_or(is_today)
            && let Some((path, ty)) = args.first().and_then(|birth| path_of(birth, place))
            && *ty.required() == Type::Date
        {
            return Term::Age(self.subject_of(path, ty, Kind::Path));
        }
        let ty = self.type_of(expr, place);
        let mut paths = Vec::new();
        collect_paths(expr, place, &mut paths);
        let (total, whole) = match &expr.kind {
            ExprKind::Bound { function, .. } => (
                is_total(function),
                matches!(function.name, "count" | "string length"),
            ),
            // The parts of a date.
            ExprKind::Field { .. } => (ty != Type::Any, true),
            _ => (false, false),
        };
        let nullable = !total || self.may_be_null(expr, place);
        let subject = Subject {
            nullable,
            whole,
            not_negative: matches!(&expr.kind, ExprKind::Bound { .. }) && whole,
            exact: total && paths.len() == 1,
            paths,
            ..Subject::new(key(expr, place), ty.required().clone(), Kind::Derived)
        };
        Term::Subject(self.intern(subject))
    }

    /// The static type, as far as it can be told once more.
    fn type_of(&self, expr: &Expr, place: &Place) -> Type {
        if let ExprKind::Bound { function, .. } = &expr.kind {
            return match function.returns {
                Returns::Boolean => Type::Boolean,
                Returns::Number => Type::Number,
                Returns::Text => Type::Text,
                Returns::Date => Type::Date,
                _ => Type::Any,
            };
        }
        Checker::new(&place.scope).value(&mut expr.clone())
    }

    /// Whether anything inside may be null.
    fn may_be_null(&self, expr: &Expr, place: &Place) -> bool {
        if constant(expr).is_some_and(|value| value != Value::Null) {
            return false;
        }
        if let Some((_, ty)) = path_of(expr, place) {
            return matches!(ty, Type::Optional(_) | Type::Any | Type::Null);
        }
        match &expr.kind {
            // A filter yields a list, unless it picks one item.
            ExprKind::Filter { .. } => !matches!(self.type_of(expr, place), Type::List(_)),
            ExprKind::Bound { function, args, .. } => {
                !is_total(function) || args.iter().any(|arg| self.may_be_null(arg, place))
            }
            ExprKind::Field { of, .. } => {
                self.type_of(expr, place) == Type::Any || self.may_be_null(of, place)
            }
            _ => true,
        }
    }
}

/// The condition an expression is, where it is more than a path or literal.
fn condition(expr: &Expr) -> Option<&Expr> {
    matches!(
        expr.kind,
        ExprKind::Compare(..)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Not(_)
            | ExprKind::In(..)
            | ExprKind::Between { .. }
    )
    .then_some(expr)
}

/// An expression made for the occasion.
pub(super) fn expr(kind: ExprKind) -> Expr {
    Expr {
        kind,
        at: At::default(),
        height: 1,
    }
}

/// A comparison on its own, where it stood among others.
fn compared(comparison: Comparison, left: &Expr, right: &Expr) -> Expr {
    expr(ExprKind::Compare(
        comparison,
        Box::new(left.clone()),
        Box::new(right.clone()),
    ))
}
