//! Reads a receipt back and tells whether it is true.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, decode_text_string};
use sha2::{Digest, Sha256};

use crate::error::PaperError;
use crate::fingerprint;
use crate::seal::{self, DATA_FILE, PublicKey, SEAL_FILE, Seal, hex};

/// Largest file read: receipts take some 60 kB, plus the submission.
const LARGEST: usize = 8 * 1024 * 1024;
/// Largest attachment read.
const LARGEST_FILE: usize = 8 * 1024 * 1024;
/// Nodes of the tree of attachments read at most.
const NODES: usize = 64;

/// The submission and its seal out of a receipt, unchecked.
#[derive(Clone, Debug)]
pub struct ReceiptParts {
    /// The bytes of `antrag.json`.
    pub submission_json: Vec<u8>,
    /// What `siegel.json` says.
    pub seal: Seal,
}

/// What a check of a receipt found.
///
/// [`Verdict::True`] proves that a holder of the named key received this very
/// submission (`antrag.json`) at that time and made these very pages from it:
/// content, fonts, links, tags, bookmarks and other attachments are as printed.
/// It does not prove who filled the form in, nor that the case still exists,
/// and it is no qualified electronic seal. The metadata (the title in the window
/// bar, dates) are not covered. Saving the file anew keeps a receipt true;
/// annotating it, or packing it into object streams, does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The receipt is as it was made.
    True {
        /// Public case number.
        reference: String,
        /// When the submission was received, in milliseconds since 1970.
        received_at: i64,
        /// Key that sealed it.
        key_id: String,
    },
    /// The seal names a known key, but something is not as it was sealed.
    Altered {
        /// What was changed.
        what: Altered,
    },
    /// The seal names a key that is not among the given ones.
    UnknownKey {
        /// The key it names.
        key_id: String,
    },
    /// No PDF, or one without submission and seal.
    NotAReceipt,
}

/// Which part of a receipt was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Altered {
    /// The seal itself: its signature does not fit.
    Seal,
    /// The submission.
    Data,
    /// Pages, fonts, links, tags or other attachments; the submission is true.
    Pages,
}

/// Takes submission and seal out of a receipt without checking them.
///
/// # Errors
/// [`PaperError::Unreadable`] for anything that is no small plain PDF,
/// [`PaperError::NoReceipt`] when there is no submission or no seal in it.
pub fn read_receipt(pdf: &[u8]) -> Result<ReceiptParts, PaperError> {
    guarded(|| Opened::of(pdf)?.parts())
}

/// Checks a receipt against the published keys.
pub fn check_receipt(pdf: &[u8], keys: &[PublicKey]) -> Verdict {
    guarded(|| {
        let opened = Opened::of(pdf)?;
        let parts = opened.parts()?;
        Ok(opened.verdict(&parts, keys))
    })
    .unwrap_or(Verdict::NotAReceipt)
}

/// A fault in the PDF library must not take the caller down.
fn guarded<T>(read: impl FnOnce() -> Result<T, PaperError>) -> Result<T, PaperError> {
    std::panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(PaperError::Unreadable(
            "it breaks the PDF library".to_owned(),
        ))
    })
}

struct Opened {
    document: Document,
    /// Attachments by name.
    files: BTreeMap<String, Vec<u8>>,
}

impl Opened {
    fn of(pdf: &[u8]) -> Result<Opened, PaperError> {
        let unreadable = |what: &str| PaperError::Unreadable(what.to_owned());
        if pdf.len() > LARGEST {
            return Err(unreadable("larger than any receipt"));
        }
        if !pdf.starts_with(b"%PDF-") {
            return Err(unreadable("no PDF header"));
        }
        // Receipts have no object streams, and those of others are not unpacked.
        let options = LoadOptions {
            max_decompressed_size: Some(1),
            ..LoadOptions::default()
        };
        let document = Document::load_mem_with_options(pdf, options)
            .map_err(|error| PaperError::Unreadable(error.to_string()))?;
        if document.trailer.has(b"Encrypt") || document.encryption_state.is_some() {
            return Err(unreadable("encrypted"));
        }
        let files = attachments(&document)?;
        Ok(Opened { document, files })
    }

    fn parts(&self) -> Result<ReceiptParts, PaperError> {
        let data = self
            .files
            .get(DATA_FILE)
            .ok_or(PaperError::NoReceipt(DATA_FILE))?;
        let seal = self
            .files
            .get(SEAL_FILE)
            .ok_or(PaperError::NoReceipt(SEAL_FILE))?;
        let seal = serde_json::from_slice(seal).map_err(|_| PaperError::NoReceipt(SEAL_FILE))?;
        Ok(ReceiptParts {
            submission_json: data.clone(),
            seal,
        })
    }

