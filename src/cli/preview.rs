//! `schalter preview`: the pages of a working folder while it is being written.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{fail, on_runtime};
use crate::preview::{self, Wanted};

#[derive(Args)]
pub(super) struct PreviewArgs {
    /// Folder with forms/, workflows/ and catalogue/; several folders overlay each other
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The form the first page leads to
    #[arg(long, value_name = "ID")]
    form: Option<String>,
    /// Port on 127.0.0.1; 8080, or a free one where 8080 is taken
    #[arg(long)]
    port: Option<u16>,
}

pub(super) fn run(args: PreviewArgs) -> ExitCode {
    let folders = if args.paths.is_empty() {
        vec![PathBuf::from(".")]
    } else {
        args.paths
    };
    let wanted = Wanted {
        folders,
        form: args.form,
        port: args.port,
    };
    match on_runtime(preview::run(wanted)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}
