//! The page of a case: everything known about it and everything to be done.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::case::Offer;
use engine::case::publication;
use engine::case::{Attachment, Fee};
use engine::form::{self, Finding, Section};
use engine::text::Text;
use engine::workflow::Style;
use serde_json::{Map, Value as Json};
use store::{DeliveryState, PaymentState};
use uuid::Uuid;

use super::filter::Filter;
use super::list::{Done, case_address, names, next_address, row};
use super::session::{SignedIn, StaffError};
use super::view::*;
use super::words::Words;
use crate::desk::staff::CaseView;
use crate::desk::{Desk, DeskError, Open};
use crate::web::citizen::fields::{Surroundings, send_files_along, show};
use crate::web::citizen::view::Problem;
use crate::web::errors::PageError;
use crate::web::site::Site;
use crate::web::slots::{self, SlotsView};

/// Something that was sent from the page and did not go through: shown again
/// with everything that was typed.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    /// The action it was meant for.
    pub event: Option<String>,
    /// Names and values of its controls.
    pub pairs: Vec<(String, String)>,
    /// What is to be mended in it.
    pub findings: Vec<Finding>,
    /// Why the workflow refuses it.
    pub refusal: Option<Text>,
    /// The revision it was made from, where the case has changed since.
    pub stale: Option<i64>,
    /// A note as typed.
    pub note: Option<String>,
    /// What is wrong with the note.
    pub note_error: Option<String>,
}

impl Attempt {
    fn status(&self) -> StatusCode {
        if self.stale.is_some() || self.refusal.is_some() {
            StatusCode::CONFLICT
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// `GET /staff/cases/{id}`
///
/// # Errors
/// Not found, also for cases of other departments.
pub(super) async fn show_case(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Path(id): Path<Uuid>,
    Query(filter): Query<Filter>,
    Query(done): Query<Done>,
) -> Result<Response, StaffError> {
    let view = page_view(&site, &who, id, &filter, &Attempt::default()).await?;
    let view = CasePageView {
        done: done.of(&["act", "note", "assigned"]),
        ..view
    };
    answer(&site, &who, view, StatusCode::OK)
}

/// The page again after something did not go through.
///
/// # Errors
/// As [`show_case`].
pub(super) async fn again(
    site: &Site,
    who: &SignedIn,
    id: Uuid,
    filter: &Filter,
    attempt: &Attempt,
) -> Result<Response, StaffError> {
    let view = page_view(site, who, id, filter, attempt).await?;
    answer(site, who, view, attempt.status())
}

fn answer(
    site: &Site,
    who: &SignedIn,
    view: CasePageView,
    status: StatusCode,
) -> Result<Response, StaffError> {
    let values = [
        ("reference", view.case.reference.clone()),
        ("service", view.case.service.text.clone()),
    ];
    let mut title = site.say(who.language, "staff.title.case", &values);
    if !view.problems.is_empty() {
        title.insert_str(0, &site.say(who.language, "frame.error_prefix", &[]));
    }
    let page = site.framed(who.frame(site, &title), who.language, "staff/case", view);
    Ok((status, page.map_err(PageError::from)?).into_response())
}

async fn page_view(
    site: &Site,
    who: &SignedIn,
    id: Uuid,
    filter: &Filter,
    attempt: &Attempt,
) -> Result<CasePageView, DeskError> {
    let known = site.desk.case_view(&who.staff, id, who.language).await?;
    let colleagues = site.desk.colleagues(&known.open.case.department).await?;
    let mut names = names(site, &who.staff).await?;
    names.extend(colleagues.iter().cloned());
    let definitions = site.desk.catalog.current();
    let words = Words {
        site,
        language: who.language,
        definitions: &definitions,
        names: &names,
    };
    let case = &known.open.case;
    let head = row(&words, &who.staff, case, case_address(id, filter)).await?;
    let offers = known.offers(&who.staff)?;
    let asked = offers
        .iter()
        .any(|offer| offer.form.is_some_and(|form| form.slot_path().is_some()));
    let slots = match asked {
        true => {
            let (week, address) = (slots::week(&filter.week), case_address(id, filter));
            slots::for_case(site, &known.open, who.language, week, true, &address).await?
        }
        false => None,
    };
    let scene = Scene {
        words: &words,
        known: &known,
        id,
        query: filter.query(),
        slots,
    };
    let (actions, mut problems) = scene.actions(&offers, attempt);
    if let Some(reason) = &attempt.refusal {
        problems.insert(
            0,
            Problem {
                target: None,
                message: reason.get(who.language).to_owned(),
            },
        );
    }
    if let Some(message) = &attempt.note_error {
        problems.push(Problem {
            target: Some("note-text".to_owned()),
            message: message.clone(),
        });
    }
    let (sections, files) = scene.answers();
    let applicant = &known.open.submission.applicant;
    Ok(CasePageView {
        public: known
            .open
            .service
            .workflow
            .public_text(&case.public_state)
            .map(|text| words.said(text)),
        closed_at: case.closed_at,
        email: applicant.email.clone(),
        address: applicant.address.clone(),
        language: language_name(case.language),
        back: filter.list(),
        next: next_address(id, filter),
        done: None,
        stale: attempt
            .stale
            .map(|seen| scene.stale(seen, attempt, &offers)),
        problems,
        sections,
        parties: super::parties::views(&words, &known, |what| scene.address(what)),
        files,
        outstanding: site.desk.outstanding(&known.open, who.language).await?,
        fee: scene.fee(&known.open.submission.fee),
        payments: scene.payments(),
        capacity: scene.capacity(),
        documents: scene.documents(),
        actions,
        revision: case.revision,
        assign: scene.assign(&who.staff.account, &colleagues),
        note: scene.note(attempt),
        withhold: scene.withhold(),
        history: scene.history(),
        deliveries: scene.deliveries(),
        case: head,
    })
}

fn language_name(language: engine::text::Language) -> &'static str {
    match language {
        engine::text::Language::De => "Deutsch",
        engine::text::Language::En => "English",
    }
}

/// A case with the words for it.
struct Scene<'s> {
    words: &'s Words<'s>,
    known: &'s CaseView,
    id: Uuid,
    /// The list it was opened from, as `?name=value`.
    query: String,
    /// Free slots, where an action asks for one.
    slots: Option<SlotsView>,
}

impl Scene<'_> {
    fn open(&self) -> &Open {
        &self.known.open
    }

