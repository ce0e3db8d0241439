//! Moving a case to another version of its definition. What was submitted
//! stays as it is; deadlines that run keep their end.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::decide::{Env, facts};
use super::decide_effects::{plain, public_state};
use super::{Case, CaseEvent, Decision, Submission, Timer};
use crate::feel::Value;
use crate::workflow::{
    NoPlace, Passage, Snapshot, StepError, Workflow, live_timer, migrated_vars, start_timers,
};

/// Name of the history entry.
pub const MIGRATED: &str = "migrated";

/// Why a case stays on its version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MigrationRefusal {
    /// It is closed; closed cases never move.
    #[error("the case is closed")]
    Closed,
    /// It runs on that version already.
    #[error("the case runs on this version already")]
    AlreadyThere,
    /// There is no map.
    #[error(
        "workflow `{workflow}` has no map from version {from} to version {to}; write one under `migrate:`"
    )]
    NoMap {
        /// The newer workflow.
        workflow: String,
        /// Version the case runs on.
        from: i64,
        /// The newer version.
        to: i64,
    },
    /// A state has no place in the newer version.
    #[error(
        "the state `{state}` has no place in the newer version; name one under `migrate: states:`"
    )]
    NoPlace {
        /// The state the case rests in.
        state: String,
        /// What is wrong with its counterpart.
        why: NoPlace,
    },
    /// The places of its states exclude each other.
    #[error("the states {states:?} cannot be active together in the newer version")]
    NotTogether {
        /// Paths in the newer version.
        states: Vec<String>,
    },
    /// A deadline cannot be computed, or the case does not fit its own version.
    #[error("the case cannot be moved")]
    Broken(#[from] StepError),
}

/// The versions a case is moved between.
#[derive(Clone, Copy)]
pub struct Versions<'a> {
    /// The workflow the case runs on.
    pub old: &'a Workflow,
    /// The newer one.
    pub new: &'a Workflow,
    /// Hash of the bundle of the newer one.
    pub definition: &'a str,
}

/// The decision that moves a case to another version, with an entry in its
/// history. `timers` are those that run. Nothing leaves the house with it.
///
/// # Errors
/// Why the case stays.
pub fn migrate(
    versions: Versions<'_>,
    case: &Case,
    submission: &Submission,
    timers: &[Timer],
    env: &Env<'_>,
) -> Result<Decision, MigrationRefusal> {
    let Versions {
        old,
        new,
        definition,
    } = versions;
    if case.closed_at.is_some() {
        return Err(MigrationRefusal::Closed);
    }
    if case.definition == definition {
        return Err(MigrationRefusal::AlreadyThere);
    }
    let passage = Passage::between(old, new).ok_or_else(|| MigrationRefusal::NoMap {
        workflow: new.id.clone(),
        from: old.version,
        to: new.version,
    })?;
    let mut snapshot = moved(&passage, new, case)?;
    let facts = facts(Some(case), submission, env);
    let old_vars = old.var_values(&case.vars);
    snapshot.vars = migrated_vars(new, &passage, &old_vars, &facts)?;

    let mut plan = TimerPlan::default();
    plan.running(old, new, &passage, case, timers, &mut snapshot);
    plan.fresh(old, new, &passage, case, &snapshot);
    let (started, deadlines) = start_timers(new, &snapshot, &facts, &plan.starts)?;
    snapshot.deadlines.extend(deadlines);
    let told = told(versions, case, &snapshot, &plan, &started, &old_vars);
    plan.set.extend(started);
    Ok(decision(versions, case, snapshot, plan, told, env))
}

/// The position in the newer version, without variables and deadlines.
fn moved(passage: &Passage<'_>, new: &Workflow, case: &Case) -> Result<Snapshot, MigrationRefusal> {
    let mut places = Vec::new();
    for state in &case.configuration {
        let place = passage
            .place(state)
            .map_err(|why| MigrationRefusal::NoPlace {
                state: state.clone(),
                why,
            })?;
        places.push(place);
    }
    let mut configuration: Vec<String> = places
        .iter()
        .map(|place| new.states[*place].path.clone())
        .collect();
    configuration.sort();
    configuration.dedup();
    if !new.is_configuration(&places) {
        return Err(MigrationRefusal::NotTogether {
            states: configuration,
        });
    }
    let mut entries: BTreeMap<String, u32> = BTreeMap::new();
    for (path, count) in &case.entries {
        let entry = entries.entry(passage.path(path)).or_insert(0);
        *entry = (*entry).max(*count);
    }
    for place in &places {
        for state in std::iter::once(*place).chain(new.chart.ancestors(*place)) {
            let path = &new.states[state].path;
            if !path.is_empty() {
                entries.entry(path.clone()).or_insert(1);
            }
        }
    }
    entries.retain(|path, _| new.chart.find(path).is_some());
    // What a history state remembers goes on where all of it has a place.
    let history = case
        .history
        .iter()
        .filter_map(|(path, remembered)| {
            let path = passage.path(path);
            new.chart.find(&path)?;
            let places: Vec<String> = remembered.iter().map(|state| passage.path(state)).collect();
            let known = places.iter().all(|state| new.chart.find(state).is_some());
            known.then_some((path, places))
        })
        .collect();
    Ok(Snapshot {
        configuration,
        history,
        entries,
        ..Snapshot::default()
    })
}

