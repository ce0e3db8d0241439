//! Drafts: answers on their way, saved at every step, also with mistakes.

use std::sync::Arc;

use engine::case::{Attachment, Fee};
use engine::definitions::Service;
use engine::form::{self, Env, Evaluation, Finding, Findings, Level, Page, Section};
use engine::text::Language;
use serde::{Deserialize, Serialize};
use store::{SubmissionKey, UploadOwner};
use uuid::Uuid;

use super::submit::{Incoming, Submitted};
use super::{Desk, DeskError};
use crate::secrets;

pub use super::files::FileProblem;

/// A draft lives this long after it was saved last: 30 days.
const LIFE: i64 = 30 * 24 * 60 * 60 * 1000;

/// What the pages remember beside the answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageState {
    /// Pages that were sent without findings.
    #[serde(default)]
    pub done: Vec<String>,
    /// Attachment fields the person will hand in later.
    #[serde(default)]
    pub later: Vec<String>,
}

/// A draft with everything its pages need.
pub struct Draft {
    /// As stored.
    pub stored: store::Draft,
    /// What the pages remember.
    pub state: PageState,
    /// The version of the service it is pinned to.
    pub service: Arc<Service>,
    /// Files so far.
    pub uploads: Vec<Attachment>,
}

/// A change of a repeatable group, asked for by its own button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListEdit {
    /// None.
    None,
    /// One more entry of the list at this path.
    Add(String),
    /// Remove the entry with this index.
    Remove(String, usize),
}

/// What became of a page that was sent.
pub struct PageOutcome {
    /// The draft as saved.
    pub draft: Draft,
    /// What is to be mended before going on; empty when the page is done.
    pub findings: Vec<Finding>,
    /// Remarks that do not keep anybody.
    pub warnings: Vec<Finding>,
    /// The next page; `None` leads to the check page.
    pub next: Option<String>,
    /// Whether answers of this page opened questions on this page.
    pub opened: bool,
}

/// What the check page shows.
pub struct Review {
    /// All given answers.
    pub sections: Vec<Section>,
    /// What keeps it from being sent.
    pub findings: Vec<Finding>,
    /// Remarks.
    pub warnings: Vec<Finding>,
    /// What it costs, once everything is complete.
    pub fee: Option<Fee>,
    /// Papers to be handed in later.
    pub outstanding: Vec<String>,
}

impl Desk {
    /// Begins a draft with the current version of a service.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when there is no such service.
    pub async fn start_draft(
        &self,
        service: &str,
        visitor: &str,
        language: Language,
    ) -> Result<Uuid, DeskError> {
        let service = self
            .catalog
            .current()
            .services
            .get(service)
            .cloned()
            .ok_or(DeskError::NotFound)?;
        let now = self.clock.now();
        let draft = store::Draft {
            id: Uuid::now_v7(),
            visitor_hash: secrets::hash(visitor),
            resume_hash: None,
            service: service.form.id.clone(),
            definition: service.hash.clone(),
            language,
            answers: service.form.questions.initial_answers(),
            page_state: serde_json::to_value(PageState::default()).unwrap_or_default(),
            revision: 1,
            created_at: now,
            updated_at: now,
            expires_at: now + LIFE,
        };
        self.store.create_draft(self.tenant(), &draft).await?;
        Ok(draft.id)
    }

    /// A draft of this visitor.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] also when it is somebody else's or has expired.
    pub async fn draft(&self, id: Uuid, visitor: &str) -> Result<Draft, DeskError> {
        let stored = self
            .store
            .draft(self.tenant(), id)
            .await?
            .ok_or(DeskError::NotFound)?;
        if !secrets::same(&stored.visitor_hash, &secrets::hash(visitor))
            || stored.expires_at <= self.clock.now()
        {
            return Err(DeskError::NotFound);
        }
        self.dress(stored).await
    }

