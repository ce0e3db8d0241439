//! The two schemas are one, and every statement fits both.

use std::collections::BTreeSet;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, SqlSafeStr};
use store::{Settings, Store, StoreError};

use crate::harness::{Folder, Raw, create, execute, migration_files, postgres_url, raw};

#[test]
fn both_folders_hold_the_same_migrations() {
    let names = |folder| {
        migration_files(folder)
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
    for (number, name) in (1..).zip(names("sqlite")) {
        assert!(
            name.starts_with(&format!("{number:04}_")),
            "{name} should have number {number}"
        );
    }
}

#[test]
fn statements_have_a_bounded_shape() {
    let statements = store::statements();
    assert!(statements.len() > 80, "{}", statements.len());
    for (name, sql) in statements {
        assert!(
            !sql.to_uppercase().contains("OFFSET"),
            "{name} pages by counting"
        );
        assert!(
            !sql.contains('?') && !sql.contains("::"),
            "{name} is not for both databases"
        );
    }
}

pub(crate) async fn every_statement_is_understood(_: Store) {
    let mut failed = Vec::new();
    match raw() {
        Raw::Sqlite(path) => {
            let mut db = SqliteConnectOptions::new()
                .filename(path)
                .connect()
                .await
                .unwrap();
            for (name, sql) in store::statements() {
                if let Err(error) = (&mut db).prepare(AssertSqlSafe(sql).into_sql_str()).await {
                    failed.push(format!("{name}: {error}"));
                }
            }
        }
        Raw::Postgres(url) => {
            let mut db = PgConnection::connect(&url).await.unwrap();
            for (name, sql) in store::statements() {
                if let Err(error) = (&mut db).prepare(AssertSqlSafe(sql).into_sql_str()).await {
                    failed.push(format!("{name}: {error}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Statements that read whole tables on purpose: the integrity check.
const READS_ALL: [&str; 4] = [
    "CASES_OUT_OF_STEP",
    "CASES_WITHOUT_SUBMISSION",
    "FILES_WITHOUT_CONTENT",
    "PLACES_MISCOUNTED",
];

#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    let folder = Folder::new();
    let path = folder.path().join("plan.db");
    let store = Store::open(&Settings::Sqlite { path: path.clone() })
        .await
        .unwrap();
    store.migrate().await.unwrap();
    let mut db = SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap();
    let mut scans = Vec::new();
    for (name, sql) in store::statements() {
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                .fetch_all(&mut db)
                .await
                .unwrap();
        let bad = |detail: &String| detail.starts_with("SCAN ") && !detail.contains("CONSTANT ROW");
        let details = plan.into_iter().map(|line| line.3).filter(bad);
        scans.extend(
            details
                .filter(|_| !READS_ALL.contains(&name))
                .map(|detail| format!("{name}: {detail}")),
        );
    }
    assert!(scans.is_empty(), "{scans:#?}");
}

#[tokio::test]
async fn both_schemas_have_the_same_columns() {
    let Some(server) = postgres_url() else { return };
    let name = format!("schalter_columns_{}", std::process::id());
    let url = create(&server, &name).await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    let postgres: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public'",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    let postgres_indexes: Vec<(String,)> =
        sqlx::query_as("SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public'")
            .fetch_all(&mut db)
            .await
            .unwrap();
    db.close().await.unwrap();
    execute(
        &mut PgConnection::connect(&server).await.unwrap(),
        format!("DROP DATABASE {name}"),
    )
    .await;

    let folder = Folder::new();
    let path = folder.path().join("columns.db");
    let store = Store::open(&Settings::Sqlite { path: path.clone() })
        .await
        .unwrap();
    store.migrate().await.unwrap();
    let mut db = SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap();
    let sqlite: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    let sqlite_indexes: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
            .fetch_all(&mut db)
            .await
            .unwrap();
    let ours = |rows: Vec<(String, String)>| -> BTreeSet<(String, String)> {
        rows.into_iter()
            .filter(|(table, _)| table != "_sqlx_migrations")
            .collect()
    };
    let (sqlite, postgres) = (ours(sqlite), ours(postgres));
    assert_eq!(sqlite, postgres);
    assert!(sqlite.len() > 100, "{}", sqlite.len());
    // Every table begins with the tenant, and every index we named exists in both.
    let tables: BTreeSet<_> = sqlite.iter().map(|(table, _)| table).collect();
    let with_tenant: BTreeSet<_> = sqlite
        .iter()
        .filter(|(_, column)| column == "tenant_id")
        .map(|(table, _)| table)
        .collect();
    assert_eq!(tables, with_tenant);
    let postgres_indexes: BTreeSet<_> = postgres_indexes.into_iter().collect();
    for index in sqlite_indexes {
        assert!(postgres_indexes.contains(&index), "{index:?}");
    }
}

pub(crate) async fn migrating_twice_is_harmless(store: Store) {
    let results = tokio::join!(store.migrate(), store.migrate());
    results.0.unwrap();
    results.1.unwrap();
    assert!(store.pending_migrations().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_migrate_once() {
    let folder = Folder::new();
    let settings = Settings::Sqlite {
        path: folder.path().join("new/town.db"),
    };
    let store = Store::open(&settings).await.unwrap();
    let known = migration_files("sqlite").len();
    assert_eq!(store.pending_migrations().await.unwrap().len(), known);
    let nodes: Vec<_> = (0..6)
        .map(|_| {
            let settings = settings.clone();
            tokio::spawn(async move { Store::open(&settings).await?.migrate().await })
        })
        .collect();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
    assert!(store.pending_migrations().await.unwrap().is_empty());
    store.health(0).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.path().join("town.db");
    let store = Store::open(&Settings::Sqlite { path: path.clone() })
        .await
        .unwrap();
    store.migrate().await.unwrap();
    for name in ["town.db", "town.db-wal", "town.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name} has {mode:o}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = Folder::new();
    let path = folder.path().join("notes.txt");
    std::fs::write(
        &path,
        "These are my notes, long enough to be no empty file at all.",
    )
    .unwrap();
    let refused = Store::open(&Settings::Sqlite { path: path.clone() }).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("These are my notes")
    );
    let in_the_way = Store::open(&Settings::Sqlite {
        path: path.join("town.db"),
    })
    .await;
    assert!(
        matches!(in_the_way, Err(StoreError::File { .. })),
        "{in_the_way:?}"
    );
}

#[tokio::test]
async fn a_server_that_loses_cases_is_refused() {
    let Some(server) = postgres_url() else { return };
    let joint = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{joint}options=-c%20synchronous_commit%3Doff");
    let refused = Store::open(&Settings::Postgres {
        url,
        max_connections: 1,
    })
    .await;
    assert!(
        matches!(
            refused,
            Err(StoreError::Unsafe {
                setting: "synchronous_commit",
                ..
            })
        ),
        "{refused:?}"
    );
}

/// What the web server needs of every future it spawns.
#[test]
fn futures_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    #[expect(
        clippy::diverging_sub_expression,
        unreachable_code,
        unused_variables,
        reason = "only the types count"
    )]
    fn never(store: &Store) {
        let decision: engine::case::Decision = unreachable!();
        is_send(&store.record("t", &decision, &store::Alongside::default()));
        is_send(&store.queue("t", &[], &store::QueueFilter::default(), None, 1));
        is_send(&store.lease(0, "w", 1, 1));
        is_send(&store.migrate());
    }
    let _: fn(&Store) = never;
}
