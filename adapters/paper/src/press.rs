//! Prints documents: layout, pages by `printpdf`, and the finish that makes
//! the file accessible and archival.

use std::collections::{BTreeMap, BTreeSet};

use engine::document::Document;
use printpdf::{
    Color, CurTransMat, DictItem, FontId, Mm, Op, PaintMode, PdfDocument, PdfFontHandle, PdfPage,
    PdfSaveOptions, Point, Pt, Rect, Rgb,
};

use crate::error::PaperError;
use crate::finish::{self, Finish};
use crate::fonts::{Fonts, Part};
use crate::icc;
use crate::layout::lines::Piece;
use crate::layout::style::{Colour, INK, PAGE_HEIGHT};
use crate::layout::{self, Laid, Page, PlacedCode, Run, Shape};
use crate::seal::{Seal, SealingKey};
use crate::tags::Tree;

/// Turns documents into PDF. Built once, used by all threads.
pub struct Press {
    fonts: Fonts,
    /// The colour profile, compressed.
    profile: lopdf::Stream,
}

/// Who seals a receipt, and what for.
#[derive(Clone, Copy)]
pub struct Sealing<'a> {
    /// The key of the service.
    pub key: &'a SealingKey,
    /// Public case number.
    pub reference: &'a str,
    /// When the submission was received, in milliseconds since 1970.
    pub received_at: i64,
}

/// A sealed receipt.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The file.
    pub pdf: Vec<u8>,
    /// The seal inside it.
    pub seal: Seal,
}

impl Press {
    /// Parses and compresses the built-in fonts. Takes some ten milliseconds,
    /// so build one at the start.
    ///
    /// # Errors
    /// [`PaperError::Font`] when the program was built from broken fonts.
    pub fn new() -> Result<Press, PaperError> {
        let profile = crate::fonts::compressed(lopdf::dictionary! { "N" => 3 }, icc::srgb());
        Ok(Press {
            fonts: Fonts::load()?,
            profile,
        })
    }

    /// Prints `document` as PDF/UA-1 and PDF/A-3a. The same document gives the
    /// same bytes.
    ///
    /// # Errors
    /// [`PaperError::TooLong`] and [`PaperError::DuplicateFile`] for documents
    /// that cannot be printed, [`PaperError::MissingGlyph`] for a bug here.
    pub fn print(&self, document: &Document) -> Result<Vec<u8>, PaperError> {
        self.finish(document)?.write()
    }

    /// Prints `document` with a seal inside. The document embeds the submission
    /// as `antrag.json`; it is rewritten as canonical JSON (RFC 8785), so that its
    /// SHA-256 is the digest in the seal, and `siegel.json` is added.
    ///
    /// # Errors
    /// As [`Press::print`], and [`PaperError::NothingToSeal`] or
    /// [`PaperError::Json`] when there is no proper `antrag.json`.
    pub fn print_receipt(
        &self,
        document: &Document,
        sealing: &Sealing<'_>,
    ) -> Result<Receipt, PaperError> {
        let mut finish = self.finish(document)?;
        let seal = finish.seal(sealing)?;
        Ok(Receipt {
            pdf: finish.write()?,
            seal,
        })
    }

    fn finish<'a>(&'a self, document: &'a Document) -> Result<Finish<'a>, PaperError> {
        let laid = layout::lay_out(&self.fonts, document)?;
        let (pages, used) = self.pages(&laid);
        let mut printed = PdfDocument::new("");
        printed.pages = pages;
        // `secure` drops the operators that printpdf has no name for; all of ours are known.
        let options = PdfSaveOptions {
            secure: false,
            ..PdfSaveOptions::default()
        };
        let raw = printed.to_lopdf_document(&options, &mut Vec::new());
        let used: Vec<&Part> = used
            .into_iter()
            .map(|part| &self.fonts.parts()[usize::from(part)])
            .collect();
        finish::finish(raw, &laid, document, &used, &self.profile)
    }

    /// The pages as operators, and the font parts they use.
    fn pages(&self, laid: &Laid) -> (Vec<PdfPage>, BTreeSet<u8>) {
        let mut used = BTreeSet::new();
        let pages = laid
            .pages
            .iter()
            .map(|page| {
                let mut writer = Writer {
                    parts: self.fonts.parts(),
                    used: &mut used,
                    ops: Vec::new(),
                };
                writer.page(page, &laid.tree);
                PdfPage::new(Mm(210.0), Mm(297.0), writer.ops)
            })
            .collect();
        (pages, used)
    }
}

/// Writes the operators of one page.
struct Writer<'a> {
    parts: &'a [Part],
    used: &'a mut BTreeSet<u8>,
    ops: Vec<Op>,
}

