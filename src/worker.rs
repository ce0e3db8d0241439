//! The worker: leases parcels, hands them to the outside world, settles them;
//! raises the events of timers that fell due; sweeps what expired.
//!
//! Messages of the contact form go the same way (`messages`).
//!
//! Nothing here holds a transaction while it talks to the outside.

mod messages;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use engine::case::ParcelContent;
use inbox::mail::{MailOutcome, OutgoingMail};
use inbox::schedule::{Retry, after_failure, next_attempt};
use inbox::{DeliveredFile, Delivery, DeliveryError, Inbox};
use store::{KeptMail, KeptMailRow, LeasedParcel, StoreError};
use tokio::sync::watch;
use uuid::Uuid;

use crate::config::InboxBinding;
use crate::desk::cases::{Asker, Step};
use crate::desk::{Desk, DeskError, Open};

/// How long a leased parcel is nobody else's, in milliseconds.
const LEASE: i64 = 120_000;
/// Parcels leased at once.
const BATCH: u32 = 16;
/// Parcels delivered at the same time.
const AT_ONCE: usize = 4;
/// How often the outbox is looked at without being woken.
const POLL: Duration = Duration::from_secs(2);
/// How often expired things are swept.
const SWEEP: i64 = 5 * 60 * 1000;

/// Delivers and keeps the time for one node.
pub struct Worker {
    desk: Arc<Desk>,
    mailer: inbox::mail::Mailer,
    inboxes: Inboxes,
    name: String,
}

/// Inboxes by department and queue; without a queue they serve the whole department.
type Inboxes = HashMap<(String, Option<String>), Vec<Box<dyn Inbox>>>;

/// Why a parcel was not delivered.
#[derive(Debug, thiserror::Error)]
enum ParcelError {
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    #[error("{0}")]
    Desk(#[from] DeskError),
}

impl Worker {
    /// A worker with its mailer and the inboxes of the settings.
    ///
    /// # Errors
    /// When an inbox has settings that can never work.
    pub fn new(
        desk: Arc<Desk>,
        mailer: inbox::mail::Mailer,
        bindings: &[InboxBinding],
    ) -> Result<Worker, inbox::ConfigError> {
        let mut inboxes = Inboxes::new();
        for binding in bindings {
            let key = (binding.department.clone(), binding.queue.clone());
            inboxes
                .entry(key)
                .or_default()
                .push(binding.inbox.build(&mailer)?);
        }
        Ok(Worker {
            desk,
            mailer,
            inboxes,
            name: uuid::Uuid::now_v7().to_string(),
        })
    }

    /// Works until `stop` turns true; finishes what it has begun.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut swept_at = 0;
        while !*stop.borrow() {
            // Armed before looking, so that no wake-up between look and wait is lost.
            let woken = self.desk.wake.notified();
            let now = self.desk.clock.now();
            if now - swept_at > SWEEP {
                swept_at = now;
                self.sweep(now).await;
            }
            let busy = match self.round().await {
                Ok(worked) => worked,
                Err(error) => {
                    tracing::error!(
                        error = crate::wiring::chain(&error),
                        "the worker cannot reach the database"
                    );
                    false
                }
            };
            if !busy {
                tokio::select! {
                    () = woken => {}
                    () = tokio::time::sleep(POLL) => {}
                    _ = stop.changed() => {}
                }
            }
        }
    }

