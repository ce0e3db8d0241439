//! The words of the user interface, read from `texts.yaml` once at start.

use std::collections::HashMap;

use engine::source::{FileId, Report, Severity, SourceFile, Sources, read_yaml};
use engine::text::{Language, Text};

/// The files the words stand in; a key may stand in one of them only.
const FILES: [(&str, &str); 3] = [
    ("src/web/texts.yaml", include_str!("texts.yaml")),
    (
        "src/web/pages/staff/texts.yaml",
        include_str!("pages/staff/texts.yaml"),
    ),
    (
        "src/web/pages/portal/texts.yaml",
        include_str!("pages/portal/texts.yaml"),
    ),
];

/// The words of the user interface by key.
#[derive(Clone, Debug)]
pub struct Texts {
    by_key: HashMap<String, Text>,
}

/// The words cannot be read; the message lists every mistake with its place.
#[derive(Debug, thiserror::Error)]
#[error("the texts of the user interface have mistakes:\n{0}")]
pub struct TextsError(String);

impl Texts {
    /// The words built into the program.
    ///
    /// # Errors
    /// When a file is not a map of `key: { de, en }`, or a key stands there twice.
    pub fn embedded() -> Result<Texts, TextsError> {
        Texts::read(&FILES)
    }

    fn read(files: &[(&str, &str)]) -> Result<Texts, TextsError> {
        let sources = Sources::new(
            files
                .iter()
                .map(|(path, text)| SourceFile {
                    path: (*path).to_owned(),
                    text: (*text).to_owned(),
                })
                .collect(),
        );
        let mut report = Report::default();
        let mut by_key = HashMap::new();
        let mut twice = String::new();
        for (id, file) in sources.iter() {
            for (key, text) in read_file(id, &file.text, &mut report) {
                if by_key.contains_key(&key) {
                    twice.push_str(&format!("`{key}` stands in two files\n"));
                }
                by_key.insert(key, text);
            }
        }
        if report.count(Severity::Error) > 0 || !twice.is_empty() {
            return Err(TextsError(report.render(&sources) + &twice));
        }
        Ok(Texts { by_key })
    }

    /// The words of a key, with `{name}` left in place.
    pub fn get(&self, language: Language, key: &str) -> Option<&str> {
        self.by_key.get(key).map(|text| text.get(language))
    }

    /// The words of a key with each `{name}` replaced. When `n` is among the
    /// values and is 1, `key.one` is taken where it exists.
    pub fn fill(&self, language: Language, key: &str, values: &[(&str, String)]) -> Option<String> {
        let one = values
            .iter()
            .any(|(name, value)| *name == "n" && value == "1");
        let singular = if one {
            self.get(language, &format!("{key}.one"))
        } else {
            None
        };
        let mut words = singular.or_else(|| self.get(language, key))?.to_owned();
        for (name, value) in values {
            words = words.replace(&format!("{{{name}}}"), value);
        }
        Some(words)
    }

    /// The words of a key, or the key itself when it is unknown: for code paths
    /// that must not fail. The tests walk over every key used in the sources.
    pub fn say(&self, language: Language, key: &str, values: &[(&str, String)]) -> String {
        self.fill(language, key, values)
            .unwrap_or_else(|| key.to_owned())
    }

    /// All keys with their texts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.by_key.iter().map(|(key, text)| (key.as_str(), text))
    }
}

fn read_file(id: FileId, text: &str, report: &mut Report) -> Vec<(String, Text)> {
    let Some(node) = read_yaml(id, text, report) else {
        return Vec::new();
    };
    let Some(entries) = node.as_map() else {
        return Vec::new();
    };
    let mut texts = Vec::new();
    for (key, node) in entries {
        let (de, en) = (
            node.get("de").and_then(|n| n.as_text()),
            node.get("en").and_then(|n| n.as_text()),
        );
        match (de, en) {
            (Some(de), Some(en)) => texts.push((key.text.clone(), Text::both(de, en))),
            _ => report.push(engine::source::Diagnostic::error(
                "missing-key",
                key.span,
                format!(
                    "`{}` needs a German text `de` and an English text `en`",
                    key.text
                ),
            )),
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_words_are_complete_and_their_placeholders_agree() {
        let texts = Texts::embedded().unwrap();
        for (key, text) in texts.iter() {
            let en = text.en.as_deref().unwrap();
            assert!(
                !text.de.trim().is_empty() && !en.trim().is_empty(),
                "{key} is empty"
            );
            assert_eq!(
                placeholders(&text.de),
                placeholders(en),
                "{key}: placeholders differ"
            );
        }
    }

    #[test]
    fn fills_placeholders_and_the_singular() {
        let texts = Texts::read(&[(
            "t.yaml",
            "files: { de: '{n} Dateien', en: '{n} files' }\nfiles.one: { de: eine Datei, en: one file }\n",
        )])
        .unwrap();
        assert_eq!(
            texts
                .fill(Language::De, "files", &[("n", "3".into())])
                .unwrap(),
            "3 Dateien"
        );
        assert_eq!(
            texts
                .fill(Language::En, "files", &[("n", "1".into())])
                .unwrap(),
            "one file"
        );
        assert_eq!(texts.fill(Language::En, "missing", &[]), None);
    }

    #[test]
    fn a_missing_language_is_a_mistake() {
        let error = Texts::read(&[("t.yaml", "greeting: { de: Hallo }\n")]).unwrap_err();
        assert!(error.to_string().contains("greeting"), "{error}");
    }

    fn placeholders(text: &str) -> Vec<String> {
        let mut found: Vec<String> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect();
        found.sort();
        found.dedup();
        found
    }
}
