//! Signing in and out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Query, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use engine::text::Language;
use serde::Deserialize;

use super::filter::with;
use super::session::{
    StaffError, StaffForm, StaffLanguage, languages, session_cookie, session_token,
};
use super::view::LoginView;
use crate::desk::DeskError;
use crate::web::citizen::view::Problem;
use crate::web::errors::PageError;
use crate::web::site::Site;
use crate::web::visitor::{CheckedForm, Visitor};

/// What goes into the sign-in page.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Account name as typed.
    pub account: String,
    /// Where to go afterwards.
    pub next: String,
    /// Key of what is wrong.
    pub error: Option<&'static str>,
    /// Key of a remark.
    pub note: Option<&'static str>,
}

/// The sign-in page. Its form is bound to the visitor, since there is no session yet.
///
/// # Errors
/// When it cannot be rendered.
pub(super) fn page(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    sent: Sent,
) -> Result<Html<String>, PageError> {
    let title = site.say(language, "staff.login.title", &[]);
    let prefix = if sent.error.is_some() {
        site.say(language, "frame.error_prefix", &[])
    } else {
        String::new()
    };
    let mut frame = site.frame(language, &format!("{prefix}{title}"), Some(visitor), "");
    let here = if sent.next.is_empty() {
        "/staff/login".to_owned()
    } else {
        with("/staff/login", "next", &sent.next)
    };
    frame.languages = languages(language, &here);
    let problems = sent.error.map(|key| Problem {
        target: Some("account".to_owned()),
        message: site.say(language, key, &[]),
    });
    let view = LoginView {
        account: sent.account,
        next: sent.next,
        problems: problems.into_iter().collect(),
        note: sent.note,
    };
    Ok(site.framed(frame, language, "staff/login", view)?)
}

/// What the address of the sign-in page may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LoginQuery {
    next: String,
    done: String,
}

/// `GET /staff/login`
///
/// # Errors
/// When the page cannot be rendered.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    StaffLanguage(language): StaffLanguage,
    visitor: Visitor,
    Query(query): Query<LoginQuery>,
) -> Result<Html<String>, StaffError> {
    let note = (query.done == "out").then_some("signed_out");
    let sent = Sent {
        next: safe_next(&query.next).to_owned(),
        note,
        ..Sent::default()
    };
    Ok(page(&site, language, &visitor, sent)?)
}

/// `POST /staff/login`
///
/// # Errors
/// When the database does, or the page cannot be rendered.
pub(super) async fn log_in(
    State(site): State<Arc<Site>>,
    StaffLanguage(language): StaffLanguage,
    visitor: Visitor,
    extensions: Extensions,
    headers: HeaderMap,
    form: CheckedForm,
) -> Result<Response, StaffError> {
    let account = form.value("account").trim().to_lowercase();
    let next = safe_next(form.value("next")).to_owned();
    let (status, error) = match site
        .desk
        .log_in(&account, form.value("password"), &address(&extensions))
        .await
    {
        Ok(Some(token)) => {
            // A session this browser still has ends: one browser, one session.
            if let Some(old) = session_token(&headers, site.https) {
                site.desk.log_out(old).await?;
            }
            let to = if next.is_empty() { "/staff" } else { &next };
            let cookie = session_cookie(site.https, &token);
            return Ok(([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response());
        }
        Ok(None) => (StatusCode::UNPROCESSABLE_ENTITY, "staff.login.wrong"),
        Err(DeskError::TooMany) => (StatusCode::TOO_MANY_REQUESTS, "staff.login.too_many"),
        Err(error) => return Err(error.into()),
    };
    let sent = Sent {
        account,
        next,
        error: Some(error),
        note: None,
    };
    Ok((status, page(&site, language, &visitor, sent)?).into_response())
}

/// `POST /staff/logout`: ends the session and clears what the browser kept of it.
///
/// # Errors
/// When the database does.
pub(super) async fn log_out(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    _form: StaffForm,
) -> Result<Response, StaffError> {
    if let Some(token) = session_token(&headers, site.https) {
        site.desk.log_out(token).await?;
    }
    let mut response = Redirect::to("/staff/login?done=out").into_response();
    let headers = response.headers_mut();
    headers.insert(
        "clear-site-data",
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    if let Ok(cookie) = HeaderValue::from_str(&session_cookie(site.https, "")) {
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The address of the client, for slowing down; one for all where it is unknown.
fn address(extensions: &Extensions) -> String {
    let client = extensions.get::<ConnectInfo<SocketAddr>>();
    client.map_or_else(String::new, |ConnectInfo(address)| address.ip().to_string())
}

/// Only pages of the staff may follow the sign-in, never another site.
fn safe_next(next: &str) -> &str {
    let plain = !next.contains(['\\', '\r', '\n']) && !next.starts_with("/staff/login");
    let inside = next == "/staff" || next.starts_with("/staff/") || next.starts_with("/staff?");
    if inside && plain { next } else { "" }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn only_staff_pages_follow_the_sign_in() {
        assert_eq!(
            safe_next("/staff/cases/1?owner=mine"),
            "/staff/cases/1?owner=mine"
        );
        for foreign in [
            "https://evil.example",
            "//evil.example",
            "/de/",
            "/staffx",
            "/staff\\evil",
            "/staff/login",
        ] {
            assert_eq!(safe_next(foreign), "", "{foreign}");
        }
    }
}
