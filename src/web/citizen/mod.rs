//! What a citizen sees of a service: its page, the form assistant, the case
//! afterwards. How a service is found stands in `web::portal`.
//!
//! Handlers parse, call the desk, and render or redirect. All of it works
//! without script in the browser.

pub mod about;
pub mod draft;
pub mod fields;
pub mod party;
#[cfg(test)]
mod party_samples;
pub mod public;
pub mod resume;
#[cfg(test)]
pub(crate) mod samples;
pub mod send;
pub mod service;
#[cfg(test)]
pub(crate) mod soundness;
pub mod status;
pub mod step;
pub mod verify;
pub mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::site::Site;

/// The routes of the citizen's pages.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/{lang}/services/{id}", get(service::service))
        .route(
            "/{lang}/services/{id}/start",
            get(service::start_again).post(service::start),
        )
        .route("/{lang}/drafts/{draft}", get(draft::first))
        .route("/{lang}/drafts/{draft}/check", get(send::check))
        .route(
            "/{lang}/drafts/{draft}/submit",
            get(send::submit_again).post(send::submit),
        )
        .route("/{lang}/drafts/{draft}/done", get(send::sent))
        .route(
            "/{lang}/drafts/{draft}/later",
            get(resume::later_again).post(resume::later),
        )
        .route(
            "/{lang}/drafts/{draft}/step/{page}",
            get(step::show).post(step::save),
        )
        .route("/{lang}/resume", get(resume::ask).post(resume::resume))
        .route("/{lang}/status", get(status::ask).post(status::look_up))
        .route("/{lang}/cases/{reference}/{secret}", get(status::status))
        .route("/{lang}/cases/{reference}/{secret}/done", get(status::done))
        .route(
            "/{lang}/cases/{reference}/{secret}/act/{event}",
            get(status::act_again).post(status::act),
        )
        .route(
            "/{lang}/cases/{reference}/{secret}/documents/{name}",
            get(status::document),
        )
        .route(
            "/{lang}/cases/{reference}/{secret}/files/{file}",
            get(status::file),
        )
        .route("/{lang}/reports", get(public::reports))
        .route("/{lang}/reports/feed", get(public::feed))
        .route("/{lang}/reports/{id}", get(public::single))
        .route("/{lang}/participation", get(public::procedures))
        .route(
            "/{lang}/participation/{service}/{key}",
            get(public::procedure),
        )
        .route(
            "/{lang}/cases/{reference}/{secret}/parties/{number}",
            get(party::resend_again).post(party::resend),
        )
        .route(
            "/{lang}/parties/{reference}/{number}/{secret}",
            get(party::party),
        )
        .route(
            "/{lang}/parties/{reference}/{number}/{secret}/answer",
            get(party::answer_again).post(party::answer),
        )
        .route(
            "/{lang}/parties/{reference}/{number}/{secret}/receipt",
            get(party::receipt),
        )
        .route("/{lang}/verify", get(verify::ask).post(verify::verify))
        .route("/{lang}/accessibility", get(about::accessibility))
        .route("/{lang}/privacy", get(about::privacy))
        .route("/{lang}/imprint", get(about::imprint))
}
