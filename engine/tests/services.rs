//! The services that are shipped: answers with what they lead to, and cases
//! walked through their workflows from the submission to the end.

#![expect(clippy::unwrap_used, reason = "a test that fails shows where")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use engine::case::{
    Actor, Case, CaseEvent, Decision, Env, Millis, ParcelContent, Refusal, Submission, act,
    fire_timer, open_case,
};
use engine::definitions::{Definitions, Service};
use engine::feel::PlainWorld;
use engine::form::{self, CheckedAnswers, Findings, Level};
use engine::source::SourceFile;
use engine::text::Language;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn read(root: &Path, at: &Path, found: &mut Vec<SourceFile>) {
    for entry in at.read_dir().unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            found.push(SourceFile {
                path: name.replace('\\', "/"),
                text: std::fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

static SERVICES: LazyLock<BTreeMap<String, Arc<Service>>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for part in ["forms", "workflows", "catalogue"] {
        read(root, &root.join(part), &mut found);
    }
    let loaded = Definitions::load(found);
    let rendered = loaded.report.render(&loaded.sources);
    loaded.definitions.expect(&rendered).services
});

static ANSWERS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("services/answers.json")).unwrap());

/// The good answers of a service with a merge patch (RFC 7396).
fn answers(service: &str, change: &Json) -> Map<String, Json> {
    fn merge(into: &mut Json, change: &Json) {
        let (Json::Object(into), Json::Object(change)) = (&mut *into, change) else {
            *into = change.clone();
            return;
        };
        for (name, value) in change {
            if value.is_null() {
                into.remove(name);
            } else if value.is_object() && into.contains_key(name) {
                merge(into.get_mut(name).unwrap(), value);
            } else {
                into.insert(name.clone(), value.clone());
            }
        }
    }
    let mut good = ANSWERS["good"][service].clone();
    merge(&mut good, change);
    good.as_object().unwrap().clone()
}

fn checked(service: &str, change: &Json) -> Result<CheckedAnswers, Findings> {
    let env = form::Env {
        now: jiff::civil::datetime(2026, 11, 23, 12, 0, 0, 0),
        world: &PlainWorld,
        language: Language::De,
    };
    form::check(&SERVICES[service].form, &answers(service, change), &[], env)
}

#[test]
fn answers_lead_where_the_catalogue_says() {
    for case in ANSWERS["cases"].as_array().unwrap() {
        let service = case["service"].as_str().unwrap();
        let found = match checked(service, &case["change"]) {
            Ok(good) => {
                let codes = good.warnings.0.iter().map(|finding| &finding.code);
                json!({
                    "fee": good.fee.total,
                    "outstanding": good.outstanding,
                    "warnings": codes.collect::<Vec<_>>(),
                })
            }
            Err(findings) => {
                let errors = findings.0.iter().filter(|f| f.severity == Level::Error);
                let refused: Vec<String> =
                    errors.map(|f| format!("{}:{}", f.path, f.code)).collect();
                json!({ "refused": refused })
            }
        };
        let mut expected = case.clone();
        let keys = expected.as_object_mut().unwrap();
        keys.retain(|key, _| !["name", "service", "change"].contains(&key.as_str()));
        if keys.contains_key("fee") {
            keys.entry("outstanding").or_insert(json!([]));
            keys.entry("warnings").or_insert(json!([]));
        }
        assert_eq!(found, expected, "{service}: {}", case["name"]);
    }
}

#[test]
fn what_is_not_asked_is_dropped() {
    let given =
        json!({ "filed_by_representative": false, "representative": { "capacity": "lawyer" } });
    let good = checked("business-registration", &given).unwrap();
    assert!(!good.answers.contains_key("representative"));
    let given = json!({ "course_number": "G2101", "language_level": "a1" });
    let good = checked("vhs-course-registration", &given).unwrap();
    assert!(!good.answers.contains_key("language_level"));
    assert_eq!(good.answers["course_title"], "Hatha-Yoga");
}

