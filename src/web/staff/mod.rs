//! Pages of the clerks: sign-in, list of cases, case, deliveries that wait.
//!
//! Everything works without script: filters are a GET form, every action is
//! a POST that answers 303, or the page again with what was typed. A case of
//! another department does not exist here (404), whatever is asked of it.

mod act;
mod agenda;
mod case;
mod filter;
mod list;
mod login;
mod notes;
mod parties;
mod password;
pub mod session;
pub mod view;
mod words;

#[cfg(test)]
mod samples;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use super::site::Site;

/// The routes below `/staff`.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/staff", get(list::queue))
        .route("/staff/login", get(login::show).post(login::log_in))
        .route("/staff/logout", post(login::log_out))
        .route(
            session::PASSWORD_PAGE,
            get(password::show).post(password::set),
        )
        .route("/staff/next", get(list::next))
        .route(
            "/staff/deliveries",
            get(list::deliveries).post(list::repeat),
        )
        .route("/staff/notes", get(notes::notes))
        .route("/staff/notes.csv", get(notes::table))
        .route(agenda::PAGE, get(agenda::agenda))
        .route("/staff/appointments/close", post(agenda::close))
        .route("/staff/appointments/reopen", post(agenda::reopen))
        .route("/staff/cases/{id}", get(case::show_case))
        .route("/staff/cases/{id}/act/{event}", post(act::act))
        .route(
            "/staff/cases/{id}/parties/{number}/answer",
            post(parties::answer),
        )
        .route(
            "/staff/cases/{id}/parties/{number}/link",
            post(parties::link),
        )
        .route("/staff/cases/{id}/note", post(act::note))
        .route("/staff/cases/{id}/withhold", post(act::withhold))
        .route("/staff/cases/{id}/assign", post(act::assign))
        .route("/staff/cases/{id}/files/{file}", get(act::file))
        .route("/staff/cases/{id}/documents/{name}", get(act::document))
        .route_layer(from_fn(session::keep_language))
}
