//! `schalter fmt`: definitions in their canonical form.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use engine::authoring::format::format;
use engine::source::{FileId, Report, SourceFile, Sources};

use super::out::counted;
use super::{EXIT_FOUND, Failure, fail};

/// The folders a definitions folder has.
const FOLDERS: [&str; 3] = ["forms", "workflows", "catalogue"];

pub(super) fn run(paths: &[PathBuf], check: bool) -> ExitCode {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    match all(paths, check) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FOUND),
        Err(error) => fail(&*error),
    }
}

/// Whether nothing is wrong and, with `check`, nothing would change.
fn all(paths: &[PathBuf], check: bool) -> Result<bool, Failure> {
    let mut files = Vec::new();
    for path in paths {
        find(path, true, &mut files)?;
    }
    files.sort();
    let mut good = true;
    let (mut changed, mut left) = (0, 0);
    for path in &files {
        match one(path, check)? {
            Outcome::Same => {}
            Outcome::Changed => {
                outln!("{}", path.display());
                changed += 1;
                good &= !check;
            }
            Outcome::Left => {
                left += 1;
                good = false;
            }
        }
    }
    let verb = if check { "to format" } else { "formatted" };
    outln!(
        "{}: {changed} {verb}, {left} left alone because of errors",
        counted(files.len(), "file")
    );
    Ok(good)
}

fn find(path: &Path, top: bool, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let below: Vec<PathBuf> = FOLDERS
        .iter()
        .map(|name| path.join(name))
        .filter(|path| path.is_dir())
        .collect();
    if top && !below.is_empty() {
        return below.iter().try_for_each(|path| find(path, false, files));
    }
    let unreadable = |error| format!("the folder {} cannot be read: {error}", path.display());
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() || matches!(ending, Some("yaml" | "hbs")) {
            find(&path, false, files)?;
        }
    }
    Ok(())
}

enum Outcome {
    Same,
    Changed,
    Left,
}

fn one(path: &Path, check: bool) -> Result<Outcome, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let source = SourceFile {
        path: path.to_string_lossy().replace('\\', "/"),
        text,
    };
    let mut report = Report::default();
    let Some(formatted) = format(FileId(0), &source, &mut report) else {
        err!("{}", report.render(&Sources::new(vec![source])));
        let left = !report.is_usable();
        return Ok(if left { Outcome::Left } else { Outcome::Same });
    };
    if formatted == source.text {
        return Ok(Outcome::Same);
    }
    if !check {
        replace(path, &formatted)?;
    }
    Ok(Outcome::Changed)
}

/// Writes beside the file first, so that it is never half written.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let failed = |error| format!("{} cannot be written: {error}", path.display());
    fs::write(&beside, text).map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)?;
    Ok(())
}
