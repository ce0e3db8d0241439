//! No two services share their questions by accident: pairs that ask nearly
//! the same are named here, each with the reason why they are two services.

#![expect(clippy::unwrap_used, reason = "a test that fails shows where")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engine::definitions::{Definitions, Service};
use engine::source::{SourceFile, Sources};

/// Share of common questions, in percent, above which a pair needs a reason.
const ALIKE: usize = 80;
/// Forms with fewer questions of their own than this say nothing.
const FEW: usize = 3;

/// Pairs that ask nearly the same, and why they are two services.
const REASONS: [(&str, &str, &str); 0] = [];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn read(at: &Path, found: &mut Vec<SourceFile>) {
    for entry in at.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let is_definition = path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "hbs");
        if path.is_dir() {
            read(&path, found);
        } else if is_definition {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
            found.push(SourceFile {
                path: name.replace('\\', "/"),
                text: std::fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

/// The questions of a form by their German words: all, and its own without
/// those a library asks.
fn questions(service: &Service, sources: &Sources) -> [BTreeSet<String>; 2] {
    let mut found = [BTreeSet::new(), BTreeSet::new()];
    for field in service.form.questions.all_fields() {
        if !field.fields().is_empty() {
            continue;
        }
        let words = format!("{} {}", field.id, field.label.text.de);
        let file = sources.file(field.span.file);
        if !file.is_some_and(|file| file.path.starts_with("forms/lib/")) {
            found[1].insert(words.clone());
        }
        found[0].insert(words);
    }
    found
}

/// The share of what two have in common of all they have, in percent.
fn likeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> usize {
    let common = one.intersection(other).count();
    let all = one.union(other).count();
    (common * 100).checked_div(all).unwrap_or(0)
}

#[test]
fn pairs_that_ask_nearly_the_same_have_a_reason() {
    let mut files = Vec::new();
    for part in ["forms", "workflows", "catalogue"] {
        read(&root().join(part), &mut files);
    }
    let loaded = Definitions::load(files);
    let rendered = loaded.report.render(&loaded.sources);
    let definitions = loaded.definitions.expect(&rendered);
    let asked: BTreeMap<&String, [BTreeSet<String>; 2]> = definitions
        .services
        .iter()
        .map(|(id, service)| (id, questions(service, &loaded.sources)))
        .collect();
    let mut alike = BTreeMap::new();
    for (one, [all, own]) in &asked {
        for (other, [other_all, other_own]) in asked.iter().filter(|(other, _)| *other > one) {
            let enough = own.len() >= FEW && other_own.len() >= FEW;
            let own = if enough { likeness(own, other_own) } else { 0 };
            let share = own.max(likeness(all, other_all));
            if share > ALIKE {
                alike.insert((one.as_str(), other.as_str()), share);
            }
        }
    }
    let reasons: BTreeMap<(&str, &str), &str> = REASONS
        .iter()
        .map(|(one, other, reason)| ((*one, *other), *reason))
        .collect();
    let unexplained: Vec<String> = alike
        .iter()
        .filter(|(pair, _)| !reasons.contains_key(*pair))
        .map(|((one, other), share)| format!("{one} and {other}: {share} %"))
        .collect();
    let idle: Vec<&(&str, &str)> = reasons
        .keys()
        .filter(|pair| !alike.contains_key(*pair))
        .collect();
    assert!(
        unexplained.is_empty(),
        "pairs without a reason:\n{}",
        unexplained.join("\n")
    );
    assert!(idle.is_empty(), "no longer alike: {idle:?}");
}
