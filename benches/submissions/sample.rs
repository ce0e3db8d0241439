//! The sample submission of the benchmark, over HTTP and as bare decision.

use std::sync::Arc;
use std::time::Duration;

use engine::case::{self, Decision, reference};
use engine::definitions::{Definitions, Service};
use engine::form;
use engine::text::Language;
use serde_json::Value;
use uuid::Uuid;

/// Receipts printed to measure one.
const RECEIPTS: u32 = 300;

/// Answers of a business registration.
pub(crate) fn answers() -> Value {
    serde_json::from_str(include_str!(
        "../../tests/samples/business-registration.json"
    ))
    .expect("the sample is JSON")
}

/// What it takes to decide the sample again and again.
pub(crate) struct Sample {
    service: Arc<Service>,
    checked: form::CheckedAnswers,
}

impl Sample {
    pub(crate) fn new() -> Sample {
        let files = schalter::catalog::read(&[]).expect("the built-in definitions are readable");
        let definitions = Definitions::load(files)
            .definitions
            .expect("the built-in definitions load");
        let service = Arc::clone(&definitions.services["business-registration"]);
        let Value::Object(answers) = answers() else {
            panic!("the sample is an object")
        };
        let now = schalter::clock::local(schalter::clock::Clock::System.now());
        let env = form::Env {
            now,
            world: &engine::workflow::calendar::Nrw,
            language: Language::De,
        };
        let checked =
            form::check(&service.form, &answers, &[], env).expect("the sample has no mistakes");
        Sample { service, checked }
    }

    /// The decision that opens a case with the sample, as the desk makes it.
    pub(crate) fn decision(&self) -> Decision {
        let case_id = Uuid::now_v7();
        let now = schalter::clock::Clock::System.now();
        let entropy = u64::from_le_bytes(schalter::secrets::random());
        let checked = &self.checked;
        let submission = case::Submission {
            case_id,
            reference: reference::reference("BE", 2026, entropy),
            service: self.service.form.id.clone(),
            definition: self.service.hash.clone(),
            language: Language::De,
            received_at: now,
            answers: checked.answers.clone(),
            attachments: Vec::new(),
            outstanding: checked.outstanding.clone(),
            fee: checked.fee.clone(),
            route: checked.route.clone(),
            applicant: checked.applicant.clone(),
            params: checked.params.clone(),
            capacity: None,
            parties: None,
            publication: None,
            appointment: None,
        };
        let env = case::Env {
            now,
            actor: &case::Actor::Citizen,
            roles: &["applicant".to_owned()],
            history: &[],
            documents: &[],
            capacity_free: None,
            slots: None,
            paid: false,
            rank: None,
            payment_id: Uuid::now_v7(),
            attachments: &[],
        };
        case::open_case(&self.service.workflow, submission, &env)
            .expect("the workflow opens a case")
    }
}

/// CPU time of printing and sealing one receipt in a warm process.
pub(crate) fn receipt_cost() {
    let press = paper::Press::new().expect("the fonts are readable");
    let key = paper::SealingKey::from_bytes(&[7; 32]);
    let document = document();
    let sealing = paper::Sealing {
        key: &key,
        reference: "BE-2026-00000-00000",
        received_at: 0,
    };
    let print = || {
        press
            .print_receipt(&document, &sealing)
            .expect("it prints")
            .pdf
    };
    let size = (0..20).map(|_| print().len()).max().unwrap_or_default();
    let begin = cpu_time();
    for _ in 0..RECEIPTS {
        print();
    }
    let each = (cpu_time() - begin) / RECEIPTS;
    println!(
        "receipt        {:.2} ms CPU each, {} KB",
        each.as_secs_f64() * 1000.0,
        size / 1000
    );
}

fn document() -> engine::document::Document {
    use engine::document::{Block, Document, EmbeddedFile};
    let rows = (0..45)
        .map(|n| {
            (
                format!("Frage {n}"),
                format!("Antwort Nummer {n} mit Umlauten äöüß"),
            )
        })
        .collect();
    Document {
        title: "Eingangsbestätigung".into(),
        language: Language::De,
        sender: vec!["Stadt Musterstadt".into(), "Öffentliche Ordnung".into()],
        recipient: vec![
            "Jördis Öztürk-Weiß".into(),
            "Lange Straße 12a".into(),
            "47798 Musterstadt".into(),
        ],
        facts: vec![("Vorgang".into(), "BE-2026-00000-00000".into())],
        blocks: vec![
            Block::Heading {
                level: 2,
                text: "Ihre Angaben".into(),
            },
            Block::Rows {
                caption: "Angaben".into(),
                rows,
            },
            Block::QrCode {
                url: "https://service.example/x".into(),
                alt: "Status".into(),
                label: "Status".into(),
            },
        ],
        footer: "Stadt Musterstadt".into(),
        made_at: 0,
        embedded: vec![EmbeddedFile {
            name: "antrag.json".into(),
            media_type: "application/json".into(),
            description: "Ihre Angaben als Daten".into(),
            bytes: answers().to_string().into_bytes(),
        }],
    }
}

/// User and system time of this process (Linux, 100 ticks a second).
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc is there");
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks: u64 =
        fields[11].parse::<u64>().unwrap_or(0) + fields[12].parse::<u64>().unwrap_or(0);
    Duration::from_millis(ticks * 10)
}
