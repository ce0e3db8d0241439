//! Which drafts and open cases are pinned to which version of a service.

use engine::case::{Case, Millis};
use uuid::Uuid;

use crate::cases::{Row as CaseRow, read as read_case, running_on};
use crate::drafts::Row as DraftRow;
use crate::sql::{all, run, statements};
use crate::{Draft, Store, StoreError};

/// A version of a service that was in use here.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KnownVersion {
    /// Hash of its bundle.
    pub hash: String,
    /// Version the form states, for people.
    pub version: String,
    /// When it was first used here.
    pub created_at: Millis,
}

statements! {
    VERSIONS_OF = "SELECT hash, version, created_at FROM bundle
        WHERE tenant_id = $1 AND service = $2 ORDER BY hash";
    OPEN_CASES_ON = "SELECT id, revision, content FROM case_file
        WHERE tenant_id = $1 AND running_on = $2 AND running_on <> '' AND id > $3
        ORDER BY id LIMIT $4";
    DRAFTS_ON = "SELECT id, visitor_hash, resume_hash, service, definition, language, answers, page_state, revision,
            created_at, updated_at, expires_at
        FROM draft WHERE tenant_id = $1 AND definition = $2 AND id > $3 ORDER BY id LIMIT $4";
    TO_FILL = "SELECT id, revision, content FROM case_file
        WHERE tenant_id = $1 AND running_on IS NULL ORDER BY id LIMIT $2";
    /// A step of another node may have filled it meanwhile.
    FILL = "UPDATE case_file SET running_on = $4
        WHERE tenant_id = $1 AND id = $2 AND revision = $3 AND running_on IS NULL";
}

impl Store {
    /// Every version of a service that drafts or cases may be pinned to.
    pub async fn versions_of(
        &self,
        tenant: &str,
        service: &str,
    ) -> Result<Vec<KnownVersion>, StoreError> {
        let mut db = self.reader().await?;
        all!(&mut db, KnownVersion, VERSIONS_OF, tenant, service)
    }

    /// Open cases pinned to a version, by id, after the case `after`.
    pub async fn open_cases_on(
        &self,
        tenant: &str,
        definition: &str,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<Case>, StoreError> {
        let mut db = self.reader().await?;
        let limit = i64::from(limit);
        all!(
            &mut db,
            CaseRow,
            OPEN_CASES_ON,
            tenant,
            definition,
            after,
            limit
        )?
        .into_iter()
        .map(read_case)
        .collect()
    }

    /// Drafts pinned to a version, by id, after the draft `after`; expired
    /// ones included until they are swept.
    pub async fn drafts_on(
        &self,
        tenant: &str,
        definition: &str,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<Draft>, StoreError> {
        let mut db = self.reader().await?;
        let limit = i64::from(limit);
        all!(
            &mut db, DraftRow, DRAFTS_ON, tenant, definition, after, limit
        )?
        .into_iter()
        .map(DraftRow::read)
        .collect()
    }

    /// Notes for cases of an older program which version they run on; how
    /// many. Call again while it is `limit`.
    pub async fn fill_running_on(&self, tenant: &str, limit: u32) -> Result<i64, StoreError> {
        let mut db = self.reader().await?;
        let rows = all!(&mut db, CaseRow, TO_FILL, tenant, i64::from(limit))?;
        drop(db);
        let mut filled = 0;
        for row in rows {
            let case = read_case(row)?;
            let mut db = self.writer().await?;
            run!(
                &mut db,
                FILL,
                tenant,
                case.id,
                case.revision,
                running_on(&case)
            )?;
            filled += 1;
        }
        Ok(filled)
    }
}
