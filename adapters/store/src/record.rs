//! The one door through which a case changes.

use engine::case::{Decision, Millis};
use uuid::Uuid;

use crate::sql::{Tx, optional, retry, run, statements};
use crate::{PaymentState, Settlement, Store, StoreError};
use crate::{
    capacity, cases, chain, documents, drafts, outbox, payments, public, search, slots, timers,
    uploads,
};

/// Names one sending of a form page, so that repeating it has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionKey {
    /// The random key the page carries.
    pub key: String,
    /// Hash of what was sent; the same key must come with the same content.
    pub body_hash: String,
}

/// What is written in the same transaction as the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alongside {
    /// Makes repeating harmless: the first result is given again.
    pub key: Option<SubmissionKey>,
    /// The draft this submission was made from. It is removed; what it holds
    /// besides the files of the decision goes with it.
    pub draft: Option<Uuid>,
    /// Key of the timer this step handles; it ends even if the workflow stays
    /// in the state that started it.
    pub timer: Option<String>,
    /// The parcel this step settles, with its receipt.
    pub parcel: Option<Settlement>,
    /// The payment this step reports the end of; it counts once, whatever
    /// becomes of the other open payments.
    pub payment: Option<(Uuid, PaymentState)>,
}

/// What [`Store::record`] has stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The case.
    pub case_id: Uuid,
    /// Its public number.
    pub reference: String,
    /// Its revision after the step.
    pub revision: i64,
    /// Whether the key was used before: nothing was written this time.
    pub repeated: bool,
}

statements! {
    USE_KEY = "INSERT INTO submission_key (tenant_id, key, body_hash, case_id, reference, revision, used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, key) DO NOTHING";
    KEY_USED = "SELECT body_hash, case_id, reference, revision FROM submission_key
        WHERE tenant_id = $1 AND key = $2";
}

impl Store {
    /// Writes everything `decision` says in one transaction, or nothing.
    ///
    /// `decision.case.revision` is the revision the case will have: 1 opens
    /// it, any other replaces the one before. Errors that the caller answers:
    /// [`StoreError::Conflict`] (load and decide again), [`StoreError::KeyReused`],
    /// [`StoreError::ReferenceTaken`], [`StoreError::Full`], [`StoreError::SlotTaken`],
    /// [`StoreError::UploadMissing`], [`StoreError::NotFound`] (the draft was
    /// submitted under another key or has expired), [`StoreError::LostLease`],
    /// and [`StoreError::Unsettled`], which a repetition with the same key
    /// resolves.
    pub async fn record(
        &self,
        tenant: &str,
        decision: &Decision,
        with: &Alongside,
    ) -> Result<Recorded, StoreError> {
        check(decision)?;
        retry(|| self.record_once(tenant, decision, with)).await
    }

    async fn record_once(
        &self,
        tenant: &str,
        decision: &Decision,
        with: &Alongside,
    ) -> Result<Recorded, StoreError> {
        let mut tx = self.begin().await?;
        if let Some(key) = &with.key
            && let Some(first) = use_key(&mut tx, tenant, decision, key).await?
        {
            return Ok(first);
        }
        write_case(&mut tx, tenant, decision).await?;
        write_effects(&mut tx, tenant, decision, with).await?;
        fail::fail_point!("record-before-commit");
        tx.commit().await?;
        fail::fail_point!("record-after-commit");
        Ok(recorded(decision, false))
    }

    /// What was recorded under `key`, if anything: the answer to a COMMIT
    /// whose outcome is unknown, and to a page that is sent again after its
    /// draft is gone.
    pub async fn recorded(
        &self,
        tenant: &str,
        key: &SubmissionKey,
    ) -> Result<Option<Recorded>, StoreError> {
        let mut db = self.reader().await?;
        let row = optional!(&mut db, KeyRow, KEY_USED, tenant, key.key.as_str())?;
        row.map(|row| row.answer(key)).transpose()
    }
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    body_hash: String,
    case_id: Uuid,
    reference: String,
    revision: i64,
}

