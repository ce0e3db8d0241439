//! Lines of which the first that holds counts, and fee lines.

use super::known::{At, Known};
use super::{Verdict, Words, tell};
use crate::feel::solve::{Answer, Question};
use crate::feel::table::{DecisionTable, HitPolicy};
use crate::feel::{Expression, Type};
use crate::form::{FeeAmount, Form, TableCall};
use crate::source::{Diagnostic, Report, Span};

/// The words for a kind of line.
pub(super) struct LineWords {
    what: &'static str,
    /// Code of a line that never comes up.
    never: &'static str,
    so: &'static str,
    /// Whether a condition that always holds is worth a word.
    tell_always: bool,
}

/// Labels by condition.
pub(super) const LABELS: LineWords = LineWords {
    what: "the condition of this label",
    never: "unreachable-label",
    so: "nobody ever reads it",
    tell_always: true,
};

const ROUTES: LineWords = LineWords {
    what: "the condition of this line",
    never: "unreachable-route",
    so: "no case ever goes there",
    tell_always: false,
};

/// Lines in order, the first that holds counts; those without a condition always do.
pub(super) fn in_order<'f>(
    lines: &[Option<&'f Expression>],
    place: &str,
    around: &[At<'f>],
    known: &Known<'f>,
    kind: &LineWords,
    report: &mut Report,
) {
    for (at, rule) in lines.iter().enumerate() {
        let Some(rule) = rule else { continue };
        let verdict = known.judge(rule, place, around);
        let words = Words {
            what: kind.what,
            never: kind.never,
            so: kind.so,
            always: "leave `when` away, and the lines after it",
        };
        if verdict != Verdict::AlwaysTrue || kind.tell_always {
            tell(rule, verdict, &words, report);
        }
        if matches!(verdict, Verdict::NeverTrue | Verdict::OnlyNull) || at == 0 {
            continue;
        }
        let left = known.ask(|question| {
            for (rule, place) in around {
                question.is_true(rule, place);
            }
            for earlier in lines[..at].iter().flatten() {
                question.is_not_true(earlier, place);
            }
            question.is_true(rule, place);
        });
        if left.is_no() {
            let message = format!(
                "wherever this holds an earlier line holds too, so {}",
                kind.so
            );
            report.push(
                Diagnostic::warning(kind.never, rule.span().unwrap_or_default(), message)
                    .help("move it before the line that covers it, or remove it"),
            );
        }
    }
}

/// The routing of a form.
pub(super) fn routes(form: &Form, known: &Known<'_>, report: &mut Report) {
    let rules: Vec<Option<&Expression>> =
        form.routing.iter().map(|line| line.when.as_ref()).collect();
    in_order(&rules, "", &[], known, &ROUTES, report);
}

/// The conditions of the fee lines; each counts by itself.
pub(super) fn fees(form: &Form, known: &Known<'_>, report: &mut Report) {
    for fee in &form.fee {
        if let FeeAmount::Table { table, inputs } = &fee.amount {
            let call = Called {
                table,
                inputs,
                when: fee.when.as_ref(),
                each: fee.each.as_ref(),
                span: inputs.iter().find_map(|(_, rule)| rule.span()),
            };
            covered(&call, known, report);
        }
        let Some(rule) = &fee.when else { continue };
        let what = format!("the condition of the fee line `{}`", fee.id);
        let words = Words {
            what: &what,
            never: "unreachable-fee",
            so: "it is never charged",
            always: "remove `when`: the line is always charged",
        };
        tell(rule, known.judge(rule, "", &[]), &words, report);
    }
}

/// The tables that route cases and set parameters of the workflow.
pub(super) fn tables(form: &Form, known: &Known<'_>, report: &mut Report) {
    for line in &form.routing {
        if let Some(call) = &line.table {
            covered(&Called::of(call, line.when.as_ref()), known, report);
        }
    }
    for (_, call) in &form.workflow.tables {
        covered(&Called::of(call, None), known, report);
    }
}

/// A table as it is asked.
struct Called<'c> {
    table: &'c DecisionTable,
    inputs: &'c [(String, Expression)],
    when: Option<&'c Expression>,
    /// Once for each item of a list, under a name.
    each: Option<&'c (Expression, String)>,
    span: Option<Span>,
}

impl<'c> Called<'c> {
    fn of(call: &'c TableCall, when: Option<&'c Expression>) -> Called<'c> {
        Called {
            table: &call.table,
            inputs: &call.inputs,
            when,
            each: None,
            span: Some(call.span),
        }
    }
}

/// Reports answers for which a table has no rule.
fn covered(call: &Called<'_>, known: &Known<'_>, report: &mut Report) {
    let table = call.table;
    if table.hit_policy == HitPolicy::CollectSum || has_ended(table, report) {
        return;
    }
    let demand = |question: &mut Question<'_>| {
        if let Some(when) = call.when {
            question.is_true(when, "");
        }
        for rule in table.newest_rules() {
            question.rule_called(table, call.inputs, rule, false);
        }
    };
    let answer = match call.each {
        None => known.ask(demand),
        Some((list, name)) => match list.ty().required() {
            Type::List(item) => known.ask_with(name, item, demand),
            _ => return,
        },
    };
    if let Answer::Yes(witness) = answer {
        let message = format!("the table `{}` has no rule for {witness}", table.id);
        report.push(
            Diagnostic::warning(
                "table-uncovered-input",
                call.span.unwrap_or_default(),
                message,
            )
            .help("add a rule to the table, or ask it only `when` one fits"),
        );
    }
}

/// Whether it is told already that rules of a table end without another to
/// follow, so that the rest of its rules says little.
fn has_ended(table: &DecisionTable, report: &Report) -> bool {
    let file = table.rules().first().map(|rule| rule.span.file);
    report
        .diagnostics
        .iter()
        .any(|known| known.code == "table-gap-in-time" && Some(known.span.file) == file)
}
