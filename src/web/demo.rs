//! The mail box of the demo town, and the page of its payment provider: what is
//! chosen there is known to the provider alone, the desk asks it. Served only there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use engine::text::Language;
use inbox::payment::{Demo, DemoLedger, PaymentProvider, PaymentStatus};
use store::{KeptMailRow, PaymentState};
use uuid::Uuid;

use super::citizen::view::{MailFile, MailLine, MailView, MailsView, PayView};
use super::errors::PageError;
use super::headers::download;
use super::mime;
use super::pay::Wanted;
use super::site::Site;
use super::visitor::{CheckedForm, Visitor};

/// Mails shown at once.
const MOST_MAILS: u32 = 200;

/// What was chosen on the page of the demo's payment provider, as long as the
/// process lives.
#[derive(Clone, Debug, Default)]
pub struct DemoPayments(Arc<Mutex<HashMap<Uuid, PaymentStatus>>>);

impl DemoPayments {
    /// The provider whose page stands below `public_url`.
    pub fn provider(&self, public_url: &str) -> Arc<dyn PaymentProvider> {
        let ledger = self.clone();
        let look_up: DemoLedger = Arc::new(move |id| {
            let status = ledger.locked().get(&id).copied();
            Box::pin(async move { Ok(status) })
        });
        Arc::new(Demo::new(public_url, look_up))
    }

    fn record(&self, id: Uuid, news: PaymentStatus) {
        let mut ledger = self.locked();
        let status = ledger.entry(id).or_insert(PaymentStatus::Open);
        *status = status.then(news);
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Uuid, PaymentStatus>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes of the demo town.
pub fn routes(payments: DemoPayments) -> Router<Arc<Site>> {
    Router::new()
        .route("/demo/mails", get(mails))
        .route("/demo/mails/{id}", get(mail))
        .route("/demo/mails/{id}/files/{number}", get(file))
        .route("/demo/pay/{id}", get(pay).post(paid))
        .layer(Extension(payments))
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
    Extension(payments): Extension<DemoPayments>,
    form: CheckedForm,
) -> Result<Redirect, PageError> {
    let language = wanted.language(&headers);
    // Only what somebody was asked to pay for.
    site.desk.payment(id).await?;
    let chosen = if form.control("do") == Some("paid") {
        PaymentStatus::Paid
    } else {
        PaymentStatus::Failed
    };
    payments.record(id, chosen);
    // As providers do, which do not rely on the payer's way back.
    site.desk.payment_returned(id, language).await?;
    Ok(Redirect::to(&format!(
        "/pay/{id}/back?lang={}",
        language.tag()
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