const DAY: Millis = 24 * 60 * 60 * 1000;
/// Monday, 23 November 2026, 12:00 in Berlin.
const START: Millis = 1_795_431_600_000;

/// A case on its way.
struct Walk {
    service: Arc<Service>,
    submission: Submission,
    case: Option<Case>,
    history: Vec<CaseEvent>,
    documents: Vec<String>,
    /// Templates of mails, oldest first.
    mails: Vec<String>,
    timers: BTreeMap<String, Millis>,
    now: Millis,
    free: i64,
    paid: bool,
}

impl Walk {
    /// Hands in the good answers of a service with a change.
    fn open(service: &str, change: &Json, free: i64) -> Walk {
        let good = checked(service, change).unwrap();
        let submission = Submission {
            case_id: Uuid::from_u128(1),
            reference: "MS-1".to_owned(),
            service: service.to_owned(),
            definition: SERVICES[service].hash.clone(),
            language: Language::De,
            received_at: START,
            answers: good.answers,
            attachments: Vec::new(),
            outstanding: good.outstanding,
            fee: good.fee,
            route: good.route,
            applicant: good.applicant,
            params: good.params,
            capacity: good.capacity,
        };
        let mut walk = Walk {
            service: SERVICES[service].clone(),
            submission,
            case: None,
            history: Vec::new(),
            documents: Vec::new(),
            mails: Vec::new(),
            timers: BTreeMap::new(),
            now: START,
            free,
            paid: false,
        };
        let service = walk.service.clone();
        let roles = ["applicant".to_owned()];
        let env = walk.env(&Actor::Citizen, &roles);
        let decision = open_case(&service.workflow, walk.submission.clone(), &env).unwrap();
        walk.record(decision);
        walk
    }

    fn env<'a>(&'a self, actor: &'a Actor, roles: &'a [String]) -> Env<'a> {
        Env {
            now: self.now,
            actor,
            roles,
            history: &self.history,
            documents: &self.documents,
            capacity_free: self.submission.capacity.as_ref().map(|_| self.free),
            paid: self.paid,
            rank: Some(1),
            payment_id: Uuid::from_u128(2),
            attachments: &[],
        }
    }

    /// Keeps what a step decided; every letter and mail can be written in both languages.
    fn record(&mut self, decision: Decision) {
        for order in &decision.documents {
            self.documents.push(order.name.clone());
            if order.template != "receipt" {
                self.write(&order.template, &order.data);
            }
        }
        for parcel in &decision.parcels {
            match &parcel.content {
                ParcelContent::Mail { template, data, .. } => {
                    self.write(template, data);
                    self.mails.push(template.clone());
                }
                ParcelContent::Notify { template, data, .. } => self.write(template, data),
                _ => {}
            }
        }
        for key in &decision.timers_cancelled {
            self.timers.remove(key);
        }
        let set = decision.timers_set.into_iter();
        self.timers
            .extend(set.map(|timer| (timer.key, timer.due_at)));
        self.history.push(decision.event);
        self.case = Some(decision.case);
    }

    fn write(&self, template: &str, data: &Map<String, Json>) {
        for language in [Language::De, Language::En] {
            let letter = &self.service.letters[&(template.to_owned(), language)];
            let (subject, text) = letter.mail(data).unwrap();
            assert!(!subject.is_empty() && text.len() > 40, "{template}");
        }
    }

    /// Acts as a clerk (`role/account`), as `applicant` or as `system`.
    fn try_act(&mut self, who: &str, event: &str, payload: Json) -> Result<(), Refusal> {
        let (role, account) = who.split_once('/').unwrap_or((who, ""));
        let actor = match role {
            "applicant" => Actor::Citizen,
            "system" => Actor::System,
            _ => Actor::Staff {
                account: account.to_owned(),
                name: account.to_owned(),
            },
        };
        let roles = [role.to_owned()];
        let payload = payload.as_object().cloned().unwrap_or_default();
        let service = self.service.clone();
        let case = self.case.clone().unwrap();
        let env = self.env(&actor, &roles);
        let decision = act(
            &service.workflow,
            &case,
            &self.submission,
            event,
            payload,
            &env,
        )?;
        self.record(decision);
        Ok(())
    }

    fn act(&mut self, who: &str, event: &str, payload: Json) -> &mut Walk {
        let done = self.try_act(who, event, payload);
        assert!(done.is_ok(), "{who} {event} in {}: {done:?}", self.state());
        self
    }

    /// Waits until the timer of this id falls due; the days it took.
    fn wait(&mut self, id: &str) -> i64 {
        let wanted = format!("/{id}/");
        let key = self.timers.keys().find(|key| key.contains(&wanted));
        let key = key
            .unwrap_or_else(|| panic!("no timer {id} in {}", self.state()))
            .clone();
        let before = self.now;
        self.now = self.timers.remove(&key).unwrap();
        let service = self.service.clone();
        let case = self.case.clone().unwrap();
        let roles = ["system".to_owned()];
        let env = self.env(&Actor::System, &roles);
        let decision = fire_timer(&service.workflow, &case, &self.submission, &key, &env).unwrap();
        self.record(decision.expect("the timer runs"));
        (self.now - before) / DAY
    }

    fn case(&self) -> &Case {
        self.case.as_ref().unwrap()
    }

    fn state(&self) -> String {
        self.case().configuration.join(", ")
    }

    #[track_caller]
    fn is_in(&mut self, state: &str) -> &mut Walk {
        assert_eq!(self.state(), state);
        self
    }

    fn has_flag(&self, flag: &str) -> bool {
        self.case().flags.iter().any(|known| known == flag)
    }
}

