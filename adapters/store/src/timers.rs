//! Timers of the workflows: set and ended by `record`, found by the worker.

use engine::case::{Millis, Timer};
use uuid::Uuid;

use crate::sql::{Tx, all, run, statements};
use crate::{Store, StoreError};

/// A timer that fell due.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DueTimer {
    /// Tenant of the case.
    #[sqlx(rename = "tenant_id")]
    pub tenant: String,
    /// The case.
    pub case_id: Uuid,
    /// Key within the case.
    pub key: String,
    /// When it fell due.
    pub due_at: Millis,
}

statements! {
    SET = "INSERT INTO timer (tenant_id, case_id, key, due_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, case_id, key) DO UPDATE SET due_at = excluded.due_at";
    END = "DELETE FROM timer WHERE tenant_id = $1 AND case_id = $2 AND key = $3";
    DUE = "SELECT tenant_id, case_id, key, due_at FROM timer WHERE due_at <= $1
        ORDER BY due_at, tenant_id, case_id, key LIMIT $2";
    TIMERS = "SELECT key, due_at FROM timer WHERE tenant_id = $1 AND case_id = $2 ORDER BY due_at, key";
}

impl Store {
    /// Timers of all tenants that are due, the earliest first. They stay until
    /// the step that handles them is recorded ([`crate::Alongside::timer`]);
    /// of two workers that handle one, the guard of the case lets one win.
    pub async fn due_timers(&self, now: Millis, limit: u32) -> Result<Vec<DueTimer>, StoreError> {
        let mut db = self.reader().await?;
        all!(&mut db, DueTimer, DUE, now, i64::from(limit))
    }

    /// The running timers of a case, the next first.
    pub async fn timers(&self, tenant: &str, case_id: Uuid) -> Result<Vec<Timer>, StoreError> {
        let mut db = self.reader().await?;
        let rows = all!(&mut db, (String, i64), TIMERS, tenant, case_id)?;
        Ok(rows
            .into_iter()
            .map(|(key, due_at)| Timer { key, due_at })
            .collect())
    }

    /// Removes a timer no step will ever handle, such as one of a case that
    /// has ended. `false` when it was gone already.
    pub async fn drop_timer(
        &self,
        tenant: &str,
        case_id: Uuid,
        key: &str,
    ) -> Result<bool, StoreError> {
        let mut db = self.writer().await?;
        Ok(run!(&mut db, END, tenant, case_id, key)? == 1)
    }
}

pub(crate) async fn set(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    timers: &[Timer],
) -> Result<(), StoreError> {
    for timer in timers {
        run!(tx, SET, tenant, case_id, timer.key.as_str(), timer.due_at)?;
    }
    Ok(())
}

/// Ends timers. One that is gone is no error: a state is left with the list
/// of all its timers, and those that fired are removed before.
pub(crate) async fn cancel(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    keys: impl Iterator<Item = &String>,
) -> Result<(), StoreError> {
    for key in keys {
        if run!(tx, END, tenant, case_id, key.as_str())? == 0 {
            tracing::debug!(%case_id, key, "timer had ended before");
        }
    }
    Ok(())
}
