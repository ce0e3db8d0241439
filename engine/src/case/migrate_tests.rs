//! Cases moved from one version of a workflow to the next.

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::*;
use crate::source::Severity;
use crate::workflow::tests::{NOW, decoded as read};
use crate::workflow::{Passage, Workflow};

const DAY: Millis = 24 * 3_600_000;

/// Version 1: wait for papers, then decide.
const OLD: &str = r#"
schalter: workflow/1
id: licence
version: 1
title: { de: Erlaubnis, en: Licence }
roles: { applicant: { kind: citizen }, clerk: { title: { de: Amt, en: Office } } }
vars:
  rounds: { type: integer, default: 0 }
  remark: { type: text }
initial: checking
states:
  checking:
    label: { de: Prüfung, en: Checking }
    public: { de: Wir prüfen., en: We check. }
    task: { role: clerk }
    events:
      ask: { by: [clerk], label: { de: Nachfordern, en: Ask }, target: waiting, actions: [ { set: { rounds: vars.rounds + 1, remark: '"bitte"' } } ] }
      grant: { by: [clerk], label: { de: Erlauben, en: Grant }, target: granted }
    after:
      - { id: due, wait: { days: 10 }, due: true, actions: [ { flag: overdue } ] }
      - { id: hint, wait: { days: 2 }, actions: [ { flag: hint } ] }
  waiting:
    label: { de: Wartet, en: Waiting }
    public: { de: Wir warten auf Sie., en: We wait for you. }
    events:
      reply: { by: [applicant], label: { de: Antworten, en: Reply }, target: checking }
    after:
      - { id: lapse, wait: { days: 30 }, due: true, target: granted }
  granted: { type: final, label: { de: Erteilt, en: Granted }, outcome: granted }
"#;

/// Version 2: both states stand inside of `open`, papers have another name,
/// one deadline is new, one is gone.
const NEW: &str = r#"
schalter: workflow/1
id: licence
version: 2
title: { de: Erlaubnis, en: Licence }
roles: { applicant: { kind: citizen }, clerk: { title: { de: Amt, en: Office } } }
vars:
  asked: { type: integer, default: 0 }
  remark: { type: text }
MIGRATE
initial: open
states:
  open:
    initial: review
    events:
      withdraw: { by: [applicant], label: { de: Zurückziehen, en: Withdraw }, target: withdrawn }
    states:
      review:
        label: { de: Prüfung, en: Review }
        public: { de: Ihr Antrag wird geprüft., en: Your application is checked. }
        task: { role: clerk }
        events:
          ask: { by: [clerk], label: { de: Nachfordern, en: Ask }, target: papers }
          grant: { by: [clerk], label: { de: Erlauben, en: Grant }, target: granted }
        after:
          - { id: due, wait: { days: 20 }, due: true, actions: [ { flag: overdue } ] }
          - { id: escalate, wait: { days: 5 }, actions: [ { flag: late } ] }
      papers:
        label: { de: Wartet auf Unterlagen, en: Waits for papers }
        public: { de: Bitte reichen Sie nach., en: Please hand in. }
        events:
          reply: { by: [applicant], label: { de: Antworten, en: Reply }, target: review }
        after:
          - { id: lapse, wait: { days: 30 }, due: true, target: granted }
  granted: { type: final, label: { de: Erteilt, en: Granted }, outcome: granted }
  withdrawn: { type: final, label: { de: Zurückgezogen, en: Withdrawn }, outcome: withdrawn }
"#;

const MAP: &str = "migrate:
  from: 1
  states: { checking: open.review, waiting: open.papers }
  vars: { asked: vars.rounds }
";

fn decoded(text: &str) -> Workflow {
    let (workflow, report) = read(text);
    assert_eq!(report.count(Severity::Error), 0, "{:?}", report.diagnostics);
    workflow.unwrap()
}

fn newer(map: &str) -> Workflow {
    decoded(&NEW.replace("MIGRATE\n", map))
}

fn submission() -> Submission {
    serde_json::from_value(json!({
        "case_id": Uuid::from_u128(9),
        "reference": "MS-2026-7K3F9-QXMA4",
        "service": "licence",
        "definition": "aa",
        "language": "de",
        "received_at": NOW,
        "answers": {},
        "attachments": [],
        "fee": { "total": "0.00", "lines": [] },
        "route": { "department": "public-order", "queue": "trade" },
        "applicant": { "name": "Ada Lovelace", "email": null },
        "params": {},
    }))
    .unwrap()
}

fn env<'a>(now: Millis, roles: &'a [String]) -> Env<'a> {
    Env {
        now,
        actor: &Actor::System,
        roles,
        history: &[],
        documents: &[],
        slots: None,
        capacity_free: None,
        paid: false,
        rank: None,
        payment_id: Uuid::nil(),
        attachments: &[],
    }
}

/// A case of the older version with its timers, in one of its states.
fn case_in(old: &Workflow, waiting: bool) -> (Case, Vec<Timer>) {
    let clerk = ["clerk".to_owned()];
    let opened = open_case(old, submission(), &env(NOW, &clerk)).unwrap();
    if !waiting {
        return (opened.case, opened.timers_set);
    }
    let asked = act(
        old,
        &opened.case,
        &submission(),
        "ask",
        Map::new(),
        &env(NOW, &clerk),
    );
    let asked = asked.unwrap();
    (asked.case, asked.timers_set)
}

fn moved(
    old: &Workflow,
    new: &Workflow,
    case: &Case,
    timers: &[Timer],
    now: Millis,
) -> Result<Decision, MigrationRefusal> {
    let versions = Versions {
        old,
        new,
        definition: "bb",
    };
    migrate(versions, case, &submission(), timers, &env(now, &[]))
}

