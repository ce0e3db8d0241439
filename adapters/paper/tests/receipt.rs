//! A receipt as a citizen gets it, and what is left of its seal when it is changed.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use lopdf::{Document, Object, dictionary};
use paper::{Altered, Press, Receipt, Sealing, SealingKey, Verdict, check_receipt, read_receipt};

mod sample;

const REFERENCE: &str = "MS-2026-7K3F9-QXMA4";
const RECEIVED: i64 = 1_772_366_400_000;

fn key() -> SealingKey {
    SealingKey::from_bytes(&[7; 32])
}

fn receipt() -> Receipt {
    let key = key();
    let sealing = Sealing {
        key: &key,
        reference: REFERENCE,
        received_at: RECEIVED,
    };
    Press::new()
        .unwrap()
        .print_receipt(&sample::receipt(), &sealing)
        .unwrap()
}

fn check(pdf: &[u8]) -> Verdict {
    check_receipt(pdf, &[key().public_key()])
}

/// Changes the file as a PDF editor would.
fn edited(pdf: &[u8], edit: impl FnOnce(&mut Document)) -> Vec<u8> {
    let mut document = Document::load_mem(pdf).unwrap();
    edit(&mut document);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn embedded(document: &mut Document, key: &str) -> Vec<u8> {
    let stream = document
        .objects
        .values_mut()
        .filter_map(|object| object.as_stream_mut().ok())
        .find(|stream| {
            stream.dict.has_type(b"EmbeddedFile")
                && stream
                    .get_plain_content()
                    .is_ok_and(|content| String::from_utf8_lossy(&content).contains(key))
        });
    stream.unwrap().get_plain_content().unwrap()
}

fn replace_embedded(document: &mut Document, key: &str, with: &[u8]) {
    for stream in document
        .objects
        .values_mut()
        .filter_map(|object| object.as_stream_mut().ok())
    {
        let content = stream.get_plain_content().unwrap_or_default();
        if stream.dict.has_type(b"EmbeddedFile") && String::from_utf8_lossy(&content).contains(key)
        {
            stream.set_plain_content(with.to_vec());
        }
    }
}

#[test]
fn has_two_tagged_pages_and_ends_with_a_newline() {
    let pdf = receipt().pdf;
    assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF\n"));
    let document = Document::load_mem(&pdf).unwrap();
    assert_eq!(document.get_pages().len(), 2);
    let catalog = document.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"de-DE");
    let elements = |kind: &[u8]| {
        let of_kind = |object: &&Object| {
            object
                .as_dict()
                .is_ok_and(|element| element.get(b"S").and_then(Object::as_name).ok() == Some(kind))
        };
        document.objects.values().filter(of_kind).count()
    };
    assert_eq!(
        (elements(b"H1"), elements(b"H2"), elements(b"H3")),
        (1, 5, 2)
    );
    assert_eq!(
        (elements(b"Table"), elements(b"TR"), elements(b"LI")),
        (4, 3 + 5 + 6 + 4, 5)
    );
    assert_eq!(
        (elements(b"Figure"), elements(b"Link"), elements(b"URI")),
        (1, 1, 0)
    );
}

#[test]
fn is_the_same_every_time() {
    let (one, other) = (receipt(), receipt());
    assert_eq!(one.pdf, other.pdf);
    let mut document = sample::receipt();
    document.footer.push('.');
    let press = Press::new().unwrap();
    let id = |pdf: &[u8]| {
        Document::load_mem(pdf)
            .unwrap()
            .trailer
            .get(b"ID")
            .unwrap()
            .clone()
    };
    assert_ne!(
        id(&press.print(&document).unwrap()),
        id(&press.print(&sample::receipt()).unwrap())
    );
}

#[test]
fn a_receipt_as_printed_is_true() {
    let receipt = receipt();
    let key_id = key().key_id();
    assert_eq!(
        check(&receipt.pdf),
        Verdict::True {
            reference: REFERENCE.into(),
            received_at: RECEIVED,
            key_id
        }
    );
    let parts = read_receipt(&receipt.pdf).unwrap();
    assert_eq!(parts.seal, receipt.seal);
    let data: serde_json::Value = serde_json::from_slice(&parts.submission_json).unwrap();
    assert_eq!(
        data,
        serde_json::from_str::<serde_json::Value>(sample::SUBMISSION).unwrap()
    );
    assert_eq!(
        paper::seal::digest(&data)
            .unwrap()
            .map(|byte| format!("{byte:02x}"))
            .concat(),
        receipt.seal.digest_hex
    );
}

