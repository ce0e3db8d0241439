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

/// Builds the file around the page contents that `printed` holds. All other
/// objects are made here, numbered without gaps.
pub(crate) fn finish<'a>(
    printed: Document,
    laid: &Laid,
    source: &'a Neutral,
    parts: &[&Part],
    profile: &Stream,
) -> Result<Finish<'a>, PaperError> {
    let mut document = Document::with_version("1.7");
    document.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
    let catalog = document.new_object_id();
    let root = document.new_object_id();
    let pages: Vec<ObjectId> = laid
        .pages
        .iter()
        .map(|_| document.new_object_id())
        .collect();
    let (resources, digests) = fonts(&mut document, parts);
    let links = links(&mut document, pages.len(), &laid.links);
    for (at, content) in contents(printed).into_iter().enumerate().take(pages.len()) {
        let content = document.add_object(content);
        let mut page = page(root, resources, content, at);
        let here = laid
            .links
            .iter()
            .zip(&links)
            .filter(|(link, _)| link.page == at);
        let here: Vec<Object> = here.map(|(_, id)| Object::Reference(*id)).collect();
        if !here.is_empty() {
            page.set("Annots", here);
        }
        document.set_object(pages[at], page);
    }
    let kids: Vec<Object> = pages.iter().copied().map(Object::Reference).collect();
    let count = i64::try_from(kids.len()).unwrap_or(0);
    document.set_object(
        root,
        dictionary! { "Type" => "Pages", "Count" => count, "Kids" => kids },
    );
    let marks: Vec<usize> = laid.pages.iter().map(|page| page.leaves.len()).collect();
    let tree = laid.tree.write(&mut document, &pages, &marks, &links);
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
        "Pages" => root,
        "Lang" => Object::string_literal(match source.language { Language::De => "de-DE", Language::En => "en-GB" }),
        "MarkInfo" => dictionary! { "Marked" => true },
        "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
        "PageLayout" => "OneColumn",
        "StructTreeRoot" => tree,
        "Metadata" => metadata,
        "OutputIntents" => vec![Object::Reference(intent)],
    };
    if let Some(outline) = outline {
        entries.set("Outlines", outline);
    }
    document.set_object(catalog, entries);
    let info = xmp::info(laid, &dates);
    let info = document.add_object(info);
    document.trailer.set("Root", catalog);
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

/// The content streams in the order of the pages.
fn contents(mut printed: Document) -> Vec<Stream> {
    let ids: Vec<ObjectId> = printed.get_pages().into_values().collect();
    ids.into_iter()
        .map(|id| {
            let content = printed
                .get_dictionary(id)
                .and_then(|page| page.get(b"Contents"));
            let content = content.and_then(Object::as_reference).ok();
            match content.and_then(|id| printed.objects.remove(&id)) {
                Some(Object::Stream(stream)) => stream,
                _ => Stream::new(Dictionary::new(), Vec::new()),
            }
        })
        .collect()
}

/// A page: its size, its tab order, and its key in the tag tree.
fn page(root: ObjectId, resources: ObjectId, content: ObjectId, at: usize) -> Dictionary {
    let size = [0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT].map(Object::Real);
    dictionary! {
        "Type" => "Page",
        "Parent" => root,
        "MediaBox" => size.to_vec(),
        "Resources" => resources,
        "Contents" => content,
        "StructParents" => i64::try_from(at).unwrap_or(0),
        "Tabs" => "S",
    }
}

/// Embeds the parts; returns the resources of all pages, and known digests.
fn fonts(document: &mut Document, parts: &[&Part]) -> (ObjectId, HashMap<ObjectId, [u8; 32]>) {
    let mut digests = HashMap::new();
    let mut fonts = Dictionary::new();
    for part in parts {
        let embedded = part.embed(document);
        fonts.set(part.resource.as_str(), embedded.font);
        digests.extend(embedded.digests);
    }
    (
        document.add_object(dictionary! { "Font" => fonts }),
        digests,
    )
}

/// Link annotations; their keys in the tag tree follow those of the pages.
fn links(document: &mut Document, pages: usize, links: &[LinkArea]) -> Vec<ObjectId> {
    links
        .iter()
        .enumerate()
        .map(|(at, link)| {
            let [x, y, width, height] = link.area;
            let area = [x, PAGE_HEIGHT - y - height, x + width, PAGE_HEIGHT - y];
            let area = area.map(|side| Object::Real((side * 100.0).round() / 100.0));
            document.add_object(dictionary! {
                "Type" => "Annot",
                "Subtype" => "Link",
                // Printed with the page.
                "F" => 4,
                "Rect" => area.to_vec(),
                "Border" => vec![0.into(), 0.into(), 0.into()],
                "Contents" => text_string(&link.text),
                "StructParent" => i64::try_from(pages + at).unwrap_or(0),
                "A" => dictionary! {
                    "S" => "URI",
                    "URI" => Object::string_literal(link.url.as_str()),
                },
            })
        })
        .collect()
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
