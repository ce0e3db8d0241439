//! What clerks do: see the queues of their departments, work a case, repeat
//! deliveries. A case of another department does not exist for them.

use engine::case::{self, Offer};
use engine::case::{Actor, Attachment, Case, CaseEvent};
use engine::form::Section;
use engine::text::Language;
use serde_json::{Map, Value as Json};
use store::{Cursor, Delivery, Page, ParkedParcel, Payment, QueueFilter};
use uuid::Uuid;

use super::accounts::Staff;
use super::cases::{Asker, Known, Step};
use super::{Desk, DeskError, Open};

/// Cases on one page of a queue.
pub const PAGE: u32 = 50;

/// Everything the case page shows.
pub struct CaseView {
    /// The case with its submission and definition.
    pub open: Open,
    /// Questions and answers.
    pub sections: Vec<Section>,
    /// Files handed in, also later ones.
    pub attachments: Vec<Attachment>,
    /// Documents that exist.
    pub documents: Vec<store::Document>,
    /// What was handed to the outside, and how that went.
    pub deliveries: Vec<Delivery>,
    /// Payments asked for.
    pub payments: Vec<Payment>,
    pub(super) known: Known,
    /// Rank on the waiting list, where the case waits for a place.
    pub rank: Option<i64>,
}

impl CaseView {
    /// What happened, oldest first.
    pub fn events(&self) -> &[CaseEvent] {
        &self.known.history
    }

    /// What this person may do now.
    ///
    /// # Errors
    /// When the case does not fit its workflow.
    pub fn offers(&self, staff: &Staff) -> Result<Vec<Offer<'_>>, DeskError> {
        let asker = asker(staff, &self.open);
        let (case, submission) = (&self.open.case, &self.open.submission);
        Ok(case::offered(
            &self.open.service.workflow,
            case,
            submission,
            &self.known.env(&asker, &[]),
        )?)
    }
}

impl Desk {
    /// One page of the queue of this person's departments.
    ///
    /// # Errors
    /// When the database does.
    pub async fn queue(
        &self,
        staff: &Staff,
        filter: &QueueFilter,
        after: Option<Cursor>,
    ) -> Result<Page<Case>, DeskError> {
        Ok(self
            .store
            .queue(self.tenant(), &staff.departments(), filter, after, PAGE)
            .await?)
    }

    /// A case of one of this person's departments.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] also when it belongs to another department.
    pub async fn case_for(&self, staff: &Staff, id: Uuid) -> Result<Open, DeskError> {
        let open = self.open_case(id).await?;
        if staff
            .roles
            .iter()
            .any(|place| place.department == open.case.department)
        {
            Ok(open)
        } else {
            tracing::warn!(account = staff.account, case = %id, "denied: case of another department");
            Err(DeskError::NotFound)
        }
    }

    /// Everything about a case for its page.
    ///
    /// # Errors
    /// As [`Desk::case_for`].
    pub async fn case_view(
        &self,
        staff: &Staff,
        id: Uuid,
        language: Language,
    ) -> Result<CaseView, DeskError> {
        let open = self.case_for(staff, id).await?;
        let known = self.known(&open, &asker(staff, &open)).await?;
        let tenant = self.tenant();
        tracing::info!(account = staff.account, case = %id, "case read");
        Ok(CaseView {
            sections: self.sections(&open, language),
            attachments: self.store.attachments(tenant, id).await?,
            documents: self.store.documents(tenant, id).await?,
            deliveries: self.store.deliveries(tenant, id).await?,
            payments: self.store.payments(tenant, id).await?,
            rank: known.rank,
            known,
            open,
        })
    }

    /// Performs an action of the workflow.
    ///
    /// # Errors
    /// [`DeskError::Changed`] on a stale revision, [`DeskError::Refused`] with the reason.
    pub async fn act(
        &self,
        staff: &Staff,
        id: Uuid,
        event: &str,
        payload: Map<String, Json>,
        attachments: Vec<Attachment>,
        revision: i64,
    ) -> Result<Open, DeskError> {
        let open = self.case_for(staff, id).await?;
        let asker = asker(staff, &open);
        let step = Step {
            event,
            payload,
            attachments,
            revision: Some(revision),
            key: None,
            settles: None,
        };
        self.step(id, &asker, step).await
    }

