//! The one loop every case changes by: load, decide, record.

use engine::case::{self, Refusal};
use engine::case::{Actor, Attachment, CapacityWish, CaseEvent, Decision};
use engine::text::Language;
use engine::workflow::{SlotFacts, StepError};
use serde_json::{Map, Value as Json};
use store::{Alongside, PaymentState, StoreError, SubmissionKey};
use uuid::Uuid;

use super::slots::KnownSlots;
use super::{Desk, DeskError, Open};
use crate::clock;

/// How often a step is decided anew when places were taken meanwhile.
const MOST_TRIES: u32 = 20;

/// Who asks for a step, with the roles that count for this case.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The actor kept in the history.
    pub actor: Actor,
    /// Workflow roles held for this case.
    pub roles: Vec<String>,
}

impl Asker {
    /// The applicant.
    pub fn applicant() -> Asker {
        Asker {
            actor: Actor::Citizen,
            roles: vec!["applicant".to_owned()],
        }
    }

    /// A timer, a payment provider, the worker.
    pub fn system() -> Asker {
        Asker {
            actor: Actor::System,
            roles: engine::workflow::system_roles(),
        }
    }
}

/// A step somebody asks for.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// Event name.
    pub event: &'a str,
    /// Data of the action's small form.
    pub payload: Map<String, Json>,
    /// Files handed in with it.
    pub attachments: Vec<Attachment>,
    /// The revision the asker saw; `None` for the system, which takes the newest.
    pub revision: Option<i64>,
    /// Makes a repeated request harmless.
    pub key: Option<String>,
    /// A payment whose state changes with it.
    pub settles: Option<(Uuid, PaymentState)>,
}

impl<'a> Step<'a> {
    /// A step of the system, without data; repeating it with the same key is harmless.
    pub fn system(event: &'a str, key: String) -> Step<'a> {
        Step {
            event,
            payload: Map::new(),
            attachments: Vec::new(),
            revision: None,
            key: Some(key),
            settles: None,
        }
    }
}

/// What was read for a step.
pub(super) struct Known {
    pub(super) now: i64,
    pub(super) history: Vec<CaseEvent>,
    pub(super) documents: Vec<String>,
    pub(super) capacity_free: Option<i64>,
    pub(super) paid: bool,
    pub(super) rank: Option<i64>,
    pub(super) payment_id: Uuid,
    pub(super) slots: Option<KnownSlots>,
}

impl Known {
    /// The same as the engine takes it.
    pub(super) fn env<'k>(
        &'k self,
        asker: &'k Asker,
        attachments: &'k [Attachment],
    ) -> case::Env<'k> {
        case::Env {
            now: self.now,
            actor: &asker.actor,
            roles: &asker.roles,
            history: &self.history,
            documents: &self.documents,
            capacity_free: self.capacity_free,
            slots: self.slots.as_ref().map(|known| SlotFacts {
                calendar: &known.calendar,
                busy: &known.busy,
            }),
            paid: self.paid,
            rank: self.rank,
            payment_id: self.payment_id,
            attachments,
        }
    }
}

impl From<StepError> for DeskError {
    fn from(error: StepError) -> DeskError {
        DeskError::Refused(Refusal::Broken(error))
    }
}