const TRADE: &str = "business-registration";
const COURSE: &str = "vhs-course-registration";
const MAPS: &str = "map-product-order";

#[test]
fn a_notification_with_a_question_and_a_fee_notice() {
    let mut walk = Walk::open(
        TRADE,
        &json!({ "payment": { "payment_method": "invoice" } }),
        0,
    );
    walk.is_in("open.checking.submitted")
        .act("clerk/a", "take", json!({}));
    assert_eq!(walk.case().assignee.as_deref(), Some("a"));
    walk.is_in("open.checking.in_check");
    walk.act(
        "clerk/a",
        "request_information",
        json!({ "missing": "Bitte Ausweiskopie" }),
    );
    walk.is_in("open.waiting_citizen");
    walk.wait("reminder");
    walk.act("applicant", "reply", json!({ "answer": "Anbei" }));
    assert!(walk.has_flag("answered"));
    walk.is_in("open.checking.in_check")
        .act("clerk/a", "confirm", json!({}));
    walk.is_in("confirmed");
    assert_eq!(walk.case().outcome.as_deref(), Some("confirmed"));
    assert_eq!(
        walk.documents,
        [
            "receipt",
            "missing-information",
            "fee-notice",
            "confirmation"
        ]
    );
    let mails = [
        "received",
        "missing-information-mail",
        "reminder",
        "fee-notice-sent",
        "confirmed",
    ];
    assert_eq!(walk.mails, mails);
}

#[test]
fn a_notification_paid_online() {
    let mut walk = Walk::open(TRADE, &json!({}), 0);
    walk.act("intake/a", "take", json!({}));
    assert!(matches!(
        walk.try_act("clerk/a", "confirm", json!({})),
        Err(Refusal::NotOffered)
    ));
    walk.act("clerk/a", "set_fee", json!({}))
        .is_in("open.awaiting_payment");
    walk.wait("payment_reminder");
    walk.paid = true;
    walk.act("system", "payment.succeeded", json!({}))
        .is_in("confirmed");

    let mut walk = Walk::open(TRADE, &json!({}), 0);
    walk.act("clerk/a", "take", json!({}))
        .act("clerk/a", "set_fee", json!({}));
    walk.wait("payment_period");
    walk.is_in("open.checking.in_check");
    assert!(walk.has_flag("unpaid"));
    walk.act("clerk/a", "confirm_with_fee_notice", json!({}))
        .is_in("confirmed");
}

