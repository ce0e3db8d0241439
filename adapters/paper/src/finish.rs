//! Makes the pages of `printpdf` a PDF/UA-1 and PDF/A-3a file: fonts, tag
//! tree, links, bookmarks, metadata, output intent and embedded files.

use std::collections::HashMap;

use engine::document::{Document as Neutral, EmbeddedFile};
use engine::text::Language;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary, text_string};
use sha2::{Digest, Sha256};

use crate::canonical;
use crate::error::PaperError;
use crate::fingerprint;
use crate::fonts::{Part, compressed};
use crate::hygiene;
use crate::layout::style::{PAGE_HEIGHT, PAGE_WIDTH};
use crate::layout::{Bookmark, Laid, LinkArea};
use crate::press::Sealing;
use crate::seal::{DATA_FILE, SEAL_FILE, Seal};
use crate::xmp;

/// A file complete but for its attachments.
pub(crate) struct Finish<'a> {
    document: Document,
    catalog: ObjectId,
    files: Vec<File<'a>>,
    /// What the attachments' dates say.
    dated: String,
    /// Digests of streams whose content is known.
    digests: HashMap<ObjectId, [u8; 32]>,
}

/// An attachment.
struct File<'a> {
    name: &'a str,
    media_type: &'a str,
    description: String,
    bytes: std::borrow::Cow<'a, [u8]>,
}

/// Adds all but the attachments to the pages in `document`.
pub(crate) fn finish<'a>(
    mut document: Document,
    laid: &Laid,
    source: &'a Neutral,
    parts: &[&Part],
    profile: &Stream,
) -> Result<Finish<'a>, PaperError> {
    document.version = "1.7".to_owned();
    // Only the pages are kept; the rest is written anew below.
    document.objects.retain(|_, object| match object {
        Object::Stream(_) => true,
        other => [b"Page".as_slice(), b"Pages", b"Catalog"]
            .iter()
            .any(|kind| other.type_name().ok() == Some(kind)),
    });
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    let catalog = document
        .trailer
        .get(b"Root")
        .and_then(Object::as_reference)
        .unwrap_or((0, 0));
    let digests = fonts(&mut document, &pages, parts);
    let links = links(&mut document, &pages, &laid.links);
    let marks: Vec<usize> = laid.pages.iter().map(|page| page.leaves.len()).collect();
    let tree = laid.tree.write(&mut document, &pages, &marks, &links);
    dress_pages(&mut document, &pages, laid, &links);
    let outline = outline(&mut document, &pages, &laid.outline);
    let dates = xmp::Dates::of(source.made_at)?;
    let metadata = xmp::packet(laid, source.language, &dates);
    let metadata = Stream::new(
        dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
        metadata.into_bytes(),
    );
    let metadata = document.add_object(metadata.with_compression(false));
    let intent = intent(&mut document, profile);
    let mut entries = dictionary! {
        "Type" => "Catalog",
        "Lang" => Object::string_literal(match source.language { Language::De => "de-DE", Language::En => "en-GB" }),
        "MarkInfo" => dictionary! { "Marked" => true },
        "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
        "PageLayout" => "OneColumn",
        "StructTreeRoot" => tree,
        "Metadata" => metadata,
        "OutputIntents" => vec![Object::Reference(intent)],
    };
    if let Ok(root) = document
        .get_dictionary(catalog)
        .and_then(|old| old.get(b"Pages"))
        .cloned()
    {
        entries.set("Pages", root);
    }
    if let Some(outline) = outline {
        entries.set("Outlines", outline);
    }
    document.set_object(catalog, entries);
    let info = xmp::info(laid, &dates);
    let info = document.add_object(info);
    document.trailer.set("Info", info);
    Ok(Finish {
        document,
        catalog,
        files: files(source)?,
        dated: dates.pdf,
        digests,
    })
}

