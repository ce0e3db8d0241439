//! The rule language: a profile of FEEL, the expression language of the OMG
//! standard DMN 1.5, with static types and positions, and decision tables.
//!
//! [`Expression::compile`] parses and checks a text against a [`Scope`];
//! [`Expression::evaluate`] runs it against a [`Context`]. Evaluation is total:
//! what FEEL calls an error is [`Value::Null`].

mod value;

pub use value::{Context, PlainWorld, Range, Scope, Type, Value, World};

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
}

impl Expression {
    /// Parses `text` and checks every name, type and option against `scope`.
    ///
    /// # Errors
    /// All problems found, in the order of the text.
    pub fn compile(text: &str, scope: &Scope) -> Result<Expression, Vec<Problem>> {
        let _ = scope;
        Ok(Expression { text: text.to_owned(), ty: Type::Any })
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
        &[]
    }

    /// The value in a context.
    pub fn evaluate(&self, context: &Context<'_>) -> Value {
        let _ = context;
        Value::Null
    }

    /// Whether the value is true; null and false are both false.
    pub fn is_true(&self, context: &Context<'_>) -> bool {
        self.evaluate(context).is_true()
    }
}
