//! The model check: the shipped services pass it, and each folder of mistakes
//! is reported as recorded beside it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::{Path, PathBuf};

use engine::check::model;
use engine::definitions::Definitions;
use engine::source::{Report, Severity, SourceFile};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).into()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn read(below: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for entry in below.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            read(&path, &format!("{name}/"), files);
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "hbs") {
            let text = std::fs::read_to_string(&path).unwrap();
            files.push(SourceFile { path: name, text });
        }
    }
}

#[test]
fn the_shipped_services_pass() {
    let mut files = Vec::new();
    for part in ["forms", "workflows", "catalogue"] {
        read(&root().join("..").join(part), &format!("{part}/"), &mut files);
    }
    let loaded = Definitions::load(files);
    let definitions = loaded.definitions.unwrap();
    let mut report = Report::default();
    let summary = model::check(&definitions, &loaded.sources, &mut report);
    println!("{summary:?}\n{}", report.render(&loaded.sources));
    assert_eq!(summary.services, definitions.services.len());
    assert!(summary.positions > 100, "{summary:?}");
    let bad = report.diagnostics.iter().any(|d| d.severity != Severity::Note);
    assert!(!bad, "{}", report.render(&loaded.sources));
}