    fn desk(&self) -> &Desk {
        &self.words.site.desk
    }

    fn address(&self, what: &str) -> String {
        format!("/staff/cases/{}/{what}{}", self.id, self.query)
    }

    fn file(&self, attachment: &Attachment) -> CaseFileView {
        CaseFileView {
            href: format!("/staff/cases/{}/files/{}", self.id, attachment.id),
            name: attachment.name.clone(),
            media_type: attachment.media_type.clone(),
            size: attachment.size,
            sha256: attachment.sha256.clone(),
        }
    }

    /// Answers with the files of each question (C5), and the files of replies.
    fn answers(&self) -> (Vec<SectionView>, Vec<CaseFileView>) {
        let submitted = &self.open().submission.attachments;
        let mut shown = BTreeSet::new();
        let mut files_of = |path: &str| -> Vec<CaseFileView> {
            let files = submitted.iter().filter(|file| file.field == path);
            files
                .inspect(|file| {
                    shown.insert(file.id);
                })
                .map(|file| self.file(file))
                .collect()
        };
        let sections = self
            .known
            .sections
            .iter()
            .map(|section| section_view(section, &mut files_of))
            .collect();
        let others = self
            .known
            .attachments
            .iter()
            .filter(|file| !shown.contains(&file.id));
        (sections, others.map(|file| self.file(file)).collect())
    }

