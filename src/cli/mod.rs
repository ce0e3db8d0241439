//! The command line: what can be asked of the one binary, and its exit codes.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line answers on its terminal"
)]

mod check;
mod diff;
mod impact;
mod origin;
mod publish;

use std::error::Error;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::demo;
use crate::desk::accounts;
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
        /// Also show notes, such as amounts to verify
        #[arg(long)]
        notes: bool,
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
        command: AccountCommand,
    },
    /// Tell whether a receipt PDF is true
    Verify {
        /// The PDF
        file: PathBuf,
        /// Public key of the town as it publishes it (base64url)
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// Settings file of the town whose key is meant
        #[arg(long, value_name = "FILE", conflicts_with = "key")]
        config: Option<PathBuf>,
    },
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

#[derive(Subcommand)]
enum AccountCommand {
    /// Add an account; prints a password to be changed at the first login
    Add {
        /// Settings file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Account name, lower case
        name: String,
        /// Name shown to colleagues
        #[arg(long, value_name = "NAME")]
        display: Option<String>,
        /// Department and role, such as public-order:clerk; may be given several times
        #[arg(long = "role", value_name = "DEPARTMENT:ROLE", required = true)]
        roles: Vec<String>,
        /// Read the password from standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts
    List {
        /// Settings file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

type Failure = Box<dyn Error + Send + Sync>;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    // Tests name points at which the process shall stand still; without their feature this does nothing.
    let _points = fail::FailScenario::setup();
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Demo(args) => on_runtime(demo::run(args.port, args.data, args.definitions)),
        Command::Serve { config } => serve(&config),
        Command::Check { paths, notes } => return check::run(&paths, notes),
        Command::Diff(args) => return diff::run(&args),
        Command::Impact(args) => return impact::impact(&args),
        Command::MigrateCases(args) => return impact::migrate_cases(&args),
        Command::Publish(args) => return publish::publish(&args),
        Command::Published(args) => return publish::published(&args),
        Command::Unpublish(args) => return publish::unpublish(&args),
        Command::Migrate { config } => migrate(&config),
        Command::Account { command } => account(command),
        Command::Verify { file, key, config } => {
            return verify(&file, key.as_deref(), config.as_deref());
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("schalter: {}", wiring::chain(error));
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
        println!("listening on http://{}", listener.local_addr()?);
        app.serve(listener, wiring::stop_signal()).await
    })
}

fn migrate(path: &Path) -> Result<(), Failure> {
    let config = Config::read(path)?;
    on_runtime(async move {
        std::fs::create_dir_all(&config.data)?;
        let store = store::Store::open(&config.store_settings()?).await?;
        store.migrate().await?;
        println!("the database is up to date");
        Ok(())
    })
}

fn account(command: AccountCommand) -> Result<(), Failure> {
    match command {
        AccountCommand::Add {
            config,
            name,
            display,
            roles,
            password_stdin,
        } => {
            let config = Config::read(&config)?;
            let mut given = None;
            if password_stdin {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text)?;
                given = Some(text.trim_end_matches(['\r', '\n']).to_owned());
            }
            on_runtime(async move {
                let app = App::build(config).await?;
                let display = display.unwrap_or_else(|| name.clone());
                let made = accounts::add(&app.desk, &name, &display, &roles, given).await?;
                match made {
                    Some(password) => println!("account {name} added; password: {password}"),
                    None => println!("account {name} added"),
                }
                Ok(())
            })
        }
        AccountCommand::List { config } => {
            let config = Config::read(&config)?;
            on_runtime(async move {
                let app = App::build(config).await?;
                for account in app.desk.store.accounts(&app.desk.town.tenant).await? {
                    let roles: Vec<String> = account
                        .departments
                        .iter()
                        .map(|place| format!("{}:{}", place.department, place.role))
                        .collect();
                    let state = if account.disabled { " (disabled)" } else { "" };
                    println!(
                        "{}\t{}\t{}{state}",
                        account.name,
                        account.display_name,
                        roles.join(" ")
                    );
                }
                Ok(())
            })
        }
    }
}

fn verify(file: &Path, key: Option<&str>, config: Option<&Path>) -> ExitCode {
    let outcome = (|| -> Result<_, Failure> {
        let pdf = std::fs::read(file)?;
        let keys = match (key, config) {
            (Some(text), _) => vec![wiring::public_key(text)?],
            (None, Some(path)) => vec![wiring::town_key(&Config::read(path)?)?],
            (None, None) => demo::public_keys(),
        };
        if keys.is_empty() {
            return Err(
                "name the town's public key with --key, or its settings with --config".into(),
            );
        }
        Ok(paper::check_receipt(&pdf, &keys))
    })();
    match outcome {
        Err(error) => fail(&*error),
        Ok(verdict) => {
            println!("{}", wiring::verdict_text(&verdict));
            if matches!(verdict, paper::Verdict::True { .. }) {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(EXIT_FOUND)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
