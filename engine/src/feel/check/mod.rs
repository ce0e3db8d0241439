//! The static checker: names, fields, options, operand and argument types.
//!
//! It also binds calls to functions and collects the paths an expression
//! reads. In an open scope only what cannot run at all is a problem.

mod calls;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ast::{At, Binding, Comparison, Expr, ExprKind, Operator, Test};
use super::builtins;
use super::types::{
    arithmetic_type, comparable, conversion, field_names, field_type, has_order, join, join_all,
    literal_texts, value_type, with_null,
};
use super::{Problem, Scope, Type};
use crate::source::suggest;

/// Names that shadow those of the scope.
enum Frame {
    /// A variable with its type and the path it stands for, if any.
    Variable(Arc<str>, Type, Option<String>),
    /// The item of a filter.
    Item(Type, Option<String>),
}

pub(super) struct Checker<'s> {
    scope: &'s Scope,
    frames: Vec<Frame>,
    pub(super) problems: Vec<Problem>,
    reads: BTreeSet<String>,
}

/// The type of a sub-expression and the path of the data it is, if it is one.
struct Typed {
    ty: Type,
    path: Option<String>,
}

impl<'s> Checker<'s> {
    pub(super) fn new(scope: &'s Scope) -> Checker<'s> {
        Checker {
            scope,
            frames: Vec::new(),
            problems: Vec::new(),
            reads: BTreeSet::new(),
        }
    }

    /// Makes the input of a cell known under the name `?`.
    pub(super) fn with_input(mut self, ty: &Type) -> Checker<'s> {
        self.frames
            .push(Frame::Variable(Arc::from("?"), ty.clone(), None));
        self
    }

    /// The paths read so far, sorted.
    pub(super) fn reads(&self) -> Vec<String> {
        self.reads.iter().cloned().collect()
    }

    fn problem(
        &mut self,
        code: &'static str,
        at: At,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.problems.push(Problem {
            code,
            message: message.into(),
            start: at.start,
            end: at.end,
            help,
        });
    }

    /// A problem of types, which an open scope lets pass as null.
    fn mismatch(&mut self, at: At, message: impl Into<String>, help: Option<&str>) {
        if !self.scope.open {
            self.problem("feel-type", at, message, help.map(str::to_owned));
        }
    }

    /// The type of an expression whose value is used.
    pub(super) fn value(&mut self, expr: &mut Expr) -> Type {
        let Typed { ty, path } = self.visit(expr);
        self.reads.extend(path);
        ty
    }

    /// That the result of the whole expression fits where it is used.
    pub(super) fn result(&mut self, wanted: &Type, ty: &Type, expr: &Expr) {
        if !wanted.accepts(ty) {
            self.mismatch(
                expr.at,
                format!(
                    "this should be {}, but it is {}",
                    wanted.required(),
                    ty.required()
                ),
                None,
            );
        }
        self.options(wanted, expr);
    }

    fn visit(&mut self, expr: &mut Expr) -> Typed {
        let at = expr.at;
        let ty = match &mut expr.kind {
            ExprKind::Literal(value) => value_type(value),
            ExprKind::Name(name) => return self.name(&name.clone(), at),
            ExprKind::Field { of, name, name_at } => {
                return self.field(of, &name.clone(), *name_at);
            }
            ExprKind::Filter { list, by } => return self.filter(list, by),
            ExprKind::List(items) => {
                let types: Vec<Type> = items.iter_mut().map(|item| self.value(item)).collect();
                Type::List(Box::new(join_all(types)))
            }
            ExprKind::Range { low, high, .. } => {
                let (low_type, high_type) = (self.value(low), self.value(high));
                self.ordered(low, &low_type, high, &high_type, "a range");
                Type::Range(Box::new(join(low_type, high_type)))
            }
            ExprKind::Test(_, bound) => Type::Range(Box::new(self.value(bound))),
            ExprKind::Negate(inner) => self.negate(inner),
            ExprKind::Not(inner) => self.value(inner),
            ExprKind::Arithmetic(operator, left, right) => {
                self.arithmetic(*operator, left, right, at)
            }
            ExprKind::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            ExprKind::And(parts) => self.junction(parts, "and"),
            ExprKind::Or(parts) => self.junction(parts, "or"),
            ExprKind::Between { value, low, high } => self.between(value, low, high),
            ExprKind::In(value, tests) => {
                let ty = self.value(value);
                self.tests(value, &ty, tests);
                with_null(Type::Boolean, &[&ty])
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.condition(condition, "the condition of `if`");
                let (then, otherwise) = (self.value(then), self.value(otherwise));
                join(then, otherwise)
            }
            ExprKind::For { bindings, body } => {
                let count = self.bind(bindings);
                let item = self.value(body);
                self.frames.truncate(self.frames.len() - count);
                Type::List(Box::new(item))
            }
            ExprKind::Quantified { bindings, body, .. } => {
                let count = self.bind(bindings);
                self.condition(body, "the condition after `satisfies`");
                self.frames.truncate(self.frames.len() - count);
                Type::Boolean
            }
            ExprKind::Call { .. } | ExprKind::Bound { .. } => self.call(expr),
        };
        Typed { ty, path: None }
    }

