//! Findings for other programs: as JSON, and as SARIF 2.1.0 for code review
//! tools and editors.

mod json;
mod sarif;

pub(super) use json::json;
pub(super) use sarif::sarif;

use std::path::PathBuf;

use engine::source::{Diagnostic, Report, Sources};

/// A set of findings with what is needed to show them.
pub(super) struct Findings<'a> {
    pub(super) sources: &'a Sources,
    pub(super) report: &'a Report,
    /// The folders the definitions were read from; later ones overlay earlier ones.
    pub(super) folders: &'a [PathBuf],
    /// How many services could be read.
    pub(super) services: usize,
}

/// Where a finding stands; lines and columns from 1, columns in characters,
/// the end one past the last character.
struct Place {
    file: String,
    start: (usize, usize),
    end: (usize, usize),
}

impl Findings<'_> {
    fn place(&self, diagnostic: &Diagnostic) -> Place {
        let span = diagnostic.span;
        let path = self.sources.file(span.file).map(|file| file.path.as_str());
        Place {
            file: self.shown(path.unwrap_or_default()),
            start: self.sources.line_column(span.file, span.start),
            end: self
                .sources
                .line_column(span.file, span.end.max(span.start)),
        }
    }

    /// The path from where the program was started, so that others find the file.
    fn shown(&self, path: &str) -> String {
        let folders = self.folders.iter().rev();
        let whole = folders
            .map(|folder| folder.join(path))
            .find(|whole| whole.is_file())
            .unwrap_or_else(|| path.into());
        let parts = whole.components().filter_map(|part| match part {
            std::path::Component::CurDir => None,
            std::path::Component::RootDir => Some(std::borrow::Cow::Borrowed("")),
            part => Some(part.as_os_str().to_string_lossy()),
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

#[cfg(test)]
mod tests {
    use engine::check::check;
    use engine::source::SourceFile;

    use super::*;

    /// A codelist with a missing translation after letters of several bytes,
    /// and one that is accepted.
    const LIST: &str = "schalter: codelist/1\nid: größen\noptions:\n  - { id: ä, de: Größe }\n  - { id: b, de: Breite }\naccept:\n  - { code: missing-translation, at: options.2, reason: A word of its own. }\n";

    fn with<T>(look: impl FnOnce(&Findings<'_>) -> T) -> T {
        let loaded = check(vec![SourceFile {
            path: "catalogue/codelists/größen.yaml".to_owned(),
            text: LIST.to_owned(),
        }]);
        look(&Findings {
            sources: &loaded.sources,
            report: &loaded.report,
            folders: &[],
            services: 0,
        })
    }

    #[test]
    fn json_counts_columns_in_characters() {
        let shown = with(json);
        assert_eq!(shown["errors"], 1, "{shown:#}");
        let missing = &shown["findings"][1];
        assert_eq!(missing["code"], "missing-translation", "{shown:#}");
        assert_eq!(missing["file"], "catalogue/codelists/größen.yaml");
        let place = ["line", "column", "end_line", "end_column"].map(|key| &missing[key]);
        assert_eq!(place, [4, 5, 4, 25]);
        let accepted = &shown["findings"][2];
        assert_eq!(accepted["severity"], "note");
        assert_eq!(accepted["accepted"], "A word of its own.");
    }

    #[test]
    fn sarif_names_its_rules_and_suppressions() {
        let shown = with(sarif);
        assert_eq!(shown["version"], "2.1.0");
        let run = &shown["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let rules = &run["tool"]["driver"]["rules"];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3, "{shown:#}");
        for result in results {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[at]["id"], result["ruleId"]);
            assert!(
                rules[at]["help"]["text"]
                    .as_str()
                    .is_some_and(|text| text.len() > 20)
            );
            let place = &result["locations"][0]["physicalLocation"];
            let uri = "catalogue/codelists/gr%C3%B6%C3%9Fen.yaml";
            assert_eq!(place["artifactLocation"]["uri"], uri);
        }
        let accepted = &results[2];
        assert_eq!(accepted["suppressions"][0]["kind"], "inSource");
        assert_eq!(accepted["level"], "warning");
    }
}
