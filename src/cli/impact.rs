//! `schalter impact` and `schalter migrate-cases`: what new definitions mean
//! for drafts and open cases, and moving cases on purpose.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use engine::text::Language;

use super::diff::{Format, Lang};
use super::out::counted;
use super::{EXIT_FOUND, Failure, fail, on_runtime, origin};
use crate::config::Config;
use crate::desk::impact::{ServiceImpact, StateImpact, VersionImpact};
use crate::desk::migration::Moved;
use crate::wiring::App;

#[derive(Args)]
pub(super) struct ImpactArgs {
    /// Settings file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The new definitions: folders, `built-in`, or the hash of a set; the folders of the settings when missing
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Only this service
    #[arg(long, value_name = "ID")]
    service: Option<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Language of the sentences on what changed
    #[arg(long, value_enum, default_value_t = Lang::De)]
    lang: Lang,
}

#[derive(Args)]
pub(super) struct MigrateCasesArgs {
    /// Settings file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Id of the service whose open cases move to the version in force
    #[arg(value_name = "SERVICE")]
    service: String,
    /// Move them; without it nothing is written
    #[arg(long)]
    apply: bool,
}

pub(super) fn impact(args: &ImpactArgs) -> ExitCode {
    let outcome = on_runtime(async {
        let config = Config::read(&args.config)?;
        let files = origin::of_paths(&args.paths, &config).await?;
        let definitions = origin::compiled("the new version", files)?;
        let app = App::build(config).await?;
        let impacts = app
            .desk
            .impact(&definitions, args.service.as_deref())
            .await?;
        app.desk.store.close().await;
        Ok(impacts)
    });
    match outcome.and_then(|impacts| show(&impacts, args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}

fn show(impacts: &[ServiceImpact], args: &ImpactArgs) -> Result<(), Failure> {
    if args.format == Format::Json {
        outln!("{}", serde_json::to_string_pretty(impacts)?);
        return Ok(());
    }
    if impacts.is_empty() {
        outln!("no draft and no open case runs on another version");
    }
    let language = args.lang.into();
    for impact in impacts {
        let title = impact.title.get(language);
        outln!(
            "{title} ({}), new version {} ({})",
            impact.service,
            impact.version,
            short(&impact.hash)
        );
        for version in &impact.versions {
            show_version(version, language);
        }
    }
    Ok(())
}

fn show_version(version: &VersionImpact, language: Language) {
    outln!("  version {} ({})", version.version, short(&version.hash));
    if let Some(why) = &version.unreadable {
        outln!("    cannot be loaded any more: {why}");
    }
    for change in &version.changes {
        outln!("    - {}", change.text.get(language));
    }
    outln!(
        "    drafts: {}, all keep this version; on the new one {} would be as complete as now",
        version.drafts,
        version.drafts_untouched
    );
    counts("      answers at another question", &version.answers_moved);
    counts("      answers let go by the map", &version.answers_dropped);
    counts("      answers lost", &version.answers_lost);
    counts("      answers needed in addition", &version.answers_needed);
    let cases: usize = version.cases.iter().map(|state| state.cases).sum();
    outln!("    open cases: {cases}, all keep this version unless they are moved");
    for state in &version.cases {
        show_state(state);
    }
}

fn show_state(state: &StateImpact) {
    let staying: usize = state.stay.values().sum();
    let from = state.from.join(", ");
    if staying < state.cases {
        outln!(
            "      {from}: {} would come to {}",
            state.cases - staying,
            state.to.join(", ")
        );
    }
    for (why, number) in &state.stay {
        outln!("      {from}: {number} would stay: {why}");
    }
    counts("        deadlines that end", &state.timers_ended);
    counts("        deadlines that begin", &state.timers_started);
}

fn counts(what: &str, counts: &BTreeMap<String, usize>) {
    if !counts.is_empty() {
        let parts: Vec<String> = counts
            .iter()
            .map(|(name, number)| format!("{name} ({number})"))
            .collect();
        outln!("{what}: {}", parts.join(", "));
    }
}

pub(super) fn migrate_cases(args: &MigrateCasesArgs) -> ExitCode {
    let outcome = on_runtime(async {
        let app = App::build(Config::read(&args.config)?).await?;
        let target = app
            .desk
            .catalog
            .current()
            .services
            .get(&args.service)
            .map(Arc::clone)
            .ok_or_else(|| format!("there is no service `{}`", args.service))?;
        let (mut moved, mut stayed) = (0_usize, 0_usize);
        let told = |case: Moved| match tell(&case, args.apply) {
            true => moved += 1,
            false => stayed += 1,
        };
        app.desk.migrate_cases(&target, args.apply, told).await?;
        app.desk.store.close().await;
        match args.apply {
            true => outln!(
                "{} moved, {stayed} stay on their version",
                counted(moved, "case")
            ),
            false => outln!(
                "{} would move, {stayed} would stay; nothing was written, --apply moves them",
                counted(moved, "case")
            ),
        }
        Ok(stayed == 0)
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FOUND),
        Err(error) => fail(&*error),
    }
}

/// One line for each case; whether it moves.
fn tell(case: &Moved, apply: bool) -> bool {
    let from = case.from.join(", ");
    match &case.outcome {
        Ok(decision) => {
            let verb = if apply { "moved" } else { "would move" };
            let to = decision.case.configuration.join(", ");
            outln!("{}\t{verb}\t{from} -> {to}", case.reference);
            true
        }
        Err(why) => {
            outln!("{}\tstays\t{from}: {why}", case.reference);
            false
        }
    }
}

/// The first letters of a hash, enough to tell versions apart.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
