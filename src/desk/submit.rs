//! From complete answers to a case: check, decide, record.

use std::sync::Arc;

use engine::appointment::{SlotProblem, parse};
use engine::case;
use engine::case::{Attachment, CapacityWish, Submission, reference};
use engine::definitions::Service;
use engine::form::{self, CheckedAnswers, Findings};
use engine::text::Language;
use engine::workflow::StepError;
use serde_json::{Map, Value as Json};
use store::{Alongside, StoreError, SubmissionKey};
use uuid::Uuid;

use super::cases::{Asker, Known};
use super::slots::{KnownSlots, slot_finding};
use super::{Desk, DeskError};
use crate::clock;
use crate::secrets;

/// How often a submission is decided anew when places went or a number was taken.
const MOST_TRIES: u32 = 50;

/// Answers on their way to becoming a case.
pub struct Incoming {
    /// The version of the service they were made with.
    pub service: Arc<Service>,
    /// The answers as typed.
    pub answers: Map<String, Json>,
    /// The files.
    pub attachments: Vec<Attachment>,
    /// Language of the citizen.
    pub language: Language,
    /// When the request that completes it reached us.
    pub received_at: i64,
    /// Makes a repetition harmless.
    pub key: SubmissionKey,
    /// The draft that ends with it.
    pub draft: Option<Uuid>,
}

/// A case that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Case id.
    pub case_id: Uuid,
    /// Public number.
    pub reference: String,
    /// Secret of the status page.
    pub secret: String,
    /// Whether this key had made the case before.
    pub repeated: bool,
}

impl Desk {
    /// Checks answers as they would be checked when sent.
    ///
    /// # Errors
    /// All findings at once.
    pub fn check_answers(
        &self,
        service: &Service,
        answers: &Map<String, Json>,
        attachments: &[Attachment],
        language: Language,
    ) -> Result<CheckedAnswers, Findings> {
        form::check(
            &service.form,
            answers,
            attachments,
            self.form_env(self.clock.now(), language),
        )
    }

    /// Makes a case of answers, once per key.
    ///
    /// # Errors
    /// [`DeskError::Findings`] when something is to be mended,
    /// [`DeskError::KeyReused`] when the key stands for other answers.
    pub async fn submit(&self, incoming: Incoming) -> Result<Submitted, DeskError> {
        if let Some(known) = self.store.recorded(self.tenant(), &incoming.key).await? {
            return Ok(self.submitted(known.case_id, known.reference, true));
        }
        let checked = self
            .check_answers(
                &incoming.service,
                &incoming.answers,
                &incoming.attachments,
                incoming.language,
            )
            .map_err(DeskError::Findings)?;
        fail::fail_point!("submit-checked");
        let case_id = Uuid::now_v7();
        for _ in 0..MOST_TRIES {
            let submission = self.submission(case_id, &incoming, &checked);
            let asker = Asker::applicant();
            let known = Known {
                now: submission.received_at,
                history: Vec::new(),
                documents: Vec::new(),
                capacity_free: self
                    .free_places(submission.capacity.as_ref(), case_id, &asker)
                    .await?,
                paid: false,
                rank: self.next_rank(submission.capacity.as_ref()).await?,
                payment_id: Uuid::now_v7(),
                slots: self.slots_of(&incoming, &submission).await?,
            };
            let opened = case::open_case(
                &incoming.service.workflow,
                submission,
                &known.env(&asker, &[]),
            );
            let decision = match opened {
                Err(StepError::Slot(problem)) => {
                    return Err(self.slot_lost(&incoming, &checked, problem).await?);
                }
                opened => opened?,
            };
            let alongside = Alongside {
                key: Some(incoming.key.clone()),
                draft: incoming.draft,
                ..Alongside::default()
            };
            match self
                .store
                .record(self.tenant(), &decision, &alongside)
                .await
            {
                Ok(recorded) => {
                    self.wake.notify_one();
                    return Ok(self.submitted(
                        recorded.case_id,
                        recorded.reference,
                        recorded.repeated,
                    ));
                }
                // The last place went, or the number is taken: decide anew.
                Err(
                    StoreError::Full { .. }
                    | StoreError::SlotTaken { .. }
                    | StoreError::ReferenceTaken(_),
                ) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(DeskError::Changed)
    }

    /// The calendar with what others than this draft have taken in it.
    async fn slots_of(
        &self,
        incoming: &Incoming,
        submission: &Submission,
    ) -> Result<Option<KnownSlots>, DeskError> {
        let rules = incoming.service.form.appointment.as_ref();
        let holder = incoming.draft.unwrap_or(submission.case_id);
        let wish = submission.appointment.as_ref();
        self.known_slots(
            rules.map(|rules| &rules.calendar),
            wish,
            &Map::new(),
            holder,
        )
        .await
    }

    /// Somebody else has the slot: where it was asked for, and what is free.
    async fn slot_lost(
        &self,
        incoming: &Incoming,
        checked: &CheckedAnswers,
        problem: SlotProblem,
    ) -> Result<DeskError, DeskError> {
        let form = &incoming.service.form;
        let path = form.questions.slot_path().unwrap_or_default();
        let holder = incoming.draft.unwrap_or_else(Uuid::nil);
        let wish = checked.appointment.as_ref();
        let start = wish.and_then(|wish| parse(wish.chosen.as_deref()?));
        let finding = match (&form.appointment, wish, start) {
            (Some(rules), Some(wish), Some(start)) => {
                self.slot_gone(&rules.calendar, wish, holder, start, problem, path)
                    .await?
            }
            _ => slot_finding(path, problem.text()),
        };
        Ok(DeskError::Findings(Findings(vec![finding])))
    }

    /// Which place of the waiting list a new entry would get.
    async fn next_rank(&self, wish: Option<&CapacityWish>) -> Result<Option<i64>, DeskError> {
        let Some(wish) = wish else { return Ok(None) };
        Ok(Some(
            self.store
                .waiting_count(self.tenant(), &wish.resource)
                .await?
                + 1,
        ))
    }

    fn submitted(&self, case_id: Uuid, reference: String, repeated: bool) -> Submitted {
        Submitted {
            case_id,
            reference,
            secret: self.status_secret(case_id),
            repeated,
        }
    }

    fn submission(
        &self,
        case_id: Uuid,
        incoming: &Incoming,
        checked: &CheckedAnswers,
    ) -> Submission {
        let year = clock::local(incoming.received_at).year();
        Submission {
            case_id,
            reference: reference::reference(
                &self.town.prefix,
                year,
                u64::from_le_bytes(secrets::random()),
            ),
            service: incoming.service.form.id.clone(),
            definition: incoming.service.hash.clone(),
            language: incoming.language,
            received_at: incoming.received_at,
            answers: checked.answers.clone(),
            attachments: checked.attachments.clone(),
            outstanding: checked.outstanding.clone(),
            fee: checked.fee.clone(),
            route: checked.route.clone(),
            applicant: checked.applicant.clone(),
            params: checked.params.clone(),
            publication: checked.publication.clone(),
            capacity: checked
                .capacity
                .clone()
                .filter(|wish: &CapacityWish| wish.quantity > 0),
            parties: checked.parties.clone(),
            appointment: checked.appointment.clone(),
        }
    }
}
