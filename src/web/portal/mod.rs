//! The town portal: finding a service by search, from A to Z, by situation of
//! life, area or department; news; the contact form; what search engines read.

mod checklist;
mod contact;
mod departments;
mod discovery;
mod find;
mod lists;
mod opening;
#[cfg(test)]
mod samples;
mod start;
pub mod view;

pub use opening::said as opening;

use std::sync::Arc;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use engine::definitions::{Definitions, Service};
use engine::text::Language;
use serde::Serialize;

use super::errors::PageError;
use super::frame::{Found, Said};
use super::site::Site;
use view::ServiceLink;

/// The routes of the portal.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(start::root))
        .route("/{lang}", get(start::slash))
        .route("/{lang}/", get(start::start))
        .route("/{lang}/search", get(find::find))
        .route("/{lang}/a-z", get(lists::first_letter))
        .route("/{lang}/a-z/{letter}", get(lists::letter))
        .route("/{lang}/portals/{id}", get(lists::area))
        .route("/{lang}/situations/{id}", get(lists::situation))
        .route("/{lang}/departments", get(departments::all))
        .route("/{lang}/departments/{id}", get(departments::one))
        .route("/{lang}/services/{id}/checklist", get(checklist::checklist))
        .route("/{lang}/contact", get(contact::ask).post(contact::send))
        .route("/{lang}/contact/sent", get(contact::sent))
        .route("/{lang}/opensearch.xml", get(discovery::search_description))
        .route("/sitemap.xml", get(discovery::sitemap))
        .route("/robots.txt", get(discovery::robots))
}

/// A page anybody may find and link to; `path` is its address without the language.
pub(in crate::web) fn page<V: Serialize>(
    site: &Site,
    language: Language,
    name: &str,
    title: &str,
    path: &str,
    view: V,
) -> Result<Html<String>, PageError> {
    let mut frame = site.frame(language, title, None, path);
    frame.personal = false;
    // The start page has a search of its own.
    frame.search = path != "/";
    frame.found = Some(Found::at(&site.public_url, language, path));
    Ok(site.framed(frame, language, name, view)?)
}

/// A service in a list, with its department where `definitions` are given.
fn link(service: &Service, definitions: Option<&Definitions>, language: Language) -> ServiceLink {
    let department = definitions.and_then(|all| all.department(&service.form.service.department));
    ServiceLink {
        href: address(language, &service.form.id),
        title: Said::of(&service.form.title, language),
        summary: Said::of(&service.form.summary, language),
        department: department.map(|department| Said::of(&department.name, language)),
    }
}

/// Where a service has its page.
fn address(language: Language, id: &str) -> String {
    format!("/{}/services/{id}", language.tag())
}
