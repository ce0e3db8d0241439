//! Decisions and other rows the tests write.

use std::collections::BTreeMap;

use engine::case::{
    Actor, Applicant, Attachment, Case, CaseEvent, Decision, DocumentOrder, Fee, Millis, Parcel,
    ParcelContent, Route, Submission,
};
use engine::text::{Language, Text};
use serde_json::{Map, json};
use sha2::{Digest, Sha256};
use store::{Alongside, Draft, Store, SubmissionKey};
use uuid::Uuid;

/// Tenant of most tests.
pub(crate) const TOWN: &str = "musterstadt";
/// Some morning in 2026.
pub(crate) const NOW: Millis = 1_790_000_000_000;

pub(crate) fn id() -> Uuid {
    Uuid::now_v7()
}

/// A case number nobody else has.
pub(crate) fn reference(case: Uuid) -> String {
    let bytes = case.as_bytes();
    let entropy = u64::from_be_bytes(bytes[8..].try_into().expect("eight bytes"));
    engine::case::reference::reference("MS", 2026, entropy)
}

pub(crate) fn case(name: &str) -> Case {
    let id = id();
    Case {
        id,
        reference: reference(id),
        service: "dog-licence".into(),
        definition: "d".repeat(64),
        revision: 1,
        configuration: vec!["check".into()],
        history: BTreeMap::new(),
        entries: BTreeMap::from([("check".into(), 1)]),
        vars: Map::new(),
        public_state: "check".into(),
        department: "taxes".into(),
        queue: "dogs".into(),
        flags: Vec::new(),
        due_at: None,
        deadlines: BTreeMap::new(),
        assignee: None,
        applicant_name: name.into(),
        language: Language::De,
        opened_at: NOW,
        closed_at: None,
        outcome: None,
        published: false,
        parties: Vec::new(),
        appointment: None,
    }
}

pub(crate) fn submission(case: &Case) -> Submission {
    Submission {
        case_id: case.id,
        reference: case.reference.clone(),
        service: case.service.clone(),
        definition: case.definition.clone(),
        language: case.language,
        received_at: case.opened_at,
        answers: Map::from_iter([("dog".into(), json!({"name": "Bello", "size": 1.50}))]),
        attachments: Vec::new(),
        outstanding: Vec::new(),
        fee: Fee::default(),
        route: Route {
            department: case.department.clone(),
            queue: case.queue.clone(),
        },
        applicant: Applicant {
            name: case.applicant_name.clone(),
            ..Applicant::default()
        },
        params: Map::new(),
        capacity: None,
        publication: None,
        parties: None,
        appointment: None,
    }
}

pub(crate) fn event(case: &Case, name: &str) -> CaseEvent {
    CaseEvent {
        seq: case.revision,
        name: name.into(),
        actor: Actor::Citizen,
        at: NOW + case.revision,
        payload: Map::from_iter([("remark".into(), json!("Grüße"))]),
        configuration: case.configuration.clone(),
        internal: false,
    }
}

fn decision(case: Case, submission: Option<Submission>, name: &str) -> Decision {
    Decision {
        event: event(&case, name),
        case,
        submission,
        parcels: Vec::new(),
        documents: Vec::new(),
        timers_set: Vec::new(),
        timers_cancelled: Vec::new(),
        claims: Vec::new(),
        payment: None,
        payments_closed: false,
        publication: None,
        attachments: Vec::new(),
    }
}

/// Opens a case.
pub(crate) fn opening(name: &str) -> Decision {
    open(case(name))
}

pub(crate) fn open(case: Case) -> Decision {
    let submission = submission(&case);
    decision(case, Some(submission), "submitted")
}

/// The next step of a case.
pub(crate) fn step(case: &Case) -> Decision {
    decision(
        Case {
            revision: case.revision + 1,
            ..case.clone()
        },
        None,
        "checked",
    )
}

/// Records an opening without anything alongside.
pub(crate) async fn recorded(store: &Store, decision: &Decision) -> Case {
    store
        .record(TOWN, decision, &Alongside::default())
        .await
        .expect("is recorded");
    decision.case.clone()
}

pub(crate) fn key(key: &str, body: &str) -> Alongside {
    Alongside {
        key: Some(SubmissionKey {
            key: key.into(),
            body_hash: body.into(),
        }),
        ..Alongside::default()
    }
}

pub(crate) fn order(name: &str) -> DocumentOrder {
    DocumentOrder {
        name: name.into(),
        template: "receipt".into(),
        title: Text::both("Quittung", "Receipt"),
        public: true,
        data: Map::from_iter([("z".into(), json!(1)), ("a".into(), json!("2"))]),
        at: NOW,
    }
}

/// A mail to a reader of its own, so that it waits for no other.
pub(crate) fn mail(index: i64, attach: &[&str]) -> Parcel {
    mail_to(&format!("erika+{index}@example.org"), index, attach)
}

pub(crate) fn mail_to(to: &str, index: i64, attach: &[&str]) -> Parcel {
    let attach = attach.iter().map(ToString::to_string).collect();
    Parcel {
        index,
        content: ParcelContent::Mail {
            to: to.into(),
            to_name: "Erika".into(),
            template: "received".into(),
            attach,
            language: None,
            data: Map::new(),
            invitation: None,
        },
    }
}

pub(crate) fn draft() -> Draft {
    let id = id();
    Draft {
        id,
        visitor_hash: format!("visitor {id}"),
        resume_hash: None,
        service: "dog-licence".into(),
        definition: "d".repeat(64),
        language: Language::En,
        answers: Map::from_iter([("dog".into(), json!("Bello"))]),
        page_state: json!({"seen": ["dog"]}),
        revision: 1,
        created_at: NOW,
        updated_at: NOW,
        expires_at: NOW + 1000,
    }
}

pub(crate) fn file(bytes: &[u8]) -> Attachment {
    let sha256 = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Attachment {
        id: id(),
        field: "id_copy".into(),
        name: "Ausweis.pdf".into(),
        media_type: "application/pdf".into(),
        size: bytes.len() as i64,
        sha256,
    }
}
