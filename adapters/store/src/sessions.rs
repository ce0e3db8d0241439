//! Sessions of staff and failed logins.

use engine::case::Millis;

use crate::sql::{all, count, optional, run, statements};
use crate::{Store, StoreError};

/// A session, known by the hash of the secret in the cookie.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    /// Hash of the secret.
    pub token_hash: String,
    /// Account name.
    pub account: String,
    /// When the person logged in.
    pub created_at: Millis,
    /// When the session was used last.
    pub seen_at: Millis,
    /// When it ends whatever happens.
    pub expires_at: Millis,
}

statements! {
    CREATE = "INSERT INTO session (tenant_id, token_hash, account, created_at, seen_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    FIND = "SELECT token_hash, account, created_at, seen_at, expires_at FROM session
        WHERE tenant_id = $1 AND token_hash = $2 AND expires_at > $3";
    TOUCH = "UPDATE session SET seen_at = $3, expires_at = $4 WHERE tenant_id = $1 AND token_hash = $2";
    REMOVE = "DELETE FROM session WHERE tenant_id = $1 AND token_hash = $2";
    REMOVE_ALL_OF = "DELETE FROM session WHERE tenant_id = $1 AND account = $2";
    SWEEP = "DELETE FROM session WHERE expires_at <= $1";
    NOTE_FAILURE = "INSERT INTO login_failure (tenant_id, key, at, hits) VALUES ($1, $2, $3, 1)
        ON CONFLICT (tenant_id, key, at) DO UPDATE SET hits = login_failure.hits + 1";
    FAILURES = "SELECT CAST(COALESCE(SUM(hits), 0) AS BIGINT) FROM login_failure
        WHERE tenant_id = $1 AND key = $2 AND at >= $3";
    FAILED_AT = "SELECT at, hits FROM login_failure WHERE tenant_id = $1 AND key = $2 AND at >= $3
        ORDER BY at DESC LIMIT 1000";
    CLEAR_FAILURES = "DELETE FROM login_failure WHERE tenant_id = $1 AND key = $2";
    SWEEP_FAILURES = "DELETE FROM login_failure WHERE at < $1";
}

impl Store {
    /// Begins a session. [`StoreError::NotFound`] when there is no such account.
    pub async fn create_session(&self, tenant: &str, session: &Session) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        let (token, account) = (session.token_hash.as_str(), session.account.as_str());
        match run!(
            &mut db,
            CREATE,
            tenant,
            token,
            account,
            session.created_at,
            session.seen_at,
            session.expires_at
        ) {
            Ok(_) => Ok(()),
            Err(error) if error.is_missing_parent() => Err(StoreError::NotFound("account")),
            Err(error) if error.is_duplicate() => Err(StoreError::Conflict),
            Err(error) => Err(error),
        }
    }

    /// The session with this secret, unless it has ended.
    pub async fn session(
        &self,
        tenant: &str,
        token_hash: &str,
        now: Millis,
    ) -> Result<Option<Session>, StoreError> {
        let mut db = self.reader().await?;
        optional!(&mut db, Session, FIND, tenant, token_hash, now)
    }

    /// Notes that a session was used and when it ends now. `false` when it
    /// was ended meanwhile.
    pub async fn touch_session(
        &self,
        tenant: &str,
        token_hash: &str,
        seen_at: Millis,
        expires_at: Millis,
    ) -> Result<bool, StoreError> {
        let mut db = self.writer().await?;
        Ok(run!(&mut db, TOUCH, tenant, token_hash, seen_at, expires_at)? == 1)
    }

    /// Ends a session. `false` when it had ended.
    pub async fn remove_session(&self, tenant: &str, token_hash: &str) -> Result<bool, StoreError> {
        let mut db = self.writer().await?;
        Ok(run!(&mut db, REMOVE, tenant, token_hash)? == 1)
    }

    /// Ends all sessions of an account; how many.
    pub async fn remove_sessions_of(&self, tenant: &str, account: &str) -> Result<i64, StoreError> {
        let mut db = self.writer().await?;
        Ok(count(run!(&mut db, REMOVE_ALL_OF, tenant, account)?))
    }

    /// Deletes ended sessions of all tenants, and failed logins before
    /// `failures_before`; how many rows.
    pub async fn sweep_sessions(
        &self,
        now: Millis,
        failures_before: Millis,
    ) -> Result<i64, StoreError> {
        let mut db = self.writer().await?;
        let sessions = run!(&mut db, SWEEP, now)?;
        Ok(count(
            sessions + run!(&mut db, SWEEP_FAILURES, failures_before)?,
        ))
    }

    /// Notes a failed login under a key such as `account:name` or `address:...`.
    pub async fn note_login_failure(
        &self,
        tenant: &str,
        key: &str,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        match run!(&mut db, NOTE_FAILURE, tenant, key, now)? {
            1 => Ok(()),
            _ => Err(StoreError::NotFound("login failure")),
        }
    }

    /// How many logins failed under a key since then.
    pub async fn login_failures(
        &self,
        tenant: &str,
        key: &str,
        since: Millis,
    ) -> Result<i64, StoreError> {
        let mut db = self.reader().await?;
        Ok(optional!(&mut db, (i64,), FAILURES, tenant, key, since)?.map_or(0, |(hits,)| hits))
    }

    /// Since when a key has had `most` failures without a break: the instant
    /// of the failure that must leave the window before another try is
    /// allowed. `None` while there were fewer since `since`.
    pub async fn login_blocked_by(
        &self,
        tenant: &str,
        key: &str,
        since: Millis,
        most: i64,
    ) -> Result<Option<Millis>, StoreError> {
        let mut db = self.reader().await?;
        let mut failures = 0;
        for (at, hits) in all!(&mut db, (i64, i64), FAILED_AT, tenant, key, since)? {
            failures += hits;
            if failures >= most {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Forgets the failed logins of a key, after one that succeeded.
    pub async fn clear_login_failures(&self, tenant: &str, key: &str) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        run!(&mut db, CLEAR_FAILURES, tenant, key)?;
        Ok(())
    }
}
