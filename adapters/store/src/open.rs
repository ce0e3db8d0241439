//! Opening, migrating and probing the database.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::case::Millis;
use sqlx::Connection as _;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::StoreError;
use crate::sql::{Db, Lent, Tx, all, run, statements};

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settings {
    /// One file: the choice for one town on one machine.
    Sqlite {
        /// The database file; it and its folder are made when missing.
        path: PathBuf,
    },
    /// A server: the choice for several nodes or several towns.
    Postgres {
        /// `postgres://user:password@host:port/database`.
        url: String,
        /// Connections this node may hold.
        max_connections: u32,
    },
}

/// The database. Cheap to clone; all clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
}

#[derive(Clone, Debug)]
enum Pools {
    /// SQLite allows one writer at a time; letting writers queue in the pool
    /// is faster and fairer than letting them poll for the file lock.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        path: PathBuf,
    },
    Postgres(PgPool),
}

/// How long a caller waits for a connection before it is told "not available".
const ACQUIRE: Duration = Duration::from_secs(10);
/// More statements than this crate has, so that each is parsed once.
const STATEMENT_CACHE: usize = 256;
const SQLITE_READERS: u32 = 4;

static SQLITE_MIGRATIONS: Migrator = migrations(sqlx::migrate!("../../migrations/sqlite"));
static POSTGRES_MIGRATIONS: Migrator = migrations(sqlx::migrate!("../../migrations/postgres"));

/// While nodes are exchanged one by one, the older program must accept the
/// newer schema: unknown applied migrations are no error.
const fn migrations(mut all: Migrator) -> Migrator {
    all.ignore_missing = true;
    all
}

statements! {
    PROBE = "INSERT INTO probe (tenant_id, at) VALUES ('', $1)
        ON CONFLICT (tenant_id) DO UPDATE SET at = excluded.at";
    /// Cases whose last event is not the one of their revision.
    CASES_OUT_OF_STEP = "SELECT c.tenant_id, c.reference FROM case_file c
        WHERE NOT EXISTS (SELECT 1 FROM case_event e
            WHERE e.tenant_id = c.tenant_id AND e.case_id = c.id AND e.seq = c.revision) LIMIT 100";
    CASES_WITHOUT_SUBMISSION = "SELECT c.tenant_id, c.reference FROM case_file c
        WHERE NOT EXISTS (SELECT 1 FROM submission s
            WHERE s.tenant_id = c.tenant_id AND s.case_id = c.id) LIMIT 100";
    FILES_WITHOUT_CONTENT = "SELECT u.tenant_id, u.name FROM upload u
        WHERE NOT EXISTS (SELECT 1 FROM upload_content b
            WHERE b.tenant_id = u.tenant_id AND b.upload_id = u.id) LIMIT 100";
    PLACES_MISCOUNTED = "SELECT p.tenant_id, p.resource FROM capacity p
        WHERE p.taken <> (SELECT CAST(COALESCE(SUM(r.quantity), 0) AS BIGINT) FROM reservation r
            WHERE r.tenant_id = p.tenant_id AND r.resource = p.resource AND r.kind = 'taken') LIMIT 100";
}

impl Store {
    /// Connects and checks that a COMMIT means what a receipt says; see
    /// [`StoreError::Unsafe`]. The tables are left alone: see [`Store::migrate`].
    pub async fn open(settings: &Settings) -> Result<Store, StoreError> {
        let pools = match settings {
            Settings::Sqlite { path } => open_sqlite(path).await?,
            Settings::Postgres {
                url,
                max_connections,
            } => open_postgres(url, *max_connections).await?,
        };
        let store = Store { pools };
        store.check_durability().await?;
        Ok(store)
    }

