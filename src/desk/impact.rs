//! What new definitions would mean for the drafts and open cases there are:
//! counted and tried out, nothing is written.

use std::collections::BTreeMap;

use engine::case::MigrationRefusal;
use engine::check::diff::{Change, diff_service};
use engine::definitions::{Definitions, Service};
use engine::form::{self, Rebased};
use engine::text::Text;
use serde::Serialize;
use store::KnownVersion;
use uuid::Uuid;

use super::migration::PORTION;
use super::{Desk, DeskError};

/// What a change of one service means.
#[derive(Debug, Serialize)]
pub struct ServiceImpact {
    /// Service id.
    pub service: String,
    /// Its name.
    pub title: Text,
    /// Version the new form states.
    pub version: i64,
    /// Hash of the new version.
    pub hash: String,
    /// Older versions with drafts or open cases.
    pub versions: Vec<VersionImpact>,
}

/// What it means for the drafts and open cases of one version.
#[derive(Debug, Serialize)]
pub struct VersionImpact {
    /// Version the older form states.
    pub version: String,
    /// Its hash.
    pub hash: String,
    /// Why nothing more can be told: the older version no longer loads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// What the new version changes against this one.
    pub changes: Vec<Change>,
    /// Drafts that have not expired; they keep their version.
    pub drafts: usize,
    /// Drafts that would lose nothing and need nothing new on the new version.
    pub drafts_untouched: usize,
    /// Answers that would be lost on the new version, by path, in how many drafts.
    pub answers_lost: BTreeMap<String, usize>,
    /// Questions that would have to be answered in addition, by path, in how many drafts.
    pub answers_needed: BTreeMap<String, usize>,
    /// Answers the map of the new version puts elsewhere, by old path, in how many drafts.
    pub answers_moved: BTreeMap<String, usize>,
    /// Answers its map lets go, by path, in how many drafts.
    pub answers_dropped: BTreeMap<String, usize>,
    /// Open cases, by the states they rest in.
    pub cases: Vec<StateImpact>,
}

/// What a migration would do to the open cases of one configuration.
#[derive(Debug, Serialize)]
pub struct StateImpact {
    /// States they rest in.
    pub from: Vec<String>,
    /// How many.
    pub cases: usize,
    /// States they would come to.
    pub to: Vec<String>,
    /// How many of them would stay, with the reasons.
    pub stay: BTreeMap<String, usize>,
    /// Deadlines that would end, in how many cases.
    pub timers_ended: BTreeMap<String, usize>,
    /// Deadlines that would begin, in how many cases.
    pub timers_started: BTreeMap<String, usize>,
}

impl Desk {
    /// What `definitions` would mean, for every service that would be another
    /// version than drafts or open cases have.
    ///
    /// # Errors
    /// When the database does.
    pub async fn impact(
        &self,
        definitions: &Definitions,
        only: Option<&str>,
    ) -> Result<Vec<ServiceImpact>, DeskError> {
        let mut impacts = Vec::new();
        let services = definitions.services.values();
        for service in services.filter(|service| only.is_none_or(|id| id == service.form.id)) {
            let mut versions = Vec::new();
            for version in self
                .store
                .versions_of(self.tenant(), &service.form.id)
                .await?
            {
                if version.hash != service.hash {
                    versions.extend(self.version_impact(&version, service).await?);
                }
            }
            if !versions.is_empty() {
                impacts.push(ServiceImpact {
                    service: service.form.id.clone(),
                    title: service.form.title.clone(),
                    version: service.form.version,
                    hash: service.hash.clone(),
                    versions,
                });
            }
        }
        Ok(impacts)
    }

    /// `None` where nothing is pinned to the version.
    async fn version_impact(
        &self,
        version: &KnownVersion,
        target: &Service,
    ) -> Result<Option<VersionImpact>, DeskError> {
        let mut impact = VersionImpact {
            version: version.version.clone(),
            hash: version.hash.clone(),
            unreadable: None,
            changes: Vec::new(),
            drafts: 0,
            drafts_untouched: 0,
            answers_lost: BTreeMap::new(),
            answers_needed: BTreeMap::new(),
            answers_moved: BTreeMap::new(),
            answers_dropped: BTreeMap::new(),
            cases: Vec::new(),
        };
        self.count_drafts(&mut impact, target).await?;
        self.count_cases(&mut impact, target).await?;
        if impact.drafts == 0 && impact.cases.is_empty() {
            return Ok(None);
        }
        match self.pinned(&version.hash).await {
            Ok(old) => impact.changes = diff_service(&old, target),
            Err(DeskError::Definition(why)) => impact.unreadable = Some(why),
            Err(error) => return Err(error),
        }
        Ok(Some(impact))
    }

