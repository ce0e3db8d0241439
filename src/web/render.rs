//! Pages from Handlebars templates: embedded, compiled once at start, strict
//! about missing values, escaped without exception.

use std::sync::Arc;

use axum::response::Html;
use engine::text::Language;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderErrorReason, ScopedJson,
};
use include_dir::{Dir, include_dir};
use serde::Serialize;
use serde_json::Value as Json;

use super::assets::Assets;
use super::format;
use super::texts::{Texts, TextsError};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/web/pages");

/// All pages in all languages. There is one registry for each language, so that
/// helpers know theirs wherever they are called.
pub struct Pages {
    german: Handlebars<'static>,
    english: Handlebars<'static>,
    texts: Arc<Texts>,
    assets: Arc<Assets>,
}

/// Why a page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template does not compile.
    #[error("the template {name} cannot be compiled")]
    Template {
        /// Name of the template.
        name: String,
        /// What is wrong with it.
        source: Box<handlebars::TemplateError>,
    },
    /// The words of the pages cannot be read.
    #[error(transparent)]
    Texts(#[from] TextsError),
    /// A page asks for a value its view does not have.
    #[error("the page {name} cannot be rendered")]
    Page {
        /// Name of the page.
        name: String,
        /// What is missing.
        source: Box<handlebars::RenderError>,
    },
}

impl Pages {
    /// Compiles the embedded templates.
    ///
    /// # Errors
    /// When a template or the words are broken; the tests find both.
    pub fn embedded() -> Result<Pages, RenderError> {
        let texts = Arc::new(Texts::embedded()?);
        let assets = Arc::new(Assets::embedded());
        Ok(Pages {
            german: registry(Language::De, &texts, &assets)?,
            english: registry(Language::En, &texts, &assets)?,
            texts,
            assets,
        })
    }

    /// Renders a page: `name` is its path below `src/web/pages` without `.hbs`.
    ///
    /// # Errors
    /// When the view lacks a value the template asks for.
    pub fn page(
        &self,
        language: Language,
        name: &str,
        view: &impl Serialize,
    ) -> Result<Html<String>, RenderError> {
        let registry = match language {
            Language::De => &self.german,
            Language::En => &self.english,
        };
        registry
            .render(name, view)
            .map(Html)
            .map_err(|source| RenderError::Page {
                name: name.to_owned(),
                source: Box::new(source),
            })
    }

    /// The words of the pages, for titles and messages made in code.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The embedded assets.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }
}

fn registry(
    language: Language,
    texts: &Arc<Texts>,
    assets: &Arc<Assets>,
) -> Result<Handlebars<'static>, RenderError> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    // Partials stand indented in their pages; what is in a text area must not move.
    registry.set_prevent_indent(true);
    registry.register_helper(
        "t",
        Box::new(Words {
            language,
            texts: Arc::clone(texts),
        }),
    );
    registry.register_helper(
        "asset",
        Box::new(Address {
            assets: Arc::clone(assets),
        }),
    );
    registry.register_helper("concat", Box::new(Joined));
    for (name, show) in FORMATS {
        registry.register_helper(
            name,
            Box::new(Shown {
                name,
                language,
                show,
            }),
        );
    }
    for (name, text) in templates() {
        registry
            .register_template_string(&name, text)
            .map_err(|source| RenderError::Template {
                name,
                source: Box::new(source),
            })?;
    }
    Ok(registry)
}

/// Name and text of every embedded template.
pub(crate) fn templates() -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    collect(&TEMPLATES, &mut found);
    found
}

fn collect(dir: &'static Dir<'_>, found: &mut Vec<(String, &'static str)>) {
    for file in dir.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        if let (Some(name), Some(text)) = (path.strip_suffix(".hbs"), file.contents_utf8()) {
            found.push((name.to_owned(), text));
        }
    }
    for inner in dir.dirs() {
        collect(inner, found);
    }
}

/// `{{t "key" name=value}}`: words of the user interface in the language of the page.
struct Words {
    language: Language,
    texts: Arc<Texts>,
}