    async fn dress(&self, mut stored: store::Draft) -> Result<Draft, DeskError> {
        let service = match self.catalog.followed(&stored.service) {
            Some(newest) => newest,
            None => self.pinned(&stored.definition).await?,
        };
        stored.definition.clone_from(&service.hash);
        let uploads = self
            .store
            .uploads_of_draft(self.tenant(), stored.id)
            .await?;
        let state = serde_json::from_value(stored.page_state.clone()).unwrap_or_default();
        Ok(Draft {
            stored,
            state,
            service,
            uploads,
        })
    }

    /// Drafts of a visitor, newest first.
    ///
    /// # Errors
    /// When the database does.
    pub async fn drafts_of(&self, visitor: &str) -> Result<Vec<store::Draft>, DeskError> {
        let drafts = self
            .store
            .drafts_of(self.tenant(), &secrets::hash(visitor))
            .await?;
        let now = self.clock.now();
        Ok(drafts
            .into_iter()
            .filter(|draft| draft.expires_at > now)
            .collect())
    }

    async fn save(&self, draft: &mut Draft) -> Result<(), DeskError> {
        let now = self.clock.now();
        draft.stored.page_state = serde_json::to_value(&draft.state).unwrap_or_default();
        draft.stored.updated_at = now;
        draft.stored.expires_at = now + LIFE;
        draft.stored.revision = self.store.save_draft(self.tenant(), &draft.stored).await?;
        Ok(())
    }

    /// Changes the language of a draft; answers stay.
    ///
    /// # Errors
    /// When the draft is gone.
    pub async fn speak(&self, draft: &mut Draft, language: Language) -> Result<(), DeskError> {
        if draft.stored.language == language {
            return Ok(());
        }
        draft.stored.language = language;
        self.save(draft).await
    }

    /// Takes what was typed on a page, saves it as it is, and says what is to
    /// be mended. Two windows at once do not overwrite each other's pages:
    /// the answers of other pages are read anew.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when there is no such page.
    pub async fn save_page(
        &self,
        id: Uuid,
        visitor: &str,
        page: &str,
        pairs: &[(String, String)],
        edit: &ListEdit,
    ) -> Result<PageOutcome, DeskError> {
        let mut tries = 0;
        loop {
            let draft = self.draft(id, visitor).await?;
            match self.save_page_once(draft, page, pairs, edit).await {
                Err(DeskError::Changed) if tries < 5 => tries += 1,
                outcome => return outcome,
            }
        }
    }

    async fn save_page_once(
        &self,
        mut draft: Draft,
        page_id: &str,
        pairs: &[(String, String)],
        edit: &ListEdit,
    ) -> Result<PageOutcome, DeskError> {
        let service = Arc::clone(&draft.service);
        let questions = &service.form.questions;
        let page = questions.page(page_id).ok_or(DeskError::NotFound)?;
        let env = self.draft_env(&draft);
        let before = shown(&questions.evaluate(&draft.stored.answers, env), page);
        questions.parse_fields(page, pairs, &mut draft.stored.answers, env);
        note_later(&mut draft.state, page, pairs);
        match edit {
            ListEdit::None => {}
            ListEdit::Add(path) => questions.add_entry(&mut draft.stored.answers, path),
            ListEdit::Remove(path, index) => {
                questions.remove_entry(&mut draft.stored.answers, path, *index);
            }
        }
        questions.place_attachments(&mut draft.stored.answers, &draft.uploads);
        let (mut findings, warnings) = split(form::check_page(
            questions,
            page,
            &draft.stored.answers,
            env,
        ));
        let after = shown(&questions.evaluate(&draft.stored.answers, env), page);
        let opened = after.iter().any(|path| !before.contains(path));
        // Working on the form keeps the slot that was chosen in it.
        let gone = self.keep_hold(&draft).await?;
        let here = |finding: &Finding| {
            let of_page = questions.page_of(&finding.path);
            of_page.is_some_and(|page| page.id == page_id)
        };
        findings.extend(gone.filter(here));
        draft.state.done.retain(|done| done != page_id);
        if findings.is_empty() && !opened {
            draft.state.done.push(page_id.to_owned());
        }
        self.save(&mut draft).await?;
        let next = self.next_page(&draft, page_id);
        Ok(PageOutcome {
            draft,
            findings,
            warnings,
            next,
            opened,
        })
    }

