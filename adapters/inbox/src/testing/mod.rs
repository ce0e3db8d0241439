//! A mail server for tests: it keeps what it receives and misbehaves on
//! demand. Behind the feature `testing`, for this crate and the application.

mod session;
mod tls;

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use engine::text::Language;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    DeliveredFile, Delivery,
    mail::{OutgoingMail, Person, SmtpSettings, Tls},
};

/// What the server does from now on; sessions that are open take it up with
/// their next command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Accept everything.
    Accept,
    /// Not be there: the port is closed.
    Refuse,
    /// Answer one step with a code, such as 451 or 550, the others normally.
    Answer(Step, u16),
    /// Write every answer one byte at a time with this pause between.
    Tarpit(Duration),
    /// Take the message and say nothing. `keep` says whether it was delivered.
    HangAfterData {
        /// Whether the message counts as received.
        keep: bool,
    },
    /// Take the message and close the connection without an answer.
    CloseAfterData,
    /// Stop reading in the middle of the message.
    StopReading,
}

/// A step of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The greeting.
    Connect,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// The message after DATA.
    Message,
}

/// A message the server accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedMail {
    /// Address of MAIL FROM.
    pub from: String,
    /// Addresses of RCPT TO.
    pub to: Vec<String>,
    /// The message, dot stuffing undone.
    pub data: Vec<u8>,
    /// Whether it came over TLS.
    pub encrypted: bool,
}

impl ReceivedMail {
    /// The values of all header lines of a name, unfolded.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.data);
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        head.replace("\r\n ", " ")
            .replace("\r\n\t", " ")
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
            .collect()
    }

    /// The whole message as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) behaviour: Behaviour,
    pub(crate) recipients: HashMap<String, u16>,
    pub(crate) mails: Vec<ReceivedMail>,
    pub(crate) connections: usize,
    pub(crate) messages: usize,
    pub(crate) starttls: bool,
    pub(crate) wrapped: bool,
}

/// State shared by all sessions of a server.
pub(crate) type Shared = Arc<Mutex<State>>;

pub(crate) fn locked(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running mail server on a free port of this machine; stops when dropped.
#[derive(Debug)]
pub struct SmtpReceiver {
    address: SocketAddr,
    state: Shared,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl SmtpReceiver {
    /// Starts a server that accepts everything.
    ///
    /// # Panics
    ///
    /// When this machine gives out no port, or outside of a tokio runtime.
    pub fn start() -> SmtpReceiver {
        let state = Arc::new(Mutex::new(State {
            behaviour: Behaviour::Accept,
            recipients: HashMap::new(),
            mails: Vec::new(),
            connections: 0,
            messages: 0,
            starttls: false,
            wrapped: false,
        }));
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let task = tokio::spawn(session::accept(listener, Arc::clone(&state)));
        SmtpReceiver {
            address,
            state,
            task: Mutex::new(Some(task)),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Settings that send to it without encryption.
    pub fn settings(&self) -> SmtpSettings {
        SmtpSettings {
            host: self.address.ip().to_string(),
            port: Some(self.address.port()),
            tls: Tls::None,
            user: None,
            password: None,
            password_file: None,
            ca_file: None,
            from: Person::new("schalter@stadt.example", "Stadt Beispiel"),
            timeout_seconds: 60,
            hello: None,
        }
    }

    /// Changes what it does. From and to [`Behaviour::Refuse`] the port is
    /// closed and opened again; open sessions end with it.
    ///
    /// # Panics
    ///
    /// When another program took the port meanwhile.
    pub async fn behave(&self, behaviour: Behaviour) {
        let refuse = behaviour == Behaviour::Refuse;
        locked(&self.state).behaviour = behaviour;
        if refuse {
            let task = self.task().take();
            if let Some(task) = task {
                task.abort();
                // The port is closed once the task is gone, by force or not.
                let ended = task.await;
                debug_assert!(ended.is_err());
            }
        } else if self.task().is_none() {
            let accept = session::accept(listen(self.address), Arc::clone(&self.state));
            *self.task() = Some(tokio::spawn(accept));
        }
    }

    fn task(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers RCPT for one address with a code; 250 ends it.
    pub fn refuse_recipient(&self, address: &str, code: u16) {
        locked(&self.state).recipients.insert(address.into(), code);
    }

    /// Whether EHLO offers STARTTLS, with a certificate of
    /// [`SmtpReceiver::authority`] for 127.0.0.1.
    pub fn offer_starttls(&self, offer: bool) {
        locked(&self.state).starttls = offer;
    }

    /// Whether it speaks TLS from the first byte, with the same certificate.
    pub fn speak_tls(&self, wrapped: bool) {
        locked(&self.state).wrapped = wrapped;
    }

    /// The certificate in PEM a client must trust to accept the server's.
    pub fn authority() -> &'static str {
        include_str!("tls/ca.pem")
    }

    /// All messages accepted so far, oldest first.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        locked(&self.state).mails.clone()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        locked(&self.state).connections
    }

    /// How many times a whole message arrived, also when it was then refused
    /// or left without an answer.
    pub fn messages(&self) -> usize {
        locked(&self.state).messages
    }

    /// Waits until `count` messages were accepted.
    ///
    /// # Panics
    ///
    /// When that takes longer than `limit`.
    pub async fn wait_for(&self, count: usize, limit: Duration) -> Vec<ReceivedMail> {
        let start = Instant::now();
        loop {
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            assert!(
                start.elapsed() < limit,
                "{} of {count} mails after {limit:?}",
                mails.len()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for SmtpReceiver {
    fn drop(&mut self) {
        if let Some(task) = self.task().take() {
            task.abort();
        }
    }
}

fn listen(address: SocketAddr) -> TcpListener {
    let listener = std::net::TcpListener::bind(address).expect("the port is free");
    listener
        .set_nonblocking(true)
        .expect("a fresh socket can be made non-blocking");
    TcpListener::from_std(listener).expect("called inside a tokio runtime")
}

/// A small delivery with two files.
pub fn delivery(event_id: &str) -> Delivery {
    Delivery {
        event_id: event_id.into(),
        reference: "BEI-2026-K7M4Q2".into(),
        service: "meldebescheinigung".into(),
        title: "Meldebescheinigung".into(),
        department: "buergerservice".into(),
        queue: "meldewesen".into(),
        department_mail: Some("buergerservice@stadt.example".into()),
        received_at: 1_790_000_000_000,
        submission_json: b"{\"reference\":\"BEI-2026-K7M4Q2\"}".to_vec(),
        receipt_pdf: b"%PDF-1.7 receipt".to_vec(),
        attachments: vec![
            file("ausweis.jpg", "image/jpeg", b"front"),
            file("vollmacht.pdf", "application/pdf", b"power"),
        ],
        summary: vec![("Name".into(), "Erika Mustermann".into())],
        language: Language::De,
    }
}

/// A file of a delivery or mail.
pub fn file(name: &str, media_type: &str, bytes: &[u8]) -> DeliveredFile {
    DeliveredFile {
        name: name.into(),
        media_type: media_type.into(),
        bytes: bytes.to_vec(),
    }
}

/// A small mail.
pub fn mail(event_id: &str, to: &str) -> OutgoingMail {
    OutgoingMail {
        event_id: event_id.into(),
        date: 1_790_000_000_000,
        from: None,
        reply_to: None,
        to: to.into(),
        to_name: "Erika Mustermann".into(),
        subject: "Ihr Antrag ist eingegangen".into(),
        text: "Guten Tag,\n\nIhr Antrag ist eingegangen.\n".into(),
        html: None,
        attachments: Vec::new(),
        language: Language::De,
    }
}
