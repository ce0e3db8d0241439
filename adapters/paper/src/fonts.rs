//! The fonts of every document: parsed, cut into parts and compressed once.
//!
//! Each face is cut by Unicode range into parts that are PDF fonts of their
//! own. A page refers to the parts it needs and embeds their ready streams, so
//! printing neither subsets nor compresses fonts. A German receipt needs one
//! part of the regular and one of the bold face.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};
use printpdf::ParsedFont;
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use crate::error::PaperError;
use crate::kerning::Kerning;

/// Characters from here on are never mapped; the vendored fonts end below.
const TABLE: usize = 0x3000;

/// Weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Running text.
    Regular,
    /// Headings.
    Bold,
}

/// One character of one face.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyph {
    /// Index of the part that holds it.
    pub(crate) part: u8,
    /// Glyph in that part; never 0.
    pub(crate) gid: u16,
    /// Advance in thousandths of the font size.
    pub(crate) advance: i32,
    /// Left, bottom, right and top of the outline in thousandths; zeros for blanks.
    pub(crate) bounds: [i32; 4],
}

/// A cut of a face, ready to be embedded.
pub(crate) struct Part {
    /// Name in the resource dictionary of a page.
    pub(crate) resource: String,
    base_font: String,
    descriptor: Dictionary,
    program: Stream,
    /// SHA-256 of the decoded font program.
    pub(crate) program_digest: [u8; 32],
    to_unicode: Stream,
    /// SHA-256 of the decoded character map.
    pub(crate) map_digest: [u8; 32],
    widths: Vec<Object>,
}

/// Where the objects of a part went, with the digests of its streams.
pub(crate) struct Embedded {
    /// The Type 0 font.
    pub(crate) font: ObjectId,
    /// Streams whose decoded content is known already.
    pub(crate) digests: [(ObjectId, [u8; 32]); 2],
}

/// All faces.
pub(crate) struct Fonts {
    parts: Vec<Part>,
    regular: Vec<Option<Glyph>>,
    bold: Vec<Option<Glyph>>,
    regular_kerning: Kerning,
    bold_kerning: Kerning,
}

struct Source {
    file: &'static str,
    name: &'static str,
    bytes: &'static [u8],
}

const REGULAR: Source = Source {
    file: "NotoSans-Regular.ttf",
    name: "NotoSans-Regular",
    bytes: include_bytes!("../fonts/NotoSans-Regular.ttf"),
};
const BOLD: Source = Source {
    file: "NotoSans-Bold.ttf",
    name: "NotoSans-Bold",
    bytes: include_bytes!("../fonts/NotoSans-Bold.ttf"),
};
const FALLBACK: Source = Source {
    file: "DejaVuSans.ttf",
    name: "DejaVuSans",
    bytes: include_bytes!("../fonts/DejaVuSans.ttf"),
};

/// The part of its face a character belongs to: what German letters need; the
/// rest of central and eastern Europe; the rest of Latin with combining marks;
/// Greek and Cyrillic; signs.
fn range(c: u32) -> usize {
    match c {
        0x20..=0xFF | 0x1E9E | 0x2010..=0x2026 | 0x2030 | 0x2039..=0x203A | 0x20AC | 0x2122 => 0,
        0x100..=0x17F | 0x218..=0x21B => 1,
        0x180..=0x36F | 0x1E00..=0x1EFF => 2,
        0x370..=0x52F => 3,
        _ => 4,
    }
}

