//! Which of several states answers to an event: the inmost that may. What
//! stands around it never happens then. Alternatives within one state are
//! looked at with their guards, see `logic/workflows.rs`.

use super::warn;
use crate::source::Report;
use crate::workflow::chart::{Descriptor, Kind, StateIndex, TransitionIndex, Trigger};
use crate::workflow::{Workflow, reachable};

pub(super) fn check(workflow: &Workflow, report: &mut Report) {
    let reached = reachable(&workflow.chart, |_| true);
    for transition in 0..workflow.chart.transitions.len() {
        let source = workflow.chart.transitions[transition].source;
        if !workflow.chart.is_atomic(source) && reached.contains(&source) {
            check_shadowed(workflow, transition, report);
        }
    }
}

/// Whether the second never gets its turn where the first stands before it.
fn hides(workflow: &Workflow, first: TransitionIndex, second: TransitionIndex) -> bool {
    let [a, b] = [first, second].map(|at| &workflow.chart.transitions[at]);
    if a.trigger != b.trigger {
        return false;
    }
    let Some(guard) = &a.guard else { return true };
    let by = b.guard.as_ref().map(|guard| guard.by.as_slice());
    guard.when.is_none()
        && by
            .unwrap_or_default()
            .iter()
            .all(|role| guard.by.contains(role))
}

/// An event of a state that all states inside answer to themselves.
fn check_shadowed(workflow: &Workflow, outer: TransitionIndex, report: &mut Report) {
    let chart = &workflow.chart;
    let transition = &chart.transitions[outer];
    let Trigger::Events(names) = &transition.trigger else {
        return;
    };
    let around = transition.source;
    let inner = |leaf: StateIndex| {
        std::iter::once(leaf)
            .chain(chart.ancestors(leaf))
            .take_while(|at| *at != around)
            .flat_map(|at| &chart.states[at].transitions)
            .find(|at| hides(workflow, **at, outer))
            .copied()
    };
    let leaves = (1..chart.states.len()).filter(|leaf| {
        chart.states[*leaf].kind == Kind::Atomic && chart.is_descendant(*leaf, around)
    });
    let inside: Vec<Option<TransitionIndex>> = leaves.map(inner).collect();
    let name = match names.first() {
        Some(Descriptor::Exact(name)) => name.as_str(),
        _ => return,
    };
    let path = &workflow.states[around].path;
    if !inside.is_empty() && inside.iter().all(Option::is_some) {
        let message = format!("`{name}` of `{path}` never happens: every state inside has its own");
        let help = "remove it here, or in the states inside that should not differ";
        warn(
            report,
            "shadowed-event",
            workflow.spans.transitions[outer],
            message,
            help,
        );
        return;
    }
    let mut same: Vec<TransitionIndex> = inside.into_iter().flatten().collect();
    same.dedup();
    for at in same
        .into_iter()
        .filter(|at| same_step(workflow, *at, outer))
    {
        let message = format!("`{name}` says the same as that of `{path}` around it");
        let help = "remove it here; the one around it holds in all states inside";
        warn(
            report,
            "repeated-event",
            workflow.spans.transitions[at],
            message,
            help,
        );
    }
}

/// Whether two transitions do the same; with actions they count as different.
fn same_step(workflow: &Workflow, first: TransitionIndex, second: TransitionIndex) -> bool {
    let [a, b] = [first, second].map(|at| &workflow.chart.transitions[at]);
    let [rule, other] = [first, second].map(|at| workflow.rule(at));
    let alike = match (rule, other) {
        (Some(a), Some(b)) => (&a.by, &a.form, &a.label) == (&b.by, &b.form, &b.label),
        _ => false,
    };
    let guarded = b.guard.as_ref().is_some_and(|guard| guard.when.is_some());
    alike && !guarded && a.targets == b.targets && a.actions.is_empty() && b.actions.is_empty()
}
