//! Parties: people besides the applicant whose word a case needs, such as a
//! second guardian or a landlord. Each is asked by an own link, confirms or
//! declines, and sees nothing but the own part.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::decide::{Refusal, check_small_form, facts};
use super::decide_effects::{Draft, Occasion};
use super::{Actor, Case, Decision, Env, Millis, Submission};
use crate::form::Questions;
use crate::text::{Language, Text};
use crate::workflow::{
    self, Action, PARTIES_COMPLETE, PARTY_CONFIRMED, PARTY_DECLINED, PARTY_RESENT, Snapshot,
    Stimulus, Workflow, system_roles,
};

/// Whose word a submission needs, as its answers say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartiesWanted {
    /// Days all of them have to answer.
    pub within: i64,
    /// Days after which those who did not answer are reminded.
    #[serde(default)]
    pub remind: Option<i64>,
    /// Who they are, in the order of the form.
    pub who: Vec<PartyWanted>,
}

/// One person whose word is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyWanted {
    /// Unique in the case: the id in the form, such as `second_guardian`, with
    /// the number of the entry where there is one for each, `co_owners.0`.
    pub key: String,
    /// The id in the form.
    pub rule: String,
    /// The entry of the list it was made for.
    #[serde(default)]
    pub entry: Option<usize>,
    /// Who this is to the service.
    pub title: Text,
    /// Full name.
    pub name: String,
    /// Mail address, where one was given.
    pub email: Option<String>,
    /// The language to write in.
    pub language: Language,
}

/// A party of a case, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// As in [`PartyWanted::key`].
    pub key: String,
    /// The id in the form.
    pub rule: String,
    /// The entry of the list it was made for.
    #[serde(default)]
    pub entry: Option<usize>,
    /// Who this is to the service.
    pub title: Text,
    /// Full name.
    pub name: String,
    /// Mail address the link goes to; it may be corrected.
    pub email: Option<String>,
    /// The language to write in.
    pub language: Language,
    /// How far it is.
    pub state: PartyState,
    /// Counts the links: a new one ends those before it.
    pub issue: u32,
    /// When the newest link was made.
    #[serde(default)]
    pub asked_at: Option<Millis>,
    /// When it answered.
    #[serde(default)]
    pub answered_at: Option<Millis>,
}

/// How far a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyState {
    /// Not asked yet.
    New,
    /// Asked, and free to answer.
    Asked,
    /// It agreed.
    Confirmed,
    /// It declined.
    Declined,
    /// Time ran out, or the answer is no longer needed.
    Expired,
}

impl PartyState {
    /// The word in scenarios and in the history.
    pub fn name(self) -> &'static str {
        match self {
            PartyState::New => "new",
            PartyState::Asked => "asked",
            PartyState::Confirmed => "confirmed",
            PartyState::Declined => "declined",
            PartyState::Expired => "expired",
        }
    }
}

/// What a party says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartyAnswer {
    /// Whether it agrees.
    pub confirms: bool,
    /// Answers to its questions; only of one that agrees.
    pub answers: Map<String, Json>,
    /// Why it declines, or a clerk's note how a paper answer came.
    pub reason: Option<String>,
}

/// The parties a case begins with.
pub(super) fn begin(submission: &Submission) -> Vec<Party> {
    let wanted = submission.parties.iter().flat_map(|parties| &parties.who);
    let party = |wanted: &PartyWanted| Party {
        key: wanted.key.clone(),
        rule: wanted.rule.clone(),
        entry: wanted.entry,
        title: wanted.title.clone(),
        name: wanted.name.clone(),
        email: wanted.email.clone(),
        language: wanted.language,
        state: PartyState::New,
        issue: 0,
        asked_at: None,
        answered_at: None,
    };
    wanted.map(party).collect()
}

/// What a party answered, as the history keeps it.
pub const ANSWERS: &str = "answers";

