//! Accessibility statement, privacy notice, imprint.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use engine::text::Language;

use super::view::AboutView;
use crate::web::errors::PageError;
use crate::web::site::Site;
use crate::web::visitor::Lang;

/// Day of the last self-assessment named in the accessibility statement.
const ASSESSED: &str = "2026-11-23";

/// The accessibility statement (§ 12b BGG).
pub async fn accessibility(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
) -> Result<Html<String>, PageError> {
    page(&site, language, "accessibility", "access.title")
}

/// The general privacy notice (Art. 13 GDPR); what differs stands with each service.
pub async fn privacy(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
) -> Result<Html<String>, PageError> {
    page(&site, language, "privacy", "privacy.title")
}

/// The imprint (§ 5 DDG).
pub async fn imprint(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
) -> Result<Html<String>, PageError> {
    page(&site, language, "imprint", "imprint.title")
}

fn page(
    site: &Site,
    language: Language,
    name: &str,
    title: &str,
) -> Result<Html<String>, PageError> {
    let title = site.say(language, title, &[]);
    let view = AboutView { updated: ASSESSED };
    Ok(site.page(language, &format!("about/{name}"), &title, None, name, view)?)
}
