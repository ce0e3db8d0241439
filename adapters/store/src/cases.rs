//! Cases and submissions: writing them (only for `record`) and reading them.

use engine::case::{Case, Submission};
use engine::text::Language;
use uuid::Uuid;

use crate::queue::list_order;
use crate::sql::{Tx, from_json, optional, run, sha256_hex, statements, to_json};
use crate::{Store, StoreError};

statements! {
    INSERT_CASE = "INSERT INTO case_file (tenant_id, id, reference, revision, department, queue, assignee,
            list_order, opened_at, content, running_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    /// Number and day of opening stay.
    UPDATE_CASE = "UPDATE case_file SET revision = $3, department = $4, queue = $5, assignee = $6,
            list_order = $7, content = $8, running_on = $9
        WHERE tenant_id = $1 AND id = $2 AND revision = $3 - 1";
    CASE_BY_ID = "SELECT id, revision, content FROM case_file WHERE tenant_id = $1 AND id = $2";
    CASE_BY_REFERENCE = "SELECT id, revision, content FROM case_file WHERE tenant_id = $1 AND reference = $2";
    INSERT_SUBMISSION = "INSERT INTO submission (tenant_id, case_id, received_at, content, sha256)
        VALUES ($1, $2, $3, $4, $5)";
    SUBMISSION = "SELECT content, sha256 FROM submission WHERE tenant_id = $1 AND case_id = $2";
}

/// Id, revision and content of a case.
pub(crate) type Row = (Uuid, i64, String);

pub(crate) fn read((id, revision, content): Row) -> Result<Case, StoreError> {
    let case: Case = from_json(&content, "case_file", "content", id)?;
    if case.id != id || case.revision != revision {
        return Err(StoreError::Inconsistent {
            table: "case_file",
            column: "revision",
            row: id.to_string(),
        });
    }
    Ok(case)
}

/// The definition an open case runs on; empty once it is closed.
pub(crate) fn running_on(case: &Case) -> &str {
    match case.closed_at {
        None => &case.definition,
        Some(_) => "",
    }
}

/// The language of a stored tag.
pub(crate) fn language(tag: &str, table: &'static str, row: Uuid) -> Result<Language, StoreError> {
    Language::from_tag(tag).ok_or_else(|| StoreError::Inconsistent {
        table,
        column: "language",
        row: row.to_string(),
    })
}

impl Store {
    /// The case with this id.
    pub async fn case(&self, tenant: &str, id: Uuid) -> Result<Option<Case>, StoreError> {
        let mut db = self.reader().await?;
        optional!(&mut db, Row, CASE_BY_ID, tenant, id)?
            .map(read)
            .transpose()
    }

    /// The case with this public number, in its stored spelling
    /// ([`engine::case::reference::normalise`]).
    pub async fn case_by_reference(
        &self,
        tenant: &str,
        reference: &str,
    ) -> Result<Option<Case>, StoreError> {
        let mut db = self.reader().await?;
        optional!(&mut db, Row, CASE_BY_REFERENCE, tenant, reference)?
            .map(read)
            .transpose()
    }

    /// What was submitted. [`StoreError::Inconsistent`] when the stored text
    /// is not the one that was hashed.
    pub async fn submission(
        &self,
        tenant: &str,
        case_id: Uuid,
    ) -> Result<Option<Submission>, StoreError> {
        let mut db = self.reader().await?;
        let Some((content, sha256)) =
            optional!(&mut db, (String, String), SUBMISSION, tenant, case_id)?
        else {
            return Ok(None);
        };
        if sha256_hex(&[content.as_bytes()]) != sha256 {
            return Err(StoreError::Inconsistent {
                table: "submission",
                column: "content",
                row: case_id.to_string(),
            });
        }
        from_json(&content, "submission", "content", case_id).map(Some)
    }
}

/// Opens the case.
pub(crate) async fn insert(tx: &mut Tx, tenant: &str, case: &Case) -> Result<(), StoreError> {
    let written = run!(
        tx,
        INSERT_CASE,
        tenant,
        case.id,
        case.reference.as_str(),
        case.revision,
        case.department.as_str(),
        case.queue.as_str(),
        case.assignee.as_deref(),
        list_order(case),
        case.opened_at,
        to_json(case)?,
        running_on(case),
    )?;
    if written == 1 {
        return Ok(());
    }
    let same_id = optional!(tx, Row, CASE_BY_ID, tenant, case.id)?;
    Err(if same_id.is_some() {
        StoreError::Conflict
    } else {
        StoreError::ReferenceTaken(case.reference.clone())
    })
}

/// Replaces the revision before.
pub(crate) async fn update(tx: &mut Tx, tenant: &str, case: &Case) -> Result<(), StoreError> {
    let written = run!(
        tx,
        UPDATE_CASE,
        tenant,
        case.id,
        case.revision,
        case.department.as_str(),
        case.queue.as_str(),
        case.assignee.as_deref(),
        list_order(case),
        to_json(case)?,
        running_on(case),
    )?;
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

/// Stores the snapshot and the hash over its text.
pub(crate) async fn insert_submission(
    tx: &mut Tx,
    tenant: &str,
    submission: &Submission,
) -> Result<(), StoreError> {
    let content = to_json(submission)?;
    let sha256 = sha256_hex(&[content.as_bytes()]);
    run!(
        tx,
        INSERT_SUBMISSION,
        tenant,
        submission.case_id,
        submission.received_at,
        content.as_str(),
        sha256
    )?;
    Ok(())
}
