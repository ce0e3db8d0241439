//! The start page: services by department and area, and the search.

use std::sync::Arc;

use axum::extract::{Query, RawQuery, State};
use axum::response::{Html, Redirect};
use engine::definitions::{Definitions, Service};
use engine::text::Language;
use serde::Deserialize;

use super::search;
use super::view::{ChoiceLink, PortalView, ServiceGroup, ServiceLink};
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::site::Site;
use crate::web::visitor::{Lang, Preferred};

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    portal: String,
}

/// `/` leads to the language the browser asks for.
pub async fn root(Preferred(language): Preferred) -> Redirect {
    Redirect::to(&format!("/{}/", language.tag()))
}

/// `/de` leads to `/de/`.
pub async fn slash(Lang(language): Lang, RawQuery(query): RawQuery) -> Redirect {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("/{}/{query}", language.tag()))
}

/// The start page of the portal.
pub async fn portal(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Query(wanted): Query<Wanted>,
) -> Result<Html<String>, PageError> {
    let definitions = site.desk.catalog.current();
    let query = wanted.q.trim().to_owned();
    let searched = !query.is_empty();
    let found = find(&definitions, &query, &wanted.portal, language);
    let view = PortalView {
        count: found.len(),
        portals: if searched {
            Vec::new()
        } else {
            portals(&site, &definitions, &wanted.portal, language)
        },
        groups: groups(&definitions, &found, searched, language),
        searched,
        query,
    };
    let title = site.say(
        language,
        if searched {
            "portal.search_title"
        } else {
            "portal.title"
        },
        &[],
    );
    Ok(site.page(language, "citizen/portal", &title, None, "/", view)?)
}

/// The services that fit, the best first.
fn find(
    definitions: &Definitions,
    query: &str,
    portal: &str,
    language: Language,
) -> Vec<Arc<Service>> {
    let of_portal = |service: &&Arc<Service>| {
        portal.is_empty()
            || service
                .form
                .service
                .portals
                .iter()
                .any(|known| known == portal)
    };
    let mut found: Vec<(u32, &Arc<Service>)> = definitions
        .services
        .values()
        .filter(of_portal)
        .map(|service| {
            (
                if query.is_empty() {
                    1
                } else {
                    search::rank(service, query, language)
                },
                service,
            )
        })
        .filter(|(rank, _)| *rank > 0)
        .collect();
    found.sort_by(|a, b| {
        let title = |service: &Service| service.form.title.get(language).to_lowercase();
        b.0.cmp(&a.0).then_with(|| title(a.1).cmp(&title(b.1)))
    });
    found
        .into_iter()
        .map(|(_, service)| Arc::clone(service))
        .collect()
}

/// Hits of a search stay in their order, under the department of the best;
/// otherwise departments stand in the order of the catalogue.
fn groups(
    definitions: &Definitions,
    found: &[Arc<Service>],
    searched: bool,
    language: Language,
) -> Vec<ServiceGroup> {
    let mut order: Vec<&str> = Vec::new();
    if !searched {
        order.extend(
            definitions
                .departments
                .iter()
                .map(|department| department.id.as_str()),
        );
    }
    for service in found {
        if !order.contains(&service.form.service.department.as_str()) {
            order.push(&service.form.service.department);
        }
    }
    order
        .into_iter()
        .map(|id| ServiceGroup {
            id: format!("department-{id}"),
            title: definitions.department(id).map_or_else(
                || Said::plain(id),
                |department| Said::of(&department.name, language),
            ),
            services: found
                .iter()
                .filter(|service| service.form.service.department == id)
                .map(|service| link(service, language))
                .collect(),
        })
        .filter(|group| !group.services.is_empty())
        .collect()
}

fn link(service: &Service, language: Language) -> ServiceLink {
    ServiceLink {
        href: format!("/{}/services/{}", language.tag(), service.form.id),
        title: Said::of(&service.form.title, language),
        summary: Said::of(&service.form.summary, language),
    }
}

/// The areas there are services for, `All` first; none where there is only one.
fn portals(
    site: &Site,
    definitions: &Definitions,
    chosen: &str,
    language: Language,
) -> Vec<ChoiceLink> {
    let mut ids: Vec<&str> = Vec::new();
    for service in definitions.services.values() {
        for portal in &service.form.service.portals {
            if !ids.contains(&portal.as_str()) {
                ids.push(portal);
            }
        }
    }
    if ids.len() < 2 {
        return Vec::new();
    }
    ids.sort_unstable();
    let home = format!("/{}/", language.tag());
    let all = ChoiceLink {
        label: Said::plain(site.say(language, "portal.everything", &[])),
        href: home.clone(),
        current: chosen.is_empty(),
    };
    let rest = ids.into_iter().map(|id| ChoiceLink {
        label: Said::plain(portal_name(site, language, id)),
        href: format!("{home}?portal={id}"),
        current: chosen == id,
    });
    std::iter::once(all).chain(rest).collect()
}

/// Name of an area: from the words of the pages, else its id with spaces.
fn portal_name(site: &Site, language: Language, id: &str) -> String {
    let known = site
        .pages
        .texts()
        .get(language, &format!("portal.area.{id}"));
    known.map_or_else(|| id.replace('-', " "), str::to_owned)
}
