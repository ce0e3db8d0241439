//! The start page: search, news, what many people come for, situations, areas.

use std::sync::Arc;

use axum::extract::{Query, RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::view::{Card, NewsView, StartView};
use super::{link, page};
use crate::clock;
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::site::Site;
use crate::web::visitor::{Lang, Preferred};

/// `/` leads to the language the browser asks for.
pub(super) async fn root(Preferred(language): Preferred) -> Redirect {
    Redirect::to(&format!("/{}/", language.tag()))
}

/// `/de` leads to `/de/`.
pub(super) async fn slash(Lang(language): Lang, RawQuery(query): RawQuery) -> Redirect {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("/{}/{query}", language.tag()))
}

/// Addresses the start page had before it had pages of its own for them.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Former {
    q: Option<String>,
    portal: Option<String>,
}

/// The start page.
pub(super) async fn start(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Query(former): Query<Former>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let tag = language.tag();
    if former.q.is_some() {
        let query = query.unwrap_or_default();
        return Ok(Redirect::permanent(&format!("/{tag}/search?{query}")).into_response());
    }
    let portal = site.desk.catalog.portal();
    if let Some(area) = former.portal {
        let known = portal.areas().iter().any(|known| known.id == area);
        let to = if known {
            format!("portals/{area}")
        } else {
            String::new()
        };
        return Ok(Redirect::permanent(&format!("/{tag}/{to}")).into_response());
    }
    let today = clock::local(site.desk.clock.now()).date();
    let news = portal.news(today).into_iter().map(|news| NewsView {
        title: Said::of(&news.title, language),
        text: Said::of(&news.text, language),
        from: news.from.to_string(),
        service: portal
            .offered(news.service.as_deref())
            .first()
            .map(|service| link(service, None, language)),
    });
    let situations = &portal.definitions.portals.situations;
    let situations = situations
        .iter()
        .filter(|situation| {
            !portal
                .offered(situation.services.iter().map(String::as_str))
                .is_empty()
        })
        .map(|situation| Card {
            href: format!("/{tag}/situations/{}", situation.id),
            title: Said::of(&situation.title, language),
            summary: Said::of(&situation.summary, language),
            note: None,
        });
    let view = StartView {
        news: news.collect(),
        popular: popular(&site, language).await?,
        situations: situations.collect(),
        areas: areas(&portal, language),
    };
    let title = site.say(language, "portal.title", &[]);
    Ok(page(&site, language, "portal/start", &title, "/", view)?.into_response())
}

/// The areas as cards.
pub(super) fn areas(portal: &crate::portal::Portal, language: engine::text::Language) -> Vec<Card> {
    let areas = portal.areas().iter();
    areas
        .map(|area| Card {
            href: format!("/{}/portals/{}", language.tag(), area.id),
            title: Said::of(&area.title, language),
            summary: Said::of(&area.summary, language),
            note: None,
        })
        .collect()
}

/// Services many people come for.
///
/// # Errors
/// When the database fails.
pub(super) async fn popular(
    site: &Site,
    language: engine::text::Language,
) -> Result<Vec<super::view::ServiceLink>, PageError> {
    let services = site.desk.popular().await?;
    Ok(services
        .iter()
        .map(|service| link(service, None, language))
        .collect())
}
