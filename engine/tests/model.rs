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
        read(
            &root().join("..").join(part),
            &format!("{part}/"),
            &mut files,
        );
    }
    // With what was accepted with a reason, such as a model that is too large.
    let mut loaded = engine::check::check(files);
    let findings = &mut loaded.report.diagnostics;
    findings.retain(|found| found.severity != Severity::Note);
    assert!(
        loaded.report.diagnostics.is_empty(),
        "{}",
        loaded.report.render(&loaded.sources)
    );
    assert!(loaded.definitions.unwrap().services.len() > 100);
}

/// The files of the good town with those of a case put in: a case holds files
/// below `# file: <path>` lines.
fn case(text: &str) -> Vec<SourceFile> {
    let mut files = Vec::new();
    read(&root().join("tests/definitions/town"), "", &mut files);
    for part in text.split("# file: ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap();
        let text = text.strip_suffix("---\n").unwrap_or(text);
        files.retain(|file| file.path != path);
        files.push(SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        });
    }
    files
}

/// Set `UPDATE_EXPECT` to write the reports anew, then read what changed.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn mistakes_are_found_with_the_way_to_them() {
    let update = std::env::var("UPDATE_EXPECT").is_ok();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for entry in root().join("tests/definitions/model").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        cases += 1;
        let loaded = Definitions::load(case(&std::fs::read_to_string(&path).unwrap()));
        let Some(definitions) = loaded.definitions else {
            panic!(
                "{}: {}",
                path.display(),
                loaded.report.render(&loaded.sources)
            );
        };
        let mut report = Report::default();
        model::check(&definitions, &loaded.sources, &mut report);
        report.diagnostics.retain(|d| d.severity != Severity::Note);
        let found = report.render(&loaded.sources);
        assert!(!found.is_empty(), "{}: nothing was found", path.display());
        let expected = path.with_extension("txt");
        if update {
            std::fs::write(&expected, &found).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases >= 14, "only {cases} cases were found");
}
