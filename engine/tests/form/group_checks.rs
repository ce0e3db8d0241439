//! Checks of library groups: written once, they hold in a group of the form, in
//! a group of a group, in each entry of a list, and not where the group is
//! hidden, left empty, or the check is left out.

use std::sync::LazyLock;

use engine::definitions::{Definitions, Loaded};
use engine::form::{Questions, check_page};
use engine::source::SourceFile;
use engine::text::Language;
use serde_json::{Value as Json, json};

use super::{env, files};

const LIBRARY: &str = "schalter: library/1
id: parts
groups:
  span:
    fields:
      - { id: from, type: integer, label: { de: Von, en: From } }
      - { id: until, type: integer, label: { de: Bis, en: Until } }
    checks:
      - { id: in_order, assert: from <= until, at: until, message: { de: Bitte nicht vor dem Beginn enden., en: Please do not end before the start. } }
  stay:
    fields:
      - { id: limit, type: integer, required: false, label: { de: Grenze, en: Limit } }
      - { id: inner, use: parts.span, label: { de: Zeit, en: Time } }
    checks:
      - { id: within_limit, assert: limit = null or inner.until <= limit, at: inner, level: warning, message: { de: Das ist sehr spät., en: That is very late. } }
";

const FIELDS: &str = "
      - { id: plain, use: parts.span, label: { de: Zeit A, en: Time A } }
      - { id: free, use: parts.span, with: { in_order: omit }, label: { de: Zeit B, en: Time B } }
      - { id: more, type: boolean, label: { de: Noch mehr, en: Still more } }
      - { id: hidden, use: parts.span, visible: more = true, label: { de: Zeit C, en: Time C } }
      - { id: maybe, use: parts.span, required: false, label: { de: Zeit D, en: Time D } }
      - id: stays
        type: list
        required: false
        label: { de: Aufenthalte, en: Stays }
        item_label: { de: Aufenthalt, en: Stay }
        fields:
          - { id: where, use: parts.stay, label: { de: Wo, en: Where } }
";

/// The town of the tests, its form asking these groups.
fn load(fields: &str) -> Loaded {
    let mut found = files_of_town();
    found.push(SourceFile {
        path: "forms/lib/parts.yaml".to_owned(),
        text: LIBRARY.to_owned(),
    });
    found.push(SourceFile {
        path: "forms/stay/form.yaml".to_owned(),
        text: format!(
            "schalter: form/1
id: stay
version: 1
title: {{ de: Aufenthalt, en: Stay }}
summary: {{ de: Ein Beispiel., en: An example. }}
service: {{ department: public-order, queue: trade }}
privacy: {{ purpose: {{ de: Probe, en: Test }}, basis: Art. 6 DSGVO, retention: P1Y }}
workflow: simple
pages:
  - id: one
    title: {{ de: Seite, en: Page }}
    fields:{fields}"
        ),
    });
    Definitions::load(found)
}

fn files_of_town() -> Vec<SourceFile> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions/town");
    let mut found = Vec::new();
    files(&root, &root, &mut found);
    found
}

static LOADED: LazyLock<Loaded> = LazyLock::new(|| load(FIELDS));

fn questions() -> &'static Questions {
    let definitions = LOADED.definitions.as_ref();
    let rendered = || LOADED.report.render(&LOADED.sources);
    &definitions
        .unwrap_or_else(|| panic!("{}", rendered()))
        .services["stay"]
        .form
        .questions
}

#[test]
fn a_check_holds_wherever_its_group_is_used() {
    let good = json!({ "from": 1, "until": 2 });
    let bad = json!({ "from": 2, "until": 1 });
    let cases: &[(Json, &[&str])] = &[
        (json!({}), &[]),
        (json!({ "plain": bad }), &["plain.until plain.in_order"]),
        // Left out by the form.
        (json!({ "free": bad }), &[]),
        // A hidden group is not looked at, whatever was answered in it.
        (json!({ "hidden": bad }), &[]),
        (
            json!({ "more": true, "hidden": bad }),
            &["hidden.until hidden.in_order"],
        ),
        (json!({ "more": true, "hidden": good }), &[]),
        // Nor an optional one that is left empty.
        (json!({ "maybe": {} }), &[]),
        (json!({ "maybe": bad }), &["maybe.until maybe.in_order"]),
        // Each entry for itself, and what stands around a group of a group.
        (
            json!({ "stays": [
                { "where": { "inner": good } },
                { "where": { "inner": bad } },
                { "where": { "limit": 1, "inner": good } },
            ] }),
            &[
                "stays.1.where.inner.until stays.where.inner.in_order",
                "stays.2.where.inner stays.where.within_limit",
            ],
        ),
    ];
    let base = json!({ "plain": good, "free": good, "more": false, "stays": [] });
    for (change, expected) in cases {
        let mut answers = base.as_object().unwrap().clone();
        answers.extend(change.as_object().unwrap().clone());
        if answers["more"] == json!(true) && !answers.contains_key("hidden") {
            answers.insert("hidden".to_owned(), good.clone());
        }
        let page = questions().page("one").unwrap();
        let found = check_page(questions(), page, &answers, env(Language::De));
        assert_eq!(super::codes(&found), *expected, "{change}");
    }
}
