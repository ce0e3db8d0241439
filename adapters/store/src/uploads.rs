//! Files: handed in to a draft or a case, claimed by the step that uses them.
//!
//! The content stands in the database, in a table of its own: one file to back
//! up for a town, no disk that nodes would have to share.

use engine::case::{Attachment, Millis};
use uuid::Uuid;

use crate::sql::{Tx, all, optional, run, sha256_hex, statements};
use crate::{Store, StoreError};

/// What a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadOwner {
    /// A draft; the file goes with it unless a submission claims it.
    Draft(Uuid),
    /// A case, which a direct submission may only be about to open.
    Case(Uuid),
}

/// A stored file without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// What it belongs to.
    pub owner: UploadOwner,
    /// The step that claimed it.
    pub seq: Option<i64>,
    /// Its description.
    pub attachment: Attachment,
    /// When it arrived.
    pub created_at: Millis,
}

statements! {
    PUT = "INSERT INTO upload (tenant_id, id, draft_id, case_id, field, name, media_type, size, sha256, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    PUT_CONTENT = "INSERT INTO upload_content (tenant_id, upload_id, bytes) VALUES ($1, $2, $3)";
    UPLOAD = "SELECT id, draft_id, case_id, seq, field, name, media_type, size, sha256, created_at
        FROM upload WHERE tenant_id = $1 AND id = $2";
    OF_DRAFT = "SELECT id, draft_id, case_id, seq, field, name, media_type, size, sha256, created_at
        FROM upload WHERE tenant_id = $1 AND draft_id = $2 ORDER BY created_at, id";
    /// Files no step has claimed are no part of the case yet.
    OF_CASE = "SELECT id, draft_id, case_id, seq, field, name, media_type, size, sha256, created_at
        FROM upload WHERE tenant_id = $1 AND case_id = $2 AND seq IS NOT NULL ORDER BY seq, created_at, id";
    CONTENT = "SELECT c.bytes, u.sha256 FROM upload u
        JOIN upload_content c ON c.tenant_id = u.tenant_id AND c.upload_id = u.id
        WHERE u.tenant_id = $1 AND u.id = $2";
    /// The content goes with it.
    REMOVE = "DELETE FROM upload WHERE tenant_id = $1 AND id = $2 AND draft_id = $3";
    DRAFT_SIZE = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM upload WHERE tenant_id = $1 AND draft_id = $2";
    /// The content must be the one the decision names. A step may name a file
    /// of its case again.
    CLAIM = "UPDATE upload SET case_id = $3, draft_id = NULL, seq = COALESCE(seq, $4), field = $5
        WHERE tenant_id = $1 AND id = $2 AND sha256 = $6 AND (case_id = $3 OR draft_id = $7)";
    SWEEP = "DELETE FROM upload WHERE (tenant_id, id) IN
        (SELECT tenant_id, id FROM upload
            WHERE seq IS NULL AND draft_id IS NULL AND created_at <= $1 ORDER BY created_at LIMIT $2)";
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    draft_id: Option<Uuid>,
    case_id: Option<Uuid>,
    seq: Option<i64>,
    field: String,
    name: String,
    media_type: String,
    size: i64,
    sha256: String,
    created_at: i64,
}

impl Row {
    fn read(self) -> Result<Upload, StoreError> {
        let owner = match (self.draft_id, self.case_id) {
            (Some(draft), None) => UploadOwner::Draft(draft),
            (None, Some(case)) => UploadOwner::Case(case),
            _ => {
                let row = self.id.to_string();
                return Err(StoreError::Inconsistent {
                    table: "upload",
                    column: "case_id",
                    row,
                });
            }
        };
        Ok(Upload {
            owner,
            seq: self.seq,
            created_at: self.created_at,
            attachment: Attachment {
                id: self.id,
                field: self.field,
                name: self.name,
                media_type: self.media_type,
                size: self.size,
                sha256: self.sha256,
            },
        })
    }
}

