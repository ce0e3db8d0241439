//! The check page before sending, and the sending.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use engine::form::{Finding, Row};
use engine::text::Language;

use super::draft::{self, DraftPath, check_address, step_address};
use super::fields::html_id;
use super::service::privacy_view;
use super::step::PREFIX;
use super::view::{CheckProblem, CheckRow, CheckSection, CheckView, FeeLineView, FeeView};
use crate::desk::DeskError;
use crate::desk::drafts::{Draft, Review};
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::site::Site;
use crate::web::visitor::{CheckedForm, Lang, Visitor};

/// Every answer once more, with links that change it and come back (F8).
pub async fn check(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<DraftPath>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let draft = match draft::open(&site, path.draft, &visitor, language).await {
        Err(PageError::DraftGone) => {
            return Ok(draft::sent_or_gone(&site, path.draft, &visitor, language)
                .await?
                .into_response());
        }
        outcome => outcome?,
    };
    let review = site.desk.review(&draft);
    let view = view(&site, &draft, review, language);
    let prefix = if view.problems.is_empty() {
        String::new()
    } else {
        site.say(language, "frame.error_prefix", &[])
    };
    let title = format!(
        "{prefix}{} – {}",
        site.say(language, "check.title", &[]),
        view.service.text
    );
    let address = format!("drafts/{}/check", path.draft);
    Ok(site
        .page(
            language,
            "citizen/check",
            &title,
            Some(&visitor),
            &address,
            view,
        )?
        .into_response())
}

/// Sends the draft. Sending twice gives the same case (F12).
pub async fn submit(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<DraftPath>,
    visitor: Visitor,
    _form: CheckedForm,
) -> Result<Redirect, PageError> {
    // The deadline a citizen keeps is kept at this moment, not after our work.
    let received_at = site.desk.clock.now();
    match site
        .desk
        .submit_draft(path.draft, visitor.secret(), received_at)
        .await
    {
        Ok(sent) => Ok(Redirect::to(&format!(
            "/{}/cases/{}/{}/done",
            language.tag(),
            sent.reference,
            sent.secret
        ))),
        // Somebody took the slot meanwhile: another one is chosen where it was asked for.
        Err(DeskError::Findings(findings))
            if findings.0.iter().any(|finding| finding.code == "slot") =>
        {
            let draft = draft::open(&site, path.draft, &visitor, language).await?;
            let questions = &draft.service.form.questions;
            let page = questions
                .slot_path()
                .and_then(|slot| questions.page_of(&slot));
            Ok(Redirect::to(&page.map_or_else(
                || check_address(language, path.draft),
                |page| {
                    format!(
                        "{}?return=check",
                        step_address(language, path.draft, &page.id)
                    )
                },
            )))
        }
        // The check page shows what is to be mended.
        Err(DeskError::Findings(_) | DeskError::Changed) => {
            Ok(Redirect::to(&check_address(language, path.draft)))
        }
        Err(DeskError::NotFound) => Err(PageError::DraftGone),
        Err(error) => Err(error.into()),
    }
}

/// Reloading the address of the send button sends nothing.
pub async fn submit_again(Lang(language): Lang, Path(path): Path<DraftPath>) -> Redirect {
    Redirect::to(&check_address(language, path.draft))
}

/// The confirmation of a draft that was sent.
pub async fn sent(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path(path): Path<DraftPath>,
    visitor: Visitor,
) -> Result<Redirect, PageError> {
    draft::sent_or_gone(&site, path.draft, &visitor, language).await
}

fn view(site: &Site, draft: &Draft, review: Review, language: Language) -> CheckView {
    let form = &draft.service.form;
    let id = draft.stored.id;
    let pages = site.desk.visible_pages(draft);
    let change = |page: &str| format!("{}?return=check", step_address(language, id, page));
    let problems = |findings: &[Finding]| {
        findings
            .iter()
            .map(|finding| problem(draft, finding, language))
            .collect::<Vec<_>>()
    };
    CheckView {
        service: Said::of(&form.title, language),
        back: pages.last().map_or_else(
            || format!("/{}/services/{}", language.tag(), form.id),
            |page| step_address(language, id, &page.id),
        ),
        number: pages.len() + 1,
        problems: problems(&review.findings),
        warnings: problems(&review.warnings),
        sections: review
            .sections
            .into_iter()
            .map(|section| CheckSection {
                change: change(&section.page_id),
                rows: below_title(section.rows, &section.title)
                    .map(|row| check_row(draft, row, &change(&section.page_id)))
                    .collect(),
                title: Said::plain(section.title),
            })
            .collect(),
        fee: review
            .fee
            .filter(|fee| !fee.lines.is_empty())
            .map(|fee| FeeView {
                payable: fee
                    .lines
                    .iter()
                    .any(|line| line.amount.bytes().any(|b| (b'1'..=b'9').contains(&b))),
                lines: fee
                    .lines
                    .into_iter()
                    .map(|line| FeeLineView {
                        label: Said::of(&line.label, language),
                        amount: line.amount,
                        basis: line.basis,
                    })
                    .collect(),
                total: fee.total,
            }),
        action: format!("/{}/drafts/{id}/submit", language.tag()),
        department: site
            .desk
            .catalog
            .current()
            .department(&form.service.department)
            .map(|department| Said::of(&department.name, language)),
        privacy: privacy_view(site, &form.privacy, language),
        expires_at: draft.stored.expires_at,
        later: format!("/{}/drafts/{id}/later", language.tag()),
    }
}

/// The rows of a page, without a group that only repeats its title.
fn below_title(rows: Vec<Row>, title: &str) -> impl Iterator<Item = Row> {
    let repeats = rows
        .first()
        .is_some_and(|row| row.heading && row.label == title);
    rows.into_iter().skip(usize::from(repeats))
}

/// The link that changes an answer; computed answers follow from others.
fn check_row(draft: &Draft, row: Row, page: &str) -> CheckRow {
    let computed = draft
        .service
        .form
        .questions
        .field(&row.path)
        .is_some_and(|field| field.computed.is_some());
    CheckRow {
        change: (!computed && !row.heading)
            .then(|| format!("{page}#{}", html_id(PREFIX, &row.path))),
        label: Said::plain(row.label),
        heading: row.heading,
        value: row.value,
    }
}

fn problem(draft: &Draft, finding: &Finding, language: Language) -> CheckProblem {
    let questions = &draft.service.form.questions;
    let page = questions.page_of(&finding.path).or(questions.pages.first());
    let href = page.map_or_else(String::new, |page| {
        let anchor = if finding.path.is_empty() {
            "main".to_owned()
        } else {
            html_id(PREFIX, &finding.path)
        };
        format!(
            "{}?return=check#{anchor}",
            step_address(language, draft.stored.id, &page.id)
        )
    });
    CheckProblem {
        href,
        message: finding.message.get(language).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_does_not_repeat_the_title_of_its_page() {
        let row = |label: &str, heading| Row {
            path: String::new(),
            label: label.to_owned(),
            value: String::new(),
            level: 0,
            heading,
        };
        let left = |rows: Vec<Row>| below_title(rows, "Verein").count();
        assert_eq!(left(vec![row("Verein", true), row("Name", false)]), 1);
        assert_eq!(left(vec![row("Verein", false), row("Name", false)]), 2);
        assert_eq!(left(vec![row("Konto", true), row("Verein", true)]), 2);
        assert_eq!(left(Vec::new()), 0);
    }
}
