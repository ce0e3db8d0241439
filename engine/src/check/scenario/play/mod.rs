//! Playing one scenario: what is wrong with it, and everything observed.

mod letters;
pub(super) mod observe;
mod parties;
pub(super) mod player;
mod record;
mod time;

use jsonschema::Validator;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use self::observe::as_sent;
use crate::case::{Attachment, Submission};
use crate::catalogue::Department;
use crate::check::scenario::expect::{
    Expected, HAPPENS, OF_ANSWERS, Observed, STRICT, differs, in_words,
};
use crate::check::scenario::generate::ends::can_end;
use crate::check::scenario::play::player::Player;
use crate::check::scenario::{Coverage, Expect, Refused, Scenario, Step, given};
use crate::definitions::Service;
use crate::form::{self, CheckedAnswers, Findings, Level};
use crate::source::{Diagnostic, Span};
use crate::text::Language;
use crate::workflow::calendar;

/// Where scenarios of one service are played.
pub struct Stage<'a> {
    pub(in crate::check::scenario) service: &'a Service,
    pub(in crate::check::scenario) departments: &'a [Department],
    schema: Option<Validator>,
}

impl<'a> Stage<'a> {
    /// Prepares what all scenarios of a service need.
    pub fn new(service: &'a Service, departments: &'a [Department]) -> Stage<'a> {
        let schema = form::json_schema(&service.form, Language::De);
        Stage {
            service,
            departments,
            schema: jsonschema::draft202012::options().build(&schema).ok(),
        }
    }
}

/// Something that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable word for what kind of failure it is.
    pub code: &'static str,
    /// Where the expectation stands.
    pub span: Span,
    /// What was looked at.
    pub what: String,
    /// What should have been.
    pub expected: String,
    /// What was.
    pub got: String,
}

impl Failure {
    /// The failure as it is shown, with the scenario it belongs to.
    pub fn diagnostic(&self, scenario: &Scenario) -> Diagnostic {
        let message = format!("{}: {}", scenario.id, self.what);
        let help = format!("expected {}\n        got {}", self.expected, self.got);
        Diagnostic::error(self.code, self.span, message).help(help)
    }
}

/// What came of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Everything that is not as expected.
    pub failures: Vec<Failure>,
    /// Observed once the answers were handed in.
    pub first: Observed,
    /// Observed after each step.
    pub steps: Vec<Observed>,
    /// Why the action of each step was refused, if it was.
    pub refusals: Vec<Option<Refused>>,
    /// Whether the case has ended.
    pub ended: bool,
}

impl Outcome {
    /// Whether everything is as expected.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    fn fail(&mut self, code: &'static str, span: Span, what: &str, expected: &str, got: &str) {
        self.failures.push(Failure {
            code,
            span,
            what: what.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
        });
    }
}

/// Plays a scenario and counts what it tries.
pub fn run(stage: &Stage<'_>, scenario: &Scenario, coverage: &mut Coverage) -> Outcome {
    let mut outcome = Outcome::default();
    let questions = &stage.service.form.questions;
    let (sent, uploads) = given::with_uploads(&scenario.answers, questions, 1);
    let env = observe::env(scenario.now, scenario.language);
    let evaluation = questions.evaluate(&sent, env);
    let checked = form::check(&stage.service.form, &sent, &uploads, env);
    let seen = observe::of_answers(&evaluation, &checked);
    coverage.answers(stage.service, &evaluation, checked.is_ok());
    outcome.first = seen.clone();
    let nothing = json!({});
    // Findings nobody expects are a failure in any scenario.
    if scenario.expect.get("findings").is_none() && seen.get("findings") != Some(&nothing) {
        let (what, found) = match &checked {
            Ok(good) => ("the answers have findings", &good.warnings),
            Err(findings) => (
                "the answers are refused, so nothing else could be tried",
                findings,
            ),
        };
        let got = findings_in_words(found);
        outcome.fail(
            "scenario-findings",
            scenario.span,
            what,
            "no findings",
            &got,
        );
    }
    let mut good = match checked {
        Ok(good) => good,
        Err(findings) => {
            refused(scenario, &findings, &seen, &mut outcome);
            return outcome;
        }
    };
    good.params.extend(scenario.params.clone());
    invariants(stage, scenario, &sent, &good, &mut outcome);
    let submission = match submission(stage, scenario, good, uploads) {
        Ok(submission) => submission,
        Err(error) => {
            outcome.fail(
                "scenario-time",
                scenario.span,
                "the scenario cannot begin",
                "a date",
                &error,
            );
            return outcome;
        }
    };
    let counted = std::mem::take(coverage);
    let mut player = Player::new(stage, submission, scenario.free, Some(counted));
    play(&mut player, scenario, seen, &mut outcome);
    outcome.ended = player.closed();
    if let Err(error) = player.replays() {
        outcome.fail(
            "scenario-replay",
            scenario.span,
            "the history does not replay",
            "the same case",
            &error,
        );
    }
    *coverage = player.take_coverage();
    outcome
}