impl Writer<'_> {
    fn page(&mut self, page: &Page, tree: &Tree) {
        if !page.shapes.is_empty() {
            self.artifact("Layout", None);
            for shape in &page.shapes {
                self.shape(shape);
            }
            self.ops.push(Op::EndMarkedContent);
        }
        for (mark, leaf) in page.leaves.iter().enumerate() {
            let properties = BTreeMap::from([(
                "MCID".to_owned(),
                DictItem::Int(i64::try_from(mark).unwrap_or(0)),
            )]);
            self.ops.push(Op::BeginMarkedContentWithProperties {
                tag: tree.name(leaf.tag).to_owned(),
                properties: DictItem::Dict { map: properties },
            });
            for run in &leaf.runs {
                self.run(run);
            }
            if let Some(code) = &leaf.code {
                self.code(code);
            }
            self.ops.push(Op::EndMarkedContent);
        }
        for run in &page.artifacts {
            // The running lines stand above or below the text.
            let place = if run.y < PAGE_HEIGHT / 2.0 {
                "Header"
            } else {
                "Footer"
            };
            self.artifact("Pagination", Some(place));
            self.run(run);
            self.ops.push(Op::EndMarkedContent);
        }
    }

    fn artifact(&mut self, kind: &str, subtype: Option<&str>) {
        let name = |text: &str| DictItem::Name(text.as_bytes().to_vec());
        let mut map = BTreeMap::from([("Type".to_owned(), name(kind))]);
        if let Some(subtype) = subtype {
            map.insert("Subtype".to_owned(), name(subtype));
        }
        let properties = DictItem::Dict { map };
        self.ops.push(Op::BeginMarkedContentWithProperties {
            tag: "Artifact".to_owned(),
            properties,
        });
    }

    fn shape(&mut self, shape: &Shape) {
        let [x, y, width, height] = shape.area;
        self.ops.push(Op::SetFillColor {
            col: colour(shape.colour),
        });
        self.ops.push(Op::DrawRectangle {
            rectangle: Rect {
                x: Pt(round(x)),
                y: Pt(round(PAGE_HEIGHT - y - height)),
                width: Pt(round(width)),
                height: Pt(round(height)),
                mode: Some(PaintMode::Fill),
                winding_order: None,
            },
        });
    }

    fn run(&mut self, run: &Run) {
        if run.line.pieces.is_empty() {
            return;
        }
        self.ops.push(Op::StartTextSection);
        self.ops.push(Op::SetFillColor {
            col: colour(run.style.colour),
        });
        self.ops.push(Op::SetTextCursor {
            pos: point(round(run.x), round(PAGE_HEIGHT - run.y)),
        });
        let (mut part, mut rise) = (None, 0);
        for piece in &run.line.pieces {
            if part != Some(piece.part) {
                part = Some(piece.part);
                self.used.insert(piece.part);
                let font = PdfFontHandle::External(FontId(
                    self.parts[usize::from(piece.part)].resource.clone(),
                ));
                self.ops.push(Op::SetFont {
                    font,
                    size: Pt(run.style.size),
                });
            }
            if rise != piece.rise {
                rise = piece.rise;
                self.ops.push(Op::SetLineOffset {
                    multiplier: round(rise as f32 * run.style.size / 1000.0),
                });
            }
            self.ops.push(show(piece));
        }
        if rise != 0 {
            self.ops.push(Op::SetLineOffset { multiplier: 0.0 });
        }
        self.ops.push(Op::EndTextSection);
    }

    fn code(&mut self, placed: &PlacedCode) {
        let module = placed.size / f32::from(placed.code.width);
        let origin = [
            module,
            0.0,
            0.0,
            module,
            round(placed.x),
            round(PAGE_HEIGHT - placed.y),
        ];
        self.ops.push(Op::SaveGraphicsState);
        self.ops.push(Op::SetTransformationMatrix {
            matrix: CurTransMat::Raw(origin),
        });
        self.ops.push(Op::SetFillColor { col: colour(INK) });
        // One path of rectangles, filled once: no seams between modules.
        for [column, row, length] in &placed.code.dark {
            let corners = [
                i64::from(*column),
                -i64::from(*row) - 1,
                i64::from(*length),
                1,
            ];
            self.ops.push(Op::Unknown {
                key: "re".to_owned(),
                value: corners.map(DictItem::Int).to_vec(),
            });
        }
        self.ops.push(Op::Unknown {
            key: "f".to_owned(),
            value: Vec::new(),
        });
        self.ops.push(Op::RestoreGraphicsState);
    }
}

/// Shows glyphs as `TJ` with whole strings between the kerns; `Op::ShowText`
/// would write each glyph as a string of its own, which takes thrice the time.
fn show(piece: &Piece) -> Op {
    let mut items = Vec::new();
    if piece.lead != 0 {
        // TJ counts to the left.
        items.push(DictItem::Int(-i64::from(piece.lead)));
    }
    let mut data = Vec::with_capacity(2 * piece.glyphs.len());
    for (gid, right) in &piece.glyphs {
        data.extend(gid.to_be_bytes());
        if *right != 0 {
            items.push(DictItem::String {
                data: std::mem::take(&mut data),
                literal: true,
            });
            items.push(DictItem::Int(-i64::from(*right)));
        }
    }
    if !data.is_empty() {
        items.push(DictItem::String {
            data,
            literal: true,
        });
    }
    Op::Unknown {
        key: "TJ".to_owned(),
        value: vec![DictItem::Array(items)],
    }
}

fn colour([red, green, blue]: Colour) -> Color {
    Color::Rgb(Rgb::new(red, green, blue, None))
}

fn point(x: f32, y: f32) -> Point {
    Point { x: Pt(x), y: Pt(y) }
}

/// Hundredths of a point are finer than any printer.
fn round(length: f32) -> f32 {
    (length * 100.0).round() / 100.0
}
