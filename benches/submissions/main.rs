//! How fast submissions are taken, beside the bare database transaction of
//! the same run: `cargo bench --bench submissions`.
//!
//! The server is the real program in a process of its own; the load comes
//! from this process over loopback. With `TEST_POSTGRES_URL` set the same is
//! done on PostgreSQL, in a database made for it.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(
    clippy::disallowed_methods,
    reason = "the database of the benchmark is named by the environment"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use store::{Alongside, Settings, Store, SubmissionKey};

mod load;
mod portal;
mod sample;
mod server;

use load::{Connection, Figures, measure, print_row};
use server::{Server, fresh_database};

/// Connections the load comes over.
const CONNECTIONS: [usize; 3] = [1, 8, 32];
/// Complete cases measured with receipt and mail.
const COMPLETE: usize = 300;

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to know that it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = std::env::temp_dir().join(format!("schalter-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be made");
    println!("database       conn  what              per s     p50 ms   p95 ms   p99 ms");
    database("sqlite", &folder.join("sqlite"), None).await;
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => database("postgres", &folder.join("postgres"), Some(url)).await,
        Err(_) => println!("postgres       left out: TEST_POSTGRES_URL is not set"),
    }
    portal::search(&folder.join("portal")).await;
    sample::receipt_cost();
    std::fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
}

async fn database(name: &str, folder: &Path, url: Option<String>) {
    for connections in CONNECTIONS {
        let bare = bare(
            &folder.join(format!("bare-{connections}")),
            url.as_deref(),
            connections,
        )
        .await;
        print_row(name, connections, "bare transaction", &bare, None);
        let server = Server::start(
            &folder.join(format!("http-{connections}")),
            url.as_deref(),
            None,
        )
        .await;
        let http = over_http(server.address(), connections).await;
        print_row(
            name,
            connections,
            "API submission",
            &http,
            Some((bare.rate(), "bare")),
        );
        if connections == 32 {
            println!(
                "{name:<14} start-up {:.0} ms, resident memory after {} submissions {:.0} MiB",
                server.started_in.as_secs_f64() * 1000.0,
                http.times.len(),
                server.resident_mib()
            );
        }
        server.stop();
    }
    let receiver = inbox::testing::SmtpReceiver::start();
    let server = Server::start(
        &folder.join("complete"),
        url.as_deref(),
        Some(receiver.address().port()),
    )
    .await;
    let begin = Instant::now();
    let client = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (client, address) = (Arc::clone(&client), server.address().to_owned());
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await;
                while client.fetch_add(1, Ordering::SeqCst) < COMPLETE {
                    connection.submit().await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("the load runs");
    }
    let taken = begin.elapsed();
    while receiver.messages() < COMPLETE {
        assert!(
            begin.elapsed() < Duration::from_secs(300),
            "mails are missing after five minutes"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let complete = begin.elapsed();
    println!(
        "{name:<14} {COMPLETE} complete cases (receipt made, mail handed over): {:.1}/s; taken in {:.2} s",
        COMPLETE as f64 / complete.as_secs_f64(),
        taken.as_secs_f64()
    );
    server.stop();
}

async fn bare(folder: &Path, url: Option<&str>, connections: usize) -> Figures {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let settings = match url {
        None => Settings::Sqlite {
            path: folder.join("schalter.db"),
        },
        Some(url) => Settings::Postgres {
            url: fresh_database(url).await,
            max_connections: 32,
        },
    };
    let store = Store::open(&settings).await.expect("the database opens");
    store.migrate().await.expect("the database migrates");
    let sample = Arc::new(sample::Sample::new());
    let store = Arc::new(store);
    let states = vec![(store, sample); connections];
    measure(states, |(store, sample)| async move {
        let decision = sample.decision();
        let key = SubmissionKey {
            key: uuid::Uuid::now_v7().to_string(),
            body_hash: "x".repeat(64),
        };
        let alongside = Alongside {
            key: Some(key),
            ..Alongside::default()
        };
        store
            .record("bench", &decision, &alongside)
            .await
            .expect("the decision is recorded");
        (store, sample)
    })
    .await
}

async fn over_http(address: &str, connections: usize) -> Figures {
    let mut states = Vec::new();
    for _ in 0..connections {
        states.push(Connection::open(address).await);
    }
    measure(states, |mut connection| async move {
        connection.submit().await;
        connection
    })
    .await
}

