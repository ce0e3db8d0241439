//! The services that are shipped: answers with what they lead to. How their
//! cases go on stands in `forms/*/scenarios.yaml`, played by `scenarios.rs`.

#![expect(clippy::unwrap_used, reason = "a test that fails shows where")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use engine::definitions::{Definitions, Service};
use engine::feel::PlainWorld;
use engine::form::{self, CheckedAnswers, Findings, Level};
use engine::source::SourceFile;
use engine::text::Language;
use serde_json::{Map, Value as Json, json};

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn read(root: &Path, at: &Path, found: &mut Vec<SourceFile>) {
    for entry in at.read_dir().unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            found.push(SourceFile {
                path: name.replace('\\', "/"),
                text: std::fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

static SERVICES: LazyLock<BTreeMap<String, Arc<Service>>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for part in ["forms", "workflows", "catalogue"] {
        read(root, &root.join(part), &mut found);
    }
    let loaded = Definitions::load(found);
    let rendered = loaded.report.render(&loaded.sources);
    loaded.definitions.expect(&rendered).services
});

static ANSWERS: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("services/answers.json")).unwrap());

/// The good answers of a service with a merge patch (RFC 7396).
fn answers(service: &str, change: &Json) -> Map<String, Json> {
    fn merge(into: &mut Json, change: &Json) {
        let (Json::Object(into), Json::Object(change)) = (&mut *into, change) else {
            *into = change.clone();
            return;
        };
        for (name, value) in change {
            if value.is_null() {
                into.remove(name);
            } else if value.is_object() && into.contains_key(name) {
                merge(into.get_mut(name).unwrap(), value);
            } else {
                into.insert(name.clone(), value.clone());
            }
        }
    }
    let mut good = ANSWERS["good"][service].clone();
    merge(&mut good, change);
    good.as_object().unwrap().clone()
}

fn checked(service: &str, change: &Json) -> Result<CheckedAnswers, Findings> {
    let env = form::Env {
        now: jiff::civil::datetime(2026, 11, 23, 12, 0, 0, 0),
        world: &PlainWorld,
        language: Language::De,
    };
    form::check(&SERVICES[service].form, &answers(service, change), &[], env)
}

#[test]
fn answers_lead_where_the_catalogue_says() {
    for case in ANSWERS["cases"].as_array().unwrap() {
        let service = case["service"].as_str().unwrap();
        let found = match checked(service, &case["change"]) {
            Ok(good) => {
                let codes = good.warnings.0.iter().map(|finding| &finding.code);
                json!({
                    "fee": good.fee.total,
                    "outstanding": good.outstanding,
                    "warnings": codes.collect::<Vec<_>>(),
                })
            }
            Err(findings) => {
                let errors = findings.0.iter().filter(|f| f.severity == Level::Error);
                let refused: Vec<String> =
                    errors.map(|f| format!("{}:{}", f.path, f.code)).collect();
                json!({ "refused": refused })
            }
        };
        let mut expected = case.clone();
        let keys = expected.as_object_mut().unwrap();
        keys.retain(|key, _| !["name", "service", "change"].contains(&key.as_str()));
        if keys.contains_key("fee") {
            keys.entry("outstanding").or_insert(json!([]));
            keys.entry("warnings").or_insert(json!([]));
        }
        assert_eq!(found, expected, "{service}: {}", case["name"]);
    }
}

#[test]
fn what_is_not_asked_is_dropped() {
    let given =
        json!({ "filed_by_representative": false, "representative": { "capacity": "lawyer" } });
    let good = checked("business-registration", &given).unwrap();
    assert!(!good.answers.contains_key("representative"));
    let given = json!({ "course_number": "G2101", "language_level": "a1" });
    let good = checked("vhs-course-registration", &given).unwrap();
    assert!(!good.answers.contains_key("language_level"));
    assert_eq!(good.answers["course_title"], "Hatha-Yoga");
}
