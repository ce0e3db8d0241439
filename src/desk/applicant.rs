//! The applicant's side of a case: status page, replies, documents.

use engine::case::{self, Offer, Refusal};
use engine::case::{Attachment, CaseEvent, reference};
use engine::form::{self, Finding, Findings, Level};
use engine::text::Language;
use serde_json::{Map, Value as Json};
use store::{Document, Payment, UploadOwner};
use uuid::Uuid;

use super::cases::{Asker, Known, Step};
use super::files::FileProblem;
use super::{Desk, DeskError, Open};
use crate::secrets;

/// Wrong tries of one address within [`WINDOW`] before it has to wait.
const MOST_WRONG: i64 = 30;
/// Begins the path of a file that is one of the papers still outstanding.
pub const OUTSTANDING: &str = "outstanding.";
/// Time over which wrong tries are counted.
const WINDOW: i64 = 15 * 60 * 1000;

/// Everything the status page shows.
pub struct ApplicantCase {
    /// The case with its submission and definition.
    pub open: Open,
    /// Documents the applicant may fetch.
    pub documents: Vec<Document>,
    /// Files handed in so far.
    pub attachments: Vec<Attachment>,
    /// Payments asked for.
    pub payments: Vec<Payment>,
    /// Rank on the waiting list.
    pub rank: Option<i64>,
    known: Known,
}

impl ApplicantCase {
    /// What happened, oldest first, without internal entries.
    pub fn events(&self) -> impl Iterator<Item = &CaseEvent> {
        self.known.history.iter().filter(|event| !event.internal)
    }

    /// Files the office gave the applicant, with the moment, oldest first: those
    /// in attachment fields marked `public` of a clerk's form.
    pub fn given_files(&self) -> Vec<(&Attachment, i64)> {
        let mut given = Vec::new();
        for event in self.events() {
            if !matches!(event.actor, case::Actor::Staff { .. }) {
                continue;
            }
            let Some(questions) = self.open.service.workflow.form_of(&event.name) else {
                continue;
            };
            let fields = questions.all_fields().into_iter();
            for field in fields.filter(|field| field.public && field.attachment().is_some()) {
                let ids = event.payload.get(&field.path).and_then(Json::as_array);
                let ids: Vec<&str> = ids.into_iter().flatten().filter_map(Json::as_str).collect();
                let files = self.attachments.iter();
                given.extend(
                    files
                        .filter(|file| ids.contains(&file.id.to_string().as_str()))
                        .map(|file| (file, event.at)),
                );
            }
        }
        given
    }

    /// Paths of the papers that were to follow and have not been handed in.
    pub fn outstanding(&self) -> Vec<&str> {
        super::words::outstanding(&self.open.submission, &self.attachments)
    }

    /// What the applicant may do now.
    ///
    /// # Errors
    /// When the case does not fit its workflow.
    pub fn offers(&self) -> Result<Vec<Offer<'_>>, DeskError> {
        let (case, submission) = (&self.open.case, &self.open.submission);
        let asker = Asker::applicant();
        Ok(case::offered(
            &self.open.service.workflow,
            case,
            submission,
            &self.known.env(&asker, &[]),
        )?)
    }
}

/// A file sent along with an action.
pub struct ReplyFile {
    /// Path of the field in the action's form.
    pub path: String,
    /// Name as given.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl Desk {
    /// A case by its number and secret.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for a wrong number and a wrong secret alike.
    pub async fn applicant_open(&self, number: &str, secret: &str) -> Result<Open, DeskError> {
        let number = reference::normalise(number).ok_or(DeskError::NotFound)?;
        let case = self.store.case_by_reference(self.tenant(), &number).await?;
        // The comparison happens either way, so that both failures take alike.
        let id = case.as_ref().map_or(Uuid::nil(), |case| case.id);
        let fits = secrets::same(&self.status_secret(id), &secrets::clean(secret));
        match case {
            Some(case) if fits => self.open_case(case.id).await,
            _ => Err(DeskError::NotFound),
        }
    }

    /// The same for the look-up form, slowed down after wrong tries.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::TooMany`].
    pub async fn look_up(
        &self,
        number: &str,
        secret: &str,
        address: &str,
    ) -> Result<Open, DeskError> {
        self.slow_down("status", address).await?;
        let outcome = self.applicant_open(number, secret).await;
        if matches!(outcome, Err(DeskError::NotFound)) {
            self.note_wrong("status", address).await?;
        }
        outcome
    }

    pub(super) async fn slow_down(&self, what: &str, address: &str) -> Result<(), DeskError> {
        let since = self.clock.now() - WINDOW;
        let wrong = self
            .store
            .login_failures(self.tenant(), &format!("{what}:{address}"), since)
            .await?;
        if wrong >= MOST_WRONG {
            Err(DeskError::TooMany)
        } else {
            Ok(())
        }
    }

    pub(super) async fn note_wrong(&self, what: &str, address: &str) -> Result<(), DeskError> {
        let key = format!("{what}:{address}");
        Ok(self
            .store
            .note_login_failure(self.tenant(), &key, self.clock.now())
            .await?)
    }

    /// Everything for the status page.
    ///
    /// # Errors
    /// [`DeskError::NotFound`].
    pub async fn applicant_case(
        &self,
        number: &str,
        secret: &str,
    ) -> Result<ApplicantCase, DeskError> {
        let open = self.applicant_open(number, secret).await?;
        let id = open.case.id;
        let known = self.known(&open, &Asker::applicant()).await?;
        let mut documents = self.store.documents(self.tenant(), id).await?;
        documents.retain(|document| document.order.public);
        // Of one step the receipt comes first, the letters after it.
        documents.sort_by_key(|document| (document.order.at, document.order.template != "receipt"));
        Ok(ApplicantCase {
            documents,
            attachments: self.store.attachments(self.tenant(), id).await?,
            payments: self.store.payments(self.tenant(), id).await?,
            rank: known.rank,
            known,
            open,
        })
    }

