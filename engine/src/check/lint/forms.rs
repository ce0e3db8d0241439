//! Forms as a whole: page by page, and against the workflow they use.

use std::collections::BTreeMap;

use super::{Lint, id_span, items, key_span, warn};
use crate::definitions::Service;
use crate::feel::Expression;
use crate::form::{Field, FieldKind, Form, IdentificationLevel};
use crate::source::{Node, Report, Span};
use crate::workflow::{Action, Places};

/// Most questions of a page; a group or list counts as one.
const QUESTIONS: usize = 8;
/// Most answers of a page, those inside of groups counted.
const ANSWERS: usize = 20;

pub(super) fn check(lint: &Lint<'_>, service: &Service, report: &mut Report) {
    let form = &service.form;
    let Some(node) = lint.forms.get(form.id.as_str()) else {
        return;
    };
    check_pages(form, node, report);
    check_later_answers(form, node, report);
    check_autocomplete(lint, form, node, report);
    check_identification(form, node, report);
    check_workflow(service, node, report);
}

fn page_span(form: &Node, id: &str) -> Span {
    let page = items(form, "pages")
        .iter()
        .find(|page| page.get("id").and_then(Node::as_text) == Some(id));
    page.map_or(form.span, id_span)
}

fn asks(field: &&Field) -> bool {
    !matches!(field.kind, FieldKind::Info) && field.computed.is_none()
}

/// The answers a field takes: those of a group, one for a list.
fn answers(field: &Field) -> usize {
    match &field.kind {
        FieldKind::Group(fields) => fields.iter().filter(asks).map(answers).sum(),
        _ => 1,
    }
}

fn check_pages(form: &Form, node: &Node, report: &mut Report) {
    for page in &form.questions.pages {
        let questions = page.fields.iter().filter(asks).count();
        let answers: usize = page.fields.iter().filter(asks).map(answers).sum();
        if questions > QUESTIONS || answers > ANSWERS {
            let message = format!(
                "the page `{}` has {questions} questions with {answers} answers; at most {QUESTIONS} and {ANSWERS} can be taken in at once",
                page.id
            );
            let help = "make several pages of it, one topic each; answers stay where they are";
            warn(
                report,
                "too-many-questions",
                page_span(node, &page.id),
                message,
                help,
            );
        }
    }
}

/// Whether something is shown must not depend on what is asked later.
fn check_later_answers(form: &Form, node: &Node, report: &mut Report) {
    let mut asked_on = BTreeMap::new();
    for (at, page) in form.questions.pages.iter().enumerate() {
        for field in &page.fields {
            asked_on.insert(field.id.as_str(), (at, page.id.as_str()));
        }
    }
    for ((at, page), page_node) in form
        .questions
        .pages
        .iter()
        .enumerate()
        .zip(items(node, "pages"))
    {
        let later = |rule: &Expression| {
            rule.reads().iter().find_map(|read| {
                let first = read.split('.').next()?;
                let (asked, on) = asked_on.get(first)?;
                (*asked > at).then(|| (read.clone(), (*on).to_owned()))
            })
        };
        let fields = page.fields.iter().filter_map(|field| {
            let place = items(page_node, "fields")
                .iter()
                .find(|known| known.get("id").and_then(Node::as_text) == Some(&field.id));
            Some((field.visible.as_ref()?, place?))
        });
        for (rule, place) in page
            .visible
            .iter()
            .map(|rule| (rule, page_node))
            .chain(fields)
        {
            if let Some((read, on)) = later(rule) {
                let message = format!(
                    "whether this is shown depends on `{read}`, which is asked later, on the page `{on}`"
                );
                let help = "move that question before this one; nobody goes back to look";
                let span = place
                    .get("visible")
                    .map_or(place.span, |visible| visible.span);
                warn(report, "later-answer", span, message, help);
            }
        }
    }
}

/// Questions about the applicant, whom `applicant:` names, are filled in by the browser.
fn check_autocomplete(lint: &Lint<'_>, form: &Form, node: &Node, report: &mut Report) {
    let Some(rules) = &form.applicant else { return };
    let mut paths: Vec<&str> = Vec::new();
    for rule in [&rules.name]
        .into_iter()
        .chain(&rules.email)
        .chain(&rules.address)
    {
        paths.extend(rule.reads().iter().map(String::as_str));
    }
    let mut wanting: Vec<&Field> = Vec::new();
    for path in &paths {
        wanting.extend(form.questions.field(path));
        // The date of birth stands beside the name.
        let around = path
            .rsplit_once('.')
            .and_then(|(group, _)| form.questions.field(group));
        let beside = around.map(Field::fields).unwrap_or_default();
        wanting.extend(
            beside.iter().filter(|field| {
                matches!(field.kind, FieldKind::Date) && field.id.contains("birth")
            }),
        );
    }
    for field in wanting {
        let fillable = matches!(
            field.kind,
            FieldKind::Text(_)
                | FieldKind::Email(_)
                | FieldKind::Phone(_)
                | FieldKind::Postcode(_)
                | FieldKind::Country(_)
                | FieldKind::Date
        );
        if !fillable || field.autocomplete.is_some() || field.computed.is_some() {
            continue;
        }
        let message = format!(
            "`{}` is about the applicant, but browsers are not told how to fill it in",
            field.path
        );
        let help = match token(field) {
            Some(token) => format!("add `autocomplete: {token}`, or `autocomplete: \"off\"`"),
            None => "add `autocomplete` with the token that fits, or `\"off\"`".to_owned(),
        };
        let span = place(lint, node, &field.path);
        warn(report, "missing-autocomplete", span, message, help);
    }
}

