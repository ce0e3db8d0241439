//! The guards of workflows: those that always or never hold, branches and
//! alternatives an earlier one takes away, and what an action requires.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::known::Known;
use super::{Verdict, Words, forms, tell};
use crate::feel::solve::Question;
use crate::feel::{Expression, Scope, Type};
use crate::source::{Diagnostic, Report};
use crate::workflow::Workflow;
use crate::workflow::chart::{StateIndex, TransitionIndex, Trigger};

/// Checks the guards of a workflow and the small forms of its actions.
pub(super) fn check(workflow: &Workflow, report: &mut Report) {
    for form in workflow.forms.values() {
        forms::questions(&form.questions, &Known::of(&form.questions), report);
    }
    for index in 0..workflow.chart.transitions.len() {
        check_guard(workflow, index, report);
        check_require(workflow, index, report);
    }
    for (_, together) in alternatives(workflow) {
        check_order(workflow, &together, report);
    }
}

/// The names of a transition's conditions.
fn scope(workflow: &Workflow, index: TransitionIndex) -> Scope {
    let form = workflow
        .rule(index)
        .and_then(|rule| rule.form.as_ref())
        .and_then(|form| workflow.forms.get(form));
    let event = form.map_or(Type::Any, |form| Type::Record(Arc::new(form.types.clone())));
    workflow.scope(event)
}

fn guard(workflow: &Workflow, index: TransitionIndex) -> Option<&Expression> {
    let transition = &workflow.chart.transitions[index];
    transition.guard.as_ref()?.when.as_ref()
}

fn judge(scope: &Scope, around: Option<&Expression>, rule: &Expression) -> Verdict {
    let ask = |demand: &dyn Fn(&mut Question<'_>)| {
        let mut question = Question::new(scope);
        if let Some(around) = around {
            question.is_true(around, "");
        }
        demand(&mut question);
        question.answer().is_no()
    };
    if ask(&|question| question.is_true(rule, "")) {
        return match (ask(&|_| {}), ask(&|question| question.is_false(rule, ""))) {
            (true, _) => Verdict::Open,
            (_, true) => Verdict::OnlyNull,
            _ => Verdict::NeverTrue,
        };
    }
    if ask(&|question| question.is_not_true(rule, "")) {
        Verdict::AlwaysTrue
    } else {
        Verdict::Open
    }
}

fn check_guard(workflow: &Workflow, index: TransitionIndex, report: &mut Report) {
    let Some(rule) = guard(workflow, index) else {
        return;
    };
    let so = match workflow.chart.transitions[index].trigger {
        Trigger::Events(_) => "nobody can ever do this",
        Trigger::Timer(_) => "the timer never does anything",
        _ => "this branch is never taken",
    };
    let words = Words {
        what: "the guard",
        never: "unreachable-branch",
        so,
        always: "remove `guard`",
    };
    tell(
        rule,
        judge(&scope(workflow, index), None, rule),
        &words,
        report,
    );
}

fn check_require(workflow: &Workflow, index: TransitionIndex, report: &mut Report) {
    let Some(rule) = workflow.rule(index).and_then(|rule| rule.require.as_ref()) else {
        return;
    };
    let words = Words {
        what: "what this action requires",
        never: "condition-never-true",
        so: "it is always refused",
        always: "remove `require` and `message`",
    };
    let verdict = judge(&scope(workflow, index), guard(workflow, index), rule);
    tell(rule, verdict, &words, report);
}

/// Transitions of one state that answer to the same, in order.
fn alternatives(workflow: &Workflow) -> BTreeMap<(StateIndex, String), Vec<TransitionIndex>> {
    let mut groups: BTreeMap<(StateIndex, String), Vec<TransitionIndex>> = BTreeMap::new();
    for (index, transition) in workflow.chart.transitions.iter().enumerate() {
        let name = match (&transition.trigger, workflow.rule(index)) {
            (Trigger::Events(_), Some(rule)) => rule.name.clone(),
            (Trigger::Eventless, _) => String::new(),
            _ => continue,
        };
        groups
            .entry((transition.source, name))
            .or_default()
            .push(index);
    }
    groups.retain(|_, together| together.len() > 1);
    groups
}

/// Reports alternatives that earlier ones always take away.
fn check_order(workflow: &Workflow, together: &[TransitionIndex], report: &mut Report) {
    for (at, index) in together.iter().enumerate().skip(1) {
        let roles = |index: &TransitionIndex| {
            let guard = workflow.chart.transitions[*index].guard.as_ref();
            guard.map(|guard| guard.by.as_slice()).unwrap_or_default()
        };
        // Only those before it that everybody may take who may take this one.
        let earlier: Vec<&TransitionIndex> = together[..at]
            .iter()
            .filter(|other| roles(index).iter().all(|role| roles(other).contains(role)))
            .collect();
        if earlier.is_empty() {
            continue;
        }
        let scope = scope(workflow, *index);
        let own = guard(workflow, *index);
        if own.is_some_and(|own| {
            matches!(
                judge(&scope, None, own),
                Verdict::NeverTrue | Verdict::OnlyNull
            )
        }) {
            continue;
        }
        let mut question = Question::new(&scope);
        let mut unguarded = false;
        for other in earlier {
            match guard(workflow, *other) {
                Some(rule) => question.is_not_true(rule, ""),
                None => unguarded = true,
            }
        }
        if let Some(own) = own {
            question.is_true(own, "");
        }
        if unguarded || question.answer().is_no() {
            report.push(taken_before(workflow, *index, unguarded));
        }
    }
}

/// That an earlier alternative always is taken in place of this one.
fn taken_before(workflow: &Workflow, index: TransitionIndex, unguarded: bool) -> Diagnostic {
    let whole = workflow.spans.transitions.get(index).copied();
    let own = guard(workflow, index).and_then(Expression::span);
    let (span, message, help) = if unguarded {
        (
            whole.or(own),
            "this is never taken: one before it always is",
            "give the earlier one a `guard`, or put this one first",
        )
    } else {
        (
            own.or(whole),
            "wherever this holds an earlier branch is taken, so this one never is",
            "move it before the branch that covers it, narrow that one, or remove this one",
        )
    };
    Diagnostic::warning("unreachable-branch", span.unwrap_or_default(), message).help(help)
}