/// A party answers, or a clerk records what it answered on paper. The event of
/// the workflow is `party.declined`, `party.confirmed`, or `parties.complete`
/// with the last confirmation; a workflow that does not react stays where it is.
///
/// # Errors
/// Why not: it was not asked, has answered, or its answers are not good.
pub fn answer_party(
    workflow: &Workflow,
    case: &Case,
    submission: &Submission,
    (index, questions): (usize, &Questions),
    answer: &PartyAnswer,
    env: &Env<'_>,
) -> Result<Decision, Refusal> {
    if case.closed_at.is_some() {
        return Err(Refusal::Closed);
    }
    let mut case = case.clone();
    let party = case.parties.get_mut(index).ok_or(Refusal::NotOffered)?;
    if party.state != PartyState::Asked {
        return Err(Refusal::NotOffered);
    }
    // On paper there is a signature in place of the boxes to tick.
    let on_paper = matches!(env.actor, Actor::Staff { .. });
    let answers = match answer.confirms && !on_paper {
        true => check_small_form(questions, &answer.answers, party.language, env)?,
        false => Map::new(),
    };
    party.answered_at = Some(env.now);
    party.state = match answer.confirms {
        true => PartyState::Confirmed,
        false => PartyState::Declined,
    };
    let mut payload = Map::from_iter([
        ("party".to_owned(), json!(party.key)),
        ("name".to_owned(), json!(party.name)),
        (ANSWERS.to_owned(), Json::Object(answers)),
    ]);
    if let Some(reason) = answer.reason.as_ref().filter(|text| !text.is_empty()) {
        payload.insert("reason".to_owned(), json!(reason));
    }
    let counted = |state| {
        case.parties
            .iter()
            .filter(|party| party.state == state)
            .count()
    };
    let last = counted(PartyState::Asked) == 0 && counted(PartyState::Declined) == 0;
    let (name, event) = match (answer.confirms, last) {
        (true, true) => (PARTY_CONFIRMED, PARTIES_COMPLETE),
        (true, false) => (PARTY_CONFIRMED, PARTY_CONFIRMED),
        (false, _) => (PARTY_DECLINED, PARTY_DECLINED),
    };
    let roles = system_roles();
    let known = Env {
        roles: &roles,
        ..env.clone()
    };
    let facts = facts(Some(&case), submission, &known);
    let stimulus = Stimulus::Event {
        name: event,
        payload: &payload,
    };
    let output = workflow::step(workflow, &Snapshot::of(&case), stimulus, &facts)?;
    let occasion = Occasion {
        workflow,
        submission,
        env,
        name,
        payload: &payload,
    };
    let mut decision = Draft::new(case, occasion).finish(output);
    decision.attachments = env.attachments.to_vec();
    Ok(decision)
}

/// Sends a party that did not answer yet a new link, to a corrected address
/// if one is given. The link before ends.
///
/// # Errors
/// [`Refusal::NotOffered`] for a party that has answered, or was not asked.
pub fn resend_party(
    workflow: &Workflow,
    case: &Case,
    submission: &Submission,
    index: usize,
    email: Option<&str>,
    env: &Env<'_>,
) -> Result<Decision, Refusal> {
    if case.closed_at.is_some() {
        return Err(Refusal::Closed);
    }
    let template = workflow.actions().find_map(|action| match action {
        Action::InviteParties { template } => Some(template.clone()),
        _ => None,
    });
    let mut case = case.clone();
    let party = case
        .parties
        .get_mut(index)
        .filter(|party| party.state == PartyState::Asked);
    let (Some(party), Some(template)) = (party, template) else {
        return Err(Refusal::NotOffered);
    };
    if let Some(email) = email {
        party.email = Some(email.to_owned());
    }
    party.issue += 1;
    party.asked_at = Some(env.now);
    let payload = Map::from_iter([("party".to_owned(), json!(party.key))]);
    let configuration = case.configuration.clone();
    let occasion = Occasion {
        workflow,
        submission,
        env,
        name: PARTY_RESENT,
        payload: &payload,
    };
    let vars = case.vars.clone();
    let mut draft = Draft::new(case, occasion);
    draft.write_to_party(index, &template, &vars);
    let mut decision = draft.done();
    decision.event.configuration = configuration;
    Ok(decision)
}

impl Draft<'_> {
    /// Asks everybody who has not confirmed, each by a new link.
    pub(super) fn invite_parties(&mut self, template: &str, vars: &Map<String, Json>) {
        let now = self.now();
        for index in 0..self.case().parties.len() {
            let party = &mut self.case_mut().parties[index];
            if party.state == PartyState::Confirmed {
                continue;
            }
            party.state = PartyState::Asked;
            party.issue += 1;
            (party.asked_at, party.answered_at) = (Some(now), None);
            self.write_to_party(index, template, vars);
        }
    }

    /// Writes once more to those who have not answered.
    pub(super) fn remind_parties(&mut self, template: &str, vars: &Map<String, Json>) {
        for index in 0..self.case().parties.len() {
            if self.case().parties[index].state == PartyState::Asked {
                self.write_to_party(index, template, vars);
            }
        }
    }

    /// Those who have not answered need not any more.
    pub(super) fn expire_parties(&mut self) {
        for party in &mut self.case_mut().parties {
            if party.state == PartyState::Asked {
                party.state = PartyState::Expired;
            }
        }
    }
}
