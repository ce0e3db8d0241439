//! Roles bound to nobody: told for the departments cases begin in, by role, and
//! only where the accounts are known.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "a test reads its files")]

use std::path::Path;

use engine::check::{Staffing, check, check_with};
use engine::source::{Report, SourceFile};

fn read(root: &Path, at: &Path, found: &mut Vec<SourceFile>) {
    for entry in at.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, found);
        } else {
            found.push(SourceFile {
                path: path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/"),
                text: std::fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

/// The town of the tests: `everything` begins in public-order only.
fn town(more: &str) -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions/town");
    let mut found = Vec::new();
    read(&root, &root, &mut found);
    let form = found
        .iter_mut()
        .find(|file| file.path == "forms/everything/form.yaml");
    form.unwrap().text.push_str(more);
    found
}

fn told(report: &Report) -> Vec<(String, String)> {
    let found = report
        .diagnostics
        .iter()
        .filter(|d| d.code == "role-without-account");
    found
        .map(|d| (d.severity.to_string(), d.message.clone()))
        .collect()
}

fn staff(held: &[(&str, &str)]) -> Staffing {
    held.iter()
        .map(|(department, role)| ((*department).to_owned(), (*role).to_owned()))
        .collect()
}

#[test]
fn roles_nobody_has_are_told() {
    let missing = "nobody in `public-order` has the role `clerk`, which the workflow `simple` needs for cases of `everything`";
    let cases: &[(&[(&str, &str)], bool)] = &[
        (&[], true),
        // Another department or another role does not help.
        (&[("finance", "clerk"), ("public-order", "teamlead")], true),
        (&[("public-order", "clerk")], false),
    ];
    for (held, expected) in cases {
        let loaded = check_with(town(""), Some(&staff(held)));
        let told = told(&loaded.report);
        let wanted = vec![("warning".to_owned(), missing.to_owned()); usize::from(*expected)];
        assert_eq!(told, wanted, "{held:?}");
        assert!(loaded.definitions.is_some());
    }
    assert_eq!(told(&check(town("")).report), []);
}

/// An accepted one stays a note with accounts, and is no leftover without.
#[test]
fn it_can_be_accepted() {
    let accepted =
        "  - { code: role-without-account, at: service, reason: The clerk begins in May. }\n";
    let loaded = check_with(town(accepted), Some(&staff(&[])));
    let found = told(&loaded.report);
    assert_eq!(found.len(), 1, "{}", loaded.report.render(&loaded.sources));
    assert_eq!(found[0].0, "note");
    for staffing in [None, Some(staff(&[("public-order", "clerk")]))] {
        let loaded = check_with(town(accepted), staffing.as_ref());
        let unused = loaded
            .report
            .diagnostics
            .iter()
            .any(|d| d.code == "accept-unused");
        assert_eq!(unused, staffing.is_some());
    }
}
