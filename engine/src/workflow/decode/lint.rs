//! What the shape of a chart shows without running it: states nobody reaches,
//! states nobody leaves, joins that never happen, circles, waiting without a
//! deadline, and four eyes that two eyes can pass.

use std::collections::{BTreeMap, BTreeSet};

use super::Decoder;
use crate::source::{Diagnostic, Severity};
use crate::workflow::chart::{Chart, Kind, ROOT, StateIndex, TransitionIndex, Trigger};
use crate::workflow::definition::{Action, Guard, SYSTEM};

pub(crate) type States = BTreeSet<StateIndex>;

/// Runs every check; only on charts whose names are all resolved, since a
/// missing target would make half of the states look lost.
pub(super) fn check(decoder: &mut Decoder<'_>) {
    let span = decoder.spans[ROOT];
    let broken = decoder
        .report
        .diagnostics
        .iter()
        .any(|d| d.severity == Severity::Error && d.span.file == span.file);
    if broken || decoder.chart.states.len() < 2 {
        return;
    }
    let reached = reachable(&decoder.chart, |_| true);
    check_reachable(decoder, &reached);
    check_ends(decoder, &reached);
    check_joins(decoder);
    check_regions(decoder);
    check_circles(decoder);
    check_deadlines(decoder, &reached);
    check_four_eyes(decoder);
}

fn check_reachable(decoder: &mut Decoder<'_>, reached: &States) {
    for state in 1..decoder.chart.states.len() {
        let history = matches!(decoder.chart.states[state].kind, Kind::History(_));
        let around_reached = decoder.chart.states[state]
            .parent
            .is_none_or(|parent| reached.contains(&parent));
        if !history && !reached.contains(&state) && around_reached {
            let message = format!(
                "no transition leads to the state `{}`",
                decoder.state_path(state)
            );
            let diagnostic = Diagnostic::error("unreachable-state", decoder.spans[state], message);
            decoder.report.push(
                diagnostic.help("let an event, a timer or `always` lead to it, or remove it"),
            );
        }
    }
}

/// Every state one can be in must have a way to the end of the case.
fn check_ends(decoder: &mut Decoder<'_>, reached: &States) {
    let chart = &decoder.chart;
    let is_end = |state: &StateIndex| {
        chart.states[*state].kind == Kind::Final && chart.states[*state].parent == Some(ROOT)
    };
    let ends: States = (1..chart.states.len()).filter(is_end).collect();
    if ends.is_empty() {
        let diagnostic = Diagnostic::error(
            "no-end",
            decoder.spans[ROOT],
            "no top-level state is final, so no case could ever be closed",
        );
        decoder
            .report
            .push(diagnostic.help("add a state with `type: final` below the top `states:`"));
        return;
    }
    let good = finishing(chart, ends);
    let lost: Vec<StateIndex> = reached
        .iter()
        .copied()
        .filter(|state| chart.is_atomic(*state) && !good.contains(state))
        .collect();
    for state in lost {
        let mut chain = std::iter::once(state).chain(decoder.chart.ancestors(state));
        let leaves = chain.any(|at| {
            decoder.chart.states[at]
                .transitions
                .iter()
                .any(|index| !decoder.chart.transitions[*index].targets.is_empty())
        });
        drop(chain);
        let path = decoder.state_path(state);
        let (code, message, help) = match leaves {
            false => (
                "dead-end",
                format!("nothing leads out of the state `{path}`"),
                "add an event or a timer with a `target`, or `type: final` if cases end here",
            ),
            true => (
                "no-end",
                format!("no way leads from the state `{path}` to a final state of the workflow"),
                "let one of the states of this circle lead on to a final state",
            ),
        };
        let diagnostic = Diagnostic::error(code, decoder.spans[state], message);
        decoder.report.push(diagnostic.help(help));
    }
}

/// The atomic states from which one of `ends` can be reached.
fn finishing(chart: &Chart<Guard, Action>, mut good: States) -> States {
    loop {
        let before = good.len();
        for transition in &chart.transitions {
            if entered(chart, &transition.targets).is_disjoint(&good) {
                continue;
            }
            let only_final = matches!(transition.trigger, Trigger::Done(_));
            let inside = |state: &StateIndex| {
                (*state == transition.source || chart.is_descendant(*state, transition.source))
                    && chart.is_atomic(*state)
                    && (!only_final || chart.states[*state].kind == Kind::Final)
            };
            good.extend((1..chart.states.len()).filter(inside));
        }
        if good.len() == before {
            return good;
        }
    }
}

