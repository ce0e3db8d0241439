//! What of a case everybody may read: fixed when it was submitted, passed by a
//! clerk, shown with the case's public status until it is withdrawn.
//!
//! Only what is named here ever reaches a public page. It comes from fields
//! that hold no personal data (checked when the form is loaded) and from texts
//! a clerk has read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Case, Decision, Millis, Submission};
use crate::text::Text;
use crate::workflow::Workflow;

/// An option somebody chose, with its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// Id of the option.
    pub id: String,
    /// What people read.
    pub label: Text,
}

/// What the form proposes to publish of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Heading.
    pub title: Text,
    /// The contribution, not read by anybody yet.
    pub text: String,
    /// Where, in words.
    pub place: String,
    /// Kind of report or topic.
    #[serde(default)]
    pub category: Option<Labelled>,
    /// Part of the town.
    #[serde(default)]
    pub district: Option<Labelled>,
    /// Key of the procedure a statement belongs to; `None` for reports.
    #[serde(default)]
    pub procedure: Option<String>,
}

/// What everybody reads of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicEntry {
    /// The service.
    pub service: String,
    /// Heading.
    pub title: Text,
    /// The contribution as a clerk passed it.
    pub text: String,
    /// Where, in words.
    pub place: String,
    /// Kind of report or topic.
    pub category: Option<Labelled>,
    /// Part of the town.
    pub district: Option<Labelled>,
    /// Key of the procedure.
    pub procedure: Option<String>,
    /// The public text of the state.
    pub status: Text,
    /// Whether the case is closed.
    pub done: bool,
    /// What the city answers.
    pub answer: Option<String>,
    /// When it was submitted.
    pub received_at: Millis,
}

/// What a step does to the public entry of its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicChange {
    /// Show it, or show it as it is now.
    Show(Box<PublicEntry>),
    /// Take it off the public pages.
    Hide,
}

/// The public text of a variable, if there is any.
fn words(vars: &Map<String, Json>, name: Option<&String>) -> Option<String> {
    let text = vars.get(name?)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Heading and text as they stand now: what a clerk wrote, else what the form
/// proposes. For the form in which a clerk passes them.
pub fn present(workflow: &Workflow, case: &Case, submission: &Submission) -> Map<String, Json> {
    let Some(proposal) = &submission.publication else {
        return Map::new();
    };
    let names = &workflow.publication;
    let mut now = Map::new();
    let title = || proposal.title.get(submission.language).to_owned();
    if let Some(name) = &names.title {
        let value = words(&case.vars, Some(name)).unwrap_or_else(title);
        now.insert(name.clone(), value.into());
    }
    if let Some(name) = &names.text {
        let value = words(&case.vars, Some(name)).unwrap_or_else(|| proposal.text.clone());
        now.insert(name.clone(), value.into());
    }
    now
}

/// Adds to a decision what it means for the public pages. `before` says
/// whether the case was published until then.
pub(super) fn follow(
    decision: &mut Decision,
    workflow: &Workflow,
    submission: &Submission,
    before: bool,
) {
    let Some(proposal) = &submission.publication else {
        decision.case.published = false;
        return;
    };
    let case = &decision.case;
    if !case.published {
        decision.publication = before.then_some(PublicChange::Hide);
        return;
    }
    let names = &workflow.publication;
    let title = match words(&case.vars, names.title.as_ref()) {
        // Unchanged, it stays in both languages.
        Some(title) if title != proposal.title.get(submission.language) => Text::same(title),
        _ => proposal.title.clone(),
    };
    let status = workflow
        .state(&case.public_state)
        .and_then(|state| state.public.clone())
        .unwrap_or_default();
    decision.publication = Some(PublicChange::Show(Box::new(PublicEntry {
        service: case.service.clone(),
        title,
        text: words(&case.vars, names.text.as_ref()).unwrap_or_else(|| proposal.text.clone()),
        place: proposal.place.clone(),
        category: proposal.category.clone(),
        district: proposal.district.clone(),
        procedure: proposal.procedure.clone(),
        status,
        done: case.closed_at.is_some(),
        answer: words(&case.vars, names.answer.as_ref()),
        received_at: case.opened_at,
    })));
}
