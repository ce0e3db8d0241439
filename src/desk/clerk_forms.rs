//! Actions of clerks as their pages send them: controls of a small form in,
//! a checked step out.

use engine::case::{self, Refusal};
use engine::form::Questions;
use engine::text::Language;
use serde_json::{Map, Value as Json};
use store::UploadOwner;
use uuid::Uuid;

use super::accounts::Staff;
use super::applicant::{ReplyFile, file_finding};
use super::files::FileProblem;
use super::staff::asker;
use super::{Desk, DeskError, Open};

impl Desk {
    /// Performs an action of the workflow with what was typed into its small
    /// form; `pairs` are the names and values of the form's controls.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for a case of another department,
    /// [`DeskError::Changed`] on a stale revision, [`DeskError::Findings`] when
    /// the form has mistakes, [`DeskError::Refused`] when the workflow does not
    /// allow it now.
    pub async fn act_typed(
        &self,
        staff: &Staff,
        id: Uuid,
        event: &str,
        (pairs, files): (&[(String, String)], Vec<ReplyFile>),
        revision: i64,
        language: Language,
    ) -> Result<Open, DeskError> {
        let open = self.case_for(staff, id).await?;
        if open.case.revision != revision {
            return Err(DeskError::Changed);
        }
        let asker = asker(staff, &open);
        let known = self.known(&open, &asker).await?;
        let offers = case::offered(
            &open.service.workflow,
            &open.case,
            &open.submission,
            &known.env(&asker, &[]),
        )?;
        let offer = offers
            .iter()
            .find(|offer| offer.event == event)
            .ok_or(DeskError::Refused(Refusal::NotOffered))?;
        if let Err(reason) = &offer.enabled {
            return Err(DeskError::Refused(Refusal::RequireFailed(reason.clone())));
        }
        let (mut payload, mut attachments) = (Map::new(), Vec::new());
        if let Some(questions) = offer.form {
            let mut problems = Vec::new();
            for file in files {
                let field = questions
                    .field(&file.path)
                    .ok_or(DeskError::File(FileProblem::NoField))?;
                let owner = UploadOwner::Case(id);
                let stored = self.store_file(owner, field, &file.path, &file.name, file.bytes);
                match stored.await {
                    Ok(attachment) => attachments.push(attachment),
                    Err(DeskError::File(problem)) => {
                        problems.push(file_finding(&file.path, &problem));
                    }
                    Err(error) => return Err(error),
                }
            }
            payload = self.small_form(questions, pairs, &attachments, language, problems)?;
        }
        let typed = payload.clone();
        match self
            .act(staff, id, event, payload, attachments, revision)
            .await
        {
            Ok(open) => Ok(open),
            Err(error) => {
                let error = input_as_findings(error);
                Err(self.slot_refusal(&open, offer.form, &typed, error).await)
            }
        }
    }

    /// The controls of a small form as answers, unchecked, so that a page can
    /// show again what was typed.
    pub fn typed_answers(
        &self,
        questions: &Questions,
        pairs: &[(String, String)],
        language: Language,
    ) -> Map<String, Json> {
        let env = self.form_env(self.clock.now(), language);
        let mut answers = questions.initial_answers();
        for page in &questions.pages {
            questions.parse_fields(page, pairs, &mut answers, env);
        }
        answers
    }
}

/// Mistakes the workflow found in the data, as findings at their questions.
fn input_as_findings(error: DeskError) -> DeskError {
    match error {
        DeskError::Refused(Refusal::InvalidInput(findings)) => DeskError::Findings(findings),
        other => other,
    }
}
