//! Setting one's password: at the first login, and whenever somebody wants to.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::login::{retry_after, too_many};
use super::session::{PASSWORD_PAGE, SignedIn, StaffError, StaffForm, session_cookie};
use super::view::PasswordView;
use crate::desk::login::Unchanged;
use crate::web::citizen::view::Problem;
use crate::web::errors::PageError;
use crate::web::site::Site;
use crate::web::visitor::ClientAddress;

/// What was done before, as the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    done: String,
}

/// `GET /staff/password`
///
/// # Errors
/// When the page cannot be rendered.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Query(said): Query<Said>,
) -> Result<Response, StaffError> {
    let view = PasswordView {
        saved: said.done == "saved",
        ..PasswordView::default()
    };
    Ok(page(&site, &who, view)?)
}

/// `POST /staff/password`
///
/// # Errors
/// When the database does, or the page cannot be rendered.
pub(super) async fn set(
    State(site): State<Arc<Site>>,
    ClientAddress(address): ClientAddress,
    sent: StaffForm,
) -> Result<Response, StaffError> {
    let (who, form) = (&sent.who, &sent.form);
    let new = form.value("new");
    let say = |key: &str| site.say(who.language, key, &[]);
    if new != form.value("again") {
        let view = PasswordView {
            again_error: Some(say("staff.password.differ")),
            ..PasswordView::default()
        };
        return refused(&site, who, view, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let outcome = site
        .desk
        .change_password(&who.staff, form.value("present"), new, &address)
        .await?;
    match outcome {
        Ok(token) => {
            let cookie = session_cookie(site.https, &token);
            let to = format!("{PASSWORD_PAGE}?done=saved");
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response())
        }
        Err(Unchanged::Wrong) => {
            let view = PasswordView {
                present_error: Some(say("staff.password.wrong")),
                ..PasswordView::default()
            };
            refused(&site, who, view, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(Unchanged::Weak(weakness)) => {
            let view = PasswordView {
                new_error: Some(say(&format!("staff.password.{}", weakness.key()))),
                ..PasswordView::default()
            };
            refused(&site, who, view, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(Unchanged::Wait { seconds }) => {
            let view = PasswordView {
                present_error: Some(too_many(&site, who.language, seconds)),
                ..PasswordView::default()
            };
            let mut response = refused(&site, who, view, StatusCode::TOO_MANY_REQUESTS)?;
            retry_after(&mut response, seconds);
            Ok(response)
        }
    }
}

/// The page again with what is wrong; what was typed is not sent back.
fn refused(
    site: &Site,
    who: &SignedIn,
    mut view: PasswordView,
    status: StatusCode,
) -> Result<Response, StaffError> {
    view.problems = [
        ("present", &view.present_error),
        ("new", &view.new_error),
        ("again", &view.again_error),
    ]
    .into_iter()
    .filter_map(|(field, error)| {
        Some(Problem {
            target: Some(field.to_owned()),
            message: error.clone()?,
        })
    })
    .collect();
    Ok((status, page(site, who, view)?).into_response())
}

fn page(site: &Site, who: &SignedIn, mut view: PasswordView) -> Result<Response, PageError> {
    view.account.clone_from(&who.staff.account);
    view.first = who.staff.must_set_password;
    let title = if view.first {
        "staff.password.first"
    } else {
        "staff.password.title"
    };
    let mut title = site.say(who.language, title, &[]);
    if !view.problems.is_empty() {
        title = site.say(who.language, "frame.error_prefix", &[]) + &title;
    }
    let mut frame = who.frame(site, &title);
    if view.first {
        // Nothing else can be reached yet.
        frame.nav = Vec::new();
    }
    Ok(site
        .framed(frame, who.language, "staff/password", view)?
        .into_response())
}