/// The token that fits the name of a field, as far as it can be told.
fn token(field: &Field) -> Option<&'static str> {
    const TOKENS: [(&str, &str); 9] = [
        ("birth", "bday"),
        ("given", "given-name"),
        ("family", "family-name"),
        ("last", "family-name"),
        ("street", "street-address"),
        ("city", "address-level2"),
        ("town", "address-level2"),
        ("company", "organization"),
        ("mail", "email"),
    ];
    let fits = TOKENS.iter().find(|(part, _)| field.id.contains(part));
    fits.map(|(_, token)| *token)
}

/// Where a field is written down: in the form, or in the library it comes from.
fn place(lint: &Lint<'_>, form: &Node, path: &str) -> Span {
    let top = items(form, "pages")
        .iter()
        .flat_map(|page| items(page, "fields"));
    let mut level: Vec<&Node> = top.collect();
    let mut span = form.span;
    for part in path.split('.') {
        let Some(found) = level
            .iter()
            .find(|field| field.get("id").and_then(Node::as_text) == Some(part))
        else {
            return span;
        };
        span = id_span(found);
        let group = found.get("use").and_then(Node::as_text);
        level = match group.and_then(|group| lint.groups.get(group)) {
            Some(fields) => fields.iter().collect(),
            None => items(found, "fields").iter().collect(),
        };
    }
    span
}

fn check_identification(form: &Form, node: &Node, report: &mut Report) {
    let email = form
        .applicant
        .as_ref()
        .and_then(|rules| rules.email.as_ref());
    if form.identification.level != IdentificationLevel::Email || email.is_some() {
        return;
    }
    let level = node
        .get("identification")
        .and_then(|node| node.get("level"));
    let span = level.map_or(node.span, |level| level.span);
    let message = "people are identified by email, but `applicant` names no email address";
    let help = "add `applicant: { name: …, email: … }` with the question that asks for it";
    warn(report, "identification-without-email", span, message, help);
}

fn check_workflow(service: &Service, node: &Node, report: &mut Report) {
    let (form, workflow) = (&service.form, &service.workflow);
    let span = node.get("workflow").map_or(node.span, |node| node.span);
    let id = &workflow.id;
    let takes = |action: &Action| matches!(action, Action::Places(Places::Take | Places::Wait));
    let takes_places = workflow.actions().any(takes);
    match (&form.capacity, takes_places) {
        (None, true) => {
            let message =
                format!("the workflow `{id}` takes places, but this form has no `capacity`");
            let help = "add `capacity: { resource: …, limit: … }`, or use another workflow";
            warn(report, "places-without-capacity", span, message, help);
        }
        (Some(_), false) => {
            let message =
                format!("places are limited here, but the workflow `{id}` never takes one");
            let help = "use a workflow with `places: take`, or remove `capacity`";
            let span = key_span(node, "capacity");
            warn(report, "capacity-unused", span, message, help);
        }
        _ => {}
    }
    check_appointment(service, node, report);
    let mails = |action: &Action| matches!(action, Action::Mail { .. });
    if form.applicant.is_none() && workflow.actions().any(mails) {
        let message =
            format!("the workflow `{id}` writes to the applicant, but this form names none");
        let help = "add `applicant: { name: …, email: … }`";
        warn(report, "mail-to-nobody", span, message, help);
    }
    for (name, param) in &workflow.params {
        let given = form.workflow.with.iter().any(|(known, _)| known == name);
        if !given && param.default.is_none() {
            let message =
                format!("the parameter `{name}` of the workflow `{id}` has no value here");
            let help = format!("add it under `with:`, such as `{name}: …`");
            warn(report, "param-unset", span, message, help);
        }
    }
}

fn check_appointment(service: &Service, node: &Node, report: &mut Report) {
    let (form, workflow) = (&service.form, &service.workflow);
    let id = &workflow.id;
    let takes = |action: &Action| {
        use crate::workflow::AppointmentAction::{Take, TakeChosen};
        matches!(action, Action::Appointment(Take(_) | TakeChosen))
    };
    let books = workflow.actions().any(takes);
    match (&form.appointment, books) {
        (None, true) => {
            let span = node.get("workflow").map_or(node.span, |node| node.span);
            let message = format!(
                "the workflow `{id}` books appointments, but this form has no `appointment`"
            );
            let help = "add `appointment: { calendar: …, kind: … }`, or use another workflow";
            warn(report, "appointment-without-calendar", span, message, help);
        }
        (Some(_), false) => {
            let message = format!(
                "this form leads to an appointment, but the workflow `{id}` never books one"
            );
            let help = "use a workflow with `appointment: take`, or remove `appointment`";
            let span = key_span(node, "appointment");
            warn(report, "appointment-unused", span, message, help);
        }
        _ => {}
    }
    if form.asks_slot() && form.appointment.is_none() {
        let message = "a question asks for a free appointment, but the form names no calendar";
        let help = "add `appointment: { calendar: …, kind: … }`";
        let span = key_span(node, "pages");
        warn(
            report,
            "slot-without-calendar",
            span,
            message.to_owned(),
            help,
        );
    }
}
