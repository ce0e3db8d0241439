//! The personal checklist: what follows from the answers for papers and fee.

use engine::definitions::Definitions;
use engine::feel::PlainWorld;
use engine::form::{Checklist, Env, Need, checklist};
use engine::source::SourceFile;
use engine::text::Language;
use serde_json::{Value as Json, json};

const FORM: &str = r#"
schalter: form/1
id: permit
version: 1
title: { de: Erlaubnis, en: Permit }
summary: { de: Ein Beispiel., en: An example. }
service: { department: order, queue: trade }
privacy: { purpose: { de: Probe, en: Test }, basis: Art. 6 DSGVO, retention: P1Y }
workflow: simple
pages:
  - id: who
    title: { de: Wer, en: Who }
    fields:
      - id: kind
        type: choice
        label: { de: Art, en: Kind }
        options: [ { id: person, de: Person, en: Person }, { id: company, de: Firma, en: Company } ]
      - { id: founded, type: boolean, visible: 'kind = "company"', label: { de: "Gegründet?", en: "Founded?" } }
      - { id: name, type: text, label: { de: Name, en: Name } }
      - { id: express, type: boolean, label: { de: "Eilig?", en: "Urgent?" } }
      - { id: helpers, type: integer, label: { de: Helfer, en: Helpers } }
  - id: papers
    title: { de: Unterlagen, en: Papers }
    fields:
      - { id: always, type: attachment, accept: [pdf], label: { de: Immer, en: Always } }
      - { id: extract, type: attachment, accept: [pdf], visible: founded = true, label: { de: Auszug, en: Extract } }
      - { id: draft, type: attachment, accept: [pdf], visible: 'kind = "company"', required: founded != true, label: { de: Entwurf, en: Draft } }
      - { id: list, type: attachment, accept: [pdf], visible: helpers > 3, label: { de: Liste, en: List } }
      - { id: photo, type: attachment, accept: [jpg], required: false, label: { de: Foto, en: Photo } }
fee:
  - { id: base, label: { de: Gebühr, en: Fee }, amount: 20.00 }
  - { id: quick, label: { de: Zuschlag, en: Surcharge }, when: express = true, amount: 15.00 }
"#;

const WORKFLOW: &str = "
schalter: workflow/1
id: simple
version: 1
title: { de: Einfach, en: Simple }
roles: { clerk: { title: { de: Sachbearbeitung, en: Clerk } } }
initial: open
states:
  open: { label: { de: Offen, en: Open }, task: { role: clerk }, events: { finish: { by: [clerk], label: { de: Fertig, en: Finish }, target: done } } }
  done: { type: final, label: { de: Erledigt, en: Done }, outcome: done }
";

const DEPARTMENTS: &str = "
schalter: departments/1
departments:
  - { id: order, name: { de: Ordnung, en: Order }, queues: [ { id: trade, name: { de: Gewerbe, en: Trade } } ] }
";

/// What a checklist says: needed, depends, optional, then the fee.
fn told(list: &Checklist<'_>) -> String {
    let of = |need: Need| {
        let papers = list.papers.iter().filter(|paper| paper.need == need);
        let labels: Vec<&str> = papers.map(|paper| paper.label.de.as_str()).collect();
        labels.join(",")
    };
    let fee = match (&list.fee, list.between) {
        (Some(fee), _) => fee.total.clone(),
        (None, Some((least, most))) => format!("{least}-{most}"),
        (None, None) => "?".to_owned(),
    };
    format!(
        "{} | {} | {} | {fee}",
        of(Need::Needed),
        of(Need::Depends),
        of(Need::Optional)
    )
}

#[test]
fn answers_make_it_certain() {
    let files = [
        ("forms/permit/form.yaml", FORM),
        ("workflows/simple.yaml", WORKFLOW),
        ("catalogue/departments.yaml", DEPARTMENTS),
    ];
    let files = files.map(|(path, text)| SourceFile {
        path: path.to_owned(),
        text: text.trim_start().to_owned(),
    });
    let loaded = Definitions::load(files.to_vec());
    let report = loaded.report.render(&loaded.sources);
    let definitions = loaded.definitions.expect(&report);
    let form = &definitions.services["permit"].form;
    assert_eq!(form.checklist, ["kind", "founded", "express"]);
    let env = Env {
        now: "2026-12-01T09:00".parse().unwrap(),
        world: &PlainWorld,
        language: Language::De,
    };
    // Answers, the questions that follow, what is told.
    let cases: [(Json, &str, &str); 5] = [
        (
            json!({}),
            "kind,express",
            "Immer | Auszug,Entwurf,Liste | Foto | 20.00-35.00",
        ),
        (
            json!({ "kind": "person" }),
            "kind,express",
            "Immer | Liste | Foto | 20.00-35.00",
        ),
        (
            json!({ "kind": "company", "express": true }),
            "kind,founded,express",
            "Immer | Auszug,Entwurf,Liste | Foto | 35.00",
        ),
        (
            json!({ "kind": "company", "founded": true, "express": false }),
            "kind,founded,express",
            "Immer,Auszug | Liste | Entwurf,Foto | 20.00",
        ),
        // What is no answer, or no question of the checklist, changes nothing.
        (
            json!({ "kind": "robot", "founded": 3, "helpers": 9 }),
            "kind,express",
            "Immer | Auszug,Entwurf,Liste | Foto | 20.00-35.00",
        ),
    ];
    for (answers, questions, expected) in cases {
        let list = checklist(form, answers.as_object().unwrap(), env);
        let asked: Vec<&str> = list
            .questions
            .iter()
            .map(|question| question.field.id.as_str())
            .collect();
        assert_eq!(asked.join(","), questions, "{answers}");
        assert_eq!(told(&list), expected, "{answers}");
    }
}
