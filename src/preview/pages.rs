//! The addresses of the preview, and every page of the town with its bar.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use tower::ServiceExt as _;

use super::Preview;
use super::page::{alone, with_bar};
use crate::web::headers::{Https, secure};

/// Longest time a page waits for a change before it asks again.
const WAIT: Duration = Duration::from_secs(20);
/// Largest page, in bytes.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// All addresses: those of the preview, and behind them the town.
pub(super) fn router(preview: Arc<Preview>) -> Router {
    Router::new()
        .route("/preview/wait", get(wait))
        .route("/preview/preview.js", get(script))
        .route("/preview/preview.css", get(style))
        .fallback(town)
        .layer(from_fn_with_state(Https(false), secure))
        .with_state(preview)
}

#[derive(Deserialize)]
struct Seen {
    seen: u64,
}

/// Answers when something else than what the page shows was read.
async fn wait(State(preview): State<Arc<Preview>>, Query(Seen { seen }): Query<Seen>) -> String {
    let mut generation = preview.generation.subscribe();
    let other = generation.wait_for(|now| *now != seen);
    // Without a change the page is told what it knows, and asks again.
    let _waited = tokio::time::timeout(WAIT, other).await;
    preview.generation.borrow().to_string()
}

async fn script() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("preview.js")).into_response()
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("preview.css")).into_response()
}

/// A page of the town.
async fn town(State(preview): State<Arc<Preview>>, mut request: Request) -> Response {
    let generation = *preview.generation.borrow();
    let problems = preview.problems();
    let Some(router) = preview.router() else {
        let page = Html(alone(&problems, generation));
        return (StatusCode::SERVICE_UNAVAILABLE, page).into_response();
    };
    if let ("/", Some(form)) = (request.uri().path(), &preview.form) {
        return Redirect::to(&format!("/de/services/{form}")).into_response();
    }
    // What was packed could not be written into.
    request.headers_mut().remove(header::ACCEPT_ENCODING);
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if !is_html(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MOST_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let page = with_bar(&String::from_utf8_lossy(&bytes), &problems, generation);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(page))
}

fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"))
}
