//! A start for a new definition passes the check without errors and warnings,
//! whatever was answered.

use engine::authoring::format::format;
use engine::authoring::start::{
    Answers, Applicant, StartError, Surroundings, What, scenarios, start,
};
use engine::catalogue::Department;
use engine::check::scenario::{Coverage, Stage, run};
use engine::definitions::{Definitions, Service};
use engine::source::{FileId, Report, Severity, SourceFile};
use engine::text::Text;
use jiff::civil::date;

use crate::corpus;

fn answers(applicant: Applicant, fee: Option<&str>, attachments: usize, workflow: &str) -> Answers {
    let attachment = Text::both(
        "Kopie des Ausweises: „Vorderseite“",
        "Copy of the ID card: \"front\"",
    );
    Answers {
        id: "dog-tax".to_owned(),
        title: Text::both(
            "Hund anmelden: Steuer, jährlich",
            "Register a dog: tax, yearly",
        ),
        department: "public-order".to_owned(),
        queue: "trade".to_owned(),
        applicant,
        fee: fee.map(str::to_owned),
        attachments: vec![attachment; attachments],
        workflow: workflow.to_owned(),
    }
}

/// Loads a start with what is around it; nothing but notes may be said of it.
fn loads(what: What, answers: &Answers, around: &[SourceFile]) {
    let new = start(what, answers, &Surroundings::of(around)).unwrap();
    let all = [around.to_vec(), new].concat();
    let loaded = Definitions::load(all.clone());
    let mut found = loaded.report.diagnostics.iter();
    let quiet = found.all(|d| {
        d.severity == Severity::Note
            || around
                .iter()
                .any(|file| Some(file) == loaded.sources.file(d.span.file))
    });
    assert!(
        quiet,
        "{answers:?}\n{}",
        loaded.report.render(&loaded.sources)
    );
    let Definitions {
        services,
        departments,
        ..
    } = loaded.definitions.unwrap();
    assert_eq!(services.contains_key("dog-tax"), what != What::Workflow);
    if let Some(service) = services.get("dog-tax") {
        first_scenario_passes(service, &departments, &all);
    }
    let again = start(what, answers, &Surroundings::of(&all));
    assert!(matches!(again, Err(StartError::Exists(_))));
}

/// The scenario written beside a form is read without findings, is in the
/// form the formatter gives it, and passes as it was read.
fn first_scenario_passes(service: &Service, departments: &[Department], all: &[SourceFile]) {
    let now = date(2026, 11, 23).at(12, 0, 0, 0);
    let file = scenarios(service, departments, now).unwrap();
    let tidy = format(FileId(0), &file, &mut Report::default());
    assert_eq!(tidy.as_ref(), Some(&file.text));
    let loaded = Definitions::load([all, std::slice::from_ref(&file)].concat());
    let about = |path: Option<&SourceFile>| path.is_some_and(|known| known.path == file.path);
    let found = &loaded.report.diagnostics;
    let found = found
        .iter()
        .filter(|d| about(loaded.sources.file(d.span.file)));
    assert_eq!(found.count(), 0, "{}", file.text);
    let definitions = loaded.definitions.unwrap();
    let read = &definitions.scenarios["dog-tax"].list;
    assert_eq!(read.len(), 1);
    let stage = Stage::new(&definitions.services["dog-tax"], departments);
    let outcome = run(&stage, &read[0], &mut Coverage::default());
    assert!(outcome.passed(), "{:?}\n{}", outcome.failures, file.text);
    for expected in ["fee", "route", "state"] {
        assert!(read[0].expect.get(expected).is_some(), "{}", file.text);
    }
}

#[test]
fn every_start_passes_the_check() {
    let town = corpus::set("town");
    for applicant in [Applicant::Person, Applicant::Company] {
        for fee in [None, Some("25.00"), Some("7")] {
            for attachments in [0, 2] {
                let of = |workflow: &str| answers(applicant, fee, attachments, workflow);
                loads(What::Form, &of("simple"), &town);
                loads(What::Service, &of(""), &town);
                loads(What::Workflow, &of(""), &town);
            }
        }
    }
}

/// Who does not pay has not withdrawn, and a payment that failed is forgotten
/// once there is one.
#[test]
fn a_started_workflow_tells_unpaid_from_withdrawn() {
    let town = corpus::set("town");
    let mine = answers(Applicant::Person, Some("25.00"), 0, "");
    let new = start(What::Service, &mine, &Surroundings::of(&town)).unwrap();
    let all = [town, new].concat();
    let loaded = Definitions::load(all.clone()).definitions.unwrap();
    let now = date(2026, 11, 23).at(12, 0, 0, 0);
    let service = &loaded.services["dog-tax"];
    let mut file = scenarios(service, &loaded.departments, now).unwrap();
    let first = file.text.split("- id: ").nth(1).unwrap();
    let first = first.lines().next().unwrap().to_owned();
    file.text.push_str(&format!(
        "  - id: pays-late
    base: {first}
    steps:
      - {{ as: system, do: payment.failed, expect: {{ flags: [payment_failed] }} }}
      - {{ as: system, do: payment.succeeded, expect: {{ flags: [], state: in_progress }} }}
  - id: never-pays
    base: {first}
    steps:
      - {{ wait_for: payment_period, expect: {{ outcome: lapsed, mails: [dog-tax-payment, dog-tax-lapsed] }} }}
  - id: withdraws
    base: {first}
    steps:
      - {{ as: applicant, do: withdraw, expect: {{ outcome: withdrawn, mails: [dog-tax-withdrawn] }} }}
"
    ));
    let loaded = Definitions::load([all, vec![file]].concat());
    let rendered = loaded.report.render(&loaded.sources);
    let definitions = loaded.definitions.expect(&rendered);
    let stage = Stage::new(&definitions.services["dog-tax"], &definitions.departments);
    let list = &definitions.scenarios["dog-tax"].list;
    assert_eq!(list.len(), 4, "{rendered}");
    for one in list {
        let outcome = run(&stage, one, &mut Coverage::default());
        assert!(outcome.passed(), "{}: {:?}", one.id, outcome.failures);
    }
}

#[test]
fn starts_take_what_the_libraries_have() {
    let shipped = corpus::shipped();
    for (applicant, fee) in [
        (Applicant::Person, None),
        (Applicant::Company, Some("7.50")),
    ] {
        let of = |workflow: &str| answers(applicant, fee, 1, workflow);
        for workflow in Surroundings::of(&shipped).workflows {
            // That of courses needs places, which only a form of courses has.
            if workflow.id != "course-registration" {
                loads(What::Form, &of(&workflow.id), &shipped);
            }
        }
        loads(What::Service, &of(""), &shipped);
    }
}

#[test]
fn bad_answers_are_told() {
    let around = Surroundings::default();
    let mut bad = answers(Applicant::Person, Some("viel"), 0, "x");
    assert_eq!(
        start(What::Form, &bad, &around).unwrap_err(),
        StartError::BadFee("viel".to_owned())
    );
    bad.id = "Hunde Steuer".to_owned();
    assert_eq!(
        start(What::Form, &bad, &around).unwrap_err(),
        StartError::BadId("Hunde Steuer".to_owned())
    );
}
