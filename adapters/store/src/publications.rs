//! Published sets of definitions: which files, and from which moment they hold.

use engine::case::Millis;
use engine::source::SourceFile;
use uuid::Uuid;

use crate::sql::{all, from_json, optional, run, statements, to_json};
use crate::{Store, StoreError};

/// A set of definitions with the moment from which it holds.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Publication {
    /// Id, UUIDv7.
    pub id: Uuid,
    /// Hash of the set.
    pub definition_set: String,
    /// From when every node works with it, until the next one.
    pub valid_from: Millis,
    /// When it was published.
    pub published_at: Millis,
    /// When it was withdrawn, which is possible before its moment only.
    pub withdrawn_at: Option<Millis>,
}

statements! {
    PUT_SET = "INSERT INTO definition_set (tenant_id, hash, files, created_at)
        VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, hash) DO NOTHING";
    SET_FILES = "SELECT files FROM definition_set WHERE tenant_id = $1 AND hash = $2";
    SETS_BY_PREFIX = "SELECT files FROM definition_set
        WHERE tenant_id = $1 AND hash >= $2 AND hash < $3 ORDER BY hash LIMIT 2";
    BUNDLES_BY_PREFIX = "SELECT files FROM bundle
        WHERE tenant_id = $1 AND hash >= $2 AND hash < $3 ORDER BY hash LIMIT 2";
    PUBLISH = "INSERT INTO publication (tenant_id, id, definition_set, valid_from, published_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    WITHDRAW = "UPDATE publication SET withdrawn_at = $3
        WHERE tenant_id = $1 AND id = $2 AND withdrawn_at IS NULL AND valid_from > $4";
    IN_FORCE = "SELECT id, definition_set, valid_from, published_at, withdrawn_at FROM publication
        WHERE tenant_id = $1 AND withdrawn_at IS NULL AND valid_from <= $2
        ORDER BY valid_from DESC LIMIT 1";
    COMING = "SELECT id, definition_set, valid_from, published_at, withdrawn_at FROM publication
        WHERE tenant_id = $1 AND withdrawn_at IS NULL AND valid_from > $2
        ORDER BY valid_from LIMIT 50";
    LATEST = "SELECT id, definition_set, valid_from, published_at, withdrawn_at FROM publication
        WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2";
}

impl Store {
    /// Keeps the files of a set. `false` when they are there already.
    pub async fn put_definition_set(
        &self,
        tenant: &str,
        hash: &str,
        files: &[SourceFile],
        now: Millis,
    ) -> Result<bool, StoreError> {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_str()))
            .collect();
        let files = to_json(&files)?;
        let mut db = self.writer().await?;
        Ok(run!(&mut db, PUT_SET, tenant, hash, files, now)? == 1)
    }

    /// The files of a set.
    pub async fn definition_set(
        &self,
        tenant: &str,
        hash: &str,
    ) -> Result<Option<Vec<SourceFile>>, StoreError> {
        let mut db = self.reader().await?;
        optional!(&mut db, (String,), SET_FILES, tenant, hash)?
            .map(|(files,)| read_files(&files, "definition_set", hash))
            .transpose()
    }

    /// The files of the one set or service version whose hash begins so;
    /// `None` where there is none, or several.
    pub async fn definition_files(
        &self,
        tenant: &str,
        prefix: &str,
    ) -> Result<Option<Vec<SourceFile>>, StoreError> {
        // No hexadecimal text lies between the prefix with all its continuations and this.
        let end = format!("{prefix}g");
        let mut db = self.reader().await?;
        let mut found = all!(
            &mut db,
            (String,),
            SETS_BY_PREFIX,
            tenant,
            prefix,
            end.as_str()
        )?;
        found.extend(all!(
            &mut db,
            (String,),
            BUNDLES_BY_PREFIX,
            tenant,
            prefix,
            end.as_str()
        )?);
        match found.as_slice() {
            [(files,)] => read_files(files, "bundle", prefix).map(Some),
            _ => Ok(None),
        }
    }

    /// Publishes a set that is kept already. [`StoreError::Conflict`] when
    /// another one takes effect at that very moment.
    pub async fn publish(&self, tenant: &str, new: &Publication) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        let set = new.definition_set.as_str();
        match run!(
            &mut db,
            PUBLISH,
            tenant,
            new.id,
            set,
            new.valid_from,
            new.published_at
        )? {
            1 => Ok(()),
            _ => Err(StoreError::Conflict),
        }
    }

    /// Takes a publication back whose moment lies after `latest`; `false`
    /// when there is no such one.
    pub async fn withdraw(
        &self,
        tenant: &str,
        id: Uuid,
        now: Millis,
        latest: Millis,
    ) -> Result<bool, StoreError> {
        let mut db = self.writer().await?;
        Ok(run!(&mut db, WITHDRAW, tenant, id, now, latest)? == 1)
    }

    /// What is in force at a moment, then what is to come, the next first.
    pub async fn publications_from(
        &self,
        tenant: &str,
        now: Millis,
    ) -> Result<Vec<Publication>, StoreError> {
        let mut db = self.reader().await?;
        let in_force = optional!(&mut db, Publication, IN_FORCE, tenant, now)?;
        let coming = all!(&mut db, Publication, COMING, tenant, now)?;
        Ok(in_force.into_iter().chain(coming).collect())
    }

    /// The last publications, the newest first, withdrawn ones included.
    pub async fn publications(
        &self,
        tenant: &str,
        limit: u32,
    ) -> Result<Vec<Publication>, StoreError> {
        let mut db = self.reader().await?;
        all!(&mut db, Publication, LATEST, tenant, i64::from(limit))
    }
}

fn read_files(files: &str, table: &'static str, row: &str) -> Result<Vec<SourceFile>, StoreError> {
    let files: Vec<(String, String)> = from_json(files, table, "files", row)?;
    Ok(files
        .into_iter()
        .map(|(path, text)| SourceFile { path, text })
        .collect())
}
