//! House rules a machine can see.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folder is readable") {
        let path = entry.expect("entry is readable").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if !["target", ".git", "node_modules", "vendor"].contains(&name) {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["src", "engine", "adapters", "tests"] {
        files(&root().join(folder), ".rs", &mut found);
    }
    assert!(
        found.len() > 40,
        "the walk found only {} files",
        found.len()
    );
    found
}

/// Imports point one way: the program to the adapters, the adapters to the engine.
#[test]
fn crates_depend_one_way() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let members: Vec<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut uses = BTreeMap::new();
    for package in packages {
        let own: Vec<&str> = package["dependencies"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|name| members.contains(name))
            .collect();
        uses.insert(package["name"].as_str().unwrap_or_default(), own);
    }
    assert_eq!(uses["engine"], Vec::<&str>::new());
    for adapter in ["store", "inbox", "paper"] {
        assert!(
            uses[adapter].iter().all(|name| *name == "engine"),
            "{adapter} uses {:?}",
            uses[adapter]
        );
    }
    assert_eq!(members.len(), 5);
}

#[test]
fn every_module_says_what_it_is_for() {
    for path in rust_files() {
        let text = fs::read_to_string(&path).expect("source is readable");
        let first = text
            .lines()
            .find(|line| !line.starts_with("#!["))
            .unwrap_or_default();
        assert!(
            first.starts_with("//!"),
            "{} does not open with //!",
            path.display()
        );
    }
}

#[test]
fn files_are_small_enough_to_hold_in_the_head() {
    for path in rust_files() {
        // Sample views are data: long, but nothing to hold in the head.
        if path.ends_with("samples.rs") {
            continue;
        }
        let lines = fs::read_to_string(&path)
            .expect("source is readable")
            .lines()
            .count();
        assert!(lines <= 800, "{} has {lines} lines", path.display());
    }
}

#[test]
fn names_say_what_things_are() {
    for path in rust_files() {
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        assert!(
            !["manager", "utils", "util", "common", "helper", "helpers"].contains(&stem),
            "{}",
            path.display()
        );
    }
}

/// Both databases have the same migrations.
#[test]
fn migrations_have_equal_names() {
    let names = |folder: &str| {
        let mut names: Vec<String> = fs::read_dir(root().join("migrations").join(folder))
            .expect("folder is readable")
            .map(|entry| {
                entry
                    .expect("entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

/// Dependencies are declared once, for the workspace.
#[test]
fn dependencies_are_declared_once() {
    let mut manifests = Vec::new();
    files(&root(), "Cargo.toml", &mut manifests);
    for path in manifests {
        let text = fs::read_to_string(&path).expect("manifest is readable");
        let mut section = "";
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            } else if section.contains("dependencies]")
                && !section.contains("workspace")
                && line.contains('=')
            {
                assert!(
                    line.contains("workspace = true"),
                    "{}: {line}",
                    path.display()
                );
            }
        }
    }
}
