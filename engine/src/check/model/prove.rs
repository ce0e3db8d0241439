//! What must hold in every position a case can reach.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::explore::{Graph, Mover};
use super::position::{Held, Payment, Position};
use super::trial::{Failure, Fault};
use crate::source::{Diagnostic, Severity, Span};
use crate::workflow::chart::{ROOT, StateIndex, Trigger};

/// Everything that does not hold, each once, with the way to it.
pub(super) fn prove(model: &Model<'_>, graph: &Graph) -> Vec<Diagnostic> {
    let mut prover = Prover {
        model,
        graph,
        found: Vec::new(),
    };
    prover.faults();
    prover.going_on();
    prover.ends();
    prover.timers();
    if !graph.complete {
        let message =
            "a case can stand in more ways than are looked at, so what was found may be incomplete";
        let diagnostic = Diagnostic::warning("model-bound", prover.whole(), message);
        prover
            .found
            .push(diagnostic.help("let fewer variables matter at the same time"));
    }
    prover.found
}

struct Prover<'m> {
    model: &'m Model<'m>,
    graph: &'m Graph,
    found: Vec<Diagnostic>,
}

impl Prover<'_> {
    fn whole(&self) -> Span {
        let spans = &self.model.workflow.spans;
        let span = spans.states.first().copied().unwrap_or_default();
        Span {
            end: span.start + 1,
            ..span
        }
    }

    fn state_span(&self, state: StateIndex) -> Span {
        let spans = &self.model.workflow.spans.states;
        spans.get(state).copied().unwrap_or_else(|| self.whole())
    }

    fn error(&mut self, code: &'static str, span: Span, message: String, help: &str) {
        // What is only a nuisance may be accepted with a reason.
        let severity = match code {
            "model-places" | "model-timer-loop" => Severity::Warning,
            _ => Severity::Error,
        };
        self.found.push(Diagnostic {
            severity,
            ..Diagnostic::error(code, span, message).help(help)
        });
    }

    /// The innermost active state, which stands for a position.
    fn state(&self, position: &Position) -> StateIndex {
        let chart = &self.model.workflow.chart;
        let mut atomic = position
            .active
            .iter()
            .filter(|state| chart.is_atomic(**state));
        atomic.next().copied().unwrap_or(ROOT)
    }

    fn path(&self, state: StateIndex) -> &str {
        &self.model.workflow.states[state].path
    }

    /// How a case comes to a position.
    fn story(&self, node: usize) -> String {
        match &self.graph.nodes[node].way {
            Some(way) => self.graph.story(way),
            None => "submitted".to_owned(),
        }
    }

    fn faults(&mut self) {
        for (fault, way) in &self.graph.faults {
            let story = self.graph.story(way);
            let span = self.state_span(self.state(&self.graph.nodes[way.from].position));
            let (code, span, message, help) = match fault {
                Fault::FourEyes(index) => {
                    let workflow = self.model.workflow;
                    let rule = workflow.rule(*index);
                    let (name, first) = rule.map_or(("", String::new()), |rule| {
                        (rule.name.as_str(), rule.not_by_actor_of.join("` or `"))
                    });
                    let span = workflow
                        .spans
                        .transitions
                        .get(*index)
                        .copied()
                        .unwrap_or(span);
                    let message = format!(
                        "one person alone can do `{name}`, because nobody did `{first}` before: {story}"
                    );
                    (
                        "model-four-eyes",
                        span,
                        message,
                        "let only the first person's step lead to this state",
                    )
                }
                Fault::Attachment(name) => {
                    let message =
                        format!("the document `{name}` is attached before it was ordered: {story}");
                    (
                        "model-attachment",
                        span,
                        message,
                        "order the document with `document` on every way before it is attached",
                    )
                }
                Fault::TakenTwice => {
                    let message = format!("places are taken that the case has already: {story}");
                    (
                        "model-places",
                        span,
                        message,
                        "take places once, or release them before",
                    )
                }
                Fault::NothingToRelease => {
                    let message =
                        format!("places are given back that the case does not have: {story}");
                    (
                        "model-places",
                        span,
                        message,
                        "release only what was taken or waited for",
                    )
                }
                Fault::Fails(failure) => {
                    let (why, help) = match failure {
                        Failure::NothingToPay => (
                            "`request_payment` has no positive amount",
                            "guard the way to it, for example with `fee.total > 0`",
                        ),
                        Failure::NoName => (
                            "a department or queue is empty",
                            "let the expression yield an id whatever was entered",
                        ),
                        Failure::Overrun => (
                            "the workflow runs in a circle",
                            "look for `always` or `raise` in a circle",
                        ),
                    };
                    (
                        "model-step-fails",
                        span,
                        format!("a step cannot be made, since {why}: {story}"),
                        help,
                    )
                }
            };
            self.error(code, span, message, help);
        }
    }

    /// Somebody can act in every position, and every position has a way to an end.
    fn going_on(&mut self) {
        let nodes = &self.graph.nodes;
        let mut stuck = BTreeSet::new();
        let mut told: BTreeSet<StateIndex> = BTreeSet::new();
        for (at, node) in nodes.iter().enumerate() {
            let moves =
                |mover: Mover| matches!(mover, Mover::Person | Mover::Timer { .. } | Mover::Fact);
            let opening = node.position.active.is_empty();
            if opening
                || self.model.has_ended(&node.position)
                || node.edges.iter().any(|edge| moves(edge.mover))
            {
                continue;
            }
            if !self.graph.complete && node.edges.is_empty() {
                continue;
            }
            stuck.insert(at);
            let state = self.state(&node.position);
            if told.insert(state) {
                let message = format!(
                    "nobody can act in `{}` and no timer moves on: {}",
                    self.path(state),
                    self.story(at)
                );
                let help = "give somebody an event whose guard can hold here, or add a timer under `after`";
                self.error("model-stuck", self.state_span(state), message, help);
            }
        }
        if !self.graph.complete {
            return;
        }
        let ended = (0..nodes.len()).filter(|at| self.model.has_ended(&nodes[*at].position));
        let good = self.leading_to(ended.chain(stuck.iter().copied()).collect());
        for (at, node) in nodes.iter().enumerate() {
            let position = &node.position;
            if good.contains(&at) || position.active.is_empty() {
                continue;
            }
            let state = self.state(position);
            if told.insert(state) {
                let message = format!(
                    "from `{}` no case comes to an end any more when it went this way: {}",
                    self.path(state),
                    self.story(at)
                );
                let help = "look at the guards of what leads to a final state";
                self.error("model-no-end", self.state_span(state), message, help);
            }
        }
    }

    /// The positions that have a way to one of these.
    fn leading_to(&self, mut good: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut back: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (from, node) in self.graph.nodes.iter().enumerate() {
            for edge in &node.edges {
                back.entry(edge.to).or_default().push(from);
            }
        }
        let mut open: Vec<usize> = good.iter().copied().collect();
        while let Some(at) = open.pop() {
            for from in back.get(&at).into_iter().flatten() {
                if good.insert(*from) {
                    open.push(*from);
                }
            }
        }
        good
    }

    /// At an end nothing is left open.
    fn ends(&mut self) {
        let mut by_end: BTreeMap<StateIndex, BTreeMap<Held, usize>> = BTreeMap::new();
        let mut unpaid: BTreeMap<StateIndex, usize> = BTreeMap::new();
        for (at, node) in self.graph.nodes.iter().enumerate() {
            if !self.model.has_ended(&node.position) {
                continue;
            }
            let end = self.state(&node.position);
            by_end
                .entry(end)
                .or_default()
                .entry(node.position.held)
                .or_insert(at);
            if node.position.payment == Payment::Open {
                unpaid.entry(end).or_insert(at);
            }
        }
        for (end, at) in unpaid {
            let message = format!(
                "a payment can still be made when the case has ended in `{}`: {}",
                self.path(end),
                self.story(at)
            );
            self.error(
                "model-payment-open",
                self.state_span(end),
                message,
                "add `close_payment: true` on this way",
            );
        }
        for (end, held) in by_end {
            if let Some(at) = held.get(&Held::Waiting) {
                let message = format!(
                    "the case still stands in the waiting list when it has ended in `{}`: {}",
                    self.path(end),
                    self.story(*at)
                );
                self.error(
                    "model-places",
                    self.state_span(end),
                    message,
                    "add `places: release` on this way",
                );
            }
            if let (Some(kept), Some(given)) = (held.get(&Held::Places), held.get(&Held::Released))
            {
                let message = format!(
                    "cases that end in `{}` give their places back on some ways but keep them on this: {} (they are given back here: {})",
                    self.path(end),
                    self.story(*kept),
                    self.story(*given)
                );
                self.error(
                    "model-places",
                    self.state_span(end),
                    message,
                    "add `places: release` on this way",
                );
            }
        }
    }

    /// Timers alone must not keep a case going round.
    fn timers(&mut self) {
        let nodes = &self.graph.nodes;
        let follows = |mover: Mover| matches!(mover, Mover::Timer { .. } | Mover::Fact);
        // Positions without a timer that leads on are peeled off until only circles are left.
        let mut left: BTreeSet<usize> = (0..nodes.len()).collect();
        loop {
            let goes_on = |at: &usize| {
                nodes[*at].edges.iter().any(|edge| {
                    let in_place = edge.to == *at && edge.mover == Mover::Timer { leads: false };
                    follows(edge.mover) && !in_place && left.contains(&edge.to)
                })
            };
            let kept: BTreeSet<usize> = left.iter().copied().filter(goes_on).collect();
            if kept.len() == left.len() {
                break;
            }
            left = kept;
        }
        for at in left.iter().copied() {
            if let Some(circle) = self.circle(at, &left) {
                let state = self.state(&nodes[at].position);
                let message = format!(
                    "timers alone can keep a case going round for ever from `{}`: {}, then again and again {}",
                    self.path(state),
                    self.story(at),
                    circle.join(" → ")
                );
                let help = "let one of the timers lead to a state in which a person has to act, or count the rounds";
                self.error("model-timer-loop", self.state_span(state), message, help);
                return;
            }
        }
    }

    /// The timers of a circle through a position.
    fn circle(&self, start: usize, left: &BTreeSet<usize>) -> Option<Vec<String>> {
        let nodes = &self.graph.nodes;
        let mut came: BTreeMap<usize, usize> = BTreeMap::new();
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            for edge in &nodes[at].edges {
                let timer = matches!(edge.mover, Mover::Timer { .. } | Mover::Fact);
                let in_place = edge.to == at && edge.mover == Mover::Timer { leads: false };
                if !timer || in_place || !left.contains(&edge.to) {
                    continue;
                }
                if edge.to == start {
                    let mut through = vec![start, at];
                    while let Some(before) = came.get(through.last().unwrap_or(&start)) {
                        through.push(*before);
                    }
                    through.reverse();
                    through.dedup();
                    let states = through
                        .into_iter()
                        .map(|at| self.state(&nodes[at].position));
                    return Some(
                        states
                            .map(|state| format!("`{}`", self.path(state)))
                            .collect(),
                    );
                }
                if edge.to != start && !came.contains_key(&edge.to) {
                    came.insert(edge.to, at);
                    open.push(edge.to);
                }
            }
        }
        None
    }
}