    // Names and paths --------------------------------------------------------

    fn name(&mut self, name: &str, at: At) -> Typed {
        let mut open = self.scope.open;
        for frame in self.frames.iter().rev() {
            match frame {
                Frame::Variable(known, ty, path) if **known == *name => {
                    return Typed {
                        ty: ty.clone(),
                        path: path.clone(),
                    };
                }
                Frame::Item(ty, path) => {
                    let joined = |path: &String| format!("{path}.{name}");
                    match ty.required() {
                        Type::Record(fields) if fields.contains_key(name) => {
                            return Typed {
                                ty: fields[name].clone(),
                                path: path.as_ref().map(joined),
                            };
                        }
                        Type::Any => open = true,
                        _ => {}
                    }
                    if name == "item" {
                        return Typed {
                            ty: ty.clone(),
                            path: path.clone(),
                        };
                    }
                }
                Frame::Variable(..) => {}
            }
        }
        if let Some(ty) = self.scope.names.get(name) {
            return Typed {
                ty: ty.clone(),
                path: Some(name.to_owned()),
            };
        }
        if !open {
            let message = if name == "?" {
                "`?` stands for the input of a table cell; here is none".to_owned()
            } else {
                format!("there is no field or variable `{name}`")
            };
            let help = (self.is_option(name))
                .or_else(|| suggest(name, self.known_names()))
                .or_else(|| self.is_function(name));
            self.problem("feel-unknown-name", at, message, help);
        }
        Typed {
            ty: Type::Any,
            path: Some(name.to_owned()).filter(|name| name != "?"),
        }
    }

    /// An option of a question around, written without its quotes.
    fn is_option(&self, name: &str) -> Option<String> {
        let frames = self.frames.iter().filter_map(|frame| match frame {
            Frame::Item(ty, _) => Some(ty),
            Frame::Variable(..) => None,
        });
        let mut types = self.scope.names.values().chain(frames);
        (types.any(|ty| offers(ty, name))).then(|| format!("did you mean the text \"{name}\"?"))
    }

    fn is_function(&self, name: &str) -> Option<String> {
        builtins::find(name).map(builtins::usage)
    }

