//! Decision tables after DMN: inputs, rules whose cells are unary tests, and a
//! result. Files of the kind `schalter: decision/1`, mostly for fees.

mod coverage;
mod decode;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::unary::is_of_type;
use super::{Context, Expression, Type, UnaryTests, Value, World, number, operators};
use crate::source::Span;
use crate::text::Text;

pub use decode::decode;

/// What happens when several rules match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HitPolicy {
    /// Exactly one rule may match.
    #[default]
    Unique,
    /// The first in the order of the file counts.
    First,
    /// The results of all that match are added; none is zero.
    CollectSum,
}

/// What a table yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// An amount in euros with at most two places.
    Money,
    /// A number.
    Number,
    /// A text.
    Text,
    /// True or false.
    Boolean,
}

impl Output {
    /// The type of the result in expressions.
    pub fn ty(self) -> Type {
        match self {
            Output::Money | Output::Number => Type::Number,
            Output::Text => Type::Text,
            Output::Boolean => Type::Boolean,
        }
    }
}

/// One column of conditions.
#[derive(Clone, Debug)]
pub struct Input {
    /// Name, under which the results may use it too.
    pub name: String,
    /// Type the argument must have.
    pub ty: Type,
    /// Whether it is a whole number.
    pub integer: bool,
}

/// The days on which something holds, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    /// First day, if there is one.
    pub from: Option<Date>,
    /// Last day, if there is one.
    pub to: Option<Date>,
}

impl Validity {
    /// Whether a day lies within.
    pub fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The cells in the order of the inputs; `None` for a cell left out.
    pub(super) cells: Vec<Option<UnaryTests>>,
    /// The result.
    then: Expression,
    /// What the line is called, for the line of a fee.
    pub label: Option<Text>,
    /// When the line holds.
    pub validity: Validity,
    /// Where it stands.
    pub span: Span,
}

impl Rule {
    /// The cells in the order of the inputs; `None` for a cell left out.
    pub fn cells(&self) -> &[Option<UnaryTests>] {
        &self.cells
    }

    /// The result.
    pub fn result(&self) -> &Expression {
        &self.then
    }
}

/// A compiled decision table.
#[derive(Clone, Debug)]
pub struct DecisionTable {
    /// Id, by which fees name it.
    pub id: String,
    /// Name.
    pub title: Text,
    /// Statute or tariff the results rest on.
    pub basis: Option<String>,
    /// When the table holds.
    pub validity: Validity,
    /// What happens when several rules match.
    pub hit_policy: HitPolicy,
    /// What it yields.
    pub output: Output,
    inputs: Vec<Input>,
    rules: Vec<Rule>,
}

/// A result and the rules it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The result; money with two places.
    pub value: Value,
    /// The rules that matched and count, as indexes into [`DecisionTable::rules`].
    pub rules: Vec<usize>,
}

/// Why a table has no result. Rules count from 1, as in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// No rule fits the inputs on that day.
    #[error("no rule of table `{table}` fits {inputs}; add one")]
    NoRule {
        /// The table.
        table: String,
        /// The inputs, as `name = value`.
        inputs: String,
    },
    /// Two rules fit where one should.
    #[error(
        "the rules {first} and {second} of table `{table}` both fit {inputs}; narrow one of them"
    )]
    SeveralRules {
        /// The table.
        table: String,
        /// The first rule that fits.
        first: usize,
        /// The second.
        second: usize,
        /// The inputs, as `name = value`.
        inputs: String,
    },
    /// An argument is missing or of another type.
    #[error("table `{table}` needs {wanted} for its input `{input}`, but got {got}")]
    BadInput {
        /// The table.
        table: String,
        /// The input.
        input: String,
        /// What it should be.
        wanted: String,
        /// The text of what came.
        got: String,
    },
    /// The result of a rule is null or of another type.
    #[error("rule {rule} of table `{table}` has no usable result for {inputs}: {reason}")]
    BadResult {
        /// The table.
        table: String,
        /// The rule.
        rule: usize,
        /// The inputs, as `name = value`.
        inputs: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The table does not hold on that day.
    #[error("table `{table}` does not hold on {day}; give it other dates or add a successor")]
    NotInForce {
        /// The table.
        table: String,
        /// The day.
        day: Date,
    },
}

impl DecisionTable {
    /// The inputs in the order of the file, so that callers can check their arguments.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The rules in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The results that are written down, by rule; nothing for one that is calculated.
    pub fn literal_results(&self) -> Vec<(usize, Option<Value>)> {
        let results = self.rules.iter().map(|rule| rule.then.constant());
        results.enumerate().collect()
    }

    /// The rules in force on the last day on which that changes: those the
    /// table has now.
    pub fn newest_rules(&self) -> Vec<usize> {
        coverage::days(self)
            .last()
            .map(|day| self.in_force(*day))
            .unwrap_or_default()
    }

    /// The paths cells and results read besides the inputs; none in a table
    /// that was decoded, since tables know their inputs only.
    pub fn reads(&self) -> BTreeSet<&str> {
        let cells = self
            .rules
            .iter()
            .flat_map(|rule| rule.cells.iter().flatten())
            .flat_map(UnaryTests::reads);
        let results = self.rules.iter().flat_map(|rule| rule.then.reads());
        cells.chain(results).map(String::as_str).collect()
    }

    /// The result for the inputs on the day of `now`.
    ///
    /// # Errors
    /// Every reason why there is none, see [`TableError`].
    pub fn evaluate(
        &self,
        inputs: &BTreeMap<String, Value>,
        now: DateTime,
        world: &dyn World,
    ) -> Result<Value, TableError> {
        self.decide(inputs, now, world).map(|decided| decided.value)
    }

