//! `schalter check`: everything that is wrong with definitions.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use engine::check::counts::{Counts, Totals, count};
use engine::check::{Staffing, check_with};
use engine::definitions::Loaded;
use engine::source::{Report, Severity};

use super::findings::{Findings, json, sarif};
use super::out::counted;
use super::{EXIT_FOUND, Failure, fail, on_runtime};
use crate::catalog;
use crate::config::Config;

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people, with the line and what to do
    #[default]
    Human,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code review tools and editors
    Sarif,
}

pub(super) fn run(
    paths: Vec<PathBuf>,
    format: Format,
    config: Option<&Path>,
    notes: bool,
    counts: bool,
) -> ExitCode {
    let (folders, staffing) = match town(config) {
        Ok((folders, staffing)) if paths.is_empty() => (folders, staffing),
        Ok((_, staffing)) => (paths, staffing),
        Err(error) => return fail(&*error),
    };
    let files = match catalog::read(&folders) {
        Ok(files) => files,
        Err(error) => return fail(&error),
    };
    let Loaded {
        sources,
        definitions,
        mut report,
    } = check_with(files, staffing.as_ref());
    let counted_notes = report.count(Severity::Note);
    if !notes {
        report
            .diagnostics
            .retain(|diagnostic| diagnostic.severity != Severity::Note);
    }
    let totals = definitions.as_ref().map(|all| count(all, &sources));
    let findings = Findings {
        sources: &sources,
        report: &report,
        folders: &folders,
        services: definitions.map_or(0, |all| all.services.len()),
    };
    match format {
        Format::Human => {
            out!("{}", report.render(&sources));
            if let (true, Some(totals)) = (counts, &totals) {
                out!("{}", table(totals));
            }
            outln!("{}", summary(&findings, counted_notes));
        }
        Format::Json => outln!("{:#}", json(&findings)),
        Format::Sarif => outln!("{:#}", sarif(&findings)),
    }
    if report.is_usable() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FOUND)
    }
}

/// The size of each service, and of all together.
fn table(totals: &Totals) -> String {
    let head = "service";
    let width = totals.services.iter().map(|one| one.id.len()).max();
    let width = width.unwrap_or(0).max(head.len());
    let mut text =
        format!("{head:width$}  pages  fields  from libraries  rules  attachments  lines\n");
    let sum = Counts {
        id: "all".to_owned(),
        ..totals.sum()
    };
    for one in totals.services.iter().chain([&sum]) {
        let share = 100 * one.from_libraries / one.fields.max(1);
        text.push_str(&format!(
            "{:width$}  {:5}  {:6}  {share:12} %  {:5}  {:11}  {:5}\n",
            one.id, one.pages, one.fields, one.rules, one.attachments, one.lines
        ));
    }
    text.push_str(&format!(
        "{} services, {} workflows, {} decision tables, {} letters and mails\n",
        totals.services.len(),
        totals.workflows,
        totals.tables,
        totals.letters
    ));
    text
}

/// The folders of a town and who can act there; this folder and nobody known
/// without its settings.
fn town(config: Option<&Path>) -> Result<(Vec<PathBuf>, Option<Staffing>), Failure> {
    let Some(path) = config else {
        return Ok((vec![PathBuf::from(".")], None));
    };
    let config = Config::read(path)?;
    let held = on_runtime(async {
        let store = store::Store::open(&config.store_settings()?).await?;
        if !store.pending_migrations().await?.is_empty() {
            return Err(
                "the database is older than the program; run `schalter migrate --config FILE`"
                    .into(),
            );
        }
        let accounts = store.accounts(&config.town.tenant).await?;
        store.close().await;
        Ok(accounts)
    })?;
    let able = held.into_iter().filter(|account| !account.disabled);
    let places = able.flat_map(|account| account.departments);
    let staffing = places.map(|place| (place.department, place.role)).collect();
    Ok((config.definitions, Some(staffing)))
}

/// The counts, and where to read on.
fn summary(findings: &Findings<'_>, notes: usize) -> String {
    let report = findings.report;
    let (errors, warnings) = (
        report.count(Severity::Error),
        report.count(Severity::Warning),
    );
    let mut text = format!(
        "{}: {}, {}, {}",
        counted(findings.services, "service"),
        counted(errors, "error"),
        counted(warnings, "warning"),
        counted(notes, "note"),
    );
    if let Some(code) = first_code(report) {
        text.push_str(&format!("\nread more with `schalter explain {code}`"));
    }
    text
}

fn first_code(report: &Report) -> Option<&'static str> {
    let mut worst: Vec<_> = report.diagnostics.iter().collect();
    worst.sort_by_key(|diagnostic| diagnostic.severity);
    worst
        .first()
        .filter(|diagnostic| diagnostic.severity != Severity::Note)
        .map(|diagnostic| diagnostic.code)
}
