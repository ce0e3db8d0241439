//! Gaps and overlaps of a table, and rules that never count, found for all
//! inputs at once by [`super::super::solve`]; what only hangs on formulas that
//! are not understood is not reported.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::Scope;
use super::super::solve::{Answer, Question, Witness};
use super::{DecisionTable, HitPolicy};
use crate::source::{Diagnostic, Node, Report};

/// Most pairs of rules compared.
const MAX_PAIRS: usize = 20_000;

/// Reports pairs of rules that overlap (an error where one rule must match),
/// gaps (a warning), in time as well, and rules that never count, each with
/// inputs that show it.
pub(super) fn check(table: &DecisionTable, node: &Node, report: &mut Report) {
    let coverage = Coverage {
        table,
        scope: table.scope(),
        days: days(table),
    };
    let dead = coverage.dead_rules(report);
    if table.hit_policy == HitPolicy::CollectSum {
        return;
    }
    let span = node.get("rules").map_or(node.span, |rules| rules.span);
    if let Some(gap) = coverage.gap() {
        report.push(Diagnostic::warning(gap.code, span, gap.message).help(gap.help));
    }
    if table.hit_policy == HitPolicy::Unique {
        coverage.overlaps(&dead, report);
    }
}

/// Inputs no rule fits, in words.
struct Gap {
    code: &'static str,
    message: String,
    help: &'static str,
}

struct Coverage<'t> {
    table: &'t DecisionTable,
    scope: Scope,
    /// The days on which the set of rules in force changes.
    days: Vec<Date>,
}

impl DecisionTable {
    /// The names of its cells and results.
    pub(in super::super) fn scope(&self) -> Scope {
        self.inputs.iter().fold(Scope::default(), |scope, input| {
            scope.with(input.name.clone(), input.ty.clone())
        })
    }

    /// The rules in force on a day.
    pub(super) fn in_force(&self, day: Date) -> Vec<usize> {
        (0..self.rules.len())
            .filter(|rule| self.rules[*rule].validity.holds(day))
            .collect()
    }
}

