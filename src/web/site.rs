//! What every page needs: the desk, the templates, the town.

use std::sync::Arc;

use axum::response::Html;
use engine::text::Language;
use serde::Serialize;

use super::frame::{Frame, NavLink, Page, TownView, languages, phone_link};
use super::headers::Https;
use super::render::{Pages, RenderError};
use super::visitor::Visitor;
use crate::config::Config;
use crate::desk::Desk;

/// Shared by all page handlers.
pub struct Site {
    /// The use cases.
    pub desk: Arc<Desk>,
    /// The templates.
    pub pages: Pages,
    /// Whether browsers reach us by https.
    pub https: Https,
    /// The address citizens see, without a slash at the end.
    pub public_url: String,
    /// Whether the pages of the demo town are served.
    pub demo: bool,
    town: TownView,
}

impl Site {
    /// Compiles the pages.
    ///
    /// # Errors
    /// When a template is broken.
    pub fn new(desk: Arc<Desk>, config: &Config) -> Result<Site, RenderError> {
        let town = &config.town;
        Ok(Site {
            desk,
            pages: Pages::embedded()?,
            https: Https::of(&config.public_url),
            public_url: config.public_url.clone(),
            demo: config.demo,
            town: TownView {
                name: town.name.clone(),
                street: town.street.clone(),
                postcode: town.postcode.clone(),
                city: town.city.clone(),
                email: town.email.clone(),
                phone: town.phone.clone(),
                phone_link: phone_link(&town.phone),
            },
        })
    }

    /// Name of the town.
    pub fn town_name(&self) -> &str {
        &self.town.name
    }

    /// Words of the user interface.
    pub fn say(&self, language: Language, key: &str, values: &[(&str, String)]) -> String {
        self.pages.texts().say(language, key, values)
    }

    /// The frame of a citizen page. `path` is its address without the language,
    /// empty where the page exists in this language only.
    pub fn frame(
        &self,
        language: Language,
        title: &str,
        visitor: Option<&Visitor>,
        path: &str,
    ) -> Frame {
        let tag = language.tag();
        let nav = [
            ("frame.services", String::new()),
            ("frame.a_z", "a-z".into()),
            ("frame.departments", "departments".into()),
            ("frame.status", "status".into()),
            ("frame.resume", "resume".into()),
        ];
        Frame {
            lang: tag,
            title: format!("{title} – {}", self.town.name),
            town: self.town.clone(),
            home: format!("/{tag}/"),
            languages: if path.is_empty() {
                Vec::new()
            } else {
                languages(language, path)
            },
            nav: nav
                .into_iter()
                .map(|(key, to)| NavLink {
                    label: self.say(language, key, &[]),
                    current: path.trim_matches('/') == to && !path.is_empty(),
                    href: format!("/{tag}/{to}"),
                })
                .collect(),
            user: None,
            csrf: visitor.map(Visitor::csrf).unwrap_or_default(),
            personal: true,
            demo: self.demo,
            search: true,
            found: None,
        }
    }

    /// The town as pages name it.
    pub fn town(&self) -> &TownView {
        &self.town
    }

    /// A citizen page. `title` comes first in the title of the window.
    ///
    /// # Errors
    /// When the view lacks a value the template asks for.
    pub fn page<V: Serialize>(
        &self,
        language: Language,
        name: &str,
        title: &str,
        visitor: Option<&Visitor>,
        path: &str,
        view: V,
    ) -> Result<Html<String>, RenderError> {
        self.framed(
            self.frame(language, title, visitor, path),
            language,
            name,
            view,
        )
    }

    /// A page in a frame of one's own.
    ///
    /// # Errors
    /// When the view lacks a value the template asks for.
    pub fn framed<V: Serialize>(
        &self,
        frame: Frame,
        language: Language,
        name: &str,
        view: V,
    ) -> Result<Html<String>, RenderError> {
        self.pages.page(language, name, &Page { frame, view })
    }
}
