//! The built-in functions: their names, parameters, result types and code.
//!
//! A function is one entry of a table; checker, named arguments and the help
//! of a diagnostic all read the same signature.

mod city;
mod list;
mod number;
mod range;
mod text;
mod time;

use jiff::civil::DateTime;
use regex::Regex;
use rust_decimal::Decimal;

use super::eval::Evaluator;
use super::{Type, Value, World};

pub use city::is_iban;
pub(super) use number::parse_decimal;
pub(super) use text::pattern as compile_pattern;

/// One built-in function.
#[derive(Debug)]
pub(super) struct Builtin {
    /// The name as it is written, blanks included.
    pub(super) name: &'static str,
    /// The ways to call it: `name: kinds` separated by commas, kinds joined by
    /// `|`, `?` behind a name that may be left out, `...` behind one that repeats.
    pub(super) signatures: &'static [&'static str],
    pub(super) returns: Returns,
    pub(super) run: fn(&mut Call<'_, '_>) -> Option<Value>,
}

/// The static type of a result.
#[derive(Clone, Copy, Debug)]
pub(super) enum Returns {
    Boolean,
    Number,
    Text,
    Date,
    Time,
    DateTime,
    MonthsDuration,
    Any,
    /// The type of the first argument.
    First,
    /// The item type of the list, or of the arguments.
    Item,
    /// A list of the items of the arguments.
    Items,
    Texts,
    Numbers,
}

/// One parameter of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kinds: &'static str,
    pub(super) optional: bool,
    pub(super) repeats: bool,
}

/// The parameters of a signature.
pub(super) fn parameters(signature: &'static str) -> Vec<Parameter> {
    signature
        .split(", ")
        .filter_map(|part| part.split_once(": "))
        .map(|(name, kinds)| Parameter {
            name: name.trim_end_matches("...").trim_end_matches('?'),
            kinds,
            optional: name.ends_with('?'),
            repeats: name.ends_with("..."),
        })
        .collect()
}

/// How the function is called, for the help of a diagnostic.
pub(super) fn usage(function: &Builtin) -> String {
    let ways: Vec<String> = function
        .signatures
        .iter()
        .map(|signature| {
            let names: Vec<String> = parameters(signature)
                .iter()
                .map(|p| {
                    format!(
                        "{}{}{}",
                        p.name,
                        if p.optional { "?" } else { "" },
                        if p.repeats { ", …" } else { "" }
                    )
                })
                .collect();
            format!("{}({})", function.name, names.join(", "))
        })
        .collect();
    format!("write {}", ways.join(" or "))
}

/// Whether a value of this type can stand for a parameter of these kinds.
pub(super) fn kind_accepts(kinds: &str, ty: &Type) -> bool {
    let name = match ty.required() {
        Type::Any | Type::Null => return true,
        Type::Boolean => "boolean",
        Type::Number => "number",
        Type::Text | Type::Choice(_) => "text",
        Type::Date => "date",
        Type::Time => "time",
        Type::DateTime => "datetime",
        Type::DaysDuration => "days",
        Type::MonthsDuration => "months",
        Type::List(_) => "list",
        Type::Record(_) => "record",
        Type::Range(_) => "range",
        Type::Optional(_) => return true,
    };
    kinds.split('|').any(|kind| match kind {
        "any" => true,
        "point" => !matches!(name, "list" | "record" | "range" | "boolean"),
        kind => kind == name,
    })
}

fn tables() -> [&'static [Builtin]; 6] {
    [
        number::FUNCTIONS,
        text::FUNCTIONS,
        list::FUNCTIONS,
        time::FUNCTIONS,
        range::FUNCTIONS,
        city::FUNCTIONS,
    ]
}

/// All functions.
pub(super) fn all() -> impl Iterator<Item = &'static Builtin> {
    tables().into_iter().flatten()
}

/// The function of this name.
pub(super) fn find(name: &str) -> Option<&'static Builtin> {
    all().find(|function| function.name == name)
}

/// The lengths in words of the functions whose name the words spell, longest first.
pub(super) fn name_lengths<'t>(
    word: impl Fn(usize) -> Option<&'t str>,
) -> impl Iterator<Item = usize> {
    let mut lengths: Vec<usize> = all()
        .filter(|function| {
            function
                .name
                .split(' ')
                .enumerate()
                .all(|(index, part)| word(index) == Some(part))
        })
        .map(|function| function.name.split(' ').count())
        .collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    lengths.into_iter()
}

/// A call at run time: the arguments in the order of the signature.
pub(super) struct Call<'a, 'c> {
    pub(super) args: &'a [Value],
    /// The regular expression, compiled beforehand where it is a literal.
    pub(super) pattern: Option<&'a Regex>,
    pub(super) evaluator: &'a mut Evaluator<'c>,
}

impl<'c> Call<'_, 'c> {
    /// An argument; null where it was left out.
    fn arg(&self, index: usize) -> &Value {
        self.args.get(index).unwrap_or(&Value::Null)
    }

    fn given(&self, index: usize) -> bool {
        *self.arg(index) != Value::Null
    }

    fn number(&self, index: usize) -> Option<Decimal> {
        match self.arg(index) {
            Value::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// A number cut to a whole one.
    fn whole(&self, index: usize) -> Option<i64> {
        use rust_decimal::prelude::ToPrimitive;
        self.number(index)?.trunc().to_i64()
    }

    fn text(&self, index: usize) -> Option<&str> {
        match self.arg(index) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A list; a single value counts as a list of one, as the standard has it.
    fn list(&self, index: usize) -> Option<&[Value]> {
        match self.arg(index) {
            Value::List(items) => Some(items),
            Value::Null => None,
            single => Some(std::slice::from_ref(single)),
        }
    }

    /// The items of a function that takes one list or any number of values.
    fn items(&self) -> &[Value] {
        match self.args {
            [Value::List(items)] => items,
            args => args,
        }
    }

    fn world(&self) -> &'c dyn World {
        self.evaluator.context.world
    }

    fn now(&self) -> DateTime {
        self.evaluator.context.now
    }

    /// Takes work from the budget; false when it is used up.
    fn charge(&mut self, steps: usize) -> bool {
        self.evaluator.charge(steps)
    }
}

fn boolean(value: bool) -> Option<Value> {
    Some(Value::Boolean(value))
}

fn integer(value: impl Into<Decimal>) -> Option<Value> {
    Some(Value::Number(value.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_is_well_formed() {
        let kinds = [
            "any", "boolean", "number", "text", "date", "time", "datetime", "days", "months",
            "list", "record", "range", "point",
        ];
        for function in all() {
            for signature in function.signatures {
                let parsed = parameters(signature);
                let written = if signature.is_empty() {
                    0
                } else {
                    signature.split(',').count()
                };
                assert_eq!(parsed.len(), written, "{}: {signature}", function.name);
                for parameter in parsed {
                    assert!(
                        parameter.kinds.split('|').all(|kind| kinds.contains(&kind)),
                        "{signature}"
                    );
                }
            }
        }
    }

    #[test]
    fn names_are_unique() {
        for function in all() {
            assert_eq!(
                all().filter(|other| other.name == function.name).count(),
                1,
                "{}",
                function.name
            );
        }
    }

    #[test]
    fn the_handbook_knows_every_function() {
        let handbook = include_str!("../../../../docs/handbook/rules.md");
        for function in all() {
            let written = [
                format!("`{}(", function.name),
                format!("`{}`", function.name),
            ];
            assert!(
                written.iter().any(|form| handbook.contains(form)),
                "{} is missing in rules.md",
                function.name
            );
        }
    }
}
