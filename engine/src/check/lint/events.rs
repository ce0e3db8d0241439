//! Events, timers, tasks and flags: what nobody causes, nobody answers to, or
//! nobody notices.

use std::collections::BTreeSet;

use super::{value_span, visit, warn};
use crate::source::{Node, Report, Span};
use crate::workflow::chart::{Kind, ROOT, StateIndex, Trigger};
use crate::workflow::{
    Action, PARTIES_COMPLETE, PARTY_DECLINED, Places, SYSTEM, TimerRule, Workflow,
};

pub(super) fn check(workflow: &Workflow, node: &Node, report: &mut Report) {
    check_never_raised(workflow, report);
    check_unanswered(workflow, node, report);
    check_parties_awaited(workflow, node, report);
    check_flags(workflow, node, report);
    check_timers(workflow, report);
    check_tasks(workflow, report);
    check_labels(workflow, report);
    check_messages(node, report);
}

/// Events only the program may cause must be ones it does cause.
fn check_never_raised(workflow: &Workflow, report: &mut Report) {
    let any = |wanted: fn(&Action) -> bool| workflow.actions().any(wanted);
    let raised: BTreeSet<&str> = workflow
        .actions()
        .filter_map(|action| match action {
            Action::Raise(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    for (rule, span) in workflow.rules.iter().zip(&workflow.spans.transitions) {
        let Some(rule) = rule
            .as_ref()
            .filter(|rule| rule.by.iter().all(|role| role == SYSTEM))
        else {
            continue;
        };
        let name = rule.name.as_str();
        let (caused, needs) = match name {
            _ if raised.contains(name) => continue,
            "payment.succeeded" | "payment.failed" => (
                any(|action| matches!(action, Action::RequestPayment { .. })),
                "a `request_payment`",
            ),
            "place.free" => (
                any(|action| matches!(action, Action::Places(Places::Wait))),
                "a `places: wait`",
            ),
            "parties.complete" | "party.confirmed" | "party.declined" => {
                (workflow.invites_parties(), "an `invite_parties`")
            }
            "party.expired" => (
                any(|action| matches!(action, Action::ExpireParties)),
                "an `expire_parties`",
            ),
            "delivery.failed" => (
                any(|action| matches!(action, Action::Deliver { .. })),
                "a `deliver`",
            ),
            _ => (false, "an action `raise` with this name"),
        };
        if !caused {
            let message = format!("nothing causes `{name}`: there is no action that leads to it");
            let help = format!("add {needs}, or let people do it with `by:`");
            warn(report, "never-raised", *span, message, help);
        }
    }
}

/// Who asks parties must do something once they have answered, declined or
/// let the time run out.
fn check_parties_awaited(workflow: &Workflow, node: &Node, report: &mut Report) {
    let Some(Action::InviteParties { template }) = workflow
        .actions()
        .find(|action| matches!(action, Action::InviteParties { .. }))
    else {
        return;
    };
    let known = workflow.event_names();
    let expires = workflow
        .actions()
        .any(|action| matches!(action, Action::ExpireParties));
    let missing = if !known.contains(PARTIES_COMPLETE) {
        format!("no state waits for `{PARTIES_COMPLETE}`")
    } else if !known.contains(PARTY_DECLINED) {
        format!("no state answers to `{PARTY_DECLINED}`")
    } else if !expires {
        "no timer ends the waiting with `expire_parties: true`".to_owned()
    } else {
        return;
    };
    let message = format!("the workflow asks parties, but {missing}");
    let help = "wait in a state with `parties.complete` and `party.declined` under `events` and a timer `wait: { days: parties.within }`, or leave `invite_parties` out and let `workflows/parties.yaml` do all of it";
    let span = value_span(node, "template", template);
    warn(report, "party-not-awaited", span, message, help.to_owned());
}

/// A raised event somebody should answer to.
fn check_unanswered(workflow: &Workflow, node: &Node, report: &mut Report) {
    let known = workflow.event_names();
    for action in workflow.actions() {
        let Action::Raise(name) = action else {
            continue;
        };
        if !known.contains(name.as_str()) {
            let message = format!("no state answers to the event `{name}`");
            let help = crate::source::suggest(name, known.iter().copied()).unwrap_or_else(|| {
                format!("add `{name}:` under `events` of a state, with `by: [system]`")
            });
            let span = value_span(node, "raise", name);
            warn(report, "unanswered-event", span, message, help);
        }
    }
}

fn check_flags(workflow: &Workflow, node: &Node, report: &mut Report) {
    let set: BTreeSet<&str> = workflow
        .actions()
        .filter_map(|action| match action {
            Action::Flag(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    for action in workflow.actions() {
        let Action::Unflag(name) = action else {
            continue;
        };
        if !set.contains(name.as_str()) {
            let message = format!("no action sets the flag `{name}` that is taken away here");
            let help = crate::source::suggest(name, set.iter().copied()).unwrap_or_else(|| {
                "remove this action, or add `flag:` where it should begin".to_owned()
            });
            warn(
                report,
                "unknown-flag",
                value_span(node, "unflag", name),
                message,
                help,
            );
        }
    }
}

/// Timers do something, and what is overdue reaches somebody new.
fn check_timers(workflow: &Workflow, report: &mut Report) {
    let transitions = workflow
        .chart
        .transitions
        .iter()
        .zip(&workflow.spans.transitions);
    for (transition, span) in transitions {
        let Trigger::Timer(index) = transition.trigger else {
            continue;
        };
        let Some(timer) = workflow.timers.get(index) else {
            continue;
        };
        if transition.targets.is_empty() && transition.actions.is_empty() && !timer.due {
            let message = format!("nothing happens when the timer `{}` ends", timer.id);
            let help = "add `target` or `actions`, or `due: true` if it only marks the deadline";
            warn(report, "timer-without-effect", *span, message, help);
        }
        if timer.due && transition.targets.is_empty() {
            check_escalation(workflow, timer, &transition.actions, *span, report);
        }
    }
}

fn check_escalation(
    workflow: &Workflow,
    timer: &TimerRule,
    actions: &[Action],
    span: Span,
    report: &mut Report,
) {
    let owners = owners(workflow, timer.state);
    let told: BTreeSet<&str> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Notify { role, .. } => Some(role.as_str()),
            _ => None,
        })
        .collect();
    if !told.is_empty() && told.is_subset(&owners) {
        let role = told.into_iter().next().unwrap_or_default();
        let message = format!(
            "the deadline `{}` is missed by `{role}` and reported to `{role}` alone",
            timer.id
        );
        let help = "let `notify` write to another role, such as a team lead";
        warn(report, "escalation-to-same-role", span, message, help);
    }
}

/// The roles whose task a state is, or the states around or inside it.
fn owners(workflow: &Workflow, state: StateIndex) -> BTreeSet<&str> {
    let chart = &workflow.chart;
    let related = |at: &StateIndex| {
        *at == state || chart.is_descendant(*at, state) || chart.is_descendant(state, *at)
    };
    (1..chart.states.len())
        .filter(related)
        .filter_map(|at| workflow.states[at].task.as_deref())
        .collect()
}

/// Whose task it is must be able to do something.
fn check_tasks(workflow: &Workflow, report: &mut Report) {
    let chart = &workflow.chart;
    for (state, info) in workflow.states.iter().enumerate().skip(1) {
        let Some(role) = &info.task else { continue };
        let near = |source: StateIndex| {
            source == state
                || chart.is_descendant(state, source)
                || chart.is_descendant(source, state)
        };
        let mut rules = chart.transitions.iter().zip(&workflow.rules);
        let acts = rules.any(|(transition, rule)| {
            near(transition.source) && rule.as_ref().is_some_and(|rule| rule.by.contains(role))
        });
        if !acts {
            let message = format!(
                "`{}` is the task of `{role}`, who can do nothing there",
                info.path
            );
            let help =
                format!("add an event with `by: [{role}]`, or give the task to another role");
            warn(
                report,
                "task-without-action",
                workflow.spans.states[state],
                message,
                help,
            );
        }
    }
}

fn check_labels(workflow: &Workflow, report: &mut Report) {
    let chart = &workflow.chart;
    for (state, info) in workflow.states.iter().enumerate().skip(1) {
        let node = &chart.states[state];
        let rests = match node.kind {
            Kind::Atomic => true,
            // The end of a region or of a state inside is nothing people see.
            Kind::Final => node.parent == Some(ROOT),
            _ => false,
        };
        if rests && info.label.is_none() {
            let message = format!(
                "the state `{}` has no label, so clerks read its id",
                info.path
            );
            let help = "add `label: { de: …, en: … }`";
            let span = workflow.spans.states[state];
            warn(report, "missing-label", span, message, help);
        }
    }
}

/// A message without the condition it belongs to.
fn check_messages(node: &Node, report: &mut Report) {
    visit(node, &mut |key, value| {
        let alternatives = value.as_list().unwrap_or(std::slice::from_ref(value));
        for item in alternatives {
            let event = item.get("by").is_some() || item.get("target").is_some();
            if let (true, Some(message)) =
                (event && item.get("require").is_none(), item.get("message"))
            {
                let text = format!(
                    "the message of `{}` is never shown: it has no `require`",
                    key.text
                );
                let help = "add `require:` with the condition, or remove `message`";
                warn(report, "message-without-require", message.span, text, help);
            }
        }
    });
}
