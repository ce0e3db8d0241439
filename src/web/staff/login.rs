//! Signing in and out.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use engine::text::Language;
use serde::Deserialize;

use super::filter::with;
use super::session::{
    StaffError, StaffForm, StaffLanguage, browser_cookie, browser_proof, languages, session_cookie,
    session_token,
};
use super::view::LoginView;
use crate::desk::login::Login;
use crate::web::citizen::view::Problem;
use crate::web::errors::PageError;
use crate::web::site::Site;
use crate::web::visitor::{CheckedForm, ClientAddress, Visitor};

/// What goes into the sign-in page.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Account name as typed.
    pub account: String,
    /// Where to go afterwards.
    pub next: String,
    /// What is wrong.
    pub error: Option<String>,
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
    let problems = sent.error.map(|message| Problem {
        target: Some("account".to_owned()),
        message,
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
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    form: CheckedForm,
) -> Result<Response, StaffError> {
    let account = form.value("account").trim().to_lowercase();
    let next = safe_next(form.value("next")).to_owned();
    let browser = browser_proof(&headers, site.https);
    let outcome = site
        .desk
        .log_in(&account, form.value("password"), &address, browser)
        .await?;
    let (status, error, wait) = match outcome {
        Login::In { token, browser } => {
            // A session this browser still has ends: one browser, one session.
            if let Some(old) = session_token(&headers, site.https) {
                site.desk.log_out(old).await?;
            }
            let to = if next.is_empty() { "/staff" } else { &next };
            let cookies = AppendHeaders([
                (header::SET_COOKIE, session_cookie(site.https, &token)),
                (header::SET_COOKIE, browser_cookie(site.https, &browser)),
            ]);
            return Ok((cookies, Redirect::to(to)).into_response());
        }
        Login::Wrong => {
            let error = site.say(language, "staff.login.wrong", &[]);
            (StatusCode::UNPROCESSABLE_ENTITY, error, None)
        }
        Login::Wait { seconds } => {
            let error = too_many(&site, language, seconds);
            (StatusCode::TOO_MANY_REQUESTS, error, Some(seconds))
        }
    };
    let sent = Sent {
        account,
        next,
        error: Some(error),
        note: None,
    };
    let mut response = (status, page(&site, language, &visitor, sent)?).into_response();
    if let Some(seconds) = wait {
        retry_after(&mut response, seconds);
    }
    Ok(response)
}

/// How long to wait, as people read it.
pub(super) fn too_many(site: &Site, language: Language, seconds: i64) -> String {
    let minutes = (seconds + 59) / 60;
    site.say(
        language,
        "staff.login.too_many",
        &[("n", minutes.to_string())],
    )
}

/// How long to wait, as programs read it.
pub(super) fn retry_after(response: &mut Response, seconds: i64) {
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
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
