//! Decoding with its diagnostics, and steps of small machines.

use serde_json::{Map, Value as Json, json};

use super::*;
use crate::case::Millis;
use crate::source::{FileId, Report, Severity, read_yaml};
use crate::text::Language;

/// A permit: review, request for documents, parallel statements, four eyes.
pub(crate) const PERMIT: &str = r#"
schalter: workflow/1
id: permit
version: 1
title: { de: Erlaubnis, en: Permit }
roles:
  applicant: { kind: citizen }
  clerk: { title: { de: Sachbearbeitung } }
  supervisor: { title: { de: Leitung } }
  building: { title: { de: Bauamt } }
  health: { title: { de: Gesundheitsamt } }
params:
  days: { type: number, default: 10 }
  express: { type: boolean, default: false }
vars:
  rounds: { type: number, default: 0 }
  missing: { type: text }
  until: { type: date }
  statements: { type: list }
forms:
  request:
    - { id: missing, type: text, label: { de: Was fehlt } }
    - { id: until, type: date, required: false, label: { de: Bis wann } }
  statement:
    - { id: text, type: text, label: { de: Stellungnahme } }
initial: open
states:
  open:
    label: { de: Offen }
    public: { de: In Arbeit }
    initial: intake
    events:
      withdraw: { by: [applicant], label: { de: Zurückziehen }, style: danger, target: withdrawn }
      pause: { by: [clerk], label: { de: Ruhen }, target: paused }
    states:
      intake:
        entry:
          - document: { template: receipt, as: receipt }
          - mail: { to: applicant, template: received, attach: [receipt] }
          - deliver: {}
        always:
          - { guard: fee.total > 0, target: payment }
          - { target: review }
      payment:
        public: { de: Bitte zahlen }
        entry: [ { request_payment: { amount: fee.total, purpose: Gebühr } } ]
        events:
          payment.succeeded: { by: [system], target: review }
        after:
          - { id: reminder, wait: { days: 7 }, actions: [ { mail: { to: applicant, template: pay } } ] }
          - { id: lapse, wait: { days: 14, roll: next_working_day }, due: true, target: lapsed }
      review:
        task: { role: clerk }
        initial: checking
        after: [ { id: service, wait: { working_days: params.days }, due: true, actions: [ { flag: overdue } ] } ]
        states:
          checking:
            events:
              take: { by: [clerk], label: { de: Übernehmen }, actions: [ { assign: actor } ] }
              request:
                by: [clerk]
                label: { de: Nachfordern }
                form: request
                guard: vars.rounds < 2
                target: waiting
                actions:
                  - set: { missing: event.missing, until: event.until, rounds: vars.rounds + 1 }
                  - mail: { to: applicant, template: missing }
              consult: { by: [clerk], label: { de: Beteiligen }, target: consultation }
              propose: { by: [clerk, supervisor], label: { de: Vorschlagen }, target: proposed }
          proposed:
            events:
              approve:
                by: [supervisor]
                label: { de: Freigeben }
                not_by_actor_of: [propose]
                require: not(in_state("open.payment")) and (vars.rounds < 2 or params.express)
                message: { de: Zu viele Runden, en: Too many rounds }
                target: granted
                actions:
                  - document: { template: permit, as: permit, title: { de: Erlaubnis } }
                  - mail: { to: applicant, template: granted, attach: [permit] }
              back: { by: [supervisor], label: { de: Zurück }, target: checking }
      waiting:
        public: { de: Es fehlt etwas }
        events:
          reply: { by: [applicant], label: { de: Antworten }, target: review }
        after:
          - { id: end, wait: { until: vars.until }, due: true, target: review.checking, actions: [ { flag: expired } ] }
          - { id: reminder, wait: { days: 3 }, guard: vars.rounds > 1, actions: [ { mail: { to: applicant, template: pay } } ] }
      consultation:
        type: parallel
        deadline: none
        on_done: { target: review }
        states:
          building:
            initial: asked
            states:
              asked:
                events:
                  statement: { by: [building], label: { de: Stellung nehmen }, form: statement, target: given, actions: [ { append: { statements: event.text } } ] }
              given: { type: final }
          health:
            initial: asked
            states:
              asked:
                events:
                  statement: { by: [health], label: { de: Stellung nehmen }, form: statement, target: given, actions: [ { append: { statements: event.text } } ] }
              given: { type: final }
      back: { type: history, history: deep, default: review }
  paused:
    deadline: none
    events:
      resume: { by: [clerk], label: { de: Fortsetzen }, target: open.back }
  granted: { type: final, outcome: granted, public: { de: Erteilt } }
  withdrawn: { type: final, outcome: withdrawn }
  lapsed: { type: final, outcome: lapsed }
"#;

