//! A start for a new definition passes the check without errors and warnings,
//! whatever was answered.

use engine::authoring::start::{Answers, Applicant, StartError, Surroundings, What, start};
use engine::definitions::Definitions;
use engine::source::{Severity, SourceFile};
use engine::text::Text;

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
    let services = loaded.definitions.unwrap().services;
    assert_eq!(services.contains_key("dog-tax"), what != What::Workflow);
    let again = start(what, answers, &Surroundings::of(&all));
    assert!(matches!(again, Err(StartError::Exists(_))));
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