    fn actions(&self, offers: &[Offer<'_>], attempt: &Attempt) -> (Vec<ActView>, Vec<Problem>) {
        let mut problems = Vec::new();
        let acts = offers
            .iter()
            .map(|offer| self.act(offer, attempt, &mut problems))
            .collect();
        (acts, problems)
    }

    fn act(&self, offer: &Offer<'_>, attempt: &Attempt, problems: &mut Vec<Problem>) -> ActView {
        let chosen = attempt.event.as_deref() == Some(offer.event);
        let id = html_name(offer.event);
        let (mut fields, mut uploads) = (Vec::new(), false);
        if let Some(questions) = offer.form {
            let (desk, language) = (self.desk(), self.words.language);
            let pairs: &[(String, String)] = if chosen { &attempt.pairs } else { &[] };
            let answers = if chosen {
                desk.typed_answers(questions, pairs, language)
            } else {
                // A clerk passes a text as it stands, or edits it.
                let mut answers = questions.initial_answers();
                let open = self.open();
                let public =
                    publication::present(&open.service.workflow, &open.case, &open.submission);
                let asked = |name: &str| questions.field(name).is_some();
                answers.extend(public.into_iter().filter(|(name, _)| asked(name)));
                answers
            };
            let evaluation =
                questions.evaluate(&answers, desk.form_env(desk.clock.now(), language));
            let surroundings = Surroundings {
                language,
                texts: self.words.site.pages.texts(),
                prefix: &format!("a-{id}-"),
                findings: if chosen { &attempt.findings } else { &[] },
                uploads: &[],
                reasons: None,
                slots: self.slots.as_ref(),
            };
            for page in evaluation.pages() {
                let mut shown = show(&evaluation.view(page), &surroundings);
                shown.fields.iter_mut().for_each(send_files_along);
                uploads |= shown.uploads;
                fields.extend(shown.fields);
                problems.extend(shown.problems);
            }
        }
        let style = match offer.style {
            Style::Primary => "primary",
            Style::Secondary => "secondary",
            Style::Danger => "danger",
        };
        ActView {
            id: format!("act-{id}"),
            label: self.words.said(offer.label),
            description: offer.description.map(|text| self.words.said(text)),
            style,
            action: self.address(&format!("act/{}", offer.event)),
            uploads,
            folded: !fields.is_empty() || offer.style == Style::Danger,
            fields,
            open: chosen,
            refusal: offer
                .enabled
                .as_ref()
                .err()
                .map(|reason| self.words.said(reason)),
        }
    }

    /// What happened since `seen`; what was typed is shown as text where its form is gone.
    fn stale(&self, seen: i64, attempt: &Attempt, offers: &[Offer<'_>]) -> StaleView {
        let mut entries = self.history();
        entries.retain(|entry| entry.seq > seen);
        entries.reverse();
        let gone = |event: &&String| {
            !offers
                .iter()
                .any(|offer| offer.event == **event && offer.enabled.is_ok())
        };
        let typed = attempt
            .event
            .as_ref()
            .filter(gone)
            .map(|event| self.typed(event, &attempt.pairs));
        StaleView {
            entries,
            typed: typed.unwrap_or_default(),
        }
    }

    fn typed(&self, event: &str, pairs: &[(String, String)]) -> Vec<FactView> {
        let (desk, language) = (self.desk(), self.words.language);
        let Some(questions) = self.open().service.workflow.form_of(event) else {
            return Vec::new();
        };
        let answers: Map<String, Json> = desk.typed_answers(questions, pairs, language);
        let env = desk.form_env(desk.clock.now(), language);
        let rows = form::sections(questions, &answers, &[], env)
            .into_iter()
            .flat_map(|section| section.rows);
        rows.filter(|row| !row.heading)
            .map(|row| FactView {
                label: row.label,
                value: row.value,
            })
            .collect()
    }

    fn fee(&self, fee: &Fee) -> Option<CaseFeeView> {
        let lines = fee.lines.iter().map(|line| FeeLineView {
            label: self.words.said(&line.label),
            basis: line.basis.clone(),
            amount: line.amount.clone(),
        });
        (!fee.lines.is_empty()).then(|| CaseFeeView {
            lines: lines.collect(),
            total: fee.total.clone(),
        })
    }

    fn payments(&self) -> Vec<PaymentView> {
        let view = |payment: &store::Payment| PaymentView {
            amount: payment.request.amount.clone(),
            purpose: payment.request.purpose.clone(),
            state: match payment.state {
                PaymentState::Open => "open",
                PaymentState::Paid => "paid",
                PaymentState::Failed => "failed",
                PaymentState::Cancelled => "cancelled",
            },
            at: payment.settled_at.unwrap_or(payment.created_at),
        };
        self.known.payments.iter().map(view).collect()
    }

    fn capacity(&self) -> Option<CapacityView> {
        let wish = self.open().submission.capacity.as_ref()?;
        Some(CapacityView {
            resource: wish.resource.clone(),
            quantity: wish.quantity,
            limit: wish.limit,
            rank: self.known.rank,
        })
    }

    fn documents(&self) -> Vec<CaseDocumentView> {
        let view = |document: &store::Document| CaseDocumentView {
            href: format!("/staff/cases/{}/documents/{}", self.id, document.order.name),
            title: self.words.said(&document.order.title),
            at: document.order.at,
            public: document.order.public,
        };
        self.known.documents.iter().map(view).collect()
    }

    fn assign(&self, me: &str, colleagues: &[(String, String)]) -> AssignView {
        let case = &self.open().case;
        let option = |value: &str, label: String| SelectOption {
            value: value.to_owned(),
            label,
            chosen: case.assignee.as_deref().unwrap_or_default() == value,
        };
        let mut options = vec![option("", self.words.say("staff.assign.nobody", &[]))];
        options.extend(
            colleagues
                .iter()
                .map(|(account, name)| option(account, name.clone())),
        );
        AssignView {
            action: self.address("assign"),
            possible: case.closed_at.is_none(),
            me: me.to_owned(),
            colleagues: options,
        }
    }

    /// Open cases are taken off the public pages by an action of their workflow.
    fn withhold(&self) -> Option<String> {
        let case = &self.open().case;
        (case.published && case.closed_at.is_some()).then(|| self.address("withhold"))
    }

    fn note(&self, attempt: &Attempt) -> NoteView {
        NoteView {
            action: self.address("note"),
            text: attempt.note.clone().unwrap_or_default(),
            error: attempt.note_error.clone(),
            open: attempt.note.is_some(),
        }
    }

    /// Newest first.
    fn history(&self) -> Vec<EntryView> {
        let mut before: Option<&[String]> = None;
        let mut entries = Vec::new();
        for event in self.known.events() {
            entries.push(self.words.entry(
                &self.open().service.workflow,
                event,
                before,
                &self.known.attachments,
            ));
            before = Some(&event.configuration);
        }
        entries.reverse();
        entries
    }

    fn deliveries(&self) -> Vec<DeliveryView> {
        let view = |delivery: &store::Delivery| DeliveryView {
            seq: delivery.seq,
            what: self.words.parcel(&delivery.content),
            state: match delivery.state {
                DeliveryState::Pending => "pending",
                DeliveryState::Leased => "leased",
                DeliveryState::Retry => "retry",
                DeliveryState::Done => "done",
                DeliveryState::Parked => "parked",
            },
            attempts: delivery.attempts,
            at: delivery.settled_at.or(delivery.next_at),
            error: delivery
                .last_error
                .clone()
                .filter(|_| delivery.state != DeliveryState::Done),
            receipt: delivery.receipt.clone(),
        };
        self.known.deliveries.iter().map(view).collect()
    }
}

/// An event name as part of HTML ids.
fn html_name(event: &str) -> String {
    event.replace('.', "-")
}

/// Rows by group: a heading opens a block, the end of its group closes it.
fn section_view(
    section: &Section,
    files_of: &mut impl FnMut(&str) -> Vec<CaseFileView>,
) -> SectionView {
    let mut blocks: Vec<(u8, BlockView)> = Vec::new();
    for row in &section.rows {
        if row.heading {
            blocks.push((
                row.level + 1,
                BlockView {
                    heading: Some(row.label.clone()),
                    rows: Vec::new(),
                },
            ));
            continue;
        }
        if blocks.last().is_none_or(|(level, _)| row.level < *level) {
            blocks.push((
                row.level,
                BlockView {
                    heading: None,
                    rows: Vec::new(),
                },
            ));
        }
        if let Some((_, block)) = blocks.last_mut() {
            let files = files_of(&row.path);
            block.rows.push(AnswerView {
                label: row.label.clone(),
                value: row.value.clone(),
                files,
            });
        }
    }
    SectionView {
        title: section.title.clone(),
        blocks: blocks.into_iter().map(|(_, block)| block).collect(),
    }
}

#[cfg(test)]
mod tests {
    use engine::form::Row;

    use super::*;

    #[test]
    fn answers_after_a_group_stand_outside_of_it() {
        let row = |path: &str, level, heading| Row {
            path: path.into(),
            label: path.into(),
            value: String::new(),
            level,
            heading,
        };
        let rows = vec![
            row("a", 0, false),
            row("owner", 0, true),
            row("owner.name", 1, false),
            row("b", 0, false),
            row("list.0", 0, true),
            row("list.0.x", 1, false),
        ];
        let section = Section {
            page_id: "p".into(),
            title: "P".into(),
            rows,
        };
        let view = section_view(&section, &mut |_| Vec::new());
        let shape: Vec<(Option<&str>, Vec<&str>)> = view
            .blocks
            .iter()
            .map(|block| {
                (
                    block.heading.as_deref(),
                    block.rows.iter().map(|row| row.label.as_str()).collect(),
                )
            })
            .collect();
        let expected = vec![
            (None, vec!["a"]),
            (Some("owner"), vec!["owner.name"]),
            (None, vec!["b"]),
            (Some("list.0"), vec!["list.0.x"]),
        ];
        assert_eq!(shape, expected);
    }
}
