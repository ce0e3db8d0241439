//! The scenarios that are shipped: all of them pass, they try what there is to
//! try, and random ones made from the definitions find nothing.

#![expect(clippy::unwrap_used, reason = "a test that fails shows where")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use engine::check::scenario::{
    Category, Coverage, Outcome, Scenarios, Stage, Tally, generate, record, run, write,
};
use engine::definitions::{Definitions, Service};
use engine::parallel;
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

/// Everything played once: outcomes by service, and what was tried.
static PLAYED: LazyLock<(BTreeMap<String, Vec<Outcome>>, Coverage)> = LazyLock::new(|| {
    let (_, definitions) = &*TOWN;
    let mut coverage = Coverage::default();
    let mut all = BTreeMap::new();
    let ids: Vec<&String> = definitions.scenarios.keys().collect();
    let played = parallel::map(&ids, |id| {
        let mut coverage = Coverage::default();
        let played = play(definitions, &definitions.services[*id], &mut coverage);
        (played, coverage)
    });
    for (id, (played, part)) in ids.into_iter().zip(played) {
        coverage.merge(part);
        all.insert(id.clone(), played);
    }
    (all, coverage)
});

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
        let outcomes = &PLAYED.0[id];
        if update {
            let path = root().join(format!("forms/{id}/scenarios.yaml"));
            std::fs::write(path, record(scenarios, outcomes, service)).unwrap();
        } else {
            wrong.push_str(&failures(scenarios, outcomes).render(sources));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(definitions.scenarios.len() >= 3);
}

/// The services random scenarios must walk through, not only find no fault in.
const WALKED_THROUGH: [&str; 3] = [
    "business-registration",
    "map-product-order",
    "vhs-course-registration",
];

/// What is not tried by name; of conditions and options one in ten may be.
#[test]
fn shipped_scenarios_try_everything() {
    let (_, definitions) = &*TOWN;
    let coverage = &PLAYED.1;
    let mut missing = String::new();
    let mut look = |of: &str, tallies: Vec<Tally>| {
        for tally in tallies {
            let share = 100 * tally.tried() / tally.all.max(1);
            let wanted = match tally.category {
                // Many questions are voluntary; conditions tell what matters.
                Category::Fields => 0,
                Category::Conditions | Category::Options => 90,
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
        let mut coverage = Coverage::default();
        let found = generate(&stage, 12, 7, from, &mut coverage);
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
        // Where dates must fit each other good answers are found by luck; that
        // there are some is tried by the robot citizen.
        if !WALKED_THROUGH.contains(&service.form.id.as_str()) {
            continue;
        }
        // Branches are reached, not only the plain case; what good answers never
        // show, such as a check that is not fulfilled, counts against it.
        for tally in coverage.of_form(&service.form) {
            let share = 100 * tally.tried() / tally.all;
            let wanted = match tally.category {
                Category::Conditions => 55,
                Category::Pages => 100,
                _ => 0,
            };
            assert!(share >= wanted, "{}: {share} % {tally:?}", service.form.id);
        }
        assert!(found.accepted >= 8, "{}: {found:?}", service.form.id);
        assert!(
            found.ended >= found.accepted - 1,
            "{}: {found:?}",
            service.form.id
        );
        assert!(found.refused >= 6, "{}: {found:?}", service.form.id);
    }
}

/// Mistakes in definitions that change behaviour, each as a text to replace.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn mistakes_in_definitions_are_caught() {
    let notification = "workflows/notification-confirm.yaml";
    let order = "workflows/order-and-payment.yaml";
    let course = "workflows/course-registration.yaml";
    let trade = "forms/business-registration/form.yaml";
    let mistakes = [
        (notification, "wait: { days: 10 }", "wait: { days: 11 }"),
        (
            notification,
            "guard: fee.total = 0 or case.paid\n",
            "guard: fee.total = 0\n",
        ),
        (
            notification,
            "by: [intake, clerk]\n                label: { de: Übernehmen",
            "by: [intake, clerk, teamlead]\n                label: { de: Übernehmen",
        ),
        (notification, "          - unflag: answered\n", ""),
        (notification, "      - close_payment: true\n", ""),
        (
            order,
            "not_by_actor_of: [cancel_order, cancel]",
            "not_by_actor_of: [cancel]",
        ),
        (order, "wait: { days: 30 }", "wait: { days: 29 }"),
        (
            course,
            "today() <= params.starts_on - duration(\"P7D\")",
            "today() < params.starts_on - duration(\"P7D\")",
        ),
        (
            course,
            "guard: vars.offers < 2\n",
            "guard: vars.offers <= 2\n",
        ),
        (course, "then 3 else 7", "then 7 else 3"),
        (
            trade,
            "assert: age(owner.birth_date, today()) >= 18",
            "assert: age(owner.birth_date, today()) > 18",
        ),
        (
            trade,
            "when: copy_wanted = true",
            "when: copy_wanted = false",
        ),
        (
            "forms/fees/business-registration.yaml",
            "then: 33.00",
            "then: 33.50",
        ),
        ("workflows/letters/fee-notice.en.hbs", "{{fee.total}}", ""),
    ];
    for (path, right, wrong) in mistakes {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        assert!(text.contains(right), "{path} does not have {right}");
        let mut text = text.replacen(right, wrong, 1);
        // The examples of the table would tell as well.
        if let Some((rules, _)) = text
            .split_once("\nexamples:")
            .filter(|_| path.contains("fees"))
        {
            text = format!("{rules}\n");
        }
        let (_, definitions) = town(&[(path, text)]);
        let mut concerned = definitions.services.values().filter(|service| {
            let mut files = service.bundle.iter();
            files.any(|file| file.path == path)
        });
        let caught = concerned.any(|service| {
            let stage = Stage::new(service, &definitions.departments);
            let list = &definitions.scenarios[&service.form.id].list;
            list.iter()
                .any(|one| !run(&stage, one, &mut Coverage::default()).passed())
        });
        assert!(caught, "nobody notices {wrong} in {path}");
    }
}

/// A failure of a random scenario fails the same way once it is pasted.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn generated_failures_can_be_kept() {
    let (workflow, scenarios) = (
        "workflows/order-and-payment.yaml",
        "forms/map-product-order/scenarios.yaml",
    );
    // Nobody may do anything once there is an appointment: such a case never ends.
    let text = std::fs::read_to_string(root().join(workflow)).unwrap();
    let (before, after) = text.split_once("          carried_out:\n").unwrap();
    let after = after
        .replacen(
            "guard: case.paid or vars.received or (if vars.amount != null then vars.amount else fee.total) = 0",
            "guard: fee.total < 0",
            1,
        )
        .replacen(
            "guard: not(case.paid or vars.received or (if vars.amount != null then vars.amount else fee.total) = 0)",
            "guard: fee.total < 0",
            1,
        )
        .replacen(
            "            form: note\n",
            "            form: note\n            guard: fee.total < 0\n",
            1,
        );
    let broken = format!("{before}          carried_out:\n{after}");
    let none = "schalter: scenarios/1\nscenarios: []\n".to_owned();
    let (_, definitions) = town(&[(workflow, broken.clone()), (scenarios, none)]);
    let stage = Stage::new(
        &definitions.services["map-product-order"],
        &definitions.departments,
    );
    let from = jiff::civil::date(2026, 11, 23).at(12, 0, 0, 0);
    let found = generate(&stage, 8, 1, from, &mut Coverage::default());
    let (scenario, failure) = found.failures.first().expect("a case without an end");
    assert_eq!(failure.code, "scenario-expectation", "{failure:?}");
    let pasted = format!("schalter: scenarios/1\nscenarios:\n{}", write(scenario));
    assert!(scenario.steps.len() <= 2, "{pasted}");
    let (_, definitions) = town(&[(workflow, broken), (scenarios, pasted.clone())]);
    let service = &definitions.services["map-product-order"];
    let outcomes = play(&definitions, service, &mut Coverage::default());
    let again = &outcomes[0].failures[0];
    assert_eq!(
        (again.code, &again.expected, &again.got),
        (failure.code, &failure.expected, &failure.got),
        "{pasted}"
    );
}

