//! Runs one function on both databases, each with a database of its own.

use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use store::{Settings, Store};

/// Lists the functions; makes a test of each for each database.
macro_rules! contract {
    ($($module:ident :: $name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    crate::harness::on_sqlite(crate::$module::$name).await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    crate::harness::on_postgres(crate::$module::$name).await;
                }
            )*
        }
    };
}
pub(crate) use contract;

/// The database of the running test, for what the store has no method for.
#[derive(Clone)]
pub(crate) enum Raw {
    /// Its file.
    Sqlite(PathBuf),
    /// Its address.
    Postgres(String),
}

tokio::task_local! {
    static RAW: Raw;
}

/// The database of the running test.
pub(crate) fn raw() -> Raw {
    RAW.get()
}

/// Changes rows behind the back of the store.
pub(crate) async fn tamper(statement: &'static str) {
    let rows = match raw() {
        Raw::Sqlite(path) => {
            let options = SqliteConnectOptions::new()
                .filename(path)
                .foreign_keys(false);
            let mut db = options.connect().await.expect("opens");
            sqlx::query(statement)
                .execute(&mut db)
                .await
                .expect(statement)
                .rows_affected()
        }
        Raw::Postgres(url) => {
            let mut db = PgConnection::connect(&url).await.expect("opens");
            sqlx::query(statement)
                .execute(&mut db)
                .await
                .expect(statement)
                .rows_affected()
        }
    };
    assert_ne!(rows, 0, "changes nothing: {statement}");
}

static NEXT: AtomicU32 = AtomicU32::new(0);

fn unique() -> String {
    format!(
        "schalter_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// A folder that goes when the test is over, also when it fails.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        let path = std::env::temp_dir().join(unique());
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Runs a function of the contract on SQLite.
pub(crate) async fn on_sqlite<F: Future<Output = ()> + Send + 'static>(test: fn(Store) -> F) {
    let folder = Folder::new();
    let path = folder.path().join("test.db");
    let store = Store::open(&Settings::Sqlite { path: path.clone() })
        .await
        .expect("opens");
    store.migrate().await.expect("migrates");
    RAW.scope(Raw::Sqlite(path), test(store.clone())).await;
    store.close().await;
}

/// Runs a function of the contract on PostgreSQL.
pub(crate) async fn on_postgres<F: Future<Output = ()> + Send + 'static>(test: fn(Store) -> F) {
    let Some(server) = postgres_url() else { return };
    let name = unique();
    let url = create(&server, &name).await;
    let settings = Settings::Postgres {
        url: url.clone(),
        max_connections: 12,
    };
    let store = Store::open(&settings).await.expect("opens");
    let outcome = tokio::spawn(RAW.scope(Raw::Postgres(url), test(store.clone()))).await;
    store.close().await;
    let mut admin = PgConnection::connect(&server)
        .await
        .expect("server answers");
    execute(&mut admin, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    if let Err(failed) = outcome {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// The server to test with. Leaving it out has to be said.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration file"
)]
pub(crate) fn postgres_url() -> Option<String> {
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        return Some(url);
    }
    assert_eq!(
        std::env::var("SCHALTER_TEST_WITHOUT_POSTGRES").as_deref(),
        Ok("1"),
        "PostgreSQL is not tested: set TEST_POSTGRES_URL (tests/postgres.sh start prints one), \
         or SCHALTER_TEST_WITHOUT_POSTGRES=1 to leave it out on purpose"
    );
    static SAID: std::sync::Once = std::sync::Once::new();
    // Written past the capture of the test runner, which would keep it quiet.
    SAID.call_once(|| {
        writeln!(
            std::io::stderr(),
            "\nLEFT OUT: the contract of the store was NOT tested on PostgreSQL\n"
        )
        .expect("stderr can be written");
    });
    None
}

/// A copy of the migrated template; copying takes a tenth of migrating.
pub(crate) async fn create(server: &str, name: &str) -> String {
    static TEMPLATE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    let template = TEMPLATE.get_or_init(|| template(server)).await;
    let mut admin = PgConnection::connect(server).await.expect("server answers");
    execute(
        &mut admin,
        format!("CREATE DATABASE {name} TEMPLATE {template}"),
    )
    .await;
    on_database(server, name)
}

/// Makes the template, once for each state of the migrations. Other test
/// processes may do the same now: the lock lets one of them.
async fn template(server: &str) -> String {
    let name = format!("schalter_template_{}", schema_hash());
    let mut admin = PgConnection::connect(server).await.expect("server answers");
    execute(&mut admin, "SELECT pg_advisory_lock(7246317)".to_owned()).await;
    let found: Option<(i32,)> = sqlx::query_as("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut admin)
        .await
        .expect("catalogue can be read");
    if found.is_none() {
        let raw = unique();
        execute(&mut admin, format!("CREATE DATABASE {raw}")).await;
        let url = on_database(server, &raw);
        let store = Store::open(&Settings::Postgres {
            url,
            max_connections: 1,
        })
        .await
        .expect("opens");
        store.migrate().await.expect("migrates");
        store.close().await;
        execute(&mut admin, format!("ALTER DATABASE {raw} RENAME TO {name}")).await;
    }
    name
}

pub(crate) async fn execute(admin: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(admin)
        .await
        .expect("administration of the test server");
}

/// The address of another database of the same server.
pub(crate) fn on_database(server: &str, name: &str) -> String {
    let (base, query) = server
        .split_once('?')
        .map_or((server, ""), |(base, query)| (base, query));
    let host = base
        .rfind('/')
        .filter(|at| *at > "postgres://".len())
        .map_or(base, |at| &base[..at]);
    if query.is_empty() {
        format!("{host}/{name}")
    } else {
        format!("{host}/{name}?{query}")
    }
}

fn schema_hash() -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for (name, text) in migration_files("postgres") {
        hasher.update(name);
        hasher.update(text);
    }
    hasher
        .finalize()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Name and text of the migrations of a folder, in order.
pub(crate) fn migration_files(folder: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(folder);
    let mut files: Vec<_> = std::fs::read_dir(path)
        .expect("folder exists")
        .map(|entry| entry.expect("entry can be read").path())
        .map(|path| {
            (
                path.file_name()
                    .expect("has a name")
                    .to_string_lossy()
                    .into_owned(),
                path,
            )
        })
        .map(|(name, path)| (name, std::fs::read_to_string(path).expect("can be read")))
        .collect();
    files.sort();
    files
}
