//! Making a failing scenario as short as it can be while it fails the same way.

use serde_json::{Map, Value as Json};

use crate::check::scenario::Scenario;
use crate::form::paths;

/// More attempts than this are not made.
const MOST_TRIES: usize = 400;

/// A shorter scenario for which `fails` still holds.
pub(in crate::check::scenario) fn shrink(
    mut scenario: Scenario,
    fails: &dyn Fn(&Scenario) -> bool,
) -> Scenario {
    let mut tries = 0;
    let mut attempt = |candidate: Scenario, best: &mut Scenario| {
        tries += 1;
        let better = tries <= MOST_TRIES && fails(&candidate);
        if better {
            *best = candidate;
        }
        better
    };
    let mut at = scenario.steps.len();
    while at > 0 {
        at -= 1;
        let mut candidate = scenario.clone();
        let dropped = candidate.steps.remove(at);
        // What was expected of the last step is still expected.
        if let Some(last) = candidate.steps.last_mut()
            && at == scenario.steps.len() - 1
            && last.expect.0.is_empty()
        {
            last.expect = dropped.expect;
        }
        attempt(candidate, &mut scenario);
    }
    for path in leaves(&scenario.answers, "") {
        let mut candidate = scenario.clone();
        paths::set(&mut candidate.answers, &path, None);
        attempt(candidate, &mut scenario);
    }
    scenario
}

/// Paths of all answers, containers after what they contain.
fn leaves(answers: &Map<String, Json>, place: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (name, value) in answers {
        let path = paths::join(place, name);
        if let Json::Object(inner) = value {
            all.extend(leaves(inner, &path));
        }
        all.push(path);
    }
    all
}
