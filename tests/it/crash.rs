//! `kill -9` at any moment: the real process is stopped at a named point,
//! killed there, started again on the same folder. What was acknowledged is
//! there once; what was not can be repeated with the same key.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use store::{QueueFilter, Settings, Store};

use crate::town::sample;

/// The program in a process of its own.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(folder: &Path, stand_still_at: Option<&str>) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schalter"));
        command
            .args(["demo", "--port", "0", "--data"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(point) = stand_still_at {
            command.env("FAILPOINTS", format!("{point}=sleep(120000)"));
        }
        let mut child = command.spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = lines
            .map(|line| line.expect("a line"))
            .find(|line| line.starts_with("listening on "))
            .expect("it says where it listens");
        Process {
            child,
            address: line
                .rsplit("http://")
                .next()
                .expect("an address")
                .to_owned(),
        }
    }

    /// Sends the sample and gives the status line, or nothing when no answer came in time.
    fn submit(&self, key: &str, patience: Duration) -> Option<String> {
        let body = sample("business-registration").to_string();
        let mut stream = TcpStream::connect(&self.address).expect("the program answers");
        stream
            .set_read_timeout(Some(patience))
            .expect("the socket takes options");
        write!(
            stream,
            "POST /api/v1/forms/business-registration/submissions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("the request is sent");
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => answer.extend_from_slice(&buffer[..read]),
                Err(_) if answer.is_empty() => return None,
                Err(_) => break,
            }
        }
        Some(
            String::from_utf8_lossy(&answer)
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        )
    }

    /// SIGKILL: nothing is flushed, no destructor runs.
    fn kill(mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process is gone");
    }
}

async fn state(folder: &Path) -> (usize, Vec<String>, usize) {
    let store = Store::open(&Settings::Sqlite {
        path: folder.join("schalter.db"),
    })
    .await
    .expect("the database opens");
    assert_eq!(
        store.integrity_check().await.expect("a check"),
        Vec::<String>::new()
    );
    let cases = store
        .queue(
            "musterstadt",
            &["public-order".to_owned()],
            &QueueFilter::default(),
            None,
            100,
        )
        .await
        .expect("the queue");
    let mails = store
        .kept_mails("musterstadt", None, 100)
        .await
        .expect("mails");
    let mut done = 0;
    for case in &cases.rows {
        let deliveries = store
            .deliveries("musterstadt", case.id)
            .await
            .expect("deliveries");
        done += usize::from(
            deliveries
                .iter()
                .all(|delivery| delivery.state == store::DeliveryState::Done),
        );
    }
    store.close().await;
    (
        cases.rows.len(),
        mails.into_iter().map(|mail| mail.event_id).collect(),
        done,
    )
}

/// Killed at `point`, then started again and asked the same thing again.
async fn killed_at(point: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let process = Process::start(folder.path(), Some(point));
    let answered = process.submit("crash", Duration::from_secs(4));
    let worker = point.starts_with("parcel");
    assert_eq!(answered.is_some(), worker, "{point}: {answered:?}");
    if worker {
        // The case is taken; give the worker time to reach the point.
        std::thread::sleep(Duration::from_secs(4));
    }
    process.kill();

    let process = Process::start(folder.path(), None);
    let again = process
        .submit("crash", Duration::from_secs(30))
        .expect("an answer");
    assert!(again.contains("201"), "{point}: {again}");
    // A leased parcel becomes free when its lease of two minutes has run out.
    let patience = Instant::now() + Duration::from_secs(if worker { 150 } else { 30 });
    loop {
        let (cases, mails, done) = state(folder.path()).await;
        assert_eq!(cases, 1, "{point}");
        let mut once = mails.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), mails.len(), "{point}: a mail was kept twice");
        if done == 1 && !mails.is_empty() {
            break;
        }
        assert!(
            Instant::now() < patience,
            "{point}: not delivered after the restart"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    process.kill();
}

#[tokio::test]
async fn killed_before_anything_was_written() {
    killed_at("submit-checked").await;
}

#[tokio::test]
async fn killed_before_commit() {
    killed_at("record-before-commit").await;
}

#[tokio::test]
async fn killed_after_commit_before_the_answer() {
    killed_at("record-after-commit").await;
}

#[tokio::test]
async fn killed_with_a_leased_parcel() {
    killed_at("parcel-leased").await;
}

#[tokio::test]
async fn killed_after_delivery_before_it_was_settled() {
    killed_at("parcel-delivered").await;
}