/// What can be told where the answers are refused: there is no fee and no case,
/// and the cause is said once instead of everything that does not come of it.
fn refused(scenario: &Scenario, findings: &Findings, seen: &Observed, outcome: &mut Outcome) {
    let expected = scenario.expect.get("findings").is_some();
    let case = scenario.expect.of_case() || !scenario.steps.is_empty();
    let there = |expected: &&Expected| seen.contains_key(expected.name);
    let told = Expect(scenario.expect.0.iter().filter(there).cloned().collect());
    compare(&told, seen, None, false, scenario.span, outcome);
    if !expected {
        return;
    }
    let got = findings_in_words(findings);
    let of_answers = |it: &&Expected| !there(it) && OF_ANSWERS.contains(&it.name);
    for absent in scenario.expect.0.iter().filter(of_answers) {
        let what = format!("the answers are refused, so there is no `{}`", absent.name);
        let wanted = in_words(&absent.value);
        outcome.fail("scenario-expectation", absent.span, &what, &wanted, &got);
    }
    if case {
        let what = "the answers are not accepted, so there is no case";
        outcome.fail("scenario-no-case", scenario.span, what, "a case", &got);
    }
}

/// Findings as a person wants to read them: where, which, and what citizens are told.
fn findings_in_words(findings: &Findings) -> String {
    let words = findings.0.iter().map(|finding| {
        let message = finding.message.get(Language::De);
        match finding.path.as_str() {
            "" => format!("{} ({message})", finding.code),
            path => format!("{path}: {} ({message})", finding.code),
        }
    });
    words.collect::<Vec<_>>().join("\n      ")
}

fn play(player: &mut Player<'_>, scenario: &Scenario, mut seen: Observed, outcome: &mut Outcome) {
    if let Err(error) = player.open() {
        outcome.fail(
            "scenario-open",
            scenario.span,
            "the case cannot be opened",
            "a case",
            &error,
        );
        compare(&scenario.expect, &seen, None, false, scenario.span, outcome);
        return;
    }
    player.cover_rest();
    let mut last = player.observe();
    seen.extend(last.clone());
    ending(player, &scenario.expect, &mut seen);
    problems(player, scenario.span, outcome);
    // Who only looks at the answers need not name what the case begins with.
    let strict = scenario.strict && (scenario.expect.of_case() || !scenario.steps.is_empty());
    compare(
        &scenario.expect,
        &seen,
        None,
        strict,
        scenario.span,
        outcome,
    );
    outcome.first = seen;
    for step in &scenario.steps {
        let refused = play_step(player, step, outcome);
        player.cover_rest();
        let mut seen = player.observe();
        ending(player, &step.expect, &mut seen);
        problems(player, step.span, outcome);
        compare(
            &step.expect,
            &seen,
            Some(&last),
            scenario.strict,
            step.span,
            outcome,
        );
        outcome.refusals.push(refused);
        outcome.steps.push(seen.clone());
        last = seen;
    }
}

/// Plays one step; why its action was refused, if it was.
fn play_step(player: &mut Player<'_>, step: &Step, outcome: &mut Outcome) -> Option<Refused> {
    if let Some(free) = step.free {
        player.free = Some(free);
    }
    if let Some(time) = &step.time
        && let Err(error) = player.pass(time)
    {
        outcome.fail(
            "scenario-time",
            step.span,
            "time does not pass as written",
            "the timer or moment",
            &error,
        );
    }
    let act = step.act.as_ref()?;
    let result = player.act(act);
    let who = format!("`{}` by {}", act.event, act.who.text());
    match (result, step.refused) {
        (Ok(()), None) => None,
        (Ok(()), Some((wanted, span))) => {
            let expected = format!("refused: {}", wanted.name());
            outcome.fail("scenario-refusal", span, &who, &expected, "it was done");
            None
        }
        (Err((kind, _)), Some((wanted, _))) if kind == wanted => Some(kind),
        (Err((kind, words)), Some((wanted, span))) => {
            let (expected, got) = (
                format!("refused: {}", wanted.name()),
                format!("refused: {} ({words})", kind.name()),
            );
            outcome.fail("scenario-refusal", span, &who, &expected, &got);
            Some(kind)
        }
        (Err((kind, words)), None) => {
            let got = format!("refused: {} ({words})", kind.name());
            outcome.fail("scenario-refusal", step.span, &who, "it is done", &got);
            Some(kind)
        }
    }
}

