//! A case from the applicant's side: look it up, see it, act on it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::case::{Actor, CaseEvent, Offer};
use engine::form::{self, Field, FieldView, Finding, Questions};
use engine::text::Language;
use engine::workflow::Style;
use serde::Deserialize;
use store::{Payment, PaymentState};
use uuid::Uuid;

use super::fields::{self, Surroundings};
use super::service::department_view;
use super::view::{
    ActionView, DepartmentView, DocumentLink, DoneView, HistoryView, LookupView, PaymentLink,
    Problem, StatedView, StatusView,
};
use crate::desk::DeskError;
use crate::desk::applicant::{ApplicantCase, OUTSTANDING, ReplyFile};
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::headers::download;
use crate::web::site::Site;
use crate::web::slots::{self, SlotsView};
use crate::web::visitor::{CheckedForm, ClientAddress, Lang, Visitor};

/// A case named in an address: number and secret.
#[derive(Clone, Debug, Deserialize)]
pub struct CasePath {
    reference: String,
    secret: String,
}

impl CasePath {
    /// The address of the status page, without the language.
    fn address(&self) -> String {
        format!("cases/{}/{}", self.reference, self.secret)
    }

    pub(super) fn reference(&self) -> &str {
        &self.reference
    }

    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    pub(super) fn href(&self, language: Language) -> String {
        format!("/{}/{}", language.tag(), self.address())
    }
}

/// Asks for number and secret.
pub async fn ask(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    visitor: Visitor,
) -> Result<Response, PageError> {
    ask_again(
        &site,
        language,
        &visitor,
        LookupView::default(),
        StatusCode::OK,
    )
}

