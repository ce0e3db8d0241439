//! Names a workflow declares: roles, parameters, variables and small forms that
//! nobody uses, and variables nobody ever writes.

use std::collections::BTreeSet;

use super::{Lint, entries, name_span, warn};
use crate::feel::Expression;
use crate::source::{Node, Report};
use crate::workflow::{APPLICANT, Action, Name, Workflow};

pub(super) fn check(lint: &Lint<'_>, workflow: &Workflow, node: &Node, report: &mut Report) {
    let mut read = reads(workflow);
    read.extend(super::letters::reads_of(lint, workflow));
    let public = &workflow.publication;
    let shown = [&public.title, &public.text, &public.answer];
    read.extend(
        shown
            .into_iter()
            .flatten()
            .map(|name| format!("vars.{name}")),
    );
    let written = written(workflow);
    for (name, param) in &workflow.vars {
        let span = name_span(node, "vars", name);
        let is_read = read.contains(&format!("vars.{name}"));
        if !is_read {
            let message = format!("nothing reads the variable `{name}`, no rule and no letter");
            let help = "name it in a letter or a rule, or remove it and what writes it";
            warn(report, "unused-variable", span, message, help);
        } else if !written.contains(name.as_str()) && param.default.is_none() {
            let message = format!("the variable `{name}` is read, but never written");
            let help = format!("add `set: {{ {name}: … }}` to an action, or a `default`");
            warn(report, "variable-never-set", span, message, help);
        }
    }
    for name in workflow.params.keys() {
        if !read.contains(&format!("params.{name}")) {
            let message =
                format!("nothing in this workflow or its letters reads the parameter `{name}`");
            let help = "remove it, here and under `with:` of the forms";
            warn(
                report,
                "unused-param",
                name_span(node, "params", name),
                message,
                help,
            );
        }
    }
    let forms: BTreeSet<&str> = workflow
        .rules
        .iter()
        .flatten()
        .filter_map(|rule| rule.form.as_deref())
        .collect();
    for name in workflow
        .forms
        .keys()
        .filter(|name| !forms.contains(name.as_str()))
    {
        let message = format!("no event asks for the form `{name}`");
        let help = format!("add `form: {name}` to an event, or remove it");
        warn(
            report,
            "unused-form",
            name_span(node, "forms", name),
            message,
            help,
        );
    }
    check_roles(workflow, node, report);
}

fn check_roles(workflow: &Workflow, node: &Node, report: &mut Report) {
    let mut acting: BTreeSet<&str> = BTreeSet::new();
    for rule in workflow.rules.iter().flatten() {
        acting.extend(rule.by.iter().map(String::as_str));
    }
    acting.extend(
        workflow
            .states
            .iter()
            .filter_map(|info| info.task.as_deref()),
    );
    for action in workflow.actions() {
        if let Action::Notify { role, .. } = action {
            acting.insert(role);
        }
    }
    for (key, _) in entries(node, "roles") {
        if key.text != APPLICANT && !acting.contains(key.text.as_str()) {
            let message = format!(
                "the role `{}` does nothing, has no task and gets no mail",
                key.text
            );
            let help = "name it under `by`, `task` or `notify`, or remove it";
            warn(report, "unused-role", key.span, message, help);
        }
    }
}

fn written(workflow: &Workflow) -> BTreeSet<&str> {
    let mut written = BTreeSet::new();
    for action in workflow.actions() {
        if let Action::Set(pairs) | Action::Append(pairs) = action {
            written.extend(pairs.iter().map(|(name, _)| name.as_str()));
        }
    }
    written
}

/// The names expressions read, such as `vars.missing`, without further members.
fn reads(workflow: &Workflow) -> BTreeSet<String> {
    let mut rules: Vec<&Expression> = Vec::new();
    for transition in &workflow.chart.transitions {
        rules.extend(
            transition
                .guard
                .as_ref()
                .and_then(|guard| guard.when.as_ref()),
        );
    }
    for rule in workflow.rules.iter().flatten() {
        rules.extend(&rule.require);
    }
    rules.extend(workflow.timers.iter().map(|timer| timer.wait.expression()));
    for action in workflow.actions() {
        match action {
            Action::RequestPayment { amount, .. } => rules.push(amount),
            Action::Set(pairs) | Action::Append(pairs) => {
                rules.extend(pairs.iter().map(|(_, rule)| rule));
            }
            Action::Deliver {
                department, queue, ..
            } => {
                rules.extend(department.iter().chain(queue).filter_map(computed));
            }
            Action::Forward { department, queue } => {
                rules.extend([department, queue].into_iter().filter_map(computed));
            }
            _ => {}
        }
    }
    rules
        .into_iter()
        .flat_map(Expression::reads)
        .map(|read| read.splitn(3, '.').take(2).collect::<Vec<_>>().join("."))
        .collect()
}

fn computed(name: &Name) -> Option<&Expression> {
    match name {
        Name::Computed(rule) => Some(rule),
        Name::Fixed(_) => None,
    }
}
