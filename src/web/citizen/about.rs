//! Accessibility statement, privacy notice, imprint.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use engine::text::Language;

use super::service::privacy_view;
use super::view::{AboutView, RetentionView};
use crate::web::errors::PageError;
use crate::web::frame::{Found, Said};
use crate::web::site::Site;
use crate::web::visitor::Lang;

/// Day of the last self-assessment named in the accessibility statement.
const ASSESSED: &str = "2026-11-23";

/// The accessibility statement (§ 10d BGG NRW, BITV NRW).
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
    let view = AboutView {
        updated: ASSESSED,
        retention: match name {
            "privacy" => retentions(site, language),
            _ => Vec::new(),
        },
    };
    let mut frame = site.frame(language, &title, None, name);
    frame.personal = false;
    frame.found = Some(Found::at(&site.public_url, language, name));
    Ok(site.framed(frame, language, &format!("about/{name}"), view)?)
}

/// How long the cases of each service are kept.
fn retentions(site: &Site, language: Language) -> Vec<RetentionView> {
    let definitions = site.desk.catalog.current();
    let services = definitions.services.values().cloned().collect();
    crate::portal::by_title(services, language)
        .iter()
        .map(|service| RetentionView {
            href: format!("/{}/services/{}", language.tag(), service.form.id),
            title: Said::of(&service.form.title, language),
            period: privacy_view(site, &service.form.privacy, language).retention,
        })
        .collect()
}