#[test]
fn a_notification_nobody_answers_for() {
    let mut walk = Walk::open(TRADE, &json!({}), 0);
    assert!((3..=5).contains(&walk.wait("confirm_receipt")));
    assert!(walk.has_flag("overdue"));
    walk.act("clerk/a", "take", json!({}));
    walk.act(
        "clerk/a",
        "request_information",
        json!({ "missing": "Bitte Ausweiskopie" }),
    );
    assert!(!walk.has_flag("overdue"));
    assert!((14..=17).contains(&walk.wait("reply_citizen")));
    assert!(walk.has_flag("no_reply"));
    walk.is_in("open.checking.in_check");
    walk.act(
        "clerk/a",
        "close_not_notifiable",
        json!({ "reason": "Freier Beruf" }),
    );
    walk.is_in("not_notifiable");
}

#[test]
fn a_notification_forwarded_and_withdrawn() {
    let mut walk = Walk::open(TRADE, &json!({}), 0);
    walk.act(
        "intake/a",
        "forward",
        json!({ "queue": "finance/trade-tax" }),
    );
    assert_eq!(
        (walk.case().department.as_str(), walk.case().queue.as_str()),
        ("finance", "trade-tax")
    );
    assert!(walk.try_act("clerk/a", "withdraw", json!({})).is_err());
    walk.act("applicant", "withdraw", json!({}))
        .is_in("withdrawn");
    assert!(matches!(
        walk.try_act("clerk/a", "take", json!({})),
        Err(Refusal::Closed)
    ));
}

#[test]
fn a_place_at_once_and_given_back_in_time() {
    let mut walk = Walk::open(COURSE, &json!({}), 12);
    walk.is_in("open.confirmed")
        .act("applicant", "cancel", json!({}))
        .is_in("cancelled");
    assert_eq!(walk.case().vars["charge"], json!(0));
    assert_eq!(
        walk.mails,
        ["received", "confirmed", "course-cancelled-by-you"]
    );
}

#[test]
fn cancelling_late_costs() {
    let mut walk = Walk::open(COURSE, &json!({}), 12);
    // 15 January 2027, three days before the start.
    walk.now = START + 53 * DAY;
    walk.act("applicant", "cancel", json!({}))
        .is_in("open.settling");
    assert_eq!(walk.case().vars["charge"], json!(10));
    walk.act("clerk/a", "settled", json!({ "note": "Rechnung 4711" }))
        .is_in("cancelled");

    let mut walk = Walk::open(COURSE, &json!({}), 12);
    walk.wait("ended");
    walk.is_in("completed");
}

#[test]
fn the_waiting_list_moves_on() {
    let mut walk = Walk::open(COURSE, &json!({}), 0);
    walk.is_in("open.waiting_list");
    assert!(walk.try_act("system", "place.free", json!({})).is_err());
    walk.free = 1;
    walk.act("system", "place.free", json!({}))
        .is_in("open.place_offered");
    assert!((7..=8).contains(&walk.wait("offer")));
    walk.is_in("open.waiting_list")
        .act("system", "place.free", json!({}));
    walk.wait("offer");
    walk.is_in("cancelled");
    assert_eq!(walk.mails.last().unwrap(), "lapsed");

    let mut walk = Walk::open(COURSE, &json!({}), 0);
    walk.wait("season");
    walk.is_in("declined");

    let mut walk = Walk::open(COURSE, &json!({ "waiting_list_ok": false }), 0);
    walk.is_in("declined");
}

