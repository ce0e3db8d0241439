//! What definitions cost: loading and checking them, also very many, and what a
//! page, a submission and a step of a case take. `cargo bench -p engine`.
//!
//! Each figure stands beside a reference of the same run: reading the same
//! bytes as plain YAML, or evaluating one small rule.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark has a clock and reads files"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use engine::case::{Actor, Env as CaseEnv, Submission, act, open_case};
use engine::check::check;
use engine::definitions::Definitions;
use engine::feel::{Context, Expression, PlainWorld, Scope};
use engine::form::{self, Env};
use engine::source::{Report, SourceFile, Sources, read_yaml};
use engine::text::Language;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// Monday, 23 November 2026, 12:00 in Berlin.
const NOW: i64 = 1_795_431_600_000;
/// How many definitions are made.
const MANY: [usize; 3] = [1_000, 3_000, 10_000];

fn main() {
    // `cargo test --benches` only wants to know that it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let files = shipped();
    let services = shipped_figures(&files);
    case_figures(&services);
    many_figures(&files);
}

/// The definitions of this project.
fn shipped() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for part in ["forms", "workflows", "catalogue"] {
        read(&root, &root.join(part), &mut files);
    }
    files
}

fn read(root: &Path, at: &Path, files: &mut Vec<SourceFile>) {
    for entry in at.read_dir().expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(root, &path, files);
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "hbs") {
            let name = path.strip_prefix(root).expect("below the root");
            files.push(SourceFile {
                path: name.to_string_lossy().replace('\\', "/"),
                text: std::fs::read_to_string(&path).expect("a readable file"),
            });
        }
    }
}

/// The shortest of several runs, which says most about the work itself.
fn best<T>(runs: u32, mut once: impl FnMut() -> T) -> Duration {
    (0..runs)
        .map(|_| {
            let begin = Instant::now();
            black_box(once());
            begin.elapsed()
        })
        .min()
        .unwrap_or_default()
}

/// Time of one of very many.
fn each<T>(times: u32, mut once: impl FnMut() -> T) -> Duration {
    best(5, || {
        for _ in 0..times {
            black_box(once());
        }
    }) / times
}

fn row(what: &str, took: Duration, reference: Duration, of: &str) {
    println!(
        "{what:<46} {:>12.3} ms   {:>8.1} × {of}",
        took.as_secs_f64() * 1000.0,
        took.as_secs_f64() / reference.as_secs_f64()
    );
}

/// Reading the same bytes as YAML and nothing more.
fn plain_yaml(files: &[SourceFile]) -> Duration {
    let sources = Sources::new(files.to_vec());
    best(5, || {
        let mut report = Report::default();
        sources
            .iter()
            .filter(|(_, file)| file.path.ends_with(".yaml"))
            .filter_map(|(id, file)| read_yaml(id, &file.text, &mut report))
            .count()
    })
}

fn shipped_figures(files: &[SourceFile]) -> Definitions {
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    println!(
        "shipped definitions: {} files, {} KiB",
        files.len(),
        bytes / 1024
    );
    let yaml = plain_yaml(files);
    row("read as plain YAML", yaml, yaml, "itself");
    let load = best(5, || Definitions::load(files.to_vec()));
    row("load", load, yaml, "YAML");
    let checked = best(5, || check(files.to_vec()));
    row(
        "load and check (lints, logic, model)",
        checked,
        yaml,
        "YAML",
    );
    Definitions::load(files.to_vec())
        .definitions
        .expect("the shipped definitions load")
}

