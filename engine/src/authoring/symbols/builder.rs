//! Building the index: files are read, definitions come first, then what
//! refers to them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::scenarios::form_of;
use super::{Index, Kind, Occurrence, Slot, Symbol, SymbolId, Wants};
use crate::catalogue::decode_text;
use crate::definitions::Kind as FileKind;
use crate::feel::names::Shape;
use crate::feel::names::{Levels, Mention, Names, Spot, cell_mentions, mentions};
use crate::form::Shared;
use crate::source::{FileId, Key, Node, NodeKind, Offsets, Report, Sources, Span, read_yaml};
use crate::text::Text;

/// One file after reading.
pub(super) struct Read {
    pub(super) file: FileId,
    pub(super) kind: FileKind,
    pub(super) node: Option<Node>,
}

/// What a form gives to its letters.
pub(super) struct FormNames {
    pub(super) id: String,
    pub(super) workflow: String,
    pub(super) answers: Arc<Names>,
}

/// What a workflow gives to forms and letters.
#[derive(Default)]
pub(super) struct WorkflowNames {
    pub(super) params: Names,
    pub(super) vars: Names,
    /// The fields of all its small forms; several forms may have one of a name.
    pub(super) event: BTreeMap<String, Vec<Shape>>,
    pub(super) templates: Vec<String>,
    /// The small forms of each event.
    pub(super) forms_of: BTreeMap<String, Vec<String>>,
}

pub(super) struct Builder<'s> {
    pub(super) sources: &'s Sources,
    pub(super) index: Index,
    by_key: HashMap<(Kind, String), SymbolId>,
    seen: HashSet<(Span, SymbolId)>,
    /// Options of codelists by id.
    pub(super) codelists: HashMap<String, Arc<BTreeMap<String, SymbolId>>>,
    /// Data sets as names.
    pub(super) data: HashMap<String, Shape>,
    /// Fields of library groups.
    pub(super) groups: HashMap<String, Arc<Names>>,
    /// Checks of library groups by the form and the path they have there.
    pub(super) used_checks: HashMap<String, SymbolId>,
    pub(super) forms: Vec<FormNames>,
    pub(super) workflows: HashMap<String, WorkflowNames>,
    /// The workflow whose expressions are being read, for states they name.
    pub(super) workflow: Option<String>,
}

pub(super) fn build(sources: &Sources, around: Option<FileId>) -> Index {
    let mut report = Report::default();
    let around = around
        .and_then(|file| sources.file(file))
        .map(|file| file.path.as_str());
    let read: Vec<Read> = sources
        .iter()
        .map(|(file, source)| {
            let kind = FileKind::of(&source.path);
            let scenarios = form_of(&source.path).is_some();
            let yaml = scenarios || !matches!(kind, FileKind::Letter { .. } | FileKind::Other);
            let yaml = yaml
                && around
                    .is_none_or(|around| around == source.path || sees(around, &kind, scenarios));
            let node = yaml
                .then(|| read_yaml(file, &source.text, &mut report))
                .flatten();
            Read { file, kind, node }
        })
        .collect();
    let mut builder = Builder {
        sources,
        index: Index::default(),
        by_key: HashMap::new(),
        seen: HashSet::new(),
        codelists: HashMap::new(),
        data: HashMap::new(),
        groups: HashMap::new(),
        used_checks: HashMap::new(),
        forms: Vec::new(),
        workflows: HashMap::new(),
        workflow: None,
    };
    builder.all(&read);
    let mut index = builder.index;
    index.occurrences.sort_unstable();
    index
}

