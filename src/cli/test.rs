//! `schalter test`: plays the scenarios beside the forms and tells what they
//! never try.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use engine::check::scenario::{
    self, Coverage, Generated, Outcome, Scenarios, Stage, Tally, generate, record, write,
};
use engine::definitions::{Definitions, Loaded, Service};
use engine::parallel;
use engine::source::{Report, Sources, suggest};
use serde_json::{Value as Json, json};

use super::out::counted;
use super::{EXIT_FAILED, EXIT_FOUND, fail};
use crate::catalog;

/// What is asked of `schalter test`.
#[derive(Args)]
pub(super) struct TestArgs {
    /// Services to test; all of them without
    #[arg(value_name = "ID")]
    services: Vec<String>,
    /// Folder with forms/, workflows/ and catalogue/; several folders overlay each other
    #[arg(long = "path", value_name = "DIR")]
    paths: Vec<PathBuf>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Also tell what no scenario tries, by name
    #[arg(long)]
    coverage: bool,
    /// Also play so many random scenarios of each service
    #[arg(long, value_name = "N")]
    generate: Option<usize>,
    /// Another series of random scenarios
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Print the scenarios of the one service with everything that happens as
    /// expectations, instead of comparing
    #[arg(long, conflicts_with_all = ["coverage", "generate", "format"])]
    record: bool,
}

/// How the result is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, like `schalter check`
    Human,
    /// One JSON object
    Json,
}

/// What came of one service.
struct Tested<'d> {
    service: &'d Service,
    scenarios: Option<&'d Scenarios>,
    outcomes: Vec<Outcome>,
    generated: Option<Generated>,
}

pub(super) fn run(args: &TestArgs) -> ExitCode {
    let here = [PathBuf::from(".")];
    let folders = if args.paths.is_empty() {
        &here[..]
    } else {
        &args.paths[..]
    };
    let files = match catalog::read(folders) {
        Ok(files) => files,
        Err(error) => return fail(&error),
    };
    let Loaded {
        sources,
        definitions,
        report,
    } = Definitions::load(files);
    let Some(definitions) = definitions else {
        out!("{}", errors_only(report).render(&sources));
        errln!("schalter: the definitions have errors; scenarios are played once they have none");
        return ExitCode::from(EXIT_FOUND);
    };
    let wanted = match wanted(&args.services, &definitions) {
        Ok(wanted) => wanted,
        Err(message) => {
            errln!("schalter: {message}");
            return ExitCode::from(EXIT_FAILED);
        }
    };
    if args.record {
        return recorded(&wanted, &definitions);
    }
    let mut coverage = Coverage::default();
    let mut tested = Vec::new();
    for (one, part) in parallel::map(&wanted, |service| test(service, &definitions, args)) {
        coverage.merge(part);
        tested.push(one);
    }
    match args.format {
        Format::Human => human(&tested, &coverage, &sources, args),
        Format::Json => outln!("{}", in_json(&tested, &coverage, &sources, args)),
    }
    match tested.iter().all(Tested::passed) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(EXIT_FOUND),
    }
}

fn errors_only(mut report: Report) -> Report {
    report
        .diagnostics
        .retain(|found| found.severity == engine::source::Severity::Error);
    report
}

fn wanted<'d>(ids: &[String], definitions: &'d Definitions) -> Result<Vec<&'d Service>, String> {
    if definitions.services.is_empty() {
        return Err(
            "no services found; the folder must hold forms/, workflows/ and catalogue/".to_owned(),
        );
    }
    if ids.is_empty() {
        return Ok(definitions.services.values().map(AsRef::as_ref).collect());
    }
    let find = |id: &String| match definitions.services.get(id) {
        Some(service) => Ok(service.as_ref()),
        None => {
            let near = suggest(id, definitions.services.keys().map(String::as_str));
            let near = near.map_or(String::new(), |near| format!("; {near}"));
            Err(format!("there is no service `{id}`{near}"))
        }
    };
    ids.iter().map(find).collect()
}

fn test<'d>(
    service: &'d Service,
    definitions: &'d Definitions,
    args: &TestArgs,
) -> (Tested<'d>, Coverage) {
    let mut coverage = Coverage::default();
    let stage = Stage::new(service, &definitions.departments);
    let scenarios = definitions
        .scenarios
        .get(&service.form.id)
        .map(AsRef::as_ref);
    let list = scenarios.into_iter().flat_map(|all| &all.list);
    let outcomes = list
        .map(|scenario| scenario::run(&stage, scenario, &mut coverage))
        .collect();
    let generated = args.generate.map(|count| {
        let usual = jiff::civil::date(2026, 1, 5).at(12, 0, 0, 0);
        let from = scenarios.map_or(usual, |all| all.now);
        // What random scenarios try says nothing of those that were written.
        generate(&stage, count, args.seed, from, &mut Coverage::default())
    });
    let tested = Tested {
        service,
        scenarios,
        outcomes,
        generated,
    };
    (tested, coverage)
}

impl Tested<'_> {
    fn passed(&self) -> bool {
        let generated = self.generated.as_ref();
        self.outcomes.iter().all(Outcome::passed)
            && generated.is_none_or(|it| it.failures.is_empty())
    }

    fn failures(&self) -> Report {
        let mut report = Report::default();
        let list = self.scenarios.into_iter().flat_map(|all| &all.list);
        for (scenario, outcome) in list.zip(&self.outcomes) {
            for failure in &outcome.failures {
                report.push(failure.diagnostic(scenario));
            }
        }
        report
    }
}

