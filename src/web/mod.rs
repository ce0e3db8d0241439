//! What browsers and programs see: pages, assets, the JSON API.

pub mod api;
pub mod assets;
pub mod citizen;
pub mod demo;
pub mod errors;
pub mod format;
pub mod frame;
pub mod headers;
pub mod health;
pub mod mime;
pub mod pay;
pub mod portal;
pub mod problems;
pub mod proxy;
pub mod render;
pub mod seal;
pub mod site;
pub mod slots;
pub mod staff;
pub mod texts;
pub mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use crate::config::Config;
use crate::desk::Desk;
use demo::DemoPayments;
use errors::PageError;
use headers::Https;
use render::RenderError;
use site::Site;

/// All routes, with the layers every answer passes.
///
/// # Errors
/// When a template is broken.
pub fn router(
    desk: Arc<Desk>,
    config: &Config,
    demo_payments: DemoPayments,
) -> Result<Router, RenderError> {
    let https = Https::of(&config.public_url);
    let site = Arc::new(Site::new(Arc::clone(&desk), config)?);
    let mut pages = citizen::routes()
        .merge(portal::routes())
        .merge(staff::routes())
        .merge(pay::routes());
    if config.demo {
        pages = pages.merge(demo::routes(demo_payments));
    }
    let pages = pages
        .route("/assets/{name}", get(asset))
        .fallback(nothing)
        .layer(from_fn_with_state(https, visitor::visitor))
        .layer(from_fn_with_state(Arc::clone(&site), errors::error_pages))
        .with_state(site);
    Ok(problems::complete(api::routes().merge(seal::routes()))
        .merge(health::routes())
        .with_state(desk)
        .merge(pages)
        .layer(from_fn_with_state(https, headers::secure))
        .layer(from_fn_with_state(
            proxy::Proxies::of(config),
            proxy::client_address,
        ))
        .layer(CompressionLayer::new()))
}

async fn asset(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Response {
    site.pages.assets().serve(&name)
}

async fn nothing() -> PageError {
    PageError::NotFound
}
