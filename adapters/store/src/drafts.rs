//! Drafts: answers on their way to a submission.

use engine::case::Millis;
use engine::text::Language;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::cases::language;
use crate::sql::{Lent, Tx, all, from_json, optional, run, statements, to_json};
use crate::{Store, StoreError};

/// A draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Draft id, UUIDv7.
    pub id: Uuid,
    /// Hash of the secret of the visitor it belongs to.
    pub visitor_hash: String,
    /// Hash of the secret of its resume link, where one was asked for.
    pub resume_hash: Option<String>,
    /// Service id.
    pub service: String,
    /// Content hash of the definition bundle it is filled in with.
    pub definition: String,
    /// Language of the pages.
    pub language: Language,
    /// Answers so far.
    pub answers: Map<String, Json>,
    /// What the pages remember: which were visited, what was typed wrongly.
    pub page_state: Json,
    /// Number of saves, 1 for a new one.
    pub revision: i64,
    /// When it was begun.
    pub created_at: Millis,
    /// When it was saved last.
    pub updated_at: Millis,
    /// When it may be swept.
    pub expires_at: Millis,
}

statements! {
    CREATE = "INSERT INTO draft (tenant_id, id, visitor_hash, resume_hash, service, definition, language, answers,
            page_state, revision, created_at, updated_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    SAVE = "UPDATE draft SET visitor_hash = $4, resume_hash = $5, definition = $6, language = $7, answers = $8,
            page_state = $9, updated_at = $10, expires_at = $11, revision = revision + 1
        WHERE tenant_id = $1 AND id = $2 AND revision = $3";
    DRAFT = "SELECT id, visitor_hash, resume_hash, service, definition, language, answers, page_state, revision,
            created_at, updated_at, expires_at
        FROM draft WHERE tenant_id = $1 AND id = $2";
    DRAFT_BY_RESUME = "SELECT id, visitor_hash, resume_hash, service, definition, language, answers, page_state,
            revision, created_at, updated_at, expires_at
        FROM draft WHERE tenant_id = $1 AND resume_hash = $2";
    DRAFTS_OF = "SELECT id, visitor_hash, resume_hash, service, definition, language, answers, page_state, revision,
            created_at, updated_at, expires_at
        FROM draft WHERE tenant_id = $1 AND visitor_hash = $2 ORDER BY updated_at DESC LIMIT 50";
    DELETE = "DELETE FROM draft WHERE tenant_id = $1 AND id = $2";
    /// In portions: each is a short transaction that lets others write.
    SWEEP = "DELETE FROM draft WHERE (tenant_id, id) IN
        (SELECT tenant_id, id FROM draft WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: Uuid,
    visitor_hash: String,
    resume_hash: Option<String>,
    service: String,
    definition: String,
    language: String,
    answers: String,
    page_state: String,
    revision: i64,
    created_at: i64,
    updated_at: i64,
    expires_at: i64,
}

impl Row {
    pub(crate) fn read(self) -> Result<Draft, StoreError> {
        Ok(Draft {
            language: language(&self.language, "draft", self.id)?,
            answers: from_json(&self.answers, "draft", "answers", self.id)?,
            page_state: from_json(&self.page_state, "draft", "page_state", self.id)?,
            id: self.id,
            visitor_hash: self.visitor_hash,
            resume_hash: self.resume_hash,
            service: self.service,
            definition: self.definition,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            expires_at: self.expires_at,
        })
    }
}

impl Store {
    /// Begins a draft. [`StoreError::Conflict`] when its id or resume secret exists.
    pub async fn create_draft(&self, tenant: &str, draft: &Draft) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        match insert(&mut db, tenant, draft).await {
            Err(error) if error.is_duplicate() => Err(StoreError::Conflict),
            done => done,
        }
    }

    /// The draft with this id, expired or not. Whether the visitor may see it
    /// is for the caller to check.
    pub async fn draft(&self, tenant: &str, id: Uuid) -> Result<Option<Draft>, StoreError> {
        let mut db = self.reader().await?;
        optional!(&mut db, Row, DRAFT, tenant, id)?
            .map(Row::read)
            .transpose()
    }

    /// The draft of a resume link.
    pub async fn draft_by_resume(
        &self,
        tenant: &str,
        resume_hash: &str,
    ) -> Result<Option<Draft>, StoreError> {
        let mut db = self.reader().await?;
        optional!(&mut db, Row, DRAFT_BY_RESUME, tenant, resume_hash)?
            .map(Row::read)
            .transpose()
    }

    /// The drafts of a visitor, the last saved first, at most 50.
    pub async fn drafts_of(
        &self,
        tenant: &str,
        visitor_hash: &str,
    ) -> Result<Vec<Draft>, StoreError> {
        let mut db = self.reader().await?;
        all!(&mut db, Row, DRAFTS_OF, tenant, visitor_hash)?
            .into_iter()
            .map(Row::read)
            .collect()
    }

    /// Saves everything but service and creation of a draft that was read at
    /// `draft.revision`; the new revision. [`StoreError::Conflict`] when it
    /// was saved meanwhile, [`StoreError::NotFound`] when it was submitted,
    /// deleted or swept.
    pub async fn save_draft(&self, tenant: &str, draft: &Draft) -> Result<i64, StoreError> {
        let mut db = self.writer().await?;
        let saved = run!(
            &mut db,
            SAVE,
            tenant,
            draft.id,
            draft.revision,
            draft.visitor_hash.as_str(),
            draft.resume_hash.as_deref(),
            draft.definition.as_str(),
            draft.language.tag(),
            to_json(&draft.answers)?,
            to_json(&draft.page_state)?,
            draft.updated_at,
            draft.expires_at,
        )?;
        if saved == 1 {
            return Ok(draft.revision + 1);
        }
        let found = optional!(&mut db, Row, DRAFT, tenant, draft.id)?;
        Err(if found.is_some() {
            StoreError::Conflict
        } else {
            StoreError::NotFound("draft")
        })
    }

    /// Deletes a draft and its files. `false` when there was none.
    pub async fn delete_draft(&self, tenant: &str, id: Uuid) -> Result<bool, StoreError> {
        let mut db = self.writer().await?;
        Ok(run!(&mut db, DELETE, tenant, id)? == 1)
    }

    /// Deletes drafts of all tenants that have expired, with their files; how
    /// many. Call again while it is `limit`.
    pub async fn sweep_drafts(&self, now: Millis, limit: u32) -> Result<i64, StoreError> {
        let mut db = self.writer().await?;
        Ok(crate::sql::count(run!(
            &mut db,
            SWEEP,
            now,
            i64::from(limit)
        )?))
    }
}

async fn insert(db: &mut Lent, tenant: &str, draft: &Draft) -> Result<(), StoreError> {
    run!(
        db,
        CREATE,
        tenant,
        draft.id,
        draft.visitor_hash.as_str(),
        draft.resume_hash.as_deref(),
        draft.service.as_str(),
        draft.definition.as_str(),
        draft.language.tag(),
        to_json(&draft.answers)?,
        to_json(&draft.page_state)?,
        draft.revision,
        draft.created_at,
        draft.updated_at,
        draft.expires_at,
    )?;
    Ok(())
}

/// Removes the draft a submission was made from. One that is gone was
/// submitted before under another key: this submission must not count too.
pub(crate) async fn submitted(tx: &mut Tx, tenant: &str, id: Uuid) -> Result<(), StoreError> {
    match run!(tx, DELETE, tenant, id)? {
        1 => Ok(()),
        _ => Err(StoreError::NotFound("draft")),
    }
}