fn human(tested: &[Tested<'_>], coverage: &Coverage, sources: &Sources, args: &TestArgs) {
    let (mut played, mut failed) = (0, 0);
    for one in tested {
        out!("{}", one.failures().render(sources));
        played += one.outcomes.len();
        failed += one
            .outcomes
            .iter()
            .filter(|outcome| !outcome.passed())
            .count();
        let id = &one.service.form.id;
        if let Some(generated) = &one.generated {
            told_generated(id, generated, args.seed);
        }
        if one.outcomes.is_empty() && args.services.contains(id) {
            outln!("{id}: there are no scenarios; write forms/{id}/scenarios.yaml");
        }
        if args.coverage && !one.outcomes.is_empty() {
            outln!("{id}");
            tallies(&coverage.of_form(&one.service.form));
        }
    }
    if args.coverage {
        for one in workflows(tested) {
            outln!("workflow {}", one.workflow.id);
            tallies(&coverage.of_workflow(&one.workflow));
        }
    }
    let without = tested.iter().filter(|one| one.outcomes.is_empty()).count();
    outln!(
        "{}, {failed} failed; {} without scenarios",
        counted(played, "scenario"),
        counted(without, "service")
    );
}

/// Services, one for each workflow that has scenarios.
fn workflows<'t>(tested: &'t [Tested<'t>]) -> Vec<&'t Service> {
    let mut found: Vec<&Service> = Vec::new();
    for one in tested.iter().filter(|one| !one.outcomes.is_empty()) {
        if !found
            .iter()
            .any(|known| known.workflow.id == one.service.workflow.id)
        {
            found.push(one.service);
        }
    }
    found
}

fn told_generated(id: &str, generated: &Generated, seed: u64) {
    for (scenario, failure) in &generated.failures {
        outln!("error[{}]: {id}: {}", failure.code, failure.what);
        outln!("  expected {}\n  got {}", failure.expected, failure.got);
        outln!("  to keep it, put this below `scenarios:` in forms/{id}/scenarios.yaml:\n");
        outln!("{}", write(scenario));
    }
    outln!(
        "{id}: {}, {} ended, {} found, {} given up, {} (seed {seed})",
        counted(generated.accepted, "good answer"),
        counted(generated.ended, "case"),
        counted(generated.refused, "mistake"),
        counted(generated.given_up, "attempt"),
        counted(generated.failures.len(), "failure"),
    );
}

fn tallies(all: &[Tally]) {
    for tally in all {
        outln!(
            "  {}: {} of {}",
            tally.category.name(),
            tally.tried(),
            tally.all
        );
        for name in &tally.missing {
            outln!("    never: {name}");
        }
    }
}

fn in_json(tested: &[Tested<'_>], coverage: &Coverage, sources: &Sources, args: &TestArgs) -> Json {
    let counts = |all: &[Tally]| -> Json {
        let all = all.iter().map(|tally| {
            let counted =
                json!({ "all": tally.all, "tried": tally.tried(), "never": tally.missing });
            (tally.category.name().to_owned(), counted)
        });
        Json::Object(all.collect())
    };
    let services = tested.iter().map(|one| {
        let mut told = json!({
            "id": one.service.form.id,
            "scenarios": one.outcomes.len(),
            "failures": failures_in_json(one, sources),
        });
        if args.coverage {
            told["coverage"] = counts(&coverage.of_form(&one.service.form));
        }
        if let Some(generated) = &one.generated {
            let failures = generated.failures.iter().map(|(scenario, failure)| {
                json!({ "code": failure.code, "what": failure.what, "expected": failure.expected,
                        "got": failure.got, "scenario": write(scenario) })
            });
            told["generated"] = json!({
                "accepted": generated.accepted,
                "ended": generated.ended,
                "mistakes": generated.refused,
                "given_up": generated.given_up,
                "failures": failures.collect::<Vec<_>>(),
            });
        }
        told
    });
    let services: Vec<Json> = services.collect();
    let mut told = json!({ "services": services });
    if args.coverage {
        let all = workflows(tested);
        let all = all.iter().map(|one| {
            (
                one.workflow.id.clone(),
                counts(&coverage.of_workflow(&one.workflow)),
            )
        });
        told["workflows"] = Json::Object(all.collect());
    }
    told
}

fn failures_in_json(one: &Tested<'_>, sources: &Sources) -> Json {
    let list = one.scenarios.into_iter().flat_map(|all| &all.list);
    let all = list.zip(&one.outcomes).flat_map(|(scenario, outcome)| {
        outcome.failures.iter().map(move |failure| {
            let (line, column) = sources.line_column(failure.span.file, failure.span.start);
            json!({
                "scenario": scenario.id,
                "code": failure.code,
                "what": failure.what,
                "expected": failure.expected,
                "got": failure.got,
                "path": sources.file(failure.span.file).map(|file| file.path.as_str()),
                "line": line,
                "column": column,
            })
        })
    });
    all.collect()
}

fn recorded(wanted: &[&Service], definitions: &Definitions) -> ExitCode {
    let [service] = wanted else {
        errln!("schalter: --record needs the one service whose scenarios it shall print");
        return ExitCode::from(EXIT_FAILED);
    };
    let Some(scenarios) = definitions.scenarios.get(&service.form.id) else {
        errln!(
            "schalter: `{0}` has no scenarios; write forms/{0}/scenarios.yaml",
            service.form.id
        );
        return ExitCode::from(EXIT_FAILED);
    };
    let stage = Stage::new(service, &definitions.departments);
    let mut coverage = Coverage::default();
    let outcomes: Vec<Outcome> = scenarios
        .list
        .iter()
        .map(|one| scenario::run(&stage, one, &mut coverage))
        .collect();
    out!("{}", record(scenarios, &outcomes, service));
    ExitCode::SUCCESS
}