/// What does not hold is told at its place, with what was expected and what came.
#[test]
fn failures_tell_place_and_difference() {
    let text = "schalter: scenarios/1
strict: true
now: 2026-11-23 12:00
answers:
  one_map:
    items: [ { product: city_map, format: folded, quantity: 1 } ]
    reseller: false
    applicant: { person: { given_names: Ana, family_name: Weiß }, contact: { email: ana@example.org } }
    delivery: { delivery_method: pickup }
    invoice: { invoice_differs: false }
    payment: { payment_method: invoice }
scenarios:
  - id: wrong-fee
    base: one_map
    expect: { fee: 6.00, route: survey-cadastre/cartography }
  - id: no-findings-expected
    base: one_map
    answers: { reseller: null }
    expect: { fee: 6.50, state: open.submitted }
  - id: refused-although-expected
    base: one_map
    answers: { reseller: null }
    expect: { findings: { reseller: required }, fee: 6.50 }
  - id: amounts-are-numbers
    base: one_map
    expect: { fee: { total: 6.5, lines: [ { \"Stadtplan gefaltet 1:15.000\": 6.500 } ] } }
  - id: wrong-steps
    base: one_map
    expect:
      mails: [received]
      documents: [receipt]
      deliveries: [survey-cadastre/cartography]
      letters: { received: { de: Sehr geehrte Ana Weiß } }
    steps:
      - { as: clerk/anna, do: ship, refused: role }
      - { wait_for: fulfilment_overdue }
";
    let (sources, definitions) =
        town(&[("forms/map-product-order/scenarios.yaml", text.to_owned())]);
    let service = &definitions.services["map-product-order"];
    let outcomes = play(&definitions, service, &mut Coverage::default());
    let report = failures(&definitions.scenarios["map-product-order"], &outcomes).render(&sources);
    for part in [
        "scenarios.yaml:15:20",
        "expected total 6.00",
        "got total 6.50, lines [",
        "no-findings-expected: the answers are refused, so nothing else could be tried",
        "got reseller: required (",
        "refused-although-expected: the answers are refused, so there is no `fee`",
        "expected the passage “Sehr geehrte Ana Weiß” in received (de)",
        "Guten Tag Ana Weiß",
        "expected refused: role\n        got it was done",
        "`state` is not mentioned in this strict file",
        "the timer `fulfilment_overdue` does not run here; running: none",
    ] {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }
    // The cause is told once, not everything that does not come of it.
    assert_eq!(
        report.matches("no-findings-expected: ").count(),
        1,
        "{report}"
    );
    assert!(!report.contains("amounts-are-numbers"), "{report}");
}

/// Random scenarios are the same for the same seed.
#[test]
fn random_scenarios_repeat() {
    let (_, definitions) = &*TOWN;
    let stage = Stage::new(
        &definitions.services["map-product-order"],
        &definitions.departments,
    );
    let from = jiff::civil::date(2026, 11, 23).at(12, 0, 0, 0);
    let tried = |seed| {
        let mut coverage = Coverage::default();
        generate(&stage, 3, seed, from, &mut coverage);
        format!(
            "{:?}",
            coverage.of_workflow(&definitions.services["map-product-order"].workflow)
        )
    };
    assert_eq!(tried(3), tried(3));
    assert_ne!(tried(3), tried(4));
}
