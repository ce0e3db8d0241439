//! Texts in several languages: German is always complete, others fall back.

use serde::{Deserialize, Serialize};

/// A language the pages, mails and letters of Schalter speak.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// German, the language every text must have.
    #[default]
    De,
    /// English.
    En,
}

impl Language {
    /// All languages in the order the language switch shows them.
    pub const ALL: [Language; 2] = [Language::De, Language::En];

    /// The BCP 47 tag, as used in `lang` attributes and URLs.
    pub fn tag(self) -> &'static str {
        match self {
            Language::De => "de",
            Language::En => "en",
        }
    }

    /// The language of a BCP 47 tag, if Schalter speaks it.
    pub fn from_tag(tag: &str) -> Option<Language> {
        Language::ALL
            .into_iter()
            .find(|language| language.tag() == tag)
    }
}

/// A text a person reads, in German and, where translated, in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The German text.
    pub de: String,
    /// The English text; German stands in where it is missing.
    pub en: Option<String>,
}

impl Text {
    /// A text that is the same in every language, such as a proper name.
    pub fn same(text: impl Into<String>) -> Text {
        Text {
            de: text.into(),
            en: None,
        }
    }

    /// A text in both languages.
    pub fn both(de: impl Into<String>, en: impl Into<String>) -> Text {
        Text {
            de: de.into(),
            en: Some(en.into()),
        }
    }

    /// The text in `language`, falling back to German.
    pub fn get(&self, language: Language) -> &str {
        match (language, &self.en) {
            (Language::En, Some(en)) => en,
            _ => &self.de,
        }
    }

    /// The language in which [`Text::get`] answers, for the `lang` attribute.
    pub fn spoken(&self, language: Language) -> Language {
        if language == Language::En && self.en.is_none() {
            Language::De
        } else {
            language
        }
    }
}