/// Leads to the status page of a case. A wrong number and a wrong secret are
/// answered alike (S38).
pub async fn look_up(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    address: ClientAddress,
    visitor: Visitor,
    form: CheckedForm,
) -> Result<Response, PageError> {
    let (reference, secret) = (form.value("reference").trim(), form.value("secret").trim());
    let mut view = LookupView {
        reference: reference.to_owned(),
        ..LookupView::default()
    };
    if reference.is_empty() {
        view.reference_error = Some(site.say(language, "lookup.error_reference", &[]));
    }
    if secret.is_empty() {
        view.secret_error = Some(site.say(language, "lookup.error_secret", &[]));
    }
    if view.reference_error.is_none() && view.secret_error.is_none() {
        match site.desk.look_up(reference, secret, &address.0).await {
            Ok(open) => {
                let secret = site.desk.status_secret(open.case.id);
                let path = CasePath {
                    reference: open.case.reference,
                    secret,
                };
                return Ok(Redirect::to(&path.href(language)).into_response());
            }
            Err(DeskError::NotFound) => {
                view.reference_error = Some(site.say(language, "lookup.error_unknown", &[]));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let problem = |target: &str, message: &Option<String>| {
        message.clone().map(|message| Problem {
            target: Some(target.to_owned()),
            message,
        })
    };
    view.problems = problem("reference", &view.reference_error)
        .into_iter()
        .chain(problem("secret", &view.secret_error))
        .collect();
    ask_again(
        &site,
        language,
        &visitor,
        view,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
}

fn ask_again(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    view: LookupView,
    status: StatusCode,
) -> Result<Response, PageError> {
    let prefix = if view.problems.is_empty() {
        String::new()
    } else {
        site.say(language, "frame.error_prefix", &[])
    };
    let title = format!("{prefix}{}", site.say(language, "lookup.title", &[]));
    Ok((
        status,
        site.page(
            language,
            "citizen/lookup",
            &title,
            Some(visitor),
            "status",
            view,
        )?,
    )
        .into_response())
}

/// What the status page is told by the one before.
#[derive(Debug, Default, Deserialize)]
pub struct Told {
    #[serde(default)]
    said: String,
    #[serde(default)]
    week: String,
}

/// The status page.
pub async fn status(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<CasePath>,
    Query(told): Query<Told>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let case = site
        .desk
        .applicant_case(&path.reference, &path.secret)
        .await?;
    let slots = slots(&site, &path, &case, language, &told.week).await?;
    let mut view = view(&site, &path, &case, language, None, slots.as_ref())?;
    view.note = ["done", "changed", "refused", "link"]
        .contains(&told.said.as_str())
        .then(|| site.say(language, &format!("status.{}", told.said), &[]));
    view.note_kind = if ["done", "link"].contains(&told.said.as_str()) {
        "success"
    } else {
        "warning"
    };
    show(&site, language, &visitor, &path, view, StatusCode::OK)
}

/// The confirmation after sending (F11); reloading it changes nothing.
pub async fn done(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<CasePath>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let case = site
        .desk
        .applicant_case(&path.reference, &path.secret)
        .await?;
    let form = &case.open.asked.form;
    let receipt = case
        .documents
        .iter()
        .find(|document| document.order.template == "receipt");
    let view = DoneView {
        service: Said::of(&form.title, language),
        reference: case.open.case.reference.clone(),
        secret: path.secret.clone(),
        status: path.href(language),
        receipt: receipt
            .map(|document| format!("{}/documents/{}", path.href(language), document.order.name)),
        email: case.open.submission.applicant.email.clone(),
        next: form
            .service
            .next
            .iter()
            .map(|text| Said::of(text, language))
            .collect(),
        processing_time: form
            .service
            .processing_time
            .as_ref()
            .map(|text| Said::of(text, language)),
        payment: payment(&site, &case.payments, language),
        outstanding: outstanding(&case, language),
        department: department(&site, &case, language),
    };
    let title = format!(
        "{} – {}",
        site.say(language, "done.title", &[]),
        view.service.text
    );
    let address = format!("{}/done", path.address());
    Ok(site
        .page(
            language,
            "citizen/done",
            &title,
            Some(&visitor),
            &address,
            view,
        )?
        .into_response())
}

/// Papers that were to follow and have not yet been handed in.
fn outstanding(case: &ApplicantCase, language: Language) -> Vec<Said> {
    let questions = &case.open.asked.form.questions;
    case.outstanding()
        .into_iter()
        .filter_map(|path| questions.field(path))
        .map(|field| Said::of(&field.label.text, language))
        .collect()
}

/// An action named in an address.
#[derive(Debug, Deserialize)]
pub struct ActPath {
    event: String,
}

/// Reloading the address of an action leads back to the status page.
pub async fn act_again(Lang(language): Lang, Path(path): Path<CasePath>) -> Redirect {
    Redirect::to(&path.href(language))
}

/// Does what the applicant chose.
pub async fn act(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<CasePath>,
    Path(wanted): Path<ActPath>,
    visitor: Visitor,
    mut form: CheckedForm,
) -> Result<Response, PageError> {
    let revision = form
        .control("revision")
        .and_then(|text| text.parse().ok())
        .ok_or(PageError::Malformed)?;
    let files = std::mem::take(&mut form.files)
        .into_iter()
        .filter_map(|file| {
            let path = file.control.strip_prefix("file.")?.to_owned();
            Some(ReplyFile {
                path,
                name: file.name,
                bytes: file.bytes,
            })
        })
        .collect();
    let acted = site
        .desk
        .applicant_act(
            &path.reference,
            &path.secret,
            &wanted.event,
            &form.pairs,
            files,
            revision,
        )
        .await;
    let (status, note, findings) = match acted {
        Ok(_) => {
            let done = format!("{}?said=done", path.href(language));
            return Ok(Redirect::to(&done).into_response());
        }
        Err(DeskError::Changed) => (StatusCode::CONFLICT, Some("status.changed"), Vec::new()),
        Err(DeskError::Refused(_)) => (StatusCode::CONFLICT, Some("status.refused"), Vec::new()),
        Err(DeskError::Findings(findings)) => (StatusCode::UNPROCESSABLE_ENTITY, None, findings.0),
        Err(error) => return Err(error.into()),
    };
    // Nothing typed is lost: the form stands there again as it was sent.
    let case = site
        .desk
        .applicant_case(&path.reference, &path.secret)
        .await?;
    let typed = Typed {
        event: &wanted.event,
        pairs: &form.pairs,
        findings: &findings,
    };
    let slots = slots(&site, &path, &case, language, "").await?;
    let mut view = view(&site, &path, &case, language, Some(&typed), slots.as_ref())?;
    view.note = note.map(|key| site.say(language, key, &[]));
    view.note_kind = "warning";
    if !view
        .actions
        .iter()
        .any(|action| action.event == wanted.event)
    {
        view.kept = kept(&form.pairs);
    }
    show(&site, language, &visitor, &path, view, status)
}

/// A document named in an address.
#[derive(Debug, Deserialize)]
pub struct DocumentPath {
    reference: String,
    secret: String,
    name: String,
}

/// A document as PDF.
pub async fn document(
    State(site): State<Arc<Site>>,
    Path(path): Path<DocumentPath>,
) -> Result<Response, PageError> {
    let (title, bytes) = site
        .desk
        .applicant_document(&path.reference, &path.secret, &path.name)
        .await?;
    let name = format!("{title} {}.pdf", path.reference);
    Ok((download(&name, "application/pdf"), bytes).into_response())
}

/// A file named in an address.
#[derive(Debug, Deserialize)]
pub struct FilePath {
    reference: String,
    secret: String,
    file: Uuid,
}

/// A file the office gave the applicant.
pub async fn file(
    State(site): State<Arc<Site>>,
    Path(path): Path<FilePath>,
) -> Result<Response, PageError> {
    let (file, bytes) = site
        .desk
        .applicant_file(&path.reference, &path.secret, path.file)
        .await?;
    Ok((download(&file.name, &file.media_type), bytes).into_response())
}

/// What was typed into the form of an action that has to be mended.
struct Typed<'t> {
    event: &'t str,
    pairs: &'t [(String, String)],
    findings: &'t [Finding],
}

/// Free slots, where an action that is offered asks for one.
async fn slots(
    site: &Site,
    path: &CasePath,
    case: &ApplicantCase,
    language: Language,
    week: &str,
) -> Result<Option<SlotsView>, PageError> {
    let asked = case
        .offers()?
        .iter()
        .any(|offer| offer.form.is_some_and(|form| form.slot_path().is_some()));
    if !asked {
        return Ok(None);
    }
    let (week, address) = (slots::week(week), path.href(language));
    Ok(slots::for_case(site, &case.open, language, week, false, &address).await?)
}

fn view(
    site: &Site,
    path: &CasePath,
    case: &ApplicantCase,
    language: Language,
    typed: Option<&Typed<'_>>,
    slots: Option<&SlotsView>,
) -> Result<StatusView, PageError> {
    let open = &case.open;
    let workflow = &open.service.workflow;
    let mut problems = Vec::new();
    let mut actions = Vec::new();
    for offer in case.offers()? {
        let typed = typed.filter(|typed| typed.event == offer.event);
        actions.push(action(
            site,
            path,
            case,
            &offer,
            typed,
            language,
            &mut problems,
            slots,
        ));
    }
    let label = workflow
        .state(&open.case.public_state)
        .and_then(|state| state.label.as_ref());
    let words = workflow.public_text(&open.case.public_state);
    let history = history(site, case, language);
    Ok(StatusView {
        service: Said::of(&open.asked.form.title, language),
        reference: open.case.reference.clone(),
        state: label
            .or(words)
            .map_or_else(Said::default, |text| Said::of(text, language)),
        words: words
            .filter(|words| Some(*words) != label)
            .map(|text| Said::of(text, language)),
        told: history
            .first()
            .filter(|line| line.who == "staff")
            .map_or_else(Vec::new, |line| line.facts.clone()),
        closed: open.case.closed_at.is_some(),
        opened_at: open.case.opened_at,
        // The instant a deadline ends is the first of the next day.
        due_at: open
            .case
            .due_at
            .filter(|_| open.case.closed_at.is_none())
            .map(|due| due - 1),
        rank: case.rank,
        payment: payment(site, &case.payments, language),
        actions,
        documents: case
            .documents
            .iter()
            .map(|document| DocumentLink {
                href: format!("{}/documents/{}", path.href(language), document.order.name),
                title: Said::of(&document.order.title, language),
                at: document.order.at,
            })
            .collect(),
        files: case
            .given_files()
            .into_iter()
            .map(|(file, at)| DocumentLink {
                href: format!("{}/files/{}", path.href(language), file.id),
                title: Said::plain(file.name.clone()),
                at,
            })
            .collect(),
        history,
        parties: super::party::lines(case, path, language),
        department: department(site, case, language),
        note: None,
        kept: Vec::new(),
        note_kind: "success",
        problems,
    })
}

/// The status page with an address for a party's link that is none.
pub(super) async fn wrong_address(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    path: &CasePath,
    (number, typed, error): (usize, &str, String),
) -> Result<Response, PageError> {
    let case = site
        .desk
        .applicant_case(&path.reference, &path.secret)
        .await?;
    let slots = slots(site, path, &case, language, "").await?;
    let mut view = view(site, path, &case, language, None, slots.as_ref())?;
    view.problems.push(Problem {
        target: Some(format!("party-{number}-email")),
        message: error.clone(),
    });
    for line in view.parties.iter_mut().filter(|line| line.number == number) {
        typed.clone_into(&mut line.email);
        line.error = Some(error.clone());
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show(site, language, visitor, path, view, status)
}

fn department(site: &Site, case: &ApplicantCase, language: Language) -> Option<DepartmentView> {
    let definitions = site.desk.catalog.current();
    definitions
        .department(&case.open.case.department)
        .map(|department| department_view(site, department, language))
}

/// The payment that waits, if one does.
fn payment(site: &Site, payments: &[Payment], language: Language) -> Option<PaymentLink> {
    let payment = payments
        .iter()
        .rev()
        .find(|payment| payment.state == PaymentState::Open)?;
    Some(PaymentLink {
        href: site
            .desk
            .payments
            .is_some()
            .then(|| format!("/pay/{}?lang={}", payment.request.id, language.tag())),
        amount: payment.request.amount.clone(),
    })
}

#[expect(
    clippy::too_many_arguments,
    reason = "all that a form on the status page is made of"
)]
fn action(
    site: &Site,
    path: &CasePath,
    case: &ApplicantCase,
    offer: &Offer<'_>,
    typed: Option<&Typed<'_>>,
    language: Language,
    problems: &mut Vec<Problem>,
    slots: Option<&SlotsView>,
) -> ActionView {
    let prefix = format!("{}-", offer.event.replace('.', "-"));
    let (mut shown, mut uploads) = (Vec::new(), false);
    if let Some(questions) = offer.form {
        let env = site.desk.form_env(site.desk.clock.now(), language);
        let mut answers = questions.initial_answers();
        for page in &questions.pages {
            questions.parse_fields(
                page,
                typed.map_or(&[][..], |typed| typed.pairs),
                &mut answers,
                env,
            );
        }
        let evaluation = questions.evaluate(&answers, env);
        let papers = match evaluation_uploads(questions) {
            true => case.outstanding(),
            false => Vec::new(),
        };
        let papers: Vec<&Field> = papers
            .into_iter()
            .filter_map(|path| case.open.asked.form.questions.field(path))
            .collect();
        for page in &questions.pages {
            let surroundings = Surroundings {
                language,
                texts: site.pages.texts(),
                prefix: &prefix,
                findings: typed.map_or(&[][..], |typed| typed.findings),
                uploads: &[],
                reasons: None,
                slots,
            };
            let mut asked = evaluation.view(page);
            // Each paper still missing has a place of its own.
            let at = asked
                .iter()
                .position(|view| view.field.attachment().is_some());
            if let Some(at) = at {
                asked.splice(at..at, papers.iter().map(|paper| outstanding_paper(paper)));
            }
            let mut part = fields::show(&asked, &surroundings);
            // Files go with the answer itself: there is no draft to keep them in.
            part.fields.iter_mut().for_each(fields::send_files_along);
            shown.append(&mut part.fields);
            problems.append(&mut part.problems);
            uploads |= part.uploads;
        }
    }
    ActionView {
        event: offer.event.to_owned(),
        id: format!("act-{}", offer.event.replace('.', "-")),
        label: Said::of(offer.label, language),
        description: offer.description.map(|text| Said::of(text, language)),
        style: match offer.style {
            Style::Primary => "primary",
            Style::Secondary => "secondary",
            Style::Danger => "danger",
        },
        action: format!("{}/act/{}", path.href(language), offer.event),
        uploads,
        fields: shown,
        revision: case.open.case.revision,
        refusal: offer
            .enabled
            .as_ref()
            .err()
            .map(|text| Said::of(text, language)),
        open: typed.is_some() || offer.style == Style::Primary,
    }
}

fn evaluation_uploads(questions: &Questions) -> bool {
    let fields = questions.all_fields();
    fields.iter().any(|field| field.attachment().is_some())
}

/// A paper that was to follow, as a question of an action's form.
fn outstanding_paper(field: &Field) -> FieldView<'_> {
    FieldView {
        field,
        path: format!("{OUTSTANDING}{}", field.path),
        label: &field.label.text,
        required: false,
        options: Vec::new(),
        value: None,
        min: None,
        max: None,
        fields: Vec::new(),
        entries: Vec::new(),
    }
}

/// What was typed into the form of an action that is gone, to be copied.
fn kept(pairs: &[(String, String)]) -> Vec<String> {
    let own = |name: &str| !name.starts_with('_') && name != "revision";
    let texts = pairs
        .iter()
        .filter(|(name, text)| own(name) && !text.trim().is_empty());
    texts.map(|(_, text)| text.clone()).collect()
}

/// What happened, newest first: a line where the citizen's words changed or
/// the citizen acted; what stays behind the counter is left out.
fn history(site: &Site, case: &ApplicantCase, language: Language) -> Vec<HistoryView> {
    let workflow = &case.open.service.workflow;
    let mut lines = Vec::new();
    let mut before: Option<&engine::text::Text> = None;
    for event in case.events() {
        let now = event
            .configuration
            .iter()
            .find_map(|state| workflow.public_text(state));
        let changed = now != before;
        before = now;
        let sent = event.name == "submitted";
        let own = event.actor == Actor::Citizen;
        if !sent && !own && !changed {
            continue;
        }
        let what = if sent {
            Said::plain(site.say(language, "status.submitted", &[]))
        } else if own {
            let rule = workflow
                .rules
                .iter()
                .flatten()
                .find(|rule| rule.name == event.name);
            rule.map_or_else(
                || Said::plain(event.name.clone()),
                |rule| Said::of(&rule.label, language),
            )
        } else {
            now.map_or_else(Said::default, |text| Said::of(text, language))
        };
        let who = match event.actor {
            Actor::Citizen => "citizen",
            Actor::Staff { .. } => "staff",
            Actor::Party { .. } | Actor::System => "system",
        };
        lines.push(HistoryView {
            at: event.at,
            what,
            who,
            facts: stated(site, case, event, language),
        });
    }
    lines.reverse();
    lines
}

/// What was said with an event: everything the applicant wrote, and what
/// clerks wrote into fields that are marked `public`.
fn stated(
    site: &Site,
    case: &ApplicantCase,
    event: &CaseEvent,
    language: Language,
) -> Vec<StatedView> {
    let Some(questions) = case.open.service.workflow.form_of(&event.name) else {
        return Vec::new();
    };
    let own = event.actor == Actor::Citizen;
    let shown = |path: &str| own || questions.field(path).is_some_and(|field| field.public);
    let env = site.desk.form_env(event.at, language);
    form::sections(questions, &event.payload, &case.attachments, env)
        .into_iter()
        .flat_map(|section| section.rows)
        .filter(|row| !row.value.is_empty() && shown(&row.path))
        .map(|row| StatedView {
            label: row.label,
            value: row.value,
        })
        .collect()
}

fn show(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    path: &CasePath,
    view: StatusView,
    status: StatusCode,
) -> Result<Response, PageError> {
    let prefix = if view.problems.is_empty() {
        String::new()
    } else {
        site.say(language, "frame.error_prefix", &[])
    };
    let title = format!(
        "{prefix}{} – {}",
        site.say(language, "status.title", &[]),
        view.service.text
    );
    Ok((
        status,
        site.page(
            language,
            "citizen/status",
            &title,
            Some(visitor),
            &path.address(),
            view,
        )?,
    )
        .into_response())
}
