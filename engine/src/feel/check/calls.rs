//! Calls: the function by its name, the signature the arguments fit, and what
//! literal arguments give away before anything runs.

use std::sync::Arc;

use super::super::arrange::arrange;
use super::super::ast::{Argument, At, Expr, ExprKind};
use super::super::builtins::{self, Builtin, Parameter, Returns};
use super::super::types::{comparable, join_all, literal_text, literal_type, with_null};
use super::super::{Type, Value};
use super::Checker;
use crate::source::suggest;

/// A signature with the argument that stands for each of its parameters.
type Candidate = (Vec<Parameter>, Vec<Option<usize>>);

/// The first argument whose type its parameter does not take.
fn misfit((parameters, order): &Candidate, types: &[Type]) -> Option<(Parameter, usize)> {
    order.iter().enumerate().find_map(|(position, index)| {
        let parameter = parameters[position.min(parameters.len().saturating_sub(1))];
        index
            .filter(|index| !builtins::kind_accepts(parameter.kinds, &types[*index]))
            .map(|index| (parameter, index))
    })
}

/// The arguments in the order of the parameters; null for those left out.
fn in_order(order: &[Option<usize>], args: Vec<Argument>, at: At) -> Vec<Expr> {
    let mut values: Vec<Option<Expr>> = args.into_iter().map(|arg| Some(arg.value)).collect();
    let null = Expr {
        kind: ExprKind::Literal(Value::Null),
        at,
        height: 1,
    };
    order
        .iter()
        .map(|index| {
            index
                .and_then(|index| values[index].take())
                .unwrap_or_else(|| null.clone())
        })
        .collect()
}

