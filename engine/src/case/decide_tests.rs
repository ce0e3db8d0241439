//! Decisions about one case from its opening to its end, and the property that
//! a history can be replayed.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::*;
use crate::text::Text;
use crate::workflow::tests::{NOW, PERMIT, decoded, permit};
use crate::workflow::{self, Snapshot, Workflow, live_timer};

const HOUR: Millis = 3_600_000;

fn submission(fee: &str) -> Submission {
    serde_json::from_value(json!({
        "case_id": Uuid::from_u128(7),
        "reference": "MS-2026-7K3F9-QXMA4",
        "service": "permit",
        "definition": "ab".repeat(32),
        "language": "de",
        "received_at": NOW,
        "answers": {},
        "attachments": [],
        "fee": { "total": fee, "lines": [ { "label": { "de": "Gebühr", "en": "Fee" }, "amount": fee } ] },
        "route": { "department": "public-order", "queue": "trade" },
        "applicant": {
            "name": "Ada Lovelace",
            "email": "ada@example.org",
            "address": ["Weg 1", "47798 Musterstadt"],
        },
        "params": {},
    }))
    .unwrap()
}

fn staff(account: &str) -> Actor {
    Actor::Staff {
        account: account.to_owned(),
        name: format!("Name von {account}"),
    }
}

/// A case with everything the store would keep of it.
struct File {
    workflow: Workflow,
    submission: Submission,
    case: Case,
    history: Vec<CaseEvent>,
    documents: Vec<String>,
    timers: BTreeSet<String>,
    now: Millis,
    free: Option<i64>,
}

impl File {
    fn open(workflow: Workflow, submission: Submission) -> (File, Decision) {
        let roles = ["applicant".to_owned()];
        let decision = {
            let env = plain_env(NOW, &Actor::Citizen, &roles);
            open_case(&workflow, submission.clone(), &env).unwrap()
        };
        let mut file = File {
            workflow,
            submission,
            case: decision.case.clone(),
            history: Vec::new(),
            documents: Vec::new(),
            timers: BTreeSet::new(),
            now: NOW,
            free: None,
        };
        file.record(&decision);
        (file, decision)
    }

    fn record(&mut self, decision: &Decision) {
        self.case = decision.case.clone();
        self.history.push(decision.event.clone());
        self.documents
            .extend(decision.documents.iter().map(|order| order.name.clone()));
        for key in &decision.timers_cancelled {
            self.timers.remove(key);
        }
        for timer in &decision.timers_set {
            assert!(
                self.timers.insert(timer.key.clone()),
                "{} is set twice",
                timer.key
            );
        }
    }

    fn env<'a>(&'a self, actor: &'a Actor, roles: &'a [String]) -> Env<'a> {
        Env {
            history: &self.history,
            documents: &self.documents,
            capacity_free: self.free,
            ..plain_env(self.now, actor, roles)
        }
    }

    fn act(
        &mut self,
        event: &str,
        actor: &Actor,
        role: &str,
        payload: Json,
    ) -> Result<Decision, Refusal> {
        let roles = [role.to_owned()];
        let payload = payload.as_object().cloned().unwrap_or_default();
        let env = self.env(actor, &roles);
        let decision = act(
            &self.workflow,
            &self.case,
            &self.submission,
            event,
            payload,
            &env,
        )?;
        self.record(&decision);
        Ok(decision)
    }

    fn fire(&mut self, key: &str) -> Option<Decision> {
        let roles = workflow::system_roles();
        let env = self.env(&Actor::System, &roles);
        let decision = fire_timer(&self.workflow, &self.case, &self.submission, key, &env).unwrap();
        match &decision {
            Some(decision) => self.record(decision),
            None => {
                self.timers.remove(key);
            }
        }
        decision
    }

    fn offers(&self, actor: &Actor, role: &str) -> Vec<(String, Result<(), String>)> {
        let roles = [role.to_owned()];
        let env = self.env(actor, &roles);
        let offers = offered(&self.workflow, &self.case, &self.submission, &env).unwrap();
        let shown = |offer: Offer<'_>| {
            (
                offer.event.to_owned(),
                offer.enabled.map_err(|text| text.de),
            )
        };
        offers.into_iter().map(shown).collect()
    }
}

