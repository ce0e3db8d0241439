//! Breaks a row of items into pages.
//!
//! An item is a strip of the page that is never cut. Items that belong
//! together (a heading and what follows, the first two lines of a paragraph, a
//! short table row) form a chunk, which moves to the next page as a whole.

use std::rc::Rc;

use super::lines::Line;
use super::style::{BOTTOM, Colour, Style, TOP};
use super::{Bookmark, Laid, Leaf, LinkArea, Page, PlacedCode, Run, Shape, qr};
use crate::tags::{Tag, Tree};

/// Something drawn in an item; `y` counts from the top of the item.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// A line of text with its baseline.
    Text {
        tag: Tag,
        line: Line,
        style: Style,
        x: f32,
        y: f32,
    },
    /// A filled rectangle: left, top, width, height.
    Shape { area: [f32; 4], colour: Colour },
    /// A QR code.
    Code {
        tag: Tag,
        code: qr::Code,
        x: f32,
        y: f32,
        size: f32,
    },
    /// A clickable area: left, top, width, height.
    Link {
        tag: Tag,
        area: [f32; 4],
        url: String,
        text: String,
    },
    /// A bookmark on this item.
    Bookmark { text: String, level: u8 },
}

/// A strip of the page.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// Distance to the item above; dropped at the top of a page.
    pub(super) space: f32,
    pub(super) height: f32,
    /// The next item belongs to this one.
    pub(super) keep: bool,
    pub(super) marks: Vec<Mark>,
    /// Drawn again at the top of a page that starts with this item.
    pub(super) header: Option<Rc<Vec<Item>>>,
}

/// Groups items that belong together.
pub(super) fn chunks(items: Vec<Item>) -> Vec<Vec<Item>> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    for item in items {
        let last = !item.keep;
        chunk.push(item);
        if last {
            chunks.push(std::mem::take(&mut chunk));
        }
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}

/// The pages so far.
pub(super) struct Flow {
    pages: Vec<Page>,
    y: f32,
    /// Nothing stands on this page yet.
    fresh: bool,
    outline: Vec<Bookmark>,
    links: Vec<LinkArea>,
    /// The leaf of each tag on the current page.
    leaves: std::collections::HashMap<Tag, usize>,
}

impl Flow {
    /// One page whose content starts at `top`.
    pub(super) fn new(top: f32) -> Flow {
        Flow {
            pages: vec![Page::default()],
            y: top,
            fresh: true,
            outline: Vec::new(),
            links: Vec::new(),
            leaves: std::collections::HashMap::new(),
        }
    }

    /// Puts a chunk on this page, or on the next if it does not fit.
    pub(super) fn place(&mut self, chunk: Vec<Item>, tree: &mut Tree) {
        let height = |header: &[Item]| {
            header
                .iter()
                .map(|item| item.space + item.height)
                .sum::<f32>()
        };
        let mut needed = height(&chunk);
        if self.fresh {
            needed -= chunk.first().map_or(0.0, |item| item.space);
        }
        if self.y + needed > BOTTOM && !self.fresh && needed <= BOTTOM - TOP {
            self.turn(chunk.first());
        }
        for item in chunk {
            let space = if self.fresh { 0.0 } else { item.space };
            if self.y + space + item.height > BOTTOM && !self.fresh {
                self.turn(Some(&item));
            }
            self.draw(item, tree);
        }
    }

    /// Starts a page, with the column headers of the table that goes on.
    fn turn(&mut self, next: Option<&Item>) {
        self.pages.push(Page::default());
        self.leaves.clear();
        self.y = TOP;
        self.fresh = true;
        if let Some(header) = next.and_then(|item| item.header.clone()) {
            for item in header.iter() {
                self.repeat(item);
            }
            self.fresh = false;
        }
    }

    /// Draws an item again as an artifact.
    fn repeat(&mut self, item: &Item) {
        let top = self.y;
        let Some(page) = self.pages.last_mut() else {
            return;
        };
        for mark in &item.marks {
            match mark {
                Mark::Text {
                    line, style, x, y, ..
                } => {
                    page.artifacts.push(Run {
                        line: line.clone(),
                        style: *style,
                        x: *x,
                        y: top + y,
                    });
                }
                Mark::Shape { area, colour } => page.shapes.push(Shape {
                    area: down(*area, top),
                    colour: *colour,
                }),
                Mark::Code { .. } | Mark::Link { .. } | Mark::Bookmark { .. } => {}
            }
        }
        self.y += item.height;
    }

