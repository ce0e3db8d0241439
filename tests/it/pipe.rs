//! `schalter check | head`: whoever reads may stop at any time.

use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a command whose standard output nobody reads; its exit code and what
/// it said on standard error.
fn unread(arguments: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().expect("it works");
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_schalter"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .expect("it works");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[test]
fn nobody_need_read_to_the_end() {
    for arguments in [
        &["check", "--notes"][..],
        &["check", "--format", "json"],
        &["explain"],
        &["schema", "form"],
        &["graph", "order-and-payment"],
        &["test", "business-registration"],
        &["diff", ".", "."],
    ] {
        assert_eq!(unread(arguments), (Some(0), String::new()), "{arguments:?}");
    }
    // What was found is still told by the exit code.
    let broken = tempfile::tempdir().expect("it works");
    let folder = broken.path().join("forms/x");
    std::fs::create_dir_all(&folder).expect("it works");
    std::fs::write(folder.join("form.yaml"), "schalter: form/1\n").expect("it works");
    let folder = broken.path().to_string_lossy().into_owned();
    assert_eq!(unread(&["check", &folder]), (Some(1), String::new()));
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("it works");
    let output = Command::new(env!("CARGO_BIN_EXE_schalter"))
        .arg("explain")
        .stdout(full)
        .output()
        .expect("it works");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.starts_with("schalter: cannot write the answer: "),
        "{said}"
    );
}
