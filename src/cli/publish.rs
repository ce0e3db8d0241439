//! `schalter publish`, `published` and `unpublish`: which definitions hold
//! from when.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use store::{Publication, Store};

use super::diff::Format;
use super::{EXIT_FOUND, Failure, fail, on_runtime, origin};
use crate::clock::{self, Clock};
use crate::config::Config;
use crate::desk::publishing::{self, LEAD, PublishError};

#[derive(Args)]
pub(super) struct PublishArgs {
    /// Settings file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Folders that overlay each other, `built-in`, or the hash of an earlier set; the folders of the settings when missing
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// From when it holds (Europe/Berlin), such as 2027-01-01 or 2027-01-01T06:00; at once when missing
    #[arg(long, value_name = "MOMENT")]
    at: Option<String>,
}

#[derive(Args)]
pub(super) struct PublishedArgs {
    /// Settings file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Args)]
pub(super) struct UnpublishArgs {
    /// Settings file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The set, by the beginning of its hash, or the id of its publication
    #[arg(value_name = "SET")]
    set: String,
}

async fn store_of(config: &Config) -> Result<Store, Failure> {
    let store = Store::open(&config.store_settings()?).await?;
    if !store.pending_migrations().await?.is_empty() {
        return Err(
            "the database is older than the program; run `schalter migrate --config FILE`".into(),
        );
    }
    Ok(store)
}

pub(super) fn publish(args: &PublishArgs) -> ExitCode {
    let outcome = on_runtime(async {
        let config = Config::read(&args.config)?;
        let at = args.at.as_deref().map(clock::instant).transpose()?;
        let files = origin::of_paths(&args.paths, &config).await?;
        let store = store_of(&config).await?;
        let now = Clock::System.now();
        let published = publishing::publish(&store, &config.town.tenant, files, at, now).await;
        store.close().await;
        Ok(published)
    });
    match outcome {
        Ok(Ok(publication)) => {
            outln!(
                "set {} holds from {} (Europe/Berlin)",
                short(&publication.definition_set),
                clock::shown(publication.valid_from)
            );
            ExitCode::SUCCESS
        }
        Ok(Err(PublishError::Broken(report))) => {
            out!("{report}");
            errln!("schalter: nothing was published: the definitions have errors");
            ExitCode::from(EXIT_FOUND)
        }
        Ok(Err(error)) => fail(&error),
        Err(error) => fail(&*error),
    }
}

pub(super) fn published(args: &PublishedArgs) -> ExitCode {
    const SHOWN: u32 = 200;
    let outcome = on_runtime(async {
        let config = Config::read(&args.config)?;
        let store = store_of(&config).await?;
        let tenant = config.town.tenant.as_str();
        let now = Clock::System.now();
        let current = store.publications_from(tenant, now).await?;
        let in_force = current.first().filter(|one| one.valid_from <= now);
        let mut broken = Vec::new();
        for one in &current {
            match publishing::stored_set(&store, tenant, &one.definition_set).await {
                Ok(_) => {}
                Err(PublishError::Broken(report)) => broken.push((one.id, report)),
                Err(error) => return Err(error.into()),
            }
        }
        let all = store.publications(tenant, SHOWN).await?;
        let rows: Vec<(Publication, &str)> = all
            .into_iter()
            .map(|one| {
                let state = state(&one, in_force, now);
                (one, state)
            })
            .collect();
        show(&rows, &broken, args.format)?;
        store.close().await;
        Ok(broken.is_empty())
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FOUND),
        Err(error) => fail(&*error),
    }
}

fn state(one: &Publication, in_force: Option<&Publication>, now: i64) -> &'static str {
    match one {
        _ if one.withdrawn_at.is_some() => "withdrawn",
        _ if one.valid_from > now => "coming",
        _ if in_force.is_some_and(|other| other.id == one.id) => "in force",
        _ => "past",
    }
}

fn show(
    rows: &[(Publication, &str)],
    broken: &[(uuid::Uuid, String)],
    format: Format,
) -> Result<(), Failure> {
    let report = |one: &Publication| broken.iter().find(|(id, _)| *id == one.id);
    if format == Format::Json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(one, state)| {
                json!({
                    "id": one.id,
                    "set": one.definition_set,
                    "valid_from": clock::shown(one.valid_from),
                    "published_at": clock::shown(one.published_at),
                    "withdrawn_at": one.withdrawn_at.map(clock::shown),
                    "state": state,
                    "loads": report(one).is_none(),
                })
            })
            .collect();
        outln!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    if rows.is_empty() {
        outln!("nothing was published: the definition folders of the settings hold");
    }
    for (one, state) in rows {
        outln!(
            "{}\t{state}\tset {}\tpublished {}\t{}",
            clock::shown(one.valid_from),
            short(&one.definition_set),
            clock::shown(one.published_at),
            one.id
        );
        if let Some((_, report)) = report(one) {
            outln!("this program cannot load it; nodes leave it out:\n{report}");
        }
    }
    Ok(())
}

pub(super) fn unpublish(args: &UnpublishArgs) -> ExitCode {
    let outcome: Result<String, Failure> = on_runtime(async {
        let config = Config::read(&args.config)?;
        let store = store_of(&config).await?;
        let tenant = config.town.tenant.as_str();
        let now = Clock::System.now();
        let coming = store.publications_from(tenant, now).await?;
        let wanted = args.set.to_lowercase();
        let named: Vec<&Publication> = coming
            .iter()
            .filter(|one| one.valid_from > now)
            .filter(|one| {
                one.id.to_string() == wanted
                    || (wanted.len() >= 8 && one.definition_set.starts_with(&wanted))
            })
            .collect();
        let one = match named.as_slice() {
            [one] => *one,
            [] => {
                return Err(format!(
                    "no set to come is called {}; `schalter published` lists them. What is in force is replaced by publishing another set, such as the one before it by its hash",
                    args.set
                )
                .into());
            }
            _ => {
                return Err(format!(
                    "{} is to come several times; give the id `schalter published` shows",
                    args.set
                )
                .into());
            }
        };
        if !store.withdraw(tenant, one.id, now, now + LEAD).await? {
            return Err("it takes effect within seconds, too late to withdraw it; publish the set before it by its hash".into());
        }
        store.close().await;
        Ok(format!(
            "withdrawn: set {}, which would have held from {}",
            short(&one.definition_set),
            clock::shown(one.valid_from)
        ))
    });
    match outcome {
        Ok(told) => {
            outln!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&*error),
    }
}

/// The first letters of a hash, enough to tell sets apart.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
