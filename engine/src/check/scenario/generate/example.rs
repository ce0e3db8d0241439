//! One scenario to begin with: the answers a form needs at least, and the most
//! important of what comes of them.

use jiff::civil::DateTime;
use serde_json::{Map, Value as Json, json};

use crate::check::scenario::generate::random::Random;
use crate::check::scenario::generate::values::Filler;
use crate::check::scenario::generate::{blank, expect};
use crate::check::scenario::play::{Stage, observe, run};
use crate::check::scenario::{Coverage, Scenario, given};
use crate::form::{self, FieldKind, Questions, paths};
use crate::text::Language;

/// Answers are tried so many times.
const TRIES: u64 = 20;
/// What stands for texts that can be anything.
const PLAIN: &str = "Beispiel";
/// What such a scenario expects, where it was observed.
const EXPECTED: [&str; 4] = ["fee", "route", "state", "mails"];

/// A scenario that passes, with no more answers than are required; `None`
/// where none is found.
pub fn example(stage: &Stage<'_>, now: DateTime) -> Option<Scenario> {
    (0..TRIES).find_map(|number| attempt(stage, now, &mut Random::new(0, number)))
}

fn attempt(stage: &Stage<'_>, now: DateTime, random: &mut Random) -> Option<Scenario> {
    let form = &stage.service.form;
    let mut scenario = Scenario {
        id: "first".to_owned(),
        now,
        language: Language::De,
        ..blank(0, now, random)
    };
    let env = observe::env(scenario.now, scenario.language);
    let good = Filler::new(&form.questions, 0).good(env, random, |answers| {
        let (sent, uploads) = given::with_uploads(answers, &form.questions, 1);
        form::check(form, &sent, &uploads, env).map(|_| ())
    });
    let good = good.ok()?;
    scenario.answers = plainer(good, &form.questions, |answers| {
        let (sent, uploads) = given::with_uploads(answers, &form.questions, 1);
        let checked = form::check(form, &sent, &uploads, env);
        checked.is_ok_and(|good| good.warnings.0.is_empty())
    });
    let seen = run(stage, &scenario, &mut Coverage::default()).first;
    for name in EXPECTED {
        if let Some(value) = seen.get(name) {
            expect(&mut scenario.expect, name, value.clone());
        }
    }
    let again = run(stage, &scenario, &mut Coverage::default());
    again.passed().then_some(scenario)
}

/// The answers with a plain word for each text, where that is good too.
fn plainer(
    mut answers: Map<String, Json>,
    questions: &Questions,
    good: impl Fn(&Map<String, Json>) -> bool,
) -> Map<String, Json> {
    for field in questions.all_fields() {
        let text = matches!(&field.kind, FieldKind::Text(_));
        if text && paths::get(&answers, &field.path).is_some() {
            let mut changed = answers.clone();
            given::change(&mut changed, &field.path, &json!(PLAIN));
            if good(&changed) {
                answers = changed;
            }
        }
    }
    answers
}