    fn verdict(&self, parts: &ReceiptParts, keys: &[PublicKey]) -> Verdict {
        let seal = &parts.seal;
        let Some(key) = keys.iter().find(|key| key.key_id() == seal.key_id) else {
            return Verdict::UnknownKey {
                key_id: seal.key_id.clone(),
            };
        };
        if !seal::verify(seal, key) {
            return Verdict::Altered {
                what: Altered::Seal,
            };
        }
        // The submission is embedded in canonical form, so its bytes are compared, not its meaning.
        if hex(&Sha256::digest(&parts.submission_json)) != seal.digest_hex {
            return Verdict::Altered {
                what: Altered::Data,
            };
        }
        let others = self.files.iter().filter(|(name, _)| *name != SEAL_FILE);
        let others = others.map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let content = fingerprint::fingerprint(&self.document, &HashMap::new(), others)
            .ok()
            .map(|digest| hex(&digest));
        if content.is_none() || content != seal.content_hex {
            return Verdict::Altered {
                what: Altered::Pages,
            };
        }
        Verdict::True {
            reference: seal.reference.clone(),
            received_at: seal.received_at,
            key_id: seal.key_id.clone(),
        }
    }
}

/// All attachments by name. Two of one name would let a reader see another one than the checker.
fn attachments(document: &Document) -> Result<BTreeMap<String, Vec<u8>>, PaperError> {
    let unreadable = |error: lopdf::Error| PaperError::Unreadable(error.to_string());
    let catalog = document.catalog().map_err(unreadable)?;
    let mut specs = BTreeSet::new();
    if let Ok(names) = document.get_dict_in_dict(catalog, b"Names")
        && let Ok(tree) = document.get_dict_in_dict(names, b"EmbeddedFiles")
    {
        name_tree(document, tree, &mut specs)?;
    }
    let associated = catalog
        .get(b"AF")
        .and_then(|entry| document.dereference(entry))
        .map(|(_, entry)| entry);
    if let Ok(associated) = associated.and_then(Object::as_array) {
        specs.extend(
            associated
                .iter()
                .filter_map(|spec| spec.as_reference().ok()),
        );
    }
    if specs.len() > NODES {
        return Err(PaperError::Unreadable("too many attachments".to_owned()));
    }
    let mut files = BTreeMap::new();
    let mut left = LARGEST_FILE;
    for spec in specs {
        let Ok(spec) = document.get_dictionary(spec) else {
            continue;
        };
        let Some((name, bytes)) = attachment(document, spec, left) else {
            continue;
        };
        left -= bytes.len().min(left);
        if files.insert(name.clone(), bytes).is_some() {
            return Err(PaperError::DuplicateFile(name));
        }
    }
    Ok(files)
}

/// Collects the file specifications of a name tree.
fn name_tree(
    document: &Document,
    tree: &Dictionary,
    specs: &mut BTreeSet<ObjectId>,
) -> Result<(), PaperError> {
    let mut nodes = vec![tree];
    let mut seen = 0;
    while let Some(node) = nodes.pop() {
        seen += 1;
        if seen > NODES {
            return Err(PaperError::Unreadable("too many attachments".to_owned()));
        }
        let array = |key: &[u8]| {
            let entry = node.get(key).and_then(|entry| document.dereference(entry));
            entry
                .ok()
                .and_then(|(_, entry)| entry.as_array().ok())
                .map(Vec::as_slice)
                .unwrap_or_default()
        };
        specs.extend(
            array(b"Names")
                .iter()
                .filter_map(|entry| entry.as_reference().ok()),
        );
        nodes.extend(
            array(b"Kids")
                .iter()
                .take(NODES)
                .filter_map(|kid| document.dereference(kid).ok()?.1.as_dict().ok()),
        );
    }
    Ok(())
}

fn attachment(document: &Document, spec: &Dictionary, limit: usize) -> Option<(String, Vec<u8>)> {
    let text =
        |key: &[u8]| decode_text_string(document.dereference(spec.get(key).ok()?).ok()?.1).ok();
    let name = text(b"UF").or_else(|| text(b"F"))?;
    let embedded = document.get_dict_in_dict(spec, b"EF").ok()?;
    let stream = |key: &[u8]| embedded.get(key).and_then(Object::as_reference).ok();
    let id = stream(b"F").or_else(|| stream(b"UF"))?;
    // A file that reads differently on other systems is two files.
    if stream(b"UF").is_some_and(|other| other != id) {
        return None;
    }
    let stream = document.get_object(id).and_then(Object::as_stream).ok()?;
    Some((name, stream.get_plain_content_with_limit(limit).ok()?))
}
