//! The frame around every page: title, town, languages, navigation, help.

use engine::text::{Language, Text};
use serde::Serialize;

/// A page: the frame and what the template of the page itself shows.
#[derive(Clone, Debug, Serialize)]
pub struct Page<V> {
    /// The frame.
    pub frame: Frame,
    /// Values of the page, beside `frame`.
    #[serde(flatten)]
    pub view: V,
}

/// What the layout shows around every page.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    /// Language of the page.
    pub lang: &'static str,
    /// Content of `title`: question or step – assistant – town; prefixed on error (F13).
    pub title: String,
    /// The town.
    pub town: TownView,
    /// Where the name of the town leads.
    pub home: String,
    /// The same page in each language; empty where there is no other language.
    pub languages: Vec<LanguageLink>,
    /// Links in the header.
    pub nav: Vec<NavLink>,
    /// Who is logged in, on staff pages.
    pub user: Option<UserView>,
    /// Value of the hidden field `_csrf` in every form of the page.
    pub csrf: String,
    /// Whether search engines must leave the page alone: all personal pages.
    pub personal: bool,
    /// Whether this is a demo town, said above the header.
    pub demo: bool,
    /// Whether the header has the search, which pages with one of their own have not.
    pub search: bool,
    /// Where search engines find the page, in each language.
    pub found: Option<Found>,
}

/// The public addresses of a page.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Its own.
    pub canonical: String,
    /// Those in all languages.
    pub languages: Vec<LanguageLink>,
}

impl Found {
    /// The addresses of the page at `path`, which has no language before it.
    pub fn at(public_url: &str, language: Language, path: &str) -> Found {
        let languages: Vec<LanguageLink> = languages(language, path)
            .into_iter()
            .map(|link| LanguageLink {
                href: format!("{public_url}{}", link.href),
                ..link
            })
            .collect();
        let own = languages.iter().find(|link| link.current);
        Found {
            canonical: own.map(|link| link.href.clone()).unwrap_or_default(),
            languages,
        }
    }
}

/// Name and addresses of the town.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TownView {
    /// Name on pages, such as `Stadt Musterstadt`.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Postcode.
    pub postcode: String,
    /// Place.
    pub city: String,
    /// Mail address of the service desk.
    pub email: String,
    /// Telephone of the service desk.
    pub phone: String,
    /// The same for `tel:` links.
    pub phone_link: String,
}

/// A telephone number for a `tel:` link: digits and a leading plus.
pub fn phone_link(phone: &str) -> String {
    phone
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect()
}

/// A link to the same page in another language.
#[derive(Clone, Debug, Serialize)]
pub struct LanguageLink {
    /// BCP 47 tag.
    pub tag: &'static str,
    /// Name of the language in itself.
    pub name: &'static str,
    /// Where it leads.
    pub href: String,
    /// Whether the page is in this language.
    pub current: bool,
}

/// A link in the header.
#[derive(Clone, Debug, Serialize)]
pub struct NavLink {
    /// Its words.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether it leads to this page.
    pub current: bool,
}

/// Who is logged in.
#[derive(Clone, Debug, Serialize)]
pub struct UserView {
    /// Name shown.
    pub name: String,
    /// Address a POST to which logs out.
    pub logout: String,
    /// Address of the page on which the password is changed.
    pub password: String,
}

/// A text from a definition, with its language where it differs from that of the page (L2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The words.
    pub text: String,
    /// Their language, only where it is not that of the page.
    pub lang: Option<&'static str>,
}

impl Said {
    /// `text` as a page in `language` shows it.
    pub fn of(text: &Text, language: Language) -> Said {
        let spoken = text.spoken(language);
        // Proper names stand in one language only and are no missing translation to speak of,
        // but marking them is harmless and makes real gaps audible.
        Said {
            text: text.get(language).to_owned(),
            lang: (spoken != language).then(|| spoken.tag()),
        }
    }

    /// Words already in the language of the page.
    pub fn plain(text: impl Into<String>) -> Said {
        Said {
            text: text.into(),
            lang: None,
        }
    }
}

/// The links of the language switch: `path` is the address without its language prefix.
pub fn languages(current: Language, path: &str) -> Vec<LanguageLink> {
    Language::ALL
        .into_iter()
        .map(|language| LanguageLink {
            tag: language.tag(),
            name: match language {
                Language::De => "Deutsch",
                Language::En => "English",
            },
            href: format!("/{}/{}", language.tag(), path.trim_start_matches('/')),
            current: language == current,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_translation_carries_its_language() {
        assert_eq!(
            Said::of(&Text::same("Fahrzeug"), Language::En).lang,
            Some("de")
        );
        assert_eq!(
            Said::of(&Text::both("Fahrzeug", "Vehicle"), Language::En),
            Said::plain("Vehicle")
        );
        assert_eq!(Said::of(&Text::same("Fahrzeug"), Language::De).lang, None);
    }

    #[test]
    fn the_language_switch_keeps_the_page() {
        let links = languages(Language::De, "/services/dog-tax?x=1");
        assert_eq!(links[1].href, "/en/services/dog-tax?x=1");
        assert!(links[0].current && !links[1].current);
    }
}
