//! The parties of a case on its page: how far each is, what it said, what it
//! answered on paper, and a new link.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::PartyState;
use engine::form;
use engine::text::Text;
use serde::Serialize;
use uuid::Uuid;

use super::case::{Attempt, again};
use super::filter::{Filter, with};
use super::list::case_address;
use super::session::{StaffError, StaffForm};
use super::view::FactView;
use super::words::Words;
use crate::desk::DeskError;
use crate::desk::staff::CaseView;
use crate::web::frame::Said;
use crate::web::site::Site;

/// Longest note on a paper answer, in characters.
const LONGEST_NOTE: usize = 2000;

/// A party on the page of a case.
#[derive(Clone, Debug, Serialize)]
pub struct PartyView {
    /// Its place among the parties.
    pub number: usize,
    /// Full name.
    pub name: String,
    /// What it is to the service.
    pub title: Said,
    /// `new`, `asked`, `confirmed`, `declined` or `expired`.
    pub state: &'static str,
    /// When it answered, milliseconds.
    pub at: Option<i64>,
    /// Where its link went.
    pub email: String,
    /// What it said.
    pub said: Vec<FactView>,
    /// Where a paper answer is recorded; absent when it is not asked now.
    pub record: Option<String>,
    /// Where a new link is asked for.
    pub resend: Option<String>,
}

/// The parties of a case.
pub(super) fn views(
    words: &Words<'_>,
    known: &CaseView,
    address: impl Fn(&str) -> String,
) -> Vec<PartyView> {
    let case = &known.open.case;
    let read = (known.events(), known.attachments.as_slice());
    let said = words
        .site
        .desk
        .parties_said(&known.open, read, words.language);
    let view = |((number, party), said): ((usize, &engine::case::Party), Vec<(String, String)>)| {
        let open = case.closed_at.is_none() && party.state == PartyState::Asked;
        PartyView {
            number,
            name: party.name.clone(),
            title: words.said(&party.title),
            state: party.state.name(),
            at: party.answered_at,
            email: party.email.clone().unwrap_or_default(),
            said: said
                .into_iter()
                .map(|(label, value)| FactView { label, value })
                .collect(),
            record: open.then(|| address(&format!("parties/{number}/answer"))),
            resend: open.then(|| address(&format!("parties/{number}/link"))),
        }
    };
    case.parties
        .iter()
        .enumerate()
        .zip(said)
        .map(view)
        .collect()
}

fn back(id: Uuid, filter: &Filter) -> Response {
    Redirect::to(&with(&case_address(id, filter), "done", "act")).into_response()
}

/// The page again, with why it did not go through.
async fn refused(
    site: &Site,
    sent: &StaffForm,
    (id, filter): (Uuid, &Filter),
    error: DeskError,
) -> Result<Response, StaffError> {
    let attempt = match error {
        DeskError::Refused(refusal) => Attempt {
            refusal: Some(refusal.text()),
            ..Attempt::default()
        },
        DeskError::Changed => Attempt {
            stale: Some(sent.revision()),
            ..Attempt::default()
        },
        error => return Err(error.into()),
    };
    again(site, &sent.who, id, filter, &attempt).await
}

fn because(key: &str, site: &Site) -> Attempt {
    let say = |language| site.say(language, key, &[]);
    let text = Text::both(
        say(engine::text::Language::De),
        say(engine::text::Language::En),
    );
    Attempt {
        refusal: Some(text),
        ..Attempt::default()
    }
}

/// `POST /staff/cases/{id}/parties/{number}/answer`: an answer on paper.
///
/// # Errors
/// Not found, also for cases of other departments.
pub(super) async fn answer(
    State(site): State<Arc<Site>>,
    Path((id, number)): Path<(Uuid, usize)>,
    Query(filter): Query<Filter>,
    sent: StaffForm,
) -> Result<Response, StaffError> {
    let note = sent.form.value("note").replace("\r\n", "\n");
    let confirms = match sent.form.value("answer") {
        "confirm" => true,
        "decline" => false,
        _ => {
            let attempt = because("staff.party.choose", &site);
            return again(&site, &sent.who, id, &filter, &attempt).await;
        }
    };
    if !(1..=LONGEST_NOTE).contains(&note.trim().chars().count()) {
        let attempt = because("staff.party.note_missing", &site);
        return again(&site, &sent.who, id, &filter, &attempt).await;
    }
    let case = (id, sent.revision());
    let recorded = site
        .desk
        .record_party(&sent.who.staff, case, number, confirms, &note)
        .await;
    match recorded {
        Ok(()) => Ok(back(id, &filter)),
        Err(error) => refused(&site, &sent, (id, &filter), error).await,
    }
}

/// `POST /staff/cases/{id}/parties/{number}/link`: a new link.
///
/// # Errors
/// Not found, also for cases of other departments.
pub(super) async fn link(
    State(site): State<Arc<Site>>,
    Path((id, number)): Path<(Uuid, usize)>,
    Query(filter): Query<Filter>,
    sent: StaffForm,
) -> Result<Response, StaffError> {
    let Some(email) = form::mail_address(sent.form.value("email")) else {
        let attempt = because("party.email_error", &site);
        return again(&site, &sent.who, id, &filter, &attempt).await;
    };
    let resent = site
        .desk
        .staff_resends(&sent.who.staff, id, number, Some(&email))
        .await;
    match resent {
        Ok(()) => Ok(back(id, &filter)),
        Err(error) => refused(&site, &sent, (id, &filter), error).await,
    }
}
