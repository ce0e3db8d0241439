//! The conversation with an SMTP relay.
//!
//! The pool of lettre is not used: its timeout covers connecting only, and a
//! conversation that is given up in the middle would go back into the pool
//! and be continued by the next mail. Here a connection is taken out, used
//! under one time limit, and put back only when its state is known.

use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use lettre::transport::smtp::{
    Error as SmtpError,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    commands::{Data, Mail, Rcpt, Rset},
    extension::ClientId,
};
use tokio::time::timeout;

use super::{ComposedMail, SmtpSettings, Tls};
use crate::{ConfigError, DeliveryError};

/// How long an idle connection is trusted to be alive.
const IDLE: Duration = Duration::from_secs(30);
/// Mails over one connection before a fresh one is opened; relays set limits.
const MAILS_PER_CONNECTION: u32 = 50;
/// Bytes of a message written at once.
const CHUNK: usize = 64 * 1024;
/// Time for commands that only tidy up.
const TIDY: Duration = Duration::from_secs(5);

pub(super) struct Smtp {
    host: String,
    port: u16,
    tls: Option<TlsParameters>,
    wrapped: bool,
    credentials: Option<Credentials>,
    hello: ClientId,
    limit: Duration,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    smtp: AsyncSmtpConnection,
    used: u32,
    since: Instant,
}

