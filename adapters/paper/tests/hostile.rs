//! Hostile texts must print fast, hostile files must be refused fast.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::time::{Duration, Instant};

use engine::document::{Block, Document};
use paper::{Press, Sealing, SealingKey, Verdict, check_receipt};
use proptest::prelude::*;

mod sample;

/// Ample even for an unoptimised build on a busy machine; quadratic work takes minutes.
const PATIENCE: Duration = Duration::from_secs(30);

fn with_answer(answer: String) -> Document {
    let mut document = sample::receipt();
    document.blocks = vec![Block::Rows {
        caption: "Angaben".into(),
        rows: vec![("Mitteilung".into(), answer), ("Ende".into(), "ja".into())],
    }];
    document
}

fn pages(press: &Press, document: &Document) -> usize {
    let start = Instant::now();
    let pdf = press.print(document).unwrap();
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    lopdf::Document::load_mem(&pdf).unwrap().get_pages().len()
}

#[test]
fn a_word_without_end_is_broken() {
    assert_eq!(
        pages(&Press::new().unwrap(), &with_answer("x".repeat(3000))),
        2
    );
}

#[test]
fn a_megabyte_of_text_takes_linear_time() {
    let press = Press::new().unwrap();
    assert!(pages(&press, &with_answer("Lorem ipsum dolor ".repeat(60_000))) > 200);
    assert!(pages(&press, &with_answer("ß".repeat(500_000))) > 100);
    assert!(pages(&press, &with_answer("\u{301}".repeat(500_000))) > 0);
    assert!(pages(&press, &with_answer("\n".repeat(50_000))) > 100);
}

#[test]
fn more_text_than_any_letter_is_refused() {
    let error = Press::new()
        .unwrap()
        .print(&with_answer("x".repeat(20_000_000)))
        .unwrap_err();
    assert!(error.to_string().contains("characters"));
}

#[test]
fn odd_tables_print() {
    let press = Press::new().unwrap();
    let cell = |text: &str| text.to_owned();
    let mut document = sample::receipt();
    document.blocks = vec![
        Block::Heading {
            level: 3,
            text: String::new(),
        },
        Block::Heading {
            level: 9,
            text: "x".repeat(500),
        },
        Block::Paragraph(String::new()),
        Block::Bullets(vec![]),
        Block::Bullets(vec![String::new()]),
        Block::Rows {
            caption: String::new(),
            rows: vec![],
        },
        Block::Table {
            caption: String::new(),
            columns: vec![],
            rows: vec![],
            numeric: vec![7],
        },
        Block::Table {
            caption: String::new(),
            columns: vec![],
            rows: vec![vec![], vec![cell("a"), cell("b")]],
            numeric: vec![],
        },
        Block::Table {
            caption: "viele Spalten".into(),
            columns: vec![cell("Spalte"); 40],
            rows: vec![vec![cell("x"); 40]; 90],
            numeric: vec![1],
        },
        Block::QrCode {
            url: "x".repeat(5000),
            alt: String::new(),
            label: String::new(),
        },
    ];
    document.sender.clear();
    document.title = String::new();
    assert!(pages(&press, &document) > 1);
    document = sample::letter();
    document.facts = vec![("l".repeat(200), "v".repeat(3000))];
    document.recipient = vec!["r".repeat(900); 30];
    // What stands above the title is cut before it drives the text away.
    assert_eq!(pages(&press, &document), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever people type prints, and no glyph 0 gets through.
    #[test]
    fn any_text_prints(answer in any::<String>(), title in any::<String>(), bits in "\\PC{0,80}") {
        thread_local!(static PRESS: Press = Press::new().unwrap());
        let mut document = with_answer(answer);
        document.blocks.push(Block::Heading { level: 2, text: bits.clone() });
        document.blocks.push(Block::Paragraph(bits.clone()));
        document.blocks.push(Block::QrCode { url: bits.clone(), alt: bits.clone(), label: bits });
        document.title = title;
        let pdf = PRESS.with(|press| press.print(&document)).unwrap();
        prop_assert!(pdf.ends_with(b"%%EOF\n"));
    }

    /// A receipt with damaged bytes is never true, and never takes the reader down.
    #[test]
    fn damaged_files_are_never_true(at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 1..8)) {
        thread_local!(static TRUE: Vec<u8> = {
            let key = SealingKey::from_bytes(&[7; 32]);
            let sealing = Sealing { key: &key, reference: "A", received_at: 1 };
            Press::new().unwrap().print_receipt(&sample::receipt(), &sealing).unwrap().pdf
        });
        let mut pdf = TRUE.with(Clone::clone);
        let start = at.index(pdf.len());
        let end = (start + bytes.len()).min(pdf.len());
        pdf[start..end].copy_from_slice(&bytes[..end - start]);
        let key = SealingKey::from_bytes(&[7; 32]).public_key();
        let verdict = check_receipt(&pdf, &[key]);
        if let Verdict::True { reference, received_at, .. } = verdict {
            // The damage hit nothing that is covered: metadata, offsets or blanks.
            prop_assert_eq!((reference.as_str(), received_at), ("A", 1));
        }
    }
}

#[test]
fn bombs_are_refused() {
    let key = SealingKey::from_bytes(&[7; 32]).public_key();
    let start = Instant::now();
    let nested = [
        b"%PDF-1.7\n1 0 obj\n".to_vec(),
        b"[".repeat(2_000_000),
        b"]".repeat(2_000_000),
    ]
    .concat();
    let flat = [
        b"%PDF-1.7\n1 0 obj\n[".to_vec(),
        b"0 ".repeat(3_000_000),
        b"]\nendobj\n".to_vec(),
    ]
    .concat();
    let trailer = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Root 1 0 R/Size 2>>\nstartxref\n";
    for body in [nested, flat] {
        let at = body.len();
        let file = [
            body,
            trailer.to_vec(),
            format!("{at}\n%%EOF\n").into_bytes(),
        ]
        .concat();
        assert_eq!(check_receipt(&file, &[key]), Verdict::NotAReceipt);
    }
    assert_eq!(
        check_receipt(&vec![b'%'; 50_000_000], &[key]),
        Verdict::NotAReceipt
    );
    assert!(start.elapsed() < PATIENCE);
}
