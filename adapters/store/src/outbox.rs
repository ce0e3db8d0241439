//! The outbox: parcels leased, delivered outside of any transaction, settled.

use std::collections::BTreeMap;

use engine::case::{Millis, Parcel, ParcelContent};
use uuid::Uuid;

use crate::sql::{Db, Tx, all, from_json, optional, run, statements, to_json};
use crate::{Store, StoreError};

/// A parcel somebody may deliver until the lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct LeasedParcel {
    /// Tenant of the case.
    pub tenant: String,
    /// `case/seq/index`, the idempotency key for the other side.
    pub id: String,
    /// The case.
    pub case_id: Uuid,
    /// The step that wrote it.
    pub seq: i64,
    /// Position within the step.
    pub index: i64,
    /// What to do.
    pub content: ParcelContent,
    /// How often it was leased since it was written or requeued, this time
    /// included; a worker that died counts.
    pub attempts: i64,
    /// Number of this lease, to be given when settling.
    pub fence: i64,
    /// When the step wrote it.
    pub created_at: Millis,
}

/// A delivered parcel, settled in the transaction of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Id of the parcel.
    pub id: String,
    /// Number of the lease.
    pub fence: i64,
    /// What the other side answered, such as its own number.
    pub receipt: Option<String>,
}

/// Where a parcel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Waits for its first attempt.
    Pending,
    /// Somebody works on it.
    Leased,
    /// Waits for another attempt.
    Retry,
    /// Delivered.
    Done,
    /// Given up; a person has to look.
    Parked,
}

impl DeliveryState {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Leased => "leased",
            DeliveryState::Retry => "retry",
            DeliveryState::Done => "done",
            DeliveryState::Parked => "parked",
        }
    }

    fn read(word: &str, row: &str) -> Result<DeliveryState, StoreError> {
        use DeliveryState::{Done, Leased, Parked, Pending, Retry};
        [Pending, Leased, Retry, Done, Parked]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| StoreError::Inconsistent {
                table: "outbox",
                column: "state",
                row: row.to_owned(),
            })
    }
}

/// One line of the ledger of a case: what was sent and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Id of the parcel.
    pub id: String,
    /// The step that wrote it.
    pub seq: i64,
    /// What it does.
    pub content: ParcelContent,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts since it was written or requeued.
    pub attempts: i64,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When the next attempt is due, for `Pending` and `Retry`.
    pub next_at: Option<Millis>,
    /// When it was delivered or given up.
    pub settled_at: Option<Millis>,
    /// What the other side answered.
    pub receipt: Option<String>,
}

/// A parcel that was given up, with the case it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct ParkedParcel {
    /// Id of the parcel.
    pub id: String,
    /// The case.
    pub case_id: Uuid,
    /// Its public number.
    pub reference: String,
    /// Department that works the case.
    pub department: String,
    /// What should have been done.
    pub content: ParcelContent,
    /// Why it could not be.
    pub last_error: Option<String>,
    /// When it was given up.
    pub parked_at: Millis,
}

statements! {
    ENQUEUE = "INSERT INTO outbox
            (tenant_id, id, case_id, seq, part, content, state, ready_at, attempts, fence, created_at, lane)
        VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, 0, 0, $7, $8)";
    SETTLE_DONE = "UPDATE outbox SET state = 'done', settled_at = $4, receipt = $5, worker = NULL
        WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'leased'";
    SETTLE_RETRY = "UPDATE outbox SET state = 'retry', ready_at = $4, last_error = $5, worker = NULL
        WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'leased'";
    SETTLE_PARKED = "UPDATE outbox SET state = 'parked', settled_at = $4, last_error = $5, worker = NULL
        WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'leased'";
    /// The attempt did not happen, so it does not count.
    RELEASE = "UPDATE outbox SET state = 'pending', ready_at = $2, attempts = attempts - 1, worker = NULL
        WHERE worker = $1 AND state = 'leased'";
    REQUEUE = "UPDATE outbox SET state = 'pending', ready_at = $3, attempts = 0, settled_at = NULL
        WHERE tenant_id = $1 AND id = $2 AND state = 'parked'";
    PARKED = "SELECT o.id, o.case_id, c.reference, c.department, o.content, o.last_error, o.settled_at
        FROM outbox o JOIN case_file c ON c.tenant_id = o.tenant_id AND c.id = o.case_id
        WHERE o.tenant_id = $1 AND o.state = 'parked' AND c.department = $2
        ORDER BY o.settled_at, o.id LIMIT $3";
    /// A parcel that waits for an earlier one of its lane is not late.
    OLDEST = "SELECT MIN(o.ready_at) FROM outbox o WHERE o.state IN ('pending', 'retry', 'leased')
        AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.tenant_id = o.tenant_id AND e.case_id = o.case_id
            AND e.lane = o.lane AND e.state IN ('pending', 'retry', 'leased')
            AND (e.seq, e.part) < (o.seq, o.part))";
    DELIVERIES = "SELECT id, seq, content, state, ready_at, attempts, last_error, settled_at, receipt
        FROM outbox WHERE tenant_id = $1 AND case_id = $2 ORDER BY seq, part";
}

