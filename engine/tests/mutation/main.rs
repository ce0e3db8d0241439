//! How many single mistakes are noticed: each is made in a copy of the shipped
//! definitions, which are then loaded, checked, played through by the model
//! check and by the scenarios beside them.
//!
//! `cargo test` tries a sample; `SCHALTER_MUTATIONS=all` tries every mistake
//! (`cargo test --release -p engine --test mutation -- --nocapture`), a number
//! so many of each kind. The table names what nobody noticed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::print_stdout, reason = "the table is what this test is for")]

mod mistakes;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engine::check;
use engine::check::scenario::{Coverage, Stage, run};
use engine::definitions::{Definitions, Loaded};
use engine::source::{FileId, Node, Report, Severity, SourceFile, read_yaml};

use mistakes::{Around, Mistake};

/// The least share noticed of each kind, in percent of a full run.
const FLOORS: [(&str, usize); 11] = [
    ("rename field", 95),
    ("drop translation", 100),
    ("remove transition", 95),
    ("negate guard", 95),
    ("change timer", 95),
    ("change option id", 95),
    ("letter value", 95),
    ("widen role", 85),
    ("change fee", 95),
    ("change route", 95),
    ("drop required", 90),
];

/// The services that are spoiled: one of each of the first three workflows.
const TRIED: [&str; 3] = [
    "business-registration",
    "map-product-order",
    "vhs-course-registration",
];

/// Mistakes of each kind that a usual test run tries.
const SAMPLE: usize = 2;

#[expect(clippy::disallowed_methods, reason = "a test reads its files")]
fn read(at: &Path, name: &str, found: &mut Vec<SourceFile>) {
    for entry in at.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read(&path, &name, found);
        } else if name.ends_with(".yaml") || name.ends_with(".hbs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(SourceFile { path: name, text });
        }
    }
}

/// A service alone: its bundle, its scenarios and the departments.
struct Alone {
    id: String,
    files: Vec<SourceFile>,
    /// What loading says of it without a mistake.
    usual: OnceCell<Said>,
    /// What the checks say of it without a mistake.
    usual_of_checks: OnceCell<Said>,
}

type Said = BTreeSet<(String, String)>;

impl Alone {
    // Found out when needed: a sample asks the checks about few services.
    fn usual(&self) -> &Said {
        self.usual
            .get_or_init(|| said(&Definitions::load(self.files.clone())))
    }

    fn usual_of_checks(&self) -> &Said {
        self.usual_of_checks
            .get_or_init(|| said(&check::check(self.files.clone())))
    }
}

fn said(loaded: &Loaded) -> Said {
    let worth = loaded
        .report
        .diagnostics
        .iter()
        .filter(|found| found.severity != Severity::Note);
    worth
        .map(|found| (found.code.to_owned(), found.message.clone()))
        .collect()
}

/// Who notices a mistake first.
fn noticed(alone: &Alone, mistake: &Mistake) -> Option<&'static str> {
    let mut files = alone.files.clone();
    for file in files.iter_mut().filter(|file| file.path == mistake.path) {
        *file = mistake.apply(file);
    }
    let loaded = Definitions::load(files.clone());
    if !said(&loaded).is_subset(alone.usual()) {
        return Some("load");
    }
    let definitions = loaded.definitions?;
    let service = &definitions.services[&alone.id];
    if let Some(scenarios) = definitions.scenarios.get(&alone.id) {
        let stage = Stage::new(service, &definitions.departments);
        let fails = |one| !run(&stage, one, &mut Coverage::default()).passed();
        if scenarios.list.iter().any(fails) {
            return Some("scenario");
        }
    }
    let is_new = !said(&check::check(files)).is_subset(alone.usual_of_checks());
    is_new.then_some("check")
}

fn town() -> (Vec<SourceFile>, Loaded) {
    let mut files = Vec::new();
    for part in ["forms", "workflows", "catalogue"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        read(&root.join(part), part, &mut files);
    }
    let loaded = check::check(files.clone());
    let found = loaded.report.render(&loaded.sources);
    assert!(loaded.definitions.is_some(), "{found}");
    (files, loaded)
}

fn queues(files: &[SourceFile]) -> Vec<(String, Vec<String>)> {
    let file = files
        .iter()
        .find(|file| file.path == "catalogue/departments.yaml")
        .unwrap();
    let root = read_yaml(FileId::default(), &file.text, &mut Report::default()).unwrap();
    let id = |node: &Node| {
        node.get("id")
            .and_then(Node::as_text)
            .unwrap_or_default()
            .to_owned()
    };
    let list = |node: Option<&Node>| node.and_then(Node::as_list).unwrap_or_default().to_vec();
    list(root.get("departments"))
        .iter()
        .map(|department| {
            (
                id(department),
                list(department.get("queues")).iter().map(id).collect(),
            )
        })
        .collect()
}

