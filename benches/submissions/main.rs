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

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use store::{Alongside, Settings, Store, SubmissionKey};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

mod sample;

/// Connections the load comes over.
const CONNECTIONS: [usize; 3] = [1, 8, 32];
/// Time measured for each number of connections.
const MEASURED: Duration = Duration::from_secs(8);
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
            Some(bare.rate()),
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

struct Figures {
    times: Vec<Duration>,
    wall: Duration,
}

impl Figures {
    fn rate(&self) -> f64 {
        self.times.len() as f64 / self.wall.as_secs_f64()
    }

    fn percentile(&self, share: f64) -> f64 {
        let at = ((self.times.len() as f64 - 1.0) * share).round() as usize;
        self.times[at].as_secs_f64() * 1000.0
    }
}

fn print_row(
    database: &str,
    connections: usize,
    what: &str,
    figures: &Figures,
    reference: Option<f64>,
) {
    let share = reference.map_or(String::new(), |rate| {
        format!("  {:.0} % of bare", figures.rate() / rate * 100.0)
    });
    println!(
        "{database:<14} {connections:>4}  {what:<16} {:>7.1}   {:>8.2} {:>8.2} {:>8.2}{share}",
        figures.rate(),
        figures.percentile(0.5),
        figures.percentile(0.95),
        figures.percentile(0.99)
    );
}

/// Runs `once` on `connections` tasks for the measured time.
async fn measure<F, Fut, S>(states: Vec<S>, once: F) -> Figures
where
    F: Fn(S) -> Fut + Send + Sync + Clone + 'static,
    Fut: Future<Output = S> + Send + 'static,
    S: Send + 'static,
{
    let begin = Instant::now();
    let tasks: Vec<_> = states
        .into_iter()
        .map(|mut state| {
            let once = once.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while begin.elapsed() < MEASURED {
                    let started = Instant::now();
                    state = once(state).await;
                    times.push(started.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("the load runs"));
    }
    let wall = begin.elapsed();
    times.sort();
    Figures { times, wall }
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

/// One connection that is kept open.
struct Connection {
    stream: BufReader<TcpStream>,
    body: String,
}

impl Connection {
    async fn open(address: &str) -> Connection {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server answers");
        stream.set_nodelay(true).expect("the socket takes options");
        Connection {
            stream: BufReader::new(stream),
            body: sample::answers().to_string(),
        }
    }

    async fn submit(&mut self) {
        let request = format!(
            "POST /api/v1/forms/business-registration/submissions HTTP/1.1\r\nhost: bench\r\n\
             content-type: application/json\r\nidempotency-key: {}\r\ncontent-length: {}\r\n\r\n{}",
            uuid::Uuid::now_v7(),
            self.body.len(),
            self.body
        );
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("the request is sent");
        let (status, body) = self.answer().await;
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
        let answer: Value = serde_json::from_slice(&body).expect("the answer is JSON");
        assert!(answer["reference"].is_string());
    }

    async fn answer(&mut self) -> (u16, Vec<u8>) {
        let mut line = String::new();
        self.stream
            .read_line(&mut line)
            .await
            .expect("the server answers");
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .expect("a status line");
        let mut length = 0;
        loop {
            line.clear();
            self.stream
                .read_line(&mut line)
                .await
                .expect("the server answers");
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.stream
            .read_exact(&mut body)
            .await
            .expect("the whole answer");
        (status, body)
    }
}

/// The program in its own process.
struct Server {
    child: Child,
    address: String,
    started_in: Duration,
}

impl Server {
    async fn start(folder: &Path, url: Option<&str>, smtp: Option<u16>) -> Server {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        let config = folder.join("schalter.toml");
        std::fs::write(&config, settings(folder, url, smtp).await)
            .expect("the settings are written");
        let begin = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_schalter"))
            .args(["serve", "--config"])
            .arg(&config)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().expect("its output");
        let line = std::io::BufReader::new(output)
            .lines()
            .next()
            .expect("the line that says where it listens")
            .expect("its output");
        let address = line
            .rsplit("http://")
            .next()
            .expect("an address")
            .to_owned();
        Server {
            child,
            address,
            started_in: begin.elapsed(),
        }
    }

    fn address(&self) -> &str {
        &self.address
    }

    fn resident_mib(&self) -> f64 {
        let status = PathBuf::from(format!("/proc/{}/status", self.child.id()));
        let text = std::fs::read_to_string(status).unwrap_or_default();
        let kib = text
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|line| {
                line.split_whitespace()
                    .next()
                    .and_then(|number| number.parse::<f64>().ok())
            });
        kib.unwrap_or(f64::NAN) / 1024.0
    }

    /// Ends the program, as dropping does.
    fn stop(self) {}
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("the program stops");
        self.child.wait().expect("the program has stopped");
    }
}

async fn settings(folder: &Path, url: Option<&str>, smtp: Option<u16>) -> String {
    let database = match url {
        None => String::new(),
        Some(url) => {
            format!(
                "[database]\nkind = \"postgres\"\nurl = \"{}\"\nconnections = 32\n",
                fresh_database(url).await
            )
        }
    };
    let mail = smtp.map_or(String::new(), |port| {
        format!(
            "[mail]\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n\
             from = {{ name = \"Bench\", address = \"bench@stadt.example\" }}\n"
        )
    });
    // Without mail the worker rests: the figure is that of taking submissions.
    let worker = smtp.is_some();
    format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata = \"{}\"\nworker = {worker}\n\
         [town]\ntenant = \"bench\"\nname = \"Bench\"\nprefix = \"BE\"\nstreet = \"Platz 1\"\npostcode = \"47798\"\n\
         city = \"Bench\"\nemail = \"bench@stadt.example\"\nphone = \"+49 2151 0\"\n{database}{mail}",
        folder.join("data").display()
    )
}

/// A new database beside the one of the URL.
async fn fresh_database(url: &str) -> String {
    store::testing::fresh_database(url)
        .await
        .expect("the database server makes a database")
}
