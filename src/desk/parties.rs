//! Parties of a case: the page behind each one's link, new links, answers on
//! paper.
//!
//! A link names the case, the party and a secret derived from the server key;
//! nothing of it is stored but how many links there were. A new link ends the
//! one before, so that whoever got it by mistake cannot answer any more.

use std::sync::Arc;

use engine::case::{
    self, ANSWERS, Actor, CaseEvent, Decision, Party, PartyAnswer, PartyState, Refusal, reference,
};
use engine::case::{Attachment, Case};
use engine::document::{Block, Document};
use engine::form::{self, PartyRule, Section};
use engine::text::{Language, Text};
use serde_json::{Map, Value as Json, json};
use store::{Alongside, StoreError, UploadOwner};
use uuid::Uuid;

use super::accounts::Staff;
use super::applicant::{ReplyFile, file_finding};
use super::cases::Asker;
use super::files::FileProblem;
use super::staff::asker;
use super::{Desk, DeskError, Open};
use crate::clock;
use crate::secrets;

/// How often an answer is decided anew when the case changed meanwhile.
const MOST_TRIES: u32 = 20;
/// Most links of one party, so that nobody is written to without end.
const MOST_LINKS: u32 = 12;
/// Begins the field of a party's file, so that it answers no question of the form.
const FILES: &str = "parties.";

/// A party with all its page shows.
pub struct PartyCase {
    /// The case.
    pub open: Open,
    /// Its place among the parties.
    pub index: usize,
    history: Vec<CaseEvent>,
    attachments: Vec<Attachment>,
}

impl PartyCase {
    /// The party.
    pub fn party(&self) -> &Party {
        &self.open.case.parties[self.index]
    }

    /// What the form says about it.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] when the form has no such party.
    pub fn rule(&self) -> Result<&PartyRule, DeskError> {
        rule(&self.open, self.index)
    }

    /// Whether it may answer now.
    pub fn is_open(&self) -> bool {
        self.open.case.closed_at.is_none() && self.party().state == PartyState::Asked
    }

    /// What it answered, if it did.
    pub fn said(&self, desk: &Desk, language: Language) -> Vec<(String, String)> {
        said(
            desk,
            &self.open,
            &self.history,
            &self.attachments,
            self.index,
            language,
        )
    }

    /// The answers it may read.
    pub fn shown(&self, desk: &Desk, language: Language) -> Vec<Section> {
        let submission = &self.open.submission;
        let env = desk.form_env(submission.received_at, language);
        form::shown_to(
            &self.open.asked.form,
            self.party(),
            &submission.answers,
            &submission.attachments,
            env,
        )
    }
}

/// What a party's page sends.
pub struct PartySends<'s> {
    /// Whether it agrees.
    pub confirms: bool,
    /// Names and values of the controls.
    pub pairs: &'s [(String, String)],
    /// Files.
    pub files: Vec<ReplyFile>,
    /// Why it declines.
    pub reason: String,
    /// The language of the page.
    pub language: Language,
}

impl Desk {
    /// The link of a party in a language.
    pub fn party_url(&self, case: &Case, index: usize, issue: u32, language: Language) -> String {
        let secret = self.party_secret(case, index, issue);
        format!(
            "{}/{}/parties/{}/{index}/{secret}",
            self.public_url,
            language.tag(),
            case.reference
        )
    }

    fn party_secret(&self, case: &Case, index: usize, issue: u32) -> String {
        let key = case
            .parties
            .get(index)
            .map_or("", |party| party.key.as_str());
        self.key.party_secret(self.tenant(), case.id, key, issue)
    }

    /// Puts the link of the party into the values of a mail to it.
    pub(super) fn add_party_link(&self, open: &Open, values: &mut Map<String, Json>) {
        let Some(Json::Object(party)) = values.get_mut("party") else {
            return;
        };
        let number = |name: &str| party.get(name).and_then(Json::as_u64);
        if let (Some(index), Some(issue)) = (number("number"), number("issue")) {
            let (index, issue) = (index as usize, u32::try_from(issue).unwrap_or(0));
            let url = self.party_url(&open.case, index, issue, open.case.language);
            party.insert("url".to_owned(), json!(url));
        }
    }

