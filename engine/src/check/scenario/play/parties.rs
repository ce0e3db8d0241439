//! Parties of a scenario: they confirm or decline as by their links.

use serde_json::{Map, Value as Json, json};

use super::player::{FILES_A_STEP, Player, What};
use crate::case::{ANSWERS, Actor, Case, PartyAnswer, PartyState, Refusal, answer_party};
use crate::check::scenario::{Act, PARTY_CONFIRMS, Refused, given};
use crate::form::Questions;
use crate::workflow::{PARTIES_COMPLETE, PARTY_CONFIRMED, PARTY_DECLINED, Stimulus, system_roles};

/// The key of a declining party's reason among what it enters.
pub(in crate::check::scenario) const REASON: &str = "reason";

impl Player<'_> {
    /// Each party of the case with its questions.
    pub(in crate::check::scenario) fn asked_parties(&self) -> Vec<(String, &Questions)> {
        let rules = self.stage.service.form.parties.as_ref();
        let parties = self.case.iter().flat_map(|case| &case.parties);
        parties
            .filter(|party| party.state == PartyState::Asked)
            .filter_map(|party| Some((party.key.clone(), &rules?.rule(&party.rule)?.asks)))
            .collect()
    }

    /// How far each party is.
    pub(in crate::check::scenario) fn parties_seen(&self) -> Option<Json> {
        let case = self.case.as_ref().filter(|case| !case.parties.is_empty())?;
        let states = case.parties.iter();
        let states = states.map(|party| (party.key.clone(), json!(party.state.name())));
        Some(Json::Object(states.collect()))
    }

    pub(super) fn answer(
        &mut self,
        case: &Case,
        key: &str,
        wanted: &Act,
    ) -> Result<(), (Refused, String)> {
        let rules = self.stage.service.form.parties.as_ref();
        let found = case.parties.iter().position(|party| party.key == *key);
        let rule = found.and_then(|index| rules?.rule(&case.parties[index].rule));
        let (Some(index), Some(rule)) = (found, rule) else {
            let words = format!("these answers make no party `{key}`");
            return Err((Refused::State, words));
        };
        let confirms = wanted.event == PARTY_CONFIRMS;
        let first = FILES_A_STEP * (2 + self.calls() as u128);
        let (answers, files) = match confirms {
            true => given::with_uploads(&wanted.with, &rule.asks, first),
            false => (Map::new(), Vec::new()),
        };
        let reason = wanted.with.get(REASON).and_then(Json::as_str);
        let answer = PartyAnswer {
            confirms,
            answers,
            reason: reason.filter(|_| !confirms).map(str::to_owned),
        };
        let actor = Actor::Party {
            key: key.to_owned(),
            name: case.parties[index].name.clone(),
        };
        let roles = system_roles();
        let before = self.clone_for_coverage();
        let env = self.env(&actor, &roles, &files);
        let workflow = &self.stage.service.workflow;
        let asked = (index, &rule.asks);
        let decided = answer_party(workflow, case, &self.submission, asked, &answer, &env);
        let decision = decided.map_err(|refusal| match refusal {
            Refusal::NotOffered => {
                let words = "the party is not asked now, or has answered".to_owned();
                (Refused::State, words)
            }
            other => self.refusal(case, &wanted.event, &other),
        })?;
        if !self.places_fit(&decision) {
            return Err((
                Refused::Places,
                "there are not enough free places".to_owned(),
            ));
        }
        self.called(What::Act(wanted.who.clone(), wanted.event.clone()));
        let counted = |state| {
            let parties = decision.case.parties.iter();
            parties.filter(|party| party.state == state).count()
        };
        let rest = counted(PartyState::Asked) + counted(PartyState::Declined);
        let name = match (confirms, rest) {
            (true, 0) => PARTIES_COMPLETE,
            (true, _) => PARTY_CONFIRMED,
            (false, _) => PARTY_DECLINED,
        };
        let payload = decision.event.payload.clone();
        self.cover(
            &before,
            Stimulus::Event {
                name,
                payload: &payload,
            },
            &roles,
        );
        self.record(decision);
        Ok(())
    }
}

/// What a party entered, from the entry in the history.
pub(super) fn said_again(payload: &Map<String, Json>) -> Map<String, Json> {
    let mut with = match payload.get(ANSWERS) {
        Some(Json::Object(answers)) => answers.clone(),
        _ => Map::new(),
    };
    if let Some(reason) = payload.get(REASON) {
        with.insert(REASON.to_owned(), reason.clone());
    }
    with
}
