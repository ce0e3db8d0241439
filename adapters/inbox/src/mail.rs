//! Mails to people: composed here, then sent over SMTP or kept.
//!
//! [`Mailer::Kept`] is the default, so that a first try, a demo or a rehearsal
//! never writes to anybody: the caller gets the finished message and stores
//! it. [`Mailer::Smtp`] hands it to the mail relay of the city.

mod address;
mod compose;
mod smtp;

use std::{path::PathBuf, sync::Arc};

use engine::{case::Millis, text::Language};
use serde::Deserialize;

pub use address::Person;
pub use compose::ComposedMail;

use crate::{ConfigError, DeliveredFile, DeliveryError};
use smtp::Smtp;

/// A mail before it is composed. All texts may contain anything; what a
/// header must not hold is removed on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMail {
    /// Idempotency key `case/seq/index`; the Message-ID is made from it.
    pub event_id: String,
    /// When the mail was ordered; its Date header, the same at each attempt.
    pub date: Millis,
    /// Sender, such as the department; the mailer's own where missing.
    pub from: Option<Person>,
    /// Address answers go to, where it is not the sender's.
    pub reply_to: Option<Person>,
    /// Address of the one recipient.
    pub to: String,
    /// Name of the recipient, may be empty.
    pub to_name: String,
    /// Subject, without answers of citizens.
    pub subject: String,
    /// Plain text body.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// Files.
    pub attachments: Vec<DeliveredFile>,
    /// Language of the text.
    pub language: Language,
}

/// A mail that cannot be made from what was given.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address no mail can be sent to.
    #[error("the {role} address cannot be used: {reason}; correct it and repeat the mail")]
    Address {
        /// Whose address, such as `recipient`.
        role: &'static str,
        /// What is wrong with it, without repeating it.
        reason: &'static str,
    },
    /// The message could not be put together.
    #[error("the mail cannot be composed; report this with its event id")]
    Compose(#[source] lettre::error::Error),
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// The relay accepted it.
    Sent {
        /// Message-ID with angle brackets.
        message_id: String,
        /// The relay's answer, usually with its queue number.
        reply: String,
    },
    /// It did not leave; the caller stores the message.
    Kept {
        /// Message-ID with angle brackets.
        message_id: String,
        /// The message as RFC 5322 bytes.
        raw: Vec<u8>,
    },
}

/// How the connection to the relay is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Not at all; for a relay on the same machine or in tests.
    None,
    /// Upgraded by STARTTLS, and given up when the server does not offer it.
    #[default]
    StartTls,
    /// From the first byte (SMTPS).
    Tls,
}

/// A password that does not show up in logs.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Settings of an SMTP relay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Host name, also the name its certificate must carry.
    pub host: String,
    /// Port; 587 for STARTTLS, 465 for TLS, 25 without where missing.
    pub port: Option<u16>,
    /// How the connection is secured.
    #[serde(default)]
    pub tls: Tls,
    /// User name, where the relay wants one.
    pub user: Option<String>,
    /// Password; better given as [`SmtpSettings::password_file`].
    pub password: Option<Secret>,
    /// File with the password in its first line.
    pub password_file: Option<PathBuf>,
    /// Certificate of an own authority in PEM, trusted besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Sender of all mails that name no other.
    pub from: Person,
    /// Longest time for one mail from connecting to the last answer, seconds.
    #[serde(default = "sixty")]
    pub timeout_seconds: u64,
    /// Name given in EHLO; the domain of the sender where missing.
    pub hello: Option<String>,
}

fn sixty() -> u64 {
    60
}

/// Settings of the mailer, as in the configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum MailerConfig {
    /// Nothing leaves this machine.
    Kept(KeptSettings),
    /// An SMTP relay.
    Smtp(SmtpSettings),
}

/// Settings of the mailer that keeps everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSettings {
    /// Sender of all mails that name no other.
    pub from: Person,
}

