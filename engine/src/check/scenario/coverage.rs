//! What scenarios have tried of a form and its workflow, and what never.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::coverage_items::{
    At, Condition, FEW_OPTIONS, both_ways, conditions, of_form, of_workflow, option_name, row_name,
    transition_names,
};
use super::play::observe::entries;
use crate::case::Case;
use crate::definitions::Service;
use crate::feel::{Expression, Value};
use crate::form::{Evaluation, FeeAmount, Field, FieldKind, Form, paths};
use crate::workflow::chart::Trigger;
use crate::workflow::{self, Facts, Snapshot, Stimulus, Workflow};

/// A kind of thing to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Pages shown.
    Pages,
    /// Questions answered.
    Fields,
    /// Conditions seen true and seen false.
    Conditions,
    /// Options chosen.
    Options,
    /// Rows of decision tables hit.
    TableRows,
    /// States entered.
    States,
    /// Transitions taken.
    Transitions,
    /// Timers fired.
    Timers,
    /// Letters and mails written.
    Letters,
}

impl Category {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Category::Pages => "pages",
            Category::Fields => "questions",
            Category::Conditions => "conditions both ways",
            Category::Options => "options",
            Category::TableRows => "table rows",
            Category::States => "states",
            Category::Transitions => "transitions",
            Category::Timers => "timers",
            Category::Letters => "letters",
        }
    }
}

/// A thing to try.
pub(super) type Item = (Category, String);

/// What was tried, by id of the form and of the workflow.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    forms: BTreeMap<String, BTreeSet<Item>>,
    workflows: BTreeMap<String, BTreeSet<Item>>,
}

/// How much of one category was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// What is counted.
    pub category: Category,
    /// How many there are.
    pub all: usize,
    /// Those never tried.
    pub missing: Vec<String>,
}

impl Tally {
    /// How many were tried.
    pub fn tried(&self) -> usize {
        self.all - self.missing.len()
    }
}

impl Coverage {
    /// What was tried of a form.
    pub fn of_form(&self, form: &Form) -> Vec<Tally> {
        tally(of_form(form), self.forms.get(&form.id))
    }

    /// What was tried of a workflow, by all services together.
    pub fn of_workflow(&self, workflow: &Workflow) -> Vec<Tally> {
        let ids = std::iter::once(workflow.id.as_str()).chain(workflow.part_ids());
        let seen: BTreeSet<Item> = ids
            .filter_map(|id| self.workflows.get(id))
            .flatten()
            .cloned()
            .collect();
        tally(of_workflow(workflow), Some(&seen))
    }

    /// Adds what others tried.
    pub fn merge(&mut self, other: Coverage) {
        for (id, items) in other.forms {
            self.forms.entry(id).or_default().extend(items);
        }
        for (id, items) in other.workflows {
            self.workflows.entry(id).or_default().extend(items);
        }
    }

    /// Answers were looked at.
    pub(super) fn answers(&mut self, service: &Service, evaluation: &Evaluation<'_>, good: bool) {
        let seen = self.forms.entry(service.form.id.clone()).or_default();
        let questions = evaluation.questions();
        for page in evaluation.pages() {
            seen.insert((Category::Pages, page.id.clone()));
        }
        let answers = evaluation.visible_answers();
        answered(questions.top_fields(), &answers, seen);
        for condition in conditions(&service.form) {
            for way in ways(&condition, evaluation) {
                seen.insert((Category::Conditions, both_ways(&condition.name, way)));
            }
        }
        if good {
            rows(&service.form, evaluation, seen);
        }
    }

    /// A letter was written.
    pub(super) fn letter(&mut self, service: &Service, template: &str) {
        let seen = BTreeSet::from([(Category::Letters, template.to_owned())]);
        self.saw(&service.workflow, seen);
    }

    /// A step was made: run again here to see every transition it took.
    pub(super) fn step(
        &mut self,
        service: &Service,
        before: &Snapshot,
        stimulus: Stimulus<'_>,
        facts: &Facts<'_>,
    ) {
        let workflow = &service.workflow;
        let mut seen = BTreeSet::new();
        if let Stimulus::Event { name, payload } = stimulus {
            asked(workflow, before, (name, payload), facts, &mut seen);
        }
        let Ok(output) = workflow::step(workflow, before, stimulus, facts) else {
            return self.saw(workflow, seen);
        };
        let names = transition_names(workflow);
        for index in &output.trace {
            seen.insert((Category::Transitions, names[*index].clone()));
            if let Trigger::Timer(at) = workflow.chart.transitions[*index].trigger
                && let Some(timer) = workflow.timers.get(at)
            {
                let path = &workflow.states[timer.state].path;
                seen.insert((Category::Timers, paths::join(path, &timer.id)));
            }
        }
        for (path, count) in &output.snapshot.entries {
            if before.entries.get(path) != Some(count) {
                seen.insert((Category::States, path.clone()));
                always(workflow, path, &output.trace, &names, &mut seen);
            }
        }
        self.saw(workflow, seen);
    }

