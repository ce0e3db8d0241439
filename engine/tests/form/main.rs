//! One form with every kind of field: answers in, findings or a checked
//! submission out; controls of pages in, stored answers out.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod group_checks;
mod typing;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use engine::case::Attachment;
use engine::definitions::{Definitions, Service};
use engine::feel::PlainWorld;
use engine::form::{
    CheckedAnswers, Env, Findings, check, check_page, check_types, display_date, display_tree,
    display_value, json_schema, sections,
};
use engine::source::SourceFile;
use engine::text::Language;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn files(root: &Path, at: &Path, found: &mut Vec<SourceFile>) {
    for entry in at.read_dir().unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            files(root, &path, found);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            found.push(SourceFile {
                path: name,
                text: std::fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

static SERVICE: LazyLock<Arc<Service>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions/town");
    let mut found = Vec::new();
    files(&root, &root, &mut found);
    Definitions::load(found).definitions.unwrap().services["everything"].clone()
});

fn env(language: Language) -> Env<'static> {
    Env {
        now: jiff::civil::datetime(2026, 12, 1, 10, 0, 0, 0),
        world: &PlainWorld,
        language,
    }
}

fn upload(field: &str, number: u128) -> Attachment {
    Attachment {
        id: Uuid::from_u128(number),
        field: field.to_owned(),
        name: "ausweis.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 1_234_567,
        sha256: String::new(),
    }
}

fn good() -> Map<String, Json> {
    let answers = json!({
        "kind": "natural",
        "owner": { "given_names": "Erika", "family_name": "Muster", "birth_date": "1980-02-29", "nationality": "DE" },
        "home": { "street": "Hauptstraße", "house_number": "1a", "postcode": "47798", "city": "Musterstadt" },
        "email": "erika@beispiel.de",
        "course": "S4012",
        "participants": [
            { "given_name": "Mia", "birth_year": 2015, "guardian": "Erika Muster" },
            { "given_name": "Jan", "birth_year": 1990 },
        ],
        "start": "2027-02-01",
        "hours": "2.5",
        "payment": "transfer",
        "reduced": false,
        "id_copy": [Uuid::from_u128(1)],
        "terms": true,
    });
    answers.as_object().unwrap().clone()
}

fn checked(answers: &Map<String, Json>) -> Result<CheckedAnswers, Findings> {
    check(
        &SERVICE.form,
        answers,
        &[upload("id_copy", 1)],
        env(Language::De),
    )
}

/// `path code` of every finding.
fn codes(findings: &Findings) -> Vec<String> {
    findings
        .0
        .iter()
        .map(|finding| format!("{} {}", finding.path, finding.code))
        .collect()
}

/// Changes one answer: `null` removes it, paths as in findings.
fn with(mut answers: Map<String, Json>, path: &str, value: Json) -> Map<String, Json> {
    let mut root = Json::Object(std::mem::take(&mut answers));
    let pointer = format!("/{}", path.replace('.', "/"));
    let (container, id) = pointer.rsplit_once('/').unwrap();
    let object = root
        .pointer_mut(container)
        .unwrap()
        .as_object_mut()
        .unwrap();
    if value.is_null() {
        object.remove(id);
    } else {
        object.insert(id.to_owned(), value);
    }
    root.as_object().unwrap().clone()
}

#[test]
fn good_answers_become_a_submission() {
    let checked = checked(&good()).unwrap_or_else(|findings| panic!("{findings:#?}"));
    assert_eq!(checked.fee.total, "31.00");
    let lines: Vec<(&str, &str)> = checked
        .fee
        .lines
        .iter()
        .map(|line| (line.label.de.as_str(), line.amount.as_str()))
        .collect();
    assert_eq!(lines, [("Gebühr", "26.00"), ("Kinderzuschlag", "5.00")]);
    assert_eq!(
        (
            checked.route.department.as_str(),
            checked.route.queue.as_str()
        ),
        ("public-order", "trade")
    );
    assert_eq!(checked.applicant.name, "Erika Muster");
    assert_eq!(
        checked.applicant.email.as_deref(),
        Some("erika@beispiel.de")
    );
    assert_eq!(
        checked.applicant.address,
        ["Hauptstraße 1a", "47798 Musterstadt"]
    );
    assert_eq!(checked.params["payment"], "transfer");
    let capacity = checked.capacity.unwrap();
    assert_eq!(
        (
            capacity.resource.as_str(),
            capacity.limit,
            capacity.quantity
        ),
        ("courses/S4012", 12, 2)
    );
    assert_eq!(checked.answers["group_size"], 2);
    assert!(checked.outstanding.is_empty());
    assert!(checked.warnings.0.is_empty());
}

