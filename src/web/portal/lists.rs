//! Lists of services: from A to Z, by area, by situation of life.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Html;
use engine::text::Language;

use super::view::{Card, LetterLink, LettersView, LineView, ListView};
use super::{address, link, page, start};
use crate::web::errors::PageError;
use crate::web::frame::Said;
use crate::web::site::Site;
use crate::web::visitor::Lang;

/// The list with its first letter.
pub(super) async fn first_letter(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
) -> Result<Html<String>, PageError> {
    let portal = site.desk.catalog.portal();
    let letters = portal.letters(language);
    let first = letters.letters().find(char::is_ascii_alphabetic);
    let letter = first.or_else(|| letters.letters().next());
    letters_page(&site, language, letter, "a-z")
}

/// The words that begin with a letter.
pub(super) async fn letter(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path((_, letter)): Path<(String, String)>,
) -> Result<Html<String>, PageError> {
    let portal = site.desk.catalog.portal();
    let known = portal
        .letters(language)
        .letters()
        .find(|known| name(*known) == letter)
        .ok_or(PageError::NotFound)?;
    letters_page(&site, language, Some(known), &format!("a-z/{letter}"))
}

/// A letter as part of an address.
fn name(letter: char) -> String {
    match letter {
        '#' => "0-9".to_owned(),
        letter => letter.to_string(),
    }
}

fn shown(letter: char) -> String {
    match letter {
        '#' => "0–9".to_owned(),
        letter => letter.to_ascii_uppercase().to_string(),
    }
}

fn letters_page(
    site: &Site,
    language: Language,
    letter: Option<char>,
    path: &str,
) -> Result<Html<String>, PageError> {
    let portal = site.desk.catalog.portal();
    let list = portal.letters(language);
    let links = list.letters().map(|known| LetterLink {
        letter: shown(known),
        href: format!("/{}/a-z/{}", language.tag(), name(known)),
        current: Some(known) == letter,
    });
    let lines = letter.map_or(&[][..], |letter| list.lines(letter));
    let lines = lines.iter().map(|line| {
        let own = line.services.iter().find(|(title, _)| *title == line.word);
        LineView {
            word: line.word.clone(),
            href: own.map(|(_, id)| address(language, id)),
            services: line
                .services
                .iter()
                .filter(|target| Some(*target) != own)
                .map(|(title, id)| Card {
                    href: address(language, id),
                    title: Said::plain(title.clone()),
                    summary: Said::default(),
                    note: None,
                })
                .collect(),
        }
    });
    let letter = letter.map(shown).unwrap_or_default();
    let title = site.say(language, "letters.page", &[("letter", letter.clone())]);
    let view = LettersView {
        letters: links.collect(),
        letter,
        lines: lines.collect(),
    };
    page(site, language, "portal/letters", &title, path, view)
}

/// The services of an area.
pub(super) async fn area(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path((_, id)): Path<(String, String)>,
) -> Result<Html<String>, PageError> {
    let portal = site.desk.catalog.portal();
    let area = portal
        .areas()
        .iter()
        .find(|area| area.id == id)
        .ok_or(PageError::NotFound)?;
    let services = portal.of_area(&id, language);
    let path = format!("portals/{id}");
    let own = format!("/{}/{path}", language.tag());
    let view = ListView {
        title: Said::of(&area.title, language),
        intro: area.intro.as_ref().map(|text| Said::of(text, language)),
        services: services
            .iter()
            .map(|service| link(service, Some(&portal.definitions), language))
            .collect(),
        in_order: false,
        others: start::areas(&portal, language)
            .into_iter()
            .filter(|card| card.href != own)
            .collect(),
    };
    let title = view.title.text.clone();
    page(&site, language, "portal/list", &title, &path, view)
}

/// The services of a situation of life, in their order.
pub(super) async fn situation(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    Path((_, id)): Path<(String, String)>,
) -> Result<Html<String>, PageError> {
    let portal = site.desk.catalog.portal();
    let known = &portal.definitions.portals;
    let situation = known.situation(&id).ok_or(PageError::NotFound)?;
    let services = portal.offered(situation.services.iter().map(String::as_str));
    let others = known.situations.iter().filter(|other| {
        other.id != id
            && !portal
                .offered(other.services.iter().map(String::as_str))
                .is_empty()
    });
    let view = ListView {
        title: Said::of(&situation.title, language),
        intro: Some(Said::of(&situation.summary, language)),
        services: services
            .iter()
            .map(|service| link(service, Some(&portal.definitions), language))
            .collect(),
        in_order: true,
        others: others
            .map(|other| Card {
                href: format!("/{}/situations/{}", language.tag(), other.id),
                title: Said::of(&other.title, language),
                summary: Said::of(&other.summary, language),
                note: None,
            })
            .collect(),
    };
    let title = view.title.text.clone();
    let path = format!("situations/{id}");
    page(&site, language, "portal/list", &title, &path, view)
}
