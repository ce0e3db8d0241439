//! The rule language: a profile of FEEL, the expression language of the OMG
//! standard DMN 1.5, with static types and positions, and decision tables.
//!
//! [`Expression::compile`] parses and checks a text against a [`Scope`];
//! [`Expression::evaluate`] runs it against a [`Context`]. Evaluation is total:
//! what FEEL calls an error is [`Value::Null`].

mod arrange;
mod ast;
mod builtins;
mod check;
mod eval;
mod explain;
mod inspect;
mod json;
mod lexer;
pub mod names;
mod number;
mod operators;
mod parser;
pub mod solve;
pub mod table;
mod temporal;
mod types;
mod unary;
mod value;

pub use builtins::is_iban;
pub use explain::{Explanation, Labels};
pub use table::DecisionTable;
pub use unary::UnaryTests;
pub use value::{Context, PlainWorld, Range, Scope, Type, Value, World};

use check::Checker;
use eval::Evaluator;

use crate::source::Span;

/// What is wrong with an expression, with bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable code, such as `feel-unknown-name`.
    pub code: &'static str,
    /// One sentence naming the cause.
    pub message: String,
    /// First byte in the expression's text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What to do.
    pub help: Option<String>,
}

/// A parsed and checked expression.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    ty: Type,
    tree: ast::Expr,
    reads: Vec<String>,
    span: Option<Span>,
}

impl Expression {
    /// Parses `text` and checks every name, type and option against `scope`.
    ///
    /// # Errors
    /// All problems found, in the order of the text.
    pub fn compile(text: &str, scope: &Scope) -> Result<Expression, Vec<Problem>> {
        Expression::compile_for(text, scope, &Type::Any)
    }

    /// Like [`Expression::compile`], and checks that the result fits `wanted`:
    /// `Type::Boolean` for conditions, a choice for a computed choice.
    ///
    /// # Errors
    /// All problems found, in the order of the text.
    pub fn compile_for(
        text: &str,
        scope: &Scope,
        wanted: &Type,
    ) -> Result<Expression, Vec<Problem>> {
        let mut problems = Vec::new();
        let Some(mut tree) = parser::parse_expression(text, &mut problems) else {
            return Err(problems);
        };
        let mut checker = Checker::new(scope);
        let ty = checker.value(&mut tree);
        checker.result(wanted, &ty, &tree);
        let reads = checker.reads();
        let mut problems = checker.problems;
        problems.sort_by_key(|problem| (problem.start, problem.end));
        if problems.is_empty() {
            Ok(Expression {
                text: text.to_owned(),
                ty,
                tree,
                reads,
                span: None,
            })
        } else {
            Err(problems)
        }
    }

    /// The expression with its place in a definition file.
    pub fn at(mut self, span: Span) -> Expression {
        self.span = Some(span);
        self
    }

    /// Where it stands, if it comes from a definition file.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// The static type of the result.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// The text it was compiled from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dotted paths the expression reads, such as `owner.birth_date`.
    pub fn reads(&self) -> &[String] {
        &self.reads
    }

    /// The value in a context.
    pub fn evaluate(&self, context: &Context<'_>) -> Value {
        let mut evaluator = Evaluator::new(context);
        let value = evaluator.value(&self.tree);
        if evaluator.in_budget() {
            value
        } else {
            Value::Null
        }
    }

    /// Whether the value is true; null and false are both false.
    pub fn is_true(&self, context: &Context<'_>) -> bool {
        self.evaluate(context).is_true()
    }
}

#[cfg(test)]
mod tests;