    fn draw(&mut self, item: Item, tree: &mut Tree) {
        if !self.fresh {
            self.y += item.space;
        }
        self.fresh = false;
        let top = self.y;
        for mark in item.marks {
            self.mark(mark, top, tree);
        }
        self.y += item.height;
    }

    /// Draws one mark with its item at height `top`.
    pub(super) fn mark(&mut self, mark: Mark, top: f32, tree: &mut Tree) {
        let at = self.pages.len() - 1;
        match mark {
            Mark::Text {
                tag,
                line,
                style,
                x,
                y,
            } => {
                self.leaf(tag, tree).runs.push(Run {
                    line,
                    style,
                    x,
                    y: top + y,
                });
            }
            Mark::Shape { area, colour } => self.pages[at].shapes.push(Shape {
                area: down(area, top),
                colour,
            }),
            Mark::Code {
                tag,
                code,
                x,
                y,
                size,
            } => {
                let foot = super::style::PAGE_HEIGHT - (top + y + size);
                tree.place(tag, [x, foot, x + size, foot + size]);
                self.leaf(tag, tree).code = Some(PlacedCode {
                    code,
                    x,
                    y: top + y,
                    size,
                });
            }
            Mark::Link {
                tag,
                area,
                url,
                text,
            } => {
                tree.annotation(tag, at, self.links.len());
                self.links.push(LinkArea {
                    page: at,
                    area: down(area, top),
                    url,
                    text,
                });
            }
            Mark::Bookmark { text, level } => self.outline.push(Bookmark {
                text,
                level,
                page: at,
                y: top,
            }),
        }
    }

    /// The marked content of `tag` on the current page.
    fn leaf(&mut self, tag: Tag, tree: &mut Tree) -> &mut Leaf {
        let at = self.pages.len() - 1;
        let leaves = &mut self.pages[at].leaves;
        let mark = *self.leaves.entry(tag).or_insert_with(|| {
            tree.content(tag, at, leaves.len());
            leaves.push(Leaf {
                tag,
                runs: Vec::new(),
                code: None,
            });
            leaves.len() - 1
        });
        &mut self.pages[at].leaves[mark]
    }

    /// The pages with their tags.
    pub(super) fn finish(self, tree: Tree) -> Laid {
        Laid {
            title: String::new(),
            author: String::new(),
            pages: self.pages,
            tree,
            outline: self.outline,
            links: self.links,
        }
    }
}

fn down([x, y, width, height]: [f32; 4], top: f32) -> [f32; 4] {
    [x, top + y, width, height]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(height: f32, keep: bool) -> Item {
        Item {
            height,
            keep,
            ..Item::default()
        }
    }

    #[test]
    fn chunks_end_where_nothing_is_kept() {
        let items = vec![
            item(1.0, true),
            item(1.0, false),
            item(1.0, false),
            item(1.0, true),
        ];
        let sizes: Vec<usize> = chunks(items).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 1, 1]);
    }

    #[test]
    fn a_chunk_moves_to_the_next_page_as_a_whole() {
        let mut tree = Tree::new();
        let mut flow = Flow::new(TOP);
        flow.place(vec![item(BOTTOM - TOP - 15.0, false)], &mut tree);
        flow.place(vec![item(10.0, true), item(10.0, false)], &mut tree);
        assert_eq!(flow.pages.len(), 2);
        assert!((flow.y - TOP - 20.0).abs() < 0.01);
    }

    #[test]
    fn a_chunk_higher_than_a_page_is_cut() {
        let mut tree = Tree::new();
        let mut flow = Flow::new(TOP);
        let tall: Vec<Item> = (0..200).map(|at| item(10.0, at < 199)).collect();
        flow.place(tall, &mut tree);
        assert_eq!(flow.pages.len(), 3);
    }
}
