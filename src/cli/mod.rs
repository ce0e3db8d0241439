//! The command line: what can be asked of the one binary, and its exit codes.

// First, since its macros are what the others write with.
#[macro_use]
pub(crate) mod out;

mod account;
mod check;
mod diff;
mod explain;
mod findings;
mod fmt;
mod graph;
mod impact;
mod new;
mod origin;
mod preview;
mod publish;
mod schema;
mod test;
mod verify;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::catalog;
use crate::config::Config;
use crate::demo;
use crate::wiring::{self, App};

/// Something in the input is wrong: definitions with errors, a receipt that is not true.
const EXIT_FOUND: u8 = 1;
/// The program could not do what was asked: settings, database, port.
const EXIT_FAILED: u8 = 3;

/// Form assistants and case workflows for cities.
///
/// One program serves citizens, clerks and the JSON API. Try it with
/// `schalter demo`; run it with `schalter serve --config schalter.toml`.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes:\n  0  done\n  1  the definitions have errors, or the receipt is not true\n  2  the command line is wrong\n  3  could not be done: settings, files, database or port"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the demo town: no settings, nothing leaves this machine
    Demo(DemoArgs),
    /// Serve a town as its settings file says
    Serve {
        /// Settings file (TOML); docs/handbook/operator.md explains every key
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Tell everything that is wrong with definitions
    Check {
        /// Folder with forms/, workflows/ and catalogue/; several folders overlay each other
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// How findings are written
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: check::Format,
        /// Settings file: also tell which roles nobody has in the database of this town;
        /// without PATH the folders of the settings are checked
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Also show notes, such as amounts to verify and accepted findings
        #[arg(long)]
        notes: bool,
        /// Also tell how many pages, questions, rules and letters there are
        #[arg(long)]
        counts: bool,
    },
    /// Show forms as citizens see them, anew whenever a definition is saved
    Preview(preview::PreviewArgs),
    /// Help editors with definitions: a language server on standard input and output
    Lsp,
    /// Write definitions in their canonical form; comments stay
    Fmt {
        /// Files, or folders with definitions; the folder one is in where none is named
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Change nothing, name the files that are not in canonical form
        #[arg(long)]
        check: bool,
    },
    /// Begin a form, a workflow, or a service with both
    New(new::Args),
    /// Draw a workflow, or a form as a map of its pages
    Graph(graph::Args),
    /// Write JSON Schemas of the definition files, for editors
    Schema {
        /// Kind of file, such as form; without it all kinds
        #[arg(value_name = "KIND")]
        kind: Option<String>,
        /// Folder to write `<kind>.schema.json` files to; without it the schema is printed
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Play the scenarios beside the forms
    Test(test::TestArgs),
    /// Explain a finding of `check`: cause, example, repair
    Explain {
        /// Code such as no-deadline; without one, all codes are listed
        #[arg(value_name = "CODE")]
        code: Option<String>,
    },
    /// Tell in words what changed between two versions of definitions
    Diff(diff::DiffArgs),
    /// Tell what new definitions mean for the drafts and open cases there are; writes nothing
    Impact(impact::ImpactArgs),
    /// Move open cases of a service to the version in force, by its migration map
    MigrateCases(impact::MigrateCasesArgs),
    /// Put definitions into force, now or at a later moment, on all nodes at once
    Publish(publish::PublishArgs),
    /// List what was published, what is in force and what is to come
    Published(publish::PublishedArgs),
    /// Withdraw a set that is still to come
    Unpublish(publish::UnpublishArgs),
    /// Bring the database up to date
    Migrate {
        /// Settings file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Add or change staff accounts
    Account {
        #[command(subcommand)]
        command: account::AccountCommand,
    },
    /// Tell whether a receipt PDF is true
    Verify(verify::Which),
}

#[derive(Args)]
struct DemoArgs {
    /// Port on 127.0.0.1; 8080, or a free one where 8080 is taken
    #[arg(long)]
    port: Option<u16>,
    /// Folder for the database and keys; deleting it starts afresh
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder with definitions, instead of those built into the program
    #[arg(long, value_name = "DIR")]
    definitions: Vec<PathBuf>,
}

type Failure = Box<dyn Error + Send + Sync>;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    out::ended(run())
}

fn run() -> ExitCode {
    // Tests name points at which the process shall stand still; without their feature this does nothing.
    let _points = fail::FailScenario::setup();
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Demo(args) => on_runtime(demo::run(args.port, args.data, args.definitions)),
        Command::Serve { config } => serve(&config),
        Command::Preview(args) => return preview::run(args),
        Command::Lsp => return crate::lsp::run(),
        Command::Fmt { paths, check } => return fmt::run(&paths, check),
        Command::New(args) => new::run(args),
        Command::Graph(args) => graph::run(&args),
        Command::Schema { kind, out } => schema::run(kind.as_deref(), out.as_deref()),
        Command::Check {
            paths,
            format,
            config,
            notes,
            counts,
        } => return check::run(paths, format, config.as_deref(), notes, counts),
        Command::Explain { code } => return explain::run(code.as_deref()),
        Command::Test(args) => return test::run(&args),
        Command::Diff(args) => return diff::run(&args),
        Command::Impact(args) => return impact::impact(&args),
        Command::MigrateCases(args) => return impact::migrate_cases(&args),
        Command::Publish(args) => return publish::publish(&args),
        Command::Published(args) => return publish::published(&args),
        Command::Unpublish(args) => return publish::unpublish(&args),
        Command::Migrate { config } => migrate(&config),
        Command::Account { command } => account::run(command),
        Command::Verify(which) => return verify::run(&which),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<catalog::Broken>() {
            Some(broken) => {
                err!("{broken}");
                errln!("schalter: the definitions have errors, nothing is served");
                ExitCode::from(EXIT_FOUND)
            }
            None => fail(&*error),
        },
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    errln!("schalter: {}", wiring::chain(error));
    ExitCode::from(EXIT_FAILED)
}

fn on_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

fn serve(path: &Path) -> Result<(), Failure> {
    let config = Config::read(path)?;
    on_runtime(async move {
        wiring::log();
        let app = App::build(config).await?;
        let listener = tokio::net::TcpListener::bind(app.config.listen).await?;
        outln!("listening on http://{}", listener.local_addr()?);
        app.serve(listener, wiring::stop_signal()).await
    })
}

fn migrate(path: &Path) -> Result<(), Failure> {
    let config = Config::read(path)?;
    on_runtime(async move {
        std::fs::create_dir_all(&config.data)?;
        let store = store::Store::open(&config.store_settings()?).await?;
        store.migrate().await?;
        outln!("the database is up to date");
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
