//! The portal's own use cases: what many people come for, and messages of the
//! contact form.

use std::sync::{Arc, PoisonError, RwLock};

use engine::case::Millis;
use engine::definitions::Service;
use engine::text::Language;
use store::ContactMessage;
use uuid::Uuid;

use super::{Desk, DeskError};

/// How long a count of cases is believed.
const FRESH: Millis = 15 * 60 * 1000;
/// How far back cases count.
const BACK: Millis = 90 * DAY;
const DAY: Millis = 24 * 60 * 60 * 1000;
/// Most services shown as popular.
const MOST: usize = 8;
/// Fewer cases than this say nothing.
const LEAST: i64 = 5;
/// Messages one address may send in a quarter of an hour.
const LIMIT_KEY: &str = "contact";
/// How long sent messages are kept.
const KEPT: Millis = 180 * DAY;

/// The services with the most cases, and when they were counted.
#[derive(Debug, Default)]
pub struct Popular {
    counted: RwLock<Option<(Millis, Arc<[String]>)>>,
}

/// A message as it was written.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Department it is for; the service desk without one.
    pub department: Option<String>,
    /// Whoever wrote it.
    pub name: String,
    /// Where the answer goes.
    pub email: String,
    /// What it is about.
    pub subject: String,
    /// The message.
    pub text: String,
    /// Language of the page.
    pub language: Language,
}

impl Desk {
    /// Services with the most cases of the last 90 days, filled up with those
    /// the definitions name. Counted every quarter of an hour.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn popular(&self) -> Result<Vec<Arc<Service>>, DeskError> {
        let counted = self.counted().await?;
        let portal = self.catalog.portal();
        let named = portal.definitions.portals.popular.iter();
        let mut services: Vec<Arc<Service>> = Vec::new();
        for service in portal.offered(counted.iter().chain(named).map(String::as_str)) {
            if services.len() < MOST
                && !services
                    .iter()
                    .any(|known| known.form.id == service.form.id)
            {
                services.push(service);
            }
        }
        Ok(services)
    }

    async fn counted(&self) -> Result<Arc<[String]>, DeskError> {
        let now = self.clock.now();
        let known = self
            .popular
            .counted
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((at, ids)) = known
            && (at..at + FRESH).contains(&now)
        {
            return Ok(ids);
        }
        let limit = u32::try_from(MOST).unwrap_or(u32::MAX);
        let counts = self
            .store
            .popular_services(self.tenant(), now - BACK, limit)
            .await?;
        let ids: Arc<[String]> = counts
            .into_iter()
            .filter(|(_, cases)| *cases >= LEAST)
            .map(|(id, _)| id)
            .collect();
        *self
            .popular
            .counted
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&ids)));
        Ok(ids)
    }

    /// Stores a message; the worker sends it. A few messages from one address
    /// are taken in a quarter of an hour.
    ///
    /// # Errors
    /// [`DeskError::TooMany`], [`DeskError::NotFound`] for a department that is none.
    pub async fn write_to_the_city(&self, new: NewMessage, address: &str) -> Result<(), DeskError> {
        self.slow_down(LIMIT_KEY, address).await?;
        if let Some(id) = &new.department
            && self.catalog.current().department(id).is_none()
        {
            return Err(DeskError::NotFound);
        }
        self.store
            .add_message(
                self.tenant(),
                &ContactMessage {
                    id: Uuid::now_v7(),
                    department: new.department,
                    name: new.name,
                    email: new.email,
                    subject: new.subject,
                    body: new.text,
                    language: new.language,
                    created_at: self.clock.now(),
                },
            )
            .await?;
        self.note_wrong(LIMIT_KEY, address).await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Where a message goes: the mailbox of its department, else of the city.
    pub(crate) fn mailbox(&self, department: Option<&str>) -> String {
        department
            .and_then(|id| self.department_mail(id))
            .unwrap_or_else(|| self.town.email.clone())
    }

    /// Deletes messages that were sent long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn sweep_messages(&self, now: Millis) -> Result<(), DeskError> {
        self.store.sweep_messages(now - KEPT).await?;
        Ok(())
    }
}
