//! Moving open cases to the newer version of their service, one by one, by
//! the engine's decision and the one door of the store.

use std::sync::Arc;

use engine::case::{self, Decision, MigrationRefusal, Versions};
use engine::definitions::Service;
use store::{Alongside, StoreError, SubmissionKey};
use uuid::Uuid;

use super::cases::Asker;
use super::{Desk, DeskError, Open};

/// Cases read at once.
pub(super) const PORTION: u32 = 100;
/// How often a case is decided anew when somebody acts on it meanwhile.
const MOST_TRIES: u32 = 5;

/// What became of one case, or would become of it.
#[derive(Debug)]
pub struct Moved {
    /// Public number.
    pub reference: String,
    /// States it rested in.
    pub from: Vec<String>,
    /// Why it stays, or the decision that moves it.
    pub outcome: Result<Decision, MigrationRefusal>,
}

impl Desk {
    /// What moving a case to a version would do; nothing is written.
    ///
    /// # Errors
    /// When the case cannot be read.
    pub async fn plan_migration(&self, id: Uuid, target: &Service) -> Result<Moved, DeskError> {
        let open = self.open_case(id).await?;
        self.decide_migration(&open, target).await
    }

    async fn decide_migration(&self, open: &Open, target: &Service) -> Result<Moved, DeskError> {
        let asker = Asker::system();
        let known = self.known(open, &asker).await?;
        let timers = self.store.timers(self.tenant(), open.case.id).await?;
        let versions = Versions {
            old: &open.service.workflow,
            new: &target.workflow,
            definition: &target.hash,
        };
        let env = known.env(&asker, &[]);
        let outcome = case::migrate(versions, &open.case, &open.submission, &timers, &env);
        Ok(Moved {
            reference: open.case.reference.clone(),
            from: open.case.configuration.clone(),
            outcome,
        })
    }

    /// Moves a case to a version. Doing it again changes nothing; a case
    /// somebody acts on at that moment is decided anew.
    ///
    /// # Errors
    /// When the database does.
    pub async fn migrate_case(&self, id: Uuid, target: &Service) -> Result<Moved, DeskError> {
        for _ in 0..MOST_TRIES {
            let open = self.open_case(id).await?;
            let moved = self.decide_migration(&open, target).await?;
            let Ok(decision) = &moved.outcome else {
                return Ok(moved);
            };
            let alongside = Alongside {
                key: Some(SubmissionKey {
                    key: format!("migrate/{id}/{}", decision.case.revision),
                    body_hash: target.hash.clone(),
                }),
                ..Alongside::default()
            };
            match self.store.record(self.tenant(), decision, &alongside).await {
                Ok(_) => {
                    self.wake.notify_one();
                    return Ok(moved);
                }
                Err(StoreError::Conflict | StoreError::KeyReused) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(DeskError::Changed)
    }

    /// Goes through all open cases of a service that run on other versions,
    /// page by page, and hands what became of each to `told`. With `apply`
    /// they are moved, else nothing is written.
    ///
    /// # Errors
    /// When the database does; what was moved stays moved, and going through
    /// them again goes on where it stopped.
    pub async fn migrate_cases(
        &self,
        target: &Arc<Service>,
        apply: bool,
        mut told: impl FnMut(Moved),
    ) -> Result<(), DeskError> {
        let versions = self
            .store
            .versions_of(self.tenant(), &target.form.id)
            .await?;
        for version in versions
            .iter()
            .filter(|version| version.hash != target.hash)
        {
            let mut after = Uuid::nil();
            loop {
                let cases = self
                    .store
                    .open_cases_on(self.tenant(), &version.hash, after, PORTION)
                    .await?;
                let Some(last) = cases.last() else { break };
                after = last.id;
                for case in &cases {
                    told(match apply {
                        true => self.migrate_case(case.id, target).await?,
                        false => self.plan_migration(case.id, target).await?,
                    });
                }
            }
        }
        Ok(())
    }
}