impl Checker<'_> {
    /// Binds a call to its function: [`ExprKind::Call`] becomes [`ExprKind::Bound`].
    pub(super) fn call(&mut self, expr: &mut Expr) -> Type {
        let kind = std::mem::replace(&mut expr.kind, ExprKind::Literal(Value::Null));
        let ExprKind::Call {
            name,
            name_at,
            mut args,
        } = kind
        else {
            expr.kind = kind;
            return Type::Any;
        };
        let types: Vec<Type> = args
            .iter_mut()
            .map(|arg| self.value(&mut arg.value))
            .collect();
        if name == "not" {
            return self.not(expr, args, &types, name_at);
        }
        let Some(function) = builtins::find(&name) else {
            let help = suggest(&name, builtins::all().map(|function| function.name))
                .or_else(|| with_word_like(&name));
            self.problem(
                "feel-unknown-function",
                name_at,
                format!("there is no function `{name}`"),
                help,
            );
            return Type::Any;
        };
        let Some((parameters, order)) = self.overload(function, name_at, &args, &types) else {
            return Type::Any;
        };
        self.literals(function, &args, &types);
        let ordered: Vec<Type> = order
            .iter()
            .flatten()
            .map(|index| types[*index].clone())
            .collect();
        let returns = self.return_type(function, &args, &ordered);
        let pattern = self.pattern(function, &parameters, &order, &args);
        let args = in_order(&order, args, name_at);
        expr.kind = ExprKind::Bound {
            function,
            args,
            pattern,
        };
        returns
    }

    /// `not` is a function by its looks and an operator by its meaning.
    fn not(
        &mut self,
        expr: &mut Expr,
        mut args: Vec<Argument>,
        types: &[Type],
        name_at: At,
    ) -> Type {
        if args.len() != 1 {
            self.problem("feel-arguments", name_at, "`not` takes one condition", None);
            return Type::Boolean;
        }
        let value = args.remove(0).value;
        if !Type::Boolean.accepts(&types[0]) {
            self.mismatch(
                value.at,
                format!("`not` needs true or false, but this is {}", types[0]),
                None,
            );
        }
        expr.kind = ExprKind::Not(Box::new(value));
        with_null(Type::Boolean, &[&types[0]])
    }

    /// The first signature the arguments fit, and which argument stands for
    /// each of its parameters.
    fn overload(
        &mut self,
        function: &'static Builtin,
        name_at: At,
        args: &[Argument],
        types: &[Type],
    ) -> Option<Candidate> {
        let mut bound = Vec::new();
        let mut refusal = None;
        for signature in function.signatures {
            let parameters = builtins::parameters(signature);
            match arrange(&parameters, args) {
                Ok(order) => bound.push((parameters, order)),
                Err(problem) => refusal = refusal.or(Some(problem)),
            }
        }
        // Signatures may differ in nothing but the order of their names.
        bound.sort_by_key(|(_, order)| !order.iter().flatten().is_sorted());
        let misfit = |candidate: &Candidate| misfit(candidate, types);
        if let Some(at) = bound
            .iter()
            .position(|candidate| misfit(candidate).is_none())
        {
            return Some(bound.swap_remove(at));
        }
        let usage = builtins::usage(function);
        match bound.first().and_then(misfit) {
            Some((parameter, index)) => {
                let message = format!(
                    "`{}` of `{}` cannot be {}",
                    parameter.name,
                    function.name,
                    types[index].required()
                );
                self.mismatch(args[index].value.at, message, Some(&usage));
                self.scope.open.then(|| bound.swap_remove(0))
            }
            None => {
                if let (false, Some((at, message))) = (self.scope.open, refusal) {
                    let message = format!("`{}` {message}", function.name);
                    self.problem(
                        "feel-arguments",
                        at.unwrap_or(name_at),
                        message,
                        Some(usage),
                    );
                }
                None
            }
        }
    }

    /// Problems in literal arguments: dates and durations that are none,
    /// options searched in a list, and attachments asked for.
    fn literals(&mut self, function: &Builtin, args: &[Argument], types: &[Type]) {
        let literal = |index: usize| {
            args.get(index)
                .and_then(|arg| literal_text(&arg.value).map(|text| (text, arg.value.at)))
        };
        match function.name {
            "date" | "time" | "duration" | "date and time" if args.len() == 1 => {
                if let Some((text, at)) = literal(0)
                    && !self.scope.open
                    && literal_type(function.name, &text).is_none()
                {
                    let (what, example) = match function.name {
                        "date" => ("date", "date(\"2026-01-31\")"),
                        "time" => ("time", "time(\"08:30:00\")"),
                        "duration" => (
                            "duration",
                            "duration(\"P14D\"), duration(\"P1Y6M\") or duration(\"PT2H\")",
                        ),
                        _ => ("date and time", "date and time(\"2026-01-31T08:30:00\")"),
                    };
                    self.problem(
                        "feel-bad-literal",
                        at,
                        format!("`{text}` is no {what}"),
                        Some(format!("write {example}")),
                    );
                }
            }
            "list contains" | "index of" if args.len() == 2 => {
                if let Type::List(item) = types[0].required() {
                    let item = (**item).clone();
                    self.options(&item, &args[1].value);
                    if !comparable(&item, &types[1]) {
                        let message = format!("the list never has {}", types[1].required());
                        self.mismatch(args[1].value.at, message, None);
                    }
                }
            }
            "attachment_present" => self.reads.extend(literal(0).map(|(path, _)| path)),
            _ => {}
        }
    }

    fn return_type(&self, function: &Builtin, args: &[Argument], types: &[Type]) -> Type {
        let first = types.first().cloned().unwrap_or(Type::Any);
        let item_of = |ty: &Type| match ty.required() {
            Type::List(item) => (**item).clone(),
            other => other.clone(),
        };
        let plain = match function.returns {
            Returns::Boolean => Type::Boolean,
            Returns::Number => Type::Number,
            Returns::Text => Type::Text,
            Returns::Date => Type::Date,
            Returns::Time => Type::Time,
            Returns::DateTime => Type::DateTime,
            Returns::MonthsDuration => Type::MonthsDuration,
            Returns::Any if function.name == "duration" => args
                .first()
                .and_then(|arg| literal_text(&arg.value))
                .and_then(|text| literal_type("duration", &text))
                .unwrap_or(Type::Any),
            Returns::Any => Type::Any,
            Returns::First => first,
            Returns::Item => join_all(types.iter().map(item_of).collect()),
            Returns::Items => Type::List(Box::new(join_all(types.iter().map(item_of).collect()))),
            Returns::Texts => Type::List(Box::new(Type::Text)),
            Returns::Numbers => Type::List(Box::new(Type::Number)),
        };
        with_null(plain, &types.iter().collect::<Vec<_>>())
    }

    /// The regular expression of a call, where pattern and flags are literals.
    fn pattern(
        &mut self,
        function: &Builtin,
        parameters: &[Parameter],
        order: &[Option<usize>],
        args: &[Argument],
    ) -> Option<Arc<regex::Regex>> {
        let argument = |name: &str| {
            let position = parameters
                .iter()
                .position(|parameter| parameter.name == name)?;
            order
                .get(position)
                .copied()
                .flatten()
                .map(|index| &args[index].value)
        };
        let pattern = match function.name {
            "matches" | "replace" => argument("pattern")?,
            "split" => argument("delimiter")?,
            _ => return None,
        };
        let flags = argument("flags").map_or(Some(String::new()), literal_text)?;
        let text = literal_text(pattern)?;
        let compiled = builtins::compile_pattern(&text, &flags);
        if compiled.is_none() && !self.scope.open {
            let help =
                "look-around and back references are not supported; flags are s, m, i, x and q";
            self.problem(
                "feel-bad-pattern",
                pattern.at,
                "this is no regular expression",
                Some(help.to_owned()),
            );
        }
        compiled.map(Arc::new)
    }
}

/// Functions of several words of which one is like `name`: `lenght` means
/// `string length`.
fn with_word_like(name: &str) -> Option<String> {
    let like = |function: &&'static builtins::Builtin| {
        let mut words = function.name.split(' ');
        function.name.contains(' ') && words.any(|word| suggest(name, [word]).is_some())
    };
    let found: Vec<String> = builtins::all()
        .filter(like)
        .take(4)
        .map(|function| format!("`{}`", function.name))
        .collect();
    (!found.is_empty()).then(|| format!("did you mean {}?", found.join(" or ")))
}