impl Smtp {
    pub(super) fn new(settings: SmtpSettings) -> Result<Smtp, ConfigError> {
        let port = settings.port.unwrap_or(match settings.tls {
            Tls::StartTls => 587,
            Tls::Tls => 465,
            Tls::None => 25,
        });
        if settings.timeout_seconds == 0 {
            return Err(value("mail: timeout_seconds must be at least 1"));
        }
        let domain = settings.from.address.rsplit('@').next().unwrap_or_default();
        let hello = settings.hello.clone().unwrap_or_else(|| domain.to_owned());
        if hello.is_empty() || !hello.chars().all(|c| c.is_ascii_graphic()) {
            return Err(value(
                "mail: the EHLO name must be a host name; set hello to the name of this machine",
            ));
        }
        Ok(Smtp {
            tls: tls_parameters(&settings)?,
            wrapped: settings.tls == Tls::Tls,
            credentials: credentials(&settings)?,
            hello: ClientId::Domain(hello),
            limit: Duration::from_secs(settings.timeout_seconds),
            host: settings.host,
            port,
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Sends one message and returns the relay's answer.
    pub(super) async fn send(&self, mail: &ComposedMail) -> Result<String, DeliveryError> {
        let handing_over = AtomicBool::new(false);
        let talk = async {
            let mut connection = self.connection().await?;
            let result = transaction(&mut connection.smtp, mail, &handing_over).await;
            Ok((connection, result))
        };
        let (connection, result) = match timeout(self.limit, talk).await {
            Ok(talked) => talked?,
            // The connection is dropped with its state unknown.
            Err(_) => return Err(self.timed_out(handing_over.into_inner())),
        };
        self.give_back(connection, &result).await;
        result.map_err(|error| refused(error, handing_over.into_inner()))
    }

    pub(super) async fn check(&self) -> Result<(), DeliveryError> {
        match timeout(self.limit, self.open()).await {
            Ok(opened) => {
                quit(opened?).await;
                Ok(())
            }
            Err(_) => Err(self.timed_out(false)),
        }
    }

    pub(super) async fn close_idle(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            quit(connection.smtp).await;
        }
    }

    /// An idle connection that still answers, or a new one.
    async fn connection(&self) -> Result<Connection, DeliveryError> {
        loop {
            let Some(mut connection) = self.idle().pop() else {
                break;
            };
            let fresh = connection.since.elapsed() < IDLE;
            let alive = fresh && timeout(TIDY, connection.smtp.test_connected()).await == Ok(true);
            if alive {
                return Ok(connection);
            }
        }
        Ok(Connection {
            smtp: self.open().await?,
            used: 0,
            since: Instant::now(),
        })
    }

    /// Connects, encrypts and signs in. Whatever fails here is no fault of
    /// the mail, so it is tried again, also after a refused password.
    async fn open(&self) -> Result<AsyncSmtpConnection, DeliveryError> {
        let unreachable = |error: SmtpError| {
            DeliveryError::later(format!(
                "the mail relay {}:{} cannot be used",
                self.host, self.port
            ))
            .because(error)
        };
        let server = (self.host.as_str(), self.port);
        let wrapper = self.tls.clone().filter(|_| self.wrapped);
        let mut smtp = AsyncSmtpConnection::connect_tokio1(
            server,
            Some(self.limit),
            &self.hello,
            wrapper,
            None,
        )
        .await
        .map_err(unreachable)?;
        if let Some(tls) = self.tls.clone().filter(|_| !self.wrapped) {
            smtp.starttls(tls, &self.hello).await.map_err(unreachable)?;
        }
        if let Some(credentials) = &self.credentials {
            smtp.auth(DEFAULT_MECHANISMS, credentials)
                .await
                .map_err(unreachable)?;
        }
        Ok(smtp)
    }

    /// Keeps a connection whose state is known for the next mail.
    async fn give_back(&self, mut connection: Connection, result: &Result<String, SmtpError>) {
        connection.used += 1;
        connection.since = Instant::now();
        let usable = match result {
            Ok(_) => true,
            Err(error) => match error.status() {
                Some(code) if code.to_string() != "421" => {
                    let reset = connection.smtp.command(Rset);
                    matches!(timeout(TIDY, reset).await, Ok(Ok(_)))
                }
                _ => false,
            },
        };
        if usable && connection.used < MAILS_PER_CONNECTION {
            self.idle().push(connection);
        } else if usable {
            quit(connection.smtp).await;
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn timed_out(&self, handing_over: bool) -> DeliveryError {
        let seconds = self.limit.as_secs();
        if handing_over {
            DeliveryError::unclear(format!(
                "the mail relay did not confirm the message within {seconds} s and may have \
                 accepted it"
            ))
        } else {
            DeliveryError::later(format!("the mail relay took longer than {seconds} s"))
        }
    }
}

/// MAIL, RCPT, DATA and the message. `handing_over` is set when all of the
/// message has left and its end mark follows: from then on a broken
/// connection leaves open whether it was accepted. Before, it was not: a
/// server must not deliver a message without its end mark (RFC 5321, 4.1.1.4).
async fn transaction(
    smtp: &mut AsyncSmtpConnection,
    mail: &ComposedMail,
    handing_over: &AtomicBool,
) -> Result<String, SmtpError> {
    smtp.command(Mail::new(Some(mail.from.clone()), vec![]))
        .await?;
    smtp.command(Rcpt::new(mail.to.clone(), vec![])).await?;
    smtp.command(Data).await?;
    let end = std::iter::from_fn(|| {
        handing_over.store(true, Ordering::Relaxed);
        None
    });
    let response = smtp.message_iter(mail.raw.chunks(CHUNK).chain(end)).await?;
    let said: Vec<&str> = response.message().collect();
    Ok(format!("{} {}", response.code(), said.join(" ")))
}

/// What the error of a transaction means for the mail.
fn refused(error: SmtpError, handing_over: bool) -> DeliveryError {
    // Answers that speak about our account rather than about this mail.
    let about_us = ["530", "534", "535", "538"];
    let Some(code) = error.status().map(|code| code.to_string()) else {
        return if handing_over {
            DeliveryError::unclear(
                "the connection to the mail relay broke before it confirmed the message",
            )
        } else {
            DeliveryError::later("the connection to the mail relay broke")
        }
        .because(error);
    };
    if error.is_permanent() && !about_us.contains(&code.as_str()) {
        DeliveryError::never(format!(
            "the mail relay refused the mail with {code}; check the address"
        ))
    } else {
        DeliveryError::later(format!("the mail relay answered {code}"))
    }
    .because(error)
}

async fn quit(mut smtp: AsyncSmtpConnection) {
    // A relay that does not answer to QUIT has nothing of ours left.
    if timeout(TIDY, smtp.quit()).await.is_err() {
        tracing::debug!("mail relay did not answer QUIT");
    }
}

fn tls_parameters(settings: &SmtpSettings) -> Result<Option<TlsParameters>, ConfigError> {
    if settings.tls == Tls::None {
        return Ok(None);
    }
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let pem = read(path, "the certificate file")?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| ConfigError::File {
            what: "the certificate file",
            path: path.clone(),
            source: error.into(),
        })?;
        builder = builder.add_root_certificate(certificate);
    }
    let tls = builder
        .build()
        .map_err(|error| value(&format!("mail: TLS cannot be set up: {error}")))?;
    Ok(Some(tls))
}

fn credentials(settings: &SmtpSettings) -> Result<Option<Credentials>, ConfigError> {
    let Some(user) = &settings.user else {
        return Ok(None);
    };
    if settings.tls == Tls::None && !is_this_machine(&settings.host) {
        return Err(value(
            "mail: the password would travel unencrypted; set tls to starttls or tls",
        ));
    }
    let password = match (&settings.password, &settings.password_file) {
        (Some(password), None) => password.0.clone(),
        (None, Some(path)) => {
            let content = read(path, "the mail password file")?;
            let text = String::from_utf8_lossy(&content);
            text.lines().next().unwrap_or_default().to_owned()
        }
        _ => {
            return Err(value(
                "mail: a user needs a password or a password_file, one of the two",
            ));
        }
    };
    Ok(Some(Credentials::new(user.clone(), password)))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn read(path: &Path, what: &'static str) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|error| ConfigError::File {
        what,
        path: path.to_owned(),
        source: error.into(),
    })
}

fn value(text: &str) -> ConfigError {
    ConfigError::Value(text.to_owned())
}
