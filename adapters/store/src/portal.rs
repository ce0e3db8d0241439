//! What the portal needs of the database: messages of its contact form, and
//! which services people come for most.

use engine::case::Millis;
use engine::text::Language;
use uuid::Uuid;

use crate::sql::{all, run, statements};
use crate::{Store, StoreError};

/// A message of the contact form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactMessage {
    /// Id, UUIDv7.
    pub id: Uuid,
    /// Department it is for; the service desk without one.
    pub department: Option<String>,
    /// Whoever wrote it.
    pub name: String,
    /// Where the answer goes.
    pub email: String,
    /// What it is about.
    pub subject: String,
    /// The message.
    pub body: String,
    /// Language of the page it was written on.
    pub language: Language,
    /// When it was stored.
    pub created_at: Millis,
}

/// A message somebody may send until the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedMessage {
    /// The tenant.
    pub tenant: String,
    /// What was written.
    pub message: ContactMessage,
    /// How often it was tried, this time included; to be given when settling.
    pub attempts: i64,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageOutcome {
    /// Sent.
    Done,
    /// To be tried again, with what went wrong.
    Retry(Millis, String),
    /// Given up; a person has to look.
    Parked(String),
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    tenant_id: String,
    id: Uuid,
    department: Option<String>,
    name: String,
    email: String,
    subject: String,
    body: String,
    language: String,
    ready_at: Millis,
    attempts: i64,
    created_at: Millis,
}

impl MessageRow {
    fn message(self) -> ContactMessage {
        ContactMessage {
            id: self.id,
            department: self.department,
            name: self.name,
            email: self.email,
            subject: self.subject,
            body: self.body,
            language: Language::from_tag(&self.language).unwrap_or_default(),
            created_at: self.created_at,
        }
    }
}

statements! {
    ADD_MESSAGE = "INSERT INTO contact_message
            (tenant_id, id, department, name, email, subject, body, language, state, ready_at, attempts, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, 0, $9)";
    DUE_MESSAGES = "SELECT tenant_id, id, department, name, email, subject, body, language, ready_at, attempts, created_at
        FROM contact_message WHERE state = 'pending' AND ready_at <= $1 ORDER BY ready_at LIMIT $2";
    /// Whoever moves the time first has it.
    TAKE_MESSAGE = "UPDATE contact_message SET ready_at = $4, attempts = attempts + 1
        WHERE tenant_id = $1 AND id = $2 AND state = 'pending' AND ready_at = $3";
    SETTLE_MESSAGE = "UPDATE contact_message SET state = $4, ready_at = $5, last_error = $6, settled_at = $7
        WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND state = 'pending'";
    PARKED_MESSAGES = "SELECT tenant_id, id, department, name, email, subject, body, language, ready_at, attempts, created_at
        FROM contact_message WHERE tenant_id = $1 AND state = 'parked' ORDER BY settled_at LIMIT $2";
    REQUEUE_MESSAGE = "UPDATE contact_message SET state = 'pending', ready_at = $3, attempts = 0, settled_at = NULL
        WHERE tenant_id = $1 AND id = $2 AND state = 'parked'";
    /// What waits for a person stays.
    SWEEP_MESSAGES = "DELETE FROM contact_message WHERE created_at < $1 AND state = 'done'";
    POPULAR = "SELECT b.service, COUNT(*) FROM case_file c
        JOIN bundle b ON b.tenant_id = c.tenant_id AND b.hash = c.running_on
        WHERE c.tenant_id = $1 AND c.opened_at >= $2
        GROUP BY b.service ORDER BY COUNT(*) DESC, b.service LIMIT $3";
}

impl Store {
    /// Stores a message before anything is sent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_message(&self, tenant: &str, new: &ContactMessage) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        run!(
            &mut db,
            ADD_MESSAGE,
            tenant,
            new.id,
            new.department.as_deref(),
            new.name.as_str(),
            new.email.as_str(),
            new.subject.as_str(),
            new.body.as_str(),
            new.language.tag(),
            new.created_at
        )?;
        Ok(())
    }

    /// Takes messages that are due, for as long as the lease.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease_messages(
        &self,
        now: Millis,
        lease: Millis,
        limit: u32,
    ) -> Result<Vec<LeasedMessage>, StoreError> {
        let due = {
            let mut db = self.reader().await?;
            all!(&mut db, MessageRow, DUE_MESSAGES, now, i64::from(limit))?
        };
        let mut leased = Vec::new();
        if due.is_empty() {
            return Ok(leased);
        }
        let mut db = self.writer().await?;
        for row in due {
            let taken = run!(
                &mut db,
                TAKE_MESSAGE,
                row.tenant_id.as_str(),
                row.id,
                row.ready_at,
                now + lease
            )?;
            if taken == 1 {
                leased.push(LeasedMessage {
                    tenant: row.tenant_id.clone(),
                    attempts: row.attempts + 1,
                    message: row.message(),
                });
            }
        }
        Ok(leased)
    }

    /// Writes down what became of a try; `false` when somebody else tries by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_message(
        &self,
        leased: &LeasedMessage,
        now: Millis,
        outcome: &MessageOutcome,
    ) -> Result<bool, StoreError> {
        let (state, ready_at, error, settled_at) = match outcome {
            MessageOutcome::Done => ("done", now, None, Some(now)),
            MessageOutcome::Retry(at, error) => ("pending", *at, Some(error.as_str()), None),
            MessageOutcome::Parked(error) => ("parked", now, Some(error.as_str()), Some(now)),
        };
        let mut db = self.writer().await?;
        let settled = run!(
            &mut db,
            SETTLE_MESSAGE,
            leased.tenant.as_str(),
            leased.message.id,
            leased.attempts,
            state,
            ready_at,
            error,
            settled_at
        )?;
        Ok(settled == 1)
    }

    /// Messages that were given up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn parked_messages(
        &self,
        tenant: &str,
        limit: u32,
    ) -> Result<Vec<ContactMessage>, StoreError> {
        let mut db = self.reader().await?;
        let rows = all!(
            &mut db,
            MessageRow,
            PARKED_MESSAGES,
            tenant,
            i64::from(limit)
        )?;
        Ok(rows.into_iter().map(MessageRow::message).collect())
    }

    /// Lets a message that was given up be sent again; `false` when it was not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requeue_message(
        &self,
        tenant: &str,
        id: Uuid,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let mut db = self.writer().await?;
        Ok(run!(&mut db, REQUEUE_MESSAGE, tenant, id, now)? == 1)
    }

    /// Deletes sent messages that are older than `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep_messages(&self, before: Millis) -> Result<u64, StoreError> {
        let mut db = self.writer().await?;
        run!(&mut db, SWEEP_MESSAGES, before)
    }

    /// Services by the number of cases opened since a moment, the most first.
    /// Reads a part of an index: to be asked now and then, not for each page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn popular_services(
        &self,
        tenant: &str,
        since: Millis,
        limit: u32,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let mut db = self.reader().await?;
        all!(
            &mut db,
            (String, i64),
            POPULAR,
            tenant,
            since,
            i64::from(limit)
        )
    }
}