#[test]
fn findings_by_answer() {
    let cases: &[(&str, Json, &[&str])] = &[
        ("kind", json!(null), &["kind required"]),
        ("kind", json!("club"), &["kind option"]),
        (
            "owner.given_names",
            json!("  "),
            &["owner.given_names required"],
        ),
        (
            "owner.given_names",
            json!(7),
            &["owner.given_names wrong-type"],
        ),
        (
            "owner.given_names",
            json!("x".repeat(121)),
            &["owner.given_names too-long"],
        ),
        (
            "owner.birth_date",
            json!("31.2.1990"),
            &["owner.birth_date date"],
        ),
        (
            "owner.birth_date",
            json!("1899-12-31"),
            &["owner.birth_date min"],
        ),
        (
            "owner.birth_date",
            json!("2026-12-02"),
            &["owner.birth_date max", "owner.birth_date adult"],
        ),
        (
            "owner.nationality",
            json!("XX"),
            &["owner.nationality option"],
        ),
        (
            "owner",
            json!(null),
            &[
                "owner.given_names required",
                "owner.family_name required",
                "owner.birth_date required",
                "owner.nationality required",
            ],
        ),
        ("owner", json!("Erika"), &["owner wrong-type"]),
        ("home.postcode", json!("4779"), &["home.postcode postcode"]),
        ("home.postcode", json!("D-47 798"), &[]),
        ("earlier", json!({}), &[]),
        (
            "earlier",
            json!({ "city": "Köln" }),
            &[
                "earlier.street required",
                "earlier.house_number required",
                "earlier.postcode required",
            ],
        ),
        ("email", json!("erika@beispiel"), &["email email"]),
        ("phone", json!("0049 (0)2151 / 123-45"), &[]),
        ("phone", json!("ruf an"), &["phone phone"]),
        ("course", json!("K2001"), &[]),
        ("participants", json!([]), &["participants required"]),
        ("participants", json!("Mia"), &["participants wrong-type"]),
        (
            "participants",
            json!([{}]),
            &[
                "participants.0.given_name required",
                "participants.0.birth_year required",
            ],
        ),
        (
            "participants",
            json!(["Mia"]),
            &["participants.0 wrong-type"],
        ),
        (
            "participants.0.guardian",
            json!(null),
            &["participants.0.guardian required"],
        ),
        (
            "participants.1.birth_year",
            json!(2030),
            &[
                "participants.1.birth_year not-born-later",
                "participants.1.guardian required",
            ],
        ),
        (
            "participants.1.birth_year",
            json!("MMX"),
            &["participants.1.birth_year number"],
        ),
        (
            "participants.1.birth_year",
            json!(1899),
            &["participants.1.birth_year min"],
        ),
        (
            "participants.1.shoe_size",
            json!(41),
            &["participants.1.shoe_size unknown-field"],
        ),
        ("group_size", json!(99), &[]),
        (
            "interests",
            json!(["music", "sports", "other"]),
            &["interests too-many", "other_interest required"],
        ),
        (
            "interests",
            json!(["music", "music"]),
            &["interests repeated"],
        ),
        ("interests", json!(["chess"]), &["interests option"]),
        ("start", json!("2026-11-30"), &["start min"]),
        ("hours", json!(0.25), &["hours min"]),
        ("hours", json!("viele"), &["hours number"]),
        ("hours", json!(40.5), &["hours max"]),
        ("payment", json!("debit"), &["iban required"]),
        ("iban", json!("hidden, so ignored"), &[]),
        ("donation", json!("12.345"), &["donation money"]),
        ("donation", json!(-1), &["donation min"]),
        ("reduced", json!(true), &["reduced_reason required"]),
        ("reduced", json!("vielleicht"), &["reduced wrong-type"]),
        ("id_copy", json!(null), &["id_copy required"]),
        ("id_copy", json!(["x"]), &["id_copy unknown-upload"]),
        (
            "id_copy",
            json!([Uuid::from_u128(9)]),
            &["id_copy unknown-upload"],
        ),
        ("terms", json!(false), &["terms required"]),
        ("nonsense", json!(1), &["nonsense unknown-field"]),
    ];
    for (path, value, expected) in cases {
        let answers = with(good(), path, value.clone());
        let found = checked(&answers).map_or_else(|findings| codes(&findings), |_| Vec::new());
        assert_eq!(found, *expected, "{path} = {value}");
    }
}

