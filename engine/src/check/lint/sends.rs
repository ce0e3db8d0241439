//! Letters where they are sent: every value they name must be there on every
//! way that leads to them, unless the letter asks for it with `{{#if}}`.

use std::collections::{BTreeMap, BTreeSet};

use super::letters::value_span;
use super::{LetterFile, Lint, warn};
use crate::document::Reference;
use crate::source::Report;
use crate::workflow::chart::{ROOT, StateIndex, TransitionIndex, Trigger};
use crate::workflow::{Action, Places, SYSTEM, Workflow, entered, reachable};

/// What happens when a letter is sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Transition(TransitionIndex),
    Entry(StateIndex),
    Exit(StateIndex),
}

/// What is known about the runs of one workflow.
struct Runs<'w> {
    workflow: &'w Workflow,
    /// States that entering the target of a transition makes active.
    enters: Vec<BTreeSet<StateIndex>>,
    /// States active after the submission.
    start: BTreeSet<StateIndex>,
    /// States that can be reached before a variable is written.
    unset: BTreeMap<String, BTreeSet<StateIndex>>,
}

pub(super) fn check(lint: &Lint<'_>, workflow: &Workflow, report: &mut Report) {
    let mut runs = Runs::new(workflow);
    let services = lint.services.get(workflow.id.as_str());
    let used_by = |service: &str| services.is_some_and(|services| services.contains(service));
    for (template, places) in sends(workflow) {
        for ((service, _), letter) in lint.letters.get(template).into_iter().flatten() {
            if service.is_none_or(used_by) {
                check_letter(&mut runs, letter, &places, report);
            }
        }
    }
}

/// Where each template is sent from.
fn sends(workflow: &Workflow) -> BTreeMap<&str, BTreeSet<At>> {
    let mut found: BTreeMap<&str, BTreeSet<At>> = BTreeMap::new();
    let states = workflow.chart.states.iter().enumerate();
    let of_states = states.flat_map(|(index, state)| {
        let entry = state
            .entry
            .iter()
            .map(move |action| (action, At::Entry(index)));
        let exit = state
            .exit
            .iter()
            .map(move |action| (action, At::Exit(index)));
        entry.chain(exit)
    });
    let transitions = workflow.chart.transitions.iter().enumerate();
    let of_transitions = transitions.flat_map(|(index, transition)| {
        let actions = transition.actions.iter();
        actions.map(move |action| (action, At::Transition(index)))
    });
    for (action, at) in of_states.chain(of_transitions) {
        if let Some(template) = template(action) {
            found.entry(template).or_default().insert(at);
        }
    }
    found
}

fn template(action: &Action) -> Option<&str> {
    match action {
        Action::Mail { template, .. }
        | Action::Notify { template, .. }
        | Action::InviteParties { template }
        | Action::RemindParties { template }
        | Action::Document { template, .. } => Some(template),
        _ => None,
    }
}

fn check_letter(
    runs: &mut Runs<'_>,
    letter: &LetterFile<'_>,
    places: &BTreeSet<At>,
    report: &mut Report,
) {
    for reference in letter
        .references
        .iter()
        .filter(|reference| !reference.guarded)
    {
        let Some((why, advice)) = runs.missing(reference, places) else {
            continue;
        };
        let path = &reference.path;
        let message = format!("`{path}` can be empty here: {why}");
        let help = format!("write `{{{{#if {path}}}}} … {{{{/if}}}}` around it, or {advice}");
        let span = value_span(letter, path, reference.line);
        warn(report, "letter-value-unset", span, message, help);
    }
}

