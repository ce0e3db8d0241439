//! Load over loopback, and what it took.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::sample;

/// Time measured for each number of connections.
const MEASURED: Duration = Duration::from_secs(8);

/// How long each request took, shortest first, and all together.
pub(crate) struct Figures {
    pub(crate) times: Vec<Duration>,
    wall: Duration,
}

impl Figures {
    /// Requests in a second.
    pub(crate) fn rate(&self) -> f64 {
        self.times.len() as f64 / self.wall.as_secs_f64()
    }

    /// Milliseconds within which this share was answered.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let at = ((self.times.len() as f64 - 1.0) * share).round() as usize;
        self.times[at].as_secs_f64() * 1000.0
    }
}

/// One line of the report, with the share of a reference.
pub(crate) fn print_row(
    database: &str,
    connections: usize,
    what: &str,
    figures: &Figures,
    reference: Option<(f64, &str)>,
) {
    let share = reference.map_or(String::new(), |(rate, of)| {
        format!("  {:.0} % of {of}", figures.rate() / rate * 100.0)
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
pub(crate) async fn measure<F, Fut, S>(states: Vec<S>, once: F) -> Figures
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

/// One connection that is kept open.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    body: String,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Connection {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server answers");
        stream.set_nodelay(true).expect("the socket takes options");
        Connection {
            stream: BufReader::new(stream),
            body: sample::answers().to_string(),
        }
    }

    /// Hands in a business registration.
    pub(crate) async fn submit(&mut self) {
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

    /// Asks for a page; gives it back.
    pub(crate) async fn get(&mut self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n");
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("the request is sent");
        let (status, body) = self.answer().await;
        assert_eq!(status, 200, "{path}");
        String::from_utf8(body).expect("the page is text")
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