    /// Gives a case to an account, or to nobody.
    ///
    /// # Errors
    /// [`DeskError::Changed`] on a stale revision.
    pub async fn assign(
        &self,
        staff: &Staff,
        id: Uuid,
        to: Option<&str>,
        revision: i64,
    ) -> Result<(), DeskError> {
        let open = self.case_for(staff, id).await?;
        if open.case.revision != revision {
            return Err(DeskError::Changed);
        }
        if let Some(name) = to {
            let account = self
                .store
                .account(self.tenant(), name)
                .await?
                .filter(|account| !account.disabled);
            let works_there = account.is_some_and(|account| {
                account
                    .departments
                    .iter()
                    .any(|place| place.department == open.case.department)
            });
            if !works_there {
                return Err(DeskError::NotFound);
            }
        }
        let asker = asker(staff, &open);
        let known = self.known(&open, &asker).await?;
        let decision = case::assign(&open.case, to, &known.env(&asker, &[]));
        self.record_plain(&decision).await
    }

    /// Adds a note for colleagues; the citizen never sees it.
    ///
    /// # Errors
    /// [`DeskError::Changed`] on a stale revision.
    pub async fn note(
        &self,
        staff: &Staff,
        id: Uuid,
        text: &str,
        revision: i64,
    ) -> Result<(), DeskError> {
        let open = self.case_for(staff, id).await?;
        if open.case.revision != revision {
            return Err(DeskError::Changed);
        }
        let asker = asker(staff, &open);
        let known = self.known(&open, &asker).await?;
        let decision = case::note(&open.case, text, true, &known.env(&asker, &[]));
        self.record_plain(&decision).await
    }

    /// Takes a case off the public pages, also once it is closed.
    ///
    /// # Errors
    /// [`DeskError::Changed`] on a stale revision, [`DeskError::NotFound`] for
    /// a case that is not published.
    pub async fn withhold(&self, staff: &Staff, id: Uuid, revision: i64) -> Result<(), DeskError> {
        let open = self.case_for(staff, id).await?;
        if open.case.revision != revision {
            return Err(DeskError::Changed);
        }
        if !open.case.published {
            return Err(DeskError::NotFound);
        }
        let asker = asker(staff, &open);
        let known = self.known(&open, &asker).await?;
        let decision = case::withhold(&open.case, &known.env(&asker, &[]));
        self.record_plain(&decision).await
    }

    /// A file of a case.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    pub async fn case_file(
        &self,
        staff: &Staff,
        id: Uuid,
        file: Uuid,
    ) -> Result<(Attachment, Vec<u8>), DeskError> {
        self.case_for(staff, id).await?;
        let attachments = self.store.attachments(self.tenant(), id).await?;
        let attachment = attachments
            .into_iter()
            .find(|known| known.id == file)
            .ok_or(DeskError::NotFound)?;
        let bytes = self.file_bytes(&attachment).await?;
        tracing::info!(account = staff.account, case = %id, file = %file, "file read");
        Ok((attachment, bytes))
    }

    /// A document of a case as PDF, with its title.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    pub async fn case_document(
        &self,
        staff: &Staff,
        id: Uuid,
        name: &str,
    ) -> Result<(String, Vec<u8>), DeskError> {
        let open = self.case_for(staff, id).await?;
        self.document_of(&open, name).await
    }

    /// Deliveries that wait for a person, of this person's departments.
    ///
    /// # Errors
    /// When the database does.
    pub async fn parked(&self, staff: &Staff) -> Result<Vec<ParkedParcel>, DeskError> {
        Ok(self
            .store
            .parked(self.tenant(), &staff.departments(), PAGE)
            .await?)
    }

    /// Puts a parked delivery back into the outbox.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when it is not parked or not of this person's departments.
    pub async fn repeat_delivery(&self, staff: &Staff, id: &str) -> Result<(), DeskError> {
        if !self.parked(staff).await?.iter().any(|row| row.id == id) {
            return Err(DeskError::NotFound);
        }
        self.store
            .requeue(self.tenant(), id, self.clock.now())
            .await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Colleagues who may be given a case of a department.
    ///
    /// # Errors
    /// When the database does.
    pub async fn colleagues(&self, department: &str) -> Result<Vec<(String, String)>, DeskError> {
        let accounts = self.store.accounts(self.tenant()).await?;
        Ok(accounts
            .into_iter()
            .filter(|account| {
                !account.disabled
                    && account
                        .departments
                        .iter()
                        .any(|place| place.department == department)
            })
            .map(|account| (account.name, account.display_name))
            .collect())
    }
}

fn actor(staff: &Staff) -> Actor {
    Actor::Staff {
        account: staff.account.clone(),
        name: staff.name.clone(),
    }
}

pub(super) fn asker(staff: &Staff, open: &Open) -> Asker {
    Asker {
        actor: actor(staff),
        roles: staff.roles_in(&open.case.department),
    }
}