impl Fonts {
    /// Parses, cuts and compresses the built-in fonts; some ten milliseconds.
    pub(crate) fn load() -> Result<Fonts, PaperError> {
        let kerning = |name, text| {
            let fault = || PaperError::Font {
                name,
                what: "no kerning rules".to_owned(),
            };
            Kerning::read(text, TABLE).ok_or_else(fault)
        };
        let mut fonts = Fonts {
            parts: Vec::new(),
            regular: vec![None; TABLE],
            bold: vec![None; TABLE],
            regular_kerning: kerning(
                "NotoSans-Regular.kern",
                include_str!("../fonts/NotoSans-Regular.kern"),
            )?,
            bold_kerning: kerning(
                "NotoSans-Bold.kern",
                include_str!("../fonts/NotoSans-Bold.kern"),
            )?,
        };
        let regular = fonts.cut(&REGULAR)?;
        let bold = fonts.cut(&BOLD)?;
        let fallback = fonts.cut(&FALLBACK)?;
        for (code, glyph) in fallback {
            fonts.regular[code] = Some(glyph);
            fonts.bold[code] = Some(glyph);
        }
        for (code, glyph) in regular {
            fonts.regular[code] = Some(glyph);
        }
        for (code, glyph) in bold {
            fonts.bold[code] = Some(glyph);
        }
        Ok(fonts)
    }

    /// The glyph of `c`, if any face has it.
    pub(crate) fn glyph(&self, weight: Weight, c: char) -> Option<Glyph> {
        let table = match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        };
        table.get(c as usize).copied().flatten()
    }

    /// How far `right` moves to the right when it follows `left`, in thousandths.
    pub(crate) fn kern(&self, weight: Weight, left: char, right: char) -> i32 {
        match weight {
            Weight::Regular => self.regular_kerning.step(left, right),
            Weight::Bold => self.bold_kerning.step(left, right),
        }
    }

    /// Whether both weights can show `c`.
    pub(crate) fn knows(&self, c: char) -> bool {
        self.glyph(Weight::Regular, c).is_some() && self.glyph(Weight::Bold, c).is_some()
    }

    /// All parts; a glyph names its part by position.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Cuts one face into parts and returns its glyphs by code point.
    fn cut(&mut self, source: &Source) -> Result<BTreeMap<usize, Glyph>, PaperError> {
        let fault = |what: String| PaperError::Font {
            name: source.file,
            what,
        };
        let font = ParsedFont::from_bytes(source.bytes, 0, &mut Vec::new())
            .ok_or_else(|| fault("no sfnt".to_owned()))?;
        let outlines = Outlines::of(source.bytes).ok_or_else(|| fault("no outlines".to_owned()))?;
        let scale = |value: i32| {
            (value * 1000 + i32::from(font.units_per_em) / 2)
                .div_euclid(i32::from(font.units_per_em))
        };
        let mut ranges: BTreeMap<usize, Vec<(u32, u16)>> = BTreeMap::new();
        for (&code, &gid) in &font.codepoint_to_glyph {
            if (0x20..TABLE as u32).contains(&code) && !(0x7F..0xA0).contains(&code) && gid != 0 {
                ranges.entry(range(code)).or_default().push((code, gid));
            }
        }
        let mut glyphs = BTreeMap::new();
        for members in ranges.into_values() {
            let at =
                u8::try_from(self.parts.len()).map_err(|_| fault("too many parts".to_owned()))?;
            let mut remapper = GlyphRemapper::new();
            let mut map: BTreeMap<u16, (u32, i32)> = BTreeMap::new();
            for (code, gid) in members {
                let new = remapper.remap(gid);
                let advance = scale(i32::from(font.get_glyph_width(gid).unwrap_or(0)));
                map.entry(new).or_insert((code, advance));
                let bounds = outlines.bounds(gid).map(scale);
                glyphs.insert(
                    code as usize,
                    Glyph {
                        part: at,
                        gid: new,
                        advance,
                        bounds,
                    },
                );
            }
            let program = subsetter::subset(source.bytes, 0, &remapper)
                .map_err(|error| fault(error.to_string()))?;
            self.parts
                .push(Part::new(at, source.name, &font, program, &map));
        }
        Ok(glyphs)
    }
}