/// What becomes of the timers.
#[derive(Default)]
struct TimerPlan {
    /// Stored keys that end.
    cancelled: Vec<String>,
    /// Timers under their new key, with the end they have.
    set: Vec<Timer>,
    /// Timers to start, by position and entry.
    starts: Vec<(usize, u32)>,
    /// Ids of those that end for good.
    ended: Vec<String>,
}

impl TimerPlan {
    /// Timers that run go on under their new name with the end they have.
    fn running(
        &mut self,
        old: &Workflow,
        new: &Workflow,
        passage: &Passage<'_>,
        case: &Case,
        timers: &[Timer],
        snapshot: &mut Snapshot,
    ) {
        let before = Snapshot::of(case);
        for running in timers {
            let known = live_timer(old, &before, &running.key).and_then(|index| {
                let rule = &old.timers[index];
                let path = passage.path(&old.states[rule.state].path);
                new.timers
                    .iter()
                    .find(|timer| timer.id == rule.id && new.states[timer.state].path == path)
            });
            let active = known
                .filter(|timer| is_active(&new.states[timer.state].path, &snapshot.configuration));
            let Some(timer) = active else {
                self.cancelled.push(running.key.clone());
                self.ended.push(running.key.clone());
                continue;
            };
            let entry = snapshot.entries.get(&new.states[timer.state].path);
            let key = new.timer_key(timer, entry.copied().unwrap_or(1));
            if timer.due {
                snapshot.deadlines.insert(key.clone(), running.due_at);
            }
            if key != running.key {
                self.cancelled.push(running.key.clone());
                self.set.push(Timer {
                    key,
                    due_at: running.due_at,
                });
            }
        }
    }

    /// Timers the older version does not have there begin now. One it has and
    /// that no longer runs has fired, and does not begin again.
    fn fresh(
        &mut self,
        old: &Workflow,
        new: &Workflow,
        passage: &Passage<'_>,
        case: &Case,
        snapshot: &Snapshot,
    ) {
        let had: BTreeSet<(String, &str)> = old
            .timers
            .iter()
            .filter(|timer| is_active(&old.states[timer.state].path, &case.configuration))
            .map(|timer| {
                (
                    passage.path(&old.states[timer.state].path),
                    timer.id.as_str(),
                )
            })
            .collect();
        for (index, timer) in new.timers.iter().enumerate() {
            let path = &new.states[timer.state].path;
            let had = had.contains(&(path.clone(), timer.id.as_str()));
            if !had && is_active(path, &snapshot.configuration) {
                let entry = snapshot.entries.get(path).copied().unwrap_or(1);
                self.starts.push((index, entry));
            }
        }
    }
}

fn is_active(path: &str, configuration: &[String]) -> bool {
    configuration.iter().any(|state| {
        state
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// What the history says.
fn told(
    versions: Versions<'_>,
    case: &Case,
    snapshot: &Snapshot,
    plan: &TimerPlan,
    started: &[Timer],
    old_vars: &BTreeMap<String, Value>,
) -> Map<String, Json> {
    let lost: Vec<&String> = old_vars
        .iter()
        .filter(|(name, value)| **value != Value::Null && !snapshot.vars.contains_key(*name))
        .map(|(name, _)| name)
        .collect();
    let keys: Vec<&String> = started.iter().map(|timer| &timer.key).collect();
    Map::from_iter([
        ("from".to_owned(), json!(case.definition)),
        ("to".to_owned(), json!(versions.definition)),
        ("from_version".to_owned(), json!(versions.old.version)),
        ("to_version".to_owned(), json!(versions.new.version)),
        ("states".to_owned(), json!(case.configuration)),
        ("timers_ended".to_owned(), json!(plan.ended)),
        ("timers_started".to_owned(), json!(keys)),
        ("vars_lost".to_owned(), json!(lost)),
    ])
}

fn decision(
    versions: Versions<'_>,
    case: &Case,
    snapshot: Snapshot,
    plan: TimerPlan,
    payload: Map<String, Json>,
    env: &Env<'_>,
) -> Decision {
    let public_state = public_state(versions.new, &snapshot.configuration);
    let case = Case {
        definition: versions.definition.to_owned(),
        revision: case.revision + 1,
        configuration: snapshot.configuration.clone(),
        history: snapshot.history,
        entries: snapshot.entries,
        vars: snapshot.vars,
        due_at: snapshot.deadlines.values().min().copied(),
        deadlines: snapshot.deadlines,
        public_state,
        ..case.clone()
    };
    let event = CaseEvent {
        seq: case.revision,
        name: MIGRATED.to_owned(),
        actor: env.actor.clone(),
        at: env.now,
        payload,
        configuration: snapshot.configuration,
        internal: true,
    };
    let mut decision = plain(case, event);
    decision.timers_set = plan.set;
    decision.timers_cancelled = plan.cancelled;
    decision
}