impl Finish<'_> {
    /// Seals the submission and the pages, and adds the seal to the attachments.
    pub(crate) fn seal(&mut self, sealing: &Sealing<'_>) -> Result<Seal, PaperError> {
        if self.files.iter().any(|file| file.name == SEAL_FILE) {
            return Err(PaperError::DuplicateFile(SEAL_FILE.to_owned()));
        }
        let data = self
            .files
            .iter_mut()
            .find(|file| file.name == DATA_FILE)
            .ok_or(PaperError::NothingToSeal(DATA_FILE))?;
        let json = serde_json::from_slice(&data.bytes)
            .map_err(|error| PaperError::Json(error.to_string()))?;
        data.bytes = canonical::to_bytes(&json)?.into();
        let digest = Sha256::digest(&data.bytes).into();
        let files = self.files.iter().map(|file| (file.name, &*file.bytes));
        let content = fingerprint::fingerprint(&self.document, &self.digests, files)?;
        let seal = sealing.key.sign(
            sealing.reference,
            sealing.received_at,
            digest,
            Some(content),
        );
        let bytes = serde_json::to_vec_pretty(&seal)
            .map_err(|error| PaperError::Json(error.to_string()))?;
        self.files.push(File {
            name: SEAL_FILE,
            media_type: "application/json",
            description: "Siegel / Seal (Ed25519)".to_owned(),
            bytes: bytes.into(),
        });
        Ok(seal)
    }

    /// Attaches the files and writes everything.
    pub(crate) fn write(mut self) -> Result<Vec<u8>, PaperError> {
        let mut identity = Sha256::new();
        self.attach(&mut identity);
        for object in self.document.objects.values_mut() {
            if let Object::Stream(stream) = object {
                if stream.allows_compression {
                    let dictionary = std::mem::take(&mut stream.dict);
                    let content = std::mem::take(&mut stream.content);
                    identity.update(&content);
                    *stream = compressed(dictionary, content);
                } else if stream.dict.has_type(b"Metadata") {
                    identity.update(&stream.content);
                }
            }
        }
        let id = Object::String(
            identity.finalize()[..16].to_vec(),
            lopdf::StringFormat::Hexadecimal,
        );
        self.document.trailer.set("ID", vec![id.clone(), id]);
        let mut bytes = Vec::with_capacity(128 * 1024);
        self.document
            .save_to(&mut bytes)
            .map_err(PaperError::Write)?;
        // An appended seal (PAdES) must start on a line of its own.
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn attach(&mut self, identity: &mut Sha256) {
        if self.files.is_empty() {
            return;
        }
        let mut specs = Vec::new();
        self.files.sort_by(|a, b| a.name.cmp(b.name));
        for file in &self.files {
            identity.update(file.name);
            identity.update(&file.bytes);
            let size = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
            let stream = dictionary! {
                "Type" => "EmbeddedFile",
                "Subtype" => Object::Name(file.media_type.as_bytes().to_vec()),
                "Params" => dictionary! { "Size" => size, "ModDate" => Object::string_literal(self.dated.as_str()) },
            };
            let stream = self
                .document
                .add_object(compressed(stream, file.bytes.to_vec()));
            let relation = if file.media_type == "application/json" {
                "Source"
            } else {
                "Supplement"
            };
            let spec = self.document.add_object(dictionary! {
                "Type" => "Filespec",
                "F" => text_string(file.name),
                "UF" => text_string(file.name),
                "Desc" => text_string(&file.description),
                "AFRelationship" => relation,
                "EF" => dictionary! { "F" => stream, "UF" => stream },
            });
            specs.push((file.name, spec));
        }
        let names: Vec<Object> = specs
            .iter()
            .flat_map(|(name, spec)| [text_string(name), Object::Reference(*spec)])
            .collect();
        let associated: Vec<Object> = specs
            .iter()
            .map(|(_, spec)| Object::Reference(*spec))
            .collect();
        if let Ok(catalog) = self
            .document
            .get_object_mut(self.catalog)
            .and_then(Object::as_dict_mut)
        {
            catalog.set(
                "Names",
                dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } },
            );
            catalog.set("AF", associated);
        }
    }
}

fn files(source: &Neutral) -> Result<Vec<File<'_>>, PaperError> {
    let mut files: Vec<File<'_>> = Vec::with_capacity(source.embedded.len() + 1);
    for EmbeddedFile {
        name,
        media_type,
        description,
        bytes,
    } in &source.embedded
    {
        if files.iter().any(|file| file.name == name) {
            return Err(PaperError::DuplicateFile(name.clone()));
        }
        let description = hygiene::one_line(description, |c| !c.is_control());
        files.push(File {
            name,
            media_type,
            description,
            bytes: bytes.into(),
        });
    }
    Ok(files)
}

/// Embeds the parts and makes them known to all pages; returns known digests.
fn fonts(
    document: &mut Document,
    pages: &[ObjectId],
    parts: &[&Part],
) -> HashMap<ObjectId, [u8; 32]> {
    let mut digests = HashMap::new();
    let mut fonts = Dictionary::new();
    for part in parts {
        let embedded = part.embed(document);
        fonts.set(part.resource.as_str(), embedded.font);
        digests.extend(embedded.digests);
    }
    let fonts = document.add_object(fonts);
    let resources = document.add_object(dictionary! { "Font" => fonts });
    for page in pages {
        if let Ok(page) = document.get_object_mut(*page).and_then(Object::as_dict_mut) {
            page.set("Resources", resources);
        }
    }
    digests
}