    /// Brings the tables to the version of this program. Safe to call from
    /// several nodes at once.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { writer, path, .. } => {
                let lock = lock_beside(path).await?;
                SQLITE_MIGRATIONS.run(writer).await?;
                drop(lock);
            }
            Pools::Postgres(pool) => migrate_postgres(pool).await?,
        }
        Ok(())
    }

    /// Names of the migrations this program knows and the database has not.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        // The catalogue of tables is the database's own, so this is asked in
        // two ways. A database without the table has no migration at all.
        let known = match &self.pools {
            Pools::Sqlite { .. } => &SQLITE_MIGRATIONS,
            Pools::Postgres(_) => &POSTGRES_MIGRATIONS,
        };
        let mut db = self.reader().await?;
        let table: Option<(i64,)> = match &mut db {
            Db::Sqlite(c) => sqlx::query_as(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'",
            )
            .fetch_optional(&mut **c)
            .await?,
            Db::Postgres(c) => {
                sqlx::query_as("SELECT 1::bigint WHERE to_regclass('_sqlx_migrations') IS NOT NULL")
                    .fetch_optional(&mut **c)
                    .await?
            }
        };
        let applied: Vec<(i64,)> = match table {
            Some(_) => all!(
                &mut db,
                (i64,),
                "SELECT version FROM _sqlx_migrations WHERE success"
            )?,
            None => Vec::new(),
        };
        Ok(known
            .iter()
            .filter(|migration| !applied.contains(&(migration.version,)))
            .map(|migration| format!("{:04} {}", migration.version, migration.description))
            .collect())
    }

    /// Whether the database can be written and read now.
    pub async fn health(&self, now: Millis) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        match run!(&mut db, PROBE, now)? {
            1 => Ok(()),
            _ => Err(StoreError::NotFound("probe row")),
        }
    }

    /// Looks for damage: the file itself (SQLite), and rows that contradict
    /// each other. Reads everything; not for the hot path. Empty when sound.
    pub async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        let mut findings = Vec::new();
        let mut db = self.reader().await?;
        if let Db::Sqlite(c) = &mut db {
            let lines: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check")
                .fetch_all(&mut **c)
                .await?;
            findings.extend(
                lines
                    .into_iter()
                    .map(|line| line.0)
                    .filter(|line| line != "ok"),
            );
            let orphans = sqlx::query("PRAGMA foreign_key_check")
                .fetch_all(&mut **c)
                .await?;
            if !orphans.is_empty() {
                findings.push(format!(
                    "{} rows refer to rows that do not exist",
                    orphans.len()
                ));
            }
        }
        for (what, statement) in [
            (
                "case whose last event is not that of its revision",
                CASES_OUT_OF_STEP,
            ),
            ("case without a submission", CASES_WITHOUT_SUBMISSION),
            ("file without content", FILES_WITHOUT_CONTENT),
            (
                "resource with a wrong number of taken places",
                PLACES_MISCOUNTED,
            ),
        ] {
            let rows = all!(&mut db, (String, String), statement)?;
            findings.extend(
                rows.into_iter()
                    .map(|(tenant, row)| format!("{what}: {tenant} {row}")),
            );
        }
        Ok(findings)
    }

    /// Ends all connections; SQLite folds its log into the file.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite {
                writer, readers, ..
            } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// A connection for reading.
    pub(crate) async fn reader(&self) -> Result<Lent, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Db::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => Db::Postgres(pool.acquire().await?),
        })
    }

    /// A connection for a single writing statement.
    pub(crate) async fn writer(&self) -> Result<Lent, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { writer, .. } => Db::Sqlite(writer.acquire().await?),
            Pools::Postgres(pool) => Db::Postgres(pool.acquire().await?),
        })
    }

    /// A transaction for writing. On SQLite it takes the write lock at once:
    /// one that starts by reading could not get it later without failing.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { writer, .. } => Db::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Db::Postgres(pool.begin().await?),
        })
    }

    /// Measured with a simulated power cut: `synchronous = NORMAL` lost 300
    /// of 300 acknowledged commits, `FULL` none. So nothing less is accepted.
    async fn check_durability(&self) -> Result<(), StoreError> {
        let mut db = self.writer().await?;
        match &mut db {
            Db::Sqlite(c) => {
                let (synchronous,): (i64,) = sqlx::query_as("PRAGMA synchronous")
                    .fetch_one(&mut **c)
                    .await?;
                demand("synchronous", &synchronous.to_string(), "2", "2 (FULL)")?;
                let (journal,): (String,) = sqlx::query_as("PRAGMA journal_mode")
                    .fetch_one(&mut **c)
                    .await?;
                demand("journal_mode", &journal, "wal", "wal")?;
                let (keys,): (i64,) = sqlx::query_as("PRAGMA foreign_keys")
                    .fetch_one(&mut **c)
                    .await?;
                demand("foreign_keys", &keys.to_string(), "1", "1 (on)")
            }
            Db::Postgres(c) => {
                let (fsync, commit, encoding): (String, String, String) = sqlx::query_as(
                    "SELECT current_setting('fsync'), current_setting('synchronous_commit'),
                        current_setting('server_encoding')",
                )
                .fetch_one(&mut **c)
                .await?;
                demand("fsync", &fsync, "on", "on")?;
                demand("server_encoding", &encoding, "UTF8", "UTF8")?;
                let ok = if commit == "off" {
                    "on"
                } else {
                    commit.as_str()
                };
                demand("synchronous_commit", &commit, ok, "on")
            }
        }
    }
}