    /// Like [`DecisionTable::evaluate`], with the rules that led to the result.
    ///
    /// # Errors
    /// Every reason why there is none, see [`TableError`].
    pub fn decide(
        &self,
        inputs: &BTreeMap<String, Value>,
        now: DateTime,
        world: &dyn World,
    ) -> Result<Decided, TableError> {
        if !self.validity.holds(now.date()) {
            return Err(TableError::NotInForce {
                table: self.id.clone(),
                day: now.date(),
            });
        }
        self.check_inputs(inputs)?;
        let context = Context {
            values: inputs,
            now,
            world,
        };
        let rules = self.counted(self.hits(&context), inputs)?;
        let value = self.total(&rules, &context)?;
        Ok(Decided { value, rules })
    }

    /// Which of the rules that match count, by the hit policy.
    fn counted(
        &self,
        hits: Vec<usize>,
        inputs: &BTreeMap<String, Value>,
    ) -> Result<Vec<usize>, TableError> {
        match (self.hit_policy, hits.as_slice()) {
            (HitPolicy::CollectSum, _) => Ok(hits),
            (HitPolicy::First, [first, ..]) | (HitPolicy::Unique, [first]) => Ok(vec![*first]),
            (_, []) => Err(TableError::NoRule {
                table: self.id.clone(),
                inputs: self.shown(inputs),
            }),
            (HitPolicy::Unique, [first, second, ..]) => Err(TableError::SeveralRules {
                table: self.id.clone(),
                first: first + 1,
                second: second + 1,
                inputs: self.shown(inputs),
            }),
        }
    }

    /// The result of the one rule, or the sum of all; zero for none.
    fn total(&self, rules: &[usize], context: &Context<'_>) -> Result<Value, TableError> {
        let mut total = None;
        for index in rules {
            let value = self.result(*index, context)?;
            total = Some(match (total, value) {
                (Some(Value::Number(sum)), Value::Number(value)) => {
                    number::add(sum, value).map(Value::Number).ok_or_else(|| {
                        self.bad_result(*index, context.values, "the sum is too large")
                    })?
                }
                (_, value) => value,
            });
        }
        let places = if self.output == Output::Money { 2 } else { 0 };
        Ok(total.unwrap_or(Value::Number(Decimal::new(0, places))))
    }

    /// The rules in force whose cells all hold.
    fn hits(&self, context: &Context<'_>) -> Vec<usize> {
        let holds = |rule: &Rule| {
            rule.validity.holds(context.now.date())
                && self.inputs.iter().zip(&rule.cells).all(|(input, cell)| {
                    let value = context.values.get(&input.name).unwrap_or(&Value::Null);
                    cell.as_ref()
                        .is_none_or(|cell| cell.matches(value, context))
                })
        };
        (0..self.rules.len())
            .filter(|index| holds(&self.rules[*index]))
            .collect()
    }

    /// That the arguments have the types of the inputs. A missing one is let
    /// through as null: the cells decide whether they can do without it.
    fn check_inputs(&self, inputs: &BTreeMap<String, Value>) -> Result<(), TableError> {
        for input in &self.inputs {
            let value = inputs.get(&input.name).unwrap_or(&Value::Null);
            let whole = !matches!(value, Value::Number(n) if input.integer && !n.fract().is_zero());
            if !is_of_type(value, &input.ty) || !whole {
                let wanted = match &input.ty {
                    Type::Choice(ids) => format!("one of {}", ids.join(", ")),
                    _ if input.integer => "a whole number".to_owned(),
                    ty => ty.to_string(),
                };
                let got = operators::to_text(value).unwrap_or_else(|| "nothing".to_owned());
                return Err(TableError::BadInput {
                    table: self.id.clone(),
                    input: input.name.clone(),
                    wanted,
                    got,
                });
            }
        }
        Ok(())
    }

    fn bad_result(
        &self,
        index: usize,
        inputs: &BTreeMap<String, Value>,
        reason: &'static str,
    ) -> TableError {
        TableError::BadResult {
            table: self.id.clone(),
            rule: index + 1,
            inputs: self.shown(inputs),
            reason,
        }
    }

    fn result(&self, index: usize, context: &Context<'_>) -> Result<Value, TableError> {
        let value = self.rules[index].then.evaluate(context);
        let reason = match (self.output, &value) {
            (_, Value::Null) => "it is null",
            (Output::Money, Value::Number(amount)) => {
                let mut amount = amount.normalize();
                if amount.scale() <= 2 {
                    amount.rescale(2);
                    return Ok(Value::Number(amount));
                }
                "it has parts of a cent; round it, for example with `round half up(…, 2)`"
            }
            (output, value) if is_of_type(value, &output.ty()) => return Ok(value.clone()),
            _ => "it is of another type than the output",
        };
        Err(self.bad_result(index, context.values, reason))
    }

    /// The inputs as `name = value`, for messages.
    fn shown(&self, inputs: &BTreeMap<String, Value>) -> String {
        let show = |input: &Input| {
            let value = inputs
                .get(&input.name)
                .and_then(operators::to_text)
                .unwrap_or_else(|| "null".to_owned());
            format!("{} = {value}", input.name)
        };
        let shown: Vec<String> = self.inputs.iter().map(show).collect();
        if shown.is_empty() {
            "no inputs".to_owned()
        } else {
            shown.join(", ")
        }
    }
}
