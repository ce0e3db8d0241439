//! A case from the side of a party: what it is about, the party's questions,
//! and what it answered. And the applicant's part of it on the status page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::PartyState;
use engine::form::{self, Finding};
use engine::text::Language;
use serde::{Deserialize, Serialize};

use super::fields::{self, Surroundings};
use super::service::department_view;
use super::status::CasePath;
use super::view::{DepartmentView, FieldView, Problem, StatedView};
use crate::desk::DeskError;
use crate::desk::applicant::{ApplicantCase, ReplyFile};
use crate::desk::parties::{PartyCase, PartySends};
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::headers::download;
use crate::web::site::Site;
use crate::web::visitor::{CheckedForm, Lang, Visitor};

/// Longest reason, in characters.
const LONGEST_REASON: usize = 2000;

/// A party named in an address.
#[derive(Clone, Debug, Deserialize)]
pub struct PartyPath {
    reference: String,
    number: usize,
    secret: String,
}

impl PartyPath {
    fn address(&self) -> String {
        format!("parties/{}/{}/{}", self.reference, self.number, self.secret)
    }

    fn href(&self, language: Language) -> String {
        format!("/{}/{}", language.tag(), self.address())
    }
}

/// The page behind a party's link.
#[derive(Clone, Debug, Serialize)]
pub struct PartyView {
    /// Name of the service.
    pub service: Said,
    /// Case number.
    pub reference: String,
    /// Who submitted it.
    pub applicant: String,
    /// The party's name.
    pub name: String,
    /// What the party is to the service.
    pub title: Said,
    /// What it is asked for.
    pub intro: Option<Said>,
    /// Last day to answer, milliseconds.
    pub due_at: Option<i64>,
    /// Answers it may read.
    pub sections: Vec<ShownSection>,
    /// Its questions, while it may answer.
    pub form: Option<PartyForm>,
    /// `confirmed`, `declined` or `over`, once it may not.
    pub end: Option<&'static str>,
    /// When it answered, milliseconds.
    pub answered_at: Option<i64>,
    /// What it answered.
    pub said: Vec<StatedView>,
    /// Its answer as PDF.
    pub receipt: Option<String>,
    /// Whom to ask.
    pub department: Option<DepartmentView>,
    /// Errors of the form.
    pub problems: Vec<Problem>,
}

/// Answers of one page.
#[derive(Clone, Debug, Serialize)]
pub struct ShownSection {
    /// Topic.
    pub title: String,
    /// Questions and answers.
    pub rows: Vec<StatedView>,
}

/// What a party can send.
#[derive(Clone, Debug, Serialize)]
pub struct PartyForm {
    /// Where it is posted to.
    pub action: String,
    /// Its questions.
    pub fields: Vec<FieldView>,
    /// Whether files can be uploaded.
    pub uploads: bool,
    /// A reason typed before.
    pub reason: String,
    /// What is wrong with the reason.
    pub reason_error: Option<String>,
    /// Whether the form to decline is open.
    pub declining: bool,
}

/// What was typed and has to be mended.
#[derive(Default)]
struct Typed<'t> {
    pairs: &'t [(String, String)],
    findings: &'t [Finding],
    reason: &'t str,
    reason_error: Option<String>,
}

/// The page of a party.
pub async fn party(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<PartyPath>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    show(
        &site,
        language,
        &visitor,
        &path,
        &Typed::default(),
        StatusCode::OK,
    )
    .await
}

/// Reloading the address of an answer leads back to the page.
pub async fn answer_again(Lang(language): Lang, Path(path): Path<PartyPath>) -> Redirect {
    Redirect::to(&path.href(language))
}

