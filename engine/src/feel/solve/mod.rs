//! What conditions can be: whether some answers make them true, false or null.
//!
//! The literals that expressions compare a value with cut its values into
//! cells: every option of a choice, each number named and the gaps between
//! them, dates before and after a day. Inside a cell all comparisons have one
//! result, so trying cells is trying all values. What is not understood (most
//! functions, calculations between answers) counts as a condition of its own
//! that can be either way, the same text the same way. So [`Answer::No`] is
//! never wrong, and [`Answer::Yes`] comes with values that show it.
//!
//! Used for decision tables, the checks of forms and workflows, and the model
//! check.

mod cells;
mod formula;
mod key;
mod parts;
mod place;
mod rules;
mod search;
mod subjects;
mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use self::cells::Subject;
use self::formula::{Atom, FALSE, Formula, NULL, TRUE};
use self::place::Place;
use super::{Expression, Scope, Value, operators};

/// Whether there are values that fulfil every demand of a [`Question`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// There are; these, for example.
    Yes(Witness),
    /// There are none.
    No,
    /// Perhaps: it hangs on something that is not understood, or would take too long.
    Unknown,
}

impl Answer {
    /// Whether it is certain that no values do.
    pub fn is_no(&self) -> bool {
        *self == Answer::No
    }

    /// Whether it is certain that some values do.
    pub fn is_yes(&self) -> bool {
        matches!(self, Answer::Yes(_))
    }
}

/// Values that fulfil a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Witness {
    /// Paths (or calculated terms, such as `count(items)`) with their values;
    /// dates that are compared with today are those seen from [`TODAY`].
    pub values: BTreeMap<String, Value>,
    /// How values that are compared with each other stand, such as `a < b`.
    pub relations: Vec<String>,
}

/// As `name = value`, for messages.
impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value): (&String, &Value)| match value {
            Value::Text(text) => format!("{name} = \"{text}\""),
            value => {
                let text = operators::to_text(value).unwrap_or_else(|| "null".to_owned());
                format!("{name} = {text}")
            }
        };
        let parts: Vec<String> = self
            .values
            .iter()
            .map(shown)
            .chain(self.relations.iter().cloned())
            .collect();
        f.write_str(&parts.join(", "))
    }
}

pub use cells::TODAY;
pub(super) use parts::constant;

/// How far a day is from today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Distance {
    pub(super) months: i64,
    pub(super) days: i64,
}

/// The distance of `today()`, plus or minus constant durations.
pub(super) fn from_today(expr: &super::ast::Expr) -> Option<Distance> {
    parts::from_today(expr).map(|(_, months, days)| Distance { months, days })
}

/// Demands on expressions over typed names, to be answered together.
pub struct Question<'s> {
    places: BTreeMap<String, Arc<Place>>,
    types: &'s Scope,
    subjects: Vec<Subject>,
    by_key: BTreeMap<String, usize>,
    atoms: Vec<Atom>,
    demands: Vec<(Formula, u8)>,
}