#[test]
fn a_receipt_saved_anew_stays_true() {
    let resaved = edited(&receipt().pdf, |document| {
        document.decompress();
        document.renumber_objects_with(500);
    });
    assert!(matches!(check(&resaved), Verdict::True { .. }));
}

#[test]
fn other_keys_do_not_know_it() {
    let other = SealingKey::from_bytes(&[8; 32]).public_key();
    assert_eq!(
        check_receipt(&receipt().pdf, &[other]),
        Verdict::UnknownKey {
            key_id: key().key_id()
        }
    );
}

#[test]
fn changed_data_are_found() {
    let changed = edited(&receipt().pdf, |document| {
        let data = String::from_utf8(embedded(document, "Bello"))
            .unwrap()
            .replace("96.00", "9.00");
        replace_embedded(document, "Bello", data.as_bytes());
    });
    assert_eq!(
        check(&changed),
        Verdict::Altered {
            what: Altered::Data
        }
    );
}

#[test]
fn a_changed_seal_is_found() {
    let changed = edited(&receipt().pdf, |document| {
        let seal = String::from_utf8(embedded(document, "signature"))
            .unwrap()
            .replace("MS-2026", "MS-2025");
        replace_embedded(document, "signature", seal.as_bytes());
    });
    assert_eq!(
        check(&changed),
        Verdict::Altered {
            what: Altered::Seal
        }
    );
}

#[test]
fn a_changed_page_is_found() {
    let pages = Verdict::Altered {
        what: Altered::Pages,
    };
    let drawn = edited(&receipt().pdf, |document| {
        let page = document.get_pages()[&1];
        let contents = document.get_page_contents(page)[0];
        let stream = document
            .get_object_mut(contents)
            .unwrap()
            .as_stream_mut()
            .unwrap();
        let mut content = stream.get_plain_content().unwrap();
        content.extend(b"\n/Artifact BMC 0 0 200 200 re f EMC");
        stream.set_plain_content(content);
    });
    assert_eq!(check(&drawn), pages);
    let covered = edited(&receipt().pdf, |document| {
        let note = document.add_object(dictionary! { "Type" => "Annot", "Subtype" => "FreeText" });
        let page = document.get_pages()[&1];
        document
            .get_object_mut(page)
            .unwrap()
            .as_dict_mut()
            .unwrap()
            .set("Annots", vec![Object::Reference(note)]);
    });
    assert_eq!(check(&covered), pages);
    let scripted = edited(&receipt().pdf, |document| {
        let names = document
            .catalog_mut()
            .unwrap()
            .get_mut(b"Names")
            .unwrap()
            .as_dict_mut()
            .unwrap();
        names.set("JavaScript", dictionary! {});
    });
    assert_eq!(check(&scripted), pages);
    let dropped = edited(&receipt().pdf, |document| document.delete_pages(&[2]));
    assert_eq!(check(&dropped), pages);
}

#[test]
fn other_files_are_no_receipts() {
    let letter = Press::new().unwrap().print(&sample::letter()).unwrap();
    assert_eq!(check(&letter), Verdict::NotAReceipt);
    for bytes in [b"".as_slice(), b"%PDF-", b"hello", &[0; 4096]] {
        assert_eq!(check(bytes), Verdict::NotAReceipt);
    }
    assert!(
        read_receipt(&letter)
            .unwrap_err()
            .to_string()
            .contains("antrag.json")
    );
}

#[test]
fn a_second_submission_is_refused() {
    let doubled = edited(&receipt().pdf, |document| {
        let forged = document.add_object(lopdf::Stream::new(dictionary! {}, b"{}".to_vec()));
        let files = dictionary! { "F" => forged };
        let spec = document.add_object(dictionary! {
            "Type" => "Filespec",
            "F" => Object::string_literal("antrag.json"),
            "EF" => files,
        });
        document
            .catalog_mut()
            .unwrap()
            .get_mut(b"AF")
            .unwrap()
            .as_array_mut()
            .unwrap()
            .insert(0, spec.into());
    });
    assert_eq!(check(&doubled), Verdict::NotAReceipt);
}

#[test]
fn nothing_is_sealed_without_a_submission() {
    let key = key();
    let sealing = Sealing {
        key: &key,
        reference: REFERENCE,
        received_at: RECEIVED,
    };
    let press = Press::new().unwrap();
    assert!(press.print_receipt(&sample::letter(), &sealing).is_err());
    let mut document = sample::receipt();
    document.embedded[0].bytes = b"no json".to_vec();
    assert!(press.print_receipt(&document, &sealing).is_err());
    document = sample::receipt();
    document.embedded.push(document.embedded[0].clone());
    assert!(
        press
            .print(&document)
            .unwrap_err()
            .to_string()
            .contains("antrag.json")
    );
}
