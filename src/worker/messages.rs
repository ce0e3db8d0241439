//! Messages of the contact form on their way to the department.

use inbox::mail::{MailOutcome, OutgoingMail, Person};
use inbox::schedule::{Retry, after_failure, next_attempt};
use store::{ContactMessage, LeasedMessage, MessageOutcome};

use super::{BATCH, LEASE, ParcelError, Worker};
use crate::desk::DeskError;

/// What the mailbox reads first.
const SUBJECT: &str = "Nachricht über das Kontaktformular";

impl Worker {
    /// Sends the messages that are due; whether there were any.
    pub(super) async fn messages(&self) -> Result<bool, DeskError> {
        let store = &self.desk.store;
        let leased = store
            .lease_messages(self.desk.clock.now(), LEASE, BATCH)
            .await?;
        let found = !leased.is_empty();
        for leased in leased {
            let outcome = match self.send_message(&leased).await {
                Ok(()) => MessageOutcome::Done,
                Err(error) => self.after(&leased, &error),
            };
            let now = self.desk.clock.now();
            if !store.settle_message(&leased, now, &outcome).await? {
                tracing::warn!(message = %leased.message.id, "sent after the lease had run out");
            }
        }
        Ok(found)
    }

    async fn send_message(&self, leased: &LeasedMessage) -> Result<(), ParcelError> {
        let message = &leased.message;
        let to = self.desk.mailbox(message.department.as_deref());
        let mail = OutgoingMail {
            event_id: event_id(message),
            date: message.created_at,
            from: None,
            reply_to: Some(Person::new(&message.email, &message.name)),
            to: to.clone(),
            to_name: String::new(),
            // What people typed has no place in a header.
            subject: SUBJECT.to_owned(),
            text: format!(
                "Betreff: {}\n\n{}\n\n{}\n{}\n",
                message.subject, message.body, message.name, message.email
            ),
            html: None,
            attachments: Vec::new(),
            language: message.language,
        };
        match self.mailer.send(&mail).await? {
            MailOutcome::Sent { .. } => Ok(()),
            MailOutcome::Kept { raw, .. } => Ok(self
                .keep(&leased.tenant, &mail.event_id, &to, &mail.subject, &raw)
                .await?),
        }
    }

    fn after(&self, leased: &LeasedMessage, error: &ParcelError) -> MessageOutcome {
        let text = crate::wiring::chain(error);
        let (event, now) = (event_id(&leased.message), self.desk.clock.now());
        let (attempts, first) = (leased.attempts, leased.message.created_at);
        let again = match error {
            ParcelError::Delivery(error) => after_failure(error, attempts, first, now, &event),
            ParcelError::Desk(_) => next_attempt(attempts, first, now, &event),
        };
        tracing::warn!(
            event,
            error = text,
            parked = matches!(again, Retry::Park),
            "a message was not sent"
        );
        match again {
            Retry::At(at) => MessageOutcome::Retry(at, text),
            Retry::Park => MessageOutcome::Parked(text),
        }
    }
}

/// The key under which a mailbox sees a message once.
fn event_id(message: &ContactMessage) -> String {
    format!("contact/{}", message.id)
}