/// Looks for an end where somebody wants to know.
fn ending(player: &Player<'_>, expect: &Expect, seen: &mut Observed) {
    if expect.get("can_end").is_some() {
        seen.insert("can_end".into(), json!(can_end(player)));
    }
}

fn problems(player: &mut Player<'_>, span: Span, outcome: &mut Outcome) {
    for problem in std::mem::take(&mut player.problems) {
        outcome.fail(
            "scenario-letter",
            span,
            "a letter cannot be written",
            "a letter",
            &problem,
        );
    }
}

fn compare(
    expect: &Expect,
    seen: &Observed,
    last: Option<&Observed>,
    strict: bool,
    span: Span,
    outcome: &mut Outcome,
) {
    for expected in &expect.0 {
        let Some(observed) = seen.get(expected.name) else {
            let absent = match expected.name {
                // Bad answers have no fee and no case.
                "findings" => continue,
                _ => "nothing of the kind",
            };
            let what = format!("`{}`", expected.name);
            let wanted = in_words(&expected.value);
            outcome.fail(
                "scenario-expectation",
                expected.span,
                &what,
                &wanted,
                absent,
            );
            continue;
        };
        if let Some((wanted, got)) = differs(expected, observed) {
            let what = format!("`{}` is not as expected", expected.name);
            outcome.fail("scenario-expectation", expected.span, &what, &wanted, &got);
        }
    }
    for name in STRICT.iter().filter(|_| strict) {
        unmentioned(name, expect, seen, last, span, outcome);
    }
}

/// In strict files what happens or changes must be named.
fn unmentioned(
    name: &'static str,
    expect: &Expect,
    seen: &Observed,
    last: Option<&Observed>,
    span: Span,
    outcome: &mut Outcome,
) {
    if expect.get(name).is_some() {
        return;
    }
    let before = match (last, HAPPENS.contains(&name)) {
        (Some(last), false) => last.get(name).cloned(),
        _ => None,
    };
    let usual = before.unwrap_or_else(|| match name {
        "payment" | "outcome" | "assignee" => json!("none"),
        // At the start the state and the route are named elsewhere, or by nobody.
        "state" | "queue" => seen.get(name).cloned().unwrap_or_default(),
        _ => json!([]),
    });
    let as_usual = Expected {
        name,
        value: usual,
        span,
    };
    if let Some(observed) = seen.get(name)
        && let Some((wanted, got)) = differs(&as_usual, observed)
    {
        let what = format!("`{name}` is not mentioned in this strict file");
        outcome.fail("scenario-unmentioned", span, &what, &wanted, &got);
    }
}

/// What must hold for any answers that are accepted.
fn invariants(
    stage: &Stage<'_>,
    scenario: &Scenario,
    sent: &Map<String, Json>,
    good: &CheckedAnswers,
    outcome: &mut Outcome,
) {
    if good.fee.total.starts_with('-') {
        outcome.fail(
            "scenario-fee",
            scenario.span,
            "the fee is negative",
            "zero or more",
            &good.fee.total,
        );
    }
    let Some(schema) = &stage.schema else {
        outcome.fail(
            "scenario-schema",
            scenario.span,
            "the JSON Schema is none",
            "a schema",
            "an error",
        );
        return;
    };
    let answers = Json::Object(as_sent(sent, &good.answers));
    if let Some(error) = schema.iter_errors(&answers).next() {
        let got = format!("{error} at {}", error.instance_path().as_str());
        let what = "the published JSON Schema refuses answers that are accepted";
        outcome.fail(
            "scenario-schema",
            scenario.span,
            what,
            "valid answers",
            &got,
        );
    }
    let errors = good
        .warnings
        .0
        .iter()
        .filter(|finding| finding.severity == Level::Error);
    debug_assert_eq!(errors.count(), 0, "good answers have no errors");
}

/// The submission of good answers.
pub(in crate::check::scenario) fn submission(
    stage: &Stage<'_>,
    scenario: &Scenario,
    good: CheckedAnswers,
    uploads: Vec<Attachment>,
) -> Result<Submission, String> {
    let received_at = calendar::instant(scenario.now).map_err(|error| error.to_string())?;
    Ok(Submission {
        case_id: Uuid::from_u128(1),
        reference: "MS-1".to_owned(),
        service: stage.service.form.id.clone(),
        definition: stage.service.hash.clone(),
        language: scenario.language,
        received_at,
        answers: good.answers,
        attachments: uploads,
        outstanding: good.outstanding,
        fee: good.fee,
        route: good.route,
        applicant: good.applicant,
        params: good.params,
        publication: good.publication,
        capacity: good.capacity,
        parties: good.parties,
        appointment: good.appointment,
    })
}