/// A party confirms or declines.
pub async fn answer(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<PartyPath>,
    visitor: Visitor,
    mut form: CheckedForm,
) -> Result<Response, PageError> {
    let confirms = match form.control("answer") {
        Some("confirm") => true,
        Some("decline") => false,
        _ => return Err(PageError::Malformed),
    };
    let reason = form.value("reason").replace("\r\n", "\n");
    if !confirms && reason.chars().count() > LONGEST_REASON {
        let typed = Typed {
            reason: &reason,
            reason_error: Some(site.say(
                language,
                "party.reason_long",
                &[("limit", LONGEST_REASON.to_string())],
            )),
            ..Typed::default()
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show(&site, language, &visitor, &path, &typed, status).await;
    }
    let files = std::mem::take(&mut form.files)
        .into_iter()
        .filter_map(|file| {
            Some(ReplyFile {
                path: file.control.strip_prefix("file.")?.to_owned(),
                name: file.name,
                bytes: file.bytes,
            })
        });
    let sends = PartySends {
        confirms,
        pairs: &form.pairs,
        files: files.collect(),
        reason: reason.clone(),
        language,
    };
    let answered = site
        .desk
        .party_answers(&path.reference, path.number, &path.secret, sends)
        .await;
    match answered {
        // Too late, or pressed twice: the page says how it stands.
        Ok(()) | Err(DeskError::Refused(_)) => {
            Ok(Redirect::to(&path.href(language)).into_response())
        }
        Err(DeskError::Findings(findings)) => {
            let typed = Typed {
                pairs: &form.pairs,
                findings: &findings.0,
                ..Typed::default()
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show(&site, language, &visitor, &path, &typed, status).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What the party answered, as PDF.
pub async fn receipt(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<PartyPath>,
) -> Result<Response, PageError> {
    let (title, bytes) = site
        .desk
        .party_receipt(&path.reference, path.number, &path.secret, language)
        .await?;
    let name = format!("{title} {}.pdf", path.reference);
    Ok((download(&name, "application/pdf"), bytes).into_response())
}

async fn show(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    path: &PartyPath,
    typed: &Typed<'_>,
    status: StatusCode,
) -> Result<Response, PageError> {
    let known = site
        .desk
        .party_case(&path.reference, path.number, &path.secret)
        .await?;
    let view = view(site, path, &known, language, typed)?;
    let prefix = match view.problems.is_empty() {
        true => String::new(),
        false => site.say(language, "frame.error_prefix", &[]),
    };
    let title = site.say(language, "party.title", &[]);
    let title = format!("{prefix}{title} – {}", view.service.text);
    let page = site.page(
        language,
        "citizen/party",
        &title,
        Some(visitor),
        &path.address(),
        view,
    )?;
    Ok((status, page).into_response())
}

fn view(
    site: &Site,
    path: &PartyPath,
    known: &PartyCase,
    language: Language,
    typed: &Typed<'_>,
) -> Result<PartyView, PageError> {
    let (open, party, rule) = (&known.open, known.party(), known.rule()?);
    let mut problems = Vec::new();
    let form = known
        .is_open()
        .then(|| questions(site, path, known, language, typed, &mut problems))
        .transpose()?;
    let answered = matches!(party.state, PartyState::Confirmed | PartyState::Declined);
    let stated = |(label, value): (String, String)| StatedView { label, value };
    let sections = match known.is_open() || answered {
        true => known.shown(&site.desk, language),
        false => Vec::new(),
    };
    Ok(PartyView {
        service: Said::of(&open.asked.form.title, language),
        reference: open.case.reference.clone(),
        applicant: open.submission.applicant.name.clone(),
        name: party.name.clone(),
        title: Said::of(&party.title, language),
        intro: rule.intro.as_ref().map(|text| Said::of(text, language)),
        due_at: open
            .case
            .due_at
            .filter(|_| form.is_some())
            .map(|due| due - 1),
        sections: sections
            .into_iter()
            .map(|section| ShownSection {
                title: section.title,
                rows: section
                    .rows
                    .into_iter()
                    .filter(|row| !row.heading)
                    .map(|row| stated((row.label, row.value)))
                    .collect(),
            })
            .collect(),
        end: match (&form, party.state) {
            (Some(_), _) => None,
            (None, PartyState::Confirmed) => Some("confirmed"),
            (None, PartyState::Declined) => Some("declined"),
            _ => Some("over"),
        },
        form,
        answered_at: party.answered_at,
        said: known
            .said(&site.desk, language)
            .into_iter()
            .map(stated)
            .collect(),
        receipt: answered.then(|| format!("{}/receipt", path.href(language))),
        department: site
            .desk
            .catalog
            .current()
            .department(&open.case.department)
            .map(|department| department_view(site, department, language)),
        problems,
    })
}

fn questions(
    site: &Site,
    path: &PartyPath,
    known: &PartyCase,
    language: Language,
    typed: &Typed<'_>,
    problems: &mut Vec<Problem>,
) -> Result<PartyForm, PageError> {
    let asks = &known.rule()?.asks;
    let env = site.desk.form_env(site.desk.clock.now(), language);
    let answers = match typed.pairs {
        [] => asks.initial_answers(),
        pairs => site.desk.typed_answers(asks, pairs, language),
    };
    let evaluation = asks.evaluate(&answers, env);
    let surroundings = Surroundings {
        language,
        texts: site.pages.texts(),
        prefix: "party-",
        findings: typed.findings,
        uploads: &[],
        slots: None,
        reasons: None,
    };
    let (mut shown, mut uploads) = (Vec::new(), false);
    for page in evaluation.pages() {
        let mut part = fields::show(&evaluation.view(page), &surroundings);
        part.fields.iter_mut().for_each(fields::send_files_along);
        shown.append(&mut part.fields);
        problems.append(&mut part.problems);
        uploads |= part.uploads;
    }
    problems.extend(typed.reason_error.iter().map(|message| Problem {
        target: Some("reason".to_owned()),
        message: message.clone(),
    }));
    Ok(PartyForm {
        action: format!("{}/answer", path.href(language)),
        fields: shown,
        uploads,
        reason: typed.reason.to_owned(),
        reason_error: typed.reason_error.clone(),
        declining: typed.reason_error.is_some(),
    })
}

/// A party on the applicant's status page: how far it is, never what it said.
#[derive(Clone, Debug, Serialize)]
pub struct PartyLine {
    /// Its place among the parties.
    pub number: usize,
    /// Full name.
    pub name: String,
    /// What it is to the service.
    pub title: Said,
    /// `new`, `asked`, `confirmed`, `declined` or `expired`.
    pub state: &'static str,
    /// When it answered, milliseconds.
    pub at: Option<i64>,
    /// Where the link went.
    pub email: String,
    /// Where a new link is asked for; absent when it is not possible.
    pub resend: Option<String>,
    /// What is wrong with the address typed.
    pub error: Option<String>,
}

/// The parties of a case for its status page.
pub(super) fn lines(case: &ApplicantCase, path: &CasePath, language: Language) -> Vec<PartyLine> {
    let open = case.open.case.closed_at.is_none();
    let line = |(number, party): (usize, &engine::case::Party)| PartyLine {
        number,
        name: party.name.clone(),
        title: Said::of(&party.title, language),
        state: party.state.name(),
        at: party.answered_at,
        email: party.email.clone().unwrap_or_default(),
        resend: (open && party.state == PartyState::Asked)
            .then(|| format!("{}/parties/{number}", path.href(language))),
        error: None,
    };
    case.open
        .case
        .parties
        .iter()
        .enumerate()
        .map(line)
        .collect()
}

/// A party named on a status page.
#[derive(Debug, Deserialize)]
pub struct ResendPath {
    number: usize,
}

/// Reloading the address leads back to the status page.
pub async fn resend_again(Lang(language): Lang, Path(path): Path<CasePath>) -> Redirect {
    Redirect::to(&path.href(language))
}

/// The applicant corrects an address and has a new link sent.
pub async fn resend(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<CasePath>,
    Path(wanted): Path<ResendPath>,
    visitor: Visitor,
    form: CheckedForm,
) -> Result<Response, PageError> {
    let typed = form.value("email").trim();
    let Some(email) = form::mail_address(typed) else {
        let error = site.say(language, "party.email_error", &[]);
        return super::status::wrong_address(
            &site,
            language,
            &visitor,
            &path,
            (wanted.number, typed, error),
        )
        .await;
    };
    let sent = site
        .desk
        .applicant_resends(path.reference(), path.secret(), wanted.number, Some(&email))
        .await;
    let told = match sent {
        Ok(()) => "link",
        Err(DeskError::Refused(_)) => "refused",
        Err(error) => return Err(error.into()),
    };
    let back = format!("{}?said={told}", path.href(language));
    Ok(Redirect::to(&back).into_response())
}