/// 1 December 2026, 10:00 in Berlin.
pub(crate) const NOW: Millis = 1_796_115_600_000;
const DAY: Millis = 86_400_000;

pub(crate) fn decoded(text: &str) -> (Option<Workflow>, Report) {
    let mut report = Report::default();
    let node = read_yaml(FileId(0), text, &mut report).unwrap();
    (decode(&node, &mut report), report)
}

pub(crate) fn permit() -> Workflow {
    let (workflow, report) = decoded(PERMIT);
    assert_eq!(report.count(Severity::Error), 0, "{:?}", report.diagnostics);
    workflow.unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    decoded(text)
        .1
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect()
}

/// What is found after replacing a part of the permit.
fn spoiled(part: &str, by: &str) -> Vec<(&'static str, String)> {
    assert!(PERMIT.contains(part), "{part}");
    let (_, report) = decoded(&PERMIT.replacen(part, by, 1));
    let shown = |d: &crate::source::Diagnostic| {
        (
            d.code,
            format!("{} {}", d.message, d.help.as_deref().unwrap_or("")),
        )
    };
    report.diagnostics.iter().map(shown).collect()
}

#[test]
fn a_good_workflow_has_nothing_to_report() {
    assert!(
        codes(PERMIT).is_empty(),
        "{:?}",
        decoded(PERMIT).1.diagnostics
    );
    let workflow = permit();
    assert_eq!(
        workflow
            .state("open.payment")
            .unwrap()
            .public
            .as_ref()
            .unwrap()
            .de,
        "Bitte zahlen"
    );
    assert_eq!(
        workflow.public_text("open.review.checking").unwrap().de,
        "In Arbeit"
    );
    let (mails, documents) = workflow.templates_used();
    assert_eq!(
        mails.into_iter().collect::<Vec<_>>(),
        ["granted", "missing", "pay", "received"]
    );
    assert_eq!(documents.into_iter().collect::<Vec<_>>(), ["permit"]);
}

