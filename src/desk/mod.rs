//! The use cases: fill in a draft, submit, act on a case, look up, deliver.
//!
//! Every change follows one loop: load with its revision, let the engine
//! decide, record the decision. The desk checks rights itself, so that pages,
//! API, worker and command line cannot differ.

pub mod accounts;
pub mod agenda;
pub mod applicant;
pub mod cases;
mod clerk_forms;
pub mod documents;
pub mod drafts;
pub mod files;
pub mod impact;
pub mod login;
pub mod migration;
pub mod notes;
pub mod parties;
pub mod passwords;
pub mod payments;
pub mod portal;
pub mod provider;
pub mod public;
pub mod publishing;
pub mod slots;
pub mod staff;
pub mod submit;
pub mod words;

use std::sync::Arc;

use engine::case::{Case, Submission};
use engine::definitions::Service;
use engine::source::SourceFile;
use engine::workflow::calendar::Nrw;
use store::{Store, StoreError};
use tokio::sync::Notify;

use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::config::Town;
use crate::secrets::ServerKey;

/// What every use case needs.
pub struct Desk {
    /// The database.
    pub store: Store,
    /// The services.
    pub catalog: Catalog,
    /// The time.
    pub clock: Clock,
    /// The key of this installation.
    pub key: ServerKey,
    /// The town.
    pub town: Town,
    /// First part of links in mails and receipts.
    pub public_url: String,
    /// Prints documents.
    pub press: Arc<paper::Press>,
    /// Seals receipts.
    pub sealing: Arc<paper::SealingKey>,
    /// Whoever takes the money; `None` where nothing can be paid online.
    pub payments: Option<Arc<dyn inbox::payment::PaymentProvider>>,
    /// What many people come for.
    pub popular: portal::Popular,
    /// Wakes the worker after something was recorded.
    pub wake: Notify,
}

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no such thing, or not for this person: the two are not told apart.
    #[error("not found")]
    NotFound,
    /// Somebody else changed it meanwhile.
    #[error("changed meanwhile; look at it again and repeat")]
    Changed,
    /// The same key was used with another content.
    #[error("this key was used before with other content; use a new key for a new submission")]
    KeyReused,
    /// A step the workflow refuses, with the reason for the reader.
    #[error("refused: {0:?}")]
    Refused(engine::case::Refusal),
    /// The answers have mistakes.
    #[error("the answers have {} mistakes", .0.0.len())]
    Findings(engine::form::Findings),
    /// Too often in too short a time.
    #[error("too many attempts; wait a few minutes")]
    TooMany,
    /// A file is not accepted.
    #[error("file refused")]
    File(drafts::FileProblem),
    /// The database.
    #[error("the database did not do what was asked")]
    Store(#[source] StoreError),
    /// A stored definition no longer loads, or a template fails.
    #[error("a definition cannot be used: {0}")]
    Definition(String),
    /// The payment provider.
    #[error("the payment could not be handled")]
    Payment(#[from] inbox::payment::PaymentError),
    /// A document could not be printed.
    #[error("the document could not be printed")]
    Paper(#[from] paper::PaperError),
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> DeskError {
        match error {
            StoreError::Conflict => DeskError::Changed,
            StoreError::KeyReused => DeskError::KeyReused,
            StoreError::NotFound(_) => DeskError::NotFound,
            other => DeskError::Store(other),
        }
    }
}

/// A case with what it was opened with and the definition it is pinned to.
pub struct Open {
    /// Where it stands.
    pub case: Case,
    /// What was submitted.
    pub submission: Submission,
    /// Its workflow and letters.
    pub service: Arc<Service>,
    /// The version it was submitted with, whose questions the answers answer.
    /// Another than `service` only after the case was moved to a newer version.
    pub asked: Arc<Service>,
}

impl Desk {
    /// The environment rules are asked in: the moment, the calendar, the language.
    pub fn form_env(
        &self,
        at: i64,
        language: engine::text::Language,
    ) -> engine::form::Env<'static> {
        engine::form::Env {
            now: crate::clock::local(at),
            world: &Nrw,
            language,
        }
    }

    /// The tenant of this installation.
    pub fn tenant(&self) -> &str {
        &self.town.tenant
    }

    /// The version of a service with this hash, from memory or from the stored bundle.
    ///
    /// # Errors
    /// When the bundle is missing or no longer loads.
    pub async fn pinned(&self, hash: &str) -> Result<Arc<Service>, DeskError> {
        if let Some(service) = self.catalog.pinned(hash) {
            return Ok(service);
        }
        let bundle = self
            .store
            .bundle(self.tenant(), hash)
            .await?
            .ok_or(DeskError::NotFound)?;
        let files: Vec<(String, String)> =
            serde_json::from_value(bundle.files).map_err(|error| {
                DeskError::Definition(format!(
                    "the stored definition {hash} is not readable: {error}"
                ))
            })?;
        let files = files
            .into_iter()
            .map(|(path, text)| SourceFile { path, text })
            .collect();
        self.catalog.pin(hash, files).ok_or_else(|| {
            DeskError::Definition(format!("the stored definition {hash} no longer loads"))
        })
    }

    /// Deletes what has expired: drafts, sessions, files nobody claimed.
    ///
    /// # Errors
    /// When the database does.
    pub async fn sweep(&self, now: i64) -> Result<(), DeskError> {
        const PORTION: u32 = 200;
        const DAY: i64 = 24 * 60 * 60 * 1000;
        self.store.sweep_drafts(now, PORTION).await?;
        self.store.sweep_uploads(now - DAY, PORTION).await?;
        self.store.sweep_holds(now, PORTION).await?;
        self.store.sweep_sessions(now, now - DAY).await?;
        self.sweep_messages(now).await?;
        // Cases of an older program; nothing is left to do after the first rounds.
        self.store.fill_running_on(self.tenant(), PORTION).await?;
        Ok(())
    }

    /// The secret in the links to a case's status page.
    pub fn status_secret(&self, case: uuid::Uuid) -> String {
        self.key.status_secret(self.tenant(), case)
    }

    /// The link to a case's status page in a language.
    pub fn status_url(&self, case: &Case) -> String {
        let secret = self.status_secret(case.id);
        format!(
            "{}/{}/cases/{}/{secret}",
            self.public_url,
            case.language.tag(),
            case.reference
        )
    }
}
