//! Every finding is explained and tried out: each code in the source has its
//! section in the handbook and appears in a recorded report.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "a test reads its files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn texts(below: &Path, ending: &str, found: &mut Vec<(PathBuf, String)>) {
    for entry in below.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, ending, found);
        } else if path.extension().is_some_and(|found| found == ending) {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// Files whose codes are those of answers, not of definitions.
const OF_ANSWERS: [&str; 3] = ["form/charge.rs", "form/messages.rs", "form/check.rs"];

/// Codes that are tried out in another test, since their report would be long
/// or needs more than files.
const TRIED_ELSEWHERE: [(&str, &str); 4] = [
    ("role-without-account", "staffing.rs"),
    ("not-utf-8", "fuzz.rs"),
    ("too-many-fields", "fuzz.rs"),
    ("too-many-findings", "fuzz.rs"),
];

/// The codes of diagnostics in the source of the engine, with their file: texts
/// in small letters with hyphens that are the first argument of a call, or the
/// first part of a tuple, after at most a report; those that are chosen by what
/// has them; and those kept with the words of a finding.
fn codes() -> BTreeMap<String, PathBuf> {
    let call = Regex::new(
        r#"(?x)\(\s*
           (?:[a-z_.]+,\s*)? "([a-z]+(?:-[a-z0-9]+)+|cycle|verify|sample)" \s*,
           | => \s* "(unknown-[a-z]+)"
           | (?:code|never): \s* "([a-z]+(?:-[a-z0-9]+)+)""#,
    );
    let call = call.unwrap();
    let mut files = Vec::new();
    texts(&root().join("src"), "rs", &mut files);
    let mut codes = BTreeMap::new();
    for (path, text) in files {
        let name = path.to_string_lossy().replace('\\', "/");
        // Kinds of changes between two versions, not findings: nothing is wrong
        // with them, and `schalter diff` tells each in a sentence of its own.
        if name.contains("check/diff/") {
            continue;
        }
        if OF_ANSWERS.iter().any(|known| name.ends_with(known)) || name.contains("tests") {
            continue;
        }
        let text = text.split("#[cfg(test)]").next().unwrap();
        for found in call.captures_iter(text) {
            let code = found.iter().skip(1).flatten().next().unwrap();
            codes
                .entry(code.as_str().to_owned())
                .or_insert(path.clone());
        }
    }
    assert!(codes.len() > 140, "only {} codes were found", codes.len());
    codes
}

/// Sections of the handbook: code to file and severity.
fn sections() -> BTreeMap<String, (String, String, String)> {
    let mut files = Vec::new();
    texts(&root().join("../docs/handbook/checks"), "md", &mut files);
    let mut sections = BTreeMap::new();
    for (path, text) in files {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        if file == "README.md" {
            continue;
        }
        for section in text.split("\n## ").skip(1) {
            let (code, rest) = section.split_once('\n').unwrap();
            let first = rest.trim().split("\n\n").next().unwrap();
            let (severity, summary) = first.split_once(". ").unwrap();
            let value = (file.clone(), severity.to_lowercase(), summary.to_owned());
            let old = sections.insert(code.to_owned(), value);
            assert!(old.is_none(), "there are two sections {code}");
        }
    }
    sections
}

#[test]
fn every_code_has_its_section_and_every_section_its_code() {
    let (codes, sections) = (codes(), sections());
    let without: Vec<_> = codes
        .iter()
        .filter(|(code, _)| !sections.contains_key(*code))
        .collect();
    assert!(
        without.is_empty(),
        "add sections to docs/handbook/checks for {without:?}"
    );
    let stale: Vec<_> = sections
        .keys()
        .filter(|code| !codes.contains_key(*code))
        .collect();
    assert!(stale.is_empty(), "no check has these codes: {stale:?}");
}

#[test]
fn every_code_has_a_recorded_report() {
    let mut reports = Vec::new();
    for folder in ["broken", "model"] {
        let folder = root().join("tests/definitions").join(folder);
        texts(&folder, "txt", &mut reports);
    }
    let heading = Regex::new(r"(?m)^(error|warning|note)\[([a-z0-9-]+)\]").unwrap();
    let mut tried = BTreeSet::new();
    let sections = sections();
    for (path, text) in &reports {
        for found in heading.captures_iter(text) {
            let (severity, code) = (&found[1], &found[2]);
            let accepted = text.contains("accepted:") && severity == "note";
            if let Some((_, expected, _)) = sections.get(code) {
                assert!(
                    expected == severity || accepted,
                    "{}: the handbook calls {code} {expected}",
                    path.display()
                );
            }
            tried.insert(code.to_owned());
        }
    }
    for (code, file) in TRIED_ELSEWHERE {
        let text = std::fs::read_to_string(root().join("tests").join(file)).unwrap();
        assert!(text.contains(code), "{file} does not try {code}");
        tried.insert(code.to_owned());
    }
    let codes = codes();
    let untried: Vec<_> = codes
        .iter()
        // How a scenario fails is no finding about definitions.
        .filter(|(code, _)| !code.starts_with("scenario-"))
        .filter(|(code, _)| !tried.contains(*code))
        .collect();
    assert!(
        untried.is_empty(),
        "add broken definitions to tests/definitions/broken for {untried:?}"
    );
    assert!(reports.len() >= 80, "only {} reports", reports.len());
}

/// Set `UPDATE_EXPECT` to write the list anew.
#[test]
fn the_list_of_codes_is_that_of_the_sections() {
    let path = root().join("../docs/handbook/checks/README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut table = String::from("| code | severity | what it says |\n|---|---|---|\n");
    for (code, (file, severity, summary)) in sections() {
        table.push_str(&format!(
            "| [{code}]({file}#{code}) | {severity} | {summary} |\n"
        ));
    }
    let (head, _) = text.split_once("## All codes\n\n").unwrap();
    let expected = format!("{head}## All codes\n\n{table}");
    if std::env::var("UPDATE_EXPECT").is_ok() {
        std::fs::write(&path, expected).unwrap();
    } else {
        assert!(
            text == expected,
            "docs/handbook/checks/README.md lists other codes; run this test with UPDATE_EXPECT=1"
        );
    }
}
