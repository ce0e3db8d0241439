//! How much there is: services, questions, rules, letters, and what share of
//! the questions comes from the libraries.

use std::collections::BTreeSet;

use crate::definitions::{Definitions, Service};
use crate::form::{Bound, FeeAmount, Field, Form, Rule};
use crate::source::Sources;

/// The size of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Id of the service.
    pub id: String,
    /// Pages of the assistant.
    pub pages: usize,
    /// Questions, without the groups and lists around them.
    pub fields: usize,
    /// Questions among them that a library asks.
    pub from_libraries: usize,
    /// Conditions, limits, computed answers, checks, fees, routes, parameters.
    pub rules: usize,
    /// Files asked for.
    pub attachments: usize,
    /// Lines of `form.yaml` that are neither empty nor comments.
    pub lines: usize,
}

/// The size of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Each service, by id.
    pub services: Vec<Counts>,
    /// Workflows in use.
    pub workflows: usize,
    /// Decision tables in use.
    pub tables: usize,
    /// Letters and mails in use, a language each.
    pub letters: usize,
}

impl Totals {
    /// The sum over all services, without an id.
    pub fn sum(&self) -> Counts {
        let mut sum = Counts::default();
        for one in &self.services {
            sum.pages += one.pages;
            sum.fields += one.fields;
            sum.from_libraries += one.from_libraries;
            sum.rules += one.rules;
            sum.attachments += one.attachments;
            sum.lines += one.lines;
        }
        sum
    }
}

/// Counts what definitions consist of.
pub fn count(definitions: &Definitions, sources: &Sources) -> Totals {
    let mut totals = Totals::default();
    let mut files = BTreeSet::new();
    for service in definitions.services.values() {
        totals.services.push(of_service(service, sources));
        files.extend(service.bundle.iter().map(|file| file.path.as_str()));
    }
    let some = |folder: &str, ending: &str| {
        let fits = |path: &&&str| path.starts_with(folder) && path.ends_with(ending);
        files.iter().filter(fits).count()
    };
    totals.workflows = some("workflows/", ".yaml");
    totals.tables = some("forms/fees/", ".yaml");
    totals.letters = some("workflows/letters/", ".hbs");
    totals
}

fn of_service(service: &Service, sources: &Sources) -> Counts {
    let form = &service.form;
    let path = format!("forms/{}/form.yaml", form.id);
    let text = service.bundle.iter().find(|file| file.path == path);
    let lines = text.map_or(0, |file| {
        let written = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with('#');
        file.text.lines().filter(written).count()
    });
    let mut counts = Counts {
        id: form.id.clone(),
        pages: form.questions.pages.len(),
        rules: rules_of_pages(form) + rules_of_service(form),
        lines,
        ..Counts::default()
    };
    for field in form.questions.all_fields() {
        counts.rules += rules_of_field(field);
        if !field.fields().is_empty() {
            continue;
        }
        counts.fields += 1;
        counts.attachments += usize::from(field.attachment().is_some());
        let file = sources.file(field.span.file);
        if file.is_some_and(|file| file.path.starts_with("forms/lib/")) {
            counts.from_libraries += 1;
        }
    }
    counts
}

fn rules_of_field(field: &Field) -> usize {
    let limits = [&field.min, &field.max];
    usize::from(field.visible.is_some())
        + usize::from(field.computed.is_some())
        + usize::from(matches!(field.required, Rule::When(_)))
        + limits
            .into_iter()
            .filter(|limit| matches!(limit, Some(Bound::Rule(_))))
            .count()
}

fn rules_of_pages(form: &Form) -> usize {
    let pages = &form.questions.pages;
    pages
        .iter()
        .map(|page| usize::from(page.visible.is_some()) + page.checks.len())
        .sum()
}

fn rules_of_service(form: &Form) -> usize {
    let fees: usize = form
        .fee
        .iter()
        .map(|line| {
            let inputs = match &line.amount {
                FeeAmount::Rule(_) => 1,
                FeeAmount::Table { inputs, .. } => inputs.len(),
            };
            usize::from(line.when.is_some()) + inputs
        })
        .sum();
    let routes = form.routing.iter().filter(|line| line.when.is_some());
    fees + routes.count() + form.workflow.with.len() + form.workflow.tables.len()
}