impl KeyRow {
    fn answer(self, key: &SubmissionKey) -> Result<Recorded, StoreError> {
        if self.body_hash != key.body_hash {
            return Err(StoreError::KeyReused);
        }
        Ok(Recorded {
            case_id: self.case_id,
            reference: self.reference,
            revision: self.revision,
            repeated: true,
        })
    }
}

fn recorded(decision: &Decision, repeated: bool) -> Recorded {
    let case = &decision.case;
    Recorded {
        case_id: case.id,
        reference: case.reference.clone(),
        revision: case.revision,
        repeated,
    }
}

/// A decision that contradicts itself is a mistake of the program; it must
/// not reach the tables.
fn check(decision: &Decision) -> Result<(), StoreError> {
    let case = &decision.case;
    if decision.event.seq != case.revision {
        return Err(StoreError::Malformed(
            "the event of a decision must carry the revision it makes",
        ));
    }
    match &decision.submission {
        Some(submission) if case.revision != 1 || submission.case_id != case.id => {
            Err(StoreError::Malformed(
                "a submission opens its own case and comes with its first revision",
            ))
        }
        None if case.revision == 1 => {
            Err(StoreError::Malformed("a case is opened by a submission"))
        }
        _ => Ok(()),
    }
}

/// Marks the key as used. Another transaction with the same key makes this
/// one wait until it is known whether that one stays; then its result counts.
async fn use_key(
    tx: &mut Tx,
    tenant: &str,
    decision: &Decision,
    key: &SubmissionKey,
) -> Result<Option<Recorded>, StoreError> {
    let case = &decision.case;
    let written = run!(
        tx,
        USE_KEY,
        tenant,
        key.key.as_str(),
        key.body_hash.as_str(),
        case.id,
        case.reference.as_str(),
        case.revision,
        decision.event.at,
    )?;
    if written == 1 {
        return Ok(None);
    }
    let row = optional!(tx, KeyRow, KEY_USED, tenant, key.key.as_str())?;
    row.ok_or(StoreError::NotFound("submission key"))?
        .answer(key)
        .map(Some)
}

async fn write_case(tx: &mut Tx, tenant: &str, decision: &Decision) -> Result<(), StoreError> {
    let case = &decision.case;
    match &decision.submission {
        Some(submission) => {
            cases::insert(tx, tenant, case).await?;
            search::index(tx, tenant, case).await?;
            cases::insert_submission(tx, tenant, submission).await?;
        }
        None => cases::update(tx, tenant, case).await?,
    }
    chain::append(tx, tenant, case.id, &decision.event).await
}

async fn write_effects(
    tx: &mut Tx,
    tenant: &str,
    decision: &Decision,
    with: &Alongside,
) -> Result<(), StoreError> {
    let (id, at): (Uuid, Millis) = (decision.case.id, decision.event.at);
    let seq = decision.event.seq;
    uploads::claim(tx, tenant, id, seq, with.draft, &decision.attachments).await?;
    if let Some(draft) = with.draft {
        drafts::submitted(tx, tenant, draft).await?;
    }
    let renamed = documents::order(tx, tenant, id, seq, &decision.documents).await?;
    // Cancelled first: a step may end a timer and start one of the same key.
    let ended = decision.timers_cancelled.iter().chain(&with.timer);
    timers::cancel(tx, tenant, id, ended).await?;
    timers::set(tx, tenant, id, &decision.timers_set).await?;
    capacity::apply(tx, tenant, id, at, &decision.claims).await?;
    if let Some(change) = &decision.publication {
        public::apply(tx, tenant, id, seq, at, change).await?;
    }
    slots::apply(tx, tenant, id, with.draft, at, &decision.claims).await?;
    if let Some((payment, state)) = with.payment {
        payments::settle(tx, tenant, payment, state, at).await?;
    }
    if decision.payments_closed {
        payments::close(tx, tenant, id, at).await?;
    }
    if let Some(request) = &decision.payment {
        payments::ask(tx, tenant, id, at, request).await?;
    }
    if let Some(settlement) = &with.parcel {
        outbox::settle_within(tx, tenant, at, settlement).await?;
    }
    outbox::enqueue(tx, tenant, id, seq, at, &decision.parcels, &renamed).await
}
