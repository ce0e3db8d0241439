//! `schalter account`: who of the staff may sign in, and as what.

use std::io::Read as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, on_runtime};
use crate::config::Config;
use crate::desk::accounts;
use crate::wiring::App;

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Add an account; prints a password to be changed at the first login
    Add {
        #[command(flatten)]
        which: Which,
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
    /// Give an account a new password, to be changed at the next login; ends its sessions
    Password {
        #[command(flatten)]
        which: Which,
        /// Read the password from standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
    /// Refuse an account to sign in and end its sessions; its cases keep its name
    Disable {
        #[command(flatten)]
        which: Which,
    },
    /// Let a disabled account sign in again
    Enable {
        #[command(flatten)]
        which: Which,
    },
    /// List the accounts
    List {
        /// Settings file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

/// An account of a town.
#[derive(Args)]
pub(super) struct Which {
    /// Settings file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Account name, lower case
    name: String,
}

pub(super) fn run(command: AccountCommand) -> Result<(), Failure> {
    match command {
        AccountCommand::Add {
            which: Which { config, name },
            display,
            roles,
            password_stdin,
        } => {
            let given = given(password_stdin)?;
            with_app(config, async move |app| {
                let display = display.unwrap_or_else(|| name.clone());
                let made = accounts::add(&app.desk, &name, &display, &roles, given).await?;
                outln!("account {name} added{}", shown(made));
                Ok(())
            })
        }
        AccountCommand::Password {
            which: Which { config, name },
            password_stdin,
        } => {
            let given = given(password_stdin)?;
            with_app(config, async move |app| {
                let made = accounts::renew_password(&app.desk, &name, given).await?;
                outln!("account {name} has a new password{}", shown(made));
                Ok(())
            })
        }
        AccountCommand::Disable { which } => set_disabled(which, true),
        AccountCommand::Enable { which } => set_disabled(which, false),
        AccountCommand::List { config } => with_app(config, async |app| list(&app).await),
    }
}

fn with_app(
    config: PathBuf,
    work: impl AsyncFnOnce(App) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let config = Config::read(&config)?;
    on_runtime(async move { work(App::build(config).await?).await })
}

/// A password that was typed by somebody who knows it, or one to be made.
fn given(from_stdin: bool) -> Result<Option<String>, Failure> {
    if !from_stdin {
        return Ok(None);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn shown(made: Option<String>) -> String {
    made.map_or_else(String::new, |password| {
        format!("; password for the first login: {password}")
    })
}

fn set_disabled(Which { config, name }: Which, disabled: bool) -> Result<(), Failure> {
    with_app(config, async move |app| {
        accounts::set_disabled(&app.desk, &name, disabled).await?;
        let state = if disabled { "disabled" } else { "enabled" };
        outln!("account {name} is {state}");
        Ok(())
    })
}

async fn list(app: &App) -> Result<(), Failure> {
    for account in app.desk.store.accounts(app.desk.tenant()).await? {
        let roles: Vec<String> = account
            .departments
            .iter()
            .map(|place| format!("{}:{}", place.department, place.role))
            .collect();
        let state = match (account.disabled, account.initial_until.is_some()) {
            (true, _) => " (disabled)",
            (false, true) => " (has to set a password)",
            (false, false) => "",
        };
        outln!(
            "{}\t{}\t{}{state}",
            account.name,
            account.display_name,
            roles.join(" ")
        );
    }
    Ok(())
}