fn plain_env<'a>(now: Millis, actor: &'a Actor, roles: &'a [String]) -> Env<'a> {
    Env {
        now,
        actor,
        roles,
        history: &[],
        documents: &[],
        slots: None,
        capacity_free: None,
        paid: false,
        rank: None,
        payment_id: Uuid::from_u128(9),
        attachments: &[],
    }
}

#[test]
fn opening_a_case_writes_everything_at_once() {
    let (file, decision) = File::open(permit(), submission("26.00"));
    assert_eq!((decision.case.revision, decision.event.seq), (1, 1));
    assert_eq!(decision.event.name, "submitted");
    assert_eq!(decision.case.configuration, ["open.payment"]);
    assert_eq!(decision.case.public_state, "open.payment");
    assert_eq!(decision.documents[0].name, "receipt");
    let kinds: Vec<&str> = decision
        .parcels
        .iter()
        .map(|parcel| match &parcel.content {
            ParcelContent::Mail { .. } => "mail",
            ParcelContent::Deliver { department, .. } => department,
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["mail", "public-order"]);
    let payment = decision.payment.unwrap();
    assert_eq!(
        (payment.amount.as_str(), payment.purpose.as_str()),
        ("26.00", "MS-2026-7K3F9-QXMA4 Gebühr")
    );
    assert_eq!(decision.case.due_at, Some(1_797_375_600_000));
    assert_eq!(decision.documents[0].data["deadline"], "15. Dezember 2026");
    assert_eq!(file.timers.len(), 2);
}

#[test]
fn letters_keep_the_words_of_their_step() {
    let (mut file, _) = File::open(permit(), submission("0.00"));
    let clerk = staff("meier");
    let payload = json!({ "missing": "Lageplan", "until": "2026-12-24" });
    let decision = file.act("request", &clerk, "clerk", payload).unwrap();
    assert_eq!(
        decision.event.payload,
        *json!({ "missing": "Lageplan", "until": "2026-12-24" })
            .as_object()
            .unwrap()
    );
    let ParcelContent::Mail { to, data, .. } = &decision.parcels[0].content else {
        panic!()
    };
    assert_eq!(to, "ada@example.org");
    assert_eq!(data["vars"]["missing"], "Lageplan");
    assert_eq!(data["event"]["until"], "24. Dezember 2026");
    assert_eq!(data["deadline"], "24. Dezember 2026");
    assert_eq!(data["clerk"]["name"], "Name von meier");
}

#[test]
fn letters_write_amounts_in_euros() {
    let text = PERMIT
        .replacen(
            "  rounds: { type: number",
            "  cost: { type: money, default: 1234.5 }\n  rounds: { type: number",
            1,
        )
        .replacen(
            "  express:",
            "  rate: { type: number, default: 7.50 }\n  express:",
            1,
        );
    let (workflow, report) = decoded(&text);
    assert!(report.is_usable(), "{:?}", report.diagnostics);
    let (_, decision) = File::open(workflow.unwrap(), submission("26.00"));
    let data = &decision.documents[0].data;
    assert_eq!(data["vars"]["cost"], "1.234,50 €");
    assert_eq!(data["params"]["rate"], "7,50");
    assert_eq!(data["params"]["days"], 10);
    assert_eq!(data["vars"]["rounds"], 0);
}

#[test]
fn refusals_say_why() {
    let (mut file, _) = File::open(permit(), submission("0.00"));
    let (clerk, boss) = (staff("meier"), staff("schulz"));
    assert_eq!(
        file.act("approve", &boss, "supervisor", json!({}))
            .unwrap_err(),
        Refusal::NotOffered
    );
    assert_eq!(
        file.act("take", &boss, "supervisor", json!({}))
            .unwrap_err(),
        Refusal::RoleNotAllowed
    );
    assert_eq!(
        file.act("no_such", &boss, "supervisor", json!({}))
            .unwrap_err(),
        Refusal::NotOffered
    );
    let Refusal::InvalidInput(findings) =
        file.act("request", &clerk, "clerk", json!({})).unwrap_err()
    else {
        panic!()
    };
    assert_eq!(findings.0[0].path, "missing");
    let before = file.case.clone();
    file.act("propose", &boss, "supervisor", json!({})).unwrap();
    let four = file
        .act("approve", &boss, "supervisor", json!({}))
        .unwrap_err();
    assert_eq!(
        four,
        Refusal::FourEyes {
            event: "propose".into()
        }
    );
    assert!(four.text().de.starts_with("Vier-Augen"));
    assert_eq!(file.case.revision, before.revision + 1);
    let decision = file
        .act("approve", &staff("weber"), "supervisor", json!({}))
        .unwrap();
    assert_eq!(decision.case.outcome.as_deref(), Some("granted"));
    assert_eq!(decision.case.closed_at, Some(NOW));
    assert_eq!(decision.case.public_state, "granted");
    assert_eq!(
        file.act("withdraw", &Actor::Citizen, "applicant", json!({}))
            .unwrap_err(),
        Refusal::Closed
    );
    assert!(file.offers(&boss, "supervisor").is_empty());
}

#[test]
fn four_eyes_look_at_the_last_proposal_only() {
    let (mut file, _) = File::open(permit(), submission("0.00"));
    let (first, second) = (staff("a"), staff("b"));
    file.act("propose", &first, "supervisor", json!({}))
        .unwrap();
    file.act("back", &second, "supervisor", json!({})).unwrap();
    file.act("propose", &second, "supervisor", json!({}))
        .unwrap();
    assert!(
        file.act("approve", &second, "supervisor", json!({}))
            .is_err()
    );
    assert!(file.act("approve", &first, "supervisor", json!({})).is_ok());
}

#[test]
fn offers_follow_role_and_state() {
    let (mut file, _) = File::open(permit(), submission("0.00"));
    let (clerk, boss) = (staff("meier"), staff("schulz"));
    let names = |offers: Vec<(String, Result<(), String>)>| -> Vec<String> {
        offers.into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(
        names(file.offers(&clerk, "clerk")),
        ["pause", "take", "request", "consult", "propose"]
    );
    assert_eq!(
        names(file.offers(&Actor::Citizen, "applicant")),
        ["withdraw"]
    );
    assert!(file.offers(&Actor::System, "system").is_empty());
    for _ in 0..2 {
        file.act("request", &clerk, "clerk", json!({ "missing": "Plan" }))
            .unwrap();
        file.act("reply", &Actor::Citizen, "applicant", json!({}))
            .unwrap();
    }
    assert_eq!(
        names(file.offers(&clerk, "clerk")),
        ["pause", "take", "consult", "propose"]
    );
    file.act("propose", &clerk, "clerk", json!({})).unwrap();
    let offers = file.offers(&boss, "supervisor");
    assert_eq!(
        offers[0],
        ("approve".to_owned(), Err("Zu viele Runden".to_owned()))
    );
    let refusal = file
        .act("approve", &boss, "supervisor", json!({}))
        .unwrap_err();
    assert_eq!(
        refusal,
        Refusal::RequireFailed(Text::both("Zu viele Runden", "Too many rounds"))
    );
}

#[test]
fn documents_of_one_name_are_numbered() {
    let text = PERMIT.replacen(
        "- mail: { to: applicant, template: missing }",
        "- document: { template: missing, as: missing }\n                  - mail: { to: applicant, template: missing, attach: [missing, receipt, permit] }",
        1,
    );
    let (mut file, _) = File::open(decoded(&text).0.unwrap(), submission("0.00"));
    let clerk = staff("meier");
    for expected in ["missing", "missing-2"] {
        let decision = file
            .act("request", &clerk, "clerk", json!({ "missing": "Plan" }))
            .unwrap();
        assert_eq!(decision.documents[0].name, expected);
        let ParcelContent::Mail { attach, .. } = &decision.parcels[0].content else {
            panic!()
        };
        assert_eq!(*attach, [expected, "receipt"]);
        file.act("reply", &Actor::Citizen, "applicant", json!({}))
            .unwrap();
    }
}

#[test]
fn places_are_taken_waited_for_and_given_back() {
    let text = PERMIT
        .replacen("guard: fee.total > 0, target: payment", "guard: capacity.free < capacity.quantity, target: payment", 1)
        .replacen("entry: [ { request_payment: { amount: fee.total, purpose: Gebühr } } ]", "entry: [ { places: wait } ]", 1)
        .replacen("task: { role: clerk }", "task: { role: clerk }\n        entry: [ { places: take }, { flag: b }, { flag: a } ]", 1)
        .replacen("granted, public: { de: Erteilt } }", "granted }", 1)
        .replacen("target: withdrawn }", "target: withdrawn, actions: [ { places: release }, { unflag: b }, { forward: { department: other, queue: params.queue } } ] }", 1)
        .replacen("  express:", "  queue: { type: text, default: all }\n  express:", 1);
    let (workflow, report) = decoded(&text);
    assert!(report.is_usable(), "{:?}", report.diagnostics);
    let mut submission = submission("0.00");
    let resource = "courses/S4012".to_owned();
    submission.capacity = Some(CapacityWish {
        resource: resource.clone(),
        limit: 10,
        quantity: 2,
    });
    let (mut file, waiting) = File::open(workflow.unwrap(), submission);
    // Nobody counted the free places: null is not less than two.
    assert_eq!(
        waiting.claims,
        [Claim::Take {
            resource: resource.clone(),
            limit: 10,
            quantity: 2
        }]
    );
    assert_eq!(waiting.case.flags, ["a", "b"]);
    let released = file
        .act("withdraw", &Actor::Citizen, "applicant", json!({}))
        .unwrap();
    assert_eq!(
        released.claims,
        [Claim::Release {
            resource: resource.clone()
        }]
    );
    assert_eq!(
        released.parcels[0].content,
        ParcelContent::Promote { resource }
    );
    assert_eq!(released.case.flags, ["a"]);
    assert_eq!(
        (
            released.case.department.as_str(),
            released.case.queue.as_str()
        ),
        ("other", "all")
    );
}

#[test]
fn timers_fire_once() {
    let (mut file, _) = File::open(permit(), submission("26.00"));
    let decision = file.fire("open.payment/lapse/1").unwrap();
    assert_eq!(decision.event.name, "timer.lapse");
    assert_eq!(decision.event.actor, Actor::System);
    assert_eq!(decision.case.outcome.as_deref(), Some("lapsed"));
    assert!(file.fire("open.payment/lapse/1").is_none());
    assert!(file.timers.is_empty());
}

#[test]
fn remarks_and_assignments_move_nothing() {
    let (file, _) = File::open(permit(), submission("0.00"));
    let (clerk, roles) = (staff("meier"), ["clerk".to_owned()]);
    let env = file.env(&clerk, &roles);
    let remark = note(&file.case, "Rückruf am Montag", true, &env);
    assert!(remark.event.internal);
    assert_eq!((remark.event.seq, remark.case.revision), (2, 2));
    assert_eq!(remark.case.configuration, file.case.configuration);
    assert_eq!(
        assign(&file.case, Some("weber"), &env)
            .case
            .assignee
            .as_deref(),
        Some("weber")
    );
    assert_eq!(assign(&file.case, None, &env).case.assignee, None);
}

/// One thing that may happen to a case.
#[derive(Clone, Debug)]
enum Move {
    Act {
        event: usize,
        actor: usize,
        role: usize,
        until: bool,
    },
    Timer(usize),
    Wait(i64),
}

const EVENTS: [&str; 12] = [
    "withdraw",
    "pause",
    "resume",
    "payment.succeeded",
    "take",
    "request",
    "consult",
    "propose",
    "approve",
    "back",
    "reply",
    "statement",
];
const ROLES: [&str; 6] = [
    "applicant",
    "clerk",
    "supervisor",
    "building",
    "health",
    "system",
];

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let act = (0..EVENTS.len(), 0..3usize, 0..ROLES.len(), any::<bool>()).prop_map(
        |(event, actor, role, until)| Move::Act {
            event,
            actor,
            role,
            until,
        },
    );
    // Withdrawals end a case early; most runs should be longer than that.
    let act = act.prop_filter("ends too early", |step| {
        !matches!(
            step,
            Move::Act {
                event: 0,
                actor: 0,
                ..
            }
        )
    });
    let step = prop_oneof![12 => act, 1 => (0..8usize).prop_map(Move::Timer), 1 => (0i64..400).prop_map(Move::Wait)];
    proptest::collection::vec(step, 0..120)
}

fn person(index: usize) -> Actor {
    [Actor::Citizen, staff("a"), staff("b")][index].clone()
}

/// What was done, in a form that can be done again.
enum Done {
    Acted {
        event: String,
        actor: Actor,
        role: String,
        payload: Json,
        at: Millis,
    },
    Fired {
        key: String,
        at: Millis,
    },
}

fn check_invariants(file: &File) -> Result<(), TestCaseError> {
    let case = &file.case;
    let last = file.history.last().unwrap();
    prop_assert_eq!(case.revision, file.history.len() as i64);
    prop_assert_eq!(&last.configuration, &case.configuration);
    prop_assert_eq!(case.due_at, case.deadlines.values().min().copied());
    prop_assert!(!case.configuration.is_empty());
    prop_assert_eq!(case.closed_at.is_some(), case.outcome.is_some());
    let snapshot = Snapshot::of(case);
    for key in &file.timers {
        prop_assert!(
            live_timer(&file.workflow, &snapshot, key).is_some(),
            "{} outlived its state",
            key
        );
    }
    for key in case.deadlines.keys() {
        prop_assert!(
            live_timer(&file.workflow, &snapshot, key).is_some(),
            "{} is no deadline any more",
            key
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn histories_can_be_replayed(moves in moves(), fee in prop_oneof![Just("0.00"), Just("26.00")]) {
        let (mut file, _) = File::open(permit(), submission(fee));
        let mut done = Vec::new();
        for step in moves {
            match step {
                Move::Wait(hours) => file.now += hours * HOUR,
                Move::Timer(index) => {
                    let Some(key) = file.timers.iter().nth(index).cloned() else { continue };
                    if file.fire(&key).is_some() {
                        done.push(Done::Fired { key, at: file.now });
                    }
                }
                Move::Act { event, actor, role, until } => {
                    let (event, actor, role) = (EVENTS[event], person(actor), ROLES[role]);
                    let payload = match (event, until) {
                        ("request", true) => json!({ "missing": "Plan", "until": "2027-01-15" }),
                        ("request", false) => json!({ "missing": "Plan" }),
                        _ => json!({ "text": "gut" }),
                    };
                    let before = file.case.clone();
                    match file.act(event, &actor, role, payload.clone()) {
                        Ok(_) => done.push(Done::Acted {
                            event: event.into(), actor, role: role.into(), payload, at: file.now,
                        }),
                        Err(Refusal::Broken(error)) => prop_assert!(false, "{}", error),
                        Err(_) => prop_assert_eq!(&file.case, &before),
                    }
                }
            }
            check_invariants(&file)?;
        }
        let (mut again, _) = File::open(permit(), submission(fee));
        for step in done {
            match step {
                Done::Acted { event, actor, role, payload, at } => {
                    again.now = at;
                    prop_assert!(again.act(&event, &actor, &role, payload).is_ok());
                }
                Done::Fired { key, at } => {
                    again.now = at;
                    prop_assert!(again.fire(&key).is_some());
                }
            }
        }
        prop_assert_eq!(&again.case, &file.case);
        prop_assert_eq!(&again.history, &file.history);
    }

    #[test]
    fn what_is_offered_can_be_done(moves in moves()) {
        let (mut file, _) = File::open(permit(), submission("26.00"));
        for step in moves {
            let Move::Act { event, actor, role, .. } = step else { continue };
            let (event, actor, role) = (EVENTS[event], person(actor), ROLES[role]);
            let offers = file.offers(&actor, role);
            let offer = offers.iter().find(|(name, _)| name == event).map(|(_, enabled)| enabled.is_ok());
            let payload = if event == "request" { json!({ "missing": "Plan" }) } else { json!({ "text": "gut" }) };
            let result = file.act(event, &actor, role, payload);
            if role != "system" {
                prop_assert_eq!(offer.unwrap_or(false), result.is_ok(), "{} as {}", event, role);
            }
        }
    }
}