/// A parallel state that waits for all its regions needs an end in each.
fn check_joins(decoder: &mut Decoder<'_>) {
    let mut never = Vec::new();
    for transition in &decoder.chart.transitions {
        let Trigger::Done(state) = transition.trigger else {
            continue;
        };
        let node = &decoder.chart.states[state];
        let has_end = |at: StateIndex| {
            decoder
                .chart
                .regions(at)
                .any(|child| decoder.chart.states[child].kind == Kind::Final)
        };
        match node.kind {
            Kind::Parallel => never.extend(
                decoder
                    .chart
                    .regions(state)
                    .filter(|region| !has_end(*region)),
            ),
            _ if !has_end(state) => never.push(state),
            _ => {}
        }
    }
    for state in never {
        let message = format!(
            "`{}` has no final state inside, so `on_done` never happens",
            decoder.state_path(state)
        );
        let diagnostic = Diagnostic::error("join-never", decoder.spans[state], message);
        decoder
            .report
            .push(diagnostic.help("add a state with `type: final` inside, and a way to it"));
    }
}

/// Regions of a parallel state do not reach into each other.
fn check_regions(decoder: &mut Decoder<'_>) {
    let mut crossing = Vec::new();
    let chart = &decoder.chart;
    for (index, transition) in chart.transitions.iter().enumerate() {
        let source = transition.source;
        for region in std::iter::once(source).chain(chart.ancestors(source)) {
            let Some(parallel) = chart.states[region].parent else {
                continue;
            };
            if chart.states[parallel].kind != Kind::Parallel {
                continue;
            }
            let inside =
                |target: StateIndex| target == region || chart.is_descendant(target, region);
            let crosses =
                |target: &StateIndex| chart.is_descendant(*target, parallel) && !inside(*target);
            let restarts = |target: &StateIndex| source == region && *target == region;
            if transition
                .targets
                .iter()
                .any(|target| crosses(target) || restarts(target))
            {
                crossing.push(index);
            }
        }
    }
    for index in crossing {
        let span = decoder.transition_spans[index];
        let diagnostic = Diagnostic::error(
            "crosses-region",
            span,
            "a region of a parallel state leads into another region or to itself",
        );
        decoder.report.push(
            diagnostic
                .help("leave the parallel state, or raise an event the other region answers to"),
        );
    }
}

/// Branches of `always` by state, with the states each leads to.
type Steps = BTreeMap<StateIndex, Vec<(TransitionIndex, States)>>;

/// `always` branches that lead in a circle: an error where nothing changes on
/// the way, since no guard could ever end it.
fn check_circles(decoder: &mut Decoder<'_>) {
    let chart = &decoder.chart;
    let (mut all, mut silent) = (Steps::new(), Steps::new());
    for (index, transition) in chart.transitions.iter().enumerate() {
        if transition.trigger != Trigger::Eventless {
            continue;
        }
        let targets = entered(chart, &transition.targets);
        let entries = targets.iter().flat_map(|state| &chart.states[*state].entry);
        let exits = &chart.states[transition.source].exit;
        let mut actions = transition.actions.iter().chain(entries).chain(exits);
        let writes = actions.any(|action| matches!(action, Action::Set(_) | Action::Append(_)));
        let step = (index, targets);
        if !writes {
            silent
                .entry(transition.source)
                .or_default()
                .push(step.clone());
        }
        all.entry(transition.source).or_default().push(step);
    }
    let endless = circles(&silent);
    let bounded = circles(&all);
    for index in &endless {
        let diagnostic = Diagnostic::error(
            "always-circle",
            decoder.transition_spans[*index],
            "this branch of `always` comes back to where it started without changing a variable",
        );
        decoder
            .report
            .push(diagnostic.help("let one of the states on the way wait for an event or a timer"));
    }
    for index in bounded.difference(&endless) {
        decoder.warn(
            "always-loop",
            decoder.transition_spans[*index],
            "this branch of `always` comes back to where it started; only a variable can end the circle",
            "let a state on the way wait for an event, or accept this with the reason why it ends",
        );
    }
}

/// The branches that lead back to the state they belong to.
fn circles(steps: &Steps) -> BTreeSet<TransitionIndex> {
    let mut found = BTreeSet::new();
    for (start, branches) in steps {
        for (index, targets) in branches {
            let mut seen = targets.clone();
            let mut open: Vec<StateIndex> = targets.iter().copied().collect();
            while let Some(state) = open.pop() {
                let onward = steps.get(&state).into_iter().flatten();
                for next in onward.flat_map(|(_, targets)| targets) {
                    if seen.insert(*next) {
                        open.push(*next);
                    }
                }
            }
            if seen.contains(start) {
                found.insert(*index);
            }
        }
    }
    found
}

