//! Payments asked for by a step.

use engine::case::{Millis, PaymentRequest};
use uuid::Uuid;

use crate::sql::{Tx, all, optional, run, statements};
use crate::{Store, StoreError};

/// Where a payment stands. Open ones change once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// Asked for.
    Open,
    /// The provider says it is paid.
    Paid,
    /// The provider says it failed for good.
    Failed,
    /// Not asked for any more.
    Cancelled,
}

impl PaymentState {
    /// The word in the table and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            PaymentState::Open => "open",
            PaymentState::Paid => "paid",
            PaymentState::Failed => "failed",
            PaymentState::Cancelled => "cancelled",
        }
    }

    fn read(word: &str, row: Uuid) -> Result<PaymentState, StoreError> {
        [
            PaymentState::Open,
            PaymentState::Paid,
            PaymentState::Failed,
            PaymentState::Cancelled,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| StoreError::Inconsistent {
            table: "payment",
            column: "state",
            row: row.to_string(),
        })
    }
}

/// A payment of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The case.
    pub case_id: Uuid,
    /// What was asked for.
    pub request: PaymentRequest,
    /// Where it stands.
    pub state: PaymentState,
    /// When it was asked for.
    pub created_at: Millis,
    /// When it left the state `open`.
    pub settled_at: Option<Millis>,
}

statements! {
    ASK = "INSERT INTO payment (tenant_id, id, case_id, amount, purpose, state, created_at)
        VALUES ($1, $2, $3, $4, $5, 'open', $6)";
    CLOSE = "UPDATE payment SET state = 'cancelled', settled_at = $3
        WHERE tenant_id = $1 AND case_id = $2 AND state = 'open'";
    SETTLE = "UPDATE payment SET state = $3, settled_at = $4 WHERE tenant_id = $1 AND id = $2 AND state = 'open'";
    PAYMENT = "SELECT id, case_id, amount, purpose, state, created_at, settled_at FROM payment
        WHERE tenant_id = $1 AND id = $2";
    PAYMENTS = "SELECT id, case_id, amount, purpose, state, created_at, settled_at FROM payment
        WHERE tenant_id = $1 AND case_id = $2 ORDER BY created_at, id";
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    case_id: Uuid,
    amount: String,
    purpose: String,
    state: String,
    created_at: i64,
    settled_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Payment, StoreError> {
        Ok(Payment {
            case_id: self.case_id,
            state: PaymentState::read(&self.state, self.id)?,
            request: PaymentRequest {
                id: self.id,
                amount: self.amount,
                purpose: self.purpose,
            },
            created_at: self.created_at,
            settled_at: self.settled_at,
        })
    }
}

impl Store {
    /// The payment with this id.
    pub async fn payment(&self, tenant: &str, id: Uuid) -> Result<Option<Payment>, StoreError> {
        let mut db = self.reader().await?;
        optional!(&mut db, Row, PAYMENT, tenant, id)?
            .map(Row::read)
            .transpose()
    }

    /// The payments of a case, oldest first.
    pub async fn payments(&self, tenant: &str, case_id: Uuid) -> Result<Vec<Payment>, StoreError> {
        let mut db = self.reader().await?;
        all!(&mut db, Row, PAYMENTS, tenant, case_id)?
            .into_iter()
            .map(Row::read)
            .collect()
    }

    /// Moves an open payment to its end. `false` when it was not open (any
    /// more): of two callbacks that report the same payment one gets `true`.
    pub async fn set_payment_state(
        &self,
        tenant: &str,
        id: Uuid,
        to: PaymentState,
        now: Millis,
    ) -> Result<bool, StoreError> {
        if to == PaymentState::Open {
            return Err(StoreError::Malformed("a payment is never opened again"));
        }
        let mut db = self.writer().await?;
        Ok(run!(&mut db, SETTLE, tenant, id, to.as_str(), now)? == 1)
    }
}

pub(crate) async fn ask(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    at: Millis,
    request: &PaymentRequest,
) -> Result<(), StoreError> {
    run!(
        tx,
        ASK,
        tenant,
        request.id,
        case_id,
        request.amount.as_str(),
        request.purpose.as_str(),
        at
    )?;
    Ok(())
}

/// Ends one payment; one that ended before stays as it is.
pub(crate) async fn settle(
    tx: &mut Tx,
    tenant: &str,
    id: Uuid,
    state: PaymentState,
    at: Millis,
) -> Result<(), StoreError> {
    let settled = run!(tx, SETTLE, tenant, id, state.as_str(), at)?;
    tracing::debug!(payment = %id, settled, "payment reported");
    Ok(())
}

/// Ends what is still open; that may be nothing.
pub(crate) async fn close(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    at: Millis,
) -> Result<(), StoreError> {
    let closed = run!(tx, CLOSE, tenant, case_id, at)?;
    tracing::debug!(%case_id, closed, "open payments cancelled");
    Ok(())
}
