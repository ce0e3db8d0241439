//! The tag tree: what assistive technology reads instead of the drawing.
//!
//! Layout adds tags in reading order; [`Tree::write`] turns them into the
//! structure tree of ISO 32000-1, 14.7 as PDF/UA-1 wants it.

use lopdf::{Dictionary, Document, Object, ObjectId, dictionary, text_string};

/// Index of a tag in its tree.
pub(crate) type Tag = usize;

/// What a tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Document,
    Heading1,
    Heading2,
    Heading3,
    Paragraph,
    List,
    Item,
    Label,
    Body,
    Table,
    Row,
    /// Header of its row.
    RowHeader,
    /// Header of its column.
    ColumnHeader,
    Cell,
    Figure,
    Link,
}

impl Role {
    /// The standard structure type.
    fn name(self) -> &'static str {
        match self {
            Role::Document => "Document",
            Role::Heading1 => "H1",
            Role::Heading2 => "H2",
            Role::Heading3 => "H3",
            Role::Paragraph => "P",
            Role::List => "L",
            Role::Item => "LI",
            Role::Label => "Lbl",
            Role::Body => "LBody",
            Role::Table => "Table",
            Role::Row => "TR",
            Role::RowHeader | Role::ColumnHeader => "TH",
            Role::Cell => "TD",
            Role::Figure => "Figure",
            Role::Link => "Link",
        }
    }
}

/// What stands below a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kid {
    Tag(Tag),
    /// Marked content of a page.
    Content {
        page: usize,
        mark: usize,
    },
    /// A link annotation, counted over the document.
    Annotation {
        page: usize,
        at: usize,
    },
}

#[derive(Debug)]
struct Node {
    role: Role,
    parent: Tag,
    kids: Vec<Kid>,
    /// Alternative text of a figure, summary of a table.
    text: Option<String>,
    /// Rectangle of a figure: left, bottom, right, top.
    bounds: Option<[f32; 4]>,
}

/// The tags of a document.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// The tag of the whole document.
    pub(crate) const DOCUMENT: Tag = 0;

    /// A tree with nothing but the document.
    pub(crate) fn new() -> Tree {
        let document = Node {
            role: Role::Document,
            parent: 0,
            kids: Vec::new(),
            text: None,
            bounds: None,
        };
        Tree {
            nodes: vec![document],
        }
    }

    /// Adds a tag as the last one below `parent`.
    pub(crate) fn add(&mut self, parent: Tag, role: Role) -> Tag {
        let tag = self.nodes.len();
        self.nodes.push(Node {
            role,
            parent,
            kids: Vec::new(),
            text: None,
            bounds: None,
        });
        self.nodes[parent].kids.push(Kid::Tag(tag));
        tag
    }

    /// Adds a tag with an alternative text (figures) or a summary (tables).
    pub(crate) fn add_described(&mut self, parent: Tag, role: Role, text: String) -> Tag {
        let tag = self.add(parent, role);
        self.nodes[tag].text = Some(text).filter(|text| !text.is_empty());
        tag
    }

    /// The standard structure type of `tag`.
    pub(crate) fn name(&self, tag: Tag) -> &'static str {
        self.nodes[tag].role.name()
    }

    /// Notes where a figure stands: left, bottom, right, top.
    pub(crate) fn place(&mut self, tag: Tag, bounds: [f32; 4]) {
        self.nodes[tag].bounds = Some(bounds);
    }

    /// Notes that the content marked `mark` on `page` belongs to `tag`.
    pub(crate) fn content(&mut self, tag: Tag, page: usize, mark: usize) {
        self.nodes[tag].kids.push(Kid::Content { page, mark });
    }

    /// Notes that annotation `at` on `page` belongs to `tag`.
    pub(crate) fn annotation(&mut self, tag: Tag, page: usize, at: usize) {
        self.nodes[tag].kids.push(Kid::Annotation { page, at });
    }

    /// Adds the structure tree to `document`. `marks` counts the marked
    /// contents of each page; `annotations` are the link annotations. Returns the
    /// structure tree root.
    pub(crate) fn write(
        &self,
        document: &mut Document,
        pages: &[ObjectId],
        marks: &[usize],
        annotations: &[ObjectId],
    ) -> ObjectId {
        let ids: Vec<ObjectId> = self
            .nodes
            .iter()
            .map(|_| document.new_object_id())
            .collect();
        let root = document.new_object_id();
        let mut by_mark: Vec<Vec<Object>> = marks
            .iter()
            .map(|count| vec![Object::Null; *count])
            .collect();
        let mut by_annotation = vec![Object::Null; annotations.len()];
        for (tag, node) in self.nodes.iter().enumerate() {
            for kid in &node.kids {
                match *kid {
                    Kid::Tag(_) => {}
                    Kid::Content { page, mark } => {
                        by_mark[page][mark] = Object::Reference(ids[tag]);
                    }
                    Kid::Annotation { at, .. } => by_annotation[at] = Object::Reference(ids[tag]),
                }
            }
            let parent = if tag == Tree::DOCUMENT {
                root
            } else {
                ids[node.parent]
            };
            document.set_object(ids[tag], node.element(parent, &ids, pages, annotations));
        }
        let mut numbers = Vec::new();
        for (key, elements) in by_mark.into_iter().enumerate() {
            numbers.push(number(key));
            numbers.push(Object::Reference(document.add_object(elements)));
        }
        for (at, element) in by_annotation.into_iter().enumerate() {
            numbers.push(number(pages.len() + at));
            numbers.push(element);
        }
        let parents = document.add_object(dictionary! { "Nums" => numbers });
        document.set_object(
            root,
            dictionary! {
                "Type" => "StructTreeRoot",
                "K" => ids[Tree::DOCUMENT],
                "ParentTree" => parents,
                "ParentTreeNextKey" => number(pages.len() + annotations.len()),
            },
        );
        root
    }
}