/// Why a value can be missing, and what to do about it.
type Reason = (String, &'static str);

impl<'w> Runs<'w> {
    fn new(workflow: &'w Workflow) -> Runs<'w> {
        let chart = &workflow.chart;
        let initial = chart.states[ROOT].initial.as_ref();
        let targets = initial.map(|initial| initial.targets.as_slice());
        Runs {
            workflow,
            enters: chart
                .transitions
                .iter()
                .map(|transition| entered(chart, &transition.targets))
                .collect(),
            start: entered(chart, targets.unwrap_or_default()),
            unset: BTreeMap::new(),
        }
    }

    fn missing(&mut self, reference: &Reference, places: &BTreeSet<At>) -> Option<Reason> {
        let mut parts = reference.path.split('.');
        let root = parts.next()?;
        let member = parts.next().unwrap_or_default();
        let workflow = self.workflow;
        let id = &workflow.id;
        let none = |wanted: fn(&Action) -> bool| !workflow.actions().any(wanted);
        match root {
            "event" => places.iter().find_map(|at| self.without_event(*at, member)),
            "vars" => {
                let open = workflow.vars.get(member)?.default.is_none();
                places
                    .iter()
                    .filter(|_| open)
                    .find_map(|at| self.without_variable(*at, member))
            }
            "payment" if none(|action| matches!(action, Action::RequestPayment { .. })) => Some((
                format!("the workflow `{id}` never asks for a payment"),
                "add a `request_payment` before it",
            )),
            "rank" if none(|action| matches!(action, Action::Places(Places::Wait))) => Some((
                format!("the workflow `{id}` has no waiting list"),
                "add `places: wait` before it",
            )),
            "deadline" if !workflow.timers.iter().any(|timer| timer.due) => Some((
                format!("no timer of the workflow `{id}` is a deadline"),
                "mark a timer with `due: true`",
            )),
            _ => None,
        }
    }

    /// Events bring the answers of their form; timers and the submission bring none.
    fn without_event(&self, at: At, member: &str) -> Option<Reason> {
        match at {
            At::Transition(index) => self.event_without(index, member),
            At::Exit(_) => None,
            At::Entry(state) => {
                if self.start.contains(&state) {
                    let why = "the letter is sent right after the submission".to_owned();
                    return Some((why, "read an answer of the form instead"));
                }
                (0..self.enters.len())
                    .filter(|index| self.enters[*index].contains(&state))
                    .find_map(|index| self.event_without(index, member))
            }
        }
    }

    fn event_without(&self, index: TransitionIndex, member: &str) -> Option<Reason> {
        let advice = "keep it in a variable with `set` and read that";
        if let Trigger::Timer(timer) = self.workflow.chart.transitions[index].trigger {
            let timer = &self.workflow.timers.get(timer)?.id;
            return Some((
                format!("the letter is also sent by the timer `{timer}`"),
                advice,
            ));
        }
        let rule = self.workflow.rule(index)?;
        let form = rule
            .form
            .as_ref()
            .and_then(|form| self.workflow.forms.get(form));
        let has = match form {
            Some(form) => form.types.contains_key(member),
            None => rule.by.iter().any(|role| role == SYSTEM),
        };
        (!has).then(|| {
            let why = format!(
                "the letter is sent by `{}`, which does not ask for it",
                rule.name
            );
            (why, "ask for it in the form of that event")
        })
    }

    fn without_variable(&mut self, at: At, name: &str) -> Option<Reason> {
        let chart = &self.workflow.chart;
        let (state, own) = match at {
            At::Transition(index) => {
                let transition = &chart.transitions[index];
                (transition.source, transition.actions.as_slice())
            }
            At::Entry(state) => (state, chart.states[state].entry.as_slice()),
            At::Exit(state) => (state, chart.states[state].exit.as_slice()),
        };
        if own.iter().any(|action| writes(action, name)) {
            return None;
        }
        if !self.unset.contains_key(name) {
            let states = self.before_written(name);
            self.unset.insert(name.to_owned(), states);
        }
        self.unset[name].contains(&state).then(|| {
            let path = &self.workflow.states[state].path;
            (
                format!("`{path}` can be reached before anything sets it"),
                "set it on every way there, or give it a `default`",
            )
        })
    }

    /// The states a run can be in before `name` is written.
    fn before_written(&self, name: &str) -> BTreeSet<StateIndex> {
        let chart = &self.workflow.chart;
        let on_entry = |state: &StateIndex| {
            chart.states[*state]
                .entry
                .iter()
                .any(|action| writes(action, name))
        };
        if self.start.iter().any(on_entry) {
            return BTreeSet::new();
        }
        let never = |index: TransitionIndex| {
            let actions = &chart.transitions[index].actions;
            !actions.iter().any(|action| writes(action, name))
                && !self.enters[index].iter().any(on_entry)
        };
        reachable(chart, never)
    }
}

/// Whether an action gives the variable a value.
fn writes(action: &Action, name: &str) -> bool {
    match action {
        Action::Set(pairs) | Action::Append(pairs) => pairs
            .iter()
            .any(|(known, rule)| known == name && rule.text() != "null"),
        _ => false,
    }
}
