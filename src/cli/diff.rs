//! `schalter diff A B`: what changed between two versions, in words.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use engine::check::diff::{Diff, diff};
use engine::text::Language;

use super::{Failure, fail, on_runtime, origin};
use crate::config::Config;

#[derive(Args)]
pub(super) struct DiffArgs {
    /// The older version: a folder, `built-in`, or with --config the hash of a version
    #[arg(value_name = "A")]
    before: String,
    /// The newer version
    #[arg(value_name = "B")]
    after: String,
    /// Only this service
    #[arg(long, value_name = "ID")]
    service: Option<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Language of the sentences
    #[arg(long, value_enum, default_value_t = Lang::De)]
    lang: Lang,
    /// Settings file, to compare with versions in its database
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Human,
    /// For programs; every text in both languages.
    Json,
}

/// A language of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    /// German.
    De,
    /// English.
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Language {
        match lang {
            Lang::De => Language::De,
            Lang::En => Language::En,
        }
    }
}

pub(super) fn run(args: &DiffArgs) -> ExitCode {
    match compare(args).and_then(|diff| show(&diff, args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}

fn compare(args: &DiffArgs) -> Result<Diff, Failure> {
    let config = args.config.as_deref().map(read).transpose()?;
    let (before, after) = on_runtime(async {
        let before = origin::files(&args.before, config.as_ref()).await?;
        let after = origin::files(&args.after, config.as_ref()).await?;
        Ok((before, after))
    })?;
    let before = origin::compiled(&args.before, before)?;
    let after = origin::compiled(&args.after, after)?;
    if let Some(id) = &args.service
        && !before.services.contains_key(id)
        && !after.services.contains_key(id)
    {
        return Err(format!("neither version has a service `{id}`").into());
    }
    Ok(diff(&before, &after, args.service.as_deref()))
}

fn read(path: &Path) -> Result<Config, Failure> {
    Ok(Config::read(path)?)
}

fn show(diff: &Diff, args: &DiffArgs) -> Result<(), Failure> {
    match args.format {
        Format::Human => out!("{}", diff.render(args.lang.into())),
        Format::Json => outln!("{}", serde_json::to_string_pretty(diff)?),
    }
    Ok(())
}
