//! What there is to try in a form and in a workflow, by name.

use super::coverage::{Category, Item};
use crate::feel::Expression;
use crate::form::{Check, FeeAmount, FeeRule, Field, FieldKind, Form, Rule, paths};
use crate::workflow::Workflow;
use crate::workflow::chart::{Descriptor, Kind, Trigger};

/// Longest list of options whose every option should be chosen: countries are
/// not tried one by one.
pub(super) const FEW_OPTIONS: usize = 40;

/// A condition of a form and where it is evaluated.
pub(super) struct Condition<'f> {
    pub(super) name: String,
    pub(super) rule: &'f Expression,
    pub(super) at: At<'f>,
}

/// Where a condition is evaluated.
pub(super) enum At<'f> {
    /// At the top level.
    Top,
    /// In the container of a field, wherever that is shown.
    Container(&'f Field),
    /// Where the field itself is shown.
    Shown(&'f Field),
    /// Wherever the check is looked at; null counts as fulfilled.
    Check(&'f Check),
    /// As the condition of a fee line.
    Fee(&'f FeeRule),
}

/// All conditions of a form.
pub(super) fn conditions(form: &Form) -> Vec<Condition<'_>> {
    let mut all = Vec::new();
    let mut add = |name: String, rule, at| all.push(Condition { name, rule, at });
    for page in &form.questions.pages {
        if let Some(rule) = &page.visible {
            add(format!("page {}: visible", page.id), rule, At::Top);
        }
        for check in &page.checks {
            let name = format!("check {}", check.id);
            add(name, &check.assert, At::Check(check));
        }
    }
    for field in form.questions.all_fields() {
        let path = &field.path;
        if let Some(rule) = &field.visible {
            add(format!("{path}: visible"), rule, At::Container(field));
        }
        if let Rule::When(rule) = &field.required {
            add(format!("{path}: required"), rule, At::Shown(field));
        }
        for (at, (rule, _)) in field.label.cases.iter().enumerate() {
            add(format!("{path}: label {}", at + 1), rule, At::Shown(field));
        }
        for option in field.options() {
            if let Some(rule) = &option.visible {
                add(
                    format!("{path}: option {}", option.id),
                    rule,
                    At::Shown(field),
                );
            }
        }
    }
    for rule in &form.fee {
        if let Some(when) = &rule.when {
            add(format!("fee {}: when", rule.id), when, At::Fee(rule));
        }
    }
    for (at, rule) in form.routing.iter().enumerate() {
        if let Some(when) = &rule.when {
            add(format!("routing {}: when", at + 1), when, At::Top);
        }
    }
    all
}

/// Everything there is to try in a form.
pub(super) fn of_form(form: &Form) -> Vec<Item> {
    let mut all = Vec::new();
    for page in &form.questions.pages {
        all.push((Category::Pages, page.id.clone()));
    }
    for field in form.questions.all_fields() {
        if !matches!(field.kind, FieldKind::Info) {
            all.push((Category::Fields, field.path.clone()));
        }
        if field.options().len() <= FEW_OPTIONS {
            let options = field.options().iter();
            all.extend(options.map(|option| (Category::Options, option_name(field, &option.id))));
        }
    }
    for condition in conditions(form) {
        for way in [true, false] {
            all.push((Category::Conditions, both_ways(&condition.name, way)));
        }
    }
    for rule in &form.fee {
        if let FeeAmount::Table { table, .. } = &rule.amount {
            let rows =
                (0..table.rules().len()).map(|at| (Category::TableRows, row_name(&table.id, at)));
            all.extend(rows.filter(|row| !all.contains(row)).collect::<Vec<_>>());
        }
    }
    all
}

pub(super) fn option_name(field: &Field, option: &str) -> String {
    format!("{} = {option}", field.path)
}

pub(super) fn row_name(table: &str, at: usize) -> String {
    format!("{table} row {}", at + 1)
}

/// A condition seen one way.
pub(super) fn both_ways(name: &str, way: bool) -> String {
    let (name, words) = match name.starts_with("check ") {
        true => (name, if way { "fulfilled" } else { "not fulfilled" }),
        false => (name, if way { "true" } else { "false" }),
    };
    format!("{name} {words}")
}

/// Everything there is to try in a workflow.
pub(super) fn of_workflow(workflow: &Workflow) -> Vec<Item> {
    let mut all = Vec::new();
    for (state, info) in workflow.chart.states.iter().zip(&workflow.states).skip(1) {
        if !matches!(state.kind, Kind::History(_)) {
            all.push((Category::States, info.path.clone()));
        }
    }
    let names = transition_names(workflow);
    for (at, transition) in workflow.chart.transitions.iter().enumerate() {
        all.push((Category::Transitions, names[at].clone()));
        if transition
            .guard
            .as_ref()
            .is_some_and(|guard| guard.when.is_some())
        {
            for way in [true, false] {
                all.push((
                    Category::Conditions,
                    both_ways(&format!("{}: guard", names[at]), way),
                ));
            }
        }
        if workflow.rule(at).is_some_and(|rule| rule.require.is_some()) {
            for way in [true, false] {
                all.push((
                    Category::Conditions,
                    both_ways(&format!("{}: require", names[at]), way),
                ));
            }
        }
    }
    for timer in &workflow.timers {
        let path = &workflow.states[timer.state].path;
        all.push((Category::Timers, paths::join(path, &timer.id)));
    }
    let (mails, documents) = workflow.templates_used();
    for id in mails.union(&documents) {
        all.push((Category::Letters, (*id).to_owned()));
    }
    all
}

/// A name for each transition: its state, what triggers it and where it leads;
/// those that look alike are numbered.
pub(super) fn transition_names(workflow: &Workflow) -> Vec<String> {
    let path = |state: &usize| workflow.states[*state].path.as_str();
    let mut names: Vec<String> = Vec::new();
    for transition in &workflow.chart.transitions {
        let trigger = match &transition.trigger {
            Trigger::Eventless => "always".to_owned(),
            Trigger::Done(state) => format!("done of {}", path(state)),
            Trigger::Timer(at) => {
                format!(
                    "timer {}",
                    workflow.timers.get(*at).map_or("", |timer| &timer.id)
                )
            }
            Trigger::Events(events) => {
                let names = events.iter().map(|event| match event {
                    Descriptor::Any => "any event",
                    Descriptor::Prefix(name) | Descriptor::Exact(name) => name,
                });
                names.collect::<Vec<_>>().join(" or ")
            }
        };
        let targets: Vec<&str> = transition.targets.iter().map(path).collect();
        let name = match targets.is_empty() {
            true => format!("{}: {trigger}", path(&transition.source)),
            false => format!(
                "{}: {trigger} → {}",
                path(&transition.source),
                targets.join(", ")
            ),
        };
        let same = |known: &&String| **known == name || known.starts_with(&format!("{name} ("));
        let number = names.iter().filter(same).count() + 1;
        names.push(if number == 1 {
            name
        } else {
            format!("{name} ({number})")
        });
    }
    names
}
