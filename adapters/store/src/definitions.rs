//! Published definitions, immutable and named by the hash of their content.

use engine::case::Millis;
use serde_json::Value as Json;

use crate::sql::{all, from_json, optional, run, statements, to_json};
use crate::{Store, StoreError};

/// The files a service was published with.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// Hash of the content.
    pub hash: String,
    /// Service id.
    pub service: String,
    /// Version the form states, for people.
    pub version: String,
    /// The files.
    pub files: Json,
    /// When it was first published here.
    pub created_at: Millis,
}

statements! {
    PUT = "INSERT INTO bundle (tenant_id, hash, service, version, files, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, hash) DO NOTHING";
    BUNDLE = "SELECT hash, service, version, files, created_at FROM bundle WHERE tenant_id = $1 AND hash = $2";
    HASHES = "SELECT hash FROM bundle WHERE tenant_id = $1 ORDER BY hash";
}

#[derive(sqlx::FromRow)]
struct Row {
    hash: String,
    service: String,
    version: String,
    files: String,
    created_at: i64,
}

impl Store {
    /// Keeps a bundle. `false` when it is there already, which is the same
    /// content, or its hash would be another one.
    pub async fn put_bundle(
        &self,
        tenant: &str,
        hash: &str,
        service: &str,
        version: &str,
        files: &Json,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let files = to_json(files)?;
        let mut db = self.writer().await?;
        Ok(run!(&mut db, PUT, tenant, hash, service, version, files, now)? == 1)
    }

    /// The bundle with this hash.
    pub async fn bundle(&self, tenant: &str, hash: &str) -> Result<Option<Bundle>, StoreError> {
        let mut db = self.reader().await?;
        let Some(row) = optional!(&mut db, Row, BUNDLE, tenant, hash)? else {
            return Ok(None);
        };
        Ok(Some(Bundle {
            files: from_json(&row.files, "bundle", "files", &row.hash)?,
            hash: row.hash,
            service: row.service,
            version: row.version,
            created_at: row.created_at,
        }))
    }

    /// The hashes of all bundles, sorted.
    pub async fn bundle_hashes(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        let mut db = self.reader().await?;
        Ok(all!(&mut db, (String,), HASHES, tenant)?
            .into_iter()
            .map(|(hash,)| hash)
            .collect())
    }
}