    fn known_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.scope.names.keys().map(String::as_str).collect();
        for frame in &self.frames {
            match frame {
                Frame::Variable(name, ..) => names.push(name),
                Frame::Item(ty, _) => {
                    if let Type::Record(fields) = ty.required() {
                        names.extend(fields.keys().map(String::as_str));
                    }
                }
            }
        }
        names
    }

    fn field(&mut self, of: &mut Expr, name: &str, at: At) -> Typed {
        let Typed { ty, path } = self.visit(of);
        let joined = path.as_ref().map(|path| format!("{path}.{name}"));
        match field_type(&ty, name) {
            Some((field, is_data)) => {
                if is_data {
                    return Typed {
                        ty: field,
                        path: joined,
                    };
                }
                self.reads.extend(path);
                Typed {
                    ty: field,
                    path: None,
                }
            }
            None => {
                self.reads.extend(path);
                if !self.scope.open {
                    let known = field_names(&ty);
                    let message = if known.is_empty() {
                        format!("{ty} has no fields, so there is no `{name}`")
                    } else {
                        format!("{ty} has no field `{name}`")
                    };
                    let help = suggest(name, known.iter().map(String::as_str)).or_else(|| {
                        (!known.is_empty()).then(|| format!("it has: {}", known.join(", ")))
                    });
                    self.problem("feel-unknown-field", at, message, help);
                }
                Typed {
                    ty: Type::Any,
                    path: None,
                }
            }
        }
    }

    fn filter(&mut self, list: &mut Expr, by: &mut Expr) -> Typed {
        let Typed { ty, path } = self.visit(list);
        let item = match ty.required() {
            Type::List(item) => (**item).clone(),
            other => other.clone(),
        };
        self.reads.extend(path.clone());
        self.frames.push(Frame::Item(item.clone(), path.clone()));
        let condition = self.value(by);
        self.frames.pop();
        let ty = match condition.required() {
            Type::Number => item.optional(),
            Type::Boolean => Type::List(Box::new(item)),
            Type::Any | Type::Null => Type::Any,
            other => {
                let message =
                    format!("a filter needs a condition or a position, but this is {other}");
                self.mismatch(by.at, message, None);
                Type::Any
            }
        };
        Typed { ty, path }
    }

    fn bind(&mut self, bindings: &mut [Binding]) -> usize {
        for binding in bindings.iter_mut() {
            let Typed { ty, path } = self.visit(&mut binding.source);
            self.reads.extend(path.clone());
            let item = match ty.required() {
                Type::List(item) | Type::Range(item) => (**item).clone(),
                Type::Any | Type::Null => Type::Any,
                other => {
                    let message =
                        format!("a loop runs over a list or a range, but this is {other}");
                    self.mismatch(binding.source.at, message, None);
                    Type::Any
                }
            };
            self.frames
                .push(Frame::Variable(binding.name.clone(), item, path));
        }
        bindings.len()
    }

    // Operators --------------------------------------------------------------

    fn condition(&mut self, expr: &mut Expr, what: &str) -> Type {
        let ty = self.value(expr);
        if !Type::Boolean.accepts(&ty) {
            self.mismatch(
                expr.at,
                format!("{what} must be true or false, but this is {ty}"),
                None,
            );
        }
        ty
    }

    fn junction(&mut self, parts: &mut [Expr], word: &str) -> Type {
        let types: Vec<Type> = parts
            .iter_mut()
            .map(|part| self.condition(part, &format!("each side of `{word}`")))
            .collect();
        with_null(Type::Boolean, &types.iter().collect::<Vec<_>>())
    }

    fn negate(&mut self, inner: &mut Expr) -> Type {
        let ty = self.value(inner);
        match ty.required() {
            Type::Any | Type::Null => Type::Any,
            Type::Number | Type::DaysDuration | Type::MonthsDuration => ty,
            other => {
                self.mismatch(
                    inner.at,
                    format!("minus needs a number, but this is {other}"),
                    None,
                );
                Type::Any
            }
        }
    }

    fn arithmetic(
        &mut self,
        operator: Operator,
        left: &mut Expr,
        right: &mut Expr,
        at: At,
    ) -> Type {
        let (left_type, right_type) = (self.value(left), self.value(right));
        let (a, b) = (left_type.required(), right_type.required());
        if matches!(a, Type::Any | Type::Null) || matches!(b, Type::Any | Type::Null) {
            return Type::Any;
        }
        if let Some(result) = arithmetic_type(operator, a, b) {
            return with_null(result, &[&left_type, &right_type]);
        }
        let text = |ty: &Type| matches!(ty, Type::Text | Type::Choice(_));
        let help = (operator == Operator::Add && (text(a) || text(b)))
            .then_some("make a text of it with string(…)");
        self.mismatch(
            at,
            format!("`{}` does not work on {a} and {b}", operator.symbol()),
            help,
        );
        Type::Any
    }

    fn compare(&mut self, comparison: Comparison, left: &mut Expr, right: &mut Expr) -> Type {
        let (left_type, right_type) = (self.value(left), self.value(right));
        if comparison.is_equality() {
            self.equality(left, &left_type, right, &right_type);
            // Equality with null is true or false, never null.
            return Type::Boolean;
        }
        self.ordered(
            left,
            &left_type,
            right,
            &right_type,
            &format!("`{}`", comparison.symbol()),
        );
        with_null(Type::Boolean, &[&left_type, &right_type])
    }

    fn between(&mut self, value: &mut Expr, low: &mut Expr, high: &mut Expr) -> Type {
        let (ty, low_type, high_type) = (self.value(value), self.value(low), self.value(high));
        self.ordered(value, &ty, low, &low_type, "`between`");
        self.ordered(value, &ty, high, &high_type, "`between`");
        with_null(Type::Boolean, &[&ty, &low_type, &high_type])
    }

    /// That two operands can be equal; options of a choice included.
    fn equality(&mut self, left: &Expr, left_type: &Type, right: &Expr, right_type: &Type) {
        if !comparable(left_type, right_type) {
            let message = format!(
                "{} and {} are never equal",
                left_type.required(),
                right_type.required()
            );
            self.mismatch(
                left.at.to(right.at),
                message,
                conversion(left_type, right_type),
            );
        }
        self.options(left_type, right);
        self.options(right_type, left);
    }

    fn ordered(
        &mut self,
        left: &Expr,
        left_type: &Type,
        right: &Expr,
        right_type: &Type,
        what: &str,
    ) {
        for (expr, ty) in [(left, left_type), (right, right_type)] {
            if !has_order(ty) {
                self.mismatch(
                    expr.at,
                    format!("{what} needs values with an order, but this is {ty}"),
                    None,
                );
                return;
            }
        }
        if !comparable(left_type, right_type) {
            let message = format!(
                "{what} cannot compare {} with {}",
                left_type.required(),
                right_type.required()
            );
            self.mismatch(
                left.at.to(right.at),
                message,
                conversion(left_type, right_type),
            );
        }
    }

    /// The tests of `in` or of a cell against the type they look at.
    pub(super) fn tests(&mut self, value: &Expr, ty: &Type, tests: &mut [Test]) {
        for test in tests {
            match test {
                Test::Compare(comparison, bound) => {
                    let bound_type = self.value(bound);
                    if comparison.is_equality() {
                        self.equality(value, ty, bound, &bound_type);
                    } else {
                        self.ordered(
                            value,
                            ty,
                            bound,
                            &bound_type,
                            &format!("`{}`", comparison.symbol()),
                        );
                    }
                }
                Test::Value(target) => {
                    let target_type = self.value(target);
                    self.membership(ty, target, &target_type);
                    if let Type::List(item) = target_type.required() {
                        self.options(item, value);
                    }
                }
            }
        }
    }

    fn membership(&mut self, ty: &Type, target: &Expr, target_type: &Type) {
        let possible = match target_type.required() {
            Type::List(item) => match item.required() {
                Type::Range(item) => comparable(ty, item) || comparable(ty, target_type),
                item => comparable(ty, item) || comparable(ty, target_type),
            },
            Type::Range(item) => comparable(ty, item) || comparable(ty, target_type),
            other => comparable(ty, other),
        };
        if !possible {
            let message = format!("{} is never in {}", ty.required(), target_type.required());
            self.mismatch(target.at, message, conversion(ty, target_type));
        }
        self.options(ty, target);
    }

    /// That every literal text of `expr` is an option of the choice `ty`.
    pub(super) fn options(&mut self, ty: &Type, expr: &Expr) {
        let ids = match ty.required() {
            Type::Choice(ids) => ids,
            Type::List(item) => match item.required() {
                Type::Choice(ids) if matches!(expr.kind, ExprKind::List(_)) => ids,
                _ => return,
            },
            _ => return,
        };
        if ids.is_empty() || self.scope.open {
            return;
        }
        for (text, at) in literal_texts(expr) {
            if !ids.contains(&text) {
                let known: Vec<&str> = ids.iter().map(String::as_str).collect();
                let help = suggest(&text, known.iter().copied()).unwrap_or_else(|| {
                    format!(
                        "the options are: {}",
                        known[..known.len().min(20)].join(", ")
                    )
                });
                self.problem(
                    "feel-unknown-option",
                    at,
                    format!("`{text}` is not an option here"),
                    Some(help),
                );
            }
        }
    }
}

/// Whether an option of a choice in this type has the name.
fn offers(ty: &Type, name: &str) -> bool {
    match ty.required() {
        Type::Choice(ids) => ids.iter().any(|id| id == name),
        Type::List(item) => offers(item, name),
        Type::Record(fields) => fields.values().any(|field| offers(field, name)),
        _ => false,
    }
}
