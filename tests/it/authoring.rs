//! The commands for those who write definitions, as they are typed.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn schalter(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_schalter"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("it works")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat())
        .into_owned()
}

/// A folder with the departments of a town and nothing else.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("it works");
    let catalogue = folder.path().join("catalogue");
    fs::create_dir(&catalogue).expect("it works");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue/departments.yaml");
    fs::copy(from, catalogue.join("departments.yaml")).expect("it works");
    folder
}

const NEW: [&str; 11] = [
    "new",
    "service",
    "dog-tax",
    "--title-de",
    "Hund anmelden",
    "--title-en",
    "Register a dog",
    "--department",
    "public-order",
    "--queue",
    "trade",
];

#[test]
fn a_new_service_is_drawn_formatted_and_never_overwritten() {
    let folder = folder();
    let folder = folder.path();
    let made = schalter(
        folder,
        &[
            &NEW[..],
            &["--fee", "25,00", "--attachment", "Ausweis|ID card"],
        ]
        .concat(),
    );
    assert!(
        made.status.success() && said(&made).contains("0 errors, 0 warnings"),
        "{}",
        said(&made)
    );
    let form = folder.join("forms/dog-tax/form.yaml");
    assert!(
        fs::read_to_string(&form)
            .expect("it works")
            .contains("id: id_card")
    );

    let again = schalter(folder, &NEW);
    assert!(
        !again.status.success() && said(&again).contains("is there already"),
        "{}",
        said(&again)
    );

    let tidy = schalter(folder, &["fmt", "--check", "forms", "workflows"]);
    assert!(tidy.status.success(), "{}", said(&tidy));
    let text = fs::read_to_string(&form).expect("it works");
    fs::write(&form, text.replace("minutes: 10", "minutes:    10")).expect("it works");
    assert_eq!(
        schalter(folder, &["fmt", "--check", "forms"]).status.code(),
        Some(1)
    );
    assert!(schalter(folder, &["fmt"]).status.success());
    assert_eq!(fs::read_to_string(&form).expect("it works"), text);

    let drawn = schalter(folder, &["graph", "dog-tax", "--lang", "en"]);
    assert!(
        said(&drawn).contains("<title id=\"title\">Register a dog</title>"),
        "{}",
        said(&drawn)
    );
    let drawn = schalter(
        folder,
        &["graph", "dog-tax", "--what", "form", "--format", "mermaid"],
    );
    assert!(said(&drawn).contains("flowchart TD"), "{}", said(&drawn));
}

#[test]
fn what_is_not_answered_or_does_not_exist_is_told() {
    let folder = folder();
    let made = schalter(folder.path(), &["new", "form", "dog-tax"]);
    assert!(
        !made.status.success() && said(&made).contains("--title-de"),
        "{}",
        said(&made)
    );
    let made = schalter(folder.path(), &[&NEW[..9], &["--queue", "trad"]].concat());
    assert!(
        said(&made).contains("did you mean `trade`?"),
        "{}",
        said(&made)
    );
    let drawn = schalter(folder.path(), &["graph", "dog"]);
    assert!(
        said(&drawn).contains("there is no service or used workflow `dog`"),
        "{}",
        said(&drawn)
    );
    let kind = schalter(folder.path(), &["schema", "from"]);
    assert!(
        said(&kind).contains("did you mean `form`?"),
        "{}",
        said(&kind)
    );
}

#[test]
fn schemas_are_written_for_every_kind() {
    let folder = folder();
    let made = schalter(folder.path(), &["schema", "--out", "schemas"]);
    assert!(made.status.success(), "{}", said(&made));
    let text =
        fs::read_to_string(folder.path().join("schemas/workflow.schema.json")).expect("it works");
    let schema: serde_json::Value = serde_json::from_str(&text).expect("it works");
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
}

#[test]
fn a_broken_file_is_not_formatted() {
    let folder = folder();
    let path = folder.path().join("catalogue/departments.yaml");
    fs::write(&path, "schalter: departments/1\ndepartments: [\n").expect("it works");
    let output = schalter(folder.path(), &["fmt"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("yaml-syntax"), "{}", said(&output));
    assert_eq!(
        fs::read_to_string(&path).expect("it works"),
        "schalter: departments/1\ndepartments: [\n"
    );
}
