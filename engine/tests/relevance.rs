//! Which questions are there: chains of conditions, names from the inside out,
//! computed values, groups nobody needs to fill in, small forms.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use engine::feel::PlainWorld;
use engine::form::{Env, Questions, check_small};
use engine::source::{FileId, Report, SourceFile, Sources, read_yaml};
use engine::text::Language;
use serde_json::{Map, Value as Json, json};

fn questions(yaml: &str) -> Questions {
    let mut report = Report::default();
    let node = read_yaml(FileId(0), yaml, &mut report).unwrap();
    let questions = Questions::small(&node, &mut report);
    let sources = Sources::new(vec![SourceFile {
        path: "small.yaml".to_owned(),
        text: yaml.to_owned(),
    }]);
    assert!(report.is_usable(), "{}", report.render(&sources));
    questions
}

fn env() -> Env<'static> {
    Env {
        now: jiff::civil::datetime(2026, 12, 1, 10, 0, 0, 0),
        world: &PlainWorld,
        language: Language::De,
    }
}

fn visible(yaml: &str, answers: Json) -> Json {
    let questions = questions(yaml);
    Json::Object(
        questions
            .evaluate(answers.as_object().unwrap(), env())
            .visible_answers(),
    )
}

fn codes(yaml: &str, answers: Json) -> Vec<String> {
    match check_small(&questions(yaml), answers.as_object().unwrap(), env()) {
        Ok(_) => Vec::new(),
        Err(findings) => findings
            .0
            .iter()
            .map(|f| format!("{} {}", f.path, f.code))
            .collect(),
    }
}

const CHAIN: &str = "
- { id: d, type: text, visible: 'c = \"x\"', label: { de: D } }
- { id: c, type: text, visible: 'b = \"x\"', label: { de: C } }
- { id: b, type: text, visible: 'a = \"x\"', label: { de: B } }
- { id: a, type: text, label: { de: A } }
";

#[test]
fn a_chain_falls_with_its_first_link() {
    let all = json!({ "a": "x", "b": "x", "c": "x", "d": "x" });
    assert_eq!(
        visible(CHAIN, all),
        json!({ "d": "x", "c": "x", "b": "x", "a": "x" })
    );
    assert_eq!(
        visible(CHAIN, json!({ "a": "y", "b": "x", "c": "x", "d": "x" })),
        json!({ "a": "y" })
    );
    assert_eq!(
        visible(CHAIN, json!({ "b": "x", "c": "x", "d": "x" })),
        json!({})
    );
    assert_eq!(
        codes(CHAIN, json!({ "a": "x", "b": "x", "d": "x" })),
        ["c required"]
    );
}

const NAMES: &str = "
- { id: name, type: text, label: { de: Name } }
- id: owner
  type: group
  label: { de: Inhaber }
  fields:
    - { id: name, type: text, label: { de: Name } }
    - { id: inner, type: text, required: false, visible: 'name = \"in\"', label: { de: Innen } }
- id: people
  type: list
  required: false
  label: { de: Personen }
  fields:
    - { id: name, type: text, label: { de: Name } }
    - { id: twin, type: text, required: false, visible: 'name = owner.name', label: { de: Zwilling } }
    - id: pets
      type: list
      required: false
      label: { de: Tiere }
      fields:
        - { id: kind, type: text, label: { de: Art } }
        - { id: same, type: boolean, computed: kind = name, label: { de: Gleich } }
        - { id: last, type: integer, computed: count(pets), label: { de: Zahl } }
";

#[test]
fn names_are_found_from_the_inside_out() {
    let answers = json!({
        "name": "out",
        "owner": { "name": "in", "inner": "kept" },
        "people": [
            { "name": "in", "twin": "kept", "pets": [ { "kind": "in" }, { "kind": "cat", "same": true } ] },
            { "name": "other", "twin": "dropped" },
        ],
    });
    let kept = visible(NAMES, answers);
    assert_eq!(kept["owner"]["inner"], "kept");
    assert_eq!(kept["people"][0]["twin"], "kept");
    assert_eq!(kept["people"][1], json!({ "name": "other" }));
    assert_eq!(
        kept["people"][0]["pets"][0],
        json!({ "kind": "in", "same": true, "last": 2 })
    );
    assert_eq!(
        kept["people"][0]["pets"][1],
        json!({ "kind": "cat", "same": false, "last": 2 })
    );
}

const GROUP: &str = "
- id: other
  type: group
  required: false
  label: { de: Andere Anschrift }
  fields:
    - { id: street, type: text, label: { de: Straße } }
    - { id: country, type: text, default: DE, label: { de: Land } }
- { id: told, type: boolean, computed: other != null, label: { de: Angegeben } }
";

#[test]
fn a_group_nobody_filled_in_is_left_out() {
    assert_eq!(
        visible(GROUP, json!({ "other": { "country": "DE" } })),
        json!({ "told": false })
    );
    assert_eq!(
        codes(GROUP, json!({ "other": { "country": "DE" } })),
        Vec::<String>::new()
    );
    assert_eq!(
        codes(GROUP, json!({ "other": { "country": "FR" } })),
        ["other.street required"]
    );
    let filled = visible(GROUP, json!({ "other": { "street": "Am Markt" } }));
    assert_eq!(filled["told"], true);
}

const SUMS: &str = "
- { id: full, type: integer, default: 0, min: 0, label: { de: Vollzeit } }
- { id: part, type: integer, required: false, min: 0, max: full * 2, label: { de: Teilzeit } }
- { id: all, type: integer, computed: full + part, label: { de: Alle } }
- { id: share, type: number, computed: full / all, label: { de: Anteil } }
- { id: why, type: text, visible: share < 0.5, label: { de: Warum } }
";

#[test]
fn computed_values_follow_from_each_other() {
    let kept = visible(
        SUMS,
        json!({ "full": "1", "part": "3", "why": "so", "all": 99, "share": "1" }),
    );
    assert_eq!(
        kept,
        json!({ "full": 1, "part": 3, "all": 4, "share": "0.25", "why": "so" })
    );
    assert_eq!(
        codes(SUMS, json!({ "full": 1, "part": 3, "why": "so" })),
        ["part max"]
    );
    // Without a part the sum is unknown, and what depends on it is not asked.
    assert_eq!(
        visible(SUMS, json!({ "full": 1, "why": "so" })),
        json!({ "full": 1 })
    );
}

#[test]
fn empty_answers_of_small_forms_are_told() {
    let answers = Map::new();
    let findings = check_small(&questions(CHAIN), &answers, env()).unwrap_err();
    assert_eq!(findings.0.len(), 1);
    assert_eq!(findings.0[0].path, "a");
    assert!(findings.has_errors());
}

#[test]
fn lists_without_a_limit_have_one_all_the_same() {
    let people: Vec<Json> = (0..5000).map(|_| json!({ "name": "x" })).collect();
    let answers = json!({ "name": "x", "owner": { "name": "x" }, "people": people });
    assert_eq!(codes(NAMES, answers), ["people too-many"]);
}
