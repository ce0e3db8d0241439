//! What can go wrong in the store, told apart by what the caller does next.

use uuid::Uuid;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the row since it was read: load again, decide again.
    #[error("the case or draft was changed meanwhile; load it again")]
    Conflict,
    /// The submission key was used before with another content.
    #[error("the submission key was used before with another content; open the form anew")]
    KeyReused,
    /// The case number is given already: draw another one and record again.
    #[error("the case number {0} is taken; draw another one")]
    ReferenceTaken(String),
    /// Not enough places are free; nothing of the decision was written.
    #[error("not enough free places of {resource}")]
    Full {
        /// The resource asked for.
        resource: String,
    },
    /// Somebody else has the slot, or it was closed; nothing of the decision was written.
    #[error("the slot of the calendar {calendar} is taken")]
    SlotTaken {
        /// The calendar asked for.
        calendar: String,
    },
    /// The lease ran out and somebody else holds the row, or it is settled.
    #[error("the lease is lost; somebody else settles this parcel")]
    LostLease,
    /// What should be changed does not exist (any more).
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A file of the decision is not there, belongs elsewhere or has other content.
    #[error("the file {0} is not there to be claimed by this case")]
    UploadMissing(Uuid),
    /// The caller contradicts itself; the text says how. Nothing was written.
    #[error("malformed request to the store: {0}")]
    Malformed(&'static str),
    /// A stored value cannot be what it is. Compare with a backup.
    #[error("{table}.{column} of row {row} is not readable or was altered; compare with a backup")]
    Inconsistent {
        /// Table of the value.
        table: &'static str,
        /// Column of the value.
        column: &'static str,
        /// Key of the row.
        row: String,
    },
    /// The database does not promise what a receipt promises; it is not used.
    #[error(
        "the database has {setting} = {found}, but needs {wanted}; acknowledged cases could be lost"
    )]
    Unsafe {
        /// Name of the setting.
        setting: &'static str,
        /// Its value now.
        found: String,
        /// The value it must have.
        wanted: &'static str,
    },
    /// COMMIT was sent and its answer lost: the change may be there or not.
    /// Record again with the same key, or load the case and look.
    #[error("it is not known whether the change was stored; ask again with the same key")]
    Unsettled(#[source] sqlx::Error),
    /// The database cannot be reached or refused the work. Nothing was written.
    #[error("the database is not available; try again later")]
    Unavailable(#[source] sqlx::Error),
    /// The tables could not be brought to this version.
    #[error("the database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database file or its lock file cannot be opened.
    #[error("cannot open {path}")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        StoreError::Unavailable(error)
    }
}

impl StoreError {
    /// Whether the same work may succeed at once: the database was busy, chose
    /// this transaction to give way, or lost the connection before COMMIT.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            StoreError::Unavailable(error) => gave_way(error) || lost_connection(error),
            _ => false,
        }
    }

    /// What a failed COMMIT means: refused for sure, or unknown.
    pub(crate) fn of_commit(error: sqlx::Error) -> StoreError {
        if gave_way(&error) || refused(&error) {
            StoreError::Unavailable(error)
        } else {
            StoreError::Unsettled(error)
        }
    }

    /// Whether a foreign key does not find its row.
    pub(crate) fn is_missing_parent(&self) -> bool {
        matches!(self, StoreError::Unavailable(sqlx::Error::Database(error)) if error.is_foreign_key_violation())
    }

    /// Whether a row with that key exists already.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, StoreError::Unavailable(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// The code of a database error; SQLite's extended codes cut to the primary one.
fn code(error: &sqlx::Error) -> Option<String> {
    let sqlx::Error::Database(error) = error else {
        return None;
    };
    let code = error.code()?;
    match code.parse::<i64>() {
        Ok(number) if code.len() < 5 => Some((number & 0xff).to_string()),
        _ => Some(code.into_owned()),
    }
}

/// SQLITE_BUSY (5), SQLITE_LOCKED (6); PostgreSQL serialisation failure and deadlock.
fn gave_way(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("5" | "6" | "40001" | "40P01"))
}

/// SQLITE_FULL (13), SQLITE_CONSTRAINT (19); PostgreSQL class 23 (integrity)
/// and 53 (resources): the transaction is rolled back for certain.
fn refused(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| {
        matches!(code.as_str(), "13" | "19")
            || (code.len() == 5 && (code.starts_with("23") || code.starts_with("53")))
    })
}

/// The server went away (PostgreSQL class 57P) or the socket broke.
fn lost_connection(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_)) || code(error).is_some_and(|code| code.starts_with("57P"))
}
