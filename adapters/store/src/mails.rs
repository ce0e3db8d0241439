//! Mails of a town without a mail server, kept to be read in the browser.

use engine::case::Millis;
use uuid::Uuid;

use crate::sql::{all, optional, run, statements};
use crate::{Store, StoreError};

/// A kept mail as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptMailRow {
    /// Mail id, UUIDv7: later mails have greater ones.
    pub id: Uuid,
    /// Id of the parcel it was made from.
    pub event_id: String,
    /// Addressee.
    pub recipient: String,
    /// Subject line.
    pub subject: String,
    /// When it was kept.
    pub kept_at: Millis,
}

/// A kept mail with its content.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptMail {
    /// What lists show.
    #[sqlx(flatten)]
    pub row: KeptMailRow,
    /// The message as it would have been sent (RFC 5322).
    pub raw: Vec<u8>,
}

statements! {
    KEEP = "INSERT INTO kept_mail (tenant_id, id, event_id, recipient, subject, raw, kept_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, event_id) DO NOTHING";
    MAILS = "SELECT id, event_id, recipient, subject, kept_at FROM kept_mail
        WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    MAIL = "SELECT id, event_id, recipient, subject, kept_at, raw FROM kept_mail WHERE tenant_id = $1 AND id = $2";
}

impl Store {
    /// Keeps a mail. `false` when one with this `event_id` was kept before:
    /// the same parcel delivered again.
    pub async fn keep_mail(&self, tenant: &str, mail: &KeptMail) -> Result<bool, StoreError> {
        let row = &mail.row;
        let (event, to, subject) = (
            row.event_id.as_str(),
            row.recipient.as_str(),
            row.subject.as_str(),
        );
        let mut db = self.writer().await?;
        Ok(run!(
            &mut db,
            KEEP,
            tenant,
            row.id,
            event,
            to,
            subject,
            mail.raw.as_slice(),
            row.kept_at
        )? == 1)
    }

    /// Kept mails, the latest first, before the one with the id `before`.
    pub async fn kept_mails(
        &self,
        tenant: &str,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<KeptMailRow>, StoreError> {
        let mut db = self.reader().await?;
        all!(
            &mut db,
            KeptMailRow,
            MAILS,
            tenant,
            before.unwrap_or(Uuid::max()),
            i64::from(limit)
        )
    }

    /// The kept mail with this id.
    pub async fn kept_mail(&self, tenant: &str, id: Uuid) -> Result<Option<KeptMail>, StoreError> {
        let mut db = self.reader().await?;
        optional!(&mut db, KeptMail, MAIL, tenant, id)
    }
}