    /// A party by its link.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for whatever is wrong with it, also for a link
    /// that a newer one has ended.
    pub async fn party_case(
        &self,
        number: &str,
        index: usize,
        secret: &str,
    ) -> Result<PartyCase, DeskError> {
        let number = reference::normalise(number).ok_or(DeskError::NotFound)?;
        let case = self.store.case_by_reference(self.tenant(), &number).await?;
        let case = case.ok_or(DeskError::NotFound)?;
        // The comparison happens either way, so that all failures take alike.
        let issue = case.parties.get(index).map_or(0, |party| party.issue);
        let fits = secrets::same(
            &self.party_secret(&case, index, issue),
            &secrets::clean(secret),
        );
        if !fits || issue == 0 {
            return Err(DeskError::NotFound);
        }
        let open = self.open_case(case.id).await?;
        Ok(PartyCase {
            index,
            history: self.store.events(self.tenant(), case.id).await?,
            attachments: self.store.attachments(self.tenant(), case.id).await?,
            open,
        })
    }

    /// A party confirms or declines. The second of two identical requests
    /// finds it answered and changes nothing.
    ///
    /// # Errors
    /// [`DeskError::Findings`] when something is to be mended,
    /// [`DeskError::Refused`] when it is too late.
    pub async fn party_answers(
        &self,
        number: &str,
        index: usize,
        secret: &str,
        sends: PartySends<'_>,
    ) -> Result<(), DeskError> {
        let known = self.party_case(number, index, secret).await?;
        if !known.is_open() {
            return Err(DeskError::Refused(Refusal::NotOffered));
        }
        let (party, rule) = (known.party(), known.rule()?);
        let mut answer = PartyAnswer {
            confirms: sends.confirms,
            ..PartyAnswer::default()
        };
        let mut files = Vec::new();
        if sends.confirms {
            let mut problems = Vec::new();
            for file in sends.files {
                let field = rule
                    .asks
                    .field(&file.path)
                    .ok_or(DeskError::File(FileProblem::NoField))?;
                let owner = UploadOwner::Case(known.open.case.id);
                let stored = self.store_file(owner, field, &file.path, &file.name, file.bytes);
                match stored.await {
                    Ok(attachment) => files.push(attachment),
                    Err(DeskError::File(problem)) => {
                        problems.push(file_finding(&file.path, &problem));
                    }
                    Err(error) => return Err(error),
                }
            }
            answer.answers =
                self.small_form(&rule.asks, sends.pairs, &files, sends.language, problems)?;
            for file in &mut files {
                file.field = format!("{FILES}{}.{}", party.key, file.field);
            }
        } else {
            answer.reason = Some(sends.reason.trim().to_owned());
        }
        let asker = Asker {
            actor: Actor::Party {
                key: party.key.clone(),
                name: party.name.clone(),
            },
            roles: engine::workflow::system_roles(),
        };
        let issue = party.issue;
        self.change_party(known.open.case.id, &asker, &files, |open, env| {
            // A newer link went out meanwhile: this one ended with it.
            if open.case.parties.get(index).map(|party| party.issue) != Some(issue) {
                return Err(Refusal::NotOffered);
            }
            answered(open, index, &answer, env)
        })
        .await
    }

