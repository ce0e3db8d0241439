//! What the migration map of the newer version means for cases of the older:
//! states without a place, deadlines that would begin or end.

use super::changes::{Area, Changes};
use crate::workflow::{Passage, Workflow};

const AREA: Area = Area::Clerks;

/// Tells of the map, where the newer version has one for the older.
pub(super) fn compare(before: &Workflow, after: &Workflow, changes: &mut Changes) {
    let mapped = after
        .migrations
        .iter()
        .any(|map| map.from == before.version);
    let Some(passage) = Passage::between(before, after).filter(|_| mapped) else {
        return;
    };
    let plan = passage.plan();
    let (gaps, places): (Vec<_>, Vec<_>) = plan.states.iter().partition(|state| state.to.is_err());
    changes.add(
        AREA,
        "migration",
        "",
        format!(
            "Offene Vorgänge können umgestellt werden: {} von {} Zuständen haben einen Platz",
            places.len(),
            plan.states.len()
        ),
        format!(
            "Open cases can be moved: {} of {} states have a place",
            places.len(),
            plan.states.len()
        ),
    );
    for state in gaps {
        let from = &state.from;
        changes.add(
            AREA,
            "migration-gap",
            from,
            format!(
                "Umstellung: für Vorgänge im Zustand `{from}` ist kein Platz genannt, sie bleiben"
            ),
            format!("Moving: cases in the state `{from}` have no place, they stay"),
        );
    }
    for state in places {
        for (kind, timers, de, en) in [
            (
                "migration-starts",
                &state.starts,
                "beginnt die Frist",
                "begins the deadline",
            ),
            (
                "migration-ends",
                &state.ends,
                "endet die Frist",
                "ends the deadline",
            ),
        ] {
            for timer in timers {
                let from = &state.from;
                changes.add(
                    AREA,
                    kind,
                    from,
                    format!("Umstellung aus `{from}`: damit {de} `{timer}`"),
                    format!("Moving from `{from}` {en} `{timer}`"),
                );
            }
        }
    }
    for name in &plan.vars_lost {
        let computed = passage.vars().iter().any(|(_, rule)| {
            rule.reads()
                .iter()
                .any(|path| *path == format!("vars.{name}"))
        });
        if !computed {
            changes.add(
                AREA,
                "migration-loses",
                name,
                format!("Umstellung: die Angabe `{name}` geht nicht mit über"),
                format!("Moving: what is remembered as `{name}` does not go along"),
            );
        }
    }
}