impl Part {
    fn new(
        at: u8,
        name: &str,
        font: &ParsedFont,
        program: Vec<u8>,
        map: &BTreeMap<u16, (u32, i32)>,
    ) -> Part {
        // The subset tag is six capitals, different for each part.
        let base_font = format!("SCHAL{}+{name}", char::from(b'A' + at % 26));
        let cmap = character_map(map);
        let program_digest = Sha256::digest(&program).into();
        let map_digest = Sha256::digest(&cmap).into();
        let length = i64::try_from(program.len()).unwrap_or(0);
        let mut widths = vec![Object::Integer(1)];
        // Components without a character of their own are never shown; they have no width here.
        let last = map.keys().last().copied().unwrap_or(0);
        let advance = |gid: u16| map.get(&gid).map_or(0, |(_, advance)| i64::from(*advance));
        widths.push(Object::Array(
            (1..=last)
                .map(|gid| Object::Integer(advance(gid)))
                .collect(),
        ));
        Part {
            resource: format!("F{at}"),
            descriptor: descriptor(&base_font, font),
            base_font,
            program: compressed(dictionary! { "Length1" => length }, program),
            program_digest,
            to_unicode: compressed(Dictionary::new(), cmap),
            map_digest,
            widths,
        }
    }

    /// Adds the objects of this part to `document`.
    pub(crate) fn embed(&self, document: &mut Document) -> Embedded {
        let program = document.add_object(self.program.clone());
        let to_unicode = document.add_object(self.to_unicode.clone());
        let mut descriptor = self.descriptor.clone();
        descriptor.set("FontFile2", Object::Reference(program));
        let descriptor = document.add_object(descriptor);
        let descendant = document.add_object(dictionary! {
            "Type" => "Font",
            "Subtype" => "CIDFontType2",
            "BaseFont" => Object::Name(self.base_font.clone().into_bytes()),
            "CIDSystemInfo" => dictionary! {
                "Registry" => Object::string_literal("Adobe"),
                "Ordering" => Object::string_literal("Identity"),
                "Supplement" => 0,
            },
            "CIDToGIDMap" => "Identity",
            "DW" => 0,
            "W" => self.widths.clone(),
            "FontDescriptor" => descriptor,
        });
        let font = document.add_object(dictionary! {
            "Type" => "Font",
            "Subtype" => "Type0",
            "BaseFont" => Object::Name(self.base_font.clone().into_bytes()),
            "Encoding" => "Identity-H",
            "DescendantFonts" => vec![Object::Reference(descendant)],
            "ToUnicode" => to_unicode,
        });
        Embedded {
            font,
            digests: [
                (program, self.program_digest),
                (to_unicode, self.map_digest),
            ],
        }
    }
}

/// A stream with its content deflated. Level 6 takes a third of the time of
/// the level 9 that lopdf uses, for about one hundredth more bytes.
pub(crate) fn compressed(mut dictionary: Dictionary, content: Vec<u8>) -> Stream {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(content.len() / 2), Compression::new(6));
    // Deflating into memory cannot fail; an unpacked stream would still be right.
    let packed = encoder.write_all(&content).and_then(|()| encoder.finish());
    match packed {
        Ok(packed) if packed.len() < content.len() => {
            dictionary.set("Filter", "FlateDecode");
            Stream::new(dictionary, packed).with_compression(false)
        }
        _ => Stream::new(dictionary, content).with_compression(false),
    }
}

fn descriptor(base_font: &str, font: &ParsedFont) -> Dictionary {
    let em = f64::from(font.units_per_em);
    let scaled = |value: i16| (f64::from(value) * 1000.0 / em).round() as i64;
    let metrics = &font.pdf_font_metrics;
    let bold = metrics.us_weight_class >= 600;
    dictionary! {
        "Type" => "FontDescriptor",
        "FontName" => Object::Name(base_font.as_bytes().to_vec()),
        // Nonsymbolic.
        "Flags" => 32,
        "FontBBox" => [metrics.x_min, metrics.y_min, metrics.x_max, metrics.y_max]
            .into_iter().map(|value| Object::Integer(scaled(value))).collect::<Vec<_>>(),
        "ItalicAngle" => 0,
        "Ascent" => scaled(font.font_metrics.ascent),
        "Descent" => scaled(font.font_metrics.descent),
        "CapHeight" => 714,
        "StemV" => if bold { 166 } else { 88 },
    }
}