    /// What a party answered, as PDF for its records.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] before it has answered.
    pub async fn party_receipt(
        &self,
        number: &str,
        index: usize,
        secret: &str,
        language: Language,
    ) -> Result<(String, Vec<u8>), DeskError> {
        let known = self.party_case(number, index, secret).await?;
        let party = known.party();
        let at = party.answered_at.ok_or(DeskError::NotFound)?;
        let (case, form) = (&known.open.case, &known.open.asked.form);
        let say = |de: &str, en: &str| Text::both(de, en).get(language).to_owned();
        let answered = match party.state {
            PartyState::Confirmed => say("Zugestimmt", "Agreed"),
            _ => say("Abgelehnt", "Declined"),
        };
        let mut blocks = vec![Block::Rows {
            caption: say("Worum es geht", "What it is about"),
            rows: vec![
                (
                    say("Leistung", "Service"),
                    form.title.get(language).to_owned(),
                ),
                (
                    say("Eingereicht von", "Submitted by"),
                    known.open.submission.applicant.name.clone(),
                ),
                (
                    say("Beteiligt als", "Named as"),
                    party.title.get(language).to_owned(),
                ),
                (say("Antwort", "Answer"), answered),
            ],
        }];
        for section in known.shown(self, language) {
            blocks.push(Block::Heading {
                level: 2,
                text: section.title.clone(),
            });
            let rows = section.rows.into_iter().filter(|row| !row.heading);
            blocks.push(Block::Rows {
                caption: section.title,
                rows: rows.map(|row| (row.label, row.value)).collect(),
            });
        }
        let said = known.said(self, language);
        if !said.is_empty() {
            let text = say("Ihre Angaben", "Your statements");
            blocks.push(Block::Heading {
                level: 2,
                text: text.clone(),
            });
            blocks.push(Block::Rows {
                caption: text,
                rows: said,
            });
        }
        let title = say("Bestätigung Ihrer Antwort", "Confirmation of your answer");
        let day = form::date_text(clock::local(at).date(), language);
        let document = Document {
            title: title.clone(),
            language,
            sender: self.sender(&case.department, language),
            recipient: vec![party.name.clone()],
            facts: vec![
                (say("Vorgang", "Case"), case.reference.clone()),
                (say("Datum", "Date"), day),
            ],
            blocks,
            footer: self.footer(&case.reference),
            made_at: at,
            embedded: Vec::new(),
        };
        let press = Arc::clone(&self.press);
        let bytes = super::documents::work(move || press.print(&document)).await?;
        Ok((title, bytes))
    }

    /// The applicant has a new link sent, to another address if one is given.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for a wrong link, [`DeskError::TooMany`] after
    /// many links, [`DeskError::Refused`] for a party that has answered.
    pub async fn applicant_resends(
        &self,
        number: &str,
        secret: &str,
        index: usize,
        email: Option<&str>,
    ) -> Result<(), DeskError> {
        let open = self.applicant_open(number, secret).await?;
        self.resend(&open, &Asker::applicant(), index, email).await
    }

    /// A clerk has a new link sent.
    ///
    /// # Errors
    /// As [`Desk::applicant_resends`], and for cases of other departments.
    pub async fn staff_resends(
        &self,
        staff: &Staff,
        id: Uuid,
        index: usize,
        email: Option<&str>,
    ) -> Result<(), DeskError> {
        let open = self.case_for(staff, id).await?;
        self.resend(&open, &asker(staff, &open), index, email).await
    }

    async fn resend(
        &self,
        open: &Open,
        asker: &Asker,
        index: usize,
        email: Option<&str>,
    ) -> Result<(), DeskError> {
        let party = open.case.parties.get(index).ok_or(DeskError::NotFound)?;
        if party.issue >= MOST_LINKS {
            return Err(DeskError::TooMany);
        }
        let issue = party.issue;
        self.change_party(open.case.id, asker, &[], |open, env| {
            // Pressed twice: the first press has sent it already.
            if open.case.parties.get(index).map(|party| party.issue) != Some(issue) {
                return Err(Refusal::NotOffered);
            }
            case::resend_party(
                &open.service.workflow,
                &open.case,
                &open.submission,
                index,
                email,
                env,
            )
        })
        .await
    }

    /// A clerk records what a party answered on paper.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for cases of other departments,
    /// [`DeskError::Changed`] on a stale revision, [`DeskError::Refused`] for a
    /// party that is not asked now.
    pub async fn record_party(
        &self,
        staff: &Staff,
        (id, revision): (Uuid, i64),
        index: usize,
        confirms: bool,
        note: &str,
    ) -> Result<(), DeskError> {
        let open = self.case_for(staff, id).await?;
        if open.case.revision != revision {
            return Err(DeskError::Changed);
        }
        let asker = asker(staff, &open);
        let works_on_it = |role: &String| open.service.workflow.roles.contains_key(role);
        if !asker.roles.iter().any(works_on_it) {
            return Err(DeskError::Refused(Refusal::RoleNotAllowed));
        }
        let answer = PartyAnswer {
            confirms,
            reason: Some(note.trim().to_owned()),
            ..PartyAnswer::default()
        };
        self.change_party(id, &asker, &[], |open, env| {
            answered(open, index, &answer, env)
        })
        .await
    }

