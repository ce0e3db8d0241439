//! From one version of a workflow to the next: which state of the newer a
//! state of the older becomes, which deadlines go on, begin and end.
//!
//! Cases stay on their version unless somebody moves them on purpose. The map
//! is written in the newer version (`migrate:`); a state it does not name
//! keeps its path.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chart::{Kind, ROOT, StateIndex};
use super::definition::Workflow;
use crate::feel::{Expression, Value};

/// How cases of an older version go over to the version that holds this map.
#[derive(Clone, Debug)]
pub struct MigrationMap {
    /// Version of the workflow it is for.
    pub from: i64,
    /// Paths of the older version with those of the newer; whatever lies
    /// below a path moves with it.
    pub states: BTreeMap<String, String>,
    /// Variables that are computed from those of the older version.
    pub vars: Vec<(String, Expression)>,
}

/// Why a state of the older version has no place in the newer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum NoPlace {
    /// The newer version has no such state.
    Unknown {
        /// The path looked for.
        path: String,
    },
    /// It is one a case cannot rest in, such as one with states of its own.
    NotAtRest {
        /// The path looked for.
        path: String,
    },
    /// It would end the case without anything that belongs to an end.
    Ends {
        /// The path looked for.
        path: String,
    },
}

/// What becomes of a state in which cases may rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatePlan {
    /// Path in the older version.
    pub from: String,
    /// Path in the newer version.
    pub to: Result<String, NoPlace>,
    /// Timers that begin, since the older version does not have them there.
    pub starts: Vec<String>,
    /// Timers that end, since the newer version does not have them there.
    pub ends: Vec<String>,
}

/// What a migration would do to the cases of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MigrationPlan {
    /// All states of the older version a case may rest in.
    pub states: Vec<StatePlan>,
    /// Variables of the older version that have no place in the newer.
    pub vars_lost: Vec<String>,
}

impl MigrationPlan {
    /// Whether every state has a place.
    pub fn is_total(&self) -> bool {
        self.states.iter().all(|state| state.to.is_ok())
    }
}

/// A way from one version to another.
pub struct Passage<'w> {
    old: &'w Workflow,
    new: &'w Workflow,
    map: Option<&'w MigrationMap>,
}

impl<'w> Passage<'w> {
    /// The way from `old` to `new`. `None` where there is none: another
    /// workflow, or another version without a map.
    pub fn between(old: &'w Workflow, new: &'w Workflow) -> Option<Passage<'w>> {
        let map = new.migrations.iter().find(|map| map.from == old.version);
        let open = old.id == new.id && (map.is_some() || old.version == new.version);
        open.then_some(Passage { old, new, map })
    }

    /// The variables the map computes.
    pub fn vars(&self) -> &'w [(String, Expression)] {
        self.map.map_or(&[], |map| &map.vars)
    }

    /// The path of the newer version, by the longest path of the map.
    pub fn path(&self, old: &str) -> String {
        let states = self.map.map(|map| &map.states);
        let named = states.into_iter().flatten().filter_map(|(from, to)| {
            let rest = old.strip_prefix(from.as_str())?;
            (rest.is_empty() || rest.starts_with('.')).then(|| (from.len(), format!("{to}{rest}")))
        });
        named
            .max_by_key(|(length, _)| *length)
            .map_or_else(|| old.to_owned(), |(_, path)| path)
    }

    /// The state of the newer version a case in this state comes to rest in.
    ///
    /// # Errors
    /// Why there is none.
    pub fn place(&self, old: &str) -> Result<StateIndex, NoPlace> {
        let path = self.path(old);
        let Some(state) = self.new.chart.find(&path) else {
            return Err(NoPlace::Unknown { path });
        };
        if !self.new.chart.is_atomic(state) {
            return Err(NoPlace::NotAtRest { path });
        }
        if self.new.is_end(state) {
            return Err(NoPlace::Ends { path });
        }
        Ok(state)
    }

    /// What would become of every state of the older version.
    pub fn plan(&self) -> MigrationPlan {
        let chart = &self.old.chart;
        let states = (1..chart.states.len())
            .filter(|state| chart.is_atomic(*state) && !self.old.is_end(*state))
            .map(|state| self.plan_state(state))
            .collect();
        let vars_lost = self
            .old
            .vars
            .keys()
            .filter(|name| !self.keeps(name))
            .cloned()
            .collect();
        MigrationPlan { states, vars_lost }
    }

    fn plan_state(&self, state: StateIndex) -> StatePlan {
        let from = self.old.states[state].path.clone();
        let place = self.place(&from);
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        if let Ok(place) = &place {
            let running = self.timers_around(self.old, state);
            let coming = self.timers_around(self.new, *place);
            let moved: Vec<(String, &str)> = running
                .iter()
                .map(|(path, id)| (self.path(path), *id))
                .collect();
            let is = |timer: &(String, &str), other: &(&str, &str)| {
                timer.0 == other.0 && timer.1 == other.1
            };
            for timer in &coming {
                if !moved.iter().any(|other| is(other, timer)) {
                    starts.push(format!("{}/{}", timer.0, timer.1));
                }
            }
            for ((path, id), moved) in running.iter().zip(&moved) {
                if !coming.iter().any(|timer| is(moved, timer)) {
                    ends.push(format!("{path}/{id}"));
                }
            }
        }
        StatePlan {
            from,
            to: place.map(|place| self.new.states[place].path.clone()),
            starts,
            ends,
        }
    }

    /// Path and id of the timers that run while a state is active.
    fn timers_around<'t>(
        &self,
        workflow: &'t Workflow,
        state: StateIndex,
    ) -> Vec<(&'t str, &'t str)> {
        workflow
            .timers
            .iter()
            .filter(|timer| {
                timer.state == state || workflow.chart.is_descendant(state, timer.state)
            })
            .map(|timer| {
                (
                    workflow.states[timer.state].path.as_str(),
                    timer.id.as_str(),
                )
            })
            .collect()
    }

    /// Whether a variable of the older version goes on by its name.
    fn keeps(&self, name: &str) -> bool {
        match (self.old.vars.get(name), self.new.vars.get(name)) {
            (Some(old), Some(new)) => new.ty.accepts(&old.ty),
            _ => false,
        }
    }

    /// The values of variables that go on by their name.
    pub(crate) fn kept_vars(&self, stored: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        stored
            .iter()
            .filter(|(name, _)| self.keeps(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

impl Workflow {
    /// Whether these atomic states can be active together: one child of every
    /// compound state around them, all regions of every parallel one.
    pub(crate) fn is_configuration(&self, atomic: &[StateIndex]) -> bool {
        let chart = &self.chart;
        let mut active: Vec<StateIndex> = Vec::new();
        for state in atomic {
            active.push(*state);
            active.extend(chart.ancestors(*state));
        }
        active.sort_unstable();
        active.dedup();
        !atomic.is_empty()
            && active.contains(&ROOT)
            && active.iter().all(|state| {
                let regions = chart.regions(*state).count();
                let inside = chart.regions(*state).filter(|child| active.contains(child));
                match chart.states[*state].kind {
                    Kind::Parallel => inside.count() == regions,
                    Kind::Compound => inside.count() == 1,
                    _ => true,
                }
            })
    }
}