#[test]
fn mistakes_are_named() {
    let rows = [
        (
            "version: 1",
            "version: 1\nverison: 2",
            "unknown-key",
            "did you mean `version`?",
        ),
        (
            "target: withdrawn",
            "target: withdrawm",
            "unknown-target",
            "did you mean `withdrawn`?",
        ),
        (
            "by: [applicant], label: { de: Antw",
            "by: [aplicant], label: { de: Antw",
            "unknown-role",
            "did you mean `applicant`?",
        ),
        (
            "form: request\n",
            "form: requests\n",
            "unknown-form",
            "did you mean `request`?",
        ),
        (
            "attach: [permit]",
            "attach: [permits]",
            "unknown-document",
            "did you mean `permit`?",
        ),
        (
            "not_by_actor_of: [propose]",
            "not_by_actor_of: [proposed]",
            "unknown-event",
            "did you mean `propose`?",
        ),
        (
            "{ flag: overdue }",
            "{ falg: overdue }",
            "unknown-action",
            "did you mean `flag`?",
        ),
        (
            "{ append: { statements:",
            "{ append: { statement:",
            "unknown-variable",
            "did you mean `statements`?",
        ),
        (
            "initial: checking",
            "initial: cheking",
            "unknown-target",
            "did you mean `checking`?",
        ),
        ("        initial: checking\n", "", "missing-key", "initial"),
        (
            "guard: vars.rounds < 2",
            "guard: vars.round < 2",
            "feel-unknown-field",
            "rounds",
        ),
        (
            "guard: vars.rounds < 2",
            "guard: vars.rounds",
            "feel-type",
            "true or false",
        ),
        (
            "days: { type: number",
            "days: { type: numer",
            "unknown-type",
            "did you mean `number`?",
        ),
        (
            "in_state(\"open.payment\")",
            "in_state(\"open.paymnet\")",
            "unknown-state",
            "did you mean `open.payment`?",
        ),
        (
            ", default: review }",
            " }",
            "history-without-default",
            "default",
        ),
        (
            "{ id: lapse,",
            "{ id: reminder,",
            "duplicate-timer",
            "reminder",
        ),
        (
            "          - { target: review }\n",
            "",
            "always-not-total",
            "",
        ),
        (
            "          - { target: review }\n",
            "          - { target: intake }\n",
            "always-circle",
            "",
        ),
        (
            "target: paused }",
            "target: withdrawn }",
            "unreachable-state",
            "paused",
        ),
        (
            "      resume: { by: [clerk], label: { de: Fortsetzen }, target: open.back }",
            "      resume: { by: [clerk], label: { de: Fortsetzen } }",
            "dead-end",
            "paused",
        ),
        (
            "given: { type: final }\n          health",
            "given: { deadline: none, events: { undo: { by: [building], label: { de: Zurück }, target: asked } } }\n          health",
            "join-never",
            "building",
        ),
        (
            "form: statement, target: given",
            "form: statement, target: health.given",
            "crosses-region",
            "",
        ),
        (
            "    deadline: none\n    events:\n      resume",
            "    events:\n      resume",
            "no-deadline",
            "paused",
        ),
        (
            "propose: { by: [clerk, supervisor]",
            "propose: { by: [supervisor]",
            "four-eyes-one-role",
            "approve",
        ),
        (
            "target: proposed }",
            "target: proposed }\n              skip: { by: [clerk], label: { de: Weiter }, target: proposed }",
            "four-eyes-gap",
            "propose",
        ),
        (
            "wait: { days: 7 }",
            "wait: { days: 7, weeks: 1 }",
            "wrong-shape",
            "exactly one",
        ),
        (
            "payment.succeeded: { by: [system]",
            "payment.succeeded: { by: []",
            "nobody-may",
            "payment.succeeded",
        ),
        (
            "take: { by: [clerk], label: { de: Übernehmen }",
            "take: { by: [clerk]",
            "missing-key",
            "label",
        ),
        ("take: {", "assign: {", "reserved-name", "assign"),
        ("schalter: workflow/1", "schalter: form/1", "wrong-kind", ""),
    ];
    let mut missed = Vec::new();
    for (part, by, code, hint) in rows {
        let found = spoiled(part, by);
        let hit = found
            .iter()
            .any(|(name, text)| *name == code && text.contains(hint));
        if !hit {
            missed.push(format!(
                "{by}: wanted {code} with {hint:?}, found {found:?}"
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn positions_point_at_the_cause() {
    let text = PERMIT.replacen("guard: vars.rounds < 2", "guard: vars.round < 2", 1);
    let (_, report) = decoded(&text);
    let span = report.diagnostics[0].span;
    assert_eq!(&text[span.start as usize..span.end as usize], "round");
}

fn facts<'a>(
    roles: &'a [String],
    params: &'a Map<String, Json>,
    fee: &'a str,
    now: Millis,
) -> Facts<'a> {
    Facts {
        now,
        roles,
        params,
        fee_total: fee,
        language: Language::De,
        paid: false,
        capacity: None,
        parties: Default::default(),
        appointment: None,
        slots: None,
    }
}

/// A machine at rest, driven event by event.
struct Drive {
    workflow: Workflow,
    snapshot: Snapshot,
    now: Millis,
    fee: &'static str,
}

impl Drive {
    fn start(workflow: Workflow, fee: &'static str) -> (Drive, StepOutput) {
        let mut drive = Drive {
            workflow,
            snapshot: Snapshot::default(),
            now: NOW,
            fee,
        };
        let output = drive.run(Stimulus::Start, "applicant").unwrap();
        (drive, output)
    }

    fn run(&mut self, stimulus: Stimulus<'_>, role: &str) -> Result<StepOutput, StepError> {
        let (roles, params) = ([role.to_owned()], Map::new());
        let output = step(
            &self.workflow,
            &self.snapshot,
            stimulus,
            &facts(&roles, &params, self.fee, self.now),
        )?;
        self.snapshot = output.snapshot.clone();
        Ok(output)
    }

    fn event(&mut self, name: &str, role: &str, payload: Json) -> StepOutput {
        let payload = payload.as_object().cloned().unwrap_or_default();
        self.run(
            Stimulus::Event {
                name,
                payload: &payload,
            },
            role,
        )
        .unwrap()
    }

    fn at(&self) -> &[String] {
        &self.snapshot.configuration
    }
}

#[test]
fn payment_waits_and_lapses() {
    let (mut drive, output) = Drive::start(permit(), "26.00");
    assert_eq!(drive.at(), ["open.payment"]);
    assert_eq!(output.effects.len(), 4);
    assert!(
        matches!(&output.effects[3], Effect::RequestPayment { amount, .. } if amount == "26.00")
    );
    let keys: Vec<&str> = output
        .timers_set
        .iter()
        .map(|timer| timer.key.as_str())
        .collect();
    assert_eq!(keys, ["open.payment/reminder/1", "open.payment/lapse/1"]);
    // 15 December 2026, 24:00 in Berlin.
    assert_eq!(
        drive.snapshot.deadlines["open.payment/lapse/1"],
        1_797_375_600_000
    );
    drive.now += 8 * DAY;
    let reminded = drive
        .run(
            Stimulus::Timer {
                key: "open.payment/reminder/1",
            },
            "system",
        )
        .unwrap();
    assert_eq!(reminded.taken.len(), 1);
    assert_eq!(reminded.timers_cancelled, ["open.payment/reminder/1"]);
    let stale = drive
        .run(
            Stimulus::Timer {
                key: "open.payment/lapse/2",
            },
            "system",
        )
        .unwrap();
    assert!(stale.taken.is_empty());
    let lapsed = drive
        .run(
            Stimulus::Timer {
                key: "open.payment/lapse/1",
            },
            "system",
        )
        .unwrap();
    assert_eq!(lapsed.ended.as_deref(), Some("lapsed"));
    assert_eq!(
        lapsed.timers_cancelled,
        ["open.payment/lapse/1", "open.payment/reminder/1"]
    );
    assert!(drive.snapshot.deadlines.is_empty());
    assert!(
        drive
            .event("withdraw", "applicant", json!({}))
            .taken
            .is_empty()
    );
}

#[test]
fn roles_decide_which_region_moves() {
    let (mut drive, _) = Drive::start(permit(), "0.00");
    drive.event("consult", "clerk", json!({}));
    assert_eq!(
        drive.at(),
        [
            "open.consultation.building.asked",
            "open.consultation.health.asked"
        ]
    );
    drive.event("statement", "health", json!({ "text": "gut" }));
    assert_eq!(
        drive.at(),
        [
            "open.consultation.building.asked",
            "open.consultation.health.given"
        ]
    );
    drive.event("statement", "building", json!({ "text": "auch gut" }));
    assert_eq!(drive.at(), ["open.review.checking"]);
    assert_eq!(
        drive.snapshot.vars["statements"],
        json!(["gut", "auch gut"])
    );
    assert_eq!(drive.snapshot.entries["open.review"], 2);
}

#[test]
fn history_leads_back_to_where_it_was() {
    let (mut drive, _) = Drive::start(permit(), "0.00");
    drive.event("consult", "clerk", json!({}));
    drive.event("statement", "health", json!({ "text": "gut" }));
    drive.event("pause", "clerk", json!({}));
    assert_eq!(drive.at(), ["paused"]);
    drive.event("resume", "clerk", json!({}));
    assert_eq!(
        drive.at(),
        [
            "open.consultation.building.asked",
            "open.consultation.health.given"
        ]
    );
}

#[test]
fn timers_until_a_date_need_one() {
    let (mut drive, _) = Drive::start(permit(), "0.00");
    let without = drive.event("request", "clerk", json!({ "missing": "Plan" }));
    assert_eq!(without.timers_set.len(), 1);
    drive.event("reply", "applicant", json!({}));
    let with = drive.event(
        "request",
        "clerk",
        json!({ "missing": "Plan", "until": "2026-12-24" }),
    );
    let end = with
        .timers_set
        .iter()
        .find(|timer| timer.key == "open.waiting/end/2")
        .unwrap();
    assert_eq!(end.due_at, 1_798_153_200_000);
    assert_eq!(drive.snapshot.vars["rounds"], json!(2));
    drive.event("reply", "applicant", json!({}));
    // The guard counts the rounds.
    assert!(
        drive
            .event("request", "clerk", json!({ "missing": "Plan" }))
            .taken
            .is_empty()
    );
}

#[test]
fn a_guard_keeps_a_timer_from_acting() {
    let (mut drive, _) = Drive::start(permit(), "0.00");
    drive.event("request", "clerk", json!({ "missing": "Plan" }));
    let before = drive.snapshot.clone();
    let output = drive
        .run(
            Stimulus::Timer {
                key: "open.waiting/reminder/1",
            },
            "system",
        )
        .unwrap();
    assert!(output.taken.is_empty() && output.effects.is_empty());
    assert_eq!(drive.snapshot, before);
}

#[test]
fn circles_of_raised_events_are_stopped() {
    let text = PERMIT.replacen(
        "take: { by: [clerk], label: { de: Übernehmen }, actions: [ { assign: actor } ] }",
        "take: { by: [clerk], label: { de: Übernehmen }, actions: [ { raise: take } ] }",
        1,
    );
    let (workflow, report) = decoded(&text);
    assert!(report.is_usable());
    let (mut drive, _) = Drive::start(workflow.unwrap(), "0.00");
    let before = drive.snapshot.clone();
    let result = drive.run(
        Stimulus::Event {
            name: "take",
            payload: &Map::new(),
        },
        "clerk",
    );
    assert!(matches!(result, Err(StepError::Overrun(_))), "{result:?}");
    assert_eq!(drive.snapshot, before);
}

#[test]
fn unknown_states_are_refused() {
    let (mut drive, _) = Drive::start(permit(), "0.00");
    drive.snapshot.configuration = vec!["open.gone".to_owned()];
    let result = drive.run(
        Stimulus::Event {
            name: "take",
            payload: &Map::new(),
        },
        "clerk",
    );
    assert_eq!(result, Err(StepError::UnknownState("open.gone".to_owned())));
}
