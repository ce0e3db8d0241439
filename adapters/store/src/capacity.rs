//! Places of limited resources: taken, given back, waited for.
//!
//! The number of taken places is one row for each resource. Adding to it is
//! guarded by the limit in the statement itself, so two cases can never get
//! the last place, on either database, without any explicit lock.

use engine::case::{Claim, Millis};
use uuid::Uuid;

use crate::sql::{Tx, all, optional, run, statements};
use crate::{Store, StoreError};

statements! {
    /// Guarded twice: for the first case of a resource and for all others.
    TAKE = "INSERT INTO capacity (tenant_id, resource, taken) SELECT $1, $2, CAST($3 AS BIGINT) WHERE CAST($3 AS BIGINT) <= $4
        ON CONFLICT (tenant_id, resource) DO UPDATE SET taken = capacity.taken + excluded.taken
        WHERE capacity.taken + excluded.taken <= $4";
    NOTE_TAKEN = "INSERT INTO reservation (tenant_id, resource, case_id, kind, quantity, since)
        VALUES ($1, $2, $3, 'taken', $4, $5)
        ON CONFLICT (tenant_id, resource, case_id, kind)
        DO UPDATE SET quantity = reservation.quantity + excluded.quantity";
    /// Waiting again keeps the place in the list.
    WAIT = "INSERT INTO reservation (tenant_id, resource, case_id, kind, quantity, since)
        VALUES ($1, $2, $3, 'waiting', $4, $5)
        ON CONFLICT (tenant_id, resource, case_id, kind) DO UPDATE SET quantity = excluded.quantity";
    HELD = "SELECT quantity FROM reservation
        WHERE tenant_id = $1 AND resource = $2 AND case_id = $3 AND kind = 'taken'";
    GIVE_BACK = "UPDATE capacity SET taken = taken - $3 WHERE tenant_id = $1 AND resource = $2";
    FORGET_TAKEN = "DELETE FROM reservation
        WHERE tenant_id = $1 AND resource = $2 AND case_id = $3 AND kind = 'taken'";
    FORGET_WAITING = "DELETE FROM reservation
        WHERE tenant_id = $1 AND resource = $2 AND case_id = $3 AND kind = 'waiting'";
    TAKEN = "SELECT taken FROM capacity WHERE tenant_id = $1 AND resource = $2";
    QUEUE = "SELECT case_id, quantity FROM reservation
        WHERE tenant_id = $1 AND resource = $2 AND kind = 'waiting' ORDER BY since, case_id LIMIT 500";
    /// For the rank a new entry would get: waiting lists are short.
    WAITING = "SELECT COUNT(*) FROM reservation WHERE tenant_id = $1 AND resource = $2 AND kind = 'waiting'";
    /// Counts only those ahead of the case: waiting lists are short.
    RANK = "SELECT (SELECT COUNT(*) FROM reservation o
                WHERE o.tenant_id = r.tenant_id AND o.resource = r.resource AND o.kind = r.kind
                    AND (o.since, o.case_id) <= (r.since, r.case_id))
        FROM reservation r
        WHERE r.tenant_id = $1 AND r.resource = $2 AND r.case_id = $3 AND r.kind = 'waiting'";
}

impl Store {
    /// How many cases wait for places of a resource.
    pub async fn waiting_count(&self, tenant: &str, resource: &str) -> Result<i64, StoreError> {
        let mut db = self.reader().await?;
        Ok(optional!(&mut db, (i64,), WAITING, tenant, resource)?.map_or(0, |(count,)| count))
    }

    /// How many places of a resource are taken.
    pub async fn capacity_taken(&self, tenant: &str, resource: &str) -> Result<i64, StoreError> {
        let mut db = self.reader().await?;
        Ok(optional!(&mut db, (i64,), TAKEN, tenant, resource)?.map_or(0, |(taken,)| taken))
    }

    /// Who waits and for how many places, in order of receipt; the first 500.
    pub async fn waiting(
        &self,
        tenant: &str,
        resource: &str,
    ) -> Result<Vec<(Uuid, i64)>, StoreError> {
        let mut db = self.reader().await?;
        all!(&mut db, (Uuid, i64), QUEUE, tenant, resource)
    }

    /// The place of a case in the waiting list, 1 for the first; `None` when
    /// it does not wait.
    pub async fn waiting_rank(
        &self,
        tenant: &str,
        resource: &str,
        case_id: Uuid,
    ) -> Result<Option<i64>, StoreError> {
        let mut db = self.reader().await?;
        Ok(optional!(&mut db, (i64,), RANK, tenant, resource, case_id)?.map(|(rank,)| rank))
    }
}

/// Applies the claims of a step, all of them or none.
pub(crate) async fn apply(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    at: Millis,
    claims: &[Claim],
) -> Result<(), StoreError> {
    // Always in the same order of resources: two steps that need the same two
    // resources then cannot block each other. The order of claims to one
    // resource stays.
    let mut claims: Vec<&Claim> = claims.iter().collect();
    claims.sort_by_key(|claim| resource(claim));
    for claim in claims {
        match claim {
            Claim::Take {
                resource,
                limit,
                quantity,
            } => {
                positive(*quantity)?;
                take(tx, tenant, case_id, at, resource, *limit, *quantity).await?;
            }
            Claim::Release { resource } => release(tx, tenant, case_id, resource).await?,
            Claim::Wait { resource, quantity } => {
                positive(*quantity)?;
                run!(tx, WAIT, tenant, resource.as_str(), case_id, *quantity, at)?;
            }
            Claim::Slot { .. } | Claim::Appointment { .. } => {}
        }
    }
    Ok(())
}

fn resource(claim: &Claim) -> &str {
    match claim {
        Claim::Take { resource, .. }
        | Claim::Release { resource }
        | Claim::Wait { resource, .. } => resource,
        // Slots have their own tables and their own order.
        Claim::Slot { .. } | Claim::Appointment { .. } => "",
    }
}

fn positive(quantity: i64) -> Result<(), StoreError> {
    if quantity > 0 {
        Ok(())
    } else {
        Err(StoreError::Malformed("a claim needs at least one place"))
    }
}

async fn take(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    at: Millis,
    resource: &str,
    limit: i64,
    quantity: i64,
) -> Result<(), StoreError> {
    if run!(tx, TAKE, tenant, resource, quantity, limit)? == 0 {
        return Err(StoreError::Full {
            resource: resource.to_owned(),
        });
    }
    run!(tx, NOTE_TAKEN, tenant, resource, case_id, quantity, at)?;
    // Whoever gets a place waits no longer.
    run!(tx, FORGET_WAITING, tenant, resource, case_id)?;
    Ok(())
}

async fn release(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    resource: &str,
) -> Result<(), StoreError> {
    run!(tx, FORGET_WAITING, tenant, resource, case_id)?;
    let Some((quantity,)) = optional!(tx, (i64,), HELD, tenant, resource, case_id)? else {
        return Ok(());
    };
    let row = || format!("{resource}/{case_id}");
    if run!(tx, FORGET_TAKEN, tenant, resource, case_id)? != 1 {
        return Err(StoreError::Inconsistent {
            table: "reservation",
            column: "quantity",
            row: row(),
        });
    }
    if run!(tx, GIVE_BACK, tenant, resource, quantity)? != 1 {
        return Err(StoreError::Inconsistent {
            table: "capacity",
            column: "taken",
            row: row(),
        });
    }
    Ok(())
}
