//! The way to the payment provider and back.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Redirect;
use axum::routing::get;
use engine::text::Language;
use serde::Deserialize;
use uuid::Uuid;

use super::errors::PageError;
use super::site::Site;
use super::visitor::preferred;

/// The routes below `/pay`.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/pay/{id}", get(go))
        .route("/pay/{id}/back", get(back))
}

/// The language asked for, kept in the address.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    lang: String,
}

impl Wanted {
    pub(super) fn language(&self, headers: &HeaderMap) -> Language {
        Language::from_tag(&self.lang).unwrap_or_else(|| preferred(headers))
    }
}

/// Sends the payer to the provider.
async fn go(
    State(site): State<Arc<Site>>,
    Path(id): Path<Uuid>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Redirect, PageError> {
    let to = site
        .desk
        .start_payment(id, wanted.language(&headers))
        .await?;
    Ok(Redirect::to(&to))
}

/// The payer comes back: the provider is asked, then the case is shown.
async fn back(
    State(site): State<Arc<Site>>,
    Path(id): Path<Uuid>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Redirect, PageError> {
    let language = wanted.language(&headers);
    let payment = site.desk.payment_returned(id, language).await?;
    let open = site.desk.open_case(payment.case_id).await?;
    Ok(Redirect::to(&format!(
        "/{}/cases/{}/{}",
        language.tag(),
        open.case.reference,
        site.desk.status_secret(payment.case_id)
    )))
}