impl Builder<'_> {
    fn all(&mut self, read: &[Read]) {
        let nodes = || read.iter().filter_map(|r| Some((r, r.node.as_ref()?)));
        for (read, node) in nodes() {
            match &read.kind {
                FileKind::Departments => self.departments(node),
                FileKind::Codelist(id) => self.codelist(id, read.file, node),
                FileKind::Data(id) => self.data_set(id, read.file, node),
                FileKind::Table(id) => self.table(id, read.file, node),
                _ => {}
            }
        }
        for read in read {
            if let FileKind::Letter { id, .. } = &read.kind {
                self.letter_file(id, read.file);
            }
        }
        let shared = shared(read);
        for (read, node) in nodes() {
            if let FileKind::Library(id) = &read.kind {
                self.library_names(id, read.file, node, &shared);
            }
        }
        for (read, node) in nodes() {
            match &read.kind {
                FileKind::Library(id) => self.library_rules(id, node, &shared),
                FileKind::Workflow(id) => self.workflow(id, read.file, node),
                _ => {}
            }
        }
        for (read, node) in nodes() {
            if let FileKind::Form(id) = &read.kind {
                self.form(id, read.file, node, &shared);
            }
        }
        for (read, node) in nodes() {
            let path = self.sources.file(read.file).map(|file| file.path.as_str());
            if let Some(form) = path.and_then(form_of) {
                self.scenarios(form, node);
            }
        }
        self.letters(read);
    }

    // Symbols ------------------------------------------------------------------

    /// The symbol of a key, made where it is new.
    pub(super) fn symbol(&mut self, key: impl Into<String>, symbol: Symbol) -> SymbolId {
        let index = &mut self.index;
        *self
            .by_key
            .entry((symbol.kind, key.into()))
            .or_insert_with(|| {
                index.symbols.push(symbol);
                u32::try_from(index.symbols.len() - 1).unwrap_or(u32::MAX)
            })
    }

    /// The symbol of a key, if it is defined.
    pub(super) fn find(&self, kind: Kind, key: &str) -> Option<SymbolId> {
        self.by_key.get(&(kind, key.to_owned())).copied()
    }

    pub(super) fn symbol_mut(&mut self, id: SymbolId) -> Option<&mut Symbol> {
        self.index.symbols.get_mut(id as usize)
    }

    /// Notes that a symbol is defined at a place.
    pub(super) fn define(&mut self, id: SymbolId, span: Span, exact: bool) {
        if self.occur(id, span, true, exact)
            && let Some(symbol) = self.symbol_mut(id)
        {
            symbol.definitions.push(span);
        }
    }

    fn occur(&mut self, symbol: SymbolId, span: Span, definition: bool, exact: bool) -> bool {
        let new = self.seen.insert((span, symbol));
        if new {
            self.index.occurrences.push(Occurrence {
                span,
                symbol,
                definition,
                exact,
            });
        }
        new
    }

    pub(super) fn define_key(&mut self, id: SymbolId, key: &Key) {
        let (span, exact) = self.key_span(key);
        self.define(id, span, exact);
    }

    pub(super) fn define_node(&mut self, id: SymbolId, node: &Node) {
        let text = node.as_text().unwrap_or_default();
        let (span, exact) = self.part(node, 0, text.len());
        self.define(id, span, exact);
    }

    pub(super) fn refer_key(&mut self, id: Option<SymbolId>, key: &Key) {
        if let Some(id) = id {
            let (span, exact) = self.key_span(key);
            self.occur(id, span, false, exact);
        }
    }

    /// A reference that is the whole text of a node.
    pub(super) fn refer_node(&mut self, id: Option<SymbolId>, node: &Node) {
        let length = node.as_text().map_or(0, str::len);
        self.refer_part(id, node, 0, length);
    }

    pub(super) fn refer_part(
        &mut self,
        id: Option<SymbolId>,
        node: &Node,
        start: usize,
        end: usize,
    ) {
        if let Some(id) = id {
            let (span, exact) = self.part(node, start, end);
            self.occur(id, span, false, exact);
        }
    }

    pub(super) fn refer_span(&mut self, id: SymbolId, span: Span) {
        self.occur(id, span, false, true);
    }

    /// A key without its quotes.
    fn key_span(&self, key: &Key) -> (Span, bool) {
        let raw = self.text(key.span);
        if raw == key.text {
            return (key.span, true);
        }
        let inner = Span {
            start: key.span.start + 1,
            end: key.span.end.saturating_sub(1).max(key.span.start + 1),
            ..key.span
        };
        if self.text(inner) == key.text {
            (inner, true)
        } else {
            (key.span, false)
        }
    }

    /// A part of a scalar's text, exact where it can be followed.
    fn part(&self, node: &Node, start: usize, end: usize) -> (Span, bool) {
        let source = self.sources.file(node.span.file);
        let span = source
            .and_then(|source| node.offsets(&source.text))
            .and_then(|offsets| offsets.span(node, start, end));
        let wanted = node.as_text().and_then(|text| text.get(start..end));
        match span {
            Some(span) if Some(self.text(span)) == wanted => (span, true),
            _ => (node.span, false),
        }
    }

    fn text(&self, span: Span) -> &str {
        self.sources
            .file(span.file)
            .and_then(|file| file.text.get(span.start as usize..span.end as usize))
            .unwrap_or_default()
    }

    // Places -------------------------------------------------------------------

    /// Notes what may be written as the value of a key; the first who says so is right.
    pub(super) fn slot(&mut self, key: Option<&Key>, node: &Node, wants: Wants) {
        let source = self.sources.file(node.span.file);
        let span = match (key, &node.kind) {
            (Some(key), NodeKind::Null) => {
                let text = source.map_or("", |file| &file.text);
                let from = key.span.end as usize;
                let rest = text.get(from..).unwrap_or_default();
                let end = from + rest.find('\n').unwrap_or(rest.len());
                Span::new(node.span.file, from, end.max(node.span.end as usize))
            }
            _ => node.span,
        };
        let offsets: Option<Offsets> = source.and_then(|source| node.offsets(&source.text));
        self.index.slots.entry(span).or_insert_with(|| Slot {
            span,
            wants,
            text: node.as_text().unwrap_or_default().to_owned(),
            offsets,
        });
    }

    /// An expression: its names are followed.
    pub(super) fn rule(&mut self, key: Option<&Key>, node: &Node, levels: &Levels) {
        self.slot(key, node, Wants::Rule(levels.to_vec()));
        if let Some(found) = node.as_text().and_then(|text| mentions(text, levels)) {
            self.mentioned(node, found, levels);
        }
    }

    /// A cell of a decision table.
    pub(super) fn cell(&mut self, key: &Key, node: &Node, input: &Shape, levels: &Levels) {
        let wants = Wants::Cell(Box::new(input.clone()), levels.to_vec());
        self.slot(Some(key), node, wants);
        if let Some(found) = node
            .as_text()
            .and_then(|text| cell_mentions(text, input, levels))
        {
            self.mentioned(node, found, levels);
        }
    }

    fn mentioned(&mut self, node: &Node, found: Vec<Mention>, levels: &Levels) {
        for Mention { start, end, spot } in found {
            match spot {
                Spot::Symbol(id) => self.refer_part(Some(id), node, start, end),
                Spot::Function(_) => {}
                Spot::State(path) => {
                    let workflow = self.workflow.clone().unwrap_or_default();
                    self.state_path(node, start, &workflow, &path, &path);
                }
                Spot::Attachment(path) => {
                    let first = path.split('.').next().unwrap_or_default();
                    let level = levels.iter().rev().find(|names| names.contains_key(first));
                    let level = level.map(|names| (**names).clone());
                    self.field_path(node, start, &path, &level.unwrap_or_default());
                }
            }
        }
    }

    /// References of each part of a dotted path of fields.
    pub(super) fn field_path(&mut self, node: &Node, start: usize, path: &str, names: &Names) {
        let mut at = start;
        let mut level = names.clone();
        for part in path.split('.') {
            let Some(shape) = level.get(part).cloned() else {
                return;
            };
            self.refer_part(shape.symbol, node, at, at + part.len());
            at += part.len() + 1;
            level = (*shape.members).clone();
        }
    }
}

