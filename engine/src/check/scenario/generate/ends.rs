//! Whether a case can still come to an end, and how.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Map, Value as Json};

use crate::case::{Actor, offered};
use crate::check::scenario::generate::random::Random;
use crate::check::scenario::generate::values::Filler;
use crate::check::scenario::play::player::{Player, timer_id};
use crate::check::scenario::{Act, PARTY_CONFIRMS, PARTY_DECLINES, Passing, Step, Who};
use crate::form;
use crate::workflow::SYSTEM;

/// More positions than this are not looked at.
const MOST_POSITIONS: usize = 400;

/// Whether any way leads to an end.
pub(in crate::check::scenario) fn can_end(player: &Player<'_>) -> bool {
    way_out(player).is_some()
}

/// The shortest way to an end found, or none.
pub(in crate::check::scenario) fn way_out(player: &Player<'_>) -> Option<Vec<Step>> {
    let mut seen = BTreeSet::new();
    let mut open = VecDeque::from([(player.fork(), Vec::new())]);
    while let Some((player, way)) = open.pop_front() {
        if player.closed() {
            return Some(way);
        }
        if !seen.insert(position(&player)) || seen.len() > MOST_POSITIONS {
            continue;
        }
        for step in choices(&player, &mut Random::new(1, seen.len() as u64)) {
            let mut next = player.fork();
            if take(&mut next, &step) {
                let mut way: Vec<Step> = way.clone();
                way.push(step);
                open.push_back((next, way));
            }
        }
    }
    None
}

/// What tells two positions apart.
fn position(player: &Player<'_>) -> String {
    let case = player.case.as_ref();
    let vars = case.map(|case| Json::Object(case.vars.clone()).to_string());
    format!(
        "{:?} {:?} {vars:?} {}",
        case.map(|case| &case.configuration),
        player.parties_seen(),
        player.unpaid
    )
}

/// Takes a step; whether it could be taken.
pub(in crate::check::scenario) fn take(player: &mut Player<'_>, step: &Step) -> bool {
    if let Some(free) = step.free {
        player.free = Some(free);
    }
    let passed = step
        .time
        .as_ref()
        .is_none_or(|time| player.pass(time).is_ok());
    passed && step.act.as_ref().is_none_or(|act| player.act(act).is_ok())
}

/// Everything that may happen next: actions offered to any role, reports of
/// systems that are due, timers.
pub(in crate::check::scenario) fn choices(player: &Player<'_>, random: &mut Random) -> Vec<Step> {
    let mut all = Vec::new();
    let Some(case) = &player.case else { return all };
    let workflow = &player.stage.service.workflow;
    for (role, known) in &workflow.roles {
        // Two people, so that four eyes can be two.
        for account in ["erste", "zweite"]
            .into_iter()
            .take(if known.citizen { 1 } else { 2 })
        {
            let who = match known.citizen {
                true => Who::Applicant,
                false => Who::Staff {
                    role: role.clone(),
                    account: account.to_owned(),
                },
            };
            let actor = match &who {
                Who::Staff { account, .. } => Actor::Staff {
                    account: account.clone(),
                    name: account.clone(),
                },
                _ => Actor::Citizen,
            };
            let roles = [role.clone()];
            let env = player.env(&actor, &roles, &[]);
            let offers = offered(workflow, case, &player.submission, &env).unwrap_or_default();
            for offer in offers.iter().filter(|offer| offer.enabled.is_ok()) {
                let with = offer
                    .form
                    .map_or(Some(Map::new()), |form| entered(player, form, random));
                let act = with.map(|with| Act {
                    who: who.clone(),
                    event: offer.event.to_owned(),
                    with,
                });
                all.extend(act.map(|act| step(act, None)));
            }
        }
    }
    all.extend(answers_of_parties(player, random));
    all.extend(reports(player));
    if let Some((key, _)) = player.next_timer() {
        all.push(Step {
            time: Some(Passing::Timer(timer_id(&key).to_owned())),
            ..Step::default()
        });
    }
    all
}

/// Answers for the form of an action, as somebody might enter them.
fn entered(
    player: &Player<'_>,
    questions: &form::Questions,
    random: &mut Random,
) -> Option<Map<String, Json>> {
    let env = player.form_env(player.now, player.submission.language);
    let mut filler = Filler::new(questions, 50);
    let check = |answers: &Map<String, Json>| {
        let (sent, _) = crate::check::scenario::given::with_uploads(answers, questions, 1);
        form::check_small(questions, &sent, env).map(|_| ())
    };
    filler.good(env, random, check).ok()
}

/// Parties that are asked may agree or not.
fn answers_of_parties(player: &Player<'_>, random: &mut Random) -> Vec<Step> {
    let mut all = Vec::new();
    for (key, questions) in player.asked_parties() {
        let with = entered(player, questions, random);
        let answers = [(PARTY_CONFIRMS, with), (PARTY_DECLINES, Some(Map::new()))];
        for (event, with) in answers {
            let act = with.map(|with| Act {
                who: Who::Party { key: key.clone() },
                event: event.to_owned(),
                with,
            });
            all.extend(act.map(|act| step(act, None)));
        }
    }
    all
}

/// What systems report where it makes sense: payments asked for, places.
fn reports(player: &Player<'_>) -> Vec<Step> {
    let workflow = &player.stage.service.workflow;
    let by_system = |name: &str| {
        let mut rules = workflow.rules.iter().flatten();
        rules.any(|rule| rule.name == name && rule.by.iter().any(|role| role == SYSTEM))
    };
    let report = |event: &str, free: Option<i64>| {
        let act = Act {
            who: Who::System,
            event: event.to_owned(),
            with: Map::new(),
        };
        step(act, free)
    };
    let mut all = Vec::new();
    if player.unpaid {
        let paid = ["payment.succeeded", "payment.failed"];
        all.extend(
            paid.into_iter()
                .filter(|name| by_system(name))
                .map(|name| report(name, None)),
        );
    }
    if player.waiting && by_system("place.free") {
        let limit = player.submission.capacity.as_ref().map(|wish| wish.limit);
        all.push(report("place.free", limit));
    }
    if by_system("delivery.failed") {
        all.push(report("delivery.failed", None));
    }
    all
}

fn step(act: Act, free: Option<i64>) -> Step {
    Step {
        act: Some(act),
        free,
        ..Step::default()
    }
}