impl Node {
    fn element(
        &self,
        parent: ObjectId,
        ids: &[ObjectId],
        pages: &[ObjectId],
        links: &[ObjectId],
    ) -> Dictionary {
        let home = self.kids.iter().find_map(|kid| match kid {
            Kid::Content { page, .. } | Kid::Annotation { page, .. } => Some(*page),
            Kid::Tag(_) => None,
        });
        let kids: Vec<Object> = self
            .kids
            .iter()
            .map(|kid| match *kid {
                Kid::Tag(tag) => Object::Reference(ids[tag]),
                Kid::Content { page, mark } if Some(page) == home => number(mark),
                Kid::Content { page, mark } => {
                    dictionary! { "Type" => "MCR", "Pg" => pages[page], "MCID" => number(mark) }
                        .into()
                }
                Kid::Annotation { page, at } => {
                    dictionary! { "Type" => "OBJR", "Pg" => pages[page], "Obj" => links[at] }.into()
                }
            })
            .collect();
        let mut element = dictionary! {
            "Type" => "StructElem",
            "S" => self.role.name(),
            "P" => parent,
        };
        if !kids.is_empty() {
            element.set("K", kids);
        }
        if let Some(page) = home {
            element.set("Pg", pages[page]);
        }
        if let Some(attributes) = self.attributes() {
            element.set("A", attributes);
        }
        if let (Role::Figure, Some(text)) = (self.role, &self.text) {
            element.set("Alt", text_string(text));
        }
        element
    }

    fn attributes(&self) -> Option<Dictionary> {
        match (self.role, &self.text) {
            (Role::RowHeader, _) => Some(dictionary! { "O" => "Table", "Scope" => "Row" }),
            (Role::ColumnHeader, _) => Some(dictionary! { "O" => "Table", "Scope" => "Column" }),
            (Role::Table, Some(text)) => {
                Some(dictionary! { "O" => "Table", "Summary" => text_string(text) })
            }
            (Role::List, _) => Some(dictionary! { "O" => "List", "ListNumbering" => "Disc" }),
            (Role::Figure, _) => self.bounds.map(|bounds| {
                let bounds: Vec<Object> = bounds.into_iter().map(Object::Real).collect();
                dictionary! { "O" => "Layout", "Placement" => "Block", "BBox" => bounds }
            }),
            _ => None,
        }
    }
}

fn number(value: usize) -> Object {
    Object::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}
