//! Differences between versions in words: each case edits the good town, the
//! report in both languages stands beside it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::{Path, PathBuf};

use engine::check::diff::diff;
use engine::definitions::Definitions;
use engine::source::SourceFile;
use engine::text::Language;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn files(root: &Path, at: &Path, all: &mut Vec<SourceFile>) {
    for entry in at.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(root, &path, all);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            all.push(SourceFile {
                path: name.replace('\\', "/"),
                text: read(&path),
            });
        }
    }
}

fn town() -> Vec<SourceFile> {
    let root = folder().join("definitions/town");
    let mut all = Vec::new();
    files(&root, &root, &mut all);
    all
}

/// Applies a case: below `# file: <path>` each `<<<<`, old, `====`, new, `>>>>`
/// puts new in place of old; nothing in place of everything is a new file.
fn edited(case: &str) -> Vec<SourceFile> {
    let mut all = town();
    for part in case.split("# file: ").skip(1) {
        let (path, rest) = part.split_once('\n').unwrap();
        if !all.iter().any(|file| file.path == path) {
            all.push(SourceFile {
                path: path.to_owned(),
                text: String::new(),
            });
        }
        let file = all.iter_mut().find(|file| file.path == path).unwrap();
        for edit in rest.split("<<<<\n").skip(1) {
            let (old, new) = edit.split_once("====\n").unwrap();
            let (new, _) = new.split_once(">>>>").unwrap();
            let found = file.text.matches(old).count();
            assert!(
                old.is_empty() || found == 1,
                "{path}: the text to replace occurs {found} times:\n{old}"
            );
            file.text = match old.is_empty() {
                true => new.to_owned(),
                false => file.text.replace(old, new),
            };
        }
    }
    all
}

fn load(files: Vec<SourceFile>, name: &str) -> Definitions {
    let loaded = Definitions::load(files);
    let report = loaded.report.render(&loaded.sources);
    loaded
        .definitions
        .unwrap_or_else(|| panic!("{name} does not load\n{report}"))
}

/// Set `UPDATE_EXPECT` to write the reports anew, then read what changed.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn differences_are_told() {
    let update = std::env::var("UPDATE_EXPECT").is_ok();
    let before = load(town(), "the town");
    let (mut wrong, mut cases) = (Vec::new(), 0);
    for entry in folder().join("diff").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "edit") {
            continue;
        }
        cases += 1;
        let after = load(edited(&read(&path)), &path.display().to_string());
        let found = diff(&before, &after, None);
        let report = format!(
            "{}\n{}",
            without_hashes(&found.render(Language::De)),
            without_hashes(&found.render(Language::En))
        );
        let expected = path.with_extension("txt");
        if update {
            std::fs::write(&expected, &report).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != report {
            wrong.push(format!("{}:\n{report}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases >= 10, "only {cases} cases were found");
}

/// Hashes change with every letter of a file; the reports shall not.
fn without_hashes(report: &str) -> String {
    let hash = |word: &str| {
        let inner = word.trim_matches(|c| c == '(' || c == ')');
        word.starts_with('(') && inner.len() == 12 && inner.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let line = |line: &str| -> String {
        let words = line
            .split(' ')
            .map(|word| if hash(word) { "(…)" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    report.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_same_definitions_do_not_differ() {
    let (before, after) = (load(town(), "the town"), load(town(), "the town"));
    assert!(diff(&before, &after, None).is_empty());
}

#[test]
fn one_service_can_be_asked_for() {
    let (before, mut after) = (load(town(), "the town"), load(town(), "the town"));
    after.services.clear();
    assert!(diff(&before, &after, Some("other")).is_empty());
    let gone = diff(&before, &after, Some("everything"));
    assert!(gone.services[0].after.is_none());
    assert!(gone.render(Language::De).contains("nicht mehr angeboten"));
}

/// What a draft would keep, lose and need on the version of a case.
fn rebased(case: &str, answers: serde_json::Value) -> engine::form::Rebased {
    let before = load(town(), "the town");
    let path = folder().join("diff").join(case);
    let after = load(edited(&read(&path)), case);
    let env = engine::form::Env {
        now: jiff::civil::datetime(2026, 12, 1, 10, 0, 0, 0),
        world: &engine::feel::PlainWorld,
        language: Language::De,
    };
    engine::form::rebase(
        &before.services["everything"].form,
        &after.services["everything"].form,
        answers.as_object().unwrap(),
        env,
    )
}

/// Answers go where the map says: to a question of another name, in each entry of
/// a list, or away; not to a question of another type.
#[test]
fn answers_of_drafts_go_by_the_map() {
    let draft = serde_json::json!({
        "kind": "company", "company_name": "Beispiel GmbH", "website": "https://example.org",
        "phone": "0123 456", "reduced_reason": "Ausbildung",
        "participants": [
            { "given_name": "Ada", "birth_year": 1990 },
            { "given_name": "Mia", "birth_year": 2015, "guardian": "Erika" },
        ],
    });
    let mapped = rebased("drafts.edit", draft);
    let list =
        |paths: &std::collections::BTreeSet<String>| paths.iter().cloned().collect::<Vec<_>>();
    assert_eq!(
        list(&mapped.moved),
        ["participants.guardian", "phone", "reduced_reason"]
    );
    assert_eq!(list(&mapped.dropped), ["website"]);
    assert_eq!(list(&mapped.lost), ["company_name"]);
    assert_eq!(
        serde_json::Value::Object(mapped.answers),
        serde_json::json!({
            "kind": "company", "telephone": "0123 456", "reason": "Ausbildung",
            "participants": [
                { "given_name": "Ada", "birth_year": 1990 },
                { "given_name": "Mia", "birth_year": 2015, "parent": "Erika" },
            ],
        })
    );
}

#[test]
fn drafts_are_looked_at_through_another_version() {
    let list =
        |paths: &std::collections::BTreeSet<String>| paths.iter().cloned().collect::<Vec<_>>();
    let draft = serde_json::json!({
        "kind": "company", "company_name": "Beispiel GmbH", "website": "https://example.org",
        "payment": "debit", "donation": "5", "course": "K2001", "interests": ["sports", "music"],
        "participants": [ { "given_name": "Ada", "birth_year": 1990 } ],
    });
    let same = rebased("comment.edit", draft.clone());
    assert!(same.lost.is_empty() && same.needed.is_empty());
    assert_eq!(serde_json::Value::Object(same.answers), draft);

    let questions = rebased("questions.edit", draft.clone());
    assert_eq!(list(&questions.lost), ["website"]);
    assert_eq!(list(&questions.needed), ["holder", "phone"]);
    assert!(!questions.answers.contains_key("website"));

    let options = rebased("options.edit", draft.clone());
    assert_eq!(list(&options.lost), ["course"]);
    assert_eq!(list(&options.needed), ["course"]);

    let renamed = rebased("renamed.edit", draft);
    assert_eq!(list(&renamed.lost), ["donation"]);
    assert!(renamed.answers["participants"][0]["given_name"] == "Ada");
}