/// The `ToUnicode` map of a part.
fn character_map(map: &BTreeMap<u16, (u32, i32)>) -> Vec<u8> {
    let mut text = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <<\n\
         /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n\
         /CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    let entries: Vec<_> = map.iter().collect();
    // The format allows at most 100 entries a block.
    for block in entries.chunks(100) {
        // Writing into a string cannot fail.
        writeln!(text, "{} beginbfchar", block.len()).unwrap_or_default();
        for (gid, (code, _)) in block {
            writeln!(text, "<{gid:04X}> <{code:04X}>").unwrap_or_default();
        }
        text.push_str("endbfchar\n");
    }
    text.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    text.into_bytes()
}

/// Reads the bounding boxes of TrueType outlines.
struct Outlines<'a> {
    glyf: &'a [u8],
    loca: &'a [u8],
    long: bool,
}

impl<'a> Outlines<'a> {
    fn of(bytes: &'a [u8]) -> Option<Outlines<'a>> {
        let table = |name: &[u8; 4]| {
            let count = usize::from(u16::from_be_bytes(bytes.get(4..6)?.try_into().ok()?));
            let record = bytes
                .get(12..12 + 16 * count)?
                .chunks_exact(16)
                .find(|record| record.starts_with(name))?;
            let number = |at: usize| {
                Some(u32::from_be_bytes(record.get(at..at + 4)?.try_into().ok()?) as usize)
            };
            bytes.get(number(8)?..number(8)? + number(12)?)
        };
        let head = table(b"head")?;
        Some(Outlines {
            glyf: table(b"glyf")?,
            loca: table(b"loca")?,
            long: *head.get(51)? == 1,
        })
    }

    fn bounds(&self, gid: u16) -> [i32; 4] {
        self.outline(usize::from(gid)).unwrap_or([0; 4])
    }

    fn outline(&self, gid: usize) -> Option<[i32; 4]> {
        let start = |index: usize| -> Option<usize> {
            Some(if self.long {
                u32::from_be_bytes(self.loca.get(4 * index..4 * index + 4)?.try_into().ok()?)
                    as usize
            } else {
                2 * usize::from(u16::from_be_bytes(
                    self.loca.get(2 * index..2 * index + 2)?.try_into().ok()?,
                ))
            })
        };
        let outline = self.glyf.get(start(gid)?..start(gid + 1)?)?;
        let value = |at: usize| {
            Some(i32::from(i16::from_be_bytes(
                outline.get(at..at + 2)?.try_into().ok()?,
            )))
        };
        Some([value(2)?, value(4)?, value(6)?, value(8)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_german_registers_use() {
        let fonts = Fonts::load().unwrap();
        let letters =
            "AZazÄÖÜßẞ0123€„“–…·ĞğİıŞşŁłŃńČčŘřŐőȘșȚțǅƏəḂẞʒʹΑΩабвЖ\u{301}\u{308}\u{326}\u{331}";
        for c in letters.chars() {
            assert!(fonts.knows(c), "U+{:04X}", c as u32);
        }
        assert!(fonts.knows('✓') && fonts.knows('→') && !fonts.knows('🦊') && !fonts.knows('中'));
    }

    #[test]
    fn every_glyph_is_mapped_and_none_is_zero() {
        let fonts = Fonts::load().unwrap();
        for glyph in fonts.regular.iter().chain(&fonts.bold).flatten() {
            assert_ne!(glyph.gid, 0);
            assert!(usize::from(glyph.part) < fonts.parts.len());
        }
    }

    #[test]
    fn a_german_letter_needs_one_part_of_each_face() {
        let fonts = Fonts::load().unwrap();
        let parts: std::collections::BTreeSet<u8> = "Grüße, „Straße“ – 3 €"
            .chars()
            .map(|c| fonts.glyph(Weight::Regular, c).unwrap().part)
            .collect();
        assert_eq!(parts.len(), 1);
    }
}
