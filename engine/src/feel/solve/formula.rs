//! Conditions over atoms in three-valued logic, and the set of results they
//! can have while some values are still open.

use super::super::Value;
use super::super::ast::{Comparison, Expr};

/// The result true, as a member of a set of results.
pub(super) const TRUE: u8 = 1;
/// The result false.
pub(super) const FALSE: u8 = 2;
/// The result null.
pub(super) const NULL: u8 = 4;
/// Any result.
pub(super) const ANY: u8 = TRUE | FALSE | NULL;

/// The set with one result.
pub(super) fn one(result: Option<bool>) -> u8 {
    match result {
        Some(true) => TRUE,
        Some(false) => FALSE,
        None => NULL,
    }
}

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Formula {
    /// Always one of these results.
    Known(u8),
    /// The result of an atom.
    Atom(usize),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
    If(Box<[Formula; 3]>),
    /// True where the inner is true, else false.
    Holds(Box<Formula>),
}

impl Formula {
    pub(super) fn not(inner: Formula) -> Formula {
        Formula::Not(Box::new(inner))
    }
}

/// What an atom asks of its subject.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// Compares it with a value.
    Compare(Comparison, Value),
    /// Whether it lies in a list or range.
    In(Value),
    /// Its own truth.
    Truth,
    /// Compares the age on [`super::TODAY`] of the date it is.
    Age(Comparison, Value),
    /// The order of two terms, of a subject that stands for their order.
    Order(Comparison),
    /// An expression whose only names are these, each a subject.
    Computed {
        expr: Box<Expr>,
        names: Vec<(Vec<String>, usize)>,
    },
}

/// A condition on one or two subjects.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) subjects: Vec<usize>,
    pub(super) test: Test,
}

/// The results of a negation.
pub(super) fn not(mask: u8) -> u8 {
    mask & NULL | (mask & TRUE) << 1 | (mask & FALSE) >> 1
}

/// The results of a conjunction of two.
pub(super) fn and(a: u8, b: u8) -> u8 {
    let mut result = (a | b) & FALSE | a & b & TRUE;
    let not_false = TRUE | NULL;
    if a & NULL != 0 && b & not_false != 0 || b & NULL != 0 && a & not_false != 0 {
        result |= NULL;
    }
    result
}

/// The results of a disjunction of two.
pub(super) fn or(a: u8, b: u8) -> u8 {
    not(and(not(a), not(b)))
}

/// The results of `if`: where the condition is not true, the other branch.
pub(super) fn branch(condition: u8, then: u8, otherwise: u8) -> u8 {
    let mut result = 0;
    if condition & TRUE != 0 {
        result |= then;
    }
    if condition & (FALSE | NULL) != 0 {
        result |= otherwise;
    }
    result
}