impl Desk {
    /// A case by its id.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    pub async fn open_case(&self, id: Uuid) -> Result<Open, DeskError> {
        let case = self
            .store
            .case(self.tenant(), id)
            .await?
            .ok_or(DeskError::NotFound)?;
        let submission = self
            .store
            .submission(self.tenant(), id)
            .await?
            .ok_or(DeskError::NotFound)?;
        let service = self.pinned(&case.definition).await?;
        let asked = match submission.definition == case.definition {
            true => std::sync::Arc::clone(&service),
            false => self.pinned(&submission.definition).await?,
        };
        Ok(Open {
            case,
            submission,
            service,
            asked,
        })
    }

    /// How many places are free for a case, read now: those that cases which
    /// came before it wait for and fit into are spoken for. Staff see all free
    /// places, since they may decide otherwise.
    pub(super) async fn free_places(
        &self,
        wish: Option<&CapacityWish>,
        case: Uuid,
        asker: &Asker,
    ) -> Result<Option<i64>, DeskError> {
        let Some(wish) = wish else { return Ok(None) };
        let taken = self
            .store
            .capacity_taken(self.tenant(), &wish.resource)
            .await?;
        let mut free = (wish.limit - taken).max(0);
        if matches!(asker.actor, Actor::Staff { .. }) || free == 0 {
            return Ok(Some(free));
        }
        let waiting = self.store.waiting(self.tenant(), &wish.resource).await?;
        for (_, quantity) in waiting.iter().take_while(|(other, _)| *other != case) {
            if *quantity <= free {
                free -= quantity;
            }
        }
        Ok(Some(free))
    }

    /// Whether a payment of the case has been made.
    pub(super) async fn is_paid(&self, case: Uuid) -> Result<bool, DeskError> {
        let payments = self.store.payments(self.tenant(), case).await?;
        Ok(payments
            .iter()
            .any(|payment| payment.state == PaymentState::Paid))
    }

    /// Everything the engine wants to know for a step of somebody, read now.
    pub(super) async fn known(&self, open: &Open, asker: &Asker) -> Result<Known, DeskError> {
        let id = open.case.id;
        let documents = self.store.documents(self.tenant(), id).await?;
        let rank = match &open.submission.capacity {
            Some(wish) => {
                self.store
                    .waiting_rank(self.tenant(), &wish.resource, id)
                    .await?
            }
            None => None,
        };
        Ok(Known {
            now: self.clock.now(),
            history: self.store.events(self.tenant(), id).await?,
            documents: documents
                .into_iter()
                .map(|document| document.order.name)
                .collect(),
            capacity_free: self
                .free_places(open.submission.capacity.as_ref(), id, asker)
                .await?,
            paid: self.is_paid(id).await?,
            rank,
            payment_id: Uuid::now_v7(),
            slots: self.slots_for(open, &Map::new()).await?,
        })
    }

    /// The calendar of a case with what is taken around the slots in question.
    async fn slots_for(
        &self,
        open: &Open,
        payload: &Map<String, Json>,
    ) -> Result<Option<KnownSlots>, DeskError> {
        let rules = open.service.form.appointment.as_ref();
        let calendar = rules.map(|rules| &rules.calendar);
        let wish = open.submission.appointment.as_ref();
        self.known_slots(calendar, wish, payload, open.case.id)
            .await
    }

    /// Performs one step of a case.
    ///
    /// # Errors
    /// [`DeskError::Changed`] on a stale revision, [`DeskError::Refused`] when
    /// the workflow does not allow it; nothing is changed then.
    pub async fn step(&self, id: Uuid, asker: &Asker, step: Step<'_>) -> Result<Open, DeskError> {
        for _ in 0..MOST_TRIES {
            let open = self.open_case(id).await?;
            if step.revision.is_some_and(|seen| seen != open.case.revision) {
                return Err(DeskError::Changed);
            }
            let mut known = self.known(&open, asker).await?;
            if !step.payload.is_empty() {
                known.slots = self.slots_for(&open, &step.payload).await?;
            }
            known.paid |= step
                .settles
                .is_some_and(|(_, state)| state == PaymentState::Paid);
            let decision = case::act(
                &open.service.workflow,
                &open.case,
                &open.submission,
                step.event,
                step.payload.clone(),
                &known.env(asker, &step.attachments),
            )
            .map_err(DeskError::Refused)?;
            let key = step.key.as_ref().map(|key| SubmissionKey {
                key: key.clone(),
                body_hash: String::new(),
            });
            let alongside = Alongside {
                key,
                payment: step.settles,
                ..Alongside::default()
            };
            match self
                .store
                .record(self.tenant(), &decision, &alongside)
                .await
            {
                Ok(_) => {
                    self.wake.notify_one();
                    return self.open_case(id).await;
                }
                // Places went meanwhile, or the system lost a race: decide anew on what is true now.
                Err(StoreError::Full { .. } | StoreError::SlotTaken { .. }) => {}
                Err(StoreError::Conflict) if step.revision.is_none() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(DeskError::Changed)
    }

    /// Records a decision made outside the workflow, such as an assignment.
    pub(super) async fn record_plain(&self, decision: &Decision) -> Result<(), DeskError> {
        self.store
            .record(self.tenant(), decision, &Alongside::default())
            .await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Raises the event of a timer that fell due. A stale timer is dropped.
    ///
    /// # Errors
    /// When the database does, or the workflow cannot make the step.
    pub async fn fire_timer(&self, id: Uuid, key: &str) -> Result<(), DeskError> {
        let open = self.open_case(id).await?;
        let asker = Asker::system();
        let known = self.known(&open, &asker).await?;
        let env = known.env(&asker, &[]);
        let fired = case::fire_timer(
            &open.service.workflow,
            &open.case,
            &open.submission,
            key,
            &env,
        )?;
        let Some(decision) = fired else {
            self.store.drop_timer(self.tenant(), id, key).await?;
            return Ok(());
        };
        let alongside = Alongside {
            timer: Some(key.to_owned()),
            ..Alongside::default()
        };
        match self
            .store
            .record(self.tenant(), &decision, &alongside)
            .await
        {
            Ok(_) => {
                self.wake.notify_one();
                Ok(())
            }
            // Somebody acted in this moment; the timer is looked at again in the next round.
            Err(StoreError::Conflict | StoreError::Full { .. } | StoreError::SlotTaken { .. }) => {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The local day an event happened, for pages and letters.
    pub fn day(&self, event: &CaseEvent, language: Language) -> String {
        engine::form::date_text(clock::local(event.at).date(), language)
    }
}

/// The reason of a refusal for a reader.
pub fn reason(refusal: &Refusal, language: Language) -> String {
    refusal.text().get(language).to_owned()
}