impl<'s> Question<'s> {
    /// A question without demands over these names.
    pub fn new(types: &'s Scope) -> Question<'s> {
        Question {
            places: BTreeMap::new(),
            types,
            subjects: Vec::new(),
            by_key: BTreeMap::new(),
            atoms: Vec::new(),
            demands: Vec::new(),
        }
    }

    /// Demands that a condition is true. `place` is the path of the group or
    /// list entry whose names it sees first; empty at the top level.
    pub fn is_true(&mut self, condition: &Expression, place: &str) {
        self.demand(condition, place, TRUE);
    }

    /// Demands that a condition is not true, so false or null.
    pub fn is_not_true(&mut self, condition: &Expression, place: &str) {
        self.demand(condition, place, FALSE | NULL);
    }

    /// Demands that a condition is false.
    pub fn is_false(&mut self, condition: &Expression, place: &str) {
        self.demand(condition, place, FALSE);
    }

    /// Demands that a condition is not null.
    pub fn is_not_null(&mut self, condition: &Expression, place: &str) {
        self.demand(condition, place, TRUE | FALSE);
    }

    /// Demands that a condition is not false, so true or null.
    pub fn is_not_false(&mut self, condition: &Expression, place: &str) {
        self.demand(condition, place, TRUE | NULL);
    }

    /// Demands that at least one of these conditions is true.
    pub fn is_any_true(&mut self, conditions: &[(&Expression, &str)]) {
        let parts = conditions
            .iter()
            .map(|(condition, place)| self.formula_of(condition, place))
            .collect();
        self.demands.push((Formula::Or(parts), TRUE));
    }

    /// Demands that a path is null unless all the conditions are true.
    pub fn is_absent_unless(&mut self, path: &str, conditions: &[(&Expression, &str)]) {
        let mut parts = self.holding(conditions);
        let absent = self.is_null(path);
        let there = Formula::And(std::mem::take(&mut parts));
        self.demands.push((Formula::Or(vec![there, absent]), TRUE));
    }

    /// Demands that a path is not null if all the conditions are true.
    pub fn is_present_if(&mut self, path: &str, conditions: &[(&Expression, &str)]) {
        let there = Formula::And(self.holding(conditions));
        let absent = self.is_null(path);
        let parts = vec![Formula::not(there), Formula::not(absent)];
        self.demands.push((Formula::Or(parts), TRUE));
    }

    /// Demands that a path, where it is not null, is at least this.
    pub fn is_at_least(&mut self, path: &str, bound: &Value) {
        self.bounded(path, super::ast::Comparison::GreaterOrEqual, bound);
    }

    /// Demands that a path, where it is not null, is at most this.
    pub fn is_at_most(&mut self, path: &str, bound: &Value) {
        self.bounded(path, super::ast::Comparison::LessOrEqual, bound);
    }

    /// Demands that a path is not below (or, for a greatest value, not above)
    /// what a rule at a place yields.
    pub fn is_within(&mut self, path: &str, rule: &Expression, place: &str, least: bool) {
        let comparison = if least {
            super::ast::Comparison::GreaterOrEqual
        } else {
            super::ast::Comparison::LessOrEqual
        };
        if let Some(subject) = self.path_subject(path) {
            let formula = self.compare_path(subject, comparison, rule, place);
            self.demands.push((formula, TRUE | NULL));
        }
    }

    /// Demands that a path has a value.
    pub fn is_present(&mut self, path: &str) {
        let absent = self.is_null(path);
        self.demands.push((absent, FALSE));
    }

    /// The full paths the demands hang on so far; those of list entries have
    /// `[]` behind the list.
    pub fn paths(&self) -> BTreeSet<String> {
        self.subjects
            .iter()
            .flat_map(|subject| subject.paths.iter().cloned())
            .collect()
    }

    /// Says that the numbers of a path are whole.
    pub fn is_whole(&mut self, path: &str) {
        if let Some(subject) = self.path_subject(path) {
            self.subjects[subject].whole = true;
        }
    }

    /// Whether there are values that fulfil all demands made so far.
    pub fn answer(mut self) -> Answer {
        self.link();
        search::run(self.subjects, self.atoms, &self.demands)
    }

    fn demand(&mut self, condition: &Expression, place: &str, wanted: u8) {
        let formula = self.formula_of(condition, place);
        self.demands.push((formula, wanted));
    }

    fn holding(&mut self, conditions: &[(&Expression, &str)]) -> Vec<Formula> {
        conditions
            .iter()
            .map(|(condition, place)| Formula::Holds(Box::new(self.formula_of(condition, place))))
            .collect()
    }
}

/// Whether some values make all of `conditions` true and none of `not_true`
/// (false or null).
pub fn can_hold(conditions: &[&Expression], not_true: &[&Expression], types: &Scope) -> Answer {
    let mut question = Question::new(types);
    for condition in conditions {
        question.is_true(condition, "");
    }
    for condition in not_true {
        question.is_not_true(condition, "");
    }
    question.answer()
}

#[cfg(test)]
mod tests;