    /// What was tried of a workflow put together of several counts for each.
    fn saw(&mut self, workflow: &Workflow, seen: BTreeSet<Item>) {
        for id in workflow.parts.iter().chain([&workflow.id]) {
            let known = self.workflows.entry(id.clone()).or_default();
            known.extend(seen.iter().cloned());
        }
    }

    /// The case rests: guards of whatever could happen are looked at.
    pub(super) fn rest(&mut self, service: &Service, case: &Case, facts: &Facts<'_>) {
        let workflow = &service.workflow;
        let (snapshot, nothing) = (Snapshot::of(case), Map::new());
        let names = transition_names(workflow);
        let mut seen = BTreeSet::new();
        let chart = &workflow.chart;
        for index in at_hand(workflow, &case.configuration) {
            let transition = &chart.transitions[index];
            if matches!(transition.trigger, Trigger::Eventless) {
                continue;
            }
            let name = workflow.rule(index).map_or("", |rule| rule.name.as_str());
            for (what, condition) in conditions_of(workflow, index) {
                if workflow::reads_event(condition) {
                    continue;
                }
                let holds = workflow::condition_holds(
                    workflow, &snapshot, name, &nothing, facts, condition,
                );
                if let Ok(way) = holds {
                    let name = format!("{}: {what}", names[index]);
                    seen.insert((Category::Conditions, both_ways(&name, way)));
                }
            }
        }
        self.saw(workflow, seen);
    }
}

/// The transitions of the states a case is in.
fn at_hand(workflow: &Workflow, configuration: &[String]) -> Vec<usize> {
    let chart = &workflow.chart;
    let active = configuration.iter().filter_map(|path| chart.find(path));
    let around: BTreeSet<_> = active
        .flat_map(|state| std::iter::once(state).chain(chart.ancestors(state)))
        .collect();
    let transitions = around
        .into_iter()
        .flat_map(|state| &chart.states[state].transitions);
    transitions.copied().collect()
}

/// The guard of a transition, and what it requires beside.
fn conditions_of(
    workflow: &Workflow,
    index: usize,
) -> impl Iterator<Item = (&'static str, &Expression)> {
    let guard = workflow.chart.transitions[index].guard.as_ref();
    let guard = guard.and_then(|guard| guard.when.as_ref());
    let require = workflow.rule(index).and_then(|rule| rule.require.as_ref());
    let both = [("guard", guard), ("require", require)].into_iter();
    both.filter_map(|(what, condition)| Some((what, condition?)))
}

/// Conditions on what was given with an event: they are looked at when it comes.
fn asked(
    workflow: &Workflow,
    before: &Snapshot,
    (name, payload): (&str, &Map<String, Json>),
    facts: &Facts<'_>,
    seen: &mut BTreeSet<Item>,
) {
    let names = transition_names(workflow);
    for index in at_hand(workflow, &before.configuration) {
        let answers = match &workflow.chart.transitions[index].trigger {
            Trigger::Events(events) => events.iter().any(|event| event.matches(name)),
            _ => false,
        };
        for (what, condition) in conditions_of(workflow, index) {
            if !answers || !workflow::reads_event(condition) {
                continue;
            }
            let holds =
                workflow::condition_holds(workflow, before, name, payload, facts, condition);
            if let Ok(way) = holds {
                let name = format!("{}: {what}", names[index]);
                seen.insert((Category::Conditions, both_ways(&name, way)));
            }
        }
    }
}

fn tally(all: Vec<Item>, seen: Option<&BTreeSet<Item>>) -> Vec<Tally> {
    let mut tallies: Vec<Tally> = Vec::new();
    for item in all {
        let missing = !seen.is_some_and(|seen| seen.contains(&item));
        let (category, name) = item;
        let at = tallies.iter().position(|tally| tally.category == category);
        let at = at.unwrap_or_else(|| {
            tallies.push(Tally {
                category,
                all: 0,
                missing: Vec::new(),
            });
            tallies.len() - 1
        });
        tallies[at].all += 1;
        tallies[at].missing.extend(missing.then_some(name));
    }
    tallies.sort_by_key(|tally| tally.category);
    tallies
}

/// Questions answered and options chosen.
fn answered<'f>(
    fields: impl Iterator<Item = &'f Field>,
    answers: &Map<String, Json>,
    seen: &mut BTreeSet<Item>,
) {
    for field in fields {
        let Some(value) = answers.get(&field.id) else {
            continue;
        };
        seen.insert((Category::Fields, field.path.clone()));
        match (&field.kind, value) {
            (FieldKind::Group(fields), Json::Object(inner)) => answered(fields.iter(), inner, seen),
            (FieldKind::List(rules), Json::Array(entries)) => {
                for entry in entries.iter().filter_map(Json::as_object) {
                    answered(rules.fields.iter(), entry, seen);
                }
            }
            (_, value) if (1..=FEW_OPTIONS).contains(&field.options().len()) => {
                let chosen = value
                    .as_array()
                    .map_or(std::slice::from_ref(value), Vec::as_slice);
                for id in chosen.iter().filter_map(Json::as_str) {
                    seen.insert((Category::Options, option_name(field, id)));
                }
            }
            _ => {}
        }
    }
}

