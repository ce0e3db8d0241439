//! What browsers and programs see: pages, assets, the JSON API.

pub mod api;
pub mod assets;
pub mod citizen;
pub mod format;
pub mod frame;
pub mod headers;
pub mod render;
pub mod staff;
pub mod texts;

use std::sync::Arc;

use axum::Router;

use crate::config::Config;
use crate::desk::Desk;

/// All routes.
///
/// # Errors
/// When a template is broken.
pub fn router(
    desk: Arc<Desk>,
    config: &Config,
) -> Result<Router, Box<dyn std::error::Error + Send + Sync>> {
    let _ = config;
    Ok(api::routes().with_state(desk))
}
