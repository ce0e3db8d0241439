//! What the parts of an expression are: paths, constants, days seen from today.

use std::collections::BTreeMap;

use super::super::ast::{Expr, ExprKind, Operator};
use super::super::builtins::Builtin;
use super::super::eval::Evaluator;
use super::super::{Context, PlainWorld, Type, Value, operators, temporal};
use super::cells::TODAY;
use super::place::{Place, data_field};

/// The path an expression names, with its type.
pub(super) fn path_of(expr: &Expr, place: &Place) -> Option<(String, Type)> {
    match &expr.kind {
        ExprKind::Name(name) => Some(place.name(name)),
        ExprKind::Field { of, name, .. } => {
            let (path, ty) = path_of(of, place)?;
            let field = data_field(&ty, name)?;
            Some((format!("{path}.{name}"), field))
        }
        _ => None,
    }
}

/// Functions that have a result for all arguments that are not null.
pub(super) fn is_total(function: &Builtin) -> bool {
    matches!(
        function.name,
        "count"
            | "list contains"
            | "contains"
            | "starts with"
            | "ends with"
            | "string length"
            | "is_iban"
            | "is_eea"
            | "is_working_day"
            | "attachment_present"
            | "in_state"
            | "upper case"
            | "lower case"
            | "trim"
            | "today"
            | "now"
    )
}

/// Whether the result hangs on more than the names: the day, the case.
pub(super) fn is_volatile(expr: &Expr) -> bool {
    let here = match &expr.kind {
        ExprKind::Bound { function, args, .. } => match function.name {
            "today" | "now" | "is_working_day" | "working_days" | "in_state"
            | "attachment_present" => true,
            "age" => args.len() < 2,
            _ => false,
        },
        ExprKind::Call { .. } => true,
        _ => false,
    };
    here || expr.kind.children().into_iter().any(is_volatile)
}

pub(super) fn has_frames(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Filter { .. } | ExprKind::For { .. } | ExprKind::Quantified { .. }
    ) || expr.kind.children().into_iter().any(has_frames)
}

/// Nanoseconds of a day.
const DAY: i128 = 86_400 * 1_000_000_000;

/// The value of an expression without names.
pub(in super::super) fn constant(expr: &Expr) -> Option<Value> {
    if let ExprKind::Literal(value) = &expr.kind {
        return Some(value.clone());
    }
    if is_volatile(expr) || has_frames(expr) || names_anything(expr) {
        return None;
    }
    let nothing = BTreeMap::new();
    let context = Context {
        values: &nothing,
        now: TODAY.to_datetime(jiff::civil::Time::midnight()),
        world: &PlainWorld,
    };
    Some(Evaluator::new(&context).value(expr))
}

fn names_anything(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Name(_)) || expr.kind.children().into_iter().any(names_anything)
}

pub(super) fn is_today(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Value::Null) => true,
        ExprKind::Bound { function, .. } => function.name == "today",
        _ => false,
    }
}

/// `today()`, plus or minus constant durations: the date on [`TODAY`] with
/// months and days.
pub(super) fn from_today(expr: &Expr) -> Option<(Value, i64, i64)> {
    match &expr.kind {
        ExprKind::Bound { function, .. } if function.name == "today" => {
            Some((Value::Date(TODAY), 0, 0))
        }
        ExprKind::Arithmetic(operator @ (Operator::Add | Operator::Subtract), date, duration) => {
            let (date, months, days) = from_today(date)?;
            let mut duration = constant(duration)?;
            if *operator == Operator::Subtract {
                duration = operators::negate(&duration)?;
            }
            match duration {
                Value::MonthsDuration(more) if days == 0 => Some((
                    temporal::add_months(&date, more)?,
                    months.checked_add(more)?,
                    0,
                )),
                Value::DaysDuration(nanos) if nanos % DAY == 0 => Some((
                    temporal::add_days(&date, nanos)?,
                    months,
                    days.checked_add(i64::try_from(nanos / DAY).ok()?)?,
                )),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The outermost paths named anywhere inside.
pub(super) fn collect_paths(expr: &Expr, place: &Place, into: &mut Vec<String>) {
    if let Some((path, _)) = path_of(expr, place) {
        if !into.contains(&path) {
            into.push(path);
        }
        return;
    }
    for child in expr.kind.children() {
        collect_paths(child, place, into);
    }
}

/// The outermost names as written, such as `owner.country`.
pub(super) fn written_paths(expr: &Expr, place: &Place, into: &mut Vec<Vec<String>>) -> Option<()> {
    if path_of(expr, place).is_some() {
        let mut parts = Vec::new();
        let mut at = expr;
        while let ExprKind::Field { of, name, .. } = &at.kind {
            parts.push(name.to_string());
            at = of;
        }
        let ExprKind::Name(name) = &at.kind else {
            return None;
        };
        parts.push(name.to_string());
        parts.reverse();
        if !into.contains(&parts) {
            into.push(parts);
        }
        return Some(());
    }
    for child in expr.kind.children() {
        written_paths(child, place, into)?;
    }
    Some(())
}

pub(super) fn path_of_written(parts: &[String], place: &Place) -> Option<(String, Type)> {
    let (first, rest) = parts.split_first()?;
    let (mut path, mut ty) = place.name(first);
    for part in rest {
        ty = data_field(&ty, part)?;
        path = format!("{path}.{part}");
    }
    Some((path, ty))
}
