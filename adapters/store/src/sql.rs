//! The switch between SQLite and PostgreSQL.
//!
//! Both databases get the same statement text with `$1` placeholders. A
//! macro evaluates the same sqlx expression in two arms, so each arm is
//! checked by the compiler against its concrete driver and no trait bounds
//! reach the callers. Values are bound with types both know alike: `&str`,
//! `i64`, `bool`, `Uuid`, `&[u8]` and options of them. JSON is text, made and
//! read here: hashes are taken over it, so it has to come back byte for byte.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite, Transaction};

use crate::StoreError;

/// The same thing of one of the two databases.
pub(crate) enum Db<S, P> {
    /// SQLite's.
    Sqlite(S),
    /// PostgreSQL's.
    Postgres(P),
}

/// An open transaction.
pub(crate) type Tx = Db<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>;
/// A connection on loan from a pool; each statement is its own transaction.
pub(crate) type Lent = Db<PoolConnection<Sqlite>, PoolConnection<Postgres>>;

impl Tx {
    /// Commits. See [`StoreError::Unsettled`] for a lost answer.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Db::Sqlite(tx) => tx.commit().await,
            Db::Postgres(tx) => tx.commit().await,
        }
        .map_err(StoreError::of_commit)
    }
}

/// Evaluates one sqlx expression with the connection of either database.
macro_rules! on {
    ($db:expr, $conn:ident => $query:expr) => {
        match $db {
            $crate::sql::Db::Sqlite(db) => {
                let $conn = &mut **db;
                $query
            }
            $crate::sql::Db::Postgres(db) => {
                let $conn = &mut **db;
                $query
            }
        }
    };
}

/// Executes a statement: `Result<u64, StoreError>`, the affected rows.
macro_rules! run {
    ($db:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::on!($db, conn => sqlx::query($sql)$(.bind($bind))*.execute(conn).await
            .map(|done| done.rows_affected()))
            .map_err($crate::StoreError::from)
    };
}

/// Reads at most one row: `Result<Option<Row>, StoreError>`.
macro_rules! optional {
    ($db:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::on!($db, conn => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(conn).await)
            .map_err($crate::StoreError::from)
    };
}

/// Reads all rows: `Result<Vec<Row>, StoreError>`.
macro_rules! all {
    ($db:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::sql::on!($db, conn => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(conn).await)
            .map_err($crate::StoreError::from)
    };
}

/// Names the statements of a module and lists them, so that a test can
/// prepare every one of them on both schemas.
macro_rules! statements {
    ($($(#[doc = $doc:expr])* $name:ident = $sql:expr;)*) => {
        $($(#[doc = $doc])* const $name: &str = $sql;)*
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

pub(crate) use {all, on, optional, run, statements};

/// How often a transaction that had to give way is tried again.
const TRIES: u32 = 7;

/// Repeats work that failed only because of its timing (SQLITE_BUSY, 40001,
/// 40P01, a connection lost before COMMIT), waiting 5, 10, 20 ... ms.
pub(crate) async fn retry<T, F>(mut work: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut tried = 1;
    loop {
        match work().await {
            Err(error) if error.is_transient() && tried < TRIES => {
                tracing::debug!(%error, tried, "transaction is tried again");
                tokio::time::sleep(Duration::from_millis(5 << (tried - 1))).await;
                tried += 1;
            }
            done => return done,
        }
    }
}

/// The text a value is stored as.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Malformed("a value has no JSON form"))
}

/// The value of a stored text.
pub(crate) fn from_json<T: DeserializeOwned>(
    text: &str,
    table: &'static str,
    column: &'static str,
    row: impl Display,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Inconsistent {
        table,
        column,
        row: row.to_string(),
    })
}

/// Hex SHA-256.
pub(crate) fn sha256_hex(parts: &[&[u8]]) -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        hex.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        hex.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    hex
}

/// A count of rows as the number type of the schema.
pub(crate) fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