    /// One look at timers and outbox; whether there was anything to do.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn round(self: &Arc<Self>) -> Result<bool, DeskError> {
        let timers = self.timers().await?;
        let parcels = self
            .desk
            .store
            .lease(self.desk.clock.now(), &self.name, LEASE, BATCH)
            .await?;
        let messages = self.messages().await?;
        let found = !parcels.is_empty() || messages;
        let mut waiting = parcels.into_iter();
        let mut running = tokio::task::JoinSet::new();
        loop {
            while running.len() < AT_ONCE {
                let Some(parcel) = waiting.next() else { break };
                let worker = Arc::clone(self);
                running.spawn(async move { worker.handle(parcel).await });
            }
            match running.join_next().await {
                None => break,
                Some(Ok(())) => {}
                // A panic parks nothing by itself: the lease runs out and the attempt counts.
                Some(Err(error)) => tracing::error!(%error, "delivering a parcel broke off"),
            }
        }
        if found {
            self.mailer.finish_batch().await;
        }
        Ok(found || timers)
    }

    async fn timers(&self) -> Result<bool, DeskError> {
        let due = self
            .desk
            .store
            .due_timers(self.desk.clock.now(), BATCH)
            .await?;
        let mut fired = false;
        for timer in due
            .iter()
            .filter(|timer| timer.tenant == self.desk.tenant())
        {
            match self.desk.fire_timer(timer.case_id, &timer.key).await {
                Ok(()) => fired = true,
                Err(error) => tracing::error!(
                    case = %timer.case_id,
                    timer = timer.key,
                    error = crate::wiring::chain(&error),
                    "a deadline could not be handled"
                ),
            }
        }
        Ok(fired)
    }

    async fn sweep(&self, now: i64) {
        if let Err(error) = self.desk.sweep(now).await {
            tracing::error!(
                error = crate::wiring::chain(&error),
                "sweeping expired drafts failed"
            );
        }
    }

    async fn handle(&self, parcel: LeasedParcel) {
        fail::fail_point!("parcel-leased");
        let outcome = self.deliver(&parcel).await;
        fail::fail_point!("parcel-delivered");
        let now = self.desk.clock.now();
        let (store, tenant) = (&self.desk.store, parcel.tenant.as_str());
        let settled = match outcome {
            Ok(receipt) => {
                store
                    .settle_done(tenant, &parcel.id, parcel.fence, now, Some(&receipt))
                    .await
            }
            Err(error) => {
                let text = crate::wiring::chain(&error);
                let event_id = event_id(&parcel);
                let again = match &error {
                    ParcelError::Delivery(error) => {
                        after_failure(error, parcel.attempts, parcel.created_at, now, &event_id)
                    }
                    ParcelError::Desk(_) => {
                        next_attempt(parcel.attempts, parcel.created_at, now, &event_id)
                    }
                };
                tracing::warn!(
                    event = event_id,
                    error = text,
                    parked = matches!(again, Retry::Park),
                    "not delivered"
                );
                match again {
                    Retry::At(at) => {
                        store
                            .settle_retry(tenant, &parcel.id, parcel.fence, at, &text)
                            .await
                    }
                    Retry::Park => {
                        let parked = store
                            .settle_parked(tenant, &parcel.id, parcel.fence, now, &text)
                            .await;
                        self.tell_the_case(&parcel).await;
                        parked
                    }
                }
            }
        };
        match settled {
            Ok(()) => {}
            Err(StoreError::LostLease) => {
                tracing::warn!(
                    event = event_id(&parcel),
                    "delivered after the lease had run out"
                );
            }
            Err(error) => tracing::error!(
                error = crate::wiring::chain(&error),
                "a delivery could not be settled"
            ),
        }
    }

    /// A workflow may want to know that something needs a person; most do not.
    async fn tell_the_case(&self, parcel: &LeasedParcel) {
        let step = Step::system("delivery.failed", format!("failed/{}", event_id(parcel)));
        match self.desk.step(parcel.case_id, &Asker::system(), step).await {
            Ok(_) | Err(DeskError::Refused(_)) => {}
            Err(error) => tracing::error!(
                error = crate::wiring::chain(&error),
                "the case was not told of a parked delivery"
            ),
        }
    }

    async fn deliver(&self, parcel: &LeasedParcel) -> Result<String, ParcelError> {
        match &parcel.content {
            ParcelContent::Mail {
                to,
                to_name,
                template,
                attach,
                language,
                data,
                invitation,
            } => {
                let mut open = self.desk.open_case(parcel.case_id).await?;
                if let Some(language) = language {
                    open.case.language = *language;
                }
                let (subject, text) = self.desk.mail_words(&open, template, data).await?;
                let mut files = Vec::new();
                for name in attach {
                    let (title, bytes) = self.desk.document_of(&open, name).await?;
                    let file = format!("{title}-{}.pdf", open.case.reference);
                    files.push(DeliveredFile {
                        name: file,
                        media_type: "application/pdf".into(),
                        bytes,
                    });
                }
                if let Some(invitation) = invitation {
                    let organizer = self.desk.department_mail(&open.case.department);
                    let organizer = organizer.unwrap_or_default();
                    files.push(DeliveredFile {
                        name: format!("{}.ics", open.case.reference),
                        media_type: format!(
                            "text/calendar; charset=utf-8; method={}",
                            invitation.method()
                        ),
                        bytes: invitation.file(&organizer, to).into_bytes(),
                    });
                }
                self.mail(parcel, &open, (to, to_name), (subject, text), files)
                    .await
            }
            ParcelContent::Notify {
                role,
                department,
                template,
                data,
            } => {
                let open = self.desk.open_case(parcel.case_id).await?;
                let Some(to) = self.desk.department_mail(department) else {
                    return Err(DeliveryError::never(format!(
                        "the department {department} has no mail address"
                    ))
                    .into());
                };
                let (subject, text) = self.desk.mail_words(&open, template, data).await?;
                let to_name = format!("{department} ({role})");
                self.mail(parcel, &open, (&to, &to_name), (subject, text), Vec::new())
                    .await
            }
            ParcelContent::Deliver {
                department,
                queue,
                attach,
            } => self.hand_over(parcel, department, queue, attach).await,
            ParcelContent::Promote { resource } => {
                self.desk.promote(resource, &event_id(parcel)).await?;
                Ok("places offered to the waiting list".to_owned())
            }
        }
    }

    async fn mail(
        &self,
        parcel: &LeasedParcel,
        open: &Open,
        (to, to_name): (&str, &str),
        (subject, text): (String, String),
        attachments: Vec<DeliveredFile>,
    ) -> Result<String, ParcelError> {
        let mail = OutgoingMail {
            event_id: event_id(parcel),
            date: parcel.created_at,
            from: None,
            reply_to: None,
            to: to.to_owned(),
            to_name: to_name.to_owned(),
            subject: subject.clone(),
            text,
            html: None,
            attachments,
            language: open.case.language,
        };
        match self.mailer.send(&mail).await? {
            MailOutcome::Sent { message_id, .. } => Ok(message_id),
            MailOutcome::Kept {
                message_id, raw, ..
            } => {
                self.keep(&parcel.tenant, &mail.event_id, to, &subject, &raw)
                    .await?;
                Ok(message_id)
            }
        }
    }

    async fn keep(
        &self,
        tenant: &str,
        event: &str,
        to: &str,
        subject: &str,
        raw: &[u8],
    ) -> Result<(), DeskError> {
        let row = KeptMailRow {
            id: Uuid::now_v7(),
            event_id: event.to_owned(),
            recipient: to.to_owned(),
            subject: subject.to_owned(),
            kept_at: self.desk.clock.now(),
        };
        self.desk
            .store
            .keep_mail(
                tenant,
                &KeptMail {
                    row,
                    raw: raw.to_vec(),
                },
            )
            .await?;
        Ok(())
    }

    async fn hand_over(
        &self,
        parcel: &LeasedParcel,
        department: &str,
        queue: &str,
        attach: &[String],
    ) -> Result<String, ParcelError> {
        // Those of the queue and those of the whole department: neither hides the other.
        let inboxes: Vec<&dyn Inbox> = [Some(queue.to_owned()), None]
            .into_iter()
            .filter_map(|queue| self.inboxes.get(&(department.to_owned(), queue)))
            .flatten()
            .map(Box::as_ref)
            .collect();
        if inboxes.is_empty() {
            return Ok("clerk queue".to_owned());
        }
        let delivery = self.delivery(parcel, department, queue, attach).await?;
        let mut receipts = Vec::new();
        for inbox in inboxes {
            let receipt = inbox.deliver(&delivery).await?;
            if let Some(raw) = receipt.kept_mail {
                let to = delivery.department_mail.clone().unwrap_or_default();
                self.keep(
                    &parcel.tenant,
                    &delivery.event_id,
                    &to,
                    &delivery.reference,
                    &raw,
                )
                .await?;
            }
            receipts.push(format!("{}: {}", inbox.kind(), receipt.id));
        }
        Ok(receipts.join(", "))
    }

    async fn delivery(
        &self,
        parcel: &LeasedParcel,
        department: &str,
        queue: &str,
        attach: &[String],
    ) -> Result<Delivery, ParcelError> {
        let open = self.desk.open_case(parcel.case_id).await?;
        let mut attachments = Vec::new();
        for attachment in self
            .desk
            .store
            .attachments(&parcel.tenant, parcel.case_id)
            .await
            .map_err(DeskError::from)?
        {
            let bytes = self.desk.file_bytes(&attachment).await?;
            attachments.push(DeliveredFile {
                name: attachment.name,
                media_type: attachment.media_type,
                bytes,
            });
        }
        for name in attach.iter().filter(|name| *name != "receipt") {
            let (title, bytes) = self.desk.document_of(&open, name).await?;
            attachments.push(DeliveredFile {
                name: format!("{title}.pdf"),
                media_type: "application/pdf".into(),
                bytes,
            });
        }
        let (_, receipt_pdf) = self.desk.document_of(&open, "receipt").await?;
        let language = engine::text::Language::De;
        Ok(Delivery {
            event_id: event_id(parcel),
            reference: open.case.reference.clone(),
            service: open.case.service.clone(),
            title: open.asked.form.title.get(language).to_owned(),
            department: department.to_owned(),
            queue: queue.to_owned(),
            department_mail: self.desk.department_mail(department),
            received_at: open.submission.received_at,
            submission_json: crate::desk::documents::submission_json(&open.submission),
            receipt_pdf,
            attachments,
            summary: self.desk.summary(&open, language),
            language,
        })
    }
}

/// The idempotency key receivers see.
fn event_id(parcel: &LeasedParcel) -> String {
    format!("{}/{}/{}", parcel.case_id, parcel.seq, parcel.index)
}
