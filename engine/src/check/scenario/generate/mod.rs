//! Random scenarios from the definition alone. Whatever the form asks, good
//! answers are accepted, one mistake is found where it is, and every case gets
//! to an end by what its workflow offers; [`crate::check::scenario::run()`] looks at the rest.

pub(super) mod ends;
mod example;
mod mistakes;
mod random;
mod shrink;
mod values;

pub use example::example;

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::civil::DateTime;
use serde_json::{Map, Value as Json, json};

use crate::check::scenario::generate::ends::{choices, take, way_out};
use crate::check::scenario::generate::mistakes::mistake;
use crate::check::scenario::generate::random::Random;
use crate::check::scenario::generate::shrink::shrink;
use crate::check::scenario::generate::values::Filler;
use crate::check::scenario::play::observe;
use crate::check::scenario::play::player::Player;
use crate::check::scenario::play::{Outcome, Stage, run, submission};
use crate::check::scenario::{Coverage, Expect, Expected, Failure, Scenario, Step, given};
use crate::form;
use crate::source::Span;
use crate::text::Language;

/// After so many random steps the shortest way out is taken.
const WANDER: usize = 14;
/// Not more failures are shown; the first say enough.
const MOST_FAILURES: usize = 5;
/// How often good answers are looked for.
const MOST_TRIES: u64 = 200;

/// What came of random scenarios.
#[derive(Debug, Default)]
pub struct Generated {
    /// Good answers that were accepted.
    pub accepted: usize,
    /// Answers with a mistake that was found.
    pub refused: usize,
    /// Cases that came to an end.
    pub ended: usize,
    /// Attempts at good answers that were given up.
    pub given_up: usize,
    /// Shrunk scenarios that fail, with the first failure of each.
    pub failures: Vec<(Scenario, Failure)>,
}

/// Plays `count` random scenarios of a service, from a moment on.
pub fn generate(
    stage: &Stage<'_>,
    count: usize,
    seed: u64,
    from: DateTime,
    coverage: &mut Coverage,
) -> Generated {
    let mut result = Generated::default();
    let mut last = None;
    for number in 0..count {
        let mut random = Random::new(seed, number as u64);
        let begin = blank(number, from, &mut random);
        match answers(stage, &begin, &mut random) {
            Ok(answers) => {
                let scenario = Scenario { answers, ..begin };
                result.accepted += 1;
                let spoiled = spoil(stage, &scenario, &mut random);
                let walked = walk(stage, scenario, &mut random);
                for scenario in std::iter::once(walked).chain(spoiled) {
                    try_out(stage, scenario, coverage, &mut result);
                }
            }
            Err(answers) => {
                result.given_up += 1;
                last = Some(Scenario { answers, ..begin });
            }
        }
        if result.failures.len() >= MOST_FAILURES {
            break;
        }
    }
    // A form nobody can send is a failure, a difficult one is not.
    if let (0, Some(scenario)) = (result.accepted, last) {
        try_out(stage, scenario, coverage, &mut result);
    }
    result
}

/// Good answers to everything a form asks on a day, as random as the seed;
/// `None` where none were found. Attachments are names of files.
pub fn random_answers(
    stage: &Stage<'_>,
    now: DateTime,
    language: Language,
    seed: u64,
) -> Option<Map<String, Json>> {
    (0..MOST_TRIES).find_map(|number| {
        let mut random = Random::new(seed, number);
        let begin = Scenario {
            now,
            language,
            ..blank(0, now, &mut random)
        };
        answers(stage, &begin, &mut random).ok()
    })
}

/// Plays a scenario and keeps it, shortened, if it fails.
fn try_out(stage: &Stage<'_>, scenario: Scenario, coverage: &mut Coverage, result: &mut Generated) {
    let outcome = guarded(stage, &scenario, coverage);
    let Some(failure) = outcome.failures.first() else {
        match outcome.ended {
            true => result.ended += 1,
            false => result.refused += 1,
        }
        return;
    };
    let same = |candidate: &Scenario| {
        let again = guarded(stage, candidate, &mut Coverage::default());
        again
            .failures
            .iter()
            .any(|other| other.code == failure.code && other.what == failure.what)
    };
    let short = shrink(scenario, &same);
    let again = guarded(stage, &short, &mut Coverage::default());
    let failure = again
        .failures
        .into_iter()
        .next()
        .unwrap_or_else(|| failure.clone());
    result.failures.push((short, failure));
}