/// Lets one node migrate at a time. The lock of sqlx would do, but who waits
/// for it holds a snapshot, and an index that is made without locking the
/// table waits for all snapshots: two nodes that start together would wait for
/// each other. Asking again and again holds none. The lock is that of the
/// connection, so it ends with it, also when the process dies.
async fn migrate_postgres(pool: &PgPool) -> Result<(), StoreError> {
    const LOCK: i64 = 7_246_318;
    const PAUSE: Duration = Duration::from_millis(200);
    // Not one of the pool, which may have a single one.
    let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
    loop {
        let (ours,): (bool,) = sqlx::query_as("SELECT pg_try_advisory_lock($1)")
            .bind(LOCK)
            .fetch_one(&mut connection)
            .await?;
        if ours {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    let migrated = POSTGRES_MIGRATIONS.run(pool).await;
    connection.close().await?;
    Ok(migrated?)
}

fn demand(
    setting: &'static str,
    found: &str,
    accepted: &str,
    wanted: &'static str,
) -> Result<(), StoreError> {
    if found == accepted {
        return Ok(());
    }
    Err(StoreError::Unsafe {
        setting,
        found: found.to_owned(),
        wanted,
    })
}

async fn open_sqlite(path: &Path) -> Result<Pools, StoreError> {
    make_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(STATEMENT_CACHE)
        // Deleted drafts are overwritten, not only unlinked.
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .pragma("journal_size_limit", "67108864");
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
    };
    let writer = pool()
        .max_connections(1)
        .connect_with(options.clone().optimize_on_close(true, 400))
        .await?;
    let readers = pool()
        .max_connections(SQLITE_READERS)
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Pools::Sqlite {
        writer,
        readers,
        path: path.to_owned(),
    })
}

async fn open_postgres(url: &str, max_connections: u32) -> Result<Pools, StoreError> {
    let options: PgConnectOptions = url.parse::<PgConnectOptions>()?;
    let options = options
        .application_name("schalter")
        .statement_cache_capacity(STATEMENT_CACHE);
    let pool = PgPoolOptions::new()
        .acquire_timeout(ACQUIRE)
        .max_connections(max_connections);
    Ok(Pools::Postgres(pool.connect_with(options).await?))
}

/// Makes the folder and an empty database file nobody else can read; SQLite
/// gives its log files the same rights.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::File {
        path: path.display().to_string(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(failed)
}

/// sqlx locks PostgreSQL while migrating, but not SQLite: two processes that
/// start together would both apply the first migration. The lock ends with
/// the file handle, also when the process dies.
async fn lock_beside(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".migrating");
    let path = PathBuf::from(name);
    let failed = |source| StoreError::File {
        path: path.display().to_string(),
        source,
    };
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .map_err(failed)?;
    tokio::task::spawn_blocking(move || file.lock().map(|()| file))
        .await
        .map_err(|join| failed(std::io::Error::other(join)))?
        .map_err(failed)
}
