//! Definition files to try things on: those that are shipped, a town with
//! every kind of question, and one with every key of the language.

use std::path::{Path, PathBuf};

use engine::source::{Diagnostic, FileId, Node, NodeKind, Report, SourceFile, read_yaml};

/// The folder of the engine.
pub(crate) fn engine() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The services tried in every way; what the others add is content, not language.
const FEW: [&str; 3] = [
    "business-registration",
    "map-product-order",
    "vhs-course-registration",
];

/// The definitions that are shipped, with few of the services.
pub(crate) fn shipped() -> Vec<SourceFile> {
    let mut files = everything();
    let folders: Vec<String> = files
        .iter()
        .filter_map(|file| file.path.strip_suffix("/form.yaml"))
        .filter_map(|folder| folder.strip_prefix("forms/"))
        .filter(|id| !FEW.contains(id))
        .map(str::to_owned)
        .collect();
    files.retain(|file| {
        let below = |above: &str, id: &String| file.path.starts_with(&format!("{above}/{id}/"));
        !folders
            .iter()
            .any(|id| below("forms", id) || below("workflows/letters", id))
    });
    files
}

/// All definitions that are shipped.
pub(crate) fn everything() -> Vec<SourceFile> {
    let root = engine().parent().unwrap();
    let folders = ["forms", "workflows", "catalogue"].map(|name| root.join(name));
    read(root, &folders)
}

/// A set below `tests/definitions`: `town` or `grammar`.
pub(crate) fn set(name: &str) -> Vec<SourceFile> {
    let root = engine().join("tests/definitions").join(name);
    read(&root, std::slice::from_ref(&root))
}

/// Everything that must be right.
pub(crate) fn all() -> Vec<SourceFile> {
    [everything(), set("town"), set("grammar")].concat()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn read(root: &Path, folders: &[PathBuf]) -> Vec<SourceFile> {
    let mut files = Vec::new();
    let mut open = folders.to_vec();
    while let Some(at) = open.pop() {
        for entry in at.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "hbs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.push(SourceFile {
                    path: name.replace('\\', "/"),
                    text: std::fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The node tree of a text that is good YAML.
pub(crate) fn node(text: &str) -> Node {
    let mut report = Report::default();
    let node = read_yaml(FileId(0), text, &mut report);
    let problems: Vec<&Diagnostic> = report.diagnostics.iter().collect();
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    node.unwrap()
}

/// A node as JSON, which is YAML too; plain numbers and truths stay what they are.
pub(crate) fn json(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::Null => serde_json::Value::Null,
        NodeKind::List(items) => items.iter().map(json).collect(),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.text.clone(), json(value)))
            .collect(),
        NodeKind::Scalar(scalar) => {
            let number = node
                .as_number_text()
                .and_then(|text| serde_json::from_str(text).ok());
            match (node.as_bool(), number) {
                (Some(truth), _) => truth.into(),
                (None, Some(number)) => serde_json::Value::Number(number),
                (None, None) => scalar.text.clone().into(),
            }
        }
    }
}
