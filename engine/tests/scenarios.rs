//! The scenarios that are shipped: all of them pass, they try what there is to
//! try, and random ones made from the definitions find nothing.

#![expect(clippy::unwrap_used, reason = "a test that fails shows where")]

use std::path::Path;
use std::sync::LazyLock;

use engine::check::scenario::{
    Category, Coverage, Outcome, Scenarios, Stage, Tally, generate, record, run, write,
};
use engine::definitions::{Definitions, Service};
use engine::source::{Report, SourceFile, Sources};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn read(at: &Path, found: &mut Vec<SourceFile>) {
    for entry in at.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "hbs")
        {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
            found.push(SourceFile {
                path: name.replace('\\', "/"),
                text: std::fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

/// The files that are shipped, with some in place of those of the same path.
fn town(changed: &[(&str, String)]) -> (Sources, Definitions) {
    let mut files = Vec::new();
    for part in ["forms", "workflows", "catalogue"] {
        read(&root().join(part), &mut files);
    }
    for (path, text) in changed {
        files.retain(|file| file.path != *path);
        files.push(SourceFile {
            path: (*path).to_owned(),
            text: text.clone(),
        });
    }
    let loaded = Definitions::load(files);
    let rendered = loaded.report.render(&loaded.sources);
    (loaded.sources, loaded.definitions.expect(&rendered))
}

static TOWN: LazyLock<(Sources, Definitions)> = LazyLock::new(|| town(&[]));

fn play(definitions: &Definitions, service: &Service, coverage: &mut Coverage) -> Vec<Outcome> {
    let stage = Stage::new(service, &definitions.departments);
    let scenarios = &definitions.scenarios[&service.form.id];
    scenarios
        .list
        .iter()
        .map(|one| run(&stage, one, coverage))
        .collect()
}

fn failures(scenarios: &Scenarios, outcomes: &[Outcome]) -> Report {
    let mut report = Report::default();
    for (scenario, outcome) in scenarios.list.iter().zip(outcomes) {
        for failure in &outcome.failures {
            report.push(failure.diagnostic(scenario));
        }
    }
    report
}

/// Set `UPDATE_EXPECT` to write down what happens now, then read what changed.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test may write its files")]
fn shipped_scenarios_pass() {
    let (sources, definitions) = &*TOWN;
    let update = std::env::var("UPDATE_EXPECT").is_ok();
    let mut wrong = String::new();
    for (id, scenarios) in &definitions.scenarios {
        let service = &definitions.services[id];
        let outcomes = play(definitions, service, &mut Coverage::default());
        if update {
            let path = root().join(format!("forms/{id}/scenarios.yaml"));
            std::fs::write(path, record(scenarios, &outcomes, service)).unwrap();
        } else {
            wrong.push_str(&failures(scenarios, &outcomes).render(sources));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(definitions.scenarios.len() >= 3);
}

/// What is not tried by name; of conditions and options one in ten may be.
#[test]
fn shipped_scenarios_try_everything() {
    let (_, definitions) = &*TOWN;
    let mut coverage = Coverage::default();
    for id in definitions.scenarios.keys() {
        play(definitions, &definitions.services[id], &mut coverage);
    }
    let mut missing = String::new();
    let mut look = |of: &str, tallies: Vec<Tally>| {
        for tally in tallies {
            let share = 100 * tally.tried() / tally.all.max(1);
            let wanted = match tally.category {
                Category::Conditions | Category::Options | Category::Fields => 90,
                _ => 100,
            };
            if share < wanted {
                let names = tally.missing.join("\n  ");
                missing.push_str(&format!(
                    "{of}: {} {share} %\n  {names}\n",
                    tally.category.name()
                ));
            }
        }
    };
    for id in definitions.scenarios.keys() {
        let service = &definitions.services[id];
        look(id, coverage.of_form(&service.form));
        look(
            &service.workflow.id,
            coverage.of_workflow(&service.workflow),
        );
    }
    assert!(missing.is_empty(), "{missing}");
}

#[test]
fn random_scenarios_find_nothing() {
    let (_, definitions) = &*TOWN;
    for service in definitions.services.values() {
        let stage = Stage::new(service, &definitions.departments);
        let from = jiff::civil::date(2026, 11, 23).at(12, 0, 0, 0);
        let found = generate(&stage, 12, 7, from, &mut Coverage::default());
        let shown: Vec<String> = found
            .failures
            .iter()
            .map(|(scenario, failure)| format!("{failure:?}\n{}", write(scenario)))
            .collect();
        assert!(
            shown.is_empty(),
            "{}: {}",
            service.form.id,
            shown.join("\n")
        );
        assert!(found.accepted >= 8, "{}: {found:?}", service.form.id);
        assert!(
            found.ended >= found.accepted - 1,
            "{}: {found:?}",
            service.form.id
        );
        assert!(found.refused >= 6, "{}: {found:?}", service.form.id);
    }
}
