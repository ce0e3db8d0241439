//! The cells of decision tables as formulas.

use super::super::ast::{Expr, ExprKind, Test as InTest};
use super::super::table::DecisionTable;
use super::super::unary::mentions_input;
use super::super::{Expression, UnaryTests};
use super::Question;
use super::formula::{ANY, FALSE, Formula, NULL, TRUE};
use super::place::Place;
use super::terms::expr;

impl Question<'_> {
    /// Demands that a rule of a table fits its inputs, or that it does not.
    pub fn rule(&mut self, table: &DecisionTable, rule: usize, fits: bool) {
        let place = self.place("");
        let inputs = table.inputs().iter();
        let cells = inputs.enumerate().filter_map(|(at, input)| {
            let cell = table.rules().get(rule)?.cells.get(at)?.as_ref()?;
            let name = ExprKind::Name(input.name.as_str().into());
            Some((cell, expr(name)))
        });
        let parts = cells
            .map(|(cell, input)| {
                let aliased = place.with_input(&input);
                self.cell(cell, &input, &aliased)
            })
            .collect();
        self.demand_rule(parts, fits);
    }

    /// The same of a table called with these expressions, by name, at the top level.
    pub fn rule_called(
        &mut self,
        table: &DecisionTable,
        inputs: &[(String, Expression)],
        rule: usize,
        fits: bool,
    ) {
        let place = self.place("");
        let mut parts = Vec::new();
        for (at, input) in table.inputs().iter().enumerate() {
            let cell = table.rules().get(rule);
            let Some(cell) = cell.and_then(|rule| rule.cells.get(at)?.as_ref()) else {
                continue;
            };
            let given = inputs.iter().find(|(name, _)| *name == input.name);
            let Some((_, given)) = given.filter(|_| cell.reads().is_empty()) else {
                parts.push(Formula::Known(ANY));
                continue;
            };
            let aliased = place.with_input(&given.tree);
            parts.push(self.cell(cell, &given.tree, &aliased));
        }
        self.demand_rule(parts, fits);
    }

    fn demand_rule(&mut self, parts: Vec<Formula>, fits: bool) {
        let wanted = if fits { TRUE } else { FALSE | NULL };
        self.demands.push((Formula::And(parts), wanted));
    }

    /// Whether a cell matches its input; unknown counts as no.
    fn cell(&mut self, cell: &UnaryTests, input: &Expr, place: &Place) -> Formula {
        if cell.is_any() {
            return Formula::Known(TRUE);
        }
        let parts = cell
            .tests()
            .iter()
            .map(|test| match test {
                // A condition over `?` is true or false itself.
                InTest::Value(expr) if mentions_input(expr) => self.formula(expr, place),
                test => self.membership(input, test, place),
            })
            .collect();
        let any = Formula::Or(parts);
        if cell.is_negated() {
            Formula::not(any)
        } else {
            any
        }
    }
}