impl Store {
    /// Stores a file. [`StoreError::NotFound`] when the draft is gone,
    /// [`StoreError::Malformed`] when size or hash are not those of `bytes`.
    pub async fn put_upload(
        &self,
        tenant: &str,
        owner: UploadOwner,
        attachment: &Attachment,
        bytes: &[u8],
        now: Millis,
    ) -> Result<(), StoreError> {
        if attachment.size != i64::try_from(bytes.len()).unwrap_or(-1)
            || attachment.sha256 != sha256_hex(&[bytes])
        {
            return Err(StoreError::Malformed(
                "size or hash of a file are not those of its content",
            ));
        }
        let (draft, case) = match owner {
            UploadOwner::Draft(id) => (Some(id), None),
            UploadOwner::Case(id) => (None, Some(id)),
        };
        let mut tx = self.begin().await?;
        let put = run!(
            &mut tx,
            PUT,
            tenant,
            attachment.id,
            draft,
            case,
            attachment.field.as_str(),
            attachment.name.as_str(),
            attachment.media_type.as_str(),
            attachment.size,
            attachment.sha256.as_str(),
            now,
        );
        match put {
            Err(error) if error.is_missing_parent() => return Err(StoreError::NotFound("draft")),
            other => other?,
        };
        run!(&mut tx, PUT_CONTENT, tenant, attachment.id, bytes)?;
        tx.commit().await
    }

    /// The description of a file and what it belongs to.
    pub async fn upload(&self, tenant: &str, id: Uuid) -> Result<Option<Upload>, StoreError> {
        let mut db = self.reader().await?;
        optional!(&mut db, Row, UPLOAD, tenant, id)?
            .map(Row::read)
            .transpose()
    }

    /// The content of a file. [`StoreError::Inconsistent`] when it is not the
    /// one that was handed in.
    pub async fn upload_bytes(
        &self,
        tenant: &str,
        id: Uuid,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut db = self.reader().await?;
        let Some((bytes, sha256)) = optional!(&mut db, (Vec<u8>, String), CONTENT, tenant, id)?
        else {
            return Ok(None);
        };
        if sha256_hex(&[&bytes]) != sha256 {
            return Err(StoreError::Inconsistent {
                table: "upload_content",
                column: "bytes",
                row: id.to_string(),
            });
        }
        Ok(Some(bytes))
    }

    /// The files of a draft in the order they arrived.
    pub async fn uploads_of_draft(
        &self,
        tenant: &str,
        draft: Uuid,
    ) -> Result<Vec<Attachment>, StoreError> {
        let mut db = self.reader().await?;
        let rows = all!(&mut db, Row, OF_DRAFT, tenant, draft)?;
        rows.into_iter()
            .map(|row| row.read().map(|upload| upload.attachment))
            .collect()
    }

    /// The files of a case in the order of the steps that handed them in.
    pub async fn attachments(
        &self,
        tenant: &str,
        case_id: Uuid,
    ) -> Result<Vec<Attachment>, StoreError> {
        let mut db = self.reader().await?;
        let rows = all!(&mut db, Row, OF_CASE, tenant, case_id)?;
        rows.into_iter()
            .map(|row| row.read().map(|upload| upload.attachment))
            .collect()
    }

    /// Removes a file of a draft. `false` when that draft has no such file,
    /// also because a case has it now.
    pub async fn remove_upload(
        &self,
        tenant: &str,
        draft: Uuid,
        id: Uuid,
    ) -> Result<bool, StoreError> {
        let mut db = self.writer().await?;
        Ok(run!(&mut db, REMOVE, tenant, id, draft)? == 1)
    }

    /// Bytes of all files of a draft.
    pub async fn draft_size(&self, tenant: &str, draft: Uuid) -> Result<i64, StoreError> {
        let mut db = self.reader().await?;
        Ok(optional!(&mut db, (i64,), DRAFT_SIZE, tenant, draft)?.map_or(0, |(size,)| size))
    }

    /// Deletes files of all tenants that were handed in for a case before
    /// `before` and that no step ever claimed; how many. (Those of drafts go
    /// with the draft.)
    pub async fn sweep_uploads(&self, before: Millis, limit: u32) -> Result<i64, StoreError> {
        let mut db = self.writer().await?;
        Ok(crate::sql::count(run!(
            &mut db,
            SWEEP,
            before,
            i64::from(limit)
        )?))
    }
}

/// Makes the files of a step part of the case. They must be of the draft the
/// step was made from or of the case itself.
pub(crate) async fn claim(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    seq: i64,
    draft: Option<Uuid>,
    attachments: &[Attachment],
) -> Result<(), StoreError> {
    for file in attachments {
        let (field, sha256) = (file.field.as_str(), file.sha256.as_str());
        if run!(
            tx, CLAIM, tenant, file.id, case_id, seq, field, sha256, draft
        )? != 1
        {
            return Err(StoreError::UploadMissing(file.id));
        }
    }
    Ok(())
}