/// What no exploration of a workflow came across.
pub(super) struct Unused {
    pub severity: Severity,
    pub why: &'static str,
}

/// States never entered and transitions never taken.
pub(super) fn unused(model: &Model<'_>, graph: &Graph, as_what: &Unused) -> Vec<Diagnostic> {
    let workflow = model.workflow;
    let chart = &workflow.chart;
    let mut found = Vec::new();
    let mut push = |code, span, message: String| {
        let diagnostic = Diagnostic::error(code, span, message);
        found.push(Diagnostic {
            severity: as_what.severity,
            ..diagnostic
        });
    };
    let entered = |state: StateIndex| state == ROOT || graph.entered.contains(&state);
    for state in 1..chart.states.len() {
        let around = chart.states[state].parent.is_none_or(entered);
        let history = matches!(
            chart.states[state].kind,
            crate::workflow::chart::Kind::History(_)
        );
        if !entered(state) && around && !history {
            let message = format!(
                "no case comes to the state `{}`{}",
                workflow.states[state].path, as_what.why
            );
            push("model-unused-state", workflow.spans.states[state], message);
        }
    }
    for (index, transition) in chart.transitions.iter().enumerate() {
        if graph.taken.contains(&index) || !entered(transition.source) {
            continue;
        }
        let state = &workflow.states[transition.source].path;
        let what = match (&transition.trigger, workflow.rule(index)) {
            (_, Some(rule)) => format!("`{}` in `{state}`", rule.name),
            (Trigger::Timer(timer), _) => {
                format!("the timer `{}` of `{state}`", workflow.timers[*timer].id)
            }
            (Trigger::Done(_), _) => format!("`on_done` of `{state}`"),
            _ => format!("this branch of `always` in `{state}`"),
        };
        let message = format!("{what} never happens{}", as_what.why);
        push(
            "model-unused-transition",
            workflow.spans.transitions[index],
            message,
        );
    }
    found
}

/// Keeps the first way to each.
pub(super) fn join(into: &mut Graph, from: &Graph) {
    into.taken.extend(from.taken.iter().copied());
    into.entered.extend(from.entered.iter().copied());
    into.complete &= from.complete;
}