/// Waiting states should have a timer, or say that they need none.
fn check_deadlines(decoder: &mut Decoder<'_>, reached: &States) {
    let timed: States = decoder.timers.iter().map(|timer| timer.state).collect();
    let chart = &decoder.chart;
    let waits = |state: &StateIndex| {
        let transitions = chart.states[*state]
            .transitions
            .iter()
            .map(|index| &chart.transitions[*index]);
        let moves_on = transitions
            .filter(|t| t.trigger == Trigger::Eventless)
            .any(|t| t.guard.is_none());
        let mut chain = std::iter::once(*state).chain(chart.ancestors(*state));
        let covered = chain.any(|at| timed.contains(&at) || decoder.infos[at].no_deadline);
        chart.states[*state].kind == Kind::Atomic && !moves_on && !covered
    };
    let waiting: Vec<StateIndex> = reached.iter().copied().filter(waits).collect();
    for state in waiting {
        let message = format!(
            "a case can wait in `{}` for ever without anybody noticing",
            decoder.state_path(state)
        );
        let help = "add a timer under `after`, or `deadline: none` if this is on purpose";
        decoder.warn("no-deadline", decoder.spans[state], message, help);
    }
}

/// Four eyes: the first step must have been done, by somebody, and two people must exist.
fn check_four_eyes(decoder: &mut Decoder<'_>) {
    let mut warnings = Vec::new();
    for (index, rule) in decoder.rules.iter().enumerate() {
        let Some(rule) = rule
            .as_ref()
            .filter(|rule| !rule.not_by_actor_of.is_empty())
        else {
            continue;
        };
        let first = |other: TransitionIndex| {
            decoder.rules[other]
                .as_ref()
                .is_some_and(|other| rule.not_by_actor_of.contains(&other.name))
        };
        let span = decoder.transition_spans[index];
        let firsts = (0..decoder.rules.len())
            .filter(|other| first(*other))
            .filter_map(|other| decoder.rules[other].as_ref());
        let roles: BTreeSet<&String> = firsts.flat_map(|first| &first.by).collect();
        let nobody = roles.iter().all(|role| *role == SYSTEM);
        let without = reachable(&decoder.chart, |other| !first(other));
        if !nobody && without.contains(&decoder.chart.transitions[index].source) {
            let message = format!(
                "`{}` can come up before anybody did `{}`",
                rule.name,
                rule.not_by_actor_of.join("` or `")
            );
            warnings.push((
                "four-eyes-gap",
                span,
                message,
                "let only the first person's step lead to this state",
            ));
        }
        let own: BTreeSet<&String> = rule.by.iter().collect();
        if nobody {
            let message = format!(
                "no person does `{}`, so there are no four eyes here",
                rule.not_by_actor_of.join("` or `")
            );
            warnings.push((
                "four-eyes-system",
                span,
                message,
                "name an event that a person causes",
            ));
        } else if roles == own {
            let message = format!(
                "one role does both steps of `{}`; only the accounts differ",
                rule.name
            );
            warnings.push((
                "four-eyes-one-role",
                span,
                message,
                "give the second step to another role, or make sure that it has two people",
            ));
        }
    }
    for (code, span, message, help) in warnings {
        decoder.warn(code, span, message, help);
    }
}

/// The states some run can enter, taking only the transitions `allowed`.
pub(crate) fn reachable(
    chart: &Chart<Guard, Action>,
    allowed: impl Fn(TransitionIndex) -> bool,
) -> States {
    let initial = chart.states[ROOT].initial.as_ref();
    let mut reached = entered(
        chart,
        initial
            .map(|initial| initial.targets.as_slice())
            .unwrap_or_default(),
    );
    reached.insert(ROOT);
    loop {
        let before = reached.len();
        for (index, transition) in chart.transitions.iter().enumerate() {
            let possible = match transition.trigger {
                Trigger::Done(state) => reached.iter().any(|inner| {
                    chart.states[*inner].kind == Kind::Final && chart.is_descendant(*inner, state)
                }),
                _ => reached.contains(&transition.source),
            };
            if possible && allowed(index) {
                reached.extend(entered(chart, &transition.targets));
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// All states that entering `targets` makes active, the states around them included.
pub(crate) fn entered(chart: &Chart<Guard, Action>, targets: &[StateIndex]) -> States {
    let mut states = States::new();
    for target in targets {
        add_default(chart, *target, &mut states);
    }
    for target in targets {
        for around in chart.ancestors(*target) {
            states.insert(around);
            if chart.states[around].kind == Kind::Parallel {
                for region in chart.regions(around) {
                    if !states.contains(&region) {
                        add_default(chart, region, &mut states);
                    }
                }
            }
        }
    }
    states.remove(&ROOT);
    states
}

fn add_default(chart: &Chart<Guard, Action>, state: StateIndex, states: &mut States) {
    if !states.insert(state) {
        return;
    }
    match chart.states[state].kind {
        Kind::Parallel => chart
            .regions(state)
            .for_each(|region| add_default(chart, region, states)),
        Kind::Compound | Kind::History(_) => {
            let Some(initial) = &chart.states[state].initial else {
                return;
            };
            for target in &initial.targets {
                add_default(chart, *target, states);
                for around in chart
                    .ancestors(*target)
                    .take_while(|around| *around != state && *around != ROOT)
                {
                    states.insert(around);
                }
            }
        }
        Kind::Atomic | Kind::Final => {}
    }
}