/// The ways a condition went.
fn ways(condition: &Condition<'_>, evaluation: &Evaluation<'_>) -> BTreeSet<bool> {
    let holds = |place: &String| evaluation.is_true(condition.rule, place);
    match &condition.at {
        At::Top => BTreeSet::from([evaluation.is_true(condition.rule, "")]),
        At::Container(field) => {
            let places = places(evaluation, paths::parent(&field.path));
            places
                .iter()
                .filter(|place| shown(evaluation, place, field))
                .map(holds)
                .collect()
        }
        At::Shown(field) => {
            let places = places(evaluation, paths::parent(&field.path));
            let mine = places
                .iter()
                .filter(|place| evaluation.is_visible(&paths::join(place, &field.id)));
            mine.map(holds).collect()
        }
        At::Check(check) => {
            let places = evaluation.check_places(check, &evaluation.visible_answers());
            let fails =
                |place: &str| evaluation.value(condition.rule, place) == Value::Boolean(false);
            places.iter().map(|place| !fails(&place.inside)).collect()
        }
        At::Fee(rule) => match &rule.each {
            None => BTreeSet::from([evaluation.is_true(condition.rule, "")]),
            Some((list, name)) => {
                let Value::List(items) = evaluation.value(list, "") else {
                    return BTreeSet::new();
                };
                let holds = |item: &Value| {
                    evaluation
                        .value_with(condition.rule, "", &[(name.as_str(), item.clone())])
                        .is_true()
                };
                items.iter().map(holds).collect()
            }
        },
    }
}

/// Whether the container of a field is shown: then its own rule decides.
fn shown(evaluation: &Evaluation<'_>, place: &str, field: &Field) -> bool {
    match place.is_empty() {
        true => evaluation
            .questions()
            .page_of(&field.path)
            .is_some_and(|page| evaluation.page_visible(&page.id)),
        false => evaluation.is_visible(place),
    }
}

/// Where a container stands: once, or in each entry of the lists around it.
fn places(evaluation: &Evaluation<'_>, container: &str) -> Vec<String> {
    let mut places = vec![String::new()];
    for part in container.split('.').filter(|part| !part.is_empty()) {
        let paths_here = places.iter().map(|place| paths::join(place, part));
        let next = paths_here.flat_map(|path| {
            let list = evaluation
                .questions()
                .field(&path)
                .is_some_and(|field| matches!(field.kind, FieldKind::List(_)));
            if list {
                entries(&path, evaluation)
            } else {
                vec![path]
            }
        });
        places = next.collect();
    }
    places
}

/// Rows of the tables the fee was looked up in.
fn rows(form: &Form, evaluation: &Evaluation<'_>, seen: &mut BTreeSet<Item>) {
    for rule in &form.fee {
        let FeeAmount::Table { table, inputs } = &rule.amount else {
            continue;
        };
        let names: Vec<Vec<(&str, Value)>> = match &rule.each {
            None => vec![Vec::new()],
            Some((list, name)) => match evaluation.value(list, "") {
                Value::List(items) => items
                    .iter()
                    .map(|item| vec![(name.as_str(), item.clone())])
                    .collect(),
                _ => Vec::new(),
            },
        };
        for names in names {
            let charged = rule
                .when
                .as_ref()
                .is_none_or(|when| evaluation.value_with(when, "", &names).is_true());
            if !charged {
                continue;
            }
            let values = inputs
                .iter()
                .map(|(name, input)| (name.clone(), evaluation.value_with(input, "", &names)));
            let env = evaluation.env();
            if let Ok(decided) = table.decide(&values.collect(), env.now, env.world) {
                let hit = decided
                    .rules
                    .iter()
                    .map(|at| (Category::TableRows, row_name(&table.id, *at)));
                seen.extend(hit);
            }
        }
    }
}

/// Guards without an event: those before the one taken were false.
fn always(
    workflow: &Workflow,
    path: &str,
    trace: &[usize],
    names: &[String],
    seen: &mut BTreeSet<Item>,
) {
    let Some(state) = workflow.chart.find(path) else {
        return;
    };
    for index in &workflow.chart.states[state].transitions {
        let transition = &workflow.chart.transitions[*index];
        if !matches!(transition.trigger, Trigger::Eventless) {
            continue;
        }
        let taken = trace.contains(index);
        if transition
            .guard
            .as_ref()
            .is_some_and(|guard| guard.when.is_some())
        {
            let name = format!("{}: guard", names[*index]);
            seen.insert((Category::Conditions, both_ways(&name, taken)));
        }
        if taken {
            return;
        }
    }
}