/// Whether a file matters for what can be written in another: forms do in
/// their own folder and in letters, scenarios nowhere else.
fn sees(around: &str, kind: &FileKind, scenarios: bool) -> bool {
    let folder = around
        .strip_prefix("forms/")
        .and_then(|rest| rest.split_once('/'));
    let service = around
        .strip_prefix("workflows/letters/")
        .map(|rest| rest.split_once('/'));
    match (kind, folder, service) {
        _ if scenarios => false,
        (FileKind::Form(id), Some((folder, _)), _) => id == folder,
        // A letter of one service, or one that any may send.
        (FileKind::Form(id), None, Some(Some((service, _)))) => id == service,
        (FileKind::Form(_), None, Some(None)) => true,
        (FileKind::Form(_), None, None) => false,
        _ => true,
    }
}

/// A symbol with the least that is known of one.
pub(super) fn named(kind: Kind, name: &str, owner: &str) -> Symbol {
    Symbol {
        kind,
        name: name.to_owned(),
        path: name.to_owned(),
        owner: owner.to_owned(),
        type_name: String::new(),
        ty: None,
        label: None,
        definitions: Vec::new(),
        fixed: None,
    }
}

/// The entry of a key, null values included.
pub(super) fn entry<'n>(node: &'n Node, key: &str) -> Option<(&'n Key, &'n Node)> {
    let (key, value) = node.as_map()?.iter().find(|(known, _)| known.text == key)?;
    Some((key, value))
}

/// The items of a list, or the node itself.
pub(super) fn items(node: &Node) -> &[Node] {
    node.as_list().unwrap_or(std::slice::from_ref(node))
}

/// What people read: a text, or the last of several by condition.
pub(super) fn label_of(node: &Node, key: &str) -> Option<Text> {
    let value = node.get(key)?;
    let value = value.as_list().map_or(Some(value), <[Node]>::last)?;
    if value.get("when").is_some() {
        return None;
    }
    decode_text(value, key, &mut Report::default())
}

/// Library groups, codelists and data for expanding forms.
fn shared(read: &[Read]) -> Shared<'_> {
    let mut shared = Shared::default();
    for Read { file, kind, node } in read {
        let (FileKind::Library(name), Some(node)) = (kind, node) else {
            continue;
        };
        for (group, node) in node
            .get("groups")
            .and_then(Node::as_map)
            .unwrap_or_default()
        {
            let fields = node.get("fields").and_then(Node::as_list);
            let group_node = crate::form::Group {
                title: label_of(node, "title"),
                fields: fields.unwrap_or_default(),
                checks: node
                    .get("checks")
                    .and_then(Node::as_list)
                    .unwrap_or_default(),
                file: *file,
            };
            shared
                .groups
                .insert(format!("{name}.{}", group.text), group_node);
        }
    }
    shared
}