impl MailerConfig {
    /// Every kind with example settings in TOML, without the table header.
    pub const EXAMPLES: [(&'static str, &'static str); 2] = [
        (
            "kept",
            "\
# No mail leaves this machine; staff can read what would have been sent.
kind = \"kept\"
from = { address = \"schalter@stadt.example\", name = \"Stadt Beispiel\" }
",
        ),
        (
            "smtp",
            "\
kind = \"smtp\"
host = \"mail.stadt.example\"
tls = \"starttls\"            # starttls (port 587), tls (port 465), none (port 25)
user = \"schalter\"
password_file = \"/etc/schalter/smtp-password\"
# ca_file = \"/etc/ssl/stadt-ca.pem\"   # own certificate authority
from = { address = \"schalter@stadt.example\", name = \"Stadt Beispiel\" }
timeout_seconds = 60
",
        ),
    ];

    /// Makes the mailer.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for settings that can never work, such as a missing
    /// password file or a password that would travel unencrypted.
    pub fn build(&self) -> Result<Mailer, ConfigError> {
        match self {
            MailerConfig::Kept(settings) => Mailer::kept(settings.from.clone()),
            MailerConfig::Smtp(settings) => Mailer::smtp(settings.clone()),
        }
    }
}

/// The way mails leave; cheap to clone, all clones share their connections.
#[derive(Clone)]
pub enum Mailer {
    /// Nothing leaves this machine.
    Kept {
        /// Sender of all mails that name no other.
        from: Person,
    },
    /// An SMTP relay.
    Smtp(Arc<SmtpMailer>),
}

/// A relay with its open connections.
pub struct SmtpMailer {
    from: Person,
    smtp: Smtp,
}

impl Mailer {
    /// A mailer that keeps everything.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] when the sender is no mail address.
    pub fn kept(from: Person) -> Result<Mailer, ConfigError> {
        check_sender(&from)?;
        Ok(Mailer::Kept { from })
    }

    /// A mailer that sends through a relay.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for settings that can never work.
    pub fn smtp(settings: SmtpSettings) -> Result<Mailer, ConfigError> {
        check_sender(&settings.from)?;
        let from = settings.from.clone();
        let smtp = Smtp::new(settings)?;
        Ok(Mailer::Smtp(Arc::new(SmtpMailer { from, smtp })))
    }

    /// The sender of mails that name no other.
    pub fn sender(&self) -> &Person {
        match self {
            Mailer::Kept { from } => from,
            Mailer::Smtp(mailer) => &mailer.from,
        }
    }

    /// The finished message. The same mail gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`MailError`] when an address cannot be used.
    pub fn compose(&self, mail: &OutgoingMail) -> Result<ComposedMail, MailError> {
        compose::compose(mail, self.sender())
    }

    /// Sends or keeps one mail.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::Later`] while the relay is away, slow or answers 4xx;
    /// [`DeliveryError::Never`] for an unusable address and for 5xx.
    pub async fn send(&self, mail: &OutgoingMail) -> Result<MailOutcome, DeliveryError> {
        let composed = self
            .compose(mail)
            .map_err(|error| DeliveryError::never("the mail cannot be sent").because(error))?;
        let message_id = composed.message_id.clone();
        match self {
            Mailer::Kept { .. } => Ok(MailOutcome::Kept {
                message_id,
                raw: composed.raw,
            }),
            Mailer::Smtp(mailer) => {
                let reply = mailer.smtp.send(&composed).await?;
                Ok(MailOutcome::Sent { message_id, reply })
            }
        }
    }

    /// Connects, signs in and leaves again, without sending anything.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::Later`] when the relay cannot be used now.
    pub async fn check(&self) -> Result<(), DeliveryError> {
        match self {
            Mailer::Kept { .. } => Ok(()),
            Mailer::Smtp(mailer) => mailer.smtp.check().await,
        }
    }

    /// Says goodbye on all idle connections. The worker calls this when it
    /// has nothing left to send, so that a batch uses one connection and none
    /// stays open in between.
    pub async fn finish_batch(&self) {
        if let Mailer::Smtp(mailer) = self {
            mailer.smtp.close_idle().await;
        }
    }
}

fn check_sender(from: &Person) -> Result<(), ConfigError> {
    match address::parse("sender", &from.address) {
        Ok(_) => Ok(()),
        Err(error) => Err(ConfigError::Value(format!("mail sender: {error}"))),
    }
}

#[cfg(test)]
mod tests;
