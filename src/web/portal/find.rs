//! The search.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::view::{Card, IdeaView, SearchView, UnderstoodView};
use super::{link, start};
use crate::web::errors::PageError;
use crate::web::site::Site;
use crate::web::visitor::Lang;

/// Most services shown.
const MOST: usize = 30;
/// Most characters of a search that are shown again.
const LONGEST: usize = 120;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
}

/// Services and departments that fit.
pub(super) async fn find(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Query(wanted): Query<Wanted>,
) -> Result<Html<String>, PageError> {
    let query: String = wanted.q.trim().chars().take(LONGEST).collect();
    let portal = site.desk.catalog.portal();
    let found = portal.find(&query, language);
    let definitions = &portal.definitions;
    let nothing = found.services.is_empty() && found.departments.is_empty();
    let departments = found
        .departments
        .iter()
        .filter_map(|id| definitions.department(id))
        .take(3)
        .map(|department| super::departments::card(&site, department, language));
    let ideas = found.ideas.into_iter().map(|word| IdeaView {
        href: address(language.tag(), &word),
        word,
    });
    let view = SearchView {
        searched: !query.is_empty(),
        count: found.services.len(),
        services: found
            .services
            .iter()
            .take(MOST)
            .map(|service| link(service, Some(definitions), language))
            .collect(),
        departments: departments.collect::<Vec<Card>>(),
        understood: found
            .understood
            .into_iter()
            .map(|(typed, meant)| UnderstoodView { typed, meant })
            .collect(),
        ideas: ideas.collect(),
        popular: if nothing {
            start::popular(&site, language).await?
        } else {
            Vec::new()
        },
        query: query.clone(),
    };
    let title = match query.as_str() {
        "" => site.say(language, "portal.search_title", &[]),
        _ => site.say(language, "search.title", &[("query", query.clone())]),
    };
    let mut frame = site.frame(language, &title, None, &with_query("search", &query));
    frame.search = false;
    Ok(site.framed(frame, language, "portal/search", view)?)
}

fn address(tag: &str, word: &str) -> String {
    format!("/{tag}/{}", with_query("search", word))
}

fn with_query(path: &str, query: &str) -> String {
    let pairs = [("q", query)];
    let encoded = encode(&pairs);
    format!("{path}?{encoded}")
}

/// Names and values as part of an address.
pub(super) fn encode(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            match byte {
                b' ' => out.push('+'),
                byte if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) => {
                    out.push(char::from(byte));
                }
                byte => out.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    out
}
