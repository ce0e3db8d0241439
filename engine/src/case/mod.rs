//! A case: what was submitted, where it stands, what happened to it, and the
//! [`Decision`] that changes it.
//!
//! The serializable types here are stored for years; fields are added with a
//! default, never renamed.

mod appointment;
mod decide;
mod decide_effects;
#[cfg(test)]
mod decide_tests;
mod migrate;
#[cfg(test)]
mod migrate_tests;
mod parties;
#[cfg(test)]
mod parties_tests;
pub mod publication;
pub mod reference;

pub use decide::{
    Env, Offer, Refusal, WITHHELD, act, assign, fire_timer, note, offered, open_case, withhold,
};
pub use migrate::{MIGRATED, MigrationRefusal, Versions, migrate};
pub use parties::{
    ANSWERS, PartiesWanted, Party, PartyAnswer, PartyState, PartyWanted, answer_party, resend_party,
};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::appointment::ics::Invitation;
use crate::appointment::{Appointment, AppointmentWish};
use crate::text::Language;

/// Milliseconds since 1970-01-01T00:00Z. All stored instants have this unit.
pub type Millis = i64;

/// What a citizen handed in, kept unchanged for ever: receipt, mails and
/// payloads are made from it alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// The case it opened.
    pub case_id: Uuid,
    /// Public case number.
    pub reference: String,
    /// Id of the service, which is the id of its form.
    pub service: String,
    /// Content hash (hex SHA-256) of the definition bundle it was made with.
    pub definition: String,
    /// Language the citizen used.
    pub language: Language,
    /// When the request that completed it reached us.
    pub received_at: Millis,
    /// Visible answers by field id, shaped as in the form's JSON Schema;
    /// computed values included, attachments as lists of upload ids.
    pub answers: Map<String, Json>,
    /// Files handed in.
    pub attachments: Vec<Attachment>,
    /// Paths of required papers that will be handed in later.
    #[serde(default)]
    pub outstanding: Vec<String>,
    /// What it costs.
    pub fee: Fee,
    /// Where it goes.
    pub route: Route,
    /// Whom to write to.
    pub applicant: Applicant,
    /// Values of the workflow's parameters, computed from the answers.
    pub params: Map<String, Json>,
    /// The places asked for, where the service has limited capacity.
    #[serde(default)]
    pub capacity: Option<CapacityWish>,
    /// What may be published of it, once a clerk has read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<publication::Proposal>,
    /// Whose word it needs besides the applicant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parties: Option<PartiesWanted>,
    /// The appointment asked for, where the service leads to one.
    #[serde(default)]
    pub appointment: Option<AppointmentWish>,
}

/// One file of a submission or of a later reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Id of the stored upload.
    pub id: Uuid,
    /// Path of the attachment field, such as `id_copy` or `representative.power`.
    pub field: String,
    /// File name as given, cleaned of paths and control characters.
    pub name: String,
    /// Media type found in the content.
    pub media_type: String,
    /// Size in bytes.
    pub size: i64,
    /// Hex SHA-256 of the content.
    pub sha256: String,
}

/// The fee with the lines it is made of; amounts are decimal texts in euros
/// with two places, such as `26.00`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// Sum of the lines.
    pub total: String,
    /// The lines.
    pub lines: Vec<FeeLine>,
}

/// One line of a fee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeLine {
    /// What is charged, in both languages.
    pub label: crate::text::Text,
    /// Amount in euros.
    pub amount: String,
    /// The statute or tariff.
    #[serde(default)]
    pub basis: Option<String>,
}

/// The department and queue a case goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Department id of the catalogue.
    pub department: String,
    /// Queue id of that department.
    pub queue: String,
}

/// Name and addresses letters and mails go to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    /// Full name, one line.
    pub name: String,
    /// Mail address, where one was given.
    pub email: Option<String>,
    /// Postal address, one entry a line, without the name.
    #[serde(default)]
    pub address: Vec<String>,
}

/// Places of a limited resource a submission asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityWish {
    /// Resource id, such as `courses/S4012`.
    pub resource: String,
    /// How many places exist in all.
    pub limit: i64,
    /// How many are asked for.
    pub quantity: i64,
}

/// Where a case stands now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Case id, UUIDv7.
    pub id: Uuid,
    /// Public case number.
    pub reference: String,
    /// Service id.
    pub service: String,
    /// Content hash of the pinned definition bundle.
    pub definition: String,
    /// Number of recorded steps; grows by one with each.
    pub revision: i64,
    /// Active atomic states, full dotted paths, sorted.
    pub configuration: Vec<String>,
    /// Recorded history by history-state path.
    #[serde(default)]
    pub history: BTreeMap<String, Vec<String>>,
    /// How often each state was entered, for timer keys.
    #[serde(default)]
    pub entries: BTreeMap<String, u32>,
    /// Variables of the workflow.
    #[serde(default)]
    pub vars: Map<String, Json>,
    /// What the citizen sees: the path of the state whose public text is shown.
    pub public_state: String,
    /// Department that works it now.
    pub department: String,
    /// Queue within the department.
    pub queue: String,
    /// Flags such as `overdue`, sorted.
    #[serde(default)]
    pub flags: Vec<String>,
    /// When the current task is due: the earliest of [`Case::deadlines`].
    pub due_at: Option<Millis>,
    /// Running timers marked as deadlines, by timer key.
    #[serde(default)]
    pub deadlines: BTreeMap<String, Millis>,
    /// Account name of the clerk who works it.
    pub assignee: Option<String>,
    /// Name of the applicant for lists.
    pub applicant_name: String,
    /// Language of letters.
    pub language: Language,
    /// When it was opened.
    pub opened_at: Millis,
    /// When it reached a top-level final state.
    pub closed_at: Option<Millis>,
    /// Outcome of that state, such as `granted`.
    pub outcome: Option<String>,
    /// Whether it stands on the public pages.
    #[serde(default)]
    pub published: bool,
    /// People besides the applicant whose word it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
    /// The appointment it has or had.
    #[serde(default)]
    pub appointment: Option<Appointment>,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Actor {
    /// The applicant.
    Citizen,
    /// A clerk, by account name and the name shown to others.
    Staff {
        /// Account name.
        account: String,
        /// Name shown.
        name: String,
    },
    /// A party of the case, by its key and name.
    Party {
        /// Key within the case.
        key: String,
        /// Name shown to staff.
        name: String,
    },
    /// A timer, a payment provider, the worker.
    System,
}

