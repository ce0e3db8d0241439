//! Definition files as designers write them: a good set loads without a
//! remark that matters, and each broken file is reported as recorded beside it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use engine::definitions::Definitions;
use engine::source::{Severity, SourceFile};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions")
}

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn files(below: &Path) -> Vec<SourceFile> {
    fn walk(root: &Path, at: &Path, files: &mut Vec<SourceFile>) {
        for entry in at.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "hbs") {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                let text = std::fs::read_to_string(&path).unwrap();
                files.push(SourceFile { path: name, text });
            }
        }
    }
    let mut files = Vec::new();
    walk(below, below, &mut files);
    files
}

#[test]
fn a_good_town_loads() {
    let loaded = Definitions::load(files(&folder().join("town")));
    let bad = loaded
        .report
        .diagnostics
        .iter()
        .any(|d| d.severity != Severity::Note);
    assert!(!bad, "{}", loaded.report.render(&loaded.sources));
    assert_eq!(loaded.definitions.unwrap().services.len(), 1);
}

#[test]
fn a_bundle_loads_as_the_same_service() {
    let loaded = Definitions::load(files(&folder().join("town")));
    let service = loaded.definitions.unwrap().services["everything"].clone();
    let paths: Vec<&str> = service
        .bundle
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(paths.len(), 12, "{paths:?}");
    let again = Definitions::load(service.bundle.clone());
    assert!(
        again.report.is_usable(),
        "{}",
        again.report.render(&again.sources)
    );
    let again = again.definitions.unwrap().services["everything"].clone();
    assert_eq!(again.hash, service.hash);
    assert_eq!(again.bundle, service.bundle);
}

/// The files of the good town without its form, with those of a broken case put in:
/// a case holds files below `# file: <path>` lines, with `---` between them.
fn broken(case: &str) -> Vec<SourceFile> {
    let mut all = files(&folder().join("town"));
    all.retain(|file| file.path != "forms/everything/form.yaml");
    for part in case.split("\n---\n") {
        let (first, text) = part.split_once('\n').unwrap();
        let path = first.strip_prefix("# file: ").unwrap();
        all.retain(|file| file.path != path);
        all.push(SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        });
    }
    all
}

/// Set `UPDATE_EXPECT` to write the reports anew, then read what changed.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn broken_files_are_reported() {
    let update = std::env::var("UPDATE_EXPECT").is_ok();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for entry in folder().join("broken").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        cases += 1;
        let mut loaded = Definitions::load(broken(&std::fs::read_to_string(&path).unwrap()));
        loaded
            .report
            .diagnostics
            .retain(|d| d.severity != Severity::Note);
        let report = loaded.report.render(&loaded.sources);
        assert!(!report.is_empty(), "{} is not broken", path.display());
        let expected = path.with_extension("txt");
        if update {
            std::fs::write(&expected, &report).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != report {
            wrong.push(format!("{}:\n{report}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases >= 30, "only {cases} cases were found");
}

/// The definitions this project ships, or those of a folder named by `DEFINITIONS`.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test may be pointed at a folder"
)]
fn the_shipped_definitions_load() {
    let root = std::env::var("DEFINITIONS").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
        Into::into,
    );
    let mut all = Vec::new();
    for part in ["forms", "workflows", "catalogue"]
        .iter()
        .filter(|part| root.join(part).is_dir())
    {
        all.extend(files(&root.join(part)).into_iter().map(|file| SourceFile {
            path: format!("{part}/{}", file.path),
            ..file
        }));
    }
    let mut loaded = Definitions::load(all);
    loaded
        .report
        .diagnostics
        .retain(|d| d.severity != Severity::Note);
    assert!(
        loaded.report.diagnostics.is_empty(),
        "{}",
        loaded.report.render(&loaded.sources)
    );
}