#[test]
fn everything_is_told_at_once_and_in_order() {
    let findings = checked(&Map::new()).unwrap_err();
    let paths: Vec<&str> = findings
        .0
        .iter()
        .map(|finding| finding.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "kind",
            "owner.given_names",
            "owner.family_name",
            "owner.birth_date",
            "owner.nationality",
            "home.street",
            "home.house_number",
            "home.postcode",
            "home.city",
            "email",
            "course",
            "participants",
            "start",
            "hours",
            "payment",
            "reduced",
            "id_copy",
            "terms",
        ]
    );
    for finding in &findings.0 {
        assert!(finding.message.en.is_some(), "{finding:?}");
        assert!(
            finding.message.de.contains('„') && finding.message.de.ends_with('.'),
            "{finding:?}"
        );
    }
}

#[test]
fn hidden_answers_are_dropped() {
    let answers = with(good(), "iban", json!("DE02120300000000202051"));
    let answers = with(answers, "company_name", json!("Muster GmbH"));
    let answers = with(answers, "participants.1.guardian", json!("Niemand"));
    let kept = checked(&answers).unwrap().answers;
    assert!(!kept.contains_key("iban") && !kept.contains_key("company_name"));
    assert_eq!(
        kept["participants"][1],
        json!({ "given_name": "Jan", "birth_year": 1990 })
    );
}

#[test]
fn hidden_options_cannot_be_chosen() {
    let company = json!({ "kind": "company", "company_name": "Muster GmbH", "register_number": "HRB 1", "founded": 1990, "course": "K2001" });
    let mut answers = good();
    answers.extend(company.as_object().unwrap().clone());
    assert_eq!(codes(&checked(&answers).unwrap_err()), ["course option"]);
    answers.insert("course".to_owned(), json!("S4012"));
    answers.insert("register_number".to_owned(), json!("12345"));
    let findings = checked(&answers).unwrap_err();
    assert_eq!(codes(&findings), ["register_number pattern"]);
    assert_eq!(
        findings.0[0].message.de,
        "Geben Sie die Nummer so ein: HRB 12345."
    );
    answers.insert("register_number".to_owned(), json!("HRB 12345"));
    let checked = checked(&answers).unwrap();
    assert_eq!(checked.fee.lines[0].amount, "46.00");
    assert_eq!(checked.route.queue, "gastronomy");
}

#[test]
fn warnings_are_passed_on() {
    let checked = checked(&with(good(), "owner.birth_date", json!("2010-01-01"))).unwrap();
    assert_eq!(codes(&checked.warnings), ["owner.birth_date adult"]);
}

#[test]
fn what_comes_later_is_outstanding() {
    let answers = with(
        with(good(), "reduced", json!(true)),
        "reduced_reason",
        json!("Studium"),
    );
    assert_eq!(checked(&answers).unwrap().outstanding, ["proof"]);
}

#[test]
fn uploads_are_those_of_the_field() {
    let other = upload("proof", 1);
    let large = Attachment {
        size: 6_000_000,
        ..upload("id_copy", 1)
    };
    let text = Attachment {
        media_type: "text/html".to_owned(),
        ..upload("id_copy", 1)
    };
    for (file, code) in [
        (other, "unknown-upload"),
        (large, "file-size"),
        (text, "file-type"),
    ] {
        let findings = check(&SERVICE.form, &good(), &[file], env(Language::De)).unwrap_err();
        assert_eq!(codes(&findings), [format!("id_copy {code}")]);
    }
}

/// Programs hear of JSON types that are not those of the published schema,
/// also where a page's text would be understood.
#[test]
fn json_types_are_those_of_the_schema() {
    let questions = &SERVICE.form.questions;
    assert_eq!(check_types(questions, &good()).0, []);
    for (path, value, fits) in [
        ("hours", json!(2.5), true),
        ("hours", json!("2.5"), true),
        ("hours", json!(true), false),
        ("reduced", json!("true"), false),
        ("reduced", json!(null), true),
        ("terms", json!(1), false),
        ("owner", json!([]), false),
        ("owner", json!("Erika"), false),
        ("owner.given_names", json!(7), false),
        ("participants", json!({}), false),
        ("participants.0.birth_year", json!("2015"), false),
        ("participants.1.given_name", json!(["Jan"]), false),
        ("interests", json!("music"), false),
        ("interests", json!([]), true),
        ("id_copy", json!("x"), false),
        ("email", json!({ "at": "x" }), false),
        ("nonsense", json!({}), true),
    ] {
        let found = check_types(questions, &with(good(), path, value.clone()));
        let expected: Vec<String> = if fits {
            vec![]
        } else {
            vec![format!("{path} wrong-type")]
        };
        assert_eq!(codes(&found), expected, "{path} {value}");
    }
    let entries = with(good(), "participants", json!(["Mia", {}]));
    assert_eq!(
        codes(&check_types(questions, &entries)),
        ["participants.0 wrong-type"]
    );
}