/// One entry of the history of a case, append-only and chained by hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseEvent {
    /// 1 for the submission, then one more each; equals the revision it made.
    pub seq: i64,
    /// Name of the workflow event, `submitted` for the first.
    pub name: String,
    /// Who caused it.
    pub actor: Actor,
    /// When.
    pub at: Millis,
    /// Data given with it (small form of the action).
    pub payload: Map<String, Json>,
    /// Configuration after it.
    pub configuration: Vec<String>,
    /// A remark the citizen must not see stays here.
    #[serde(default)]
    pub internal: bool,
}

/// Everything one step of a case writes, in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The case after the step; `case.revision` is the revision it will have.
    pub case: Case,
    /// What was submitted, with the first decision of a case.
    pub submission: Option<Submission>,
    /// The entry for the history.
    pub event: CaseEvent,
    /// What leaves the house afterwards, in order.
    pub parcels: Vec<Parcel>,
    /// Documents that exist from now on, rendered later from their orders.
    pub documents: Vec<DocumentOrder>,
    /// Timers that start.
    pub timers_set: Vec<Timer>,
    /// Keys of timers that end.
    pub timers_cancelled: Vec<String>,
    /// Places taken or given back; all succeed or the decision is refused.
    pub claims: Vec<Claim>,
    /// Payment asked for.
    pub payment: Option<PaymentRequest>,
    /// Whether open payment requests of the case end with this step.
    pub payments_closed: bool,
    /// Files handed in with this step, claimed from their draft or the reply.
    pub attachments: Vec<Attachment>,
    /// What changes on the public pages.
    pub publication: Option<publication::PublicChange>,
}

/// Something to hand to the outside world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parcel {
    /// Position within the step, part of the idempotency key `case/seq/index`.
    pub index: i64,
    /// What to do.
    pub content: ParcelContent,
}

/// What a parcel does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ParcelContent {
    /// A mail from a template.
    Mail {
        /// Addressee.
        to: String,
        /// Name of the addressee.
        to_name: String,
        /// Template id below `workflows/letters/`.
        template: String,
        /// Names of documents of the case to attach.
        attach: Vec<String>,
        /// The language, where it is not that of the case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Language>,
        /// What the template may show, frozen at the step, as in [`DocumentOrder::data`].
        #[serde(default)]
        data: Map<String, Json>,
        /// The appointment as a calendar file.
        #[serde(default)]
        invitation: Option<Invitation>,
    },
    /// Hand the submission to an inbox.
    Deliver {
        /// Department id.
        department: String,
        /// Queue id.
        queue: String,
        /// Names of documents of the case to add.
        attach: Vec<String>,
    },
    /// Tell the staff of a role in the department by mail.
    Notify {
        /// Workflow role.
        role: String,
        /// Department id.
        department: String,
        /// Template id.
        template: String,
        /// What the template may show, frozen at the step.
        #[serde(default)]
        data: Map<String, Json>,
    },
    /// Give freed places of a resource to whoever waits first.
    Promote {
        /// Resource id.
        resource: String,
    },
}

/// A document the case has from a step on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentOrder {
    /// Name within the case, such as `receipt` or `confirmation`; a later
    /// order of the same name makes `confirmation-2`.
    pub name: String,
    /// Template id, `receipt` for the receipt.
    pub template: String,
    /// Title in the language of the case.
    pub title: crate::text::Text,
    /// Whether the citizen may fetch it.
    pub public: bool,
    /// Everything the template may show beyond the submission, frozen at the
    /// step: event data, variables, fee, names, dates.
    pub data: Map<String, Json>,
    /// When it was ordered; the date of the letter.
    pub at: Millis,
}

/// A timer that will raise an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// `state path/timer id/entry number`, unique within the case.
    pub key: String,
    /// When it falls due.
    pub due_at: Millis,
}

/// Places of a limited resource taken (or waited for) by a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Claim {
    /// Take `quantity` places, refused when fewer than that are free.
    Take {
        /// Resource id.
        resource: String,
        /// Places that exist.
        limit: i64,
        /// Places taken.
        quantity: i64,
    },
    /// Give the places of this case back and leave the waiting list.
    Release {
        /// Resource id.
        resource: String,
    },
    /// Stand in the waiting list, ordered by time of this claim.
    Wait {
        /// Resource id.
        resource: String,
        /// Places wanted.
        quantity: i64,
    },
    /// Take a slot of a calendar, in place of the one the case has; refused
    /// when somebody has it.
    Slot {
        /// The appointment as the case keeps it.
        appointment: Appointment,
        /// Until when its desk is taken.
        busy_until: Millis,
    },
    /// Keep what became of the appointment; one given back frees its slot.
    Appointment {
        /// The appointment as the case keeps it.
        appointment: Appointment,
    },
}

/// A payment the citizen is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// Payment id, made by the application.
    pub id: Uuid,
    /// Amount in euros, two places.
    pub amount: String,
    /// Purpose on the statement, at most 27 characters (XBezahldienste 1.0).
    pub purpose: String,
}
