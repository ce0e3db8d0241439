//! What Schalter sends out: submissions to departments, mails to people,
//! payment requests to providers, and when to try again.
//!
//! Everything here is called by the worker after the case was stored; nothing
//! here decides whether a submission counts. Each delivery carries an event
//! id, and doing the same delivery twice has the effect of doing it once as
//! far as the other side allows.

#![warn(missing_docs)]

pub mod clerk;
pub mod error;
pub mod folder;
pub mod mail;
pub mod mail_inbox;
pub mod names;
pub mod payment;
pub mod schedule;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

use std::{future::Future, pin::Pin};

use engine::{case::Millis, text::Language};
use serde::Deserialize;

pub use error::{ConfigError, DeliveryError};
use mail::Mailer;

/// A future that can be kept behind a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where the submissions of a department go.
///
/// `adapters/README.md` walks through writing one.
pub trait Inbox: Send + Sync {
    /// The word that selects it in the configuration, such as `folder`.
    fn kind(&self) -> &'static str;

    /// Hands one submission over.
    ///
    /// Called again with the same event id after a failure, after a crash
    /// between success and its record, and rarely by two workers at the same
    /// moment; the receiver must end up with one.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::Later`] when trying again may help,
    /// [`DeliveryError::Never`] when a person has to correct something.
    fn deliver<'a>(
        &'a self,
        delivery: &'a Delivery,
    ) -> BoxFuture<'a, Result<RemoteReceipt, DeliveryError>>;

    /// Tests the way without delivering anything, for `schalter check` and
    /// the start page of the administration.
    ///
    /// # Errors
    ///
    /// As [`Inbox::deliver`].
    fn check(&self) -> BoxFuture<'_, Result<(), DeliveryError>>;
}

/// One submission on its way to a department, made from the stored snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Idempotency key `case/seq/index`.
    pub event_id: String,
    /// Public case number.
    pub reference: String,
    /// Service id.
    pub service: String,
    /// Title of the service in [`Delivery::language`].
    pub title: String,
    /// Department id of the catalogue.
    pub department: String,
    /// Queue id within the department.
    pub queue: String,
    /// Mail address of the department, where the catalogue has one.
    pub department_mail: Option<String>,
    /// When the submission reached us.
    pub received_at: Millis,
    /// The stored submission, byte for byte.
    pub submission_json: Vec<u8>,
    /// The receipt as PDF; empty when there is none.
    pub receipt_pdf: Vec<u8>,
    /// Files handed in by the citizen and documents of the case.
    pub attachments: Vec<DeliveredFile>,
    /// Questions and answers in reading order, one pair a line.
    pub summary: Vec<(String, String)>,
    /// Language of title and summary, that is of those who read them.
    pub language: Language,
}

impl Delivery {
    /// The last two parts of the event id: step and position within it.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::Never`] when the id is not `case/seq/index`.
    pub(crate) fn step(&self) -> Result<(i64, i64), DeliveryError> {
        let mut parts = self.event_id.rsplit('/');
        let mut number = || parts.next().and_then(|part| part.parse::<i64>().ok());
        match (number(), number()) {
            (Some(index), Some(seq)) => Ok((seq, index)),
            _ => Err(DeliveryError::never(format!(
                "the event id {:?} is not of the form case/seq/index",
                self.event_id
            ))),
        }
    }
}

/// One file of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveredFile {
    /// File name as the citizen gave it; every inbox makes it safe for its
    /// own kind of place, see [`names`].
    pub name: String,
    /// Media type found in the content.
    pub media_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The answer of the other side, kept with the case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteReceipt {
    /// How the other side names what it got: message id, folder, number.
    pub id: String,
    /// What it said, for staff.
    pub note: String,
    /// The mail as it would have left, when mails are kept on this machine.
    pub kept_mail: Option<Vec<u8>>,
}

/// Settings of one inbox, as in the configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum InboxConfig {
    /// The case list of Schalter itself.
    Clerk(clerk::ClerkConfig),
    /// A mail to the department.
    Mail(mail_inbox::MailInboxConfig),
    /// A folder another program reads.
    Folder(folder::FolderConfig),
}

impl InboxConfig {
    /// Every kind with a commented example of its settings in TOML, without
    /// the table header the application gives it.
    pub const EXAMPLES: [(&'static str, &'static str); 3] = [
        ("clerk", clerk::EXAMPLE),
        ("mail", mail_inbox::EXAMPLE),
        ("folder", folder::EXAMPLE),
    ];

    /// The example settings of one kind.
    pub fn example(kind: &str) -> Option<&'static str> {
        Self::EXAMPLES
            .iter()
            .find(|(name, _)| *name == kind)
            .map(|(_, example)| *example)
    }

    /// Makes the inbox; mails leave through `mailer`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a setting that can never work. Whether the other
    /// side answers is the business of [`Inbox::check`].
    pub fn build(&self, mailer: &Mailer) -> Result<Box<dyn Inbox>, ConfigError> {
        Ok(match self {
            InboxConfig::Clerk(_) => Box::new(clerk::ClerkInbox),
            InboxConfig::Mail(config) => {
                Box::new(mail_inbox::MailInbox::new(config, mailer.clone())?)
            }
            InboxConfig::Folder(config) => Box::new(folder::FolderInbox::new(config)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{MailerConfig, Person};

    #[test]
    fn every_example_is_accepted_by_its_kind() {
        let mailer = Mailer::kept(Person::new("post@stadt.example", "Stadt")).unwrap();
        for (kind, example) in InboxConfig::EXAMPLES {
            let config: InboxConfig = toml::from_str(example).unwrap();
            assert_eq!(config.build(&mailer).unwrap().kind(), kind);
            assert_eq!(InboxConfig::example(kind), Some(example));
        }
        for (_, example) in MailerConfig::EXAMPLES {
            toml::from_str::<MailerConfig>(example).unwrap();
        }
    }

    #[test]
    fn unknown_settings_are_refused() {
        for text in [
            "kind = \"clerk\"\nroot = \"/x\"",
            "kind = \"folder\"\nroot = \"/x\"\nrot = 1",
            "kind = \"mail\"\nmax_megabites = 3",
            "kind = \"fax\"",
            "root = \"/x\"",
        ] {
            assert!(toml::from_str::<InboxConfig>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn event_ids_are_read_from_the_end() {
        let mut delivery = crate::testing::delivery("0192/7/2");
        assert_eq!(delivery.step().unwrap(), (7, 2));
        delivery.event_id = "7".into();
        assert!(!delivery.step().unwrap_err().is_later());
    }
}