impl HelperDef for Words {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, handlebars::RenderError> {
        let key = first_text(helper, "t")?;
        let values: Vec<(&str, String)> = helper
            .hash()
            .iter()
            .map(|(name, value)| (*name, plain(value.value())))
            .collect();
        let words = self
            .texts
            .fill(self.language, &key, &values)
            .ok_or_else(|| {
                RenderErrorReason::Other(format!("there are no words for `{key}` in texts.yaml"))
            })?;
        Ok(ScopedJson::Derived(Json::String(words)))
    }
}

/// `{{asset "schalter.css"}}`: the public address of an asset.
struct Address {
    assets: Arc<Assets>,
}

impl HelperDef for Address {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, handlebars::RenderError> {
        let name = first_text(helper, "asset")?;
        let address = self
            .assets
            .address(&name)
            .ok_or_else(|| RenderErrorReason::Other(format!("there is no asset `{name}`")))?;
        Ok(ScopedJson::Derived(Json::String(address.to_owned())))
    }
}

/// `(concat a b c)`: texts put together, for addresses and keys.
struct Joined;

impl HelperDef for Joined {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, handlebars::RenderError> {
        if helper.params().iter().any(|param| param.is_value_missing()) {
            return Err(RenderErrorReason::ParamNotFoundForIndex("concat", 0).into());
        }
        Ok(ScopedJson::Derived(Json::String(
            helper
                .params()
                .iter()
                .map(|param| plain(param.value()))
                .collect(),
        )))
    }
}

type Format = fn(Language, &Json) -> String;

/// Helpers with one parameter that show a value in the language of the page. They are called
/// `as_…`, since a helper hides a value of the same name.
const FORMATS: [(&str, Format); 7] = [
    ("as_money", |language, value| {
        format::money(language, &plain(value))
    }),
    ("as_date", |language, value| {
        format::iso_date(language, &plain(value))
    }),
    ("as_day", |language, value| {
        value
            .as_i64()
            .map_or_else(String::new, |at| format::day(language, at))
    }),
    ("as_instant", |language, value| {
        value
            .as_i64()
            .map_or_else(String::new, |at| format::instant(language, at))
    }),
    ("as_machine", |_, value| {
        value
            .as_i64()
            .map_or_else(String::new, format::machine_instant)
    }),
    ("as_size", |language, value| {
        value
            .as_i64()
            .map_or_else(String::new, |bytes| format::size(language, bytes))
    }),
    ("as_number", |language, value| {
        format::number(language, &plain(value))
    }),
];

struct Shown {
    name: &'static str,
    language: Language,
    show: Format,
}

impl HelperDef for Shown {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, handlebars::RenderError> {
        let value = helper.param(0).filter(|param| !param.is_value_missing());
        let value = value.ok_or(RenderErrorReason::ParamNotFoundForIndex(self.name, 0))?;
        Ok(ScopedJson::Derived(Json::String((self.show)(
            self.language,
            value.value(),
        ))))
    }
}

fn first_text(helper: &Helper<'_>, name: &'static str) -> Result<String, handlebars::RenderError> {
    let text = helper.param(0).and_then(|param| param.value().as_str());
    Ok(text
        .ok_or(RenderErrorReason::ParamNotFoundForIndex(name, 0))?
        .to_owned())
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_template_writes_unescaped_values() {
        for (name, text) in templates() {
            assert!(
                !text.contains("{{{") && !text.contains("{{&"),
                "{name} writes without escaping"
            );
        }
    }

    #[test]
    fn every_key_in_the_templates_has_words() {
        let texts = Texts::embedded().unwrap();
        for (name, text) in templates() {
            for marker in ["{{t \"", "(t \""] {
                for rest in text.split(marker).skip(1) {
                    let key = rest.split('"').next().unwrap_or_default();
                    for language in Language::ALL {
                        assert!(
                            texts.get(language, key).is_some(),
                            "{name}: there are no words for {key}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_missing_value_is_an_error() {
        let pages = Pages::embedded().unwrap();
        let error = pages.page(
            Language::De,
            "citizen/portal",
            &serde_json::json!({ "query": "x" }),
        );
        assert!(error.is_err());
    }
}
