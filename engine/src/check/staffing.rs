//! Roles bound to nobody: the definitions held against the accounts of a town.
//! A case in a department where nobody has the role that is to act waits for ever.

use std::collections::{BTreeMap, BTreeSet};

use crate::definitions::{Checked, Kind, Service};
use crate::feel::Value;
use crate::source::{Diagnostic, Report, Span};
use crate::workflow::{Action, Workflow};

/// Findings that only this check makes, so that without accounts nobody can
/// say that an entry under `accept` is not needed.
pub(super) const CODE: &str = "role-without-account";

/// Who can act: departments with the roles somebody has there.
#[derive(Clone, Debug, Default)]
pub struct Staffing(BTreeSet<(String, String)>);

impl FromIterator<(String, String)> for Staffing {
    /// From department and role of every account that can sign in.
    fn from_iter<T: IntoIterator<Item = (String, String)>>(held: T) -> Staffing {
        Staffing(held.into_iter().collect())
    }
}

impl Staffing {
    fn has(&self, department: &str, role: &str) -> bool {
        self.0.contains(&(department.to_owned(), role.to_owned()))
    }
}

/// Where a department begins to need a role, and for which services.
struct Need<'a> {
    span: Span,
    workflow: &'a str,
    services: Vec<&'a str>,
}

/// Reports every role that is needed in a department where nobody has it.
pub(super) fn check(checked: &Checked<'_>, staffing: &Staffing, report: &mut Report) {
    let mut needs: BTreeMap<(String, &str), Need<'_>> = BTreeMap::new();
    for service in checked.definitions.services.values() {
        let roles = roles(&service.workflow);
        for department in departments(service) {
            for role in &roles {
                if staffing.has(&department, role) {
                    continue;
                }
                let need = needs.entry((department.clone(), role)).or_insert(Need {
                    span: place(checked, &service.form.id),
                    workflow: &service.workflow.id,
                    services: Vec::new(),
                });
                need.services.push(&service.form.id);
            }
        }
    }
    for ((department, role), need) in needs {
        let services: Vec<String> = need.services.iter().map(|id| format!("`{id}`")).collect();
        let message = format!(
            "nobody in `{department}` has the role `{role}`, which the workflow `{}` needs for cases of {}",
            need.workflow,
            services.join(", ")
        );
        let help = format!(
            "give it to somebody: `schalter account add --config FILE NAME --role {department}:{role}`"
        );
        report.push(Diagnostic::warning("role-without-account", need.span, message).help(help));
    }
}

/// The roles of staff that act, are expected to act or are written to.
fn roles(workflow: &Workflow) -> BTreeSet<&str> {
    let acting = workflow.rules.iter().flatten().flat_map(|rule| &rule.by);
    let tasks = workflow
        .states
        .iter()
        .filter_map(|state| state.task.as_ref());
    let told = workflow.actions().filter_map(|action| match action {
        Action::Notify { role, .. } => Some(role),
        _ => None,
    });
    let all = acting.chain(tasks).chain(told).map(String::as_str);
    let staff = |role: &&str| workflow.roles.get(*role).is_some_and(|role| !role.citizen);
    all.filter(staff).collect()
}

/// The departments cases of a service begin in.
fn departments(service: &Service) -> BTreeSet<String> {
    let form = &service.form;
    let mut found = BTreeSet::new();
    for line in &form.routing {
        match &line.table {
            None => drop(found.insert(line.department.clone())),
            Some(call) => {
                let results = call.table.literal_results();
                found.extend(results.into_iter().filter_map(|(_, value)| match value {
                    Some(Value::Text(text)) => Some(text.split('/').next()?.to_owned()),
                    _ => None,
                }));
            }
        }
    }
    // The last line of a routing always holds; without one the head of the form does.
    if form
        .routing
        .iter()
        .all(|line| line.when.is_some() || line.table.is_some())
    {
        found.insert(form.service.department.clone());
    }
    found
}

/// Where a form says which department works on it.
fn place(checked: &Checked<'_>, form: &str) -> Span {
    let mut read = checked.read.iter();
    let node = read.find_map(|read| match &read.kind {
        Kind::Form(id) if id == form => read.node.as_ref(),
        _ => None,
    });
    let Some(node) = node else {
        return Span::default();
    };
    let department = node.get("service").and_then(|node| node.get("department"));
    department.map_or(node.span, |node| node.span)
}
