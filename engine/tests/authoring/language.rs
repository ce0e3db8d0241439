//! The description of the language says what the decoders do: every key they
//! ask for is in it and the reverse, every key that is needed is needed, and
//! every definition is valid by the schemas made of it.

use std::collections::{BTreeMap, BTreeSet};

use engine::authoring::language::{
    FileKind, KINDS, Met, Place, Reference, Value, Variants, at, reference, schema, shapes_of, walk,
};
use engine::check::check;
use engine::definitions::Definitions;
use engine::source::{FileId, Report, Severity, SourceFile, read_yaml};
use serde_json::{Value as Json, json};

use crate::corpus;

/// A key nobody knows and that is near to none.
const UNKNOWN: &str = "zqxzqx";

/// The files of a set with the kind of each.
fn kinds(files: &[SourceFile]) -> impl Iterator<Item = (&'static FileKind, &SourceFile)> {
    files
        .iter()
        .filter(|file| file.path.ends_with(".yaml"))
        .map(|file| (FileKind::of_path(&file.path).unwrap(), file))
}

#[test]
fn every_definition_is_valid_by_its_schema() {
    let validators: BTreeMap<&str, jsonschema::Validator> = KINDS
        .iter()
        .map(|kind| (kind.name, jsonschema::validator_for(&schema(kind)).unwrap()))
        .collect();
    for (kind, file) in kinds(&corpus::all()) {
        let value = corpus::json(&corpus::node(&file.text));
        let problems: Vec<String> = validators[kind.name]
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{}: {problems:#?}", file.path);
    }
}

#[test]
fn a_place_in_a_file_is_found() {
    let text = "schalter: workflow/1\nstates:\n  open:\n    events:\n      take: { by: [clerk], target: done }\n    after:\n      - id: late\n        wait: { days: 3 }\n";
    let root = corpus::node(text);
    let kind = FileKind::named("workflow").unwrap();
    let spot = |word: &str| {
        let offset = text.find(word).unwrap() as u32 + 1;
        at(kind, &root, offset).unwrap()
    };
    let role = spot("clerk");
    assert!(
        matches!(role.value, Some(Value::Name(Reference::Role))),
        "{role:?}"
    );
    assert_eq!(role.path, ["states", "open", "events", "take", "by", "0"]);
    let key = spot("by:");
    assert_eq!(
        (key.shape.name, key.place, key.key.unwrap().name),
        ("event", Place::Key, "by")
    );
    let name = spot("open:");
    assert_eq!(name.place, Place::Name(Reference::State));
    let wait = spot("days");
    assert_eq!((wait.shape.name, wait.key.unwrap().name), ("wait", "days"));
    assert!(matches!(
        spot("done").value,
        Some(Value::Name(Reference::State))
    ));
    assert_eq!(spot("late").key.unwrap().name, "id");
}

#[test]
fn the_schemas_refuse_what_the_decoders_refuse() {
    let form = schema(FileKind::named("form").unwrap());
    let validator = jsonschema::validator_for(&form).unwrap();
    let files = corpus::set("grammar");
    let (_, file) = kinds(&files).find(|(kind, _)| kind.name == "form").unwrap();
    let good = corpus::json(&corpus::node(&file.text));
    assert!(validator.is_valid(&good));
    let wrong = |change: fn(&mut Json)| {
        let mut bad = good.clone();
        change(&mut bad);
        assert_ne!(bad, good);
        assert!(!validator.is_valid(&bad));
    };
    wrong(|form| form["titel"] = json!("Titel"));
    wrong(|form| form["pages"][0]["fields"][2]["type"] = json!("txt"));
    wrong(|form| form["pages"][0]["fields"][2]["options"] = json!([]));
    wrong(|form| form["pages"][0]["fields"][1]["type"] = json!("text"));
    wrong(|form| form["privacy"]["retention"] = json!("10 years"));
    wrong(|form| form["fee"][0]["amount"] = json!(5));
    wrong(|form| form["identification"] = json!({}));
    wrong(|form| form["title"] = json!({ "en": "Only English" }));
}

/// The corpus as JSON with a change made to every map with fixed keys, and the
/// diagnostics that come of it.
fn load_changed(change: &dyn Fn(&Met<'_>) -> Option<Json>) -> (Vec<SourceFile>, Report) {
    let files: Vec<SourceFile> = corpus::set("grammar")
        .into_iter()
        .map(|file| {
            let Some(kind) = FileKind::of_path(&file.path) else {
                return file;
            };
            let root = corpus::node(&file.text);
            let mut value = corpus::json(&root);
            // From the inside out, so that a place is still where it was.
            let mut places = Vec::new();
            walk(kind, &root, &mut |met| {
                places.extend(change(&met).map(|new| (path_to(&root, &met), new)));
            });
            for (path, new) in places.into_iter().rev() {
                let place = value.pointer_mut(&path).unwrap();
                match (place, new) {
                    (Json::Object(map), Json::Object(more)) => map.extend(more),
                    (place, new) => *place = new,
                }
            }
            SourceFile {
                text: value.to_string(),
                ..file
            }
        })
        .collect();
    let report = report(files.clone());
    (files, report)
}

/// The JSON pointer of a map.
fn path_to(root: &engine::source::Node, met: &Met<'_>) -> String {
    fn find(at: &engine::source::Node, wanted: &engine::source::Node) -> Option<String> {
        if std::ptr::eq(at, wanted) {
            return Some(String::new());
        }
        let inside = |(name, node): (String, &engine::source::Node)| {
            find(node, wanted).map(|rest| format!("/{name}{rest}"))
        };
        let items = at.as_list().unwrap_or_default().iter().enumerate();
        let entries = at.as_map().unwrap_or_default().iter();
        items
            .map(|(at, node)| (at.to_string(), node))
            .chain(entries.map(|(key, node)| (escaped(&key.text), node)))
            .find_map(inside)
    }
    find(root, met.node).unwrap()
}

/// A key as it stands in a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// What the decoders and the checks say, without what the model says: the town
/// of the grammar is no sensible one.
fn report(files: Vec<SourceFile>) -> Report {
    let mut report = check(files).report;
    let model = |code: &str| code.starts_with("model-");
    report.diagnostics.retain(|found| !model(found.code));
    report
}

fn named(shape: &str, variant: Option<&str>) -> String {
    match variant {
        Some(variant) => format!("{shape} ({variant})"),
        None => shape.to_owned(),
    }
}

/// Keys a decoder reads in every variant, to tell the variants apart or to say
/// in words of its own what is wrong with them.
const READ_ANYWAY: [(&str, &str); 5] = [
    ("state", "states"),
    ("state", "on_done"),
    ("route", "table"),
    ("route", "department"),
    ("route", "queue"),
];

/// The key every file may have, which is taken out before decoders see it.
const ACCEPT: &str = "accept";

/// What differs between the keys described and those asked for, after an
/// unknown key was put into all maps that `chosen` picks.
fn differences(chosen: &dyn Fn(&Met<'_>) -> bool) -> Vec<String> {
    let (files, report) = load_changed(&|met| {
        let fixed = met.whole && met.shape.variants != Variants::OneKey;
        (fixed && chosen(met)).then(|| json!({ UNKNOWN: 1 }))
    });
    let mut known: BTreeMap<(u32, u32), BTreeSet<String>> = BTreeMap::new();
    for found in report
        .diagnostics
        .iter()
        .filter(|d| d.code == "unknown-key")
    {
        let help = found.help.clone().unwrap();
        let keys = help.split_once(" knows: ").unwrap().1;
        let keys = keys.split(", ").map(str::to_owned).collect();
        known.insert((found.span.file.0, found.span.start), keys);
    }
    let mut wrong = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let Some(kind) = FileKind::of_path(&file.path) else {
            continue;
        };
        let root = read_yaml(FileId(index as u32), &file.text, &mut Report::default()).unwrap();
        walk(kind, &root, &mut |met| {
            let mut entries = met.node.as_map().unwrap().iter();
            let Some((key, _)) = entries.find(|(key, _)| key.text == UNKNOWN) else {
                return;
            };
            let what = named(met.shape.name, met.variant);
            let Some(asked) = known.get(&(index as u32, key.span.start)) else {
                wrong.push(format!("{what}: nobody reads this map"));
                return;
            };
            let keys = met.shape.keys_of(met.variant);
            let mut described: BTreeSet<String> = keys.map(|key| key.name.to_owned()).collect();
            if met.shape.name == kind.shape.name && !described.remove(ACCEPT) {
                wrong.push(format!("{what}: the description lacks `{ACCEPT}`"));
            }
            for key in described.symmetric_difference(asked) {
                if !asked.contains(key) {
                    wrong.push(format!("{what}: only the description knows `{key}`"));
                } else if !READ_ANYWAY.contains(&(met.shape.name, key)) {
                    wrong.push(format!("{what}: only the decoder knows `{key}`"));
                }
            }
        });
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

#[test]
fn the_decoders_know_the_keys_described_and_no_others() {
    // Examples of a table run only when all else in it is right.
    let example = |met: &Met<'_>| met.shape.name == "example";
    assert_eq!(differences(&|met| !example(met)), [""; 0]);
    assert_eq!(differences(&example), [""; 0]);
}

#[test]
fn the_decoder_knows_the_actions_described_and_no_others() {
    let (_, report) = load_changed(&|met| {
        (met.shape.variants == Variants::OneKey).then(|| json!({ UNKNOWN: 1 }))
    });
    // An action of two keys is refused; one alone that is unknown is told the list.
    assert!(
        report
            .diagnostics
            .iter()
            .any(|d| d.message.contains("one key")),
        "{report:?}"
    );
    let action = shapes_of(FileKind::named("workflow").unwrap())
        .into_iter()
        .find(|shape| shape.name == "action")
        .unwrap();
    let text = format!(
        "schalter: workflow/1\nid: x\nversion: 1\ntitle: X\ninitial: a\nstates:\n  a:\n    type: final\n    entry: [ {{ {UNKNOWN}: 1 }} ]\n"
    );
    let mut report = Report::default();
    let root = read_yaml(FileId(0), &text, &mut report).unwrap();
    engine::workflow::decode(&root, &mut report);
    let found = report
        .diagnostics
        .iter()
        .find(|d| d.code == "unknown-action")
        .unwrap();
    let described: Vec<&str> = action.keys.iter().map(|key| key.name).collect();
    assert_eq!(
        found.help.clone().unwrap(),
        format!("there are: {}", described.join(", "))
    );
}

/// Every key of every map in every variant, with the first place it stands at.
fn described() -> BTreeSet<(&'static str, Option<String>, &'static str)> {
    let mut all = BTreeSet::new();
    for shape in KINDS.iter().flat_map(shapes_of) {
        let mut variants: Vec<Option<&str>> = shape.variant_names().into_iter().map(Some).collect();
        if shape.keys.iter().all(|key| key.only.is_empty()) {
            variants = vec![None];
        }
        for variant in variants {
            let keys = shape.keys_of(variant);
            all.extend(keys.map(|key| (shape.name, variant.map(str::to_owned), key.name)));
        }
    }
    all
}

#[test]
fn the_grammar_town_has_every_map_and_every_key() {
    let mut variants = BTreeSet::new();
    let mut keys = BTreeSet::new();
    let files = corpus::set("grammar");
    for (kind, file) in kinds(&files) {
        let root = corpus::node(&file.text);
        walk(kind, &root, &mut |met| {
            if met.whole {
                variants.insert((met.shape.name, met.variant.map(str::to_owned)));
                variants.insert((met.shape.name, None));
                keys.extend(
                    met.node
                        .as_map()
                        .unwrap()
                        .iter()
                        .map(|(key, _)| (met.shape.name, key.text.clone())),
                );
            }
        });
    }
    let missing: Vec<_> = described()
        .into_iter()
        .filter(|(shape, variant, key)| {
            !variants.contains(&(*shape, variant.clone()))
                || !keys.contains(&(*shape, (*key).to_owned()))
        })
        .collect();
    assert!(
        missing.is_empty(),
        "add to engine/tests/definitions/grammar: {missing:#?}"
    );
    let loaded = Definitions::load(files);
    assert!(
        loaded.report.is_usable(),
        "{}",
        loaded.report.render(&loaded.sources)
    );
}

/// A map of the grammar town without some of its keys.
struct Without {
    file: usize,
    path: String,
    keys: Vec<String>,
    needed: bool,
    what: String,
}

/// Each needed key of each kind of map alone, and all others of a map together.
fn left_out(files: &[SourceFile]) -> Vec<Without> {
    let mut tried = BTreeSet::new();
    let mut all = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let Some(kind) = FileKind::of_path(&file.path) else {
            continue;
        };
        let root = corpus::node(&file.text);
        walk(kind, &root, &mut |met| {
            let mut optional = Vec::new();
            let without = |keys: Vec<String>, needed| Without {
                file: at,
                path: path_to(&root, &met),
                keys,
                needed,
                what: named(met.shape.name, met.variant),
            };
            if !met.whole || met.shape.variants == Variants::OneKey {
                return;
            }
            for (key, _) in met.node.as_map().unwrap() {
                let variant = met.variant.map(str::to_owned);
                if !tried.insert((met.shape.name, variant, key.text.clone())) {
                    continue;
                }
                if met.shape.key(&key.text).unwrap().is_needed_in(met.variant) {
                    all.push(without(vec![key.text.clone()], true));
                } else {
                    optional.push(key.text.clone());
                }
            }
            if !optional.is_empty() {
                all.push(without(optional, false));
            }
        });
    }
    all
}

#[test]
fn the_keys_called_needed_are_needed_and_the_others_are_not() {
    let files = corpus::set("grammar");
    let mut wrong = Vec::new();
    for without in left_out(&files) {
        let mut value = corpus::json(&corpus::node(&files[without.file].text));
        let map = value
            .pointer_mut(&without.path)
            .unwrap()
            .as_object_mut()
            .unwrap();
        map.retain(|key, _| !without.keys.contains(key));
        let mut changed = files.clone();
        changed[without.file].text = value.to_string();
        // Accepted findings are read by the checks, which take their time.
        let report = match without.what.as_str() {
            "accepted" => report(changed),
            _ => Definitions::load(changed).report,
        };
        let what = &without.what;
        for key in &without.keys {
            let missed = format!("the key `{key}` is missing here");
            let told = report.diagnostics.iter().any(|d| d.message == missed);
            if without.needed && report.count(Severity::Error) == 0 {
                wrong.push(format!(
                    "{what}: `{key}` is called needed, but nothing happens without it"
                ));
            }
            if !without.needed && told {
                wrong.push(format!("{what}: `{key}` is needed, but is not called so"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads and writes its files"
)]
fn the_reference_of_the_handbook_is_fresh() {
    let path = corpus::engine()
        .parent()
        .unwrap()
        .join("docs/handbook/reference.md");
    let text = reference();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "docs/handbook/reference.md is stale: run with UPDATE_EXPECT=1"
    );
}
