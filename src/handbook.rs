//! The pages of the handbook about findings: one section for each code, built
//! into the program.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};

static CHECKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/docs/handbook/checks");

/// What the handbook says about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The code, such as `unknown-key`.
    pub code: &'static str,
    /// File of the handbook it stands in.
    pub file: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The section below its heading, in Markdown.
    pub text: &'static str,
}

/// All pages by code.
pub fn pages() -> BTreeMap<&'static str, Page> {
    let files = CHECKS.files().filter(|file| {
        file.path().extension().is_some_and(|ending| ending == "md")
            && !file.path().ends_with("README.md")
    });
    files
        .filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)))
        .flat_map(|(name, text)| {
            let sections = text.split("\n## ").skip(1);
            sections.filter_map(move |section| page(name, section))
        })
        .map(|page| (page.code, page))
        .collect()
}

/// A section begins with its code, then `Error.` or `Warning.` and a sentence.
fn page(file: &'static str, section: &'static str) -> Option<Page> {
    let (heading, text) = section.split_once('\n')?;
    let text = text.trim();
    let first = text.split("\n\n").next()?;
    let (severity, summary) = first.split_once(". ")?;
    let severity = match severity {
        "Error" => "error",
        "Warning" => "warning",
        "Note" => "note",
        _ => return None,
    };
    Some(Page {
        code: heading.trim(),
        file,
        severity,
        summary: summary.trim(),
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_by_their_code() {
        let pages = pages();
        let page = pages["no-deadline"];
        assert_eq!(page.severity, "warning");
        assert!(page.text.contains("deadline: none"), "{}", page.text);
        assert!(pages.len() > 100, "only {} pages", pages.len());
    }
}