#[test]
fn entries_are_added_and_removed() {
    let questions = &SERVICE.form.questions;
    let mut answers = questions.initial_answers();
    assert_eq!(answers["payment"], "transfer");
    questions.add_entry(&mut answers, "participants");
    questions.add_entry(&mut answers, "participants");
    assert_eq!(answers["participants"], json!([{}, {}]));
    questions.remove_entry(&mut answers, "participants", 0);
    assert_eq!(answers["participants"], json!([{}]));
    questions.remove_entry(&mut answers, "participants", 0);
    assert!(!answers.contains_key("participants"));
}

#[test]
fn answers_as_people_read_them() {
    let answers = with(good(), "donation", json!("1234.5"));
    let shown = |language| {
        let sections = sections(
            &SERVICE.form.questions,
            &answers,
            &[upload("id_copy", 1)],
            env(language),
        );
        let mut text = String::new();
        for section in sections {
            text.push_str(&format!("# {}\n", section.title));
            for row in section.rows {
                text.push_str(&format!(
                    "{}{}: {}\n",
                    "  ".repeat(usize::from(row.level)),
                    row.label,
                    row.value
                ));
            }
        }
        text
    };
    assert_eq!(
        shown(Language::De),
        include_str!("../definitions/shown.de.txt")
    );
    assert_eq!(
        shown(Language::En),
        include_str!("../definitions/shown.en.txt")
    );
    let tree = display_tree(&SERVICE.form.questions, &answers, &[], env(Language::De));
    assert_eq!(tree["owner"]["birth_date"], "29. Februar 1980");
    assert_eq!(tree["participants"][0]["birth_year"], "2015");
    assert_eq!(tree["kind"], "Privatperson");
    assert_eq!(tree["donation"], "1.234,50 €");
}

#[test]
fn the_published_schema_agrees_with_the_check() {
    let schema = json_schema(&SERVICE.form, Language::En);
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let answers = Json::Object(good());
    let errors: Vec<String> = validator
        .iter_errors(&answers)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    for path in [
        "kind",
        "owner.birth_date",
        "home.postcode",
        "hours",
        "nonsense",
    ] {
        let bad = Json::Object(with(good(), path, json!(["bad"])));
        assert!(!validator.is_valid(&bad), "{path}");
    }
    assert_eq!(
        schema["properties"]["kind"]["oneOf"][1],
        json!({ "const": "company", "title": "Company" })
    );
    assert_eq!(
        schema["properties"]["iban"]["x-schalter"]["visible"],
        "payment = \"debit\""
    );
    assert_eq!(schema["additionalProperties"], false);
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        "[0-9.,/ -]{0,12}".prop_map(Json::from),
        Just(json!("natural")),
        Just(json!("2027-01-01")),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((any_name(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    let fields = SERVICE.form.questions.all_fields();
    let mut names: Vec<String> = fields.iter().map(|field| field.id.clone()).collect();
    names.extend(["0".to_owned(), "a/b~c".to_owned(), String::new()]);
    prop::sample::select(names)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_answers_panic(pairs in prop::collection::vec((any_name(), any_json()), 0..20)) {
        let answers: Map<String, Json> = pairs.into_iter().collect();
        let result = checked(&answers);
        let questions = &SERVICE.form.questions;
        for page in &questions.pages {
            check_page(questions, page, &answers, env(Language::En));
        }
        sections(questions, &answers, &[], env(Language::De));
        // What was checked and stored checks again with the same result.
        if let Ok(checked_once) = result {
            prop_assert_eq!(checked(&checked_once.answers).unwrap(), checked_once);
        }
    }

    #[test]
    fn no_controls_panic(pairs in prop::collection::vec(("[a-z_.0-9]{0,20}", "\\PC{0,20}"), 0..20)) {
        let pairs: Vec<(String, String)> = pairs;
        let questions = &SERVICE.form.questions;
        let mut answers = Map::new();
        for page in &questions.pages {
            questions.parse_fields(page, &pairs, &mut answers, env(Language::De));
        }
    }
}