// Leasing is the one statement with two texts. On PostgreSQL the text below
// for SQLite hands out rows twice: two workers choose the same row, the second
// waits for the first and then changes it again (measured: 1679 leases for 400
// rows with 12 workers). Repeating the condition in the outer WHERE is right
// but loses most races; SKIP LOCKED lets every worker take other rows, five
// times as fast. SQLite knows no such clause and needs none: its writers are
// one after the other.
// A parcel with a lane waits for the earlier ones of its case and lane until
// they are done or given up. Reading their state without a lock is right: it
// only ever turns from "to do" to "done", and late news cost one round.
// `$1` now, `$2` end of the lease, `$3` worker, `$4` how many.

/// Leases on SQLite.
const LEASE_SQLITE: &str = "UPDATE outbox SET state = 'leased', ready_at = $2, worker = $3,
        attempts = attempts + 1, fence = fence + 1
    WHERE (tenant_id, id) IN (SELECT o.tenant_id, o.id FROM outbox o
        WHERE o.state IN ('pending', 'retry', 'leased') AND o.ready_at <= $1
        AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.tenant_id = o.tenant_id AND e.case_id = o.case_id
            AND e.lane = o.lane AND e.state IN ('pending', 'retry', 'leased')
            AND (e.seq, e.part) < (o.seq, o.part))
        ORDER BY o.ready_at LIMIT $4)
    RETURNING tenant_id, id, case_id, seq, part, content, attempts, fence, created_at";

/// Leases on PostgreSQL.
const LEASE_POSTGRES: &str = "UPDATE outbox SET state = 'leased', ready_at = $2, worker = $3,
        attempts = attempts + 1, fence = fence + 1
    WHERE (tenant_id, id) IN (SELECT o.tenant_id, o.id FROM outbox o
        WHERE o.state IN ('pending', 'retry', 'leased') AND o.ready_at <= $1
        AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.tenant_id = o.tenant_id AND e.case_id = o.case_id
            AND e.lane = o.lane AND e.state IN ('pending', 'retry', 'leased')
            AND (e.seq, e.part) < (o.seq, o.part))
        ORDER BY o.ready_at LIMIT $4 FOR UPDATE OF o SKIP LOCKED)
    RETURNING tenant_id, id, case_id, seq, part, content, attempts, fence, created_at";

#[derive(sqlx::FromRow)]
struct LeaseRow {
    tenant_id: String,
    id: String,
    case_id: Uuid,
    seq: i64,
    part: i64,
    content: String,
    attempts: i64,
    fence: i64,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    id: String,
    seq: i64,
    content: String,
    state: String,
    ready_at: i64,
    attempts: i64,
    last_error: Option<String>,
    settled_at: Option<i64>,
    receipt: Option<String>,
}

type ParkedRow = (String, Uuid, String, String, String, Option<String>, i64);

impl Store {
    /// Takes up to `limit` parcels of all tenants that are due, for `lease_ms`
    /// milliseconds; those whose lease ran out are due again. `worker` is a
    /// name only this process uses.
    pub async fn lease(
        &self,
        now: Millis,
        worker: &str,
        lease_ms: i64,
        limit: u32,
    ) -> Result<Vec<LeasedParcel>, StoreError> {
        let mut db = self.writer().await?;
        let statement = match &db {
            Db::Sqlite(_) => LEASE_SQLITE,
            Db::Postgres(_) => LEASE_POSTGRES,
        };
        let mut rows = all!(
            &mut db,
            LeaseRow,
            statement,
            now,
            now + lease_ms,
            worker,
            i64::from(limit)
        )?;
        // RETURNING promises no order; within a case the order of steps counts.
        rows.sort_by_key(|row| (row.case_id, row.seq, row.part));
        rows.into_iter().map(LeaseRow::read).collect()
    }

    /// The parcel is delivered. [`StoreError::LostLease`] when the lease ran
    /// out and another one was given since.
    pub async fn settle_done(
        &self,
        tenant: &str,
        id: &str,
        fence: i64,
        now: Millis,
        receipt: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        settled(run!(&mut db, SETTLE_DONE, tenant, id, fence, now, receipt)?)
    }