/// Like [`run`], and a panic is a failure.
fn guarded(stage: &Stage<'_>, scenario: &Scenario, coverage: &mut Coverage) -> Outcome {
    let counted = std::mem::take(coverage);
    let played = catch_unwind(AssertUnwindSafe(|| {
        let mut counted = counted;
        let outcome = run(stage, scenario, &mut counted);
        (outcome, counted)
    }));
    match played {
        Ok((outcome, counted)) => {
            *coverage = counted;
            outcome
        }
        Err(_) => Outcome {
            failures: vec![Failure {
                code: "scenario-panic",
                span: scenario.span,
                what: "the engine stopped in the middle of a step".to_owned(),
                expected: "an answer, whatever is entered".to_owned(),
                got: "a panic; please report it with this scenario".to_owned(),
            }],
            ..Outcome::default()
        },
    }
}

fn blank(number: usize, from: DateTime, random: &mut Random) -> Scenario {
    let days = jiff::Span::new()
        .try_days(random.between(0, 45))
        .unwrap_or_default();
    Scenario {
        id: format!("generated-{}", number + 1),
        name: None,
        span: Span::default(),
        now: from.checked_add(days).unwrap_or(from),
        language: if random.percent(50) {
            Language::De
        } else {
            Language::En
        },
        base: None,
        changes: Vec::new(),
        answers: Map::new(),
        params: Map::new(),
        free: None,
        strict: false,
        expect: Expect::default(),
        steps: Vec::new(),
    }
}

/// Good answers, or the last that were not. Warnings are part of good answers
/// and are named by the scenario.
fn answers(
    stage: &Stage<'_>,
    begin: &Scenario,
    random: &mut Random,
) -> Result<Map<String, Json>, Map<String, Json>> {
    let form = &stage.service.form;
    let env = observe::env(begin.now, begin.language);
    let eager = [15, 50, 85][random.below(3)];
    let mut filler = Filler::new(&form.questions, eager);
    filler.good(env, random, |answers| {
        let (sent, uploads) = given::with_uploads(answers, &form.questions, 1);
        form::check(form, &sent, &uploads, env).map(|_| ())
    })
}

/// The scenario with steps to an end, as far as one is found.
fn walk(stage: &Stage<'_>, mut scenario: Scenario, random: &mut Random) -> Scenario {
    let form = &stage.service.form;
    let env = observe::env(scenario.now, scenario.language);
    let (sent, uploads) = given::with_uploads(&scenario.answers, &form.questions, 1);
    let Ok(good) = form::check(form, &sent, &uploads, env) else {
        return scenario;
    };
    if !good.warnings.0.is_empty() {
        let any = good
            .warnings
            .0
            .iter()
            .map(|found| (found.path.clone(), json!(["any"])));
        let value = Json::Object(any.collect());
        expect(&mut scenario.expect, "findings", value);
    }
    let limit = good.capacity.as_ref().map(|wish| wish.limit);
    scenario.free = limit.map(|limit| random.between(0, limit));
    let Ok(submission) = submission(stage, &scenario, good, uploads) else {
        return scenario;
    };
    let mut player = Player::new(stage, submission, scenario.free, None);
    player.quiet = true;
    if player.open().is_err() {
        return scenario;
    }
    for _ in 0..WANDER {
        if player.closed() {
            return scenario;
        }
        let ways = choices(&player, random);
        let Some(step) = random.one(&ways) else { break };
        let mut next = player.fork();
        if take(&mut next, step) {
            scenario.steps.push(step.clone());
            player = next;
        }
    }
    match way_out(&player) {
        Some(rest) => scenario.steps.extend(rest),
        None => {
            let mut step = scenario.steps.pop().unwrap_or_else(|| Step {
                time: Some(crate::check::scenario::Passing::For {
                    days: 0,
                    working_days: 0,
                    hours: 0,
                }),
                ..Step::default()
            });
            expect(&mut step.expect, "can_end", json!(true));
            scenario.steps.push(step);
        }
    }
    scenario
}

/// The answers with one mistake, which must be found.
fn spoil(stage: &Stage<'_>, scenario: &Scenario, random: &mut Random) -> Option<Scenario> {
    let questions = &stage.service.form.questions;
    let (sent, _) = given::with_uploads(&scenario.answers, questions, 1);
    let env = observe::env(scenario.now, scenario.language);
    let evaluation = questions.evaluate(&sent, env);
    let made = mistake(&scenario.answers, &evaluation, random)?;
    let mut spoiled = Scenario {
        id: format!("{}-mistake", scenario.id),
        answers: made.answers,
        ..scenario.clone()
    };
    expect(
        &mut spoiled.expect,
        "findings",
        json!({ made.path.as_str(): ["any"] }),
    );
    Some(spoiled)
}

fn expect(expect: &mut Expect, name: &'static str, value: Json) {
    expect.0.push(Expected {
        name,
        value,
        span: Span::default(),
    });
}
