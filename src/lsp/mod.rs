//! `schalter lsp`: a language server for definitions. Editors start it and
//! speak JSON-RPC with it on standard input and output.
//!
//! One thread reads, one answers, one checks; the last looks at everything
//! only when typing pauses, so that answers do not wait for it.

mod answers;
mod check;
mod complete;
mod hover;
mod keys;
mod position;
mod server;
mod wire;
mod workspace;

use std::io::{self, BufReader};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use engine::source::SourceFile;

use self::check::Findings;
use self::server::{Server, Step};
use self::wire::Frame;

/// How long typing must pause before everything is checked.
const PAUSE: Duration = Duration::from_millis(200);

/// What the answering thread waits for.
enum Event {
    Frame(Frame),
    Checked(u64, Findings),
    Closed,
}

/// Serves an editor until it says exit or goes away.
pub fn run() -> ExitCode {
    let (events, incoming) = mpsc::channel();
    let reading = events.clone();
    thread::spawn(move || read_all(&reading));
    let (checks, asked) = mpsc::channel::<(u64, Vec<SourceFile>)>();
    thread::spawn(move || check_all(&asked, &events));
    let mut server = Server::default();
    let mut out = io::stdout().lock();
    let mut due: Option<Instant> = None;
    loop {
        let event = match due {
            None => incoming.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => incoming.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        let messages = match event {
            Ok(Event::Frame(frame)) => match server.take(frame) {
                Step::Answer(messages) => messages,
                Step::Exit(code) => return ExitCode::from(code),
            },
            Ok(Event::Checked(version, findings)) => server.publish(version, findings),
            Err(RecvTimeoutError::Timeout) => {
                due = None;
                if checks.send((server.version(), server.files())).is_err() {
                    return ExitCode::FAILURE;
                }
                continue;
            }
            Ok(Event::Closed) | Err(RecvTimeoutError::Disconnected) => {
                return ExitCode::from(server.exit_code());
            }
        };
        for message in messages {
            if wire::write(&mut out, &message).is_err() {
                return ExitCode::FAILURE;
            }
        }
        if server.needs_check() {
            due = Some(Instant::now() + PAUSE);
        }
    }
}

fn read_all(events: &mpsc::Sender<Event>) {
    let mut input = BufReader::new(io::stdin());
    loop {
        let event = match wire::read(&mut input) {
            Ok(Some(frame)) => Event::Frame(frame),
            Ok(None) | Err(_) => Event::Closed,
        };
        let last = matches!(event, Event::Closed);
        if events.send(event).is_err() || last {
            return;
        }
    }
}

fn check_all(asked: &mpsc::Receiver<(u64, Vec<SourceFile>)>, events: &mpsc::Sender<Event>) {
    while let Ok(mut next) = asked.recv() {
        // Of several only the newest is worth the work.
        while let Ok(newer) = asked.try_recv() {
            next = newer;
        }
        let (version, files) = next;
        let findings = std::panic::catch_unwind(|| check::check(files)).unwrap_or_default();
        if events.send(Event::Checked(version, findings)).is_err() {
            return;
        }
    }
}