fn case_figures(definitions: &Definitions) {
    let service = &definitions.services["business-registration"];
    let answers = include_str!("../../tests/samples/business-registration.json");
    let answers: Map<String, Json> = serde_json::from_str(answers).expect("the sample");
    let env = Env {
        now: jiff::civil::date(2026, 11, 23).at(12, 0, 0, 0),
        world: &PlainWorld,
        language: Language::De,
    };
    let rule = Expression::compile("1 + 1 = 2", &Scope::default()).expect("a rule");
    let nothing = BTreeMap::new();
    let context = Context {
        values: &nothing,
        now: env.now,
        world: &PlainWorld,
    };
    let one = each(100_000, || rule.is_true(&context));
    println!("one small rule: {} ns", one.as_nanos());
    let page = each(200, || {
        let evaluation = service.form.questions.evaluate(&answers, env);
        let page = service.form.questions.pages.first().expect("a page");
        evaluation.view(page).len()
    });
    row("rules of the form, one page shown", page, one, "small rule");
    let good = || form::check(&service.form, &answers, &[], env).expect("good answers");
    row(
        "full validation of one submission",
        each(200, good),
        one,
        "small rule",
    );
    let checked = good();
    let submission = Submission {
        case_id: Uuid::from_u128(1),
        reference: "MS-1".to_owned(),
        service: service.form.id.clone(),
        definition: service.hash.clone(),
        language: Language::De,
        received_at: NOW,
        answers: checked.answers,
        attachments: Vec::new(),
        outstanding: checked.outstanding,
        fee: checked.fee,
        route: checked.route,
        applicant: checked.applicant,
        params: checked.params,
        capacity: checked.capacity,
        publication: checked.publication,
        parties: checked.parties,
        appointment: checked.appointment,
    };
    let actor = Actor::Staff {
        account: "a".to_owned(),
        name: "A".to_owned(),
    };
    let roles = ["clerk".to_owned()];
    let case_env = CaseEnv {
        now: NOW,
        actor: &actor,
        roles: &roles,
        history: &[],
        documents: &[],
        capacity_free: None,
        slots: None,
        paid: false,
        rank: None,
        payment_id: Uuid::from_u128(2),
        attachments: &[],
    };
    let opened =
        || open_case(&service.workflow, submission.clone(), &case_env).expect("the case opens");
    row("open a case", each(200, opened), one, "small rule");
    let case = opened().case;
    let step = || {
        act(
            &service.workflow,
            &case,
            &submission,
            "take",
            Map::new(),
            &case_env,
        )
        .expect("the step is allowed")
    };
    row("one step of a case", each(200, step), one, "small rule");
}

/// Very many services made of one small form; time and memory must grow with
/// their number and no faster.
fn many_figures(shipped: &[SourceFile]) {
    let shared: Vec<SourceFile> = shipped
        .iter()
        .filter(|file| !file.path.ends_with("form.yaml") && !file.path.ends_with("scenarios.yaml"))
        .cloned()
        .collect();
    for count in MANY {
        let mut files = shared.clone();
        files.extend((0..count).map(made));
        let bytes: usize = files.iter().map(|file| file.text.len()).sum();
        let begin = Instant::now();
        let loaded = check(files);
        let took = begin.elapsed();
        let services = loaded.definitions.map_or(0, |all| all.services.len());
        assert_eq!(services, count, "{}", loaded.report.render(&loaded.sources));
        println!(
            "{count:>6} services ({:.1} MiB): load and check {:.2} s, {:.0} µs each; peak memory {:.0} MiB",
            bytes as f64 / 1_048_576.0,
            took.as_secs_f64(),
            took.as_secs_f64() * 1e6 / count as f64,
            peak_mib()
        );
    }
}

fn made(number: usize) -> SourceFile {
    SourceFile {
        path: format!("forms/made-{number}/form.yaml"),
        text: format!(
            "schalter: form/1\nid: made-{number}\nversion: 1\n\
             title: {{ de: Dienst {number}, en: Service {number} }}\n\
             summary: {{ de: Ein gemachter Dienst., en: A made service. }}\n\
             service: {{ department: public-order, queue: trade }}\n\
             privacy: {{ purpose: {{ de: Probe, en: Test }}, basis: Art. 6 Abs. 1 lit. e DSGVO, retention: P1Y }}\n\
             applicant:\n  name: person.given_names + \" \" + person.family_name\n  email: contact.email\n\
             workflow: notification-confirm\n\
             pages:\n  - id: about\n    title: {{ de: Vorhaben, en: Plan }}\n    fields:\n\
             \x20     - id: kind\n        type: choice\n        label: {{ de: Art, en: Kind }}\n\
             \x20       options: [ {{ id: one, de: Eins, en: One }}, {{ id: two, de: Zwei, en: Two }} ]\n\
             \x20     - {{ id: size, type: integer, min: 1, max: 500, visible: kind = \"two\", label: {{ de: Größe, en: Size }} }}\n\
             \x20 - id: who\n    title: {{ de: Person, en: Person }}\n    fields:\n\
             \x20     - {{ id: person, use: person.full, label: {{ de: Person, en: Person }} }}\n\
             \x20     - {{ id: contact, use: contact.full, label: {{ de: Kontakt, en: Contact }} }}\n\
             fee:\n  - id: base\n    label: {{ de: Gebühr, en: Fee }}\n    amount: 'if kind = \"two\" then 20 + size else 10'\n"
        ),
    }
}

/// Peak resident memory of this process.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}