    /// A public document of the case as PDF, with its title.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] also for documents that are not public.
    pub async fn applicant_document(
        &self,
        number: &str,
        secret: &str,
        name: &str,
    ) -> Result<(String, Vec<u8>), DeskError> {
        let open = self.applicant_open(number, secret).await?;
        let documents = self.store.documents(self.tenant(), open.case.id).await?;
        if !documents
            .iter()
            .any(|document| document.order.public && document.order.name == name)
        {
            return Err(DeskError::NotFound);
        }
        self.document_of(&open, name).await
    }

    /// A file the office gave the applicant, with its content.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] also for every other file of the case.
    pub async fn applicant_file(
        &self,
        number: &str,
        secret: &str,
        id: Uuid,
    ) -> Result<(Attachment, Vec<u8>), DeskError> {
        let case = self.applicant_case(number, secret).await?;
        let files = case.given_files();
        let (file, _) = files
            .into_iter()
            .find(|(file, _)| file.id == id)
            .ok_or(DeskError::NotFound)?;
        let bytes = self.file_bytes(file).await?;
        Ok((file.clone(), bytes))
    }

    /// An action of the applicant, with the answers of its small form and files.
    ///
    /// # Errors
    /// [`DeskError::Findings`] when the form has mistakes, [`DeskError::Changed`]
    /// on a stale revision, [`DeskError::Refused`] when it is not offered now.
    pub async fn applicant_act(
        &self,
        number: &str,
        secret: &str,
        event: &str,
        pairs: &[(String, String)],
        files: Vec<ReplyFile>,
        revision: i64,
    ) -> Result<Open, DeskError> {
        let open = self.applicant_open(number, secret).await?;
        let asker = Asker::applicant();
        let known = self.known(&open, &asker).await?;
        // What staff write down among themselves does not spoil the applicant's page.
        let unseen = |event: &&CaseEvent| event.seq > revision;
        if revision > open.case.revision
            || known
                .history
                .iter()
                .filter(unseen)
                .any(|event| !event.internal)
        {
            return Err(DeskError::Changed);
        }
        let revision = open.case.revision;
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
        let mut payload = Map::new();
        let mut attachments = Vec::new();
        if let Some(questions) = offer.form {
            let mut problems = Vec::new();
            for file in files {
                let paper = file.path.strip_prefix(OUTSTANDING);
                let (path, field) = match paper {
                    Some(paper) if open.submission.outstanding.iter().any(|p| p == paper) => {
                        (paper, open.asked.form.questions.field(paper))
                    }
                    Some(_) => (file.path.as_str(), None),
                    None => (file.path.as_str(), questions.field(&file.path)),
                };
                let field = field.ok_or(DeskError::File(FileProblem::NoField))?;
                let owner = UploadOwner::Case(open.case.id);
                match self
                    .store_file(owner, field, path, &file.name, file.bytes)
                    .await
                {
                    Ok(attachment) => attachments.push(attachment),
                    Err(DeskError::File(problem)) => {
                        problems.push(file_finding(&file.path, &problem));
                    }
                    Err(error) => return Err(error),
                }
            }
            let handed_in = under_one_field(questions, &attachments);
            payload =
                self.small_form(questions, pairs, &handed_in, open.case.language, problems)?;
        }
        let step = Step {
            event,
            payload,
            attachments,
            revision: Some(revision),
            key: None,
            settles: None,
        };
        let typed = step.payload.clone();
        match self.step(open.case.id, &asker, step).await {
            Err(error) => Err(self.slot_refusal(&open, offer.form, &typed, error).await),
            stepped => stepped,
        }
    }

    /// The checked answers of an action's small form.
    ///
    /// # Errors
    /// [`DeskError::Findings`] with everything to be mended.
    pub fn small_form(
        &self,
        questions: &form::Questions,
        pairs: &[(String, String)],
        attachments: &[Attachment],
        language: Language,
        mut problems: Vec<Finding>,
    ) -> Result<Map<String, Json>, DeskError> {
        let env = self.form_env(self.clock.now(), language);
        let mut answers = questions.initial_answers();
        for page in &questions.pages {
            questions.parse_fields(page, pairs, &mut answers, env);
        }
        questions.place_attachments(&mut answers, attachments);
        match form::check_small(questions, &answers, env) {
            Ok(answers) if problems.is_empty() => Ok(answers),
            Ok(_) => Err(DeskError::Findings(Findings(problems))),
            Err(findings) => {
                problems.extend(findings.0);
                Err(DeskError::Findings(Findings(problems)))
            }
        }
    }
}

/// Files as the small form of an action sees them: papers that were outstanding
/// count as files of its first attachment field.
fn under_one_field(questions: &form::Questions, files: &[Attachment]) -> Vec<Attachment> {
    let first = questions
        .all_fields()
        .into_iter()
        .find(|field| field.attachment().is_some());
    let placed = |file: &Attachment| {
        let mut file = file.clone();
        if let Some(first) = first.filter(|_| questions.field(&file.field).is_none()) {
            file.field.clone_from(&first.path);
        }
        file
    };
    files.iter().map(placed).collect()
}

/// A refused file as a finding at its field.
pub(super) fn file_finding(path: &str, problem: &FileProblem) -> Finding {
    Finding {
        path: path.to_owned(),
        code: "file".to_owned(),
        severity: Level::Error,
        message: problem.text(),
    }
}
