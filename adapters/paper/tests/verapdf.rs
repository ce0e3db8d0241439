//! veraPDF judges what the press prints: PDF/UA-1 and PDF/A-3a, over ordinary
//! letters and over texts nobody should write.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

use engine::document::{Block, Document};
use paper::{Press, Sealing, SealingKey};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

mod sample;

/// Random documents in the batch.
const RANDOM: usize = 12;

/// Letters of DIN 91379 that need a combining mark, and some that do not.
const NAMES: &str = "A̋ C̀ C̄ C̆ C̈ C̕ C̣ C̦ C̨̆ D̂ F̀ F̄ G̀ H̄ H̦ H̱ J́ J̌ K̀ K̂ K̄ K̇ K̕ K̛ K̦ K͟H K͟h L̂ L̥ L̥̄ L̦ M̀ M̂ M̆ M̐ \
    N̂ N̄ N̆ N̦ P̀ P̄ P̕ P̣ R̆ R̥ R̥̄ S̀ S̄ S̛̄ S̱ T̀ T̄ T̈ T̕ T̛ U̇ Z̀ Z̄ Z̆ Z̈ Z̧ a̋ c̀ c̄ c̆ d̂ g̀ h̄ j́ k̀ l̂ m̀ n̂ p̀ r̆ s̀ t̀ u̇ z̀ Ç̆ ç̆ \
    Ḑ̄ Û̄ û̄ ß̄ ẞ ʹ ʺ ʾ ʿ ˈ ˌ’ ‡ Đ đ Ħ Ŋ ŋ Ƶ Ǥ ǥ Ə ə Ʒ Ǯ ǯ Ș Ț ḍ ṣ ẓ ạ ặ ỹ Ḫ ḫ Ẁ Ŵ";

fn answer(text: &str) -> Document {
    let mut document = sample::receipt();
    document.title = format!("Antwort {text}");
    document.footer = text.to_owned();
    document.blocks = vec![
        Block::Heading {
            level: 2,
            text: text.to_owned(),
        },
        Block::Paragraph(text.to_owned()),
        Block::Bullets(vec![text.to_owned(), "Ende".into()]),
        Block::Rows {
            caption: text.to_owned(),
            rows: vec![(text.to_owned(), text.to_owned())],
        },
        Block::Table {
            caption: text.to_owned(),
            columns: vec!["Spalte".into(), text.to_owned()],
            rows: vec![vec![text.to_owned(), "1,00".into()], vec![]],
            numeric: vec![1],
        },
        Block::QrCode {
            url: format!("https://a.example/{text}"),
            alt: text.to_owned(),
            label: text.to_owned(),
        },
    ];
    document
}

fn long_table() -> Document {
    let mut document = sample::letter();
    document.blocks = vec![
        Block::Heading {
            level: 2,
            text: "Posten".into(),
        },
        Block::Table {
            caption: "Viele Posten".into(),
            columns: vec!["Posten".into(), "Betrag".into()],
            rows: (0..120)
                .map(|row| vec![format!("Posten {row}"), format!("{row},00 €")])
                .collect(),
            numeric: vec![1],
        },
        Block::Heading {
            level: 3,
            text: "Antwort über mehrere Seiten".into(),
        },
        Block::Rows {
            caption: "Lange Antwort".into(),
            rows: vec![(
                "Begründung".into(),
                "Weil es so ist, wie es ist. ".repeat(500),
            )],
        },
    ];
    document
}

/// The batch, by name.
fn batch() -> Vec<(String, Document)> {
    let mut batch: Vec<(String, Document)> = vec![
        ("letter".into(), sample::letter()),
        ("table".into(), long_table()),
        ("names".into(), answer(NAMES)),
        (
            "emoji".into(),
            answer("Fuchs 🦊 und 中文, العربية, עברית, 👩‍👩‍👧"),
        ),
        (
            "controls".into(),
            answer("a\0b\u{7}c\td\r\ne\u{feff}f\u{200b}g\u{ad}h\u{202e}i\u{fffe}j\u{e000}"),
        ),
        (
            "markup".into(),
            answer("<b>&amp;</b> \\(x\\) %PDF endstream ]]> \" '"),
        ),
        (
            "signs".into(),
            answer("→ ✓ ☎ ≥ ½ ⅓ № ℮ Ω ∑ ■ ☐ ☒ € ₺ ₽ Ελληνικά Кириллица ქართული Հայերեն"),
        ),
        ("empty".into(), answer("")),
        ("word".into(), answer(&"x".repeat(1000))),
    ];
    let mut runner = TestRunner::deterministic();
    for at in 0..RANDOM {
        let text = any::<String>().new_tree(&mut runner).unwrap().current();
        batch.push((format!("random{at}"), answer(&text)));
    }
    batch
}

fn print(folder: &Path) -> Vec<PathBuf> {
    let press = Press::new().unwrap();
    let key = SealingKey::from_bytes(&[7; 32]);
    let sealing = Sealing {
        key: &key,
        reference: "MS-2026-7K3F9-QXMA4",
        received_at: 1_772_366_400_000,
    };
    let sealed = press
        .print_receipt(&sample::receipt(), &sealing)
        .unwrap()
        .pdf;
    let printed = batch()
        .into_iter()
        .map(|(name, document)| (name, press.print(&document).unwrap()));
    let mut files = Vec::new();
    for (name, pdf) in printed.chain([("receipt".to_owned(), sealed)]) {
        let file = folder.join(format!("{name}.pdf"));
        std::fs::write(&file, pdf).unwrap();
        files.push(file);
    }
    files
}

/// Runs the checker; its report, and whether all files passed.
fn judge(files: &[PathBuf]) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/verapdf/check.sh");
    let output = Command::new(script)
        .args(files)
        .output()
        .expect("bash runs the checker");
    let report = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "veraPDF did not run; install what is missing, or set SCHALTER_TEST_WITHOUT_VERAPDF=1 to go without:\n{report}"
    );
    (output.status.success(), report)
}

#[test]
fn all_documents_are_accessible_and_archival() {
    if std::env::var_os("SCHALTER_TEST_WITHOUT_VERAPDF").is_some_and(|value| value == "1") {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verapdf");
    std::fs::create_dir_all(&folder).unwrap();
    let files = print(&folder);
    let (passed, report) = judge(&files);
    assert!(passed, "{report}");

    // The judge can say no: the same receipt without its language and its mark.
    let mut document = lopdf::Document::load(folder.join("receipt.pdf")).unwrap();
    let catalog = document.catalog_mut().unwrap();
    catalog.remove(b"Lang");
    catalog.remove(b"MarkInfo");
    let broken = folder.join("broken.pdf");
    document.save(&broken).unwrap();
    let (passed, report) = judge(&[broken]);
    assert!(!passed && report.contains("FAIL"), "{report}");
}
