//! The one binary: web server, worker and command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    schalter::cli::main()
}