    /// Not now: the parcel is due again at `next_at`.
    pub async fn settle_retry(
        &self,
        tenant: &str,
        id: &str,
        fence: i64,
        next_at: Millis,
        error: &str,
    ) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        settled(run!(
            &mut db,
            SETTLE_RETRY,
            tenant,
            id,
            fence,
            next_at,
            error
        )?)
    }

    /// Never: a person has to look at it.
    pub async fn settle_parked(
        &self,
        tenant: &str,
        id: &str,
        fence: i64,
        now: Millis,
        error: &str,
    ) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        settled(run!(&mut db, SETTLE_PARKED, tenant, id, fence, now, error)?)
    }

    /// Gives back all leases of a worker that stops; the number of parcels.
    pub async fn release_leases(&self, worker: &str, now: Millis) -> Result<i64, StoreError> {
        let mut db = self.writer().await?;
        Ok(crate::sql::count(run!(&mut db, RELEASE, worker, now)?))
    }

    /// The earliest instant at which a parcel of any tenant is or was due;
    /// `None` when nothing is left to do. Far behind the clock, it says that
    /// the worker stands still.
    pub async fn oldest_parcel(&self) -> Result<Option<Millis>, StoreError> {
        let mut db = self.reader().await?;
        Ok(optional!(&mut db, (Option<i64>,), OLDEST)?.and_then(|(at,)| at))
    }

    /// Parcels that were given up, of cases these departments work now, the
    /// oldest first; at most `limit` for each department.
    pub async fn parked(
        &self,
        tenant: &str,
        departments: &[String],
        limit: u32,
    ) -> Result<Vec<ParkedParcel>, StoreError> {
        let mut db = self.reader().await?;
        let mut parcels = Vec::new();
        for department in departments {
            for row in all!(
                &mut db,
                ParkedRow,
                PARKED,
                tenant,
                department.as_str(),
                i64::from(limit)
            )? {
                let (id, case_id, reference, department, content, last_error, parked_at) = row;
                let content = from_json(&content, "outbox", "content", &id)?;
                parcels.push(ParkedParcel {
                    id,
                    case_id,
                    reference,
                    department,
                    content,
                    last_error,
                    parked_at,
                });
            }
        }
        parcels.sort_by(|a, b| (a.parked_at, &a.id).cmp(&(b.parked_at, &b.id)));
        Ok(parcels)
    }

    /// Tries a parcel that was given up anew, with all its attempts.
    pub async fn requeue(&self, tenant: &str, id: &str, now: Millis) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        match run!(&mut db, REQUEUE, tenant, id, now)? {
            1 => Ok(()),
            _ => Err(StoreError::NotFound("parked parcel")),
        }
    }

    /// The ledger of a case: everything that left or will leave the house.
    pub async fn deliveries(
        &self,
        tenant: &str,
        case_id: Uuid,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut db = self.reader().await?;
        all!(&mut db, DeliveryRow, DELIVERIES, tenant, case_id)?
            .into_iter()
            .map(DeliveryRow::read)
            .collect()
    }
}

impl LeaseRow {
    fn read(self) -> Result<LeasedParcel, StoreError> {
        Ok(LeasedParcel {
            content: from_json(&self.content, "outbox", "content", &self.id)?,
            tenant: self.tenant_id,
            id: self.id,
            case_id: self.case_id,
            seq: self.seq,
            index: self.part,
            attempts: self.attempts,
            created_at: self.created_at,
            fence: self.fence,
        })
    }
}

impl DeliveryRow {
    fn read(self) -> Result<Delivery, StoreError> {
        let state = DeliveryState::read(&self.state, &self.id)?;
        let waits = matches!(state, DeliveryState::Pending | DeliveryState::Retry);
        Ok(Delivery {
            content: from_json(&self.content, "outbox", "content", &self.id)?,
            id: self.id,
            seq: self.seq,
            state,
            attempts: self.attempts,
            last_error: self.last_error,
            next_at: waits.then_some(self.ready_at),
            settled_at: self.settled_at,
            receipt: self.receipt,
        })
    }
}

fn settled(rows: u64) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::LostLease)
    }
}

/// Settles a delivered parcel in the transaction of the step it caused.
pub(crate) async fn settle_within(
    tx: &mut Tx,
    tenant: &str,
    now: Millis,
    settlement: &Settlement,
) -> Result<(), StoreError> {
    let (id, receipt) = (settlement.id.as_str(), settlement.receipt.as_deref());
    settled(run!(
        tx,
        SETTLE_DONE,
        tenant,
        id,
        settlement.fence,
        now,
        receipt
    )?)
}

/// Writes the parcels of a step, due at once. `renamed` are documents of the
/// same step that got another name: the parcel means the new ones.
pub(crate) async fn enqueue(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    seq: i64,
    at: Millis,
    parcels: &[Parcel],
    renamed: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    for parcel in parcels {
        let id = format!("{case_id}/{seq}/{}", parcel.index);
        let content = to_json(&with_names(&parcel.content, renamed))?;
        run!(
            tx,
            ENQUEUE,
            tenant,
            id,
            case_id,
            seq,
            parcel.index,
            content,
            at,
            lane(&parcel.content)
        )?;
    }
    Ok(())
}

/// Mails to one reader about one case must arrive as they were written: a
/// rejection before the confirmation would be wrong. All else may overtake.
fn lane(content: &ParcelContent) -> Option<String> {
    match content {
        ParcelContent::Mail { to, .. } => Some(format!("mail {}", to.trim().to_lowercase())),
        ParcelContent::Notify {
            role, department, ..
        } => Some(format!("notify {department} {role}")),
        ParcelContent::Deliver { .. } | ParcelContent::Promote { .. } => None,
    }
}

fn with_names(content: &ParcelContent, renamed: &BTreeMap<String, String>) -> ParcelContent {
    let mut content = content.clone();
    if let ParcelContent::Mail { attach, .. } | ParcelContent::Deliver { attach, .. } = &mut content
    {
        for name in attach {
            if let Some(new) = renamed.get(name) {
                name.clone_from(new);
            }
        }
    }
    content
}
