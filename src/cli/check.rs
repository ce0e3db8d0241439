//! `schalter check`: everything that is wrong with definitions.

use std::path::PathBuf;
use std::process::ExitCode;

use engine::definitions::Definitions;

use super::{EXIT_FOUND, fail};
use crate::catalog;

pub(super) fn run(paths: &[PathBuf], notes: bool) -> ExitCode {
    let here = [PathBuf::from(".")];
    let folders = if paths.is_empty() { &here[..] } else { paths };
    let files = match catalog::read(folders) {
        Ok(files) => files,
        Err(error) => return fail(&error),
    };
    let loaded = Definitions::load(files);
    let usable = loaded.report.is_usable();
    print!("{}", catalog::report(loaded, notes));
    if usable {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FOUND)
    }
}