    /// The environment rules of a draft are asked in.
    pub fn draft_env(&self, draft: &Draft) -> Env<'static> {
        self.form_env(self.clock.now(), draft.stored.language)
    }

    /// The questions with the answers so far: what is visible, required, offered.
    pub fn evaluation<'d>(&self, draft: &'d Draft) -> Evaluation<'d> {
        draft
            .service
            .form
            .questions
            .evaluate(&draft.stored.answers, self.draft_env(draft))
    }

    /// What is to be mended on one page, and remarks.
    pub fn page_findings(&self, draft: &Draft, page: &Page) -> (Vec<Finding>, Vec<Finding>) {
        let questions = &draft.service.form.questions;
        split(form::check_page(
            questions,
            page,
            &draft.stored.answers,
            self.draft_env(draft),
        ))
    }

    /// The pages a citizen goes through with the answers so far, in order.
    pub fn visible_pages<'d>(&self, draft: &'d Draft) -> Vec<&'d Page> {
        self.evaluation(draft).pages()
    }

    fn next_page(&self, draft: &Draft, after: &str) -> Option<String> {
        let order = &draft.service.form.questions.pages;
        let at = order.iter().position(|page| page.id == after)?;
        let later = &order[at + 1..];
        self.visible_pages(draft)
            .into_iter()
            .find(|page| later.iter().any(|candidate| candidate.id == page.id))
            .map(|page| page.id.clone())
    }

    /// Stores a file of a draft.
    ///
    /// # Errors
    /// [`DeskError::File`] with what to do.
    pub async fn add_upload(
        &self,
        draft: &mut Draft,
        path: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<(), DeskError> {
        let service = Arc::clone(&draft.service);
        let field = service
            .form
            .questions
            .field(path)
            .ok_or(DeskError::File(FileProblem::NoField))?;
        let owner = UploadOwner::Draft(draft.stored.id);
        let attachment = self.store_file(owner, field, path, name, bytes).await?;
        draft.state.later.retain(|later| later != path);
        draft.uploads.push(attachment);
        service
            .form
            .questions
            .place_attachments(&mut draft.stored.answers, &draft.uploads);
        self.save(draft).await
    }

    /// Removes a file of a draft.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when the draft has no such file.
    pub async fn remove_upload(&self, draft: &mut Draft, id: Uuid) -> Result<(), DeskError> {
        let at = draft
            .uploads
            .iter()
            .position(|upload| upload.id == id)
            .ok_or(DeskError::NotFound)?;
        draft.uploads.remove(at);
        self.store
            .remove_upload(self.tenant(), draft.stored.id, id)
            .await?;
        let service = Arc::clone(&draft.service);
        service
            .form
            .questions
            .place_attachments(&mut draft.stored.answers, &draft.uploads);
        self.save(draft).await
    }

    /// Everything for the check page.
    pub fn review(&self, draft: &Draft) -> Review {
        let answers = &draft.stored.answers;
        let env = self.draft_env(draft);
        let sections = form::sections(&draft.service.form.questions, answers, &draft.uploads, env);
        match self.check_answers(
            &draft.service,
            answers,
            &draft.uploads,
            draft.stored.language,
        ) {
            Ok(checked) => Review {
                sections,
                findings: Vec::new(),
                warnings: checked.warnings.0,
                fee: Some(checked.fee),
                outstanding: checked.outstanding,
            },
            Err(findings) => {
                let (findings, warnings) = split(findings);
                Review {
                    sections,
                    findings,
                    warnings,
                    fee: None,
                    outstanding: Vec::new(),
                }
            }
        }
    }

    /// Sends a draft. Repeating it gives the same case.
    ///
    /// # Errors
    /// [`DeskError::Findings`] when something is to be mended.
    pub async fn submit_draft(
        &self,
        id: Uuid,
        visitor: &str,
        received_at: i64,
    ) -> Result<Submitted, DeskError> {
        let key = draft_key(id, visitor);
        if let Some(known) = self.sent_draft(id, visitor).await? {
            return Ok(known);
        }
        let draft = match self.draft(id, visitor).await {
            Ok(draft) => draft,
            // Between the two looks another window may have sent it.
            Err(DeskError::NotFound) => {
                return self
                    .sent_draft(id, visitor)
                    .await?
                    .ok_or(DeskError::NotFound);
            }
            Err(error) => return Err(error),
        };
        let outcome = self
            .submit(Incoming {
                service: draft.service,
                answers: draft.stored.answers,
                attachments: draft.uploads,
                language: draft.stored.language,
                received_at,
                key,
                draft: Some(id),
            })
            .await;
        match outcome {
            Err(DeskError::NotFound) => self
                .sent_draft(id, visitor)
                .await?
                .ok_or(DeskError::NotFound),
            outcome => outcome,
        }
    }

    /// The case a draft of this visitor became, for reloads and the back button.
    ///
    /// # Errors
    /// When the database does.
    pub async fn sent_draft(
        &self,
        id: Uuid,
        visitor: &str,
    ) -> Result<Option<Submitted>, DeskError> {
        let recorded = match self
            .store
            .recorded(self.tenant(), &draft_key(id, visitor))
            .await
        {
            Ok(recorded) => recorded,
            // The key exists, but for another visitor: not this person's case.
            Err(store::StoreError::KeyReused) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(recorded.map(|recorded| Submitted {
            secret: self.status_secret(recorded.case_id),
            case_id: recorded.case_id,
            reference: recorded.reference,
            repeated: true,
        }))
    }

    /// A code that brings the draft back on any device; an earlier code ends.
    ///
    /// # Errors
    /// When the draft is gone.
    pub async fn resume_code(&self, draft: &mut Draft) -> Result<String, DeskError> {
        let code = secrets::token()[..20].to_owned();
        draft.stored.resume_hash = Some(secrets::hash(&code));
        self.save(draft).await?;
        Ok(secrets::grouped(&code))
    }

    /// The draft of a code; from now on it is this visitor's.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for a wrong or expired code, [`DeskError::TooMany`].
    pub async fn resume(
        &self,
        code: &str,
        visitor: &str,
        address: &str,
    ) -> Result<Draft, DeskError> {
        self.slow_down("resume", address).await?;
        let code = secrets::clean(code);
        let found = self
            .store
            .draft_by_resume(self.tenant(), &secrets::hash(&code))
            .await?;
        let Some(stored) = found.filter(|draft| draft.expires_at > self.clock.now()) else {
            self.note_wrong("resume", address).await?;
            return Err(DeskError::NotFound);
        };
        let mut draft = self.dress(stored).await?;
        draft.stored.visitor_hash = secrets::hash(visitor);
        self.save(&mut draft).await?;
        Ok(draft)
    }
}

/// Idempotency key of a draft: bound to its visitor, so that a foreign draft id names nothing.
fn draft_key(id: Uuid, visitor: &str) -> SubmissionKey {
    SubmissionKey {
        key: format!("draft/{id}"),
        body_hash: secrets::hash(visitor),
    }
}

/// Keeps which attachments are to be handed in later (`<path>.later` = yes).
fn note_later(state: &mut PageState, page: &Page, pairs: &[(String, String)]) {
    for field in &page.fields {
        if field.attachment().is_some_and(|rules| rules.later) {
            state.later.retain(|later| *later != field.path);
            let name = format!("{}.later", field.path);
            if pairs
                .iter()
                .any(|(key, value)| *key == name && value == "yes")
            {
                state.later.push(field.path.clone());
            }
        }
    }
}

/// Errors first, warnings second.
fn split(findings: Findings) -> (Vec<Finding>, Vec<Finding>) {
    findings
        .0
        .into_iter()
        .partition(|finding| finding.severity == Level::Error)
}

/// Paths of the questions a page shows.
fn shown(evaluation: &Evaluation<'_>, page: &Page) -> Vec<String> {
    fn collect(views: &[form::FieldView<'_>], paths: &mut Vec<String>) {
        for view in views {
            paths.push(view.path.clone());
            collect(&view.fields, paths);
        }
    }
    let mut paths = Vec::new();
    if let Some(page) = evaluation.questions().page(&page.id) {
        collect(&evaluation.view(page), &mut paths);
    }
    paths
}
