//! Unary tests: the cells of decision tables.

use super::ast::{At, Expr, ExprKind, Test};
use super::check::Checker;
use super::eval::Evaluator;
use super::parser::{Cell, parse_unary_tests};
use super::types::value_type;
use super::{Context, Problem, Scope, Type, Value};

/// A condition on an input, such as `"natural", "legal"`, `[1..10)`, `> 5`,
/// `not(3)` or `-` for any value. `?` stands for the input itself.
#[derive(Clone, Debug)]
pub struct UnaryTests {
    text: String,
    cell: Cell,
    reads: Vec<String>,
}

impl UnaryTests {
    /// Parses `text` and checks it against the type of the input and `scope`.
    ///
    /// # Errors
    /// All problems found, in the order of the text.
    pub fn compile(text: &str, input: &Type, scope: &Scope) -> Result<UnaryTests, Vec<Problem>> {
        let mut problems = Vec::new();
        let Some(mut cell) = parse_unary_tests(text, &mut problems) else {
            return Err(problems);
        };
        let mut checker = Checker::new(scope).with_input(input);
        let subject = Expr {
            kind: ExprKind::Literal(Value::Null),
            at: At::default(),
            height: 1,
        };
        for test in &mut cell.tests {
            // A condition over `?` is true or false itself; all else is
            // compared with the input.
            if mentions_input(test.expr()) {
                let (Test::Compare(_, expr) | Test::Value(expr)) = test;
                checker.value(expr);
            } else {
                checker.tests(&subject, input, std::slice::from_mut(test));
            }
        }
        let reads = checker.reads();
        let mut problems = checker.problems;
        suggest_quotes(&mut problems, text, input);
        problems.sort_by_key(|problem| (problem.start, problem.end));
        if problems.is_empty() {
            Ok(UnaryTests {
                text: text.trim().to_owned(),
                cell,
                reads,
            })
        } else {
            Err(problems)
        }
    }

    /// The cell as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dotted paths the tests read besides the input.
    pub fn reads(&self) -> &[String] {
        &self.reads
    }

    /// Whether it always holds, as `-` does.
    pub fn is_any(&self) -> bool {
        self.cell.tests.is_empty() && !self.cell.negated
    }

    /// Whether the tests hold for a value; unknown counts as no.
    pub fn matches(&self, value: &Value, context: &Context<'_>) -> bool {
        if self.is_any() {
            return true;
        }
        let mut evaluator = Evaluator::with_input(context, value.clone());
        let mut held = Some(false);
        for test in &self.cell.tests {
            let one = match test {
                Test::Value(expr) if mentions_input(expr) => match evaluator.value(expr) {
                    Value::Boolean(holds) => Some(holds),
                    _ => None,
                },
                test => evaluator.any_test(value, std::slice::from_ref(test)),
            };
            held = match (held, one) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        held == Some(!self.cell.negated)
    }

    /// The alternatives.
    pub(super) fn tests(&self) -> &[Test] {
        &self.cell.tests
    }

    /// Whether the alternatives stand in `not(…)`.
    pub(super) fn is_negated(&self) -> bool {
        self.cell.negated
    }
}

pub(super) fn mentions_input(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if &**name == "?")
        || expr.kind.children().into_iter().any(mentions_input)
}

/// An option written without quotes is an unknown name; say so.
fn suggest_quotes(problems: &mut [Problem], text: &str, input: &Type) {
    let Type::Choice(ids) = input.required() else {
        return;
    };
    for problem in problems {
        let name = text.get(problem.start..problem.end).unwrap_or_default();
        if problem.code == "feel-unknown-name" && ids.iter().any(|id| id == name) {
            problem.help = Some(format!("an option stands in quotes: \"{name}\""));
        }
    }
}

/// Whether a value is of a type, for the inputs of a table.
pub(super) fn is_of_type(value: &Value, ty: &Type) -> bool {
    match (ty.required(), value) {
        (Type::Choice(ids), Value::Text(text)) => {
            ids.is_empty() || ids.iter().any(|id| **id == **text)
        }
        (ty, value) => ty.accepts(&value_type(value)),
    }
}
