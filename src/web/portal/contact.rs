//! The contact form: a message to a department or the service desk.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use engine::form::is_email;
use engine::text::Language;
use serde::Deserialize;

use super::view::{AnswerView, ContactSentView, ContactView, InputView};
use crate::desk::portal::NewMessage;
use crate::web::citizen::view::Problem;
use crate::web::errors::PageError;
use crate::web::frame::{Found, Said};
use crate::web::site::Site;
use crate::web::visitor::{CheckedForm, ClientAddress, Lang, Visitor};

/// The fields in the order of the page with the most characters they take.
const FIELDS: [(&str, usize); 4] = [
    ("name", 120),
    ("email", 254),
    ("subject", 120),
    ("text", 4000),
];
/// A field no person sees: whoever fills it in is a program.
const TRAP: &str = "website";

/// The department somebody comes from.
#[derive(Debug, Default, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    department: String,
}

/// The empty form.
pub(super) async fn ask(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Query(from): Query<From>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let view = view(&site, language, &from.department, |_| String::new());
    answer(&site, language, &visitor, view, StatusCode::OK)
}

/// Takes a message, or shows the form again with what is wrong.
pub(super) async fn send(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    address: ClientAddress,
    visitor: Visitor,
    form: CheckedForm,
) -> Result<Response, PageError> {
    let done = || Redirect::to(&format!("/{}/contact/sent", language.tag())).into_response();
    if !form.value(TRAP).is_empty() {
        // A program that learns nothing tries nothing else.
        return Ok(done());
    }
    let value = |name: &str| form.value(name).trim().replace("\r\n", "\n");
    let department = form.value("department");
    let mut view = view(&site, language, department, value);
    let mut problems = Vec::new();
    for (name, most) in FIELDS {
        let Some(problem) = problem(name, &value(name), most) else {
            continue;
        };
        let message = site.say(language, &problem, &[("n", most.to_string())]);
        problems.push(Problem {
            target: Some(name.to_owned()),
            message: message.clone(),
        });
        match name {
            "name" => view.name.error = Some(message),
            "email" => view.email.error = Some(message),
            "subject" => view.subject.error = Some(message),
            _ => view.text.error = Some(message),
        }
    }
    if !problems.is_empty() {
        view.problems = problems;
        return answer(
            &site,
            language,
            &visitor,
            view,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    }
    let new = NewMessage {
        department: Some(department.to_owned()).filter(|id| !id.is_empty()),
        name: value("name"),
        email: value("email"),
        subject: value("subject"),
        text: value("text"),
        language,
    };
    site.desk.write_to_the_city(new, &address.0).await?;
    Ok(done())
}

/// The confirmation; reloading it sends nothing again.
pub(super) async fn sent(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
) -> Result<Html<String>, PageError> {
    let title = site.say(language, "write.sent_title", &[]);
    let view = ContactSentView {};
    Ok(site.page(
        language,
        "portal/contact-sent",
        &title,
        None,
        "contact/sent",
        view,
    )?)
}

/// The key of what is wrong with a field.
fn problem(name: &str, value: &str, most: usize) -> Option<String> {
    let wrong = match name {
        _ if value.chars().count() > most => "long",
        "email" if !value.is_empty() && !is_email(value) => "wrong",
        _ if value.is_empty() => "missing",
        _ => return None,
    };
    Some(match wrong {
        "long" => "write.error.long".to_owned(),
        wrong => format!("write.error.{name}_{wrong}"),
    })
}

fn view(
    site: &Site,
    language: Language,
    chosen: &str,
    value: impl Fn(&str) -> String,
) -> ContactView {
    let portal = site.desk.catalog.portal();
    let mut departments: Vec<AnswerView> = portal
        .definitions
        .departments
        .iter()
        .map(|department| AnswerView {
            id: String::new(),
            value: department.id.clone(),
            label: Said::of(&department.name, language),
            chosen: department.id == chosen,
        })
        .collect();
    departments
        .sort_by_cached_key(|answer| crate::portal::search::words::words(&answer.label.text));
    let input = |name: &str| InputView {
        value: value(name),
        error: None,
        most: FIELDS
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(0, |(_, most)| *most),
    };
    ContactView {
        problems: Vec::new(),
        departments,
        name: input("name"),
        email: input("email"),
        subject: input("subject"),
        text: input("text"),
    }
}

fn answer(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    view: ContactView,
    status: StatusCode,
) -> Result<Response, PageError> {
    let prefix = match view.problems.is_empty() {
        true => String::new(),
        false => site.say(language, "frame.error_prefix", &[]),
    };
    let title = format!("{prefix}{}", site.say(language, "write.title", &[]));
    let mut frame = site.frame(language, &title, Some(visitor), "contact");
    frame.personal = false;
    frame.found = Some(Found::at(&site.public_url, language, "contact"));
    Ok((
        status,
        site.framed(frame, language, "portal/contact", view)?,
    )
        .into_response())
}