impl<'t> Coverage<'t> {
    fn ask(&self, demand: impl FnOnce(&mut Question<'_>)) -> Answer {
        let mut question = Question::new(&self.scope);
        demand(&mut question);
        for input in self.table.inputs.iter().filter(|input| input.integer) {
            question.is_whole(&input.name);
        }
        question.answer()
    }

    /// The first gap: on a day on which rules ended, or at any time.
    fn gap(&self) -> Option<Gap> {
        let mut found = None;
        for day in &self.days {
            let rules = self.table.in_force(*day);
            let Answer::Yes(witness) = self.ask(|question| self.no_rule(question, &rules)) else {
                continue;
            };
            if let Some(gap) = self.gap_in_time(*day, &rules) {
                return Some(gap);
            }
            found = found.or(Some(Gap {
                code: "table-gap",
                message: format!("no rule fits {}", shown(&witness)),
                help: "add a rule for the rest, or make sure the form never asks for it",
            }));
        }
        found
    }

    fn no_rule(&self, question: &mut Question<'_>, rules: &[usize]) {
        for rule in rules {
            question.rule(self.table, *rule, false);
        }
    }

    /// What no rule fits from this day on, though one did before.
    fn gap_in_time(&self, day: Date, rules: &[usize]) -> Option<Gap> {
        let before = self.days.iter().rev().find(|other| **other < day)?;
        for earlier in self.table.in_force(*before) {
            if rules.contains(&earlier) {
                continue;
            }
            let answer = self.ask(|question| {
                self.no_rule(question, rules);
                question.rule(self.table, earlier, true);
            });
            if let Answer::Yes(witness) = answer {
                let later = self.days.iter().find(|later| {
                    **later > day
                        && !self
                            .ask(|question| {
                                self.no_rule(question, &self.table.in_force(**later));
                                question.rule(self.table, earlier, true);
                            })
                            .is_yes()
                });
                let until = later.map_or(String::new(), |later| format!(" until {later}"));
                return Some(Gap {
                    code: "table-gap-in-time",
                    message: format!(
                        "from {day} on{until} no rule fits {}, which rule {} did before",
                        shown(&witness),
                        earlier + 1
                    ),
                    help: "let the next rule begin the day after the last one ends, or give the table a `valid_to`",
                });
            }
        }
        None
    }

    fn overlaps(&self, dead: &BTreeSet<usize>, report: &mut Report) {
        let count = self.table.rules.len();
        if count.saturating_mul(count) / 2 > MAX_PAIRS {
            return;
        }
        for second in 0..count {
            for first in 0..second {
                let together = |day: &&Date| {
                    [first, second]
                        .iter()
                        .all(|rule| self.table.rules[*rule].validity.holds(**day))
                };
                if dead.contains(&first)
                    || dead.contains(&second)
                    || !self.days.iter().any(|day| together(&day))
                {
                    continue;
                }
                let answer = self.ask(|question| {
                    question.rule(self.table, first, true);
                    question.rule(self.table, second, true);
                });
                if let Answer::Yes(witness) = answer {
                    let message = format!(
                        "the rules {} and {} both fit {}",
                        first + 1,
                        second + 1,
                        shown(&witness)
                    );
                    report.push(
                        Diagnostic::error("table-overlap", self.table.rules[second].span, message)
                            .help("narrow one of them, or choose `hit_policy: first`"),
                    );
                }
            }
        }
    }

    /// Reports rules no inputs fit, and under `first` those an earlier one
    /// always takes away.
    fn dead_rules(&self, report: &mut Report) -> BTreeSet<usize> {
        let mut dead = BTreeSet::new();
        for at in 0..self.table.rules.len() {
            let days: Vec<Date> = self
                .days
                .iter()
                .copied()
                .filter(|day| self.table.rules[at].validity.holds(*day))
                .collect();
            let reason = if days.is_empty() {
                "it is never in force while the table is"
            } else if self
                .ask(|question| question.rule(self.table, at, true))
                .is_no()
            {
                "no inputs fit all its cells"
            } else if self.table.hit_policy == HitPolicy::First && self.is_shadowed(at, &days) {
                "whatever it fits, an earlier rule fits too"
            } else {
                continue;
            };
            dead.insert(at);
            let message = format!("the rule {} never counts: {reason}", at + 1);
            report.push(
                Diagnostic::warning("table-dead-rule", self.table.rules[at].span, message)
                    .help("correct its cells or its dates, move it up, or remove it"),
            );
        }
        dead
    }

    fn is_shadowed(&self, at: usize, days: &[Date]) -> bool {
        at > 0
            && days.iter().all(|day| {
                let mut earlier = self.table.in_force(*day);
                earlier.retain(|rule| *rule < at);
                self.ask(|question| {
                    self.no_rule(question, &earlier);
                    question.rule(self.table, at, true);
                })
                .is_no()
            })
    }
}

fn shown(witness: &Witness) -> String {
    let text = witness.to_string();
    if text.is_empty() {
        "whatever the inputs are".to_owned()
    } else {
        text
    }
}

/// The days on which the set of rules in force changes.
pub(super) fn days(table: &DecisionTable) -> Vec<Date> {
    let edges =
        |validity: &super::Validity| [validity.from, validity.to.and_then(|to| to.tomorrow().ok())];
    let mut days: Vec<Date> = std::iter::once(&table.validity)
        .chain(table.rules.iter().map(|rule| &rule.validity))
        .flat_map(edges)
        .flatten()
        .chain([Date::MIN])
        .filter(|day| table.validity.holds(*day))
        .collect();
    days.sort_unstable();
    days.dedup();
    // Before the first day named nothing is in force yet, unless rules have no first day.
    if days.len() > 1 && table.rules.iter().all(|rule| rule.validity.from.is_some()) {
        days.retain(|day| *day != Date::MIN);
    }
    days
}