    /// What the parties of a case said, for its page: who, how far, what.
    pub fn parties_said(
        &self,
        open: &Open,
        (history, attachments): (&[CaseEvent], &[Attachment]),
        language: Language,
    ) -> Vec<Vec<(String, String)>> {
        (0..open.case.parties.len())
            .map(|index| said(self, open, history, attachments, index, language))
            .collect()
    }

    /// The loop of [`Desk::step`] for what a party does: others may act at the
    /// same time without spoiling it.
    async fn change_party(
        &self,
        id: Uuid,
        asker: &Asker,
        files: &[Attachment],
        decide: impl Fn(&Open, &case::Env<'_>) -> Result<Decision, Refusal>,
    ) -> Result<(), DeskError> {
        for _ in 0..MOST_TRIES {
            let open = self.open_case(id).await?;
            let known = self.known(&open, asker).await?;
            let env = known.env(asker, files);
            let decision = decide(&open, &env).map_err(|refusal| match refusal {
                Refusal::InvalidInput(findings) => DeskError::Findings(findings),
                other => DeskError::Refused(other),
            })?;
            let alongside = Alongside::default();
            match self
                .store
                .record(self.tenant(), &decision, &alongside)
                .await
            {
                Ok(_) => {
                    self.wake.notify_one();
                    return Ok(());
                }
                Err(StoreError::Full { .. } | StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(DeskError::Changed)
    }
}

fn rule(open: &Open, index: usize) -> Result<&PartyRule, DeskError> {
    rule_of(open, index).map_err(|()| DeskError::NotFound)
}

/// The step of a case that a party's answer is, by its link or on paper.
fn answered(
    open: &Open,
    index: usize,
    answer: &PartyAnswer,
    env: &case::Env<'_>,
) -> Result<Decision, Refusal> {
    let rule = rule_of(open, index).map_err(|_| Refusal::NotOffered)?;
    case::answer_party(
        &open.service.workflow,
        &open.case,
        &open.submission,
        (index, &rule.asks),
        answer,
        env,
    )
}

fn rule_of(open: &Open, index: usize) -> Result<&PartyRule, ()> {
    let party = open.case.parties.get(index).ok_or(())?;
    let rules = open.asked.form.parties.as_ref().ok_or(())?;
    rules.rule(&party.rule).ok_or(())
}

/// The newest answer of a party, as people read it.
fn said(
    desk: &Desk,
    open: &Open,
    history: &[CaseEvent],
    attachments: &[Attachment],
    index: usize,
    language: Language,
) -> Vec<(String, String)> {
    let party = &open.case.parties[index];
    let of_party = |event: &&CaseEvent| {
        let answers = event.payload.contains_key(ANSWERS);
        answers && event.payload.get("party").and_then(Json::as_str) == Some(&party.key)
    };
    let (Some(event), Ok(rule)) = (history.iter().rev().find(of_party), rule_of(open, index))
    else {
        return Vec::new();
    };
    if party.answered_at.is_none() {
        return Vec::new();
    }
    let mut rows = Vec::new();
    if let Some(answers) = event.payload.get(ANSWERS).and_then(Json::as_object) {
        let own = format!("{FILES}{}.", party.key);
        let files: Vec<Attachment> = attachments
            .iter()
            .filter_map(|file| {
                let field = file.field.strip_prefix(&own)?.to_owned();
                Some(Attachment {
                    field,
                    ..file.clone()
                })
            })
            .collect();
        let env = desk.form_env(event.at, language);
        let sections = form::sections(&rule.asks, answers, &files, env);
        let all = sections.into_iter().flat_map(|section| section.rows);
        rows.extend(
            all.filter(|row| !row.heading && !row.value.is_empty())
                .map(|row| (row.label, row.value)),
        );
    }
    if let Some(reason) = event.payload.get("reason").and_then(Json::as_str) {
        let label = match event.actor {
            Actor::Staff { .. } => Text::both("Vermerk des Amts", "Note of the office"),
            _ => Text::both("Grund", "Reason"),
        };
        rows.push((label.get(language).to_owned(), reason.to_owned()));
    }
    rows
}