    async fn count_drafts(
        &self,
        impact: &mut VersionImpact,
        target: &Service,
    ) -> Result<(), DeskError> {
        let now = self.clock.now();
        let mut after = Uuid::nil();
        loop {
            let drafts = self
                .store
                .drafts_on(self.tenant(), &impact.hash, after, PORTION)
                .await?;
            let Some(last) = drafts.last() else {
                return Ok(());
            };
            after = last.id;
            for draft in drafts.iter().filter(|draft| draft.expires_at > now) {
                impact.drafts += 1;
                let Ok(old) = self.pinned(&impact.hash).await else {
                    continue;
                };
                let env = self.form_env(now, draft.language);
                let rebased = form::rebase(&old.form, &target.form, &draft.answers, env);
                note_draft(impact, &rebased);
            }
        }
    }

    async fn count_cases(
        &self,
        impact: &mut VersionImpact,
        target: &Service,
    ) -> Result<(), DeskError> {
        let mut after = Uuid::nil();
        loop {
            let cases = self
                .store
                .open_cases_on(self.tenant(), &impact.hash, after, PORTION)
                .await?;
            let Some(last) = cases.last() else {
                return Ok(());
            };
            after = last.id;
            // A program of the version before this one closes cases without noting it here.
            for case in cases.iter().filter(|case| case.closed_at.is_none()) {
                let outcome = match self.plan_migration(case.id, target).await {
                    Ok(moved) => moved.outcome.map_err(|refusal| reason(&refusal)),
                    Err(DeskError::Definition(why)) => Err(why),
                    Err(error) => return Err(error),
                };
                let state = state_of(impact, &case.configuration);
                state.cases += 1;
                match outcome {
                    Ok(decision) => {
                        state.to.clone_from(&decision.case.configuration);
                        let payload = &decision.event.payload;
                        count_keys(&mut state.timers_ended, payload.get("timers_ended"));
                        count_keys(&mut state.timers_started, payload.get("timers_started"));
                    }
                    Err(why) => *state.stay.entry(why).or_insert(0) += 1,
                }
            }
        }
    }
}

/// Why a case would stay, in a sentence.
fn reason(refusal: &MigrationRefusal) -> String {
    refusal.to_string()
}

fn state_of<'i>(impact: &'i mut VersionImpact, from: &[String]) -> &'i mut StateImpact {
    let at = impact
        .cases
        .iter()
        .position(|state| state.from == from)
        .unwrap_or_else(|| {
            impact.cases.push(StateImpact {
                from: from.to_vec(),
                cases: 0,
                to: Vec::new(),
                stay: BTreeMap::new(),
                timers_ended: BTreeMap::new(),
                timers_started: BTreeMap::new(),
            });
            impact.cases.len() - 1
        });
    &mut impact.cases[at]
}

/// Counts timers by state and id, without the number of the entry.
fn count_keys(counts: &mut BTreeMap<String, usize>, keys: Option<&serde_json::Value>) {
    for key in keys.and_then(|keys| keys.as_array()).into_iter().flatten() {
        let key = key.as_str().unwrap_or_default();
        let name = key.rsplit_once('/').map_or(key, |(name, _)| name);
        *counts.entry(name.to_owned()).or_insert(0) += 1;
    }
}

fn note_draft(impact: &mut VersionImpact, rebased: &Rebased) {
    if rebased.lost.is_empty() && rebased.needed.is_empty() {
        impact.drafts_untouched += 1;
    }
    for (counts, paths) in [
        (&mut impact.answers_lost, &rebased.lost),
        (&mut impact.answers_needed, &rebased.needed),
        (&mut impact.answers_moved, &rebased.moved),
        (&mut impact.answers_dropped, &rebased.dropped),
    ] {
        for path in paths {
            *counts.entry(path.clone()).or_insert(0) += 1;
        }
    }
}
