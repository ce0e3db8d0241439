//! Decision tables that route a case and set what its workflow works with.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use engine::definitions::Definitions;
use engine::feel::PlainWorld;
use engine::form::{CheckedAnswers, Env, check};
use engine::source::SourceFile;
use engine::text::Language;
use jiff::civil::date;
use serde_json::{Value, json};

const FILES: &[(&str, &str)] = &[
    (
        "catalogue/departments.yaml",
        "schalter: departments/1
departments:
  - id: finance
    name: { de: Finanzen, en: Finance }
    queues:
      - { id: general, name: { de: Allgemein, en: General } }
      - { id: trade-tax, name: { de: Gewerbesteuer, en: Trade tax } }
",
    ),
    (
        "forms/fees/ways.yaml",
        "schalter: decision/1
id: ways
title: { de: Wege, en: Ways }
inputs: [ { name: kind, type: choice, options: [person, company] } ]
output: text
rules:
  - { when: { kind: '\"company\"' }, then: '\"finance/trade-tax\"' }
  - { when: { kind: '\"person\"' }, then: '\"finance/general\"' }
",
    ),
    (
        "forms/fees/days.yaml",
        "schalter: decision/1
id: days
title: { de: Fristen, en: Deadlines }
inputs: [ { name: kind, type: choice, options: [person, company] } ]
output: number
rules:
  - { when: { kind: '\"company\"' }, then: 30 }
  - { when: { kind: '\"person\"' }, then: 14 }
",
    ),
    (
        "workflows/wait.yaml",
        "schalter: workflow/1
id: wait
version: 1
title: { de: Warten, en: Wait }
params:
  days: { type: integer, default: 7 }
initial: open
states:
  open:
    label: { de: Offen, en: Open }
    after:
      - { id: end, wait: { days: params.days }, due: true, target: done }
  done: { type: final, label: { de: Erledigt, en: Done }, outcome: done }
",
    ),
    (
        "forms/ask/form.yaml",
        "schalter: form/1
id: ask
version: 1
title: { de: Anfrage, en: Request }
summary: { de: Eine Probe., en: A test. }
service: { department: finance, queue: general }
privacy: { purpose: { de: Probe, en: Test }, basis: Art. 6 DSGVO, retention: P1Y }
workflow: wait
with:
  days: { table: days, with: { kind: kind } }
routing:
  - { table: ways, with: { kind: kind } }
pages:
  - id: one
    title: { de: Eins, en: One }
    fields:
      - id: kind
        type: choice
        label: { de: Art, en: Kind }
        options: [ { id: person, de: Mensch, en: Person }, { id: company, de: Firma, en: Company } ]
",
    ),
];

fn checked(kind: &str) -> CheckedAnswers {
    let files = FILES.iter().map(|(path, text)| SourceFile {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    });
    let loaded = Definitions::load(files.collect());
    let report = loaded.report.render(&loaded.sources);
    assert_eq!(report, "");
    let service = loaded.definitions.unwrap().services["ask"].clone();
    assert_eq!(service.bundle.len(), 5);
    let answers = json!({ "kind": kind });
    let Value::Object(answers) = answers else {
        unreachable!()
    };
    let env = Env {
        now: date(2026, 6, 15).at(12, 0, 0, 0),
        world: &PlainWorld,
        language: Language::De,
    };
    check(&service.form, &answers, &[], env).unwrap()
}

#[test]
fn a_table_routes_and_sets_the_deadline() {
    for (kind, queue, days) in [("company", "trade-tax", "30"), ("person", "general", "14")] {
        let checked = checked(kind);
        assert_eq!(checked.route.department, "finance", "{kind}");
        assert_eq!(checked.route.queue, queue, "{kind}");
        assert_eq!(
            checked.params["days"].to_string().trim_matches('"'),
            days,
            "{kind}"
        );
    }
}