#[test]
fn an_offer_near_the_start_is_short() {
    let mut walk = Walk::open(COURSE, &json!({}), 0);
    walk.now = START + 46 * DAY;
    walk.free = 1;
    walk.act("clerk/a", "offer_place", json!({}));
    assert!((3..=4).contains(&walk.wait("offer")));
}

#[test]
fn a_course_paid_online_that_does_not_take_place() {
    let mut walk = Walk::open(
        COURSE,
        &json!({ "payment": { "payment_method": "online" } }),
        0,
    );
    walk.free = 1;
    walk.act("system", "place.free", json!({}))
        .act("applicant", "accept", json!({}));
    walk.is_in("open.awaiting_payment");
    walk.paid = true;
    walk.act("system", "payment.succeeded", json!({}))
        .is_in("open.confirmed");
    walk.act(
        "clerk/a",
        "course_cancelled",
        json!({ "reason": "Krankheit" }),
    )
    .is_in("open.settling");
    walk.act(
        "clerk/a",
        "settled",
        json!({ "amount": "96.00", "note": "Rückbuchung" }),
    )
    .is_in("declined");

    let mut walk = Walk::open(
        COURSE,
        &json!({ "payment": { "payment_method": "online" } }),
        12,
    );
    walk.is_in("open.awaiting_payment");
    walk.wait("payment_reminder");
    walk.wait("payment_period");
    walk.is_in("cancelled");
}

#[test]
fn an_order_on_invoice() {
    let mut walk = Walk::open(MAPS, &json!({}), 0);
    walk.is_in("open.in_fulfilment");
    let date = json!({ "date": "2026-12-01", "time": "10 Uhr", "place": "Parkallee 12" });
    walk.act("fulfilment/f", "set_date", date)
        .is_in("open.scheduled");
    walk.act(
        "fulfilment/f",
        "date_missed",
        json!({ "note": "nicht gekommen" }),
    );
    walk.act("fulfilment/f", "ship", json!({ "shipment": "Paket 1" }))
        .is_in("completed");
    assert_eq!(walk.documents, ["receipt", "appointment", "invoice"]);
}

#[test]
fn a_refund_takes_two_people() {
    let mut walk = Walk::open(
        MAPS,
        &json!({ "payment": { "payment_method": "online" } }),
        0,
    );
    walk.is_in("open.awaiting_payment").act(
        "clerk/a",
        "record_payment",
        json!({ "note": "Überweisung" }),
    );
    walk.act("clerk/a", "cancel_order", json!({ "reason": "vergriffen" }))
        .is_in("open.refunding");
    let refund = json!({ "amount": "6.50", "note": "Rückbuchung" });
    let same = walk.try_act("clerk/a", "refund_done", refund.clone());
    assert!(matches!(same, Err(Refusal::FourEyes { .. })), "{same:?}");
    walk.act("clerk/b", "refund_done", refund)
        .is_in("cancelled");
}

#[test]
fn an_order_with_a_quote() {
    let quote = json!({ "amount": "50.00", "terms": "Lizenz für 500 Stück" });
    let mut walk = Walk::open(MAPS, &json!({ "reseller": true }), 0);
    walk.is_in("open.submitted")
        .act("clerk/a", "needs_quote", json!({}));
    walk.act("clerk/a", "send_quote", quote.clone())
        .is_in("open.quote_sent");
    walk.act("applicant", "accept_quote", json!({}))
        .is_in("open.in_fulfilment");

    let mut walk = Walk::open(MAPS, &json!({ "reseller": true }), 0);
    walk.act("clerk/a", "needs_quote", json!({}))
        .act("clerk/a", "send_quote", quote);
    walk.wait("quote_reminder");
    walk.wait("quote_validity");
    walk.is_in("cancelled");
    assert_eq!(
        walk.mails,
        ["received", "quote-sent", "quote-reminder", "lapsed"]
    );
}
