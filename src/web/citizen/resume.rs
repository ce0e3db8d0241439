//! Saving for later with a code, and coming back with it (S1, S2).

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::text::Language;
use serde::Deserialize;
use uuid::Uuid;

use super::draft::{self, DraftPath, step_address};
use super::service::draft_address;
use super::view::{LaterView, Problem, ResumeView};
use crate::desk::DeskError;
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::site::Site;
use crate::web::visitor::{CheckedForm, ClientAddress, Lang, Visitor};

/// Where the person was.
#[derive(Debug, Default, Deserialize)]
pub struct Left {
    #[serde(default)]
    page: String,
}

/// Asks whether a code is wanted: a GET never makes one.
pub async fn later_again(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<DraftPath>,
    Query(left): Query<Left>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let draft = draft::open(&site, path.draft, &visitor, language).await?;
    let page = draft
        .service
        .form
        .page(&left.page)
        .map(|page| page.id.clone());
    let view = LaterView {
        service: Said::of(&draft.service.form.title, language),
        code: None,
        action: format!("/{}/drafts/{}/later", language.tag(), path.draft),
        page: page.clone().unwrap_or_default(),
        address: format!("{}/{}/resume", site.public_url, language.tag()),
        expires_at: draft.stored.expires_at,
        back: back(language, path.draft, page.as_deref()),
        mail: String::new(),
    };
    show(&site, language, &visitor, path.draft, view)
}

/// Makes a code and shows it once.
pub async fn later(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<DraftPath>,
    visitor: Visitor,
    form: CheckedForm,
) -> Result<Response, PageError> {
    let mut draft = draft::open(&site, path.draft, &visitor, language).await?;
    let code = site.desk.resume_code(&mut draft).await?;
    let page = draft
        .service
        .form
        .page(form.value("page"))
        .map(|page| page.id.clone());
    let service = Said::of(&draft.service.form.title, language);
    let address = format!("{}/{}/resume", site.public_url, language.tag());
    let subject = site.say(
        language,
        "later.mail_subject",
        &[("service", service.text.clone())],
    );
    let body = site.say(
        language,
        "later.mail_body",
        &[("code", code.clone()), ("address", address.clone())],
    );
    let view = LaterView {
        service,
        code: Some(code),
        action: String::new(),
        page: String::new(),
        address,
        expires_at: draft.stored.expires_at,
        back: back(language, path.draft, page.as_deref()),
        mail: format!(
            "mailto:?subject={}&body={}",
            encoded(&subject),
            encoded(&body)
        ),
    };
    show(&site, language, &visitor, path.draft, view)
}

fn back(language: Language, draft: Uuid, page: Option<&str>) -> String {
    page.map_or_else(
        || draft_address(language, draft),
        |page| step_address(language, draft, page),
    )
}

fn show(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    draft: Uuid,
    view: LaterView,
) -> Result<Response, PageError> {
    let title = format!(
        "{} – {}",
        site.say(language, "later.title", &[]),
        view.service.text
    );
    let path = format!("drafts/{draft}/later");
    Ok(site
        .page(
            language,
            "citizen/later",
            &title,
            Some(visitor),
            &path,
            view,
        )?
        .into_response())
}

/// Percent-encodes for a `mailto:` link.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Asks for the code.
pub async fn ask(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    visitor: Visitor,
) -> Result<Response, PageError> {
    ask_again(
        &site,
        language,
        &visitor,
        ResumeView::default(),
        StatusCode::OK,
    )
}

/// Goes on with the draft of a code, from now on on this device.
pub async fn resume(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    address: ClientAddress,
    visitor: Visitor,
    form: CheckedForm,
) -> Result<Response, PageError> {
    let code = form.value("code").trim();
    let refuse = |key: &str| {
        let message = site.say(language, key, &[]);
        let view = ResumeView {
            code: code.to_owned(),
            problems: vec![Problem {
                target: Some("code".to_owned()),
                message: message.clone(),
            }],
            error: Some(message),
        };
        ask_again(
            &site,
            language,
            &visitor,
            view,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
    };
    if code.is_empty() {
        return refuse("resume.error");
    }
    match site.desk.resume(code, visitor.secret(), &address.0).await {
        Ok(draft) => Ok(Redirect::to(&draft_address(language, draft.stored.id)).into_response()),
        Err(DeskError::NotFound) => refuse("resume.error_unknown"),
        Err(error) => Err(error.into()),
    }
}

fn ask_again(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    view: ResumeView,
    status: StatusCode,
) -> Result<Response, PageError> {
    let prefix = if view.problems.is_empty() {
        String::new()
    } else {
        site.say(language, "frame.error_prefix", &[])
    };
    let title = format!("{prefix}{}", site.say(language, "resume.title", &[]));
    Ok((
        status,
        site.page(
            language,
            "citizen/resume",
            &title,
            Some(visitor),
            "resume",
            view,
        )?,
    )
        .into_response())
}