/// What stands behind `use:` anywhere.
fn used(files: &[SourceFile]) -> BTreeSet<String> {
    let after = files
        .iter()
        .flat_map(|file| file.text.split("use: ").skip(1));
    let name = |rest: &str| {
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '}'));
        rest[..end.unwrap_or(rest.len())].to_owned()
    };
    after.map(name).collect()
}

fn alone(files: &[SourceFile], loaded: &Loaded) -> Vec<Alone> {
    let services = &loaded.definitions.as_ref().unwrap().services;
    let mut all = Vec::new();
    for (id, service) in services {
        if !TRIED.contains(&id.as_str()) {
            continue;
        }
        let more = [
            format!("forms/{id}/scenarios.yaml"),
            "catalogue/departments.yaml".to_owned(),
        ];
        let mut bundle = service.bundle.clone();
        bundle.extend(
            files
                .iter()
                .filter(|file| more.contains(&file.path))
                .cloned(),
        );
        bundle.sort_by(|a, b| a.path.cmp(&b.path));
        bundle.dedup();
        all.push(Alone {
            id: id.clone(),
            files: bundle,
            usual: OnceCell::new(),
            usual_of_checks: OnceCell::new(),
        });
    }
    all
}

#[derive(Default)]
struct Tally {
    made: usize,
    by: BTreeMap<&'static str, usize>,
    survivors: Vec<String>,
}

impl Tally {
    fn found(&self) -> usize {
        self.made - self.survivors.len()
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be told to try more")]
fn mistakes_are_noticed() {
    let wanted = std::env::var("SCHALTER_MUTATIONS").ok();
    let most = match wanted.as_deref() {
        Some("all") => usize::MAX,
        Some(number) => number.parse().unwrap(),
        None => SAMPLE,
    };
    let (files, loaded) = town();
    let dead = loaded
        .report
        .diagnostics
        .iter()
        .filter(|found| found.code.starts_with("model-unused"));
    let around = Around {
        queues: queues(&files),
        used: used(&files),
        dead: dead
            .map(|found| {
                (
                    loaded.sources.file(found.span.file).unwrap().path.clone(),
                    found.span.start,
                )
            })
            .collect(),
    };
    let services = alone(&files, &loaded);
    let mut by_kind: BTreeMap<&'static str, Vec<(&Alone, &SourceFile, Mistake)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for service in &services {
        for file in &service.files {
            if file.path.ends_with("/scenarios.yaml")
                || file.path.starts_with("catalogue/")
                || !seen.insert(&file.path)
            {
                continue;
            }
            for mistake in mistakes::of(file, &around) {
                by_kind
                    .entry(mistake.kind)
                    .or_default()
                    .push((service, file, mistake));
            }
        }
    }
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    for (kind, all) in by_kind {
        let tally = tallies.entry(kind).or_default();
        let step = all.len().div_ceil(most.min(all.len()));
        for some in all.chunks(step) {
            let plausible = some.iter().find(|(_, file, one)| one.is_plausible(file));
            let Some((service, file, mistake)) = plausible else {
                continue;
            };
            tally.made += 1;
            match noticed(service, mistake) {
                Some(who) => *tally.by.entry(who).or_default() += 1,
                None => tally.survivors.push(mistake.words(file)),
            }
        }
    }
    show(&tallies);
    for (kind, floor) in FLOORS {
        let tally = &tallies[kind];
        // A sample may be unlucky by one.
        let least = (tally.made * floor / 100).saturating_sub(usize::from(most != usize::MAX));
        assert!(
            tally.found() >= least,
            "of `{kind}` only {} of {} were noticed",
            tally.found(),
            tally.made
        );
    }
}

fn show(tallies: &BTreeMap<&'static str, Tally>) {
    println!(
        "{:<20} {:>5} {:>6} {:>6}  by",
        "mistake", "made", "found", "share"
    );
    let (mut made, mut found) = (0, 0);
    for (kind, tally) in tallies {
        let by: Vec<String> = tally
            .by
            .iter()
            .map(|(who, count)| format!("{who} {count}"))
            .collect();
        let share = 100 * tally.found() / tally.made.max(1);
        println!(
            "{kind:<20} {:>5} {:>6} {share:>5}%  {}",
            tally.made,
            tally.found(),
            by.join(", ")
        );
        (made, found) = (made + tally.made, found + tally.found());
    }
    println!(
        "{:<20} {made:>5} {found:>6} {:>5}%",
        "all",
        100 * found / made.max(1)
    );
    for (kind, tally) in tallies {
        for survivor in &tally.survivors {
            println!("not noticed: {kind}: {survivor}");
        }
    }
}
