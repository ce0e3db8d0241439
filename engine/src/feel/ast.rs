//! The syntax tree of an expression; every node knows its bytes in the text.

use std::sync::Arc;

use regex::Regex;

use super::Value;
use super::builtins::Builtin;

/// Bytes `start..end` of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct At {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl At {
    /// From the start of this to the end of the other.
    pub(super) fn to(self, end: At) -> At {
        At {
            start: self.start,
            end: end.end.max(self.start),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) at: At,
    /// Nodes on the longest way down, to keep recursion bounded.
    pub(super) height: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) fn of(symbol: &str) -> Option<Comparison> {
        Some(match symbol {
            "=" => Comparison::Equal,
            "!=" => Comparison::Unequal,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }

    pub(super) fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::Unequal => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }

    /// Whether it asks for equality rather than order.
    pub(super) fn is_equality(self) -> bool {
        matches!(self, Comparison::Equal | Comparison::Unequal)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Operator {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    Some,
    Every,
}

/// One condition of `in (…)` or of a cell of a decision table.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// `< 10`
    Compare(Comparison, Expr),
    /// A value, list or range the input must equal or lie in.
    Value(Expr),
}

impl Test {
    pub(super) fn expr(&self) -> &Expr {
        let (Test::Compare(_, expr) | Test::Value(expr)) = self;
        expr
    }
}

/// `name in source` of `for`, `some` and `every`.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) name: Arc<str>,
    pub(super) source: Expr,
}

#[derive(Clone, Debug)]
pub(super) struct Argument {
    /// Parameter name, of a named argument.
    pub(super) name: Option<(String, At)>,
    pub(super) value: Expr,
}

#[derive(Clone, Debug)]
pub(super) enum ExprKind {
    Literal(Value),
    Name(Arc<str>),
    Field {
        of: Box<Expr>,
        name: Arc<str>,
        name_at: At,
    },
    Filter {
        list: Box<Expr>,
        by: Box<Expr>,
    },
    List(Vec<Expr>),
    Range {
        low: Box<Expr>,
        low_closed: bool,
        high: Box<Expr>,
        high_closed: bool,
    },
    /// `(< 10)` as a value.
    Test(Comparison, Box<Expr>),
    Negate(Box<Expr>),
    /// `not(…)`, made by the checker.
    Not(Box<Expr>),
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Between {
        value: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    In(Box<Expr>, Vec<Test>),
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    For {
        bindings: Vec<Binding>,
        body: Box<Expr>,
    },
    Quantified {
        quantifier: Quantifier,
        bindings: Vec<Binding>,
        body: Box<Expr>,
    },
    /// A call as written; the checker turns it into [`ExprKind::Bound`].
    Call {
        name: String,
        name_at: At,
        args: Vec<Argument>,
    },
    /// A call of a known function with its arguments in the order of the parameters.
    Bound {
        function: &'static Builtin,
        args: Vec<Expr>,
        pattern: Option<Arc<Regex>>,
    },
}

impl ExprKind {
    pub(super) fn children(&self) -> Vec<&Expr> {
        match self {
            ExprKind::Literal(_) | ExprKind::Name(_) => Vec::new(),
            ExprKind::Field { of, .. } => vec![of],
            ExprKind::Filter { list, by } => vec![list, by],
            ExprKind::List(items) | ExprKind::And(items) | ExprKind::Or(items) => {
                items.iter().collect()
            }
            ExprKind::Bound { args, .. } => args.iter().collect(),
            ExprKind::Range { low, high, .. } => vec![low, high],
            ExprKind::Test(_, inner) | ExprKind::Negate(inner) | ExprKind::Not(inner) => {
                vec![inner]
            }
            ExprKind::Arithmetic(_, left, right) | ExprKind::Compare(_, left, right) => {
                vec![left, right]
            }
            ExprKind::Between { value, low, high } => vec![value, low, high],
            ExprKind::In(value, tests) => std::iter::once(&**value)
                .chain(tests.iter().map(Test::expr))
                .collect(),
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => vec![condition, then, otherwise],
            ExprKind::For { bindings, body } | ExprKind::Quantified { bindings, body, .. } => {
                bindings
                    .iter()
                    .map(|binding| &binding.source)
                    .chain(std::iter::once(&**body))
                    .collect()
            }
            ExprKind::Call { args, .. } => args.iter().map(|argument| &argument.value).collect(),
        }
    }
}
