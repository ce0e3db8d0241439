//! One connection to the test mail server.

use std::sync::Arc;

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinSet,
    time::{Duration, sleep},
};

use super::{Behaviour, ReceivedMail, Shared, Step, locked, tls};

/// Serves connections until the task is aborted, which ends them too.
pub(super) async fn accept(listener: TcpListener, state: Shared) {
    let mut sessions = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        locked(&state).connections += 1;
        let state = Arc::clone(&state);
        sessions.spawn(async move {
            // A client that goes away ends the session, as it should.
            if serve(Box::new(stream), state).await.is_none() {
                tracing::debug!("test mail session ended early");
            }
        });
    }
}

/// A connection, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn serve(stream: Box<dyn Stream>, state: Shared) -> Option<()> {
    let encrypted = locked(&state).wrapped;
    let stream = if encrypted {
        tls::accept(stream).await?
    } else {
        stream
    };
    let session = Session {
        stream: BufReader::new(stream),
        encrypted,
        state,
        from: None,
        to: Vec::new(),
    };
    session.run().await
}

struct Session {
    stream: BufReader<Box<dyn Stream>>,
    encrypted: bool,
    state: Shared,
    from: Option<String>,
    to: Vec<String>,
}

impl Session {
    async fn run(mut self) -> Option<()> {
        self.step(Step::Connect, "220 test").await?;
        loop {
            let line = self.line().await?;
            let upper = line.to_ascii_uppercase();
            let verb = upper.split([' ', ':']).next().unwrap_or_default();
            match verb {
                "EHLO" | "HELO" => self.greet().await?,
                "AUTH" => self.step(Step::Auth, "235 ok").await?,
                "MAIL" => {
                    self.reset();
                    self.from = Some(address(&line));
                    self.step(Step::Mail, "250 ok").await?;
                }
                "RCPT" => self.recipient(address(&line)).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.reset();
                    self.say("250 ok").await?;
                }
                "NOOP" => self.say("250 ok").await?,
                "STARTTLS" => self = self.encrypt().await?,
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Some(());
                }
                _ => self.say("500 what?").await?,
            }
        }
    }

    /// Upgrades the connection; what was read ahead in the clear is dropped.
    async fn encrypt(mut self) -> Option<Session> {
        self.say("220 go ahead").await?;
        self.reset();
        let stream = tls::accept(self.stream.into_inner()).await?;
        Some(Session {
            stream: BufReader::new(stream),
            encrypted: true,
            state: self.state,
            from: None,
            to: Vec::new(),
        })
    }

    async fn greet(&mut self) -> Option<()> {
        let starttls = locked(&self.state).starttls && !self.encrypted;
        let offer = if starttls { "250-STARTTLS\r\n" } else { "" };
        let text = format!("250-test\r\n{offer}250-AUTH PLAIN\r\n250 SIZE 20000000");
        self.say(&text).await
    }

    async fn recipient(&mut self, address: String) -> Option<()> {
        let code = locked(&self.state).recipients.get(&address).copied();
        match code {
            Some(code) if code != 250 => self.say(&format!("{code} refused")).await,
            _ => {
                self.to.push(address);
                self.step(Step::Rcpt, "250 ok").await
            }
        }
    }

    async fn data(&mut self) -> Option<()> {
        if self.from.is_none() || self.to.is_empty() {
            return self.say("503 bad sequence").await;
        }
        let behaviour = locked(&self.state).behaviour.clone();
        if let Behaviour::Answer(Step::Data, code) = behaviour {
            return self.say(&format!("{code} refused")).await;
        }
        self.say("354 go ahead").await?;
        if behaviour == Behaviour::StopReading {
            return hang().await;
        }
        let data = self.message().await?;
        let mail = ReceivedMail {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            data,
            encrypted: self.encrypted,
        };
        locked(&self.state).messages += 1;
        match behaviour {
            Behaviour::HangAfterData { keep } => {
                if keep {
                    locked(&self.state).mails.push(mail);
                }
                hang().await
            }
            Behaviour::CloseAfterData => None,
            Behaviour::Answer(Step::Message, code) => self.say(&format!("{code} refused")).await,
            _ => {
                locked(&self.state).mails.push(mail);
                self.say("250 queued as 42").await
            }
        }
    }

    /// Reads up to the line with a dot, as bytes.
    async fn message(&mut self) -> Option<Vec<u8>> {
        let mut data = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await.ok()? == 0 {
                return None;
            }
            if line == b".\r\n" {
                return Some(data);
            }
            let stuffed = usize::from(line.starts_with(b"."));
            data.extend_from_slice(&line[stuffed..]);
        }
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line).await {
            Ok(read) if read > 0 => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }

    /// Answers a step as told, or with `usual`.
    async fn step(&mut self, step: Step, usual: &str) -> Option<()> {
        let behaviour = locked(&self.state).behaviour.clone();
        match behaviour {
            Behaviour::Answer(at, code) if at == step => {
                self.say(&format!("{code} refused")).await?;
                // RFC 5321: 421 closes the channel.
                if code == 421 { None } else { Some(()) }
            }
            _ => self.say(usual).await,
        }
    }

    async fn say(&mut self, text: &str) -> Option<()> {
        let text = format!("{text}\r\n");
        let behaviour = locked(&self.state).behaviour.clone();
        if let Behaviour::Tarpit(pause) = behaviour {
            for byte in text.into_bytes() {
                self.stream.write_all(&[byte]).await.ok()?;
                self.stream.flush().await.ok()?;
                sleep(pause).await;
            }
            return Some(());
        }
        self.stream.write_all(text.as_bytes()).await.ok()?;
        self.stream.flush().await.ok()
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }
}

/// Says nothing for longer than any test waits.
async fn hang() -> Option<()> {
    sleep(Duration::from_secs(3600)).await;
    None
}

/// The address between angle brackets.
fn address(line: &str) -> String {
    let start = line.find('<').map_or(0, |at| at + 1);
    let end = line.rfind('>').unwrap_or(line.len());
    line.get(start..end).unwrap_or_default().to_owned()
}