fn keys(timers: &[Timer]) -> Vec<&str> {
    timers.iter().map(|timer| timer.key.as_str()).collect()
}

#[test]
fn running_deadlines_keep_their_end() {
    let (old, new) = (decoded(OLD), newer(MAP));
    let (case, timers) = case_in(&old, false);
    let decision = moved(&old, &new, &case, &timers, NOW + DAY).unwrap();
    let after = &decision.case;
    assert_eq!(after.configuration, ["open.review"]);
    assert_eq!(after.public_state, "open.review");
    assert_eq!((after.revision, after.definition.as_str()), (2, "bb"));
    // `due` runs on, though the newer version gives it longer; `hint` is gone
    // there; `escalate` is new and begins now.
    let due = timers
        .iter()
        .find(|timer| timer.key == "checking/due/1")
        .unwrap();
    assert_eq!(after.due_at, Some(due.due_at));
    assert_eq!(
        decision.timers_cancelled,
        ["checking/due/1", "checking/hint/1"]
    );
    assert_eq!(
        keys(&decision.timers_set),
        ["open.review/due/1", "open.review/escalate/1"]
    );
    assert_eq!(decision.timers_set[0].due_at, due.due_at);
    assert!(decision.timers_set[1].due_at > NOW + 5 * DAY);
    // Nothing leaves the house; the history tells clerks, not the citizen.
    assert!(decision.parcels.is_empty() && decision.documents.is_empty());
    let event = &decision.event;
    assert_eq!((event.name.as_str(), event.internal), ("migrated", true));
    assert_eq!(event.payload["from"], "aa");
    assert_eq!(event.payload["timers_ended"], json!(["checking/hint/1"]));
    // The case goes on with the newer workflow.
    let roles = ["clerk".to_owned()];
    let granted = act(
        &new,
        after,
        &submission(),
        "grant",
        Map::new(),
        &env(NOW + 2 * DAY, &roles),
    );
    let granted = granted.unwrap();
    assert_eq!(granted.case.outcome.as_deref(), Some("granted"));
    assert_eq!(
        granted.timers_cancelled,
        ["open.review/due/1", "open.review/escalate/1"]
    );
}

#[test]
fn a_deadline_that_has_fired_does_not_begin_again() {
    let (old, new) = (decoded(OLD), newer(MAP));
    let (case, timers) = case_in(&old, false);
    let rest: Vec<Timer> = timers
        .into_iter()
        .filter(|timer| !timer.key.contains("/due/"))
        .collect();
    let decision = moved(&old, &new, &case, &rest, NOW + 11 * DAY).unwrap();
    assert_eq!(keys(&decision.timers_set), ["open.review/escalate/1"]);
}

#[test]
fn variables_go_on_or_are_computed() {
    let (old, new) = (decoded(OLD), newer(MAP));
    let (case, timers) = case_in(&old, true);
    let decision = moved(&old, &new, &case, &timers, NOW).unwrap();
    assert_eq!(decision.case.configuration, ["open.papers"]);
    let vars = Json::Object(decision.case.vars.clone());
    assert_eq!(vars["remark"], "bitte");
    assert_eq!(vars["asked"].to_string().trim_matches('"'), "1");
    assert_eq!(decision.event.payload["vars_lost"], json!(["rounds"]));
}

#[test]
fn without_a_place_the_case_stays() {
    let old = decoded(OLD);
    let (case, timers) = case_in(&old, true);
    let no_map = moved(&old, &newer(""), &case, &timers, NOW);
    assert!(matches!(
        no_map,
        Err(MigrationRefusal::NoMap { from: 1, to: 2, .. })
    ));
    let partial = newer("migrate: { from: 1, states: { checking: open.review } }\n");
    let no_place = moved(&old, &partial, &case, &timers, NOW);
    assert!(
        matches!(&no_place, Err(MigrationRefusal::NoPlace { state, .. }) if state == "waiting"),
        "{no_place:?}"
    );
    let upper = newer("migrate: { from: 1, states: { checking: open.review, waiting: open } }\n");
    let not_at_rest = moved(&old, &upper, &case, &timers, NOW);
    assert!(matches!(not_at_rest, Err(MigrationRefusal::NoPlace { .. })));

    let new = newer(MAP);
    let decision = moved(&old, &new, &case, &timers, NOW).unwrap();
    let again = migrate(
        Versions {
            old: &new,
            new: &new,
            definition: "bb",
        },
        &decision.case,
        &submission(),
        &timers,
        &env(NOW, &[]),
    );
    assert_eq!(again, Err(MigrationRefusal::AlreadyThere));
    let closed = Case {
        closed_at: Some(NOW),
        ..case
    };
    let refused = moved(&old, &new, &closed, &timers, NOW);
    assert_eq!(refused, Err(MigrationRefusal::Closed));
}

#[test]
fn the_plan_tells_of_every_state() {
    let (old, new) = (decoded(OLD), newer(MAP));
    let plan = Passage::between(&old, &new).unwrap().plan();
    assert!(plan.is_total());
    assert_eq!(plan.vars_lost, ["rounds"]);
    let states: Vec<_> = plan
        .states
        .iter()
        .map(|state| (state.from.as_str(), state.to.as_deref().unwrap()))
        .collect();
    assert_eq!(
        states,
        [("checking", "open.review"), ("waiting", "open.papers")]
    );
    assert_eq!(plan.states[0].starts, ["open.review/escalate"]);
    assert_eq!(plan.states[0].ends, ["checking/hint"]);
    assert!(plan.states[1].starts.is_empty() && plan.states[1].ends.is_empty());

    let partial = newer("migrate: { from: 1, states: { checking: open.review } }\n");
    let plan = Passage::between(&old, &partial).unwrap().plan();
    assert!(!plan.is_total());
}