fn links(document: &mut Document, pages: &[ObjectId], links: &[LinkArea]) -> Vec<ObjectId> {
    let count = pages.len();
    links
        .iter()
        .enumerate()
        .map(|(at, link)| {
            let [x, y, width, height] = link.area;
            let area = [x, PAGE_HEIGHT - y - height, x + width, PAGE_HEIGHT - y];
            document.add_object(dictionary! {
                "Type" => "Annot",
                "Subtype" => "Link",
                // Printed with the page.
                "F" => 4,
                "Rect" => area.into_iter().map(|side| Object::Real((side * 100.0).round() / 100.0)).collect::<Vec<_>>(),
                "Border" => vec![0.into(), 0.into(), 0.into()],
                "Contents" => text_string(&link.text),
                "StructParent" => i64::try_from(count + at).unwrap_or(0),
                "A" => dictionary! {
                    "S" => "URI",
                    "URI" => Object::string_literal(link.url.as_str()),
                },
            })
        })
        .collect()
}

/// Gives each page its size, tab order, link to the tag tree and annotations.
fn dress_pages(document: &mut Document, pages: &[ObjectId], laid: &Laid, links: &[ObjectId]) {
    let size: Vec<Object> = [0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT]
        .into_iter()
        .map(Object::Real)
        .collect();
    for (at, id) in pages.iter().enumerate() {
        let annotations: Vec<Object> = laid
            .links
            .iter()
            .zip(links)
            .filter(|(link, _)| link.page == at)
            .map(|(_, id)| Object::Reference(*id))
            .collect();
        let Ok(page) = document.get_object_mut(*id).and_then(Object::as_dict_mut) else {
            continue;
        };
        for name in [b"TrimBox".as_slice(), b"CropBox", b"Annots"] {
            page.remove(name);
        }
        page.set("MediaBox", size.clone());
        page.set("StructParents", i64::try_from(at).unwrap_or(0));
        page.set("Tabs", "S");
        if !annotations.is_empty() {
            page.set("Annots", annotations);
        }
    }
}

/// Bookmarks for the headings; those of level 3 stand below the one of level 2 before them.
fn outline(document: &mut Document, pages: &[ObjectId], marks: &[Bookmark]) -> Option<ObjectId> {
    if marks.is_empty() {
        return None;
    }
    let root = document.new_object_id();
    let ids: Vec<ObjectId> = marks.iter().map(|_| document.new_object_id()).collect();
    let mut entries: Vec<Dictionary> = marks.iter().map(|mark| bookmark(pages, mark)).collect();
    let mut top = dictionary! { "Type" => "Outlines" };
    let (mut chapter, mut chapters): (Option<usize>, i64) = (None, 0);
    // The last child of the current chapter, and how many it has.
    let (mut section, mut sections): (Option<usize>, i64) = (None, 0);
    for at in 0..marks.len() {
        let below = if marks[at].level == 2 { None } else { chapter };
        let before = if below.is_some() { section } else { chapter };
        if let Some(before) = before {
            entries[at].set("Prev", ids[before]);
            entries[before].set("Next", ids[at]);
        }
        let family = match below {
            Some(chapter) => {
                sections += 1;
                section = Some(at);
                entries[at].set("Parent", ids[chapter]);
                &mut entries[chapter]
            }
            None => {
                (chapter, section, sections) = (Some(at), None, 0);
                chapters += 1;
                entries[at].set("Parent", root);
                &mut top
            }
        };
        if before.is_none() {
            family.set("First", ids[at]);
        }
        family.set("Last", ids[at]);
        family.set("Count", if below.is_some() { sections } else { chapters });
    }
    top.set("Count", i64::try_from(marks.len()).unwrap_or(0));
    for (id, entry) in ids.into_iter().zip(entries) {
        document.set_object(id, entry);
    }
    document.set_object(root, top);
    Some(root)
}

fn bookmark(pages: &[ObjectId], mark: &Bookmark) -> Dictionary {
    dictionary! {
        "Title" => text_string(&mark.text),
        "Dest" => vec![
            Object::Reference(pages[mark.page]),
            "XYZ".into(),
            Object::Null,
            Object::Real((PAGE_HEIGHT - mark.y).round()),
            Object::Null,
        ],
    }
}

fn intent(document: &mut Document, profile: &Stream) -> ObjectId {
    let profile = document.add_object(profile.clone());
    document.add_object(dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal("sRGB IEC61966-2.1"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    })
}
