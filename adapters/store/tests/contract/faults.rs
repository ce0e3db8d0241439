//! Lost connections: what is known, what is not, and how it is found out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::{Connection, PgConnection};
use store::{Alongside, QueueFilter, Settings, Store, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Folder, on_postgres, raw};
use crate::samples::{NOW, TOWN, key, mail, opening};

/// Passes bytes to the server. When `cut` is set, it passes the next COMMIT,
/// waits until the server has answered it, and hangs up instead of passing
/// the answer on.
async fn proxy(server: String, cut: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass(client, server.clone(), cut.clone()));
        }
    });
    address
}

async fn pass(mut client: TcpStream, server: String, cut: Arc<AtomicBool>) {
    let mut server = TcpStream::connect(server).await.unwrap();
    let (mut up, mut down) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(1..) = read else { return };
                let sent = &up[..read.unwrap()];
                server.write_all(sent).await.unwrap();
                let commits = sent.windows(7).any(|part| part == b"COMMIT\0");
                if commits && cut.swap(false, Ordering::SeqCst) {
                    assert_ne!(server.read(&mut down).await.unwrap(), 0);
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(1..) = read else { return };
                if client.write_all(&down[..read.unwrap()]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// `host:port` of an address, and the address with another one.
fn redirect(url: &str, to: &str) -> String {
    let (start, rest) = url.split_once("//").unwrap();
    let (login, rest) = rest
        .split_once('@')
        .map_or((None, rest), |(login, rest)| (Some(login), rest));
    let database = rest.split_once('/').unwrap().1;
    let login = login.map_or(String::new(), |login| format!("{login}@"));
    format!("{start}//{login}{to}/{database}")
}

fn server_of(url: &str) -> String {
    let rest = url.split_once("//").unwrap().1;
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    rest.split('/').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lost_answer_to_commit_is_resolved_by_the_key() {
    on_postgres(lost_answer).await;
}

async fn lost_answer(store: Store) {
    let crate::harness::Raw::Postgres(url) = raw() else {
        panic!("only for PostgreSQL")
    };
    let cut = Arc::new(AtomicBool::new(false));
    let through = redirect(&url, &proxy(server_of(&url), cut.clone()).await);
    let node = Store::open(&Settings::Postgres {
        url: through,
        max_connections: 2,
    })
    .await
    .unwrap();

    let mut decision = opening("Erika");
    decision.parcels = vec![mail(0, &[])];
    cut.store(true, Ordering::SeqCst);
    let lost = node.record(TOWN, &decision, &key("k", "body")).await;
    assert!(matches!(lost, Err(StoreError::Unsettled(_))), "{lost:?}");
    assert!(!cut.load(Ordering::SeqCst), "the connection was cut");

    // The page is sent again and decided anew; the first result counts.
    let again = node
        .record(TOWN, &opening("Erika"), &key("k", "body"))
        .await
        .unwrap();
    assert!(again.repeated);
    assert_eq!(again.case_id, decision.case.id);
    assert_eq!(store.lease(NOW + 10, "w", 1000, 10).await.unwrap().len(), 1);
    node.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_drops_everybody_is_found_again() {
    on_postgres(dropped).await;
}

async fn dropped(store: Store) {
    let crate::harness::Raw::Postgres(url) = raw() else {
        panic!("only for PostgreSQL")
    };
    let mut admin = PgConnection::connect(&url).await.unwrap();
    for round in 0..3 {
        let senders: Vec<_> = (0..20)
            .map(|number| {
                let store = store.clone();
                let with = key(&format!("{round} {number}"), "body");
                tokio::spawn(async move {
                    match store.record(TOWN, &opening("Erika"), &with).await {
                        Err(StoreError::Unsettled(_)) => {
                            store.record(TOWN, &opening("Erika"), &with).await
                        }
                        done => done,
                    }
                })
            })
            .collect();
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .execute(&mut admin)
        .await
        .unwrap();
        for sender in senders {
            sender.await.unwrap().unwrap();
        }
    }
    let (cases,): (i64,) = sqlx::query_as("SELECT count(*) FROM case_file")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(cases, 60);
    assert!(store.integrity_check().await.unwrap().is_empty());
}

/// A browser that hangs up makes the server drop the request wherever it is.
pub(crate) async fn dropped_requests_leave_the_store_usable(store: Store) {
    let mut finished = 0;
    for number in 0..150_u64 {
        let mut decision = opening("Erika");
        decision.parcels = vec![mail(0, &[])];
        let with = key(&format!("k{number}"), "body");
        let work = store.record(TOWN, &decision, &with);
        let patience = Duration::from_micros(number * 60);
        finished += u64::from(tokio::time::timeout(patience, work).await.is_ok());
        // What was dropped is there as a whole or not at all.
        let again = store.record(TOWN, &decision, &with).await.unwrap();
        assert_eq!(
            store
                .case(TOWN, decision.case.id)
                .await
                .unwrap()
                .unwrap()
                .id,
            again.case_id
        );
        assert_eq!(
            store
                .deliveries(TOWN, decision.case.id)
                .await
                .unwrap()
                .len(),
            1
        );
    }
    assert!(finished < 150, "nothing was dropped");
    assert!(store.integrity_check().await.unwrap().is_empty());
}

/// The server and a command of the operator, say.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_share_a_file() {
    let folder = Folder::new();
    let settings = Settings::Sqlite {
        path: folder.path().join("town.db"),
    };
    let (one, two) = (
        Store::open(&settings).await.unwrap(),
        Store::open(&settings).await.unwrap(),
    );
    one.migrate().await.unwrap();
    let writers: Vec<_> = [one.clone(), two]
        .into_iter()
        .cycle()
        .take(8)
        .map(|store| {
            tokio::spawn(async move {
                for _ in 0..10 {
                    store
                        .record(TOWN, &opening("Erika"), &Alongside::default())
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let page = one
        .queue(
            TOWN,
            &["taxes".to_owned()],
            &QueueFilter::default(),
            None,
            100,
        )
        .await
        .unwrap();
    assert_eq!(page.rows.len(), 80);
}
