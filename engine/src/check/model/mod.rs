//! The model check: every case of every service is played through, whoever
//! acts, whatever is entered, and whenever timers fall due.
//!
//! `explore` follows the one interpreter over positions in which every fact
//! has one of a few values that stand for all (`domain`); what can no longer
//! matter is left out (`live`). `prove` and `letters` look at what was
//! found. Each finding tells the way to it, step by step.

mod domain;
mod explore;
mod letters;
mod live;
mod position;
mod prove;
#[cfg(test)]
mod tests;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::domain::{Binding, Domains};
use self::explore::{Graph, explore, explore_until};
use self::letters::References;
use self::live::Live;
use self::position::Position;
use self::prove::{Unused, join, prove, unused};
use crate::definitions::{Definitions, Service};
use crate::parallel;
use crate::source::{Diagnostic, Report, Severity, Sources, Span};
use crate::workflow::Workflow;
use crate::workflow::chart::Kind;

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Services.
    pub services: usize,
    /// Workflows with different values of their parameters.
    pub models: usize,
    /// Positions in all of them.
    pub positions: usize,
}

impl Summary {
    fn add(&mut self, other: Summary) {
        self.services += other.services;
        self.models += other.models;
        self.positions += other.positions;
    }
}

/// Plays every service through and reports what cannot be let pass.
pub fn check(definitions: &Definitions, sources: &Sources, report: &mut Report) -> Summary {
    let mut workflows: BTreeMap<&str, Vec<&Arc<Service>>> = BTreeMap::new();
    for service in definitions.services.values() {
        workflows
            .entry(&service.workflow.id)
            .or_default()
            .push(service);
    }
    let mut summary = Summary::default();
    let before = report.diagnostics.clone();
    let mut seen = BTreeSet::new();
    let groups: Vec<&Vec<&Arc<Service>>> = workflows.values().collect();
    let checked = parallel::map(&groups, |services| check_workflow(services, sources));
    for (services, (found, part)) in groups.iter().zip(checked) {
        summary.add(part);
        for diagnostic in found {
            // The same fault shows in many services; one of them will do.
            let new = seen.insert((diagnostic.code, diagnostic.span, diagnostic.help.clone()));
            let workflow = &services[0].workflow;
            let told = |known| says_the_same(known, &diagnostic, workflow);
            if new && !before.iter().any(told) {
                report.push(diagnostic);
            }
        }
    }
    summary
}

/// Whether a finding made without playing anything through tells of the same thing.
fn says_the_same(known: &Diagnostic, found: &Diagnostic, workflow: &Workflow) -> bool {
    let same_thing = match found.code {
        "model-letter-gap" => known.code.starts_with("letter-value"),
        "model-unused-transition" | "model-unused-state" => true,
        _ => false,
    };
    if !same_thing || known.severity == Severity::Note {
        return false;
    }
    overlap(known.span, found.span)
        || found.code == "model-unused-transition"
            && conditions_at(workflow, found.span).any(|span| overlap(known.span, span))
}

fn overlap(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}

/// Where the conditions of the transition at a place stand: they may be
/// outside of it, since an event is told at its name.
fn conditions_at(workflow: &Workflow, place: Span) -> impl Iterator<Item = Span> {
    let spans = workflow.spans.transitions.iter().enumerate();
    spans
        .filter(move |(_, span)| **span == place)
        .flat_map(|(index, _)| {
            let guard = workflow.chart.transitions[index].guard.as_ref();
            let when = guard.and_then(|guard| guard.when.as_ref());
            let require = workflow.rule(index).and_then(|rule| rule.require.as_ref());
            [when, require]
        })
        .filter_map(|rule| rule?.span())
}

/// Checks the services that share a workflow.
fn check_workflow(services: &[&Arc<Service>], sources: &Sources) -> (Vec<Diagnostic>, Summary) {
    let mut found = Vec::new();
    let mut summary = Summary::default();
    let Some(first) = services.first() else {
        return (found, summary);
    };
    let workflow = &*first.workflow;
    let mut letters = References::new();
    for service in services {
        letters::collect(service, &mut letters);
    }
    let live = Live::of(workflow, &letters);
    let mut explored: BTreeMap<Domains, Graph> = BTreeMap::new();
    let mut all = Graph {
        complete: true,
        ..Graph::default()
    };
    for service in services {
        let domains = Domains::of(workflow, Binding::Form(&service.form));
        if !explored.contains_key(&domains) {
            let model = Model {
                workflow,
                domains: domains.clone(),
                live: &live,
                letters: &letters,
            };
            let graph = explore(&model);
            found.extend(prove(&model, &graph));
            join(&mut all, &graph);
            summary.models += 1;
            summary.positions += graph.nodes.len();
            explored.insert(domains.clone(), graph);
        }
        found.extend(letters::check(service, &explored[&domains], sources));
        summary.services += 1;
    }
    found.extend(check_unused(workflow, &live, &letters, &all));
    (found, summary)
}

/// What no service uses is good to know; what no service could use is a mistake.
fn check_unused(
    workflow: &Workflow,
    live: &Live,
    letters: &References,
    used: &Graph,
) -> Vec<Diagnostic> {
    let domains = Domains::of(workflow, Binding::Anything);
    let model = Model {
        workflow,
        domains,
        live,
        letters,
    };
    let quiet = Unused {
        severity: Severity::Note,
        why: " with what the services set under `with`",
    };
    let notes = unused(&model, used, &quiet);
    if notes.is_empty() || !used.complete {
        return Vec::new();
    }
    let all_seen = |graph: &Graph| {
        let entered = |state| graph.entered.contains(&state) || used.entered.contains(&state);
        let taken = |index| graph.taken.contains(&index) || used.taken.contains(&index);
        let is_place =
            |state: &usize| !matches!(workflow.chart.states[*state].kind, Kind::History(_));
        (1..workflow.chart.states.len())
            .filter(is_place)
            .all(entered)
            && (0..workflow.chart.transitions.len()).all(taken)
    };
    let mut anything = explore_until(&model, all_seen);
    join(&mut anything, used);
    if !anything.complete {
        return notes;
    }
    let loud = Unused {
        severity: Severity::Warning,
        why: ", whatever is set and entered",
    };
    let warnings = unused(&model, &anything, &loud);
    let is_new = |note: &Diagnostic| {
        warnings
            .iter()
            .all(|known| (known.code, known.span) != (note.code, note.span))
    };
    let mut found: Vec<Diagnostic> = notes.into_iter().filter(is_new).collect();
    found.extend(warnings);
    found
}

/// A workflow with everything that decides what can happen in it.
struct Model<'w> {
    workflow: &'w Workflow,
    domains: Domains,
    live: &'w Live,
    letters: &'w References,
}

impl Model<'_> {
    /// The position without what can no longer matter.
    fn reduced(&self, mut position: Position) -> Position {
        let active = &position.active;
        let matters = |root: &str, name: &str| self.live.matters(&format!("{root}.{name}"), active);
        position.vars.retain(|name, _| matters("vars", name));
        position.fixed.retain(|path, _| {
            self.live.matters(path, active)
                || path == "capacity.limit" && self.live.matters("capacity.free", active)
        });
        position.documents.retain(|name| matters("document", name));
        position.actors.retain(|event, _| matters("actor", event));
        position.paid &= matters("case", "paid");
        position
    }
}
