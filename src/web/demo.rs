//! The mail box and the payment page of the demo town. Served only there.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use engine::text::Language;
use serde::Deserialize;
use store::{KeptMailRow, PaymentState};
use uuid::Uuid;

use super::citizen::view::{MailFile, MailLine, MailView, MailsView, PayView};
use super::errors::PageError;
use super::headers::download;
use super::mime;
use super::site::Site;
use super::visitor::{CheckedForm, Visitor, preferred};

/// Mails shown at once.
const MOST_MAILS: u32 = 200;

/// The routes of the demo town.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/demo/mails", get(mails))
        .route("/demo/mails/{id}", get(mail))
        .route("/demo/mails/{id}/files/{number}", get(file))
        .route("/demo/pay/{id}", get(pay).post(paid))
}

/// The language asked for, kept in the address.
#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    lang: String,
}

impl Wanted {
    fn language(&self, headers: &HeaderMap) -> Language {
        Language::from_tag(&self.lang).unwrap_or_else(|| preferred(headers))
    }
}

async fn mails(
    State(site): State<Arc<Site>>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let language = wanted.language(&headers);
    let rows = site
        .desk
        .store
        .kept_mails(site.desk.tenant(), None, MOST_MAILS)
        .await
        .map_err(failed)?;
    let view = MailsView {
        mails: rows.into_iter().map(|row| line(row, language)).collect(),
    };
    let title = site.say(language, "demo.mails", &[]);
    Ok(site
        .page(language, "demo/mails", &title, None, "", view)?
        .into_response())
}

async fn mail(
    State(site): State<Arc<Site>>,
    Path(id): Path<Uuid>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let language = wanted.language(&headers);
    let kept = site
        .desk
        .store
        .kept_mail(site.desk.tenant(), id)
        .await
        .map_err(failed)?
        .ok_or(PageError::NotFound)?;
    let read = mime::read(&kept.raw);
    let view = MailView {
        mail: line(kept.row, language),
        links: mime::links(&read.text),
        body: read.text,
        files: read
            .files
            .into_iter()
            .enumerate()
            .map(|(at, (name, _, _))| MailFile {
                name,
                href: format!("/demo/mails/{id}/files/{at}"),
            })
            .collect(),
    };
    let title = view.mail.subject.clone();
    Ok(site
        .page(language, "demo/mail", &title, None, "", view)?
        .into_response())
}

async fn file(
    State(site): State<Arc<Site>>,
    Path((id, number)): Path<(Uuid, usize)>,
) -> Result<Response, PageError> {
    let kept = site
        .desk
        .store
        .kept_mail(site.desk.tenant(), id)
        .await
        .map_err(failed)?
        .ok_or(PageError::NotFound)?;
    let (name, media_type, bytes) = mime::read(&kept.raw)
        .files
        .into_iter()
        .nth(number)
        .ok_or(PageError::NotFound)?;
    Ok((download(&name, &media_type), bytes).into_response())
}

fn line(row: KeptMailRow, language: Language) -> MailLine {
    MailLine {
        href: format!("/demo/mails/{}?lang={}", row.id, language.tag()),
        to: row.recipient,
        subject: row.subject,
        at: row.kept_at,
    }
}

async fn pay(
    State(site): State<Arc<Site>>,
    Path(id): Path<Uuid>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let language = wanted.language(&headers);
    let payment = site.desk.payment(id).await?;
    let open = site.desk.open_case(payment.case_id).await?;
    let view = PayView {
        amount: payment.request.amount,
        purpose: payment.request.purpose,
        reference: open.case.reference.clone(),
        state: match payment.state {
            PaymentState::Open => "open",
            PaymentState::Paid => "paid",
            PaymentState::Failed | PaymentState::Cancelled => "closed",
        },
        action: format!("/demo/pay/{id}?lang={}", language.tag()),
        back: status_address(&site, &open.case.reference, payment.case_id, language),
    };
    let title = site.say(language, "pay.title", &[]);
    Ok(site
        .page(language, "demo/pay", &title, Some(&visitor), "", view)?
        .into_response())
}

async fn paid(
    State(site): State<Arc<Site>>,
    Path(id): Path<Uuid>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
    form: CheckedForm,
) -> Result<Redirect, PageError> {
    let language = wanted.language(&headers);
    let payment = site.desk.payment(id).await?;
    let open = site.desk.open_case(payment.case_id).await?;
    let to = if form.control("do") == Some("paid") {
        PaymentState::Paid
    } else {
        PaymentState::Failed
    };
    site.desk.payment_reported(id, to).await?;
    Ok(Redirect::to(&status_address(
        &site,
        &open.case.reference,
        payment.case_id,
        language,
    )))
}

fn status_address(site: &Site, reference: &str, case: Uuid, language: Language) -> String {
    format!(
        "/{}/cases/{reference}/{}",
        language.tag(),
        site.desk.status_secret(case)
    )
}

fn failed(error: store::StoreError) -> PageError {
    PageError::failure(super::errors::causes(&error))
}
