//! A digest over what a PDF shows and offers: its pages with their content,
//! fonts, links and tags, and its other attachments.
//!
//! It covers everything that can be reached from the catalogue, whatever the
//! objects are numbered, however streams are compressed, except the metadata
//! and the seal itself. A viewer that only re-saves a file keeps it; a changed
//! amount, an annotation laid over it or a swapped font does not.

use std::collections::{BTreeMap, HashMap};

use lopdf::{Dictionary, Document, Object, ObjectId};
use sha2::{Digest, Sha256};

use crate::error::PaperError;

/// Entries of the catalogue that are not covered here: attachments are taken
/// by name and content, metadata says nothing a reader sees.
const LEFT_OUT: [&[u8]; 3] = [b"Names", b"AF", b"Metadata"];
/// Decoded bytes read at most, against compressed bombs.
const BUDGET: usize = 64 * 1024 * 1024;

/// The digest of `document` with `files`, which are its attachments but for
/// the seal. `known` holds digests of decoded streams computed before.
///
/// # Errors
/// [`PaperError::Unreadable`] when there is no catalogue, or streams cannot be
/// decoded or are too large.
pub(crate) fn fingerprint<'a>(
    document: &Document,
    known: &HashMap<ObjectId, [u8; 32]>,
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Result<[u8; 32], PaperError> {
    let catalog = document
        .catalog()
        .map_err(|error| PaperError::Unreadable(error.to_string()))?;
    let mut walk = Walk {
        document,
        known,
        hash: Sha256::new(),
        numbers: HashMap::new(),
        queue: Vec::new(),
        left: BUDGET,
    };
    walk.hash.update(b"schalter-receipt-content-v1\0");
    walk.dictionary(catalog, &LEFT_OUT);
    // Attachments are covered below; anything else in the name dictionary (scripts) is not ours.
    let none = Dictionary::new();
    let names = document
        .get_dict_in_dict(catalog, b"Names")
        .unwrap_or(&none);
    walk.dictionary(names, &[b"EmbeddedFiles"]);
    let mut next = 0;
    while let Some(id) = walk.queue.get(next).copied() {
        next += 1;
        walk.object(id)?;
    }
    let mut hash = walk.hash;
    let files: BTreeMap<&str, &[u8]> = files.collect();
    for (name, bytes) in files {
        hash.update(b"F");
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update(Sha256::digest(bytes));
    }
    Ok(hash.finalize().into())
}

struct Walk<'a> {
    document: &'a Document,
    known: &'a HashMap<ObjectId, [u8; 32]>,
    hash: Sha256,
    /// Objects in the order they were met, which is the same for every numbering.
    numbers: HashMap<ObjectId, u64>,
    queue: Vec<ObjectId>,
    left: usize,
}

impl Walk<'_> {
    /// One indirect object.
    fn object(&mut self, id: ObjectId) -> Result<(), PaperError> {
        let document = self.document;
        match document.objects.get(&id) {
            Some(Object::Stream(stream)) => {
                self.hash.update(b"S");
                self.dictionary(&stream.dict, &[b"Length", b"Filter", b"DecodeParms"]);
                let digest = match self.known.get(&id) {
                    Some(digest) => *digest,
                    None => {
                        let content = stream
                            .get_plain_content_with_limit(self.left)
                            .map_err(|error| PaperError::Unreadable(error.to_string()))?;
                        self.left -= content.len().min(self.left);
                        Sha256::digest(content).into()
                    }
                };
                self.hash.update(digest);
            }
            Some(other) => self.value(other),
            None => self.hash.update(b"n"),
        }
        Ok(())
    }

    fn value(&mut self, value: &Object) {
        match value {
            Object::Null => self.hash.update(b"n"),
            Object::Boolean(value) => self.hash.update(if *value { b"t" } else { b"f" }),
            // `1` and `1.0` are the same number, and are written as one.
            Object::Integer(number) => self.bytes(b'd', number.to_string().as_bytes()),
            Object::Real(number) => self.bytes(b'd', number.to_string().as_bytes()),
            Object::Name(name) => self.bytes(b'/', name),
            Object::String(text, _) => self.bytes(b'(', text),
            Object::Array(items) => {
                self.hash.update(b"[");
                self.hash.update((items.len() as u64).to_be_bytes());
                for item in items {
                    self.value(item);
                }
            }
            Object::Dictionary(dictionary) => self.dictionary(dictionary, &[]),
            // Streams are always indirect.
            Object::Stream(_) => self.hash.update(b"?"),
            Object::Reference(id) => {
                let next = self.numbers.len() as u64;
                let number = *self.numbers.entry(*id).or_insert_with(|| {
                    self.queue.push(*id);
                    next
                });
                self.hash.update(b"R");
                self.hash.update(number.to_be_bytes());
            }
        }
    }

    fn dictionary(&mut self, dictionary: &Dictionary, but: &[&[u8]]) {
        let mut entries: Vec<_> = dictionary
            .iter()
            .filter(|(key, value)| !but.contains(&key.as_slice()) && !matches!(value, Object::Null))
            .collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        self.hash.update(b"<");
        self.hash.update((entries.len() as u64).to_be_bytes());
        for (key, value) in entries {
            self.bytes(b'/', key);
            self.value(value);
        }
    }

    fn bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.hash.update([kind]);
        self.hash.update((bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }
}
