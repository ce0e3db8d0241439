//! One text for expressions that mean the same: full paths instead of names
//! seen from a place, one way of writing.

use std::fmt::Write as _;

use super::super::ast::{Binding, Expr, ExprKind, Quantifier, Test};
use super::super::operators;
use super::parts::path_of;
use super::place::Place;

/// The text of an expression seen from a place.
pub(super) fn key(expr: &Expr, place: &Place) -> String {
    let mut out = String::new();
    write(expr, place, &mut out);
    out
}

fn write(expr: &Expr, place: &Place, out: &mut String) {
    if let Some((path, _)) = path_of(expr, place) {
        out.push_str(&path);
        return;
    }
    match &expr.kind {
        ExprKind::Literal(value) => match value {
            super::Value::Text(text) => put(out, format_args!("\"{text}\"")),
            value => {
                out.push_str(&operators::to_text(value).unwrap_or_else(|| "null".to_owned()));
            }
        },
        ExprKind::Name(name) => out.push_str(name),
        ExprKind::Field { of, name, .. } => {
            write(of, place, out);
            put(out, format_args!(".{name}"));
        }
        ExprKind::Filter { list, by } => {
            write(list, place, out);
            out.push('[');
            write(by, place, out);
            out.push(']');
        }
        ExprKind::List(items) => {
            out.push('[');
            joined(items.iter(), ", ", place, out);
            out.push(']');
        }
        ExprKind::Range {
            low,
            low_closed,
            high,
            high_closed,
        } => {
            out.push(if *low_closed { '[' } else { '(' });
            write(low, place, out);
            out.push_str("..");
            write(high, place, out);
            out.push(if *high_closed { ']' } else { ')' });
        }
        ExprKind::Test(comparison, bound) => {
            put(out, format_args!("({} ", comparison.symbol()));
            write(bound, place, out);
            out.push(')');
        }
        ExprKind::Negate(inner) => {
            out.push('-');
            write(inner, place, out);
        }
        ExprKind::Not(inner) => {
            out.push_str("not(");
            write(inner, place, out);
            out.push(')');
        }
        _ => write_compound(expr, place, out),
    }
}

fn write_compound(expr: &Expr, place: &Place, out: &mut String) {
    let pair = |left: &Expr, symbol: &str, right: &Expr, out: &mut String| {
        out.push('(');
        write(left, place, out);
        put(out, format_args!(" {symbol} "));
        write(right, place, out);
        out.push(')');
    };
    match &expr.kind {
        ExprKind::Arithmetic(operator, left, right) => pair(left, operator.symbol(), right, out),
        ExprKind::Compare(comparison, left, right) => pair(left, comparison.symbol(), right, out),
        ExprKind::And(parts) => {
            out.push('(');
            joined(parts.iter(), " and ", place, out);
            out.push(')');
        }
        ExprKind::Or(parts) => {
            out.push('(');
            joined(parts.iter(), " or ", place, out);
            out.push(')');
        }
        ExprKind::Between { value, low, high } => {
            write(value, place, out);
            out.push_str(" between ");
            pair(low, "and", high, out);
        }
        ExprKind::In(value, tests) => {
            write(value, place, out);
            out.push_str(" in (");
            for test in tests {
                if let Test::Compare(comparison, _) = test {
                    put(out, format_args!("{} ", comparison.symbol()));
                }
                write(test.expr(), place, out);
                out.push_str(", ");
            }
            out.push(')');
        }
        ExprKind::If {
            condition,
            then,
            otherwise,
        } => {
            out.push_str("if ");
            joined(
                [&**condition, &**then, &**otherwise].into_iter(),
                " ; ",
                place,
                out,
            );
        }
        ExprKind::For { bindings, body } => loops("for", bindings, body, place, out),
        ExprKind::Quantified {
            quantifier,
            bindings,
            body,
        } => {
            let word = match quantifier {
                Quantifier::Some => "some",
                Quantifier::Every => "every",
            };
            loops(word, bindings, body, place, out);
        }
        ExprKind::Bound { function, args, .. } => {
            put(out, format_args!("{}(", function.name));
            joined(args.iter(), ", ", place, out);
            out.push(')');
        }
        ExprKind::Call { name, args, .. } => {
            put(out, format_args!("{name}("));
            joined(args.iter().map(|arg| &arg.value), ", ", place, out);
            out.push(')');
        }
        _ => {}
    }
}

fn loops(word: &str, bindings: &[Binding], body: &Expr, place: &Place, out: &mut String) {
    out.push_str(word);
    for binding in bindings {
        put(out, format_args!(" {} in ", binding.name));
        write(&binding.source, place, out);
    }
    out.push_str(": ");
    write(body, place, out);
}

fn joined<'e>(
    parts: impl Iterator<Item = &'e Expr>,
    between: &str,
    place: &Place,
    out: &mut String,
) {
    for (at, part) in parts.enumerate() {
        if at > 0 {
            out.push_str(between);
        }
        write(part, place, out);
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}
