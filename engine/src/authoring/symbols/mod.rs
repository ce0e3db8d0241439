//! Every name of a set of definition files: where it is defined, where it is
//! used, and what may be written at a place. Editors go to definitions, list
//! uses, complete and rename with it.
//!
//! The index is made from the YAML trees, not from compiled definitions, so
//! that it knows the good parts of files with mistakes in them.

mod builder;
mod catalogue;
mod fields;
mod form;
mod letters;
mod rename;
mod scenarios;
mod states;
mod workflow;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::feel::Type;
use crate::feel::names::{Names, Shape};
use crate::source::{FileId, Offsets, Sources, Span};
use crate::text::Text;

pub use rename::{Edit, RenameError};

/// What kind of thing a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A service: `forms/<id>/form.yaml`.
    Form,
    /// A page of a form.
    Page,
    /// A field of a form, a library group or the form of an action.
    Field,
    /// An option of a choice.
    Choice,
    /// A check of a page.
    Check,
    /// A line of the fee.
    FeeLine,
    /// A field library.
    Library,
    /// A group of a field library.
    Group,
    /// A decision table.
    Table,
    /// An input of a decision table.
    Input,
    /// A data set.
    Data,
    /// A column of a data set.
    Column,
    /// A codelist.
    Codelist,
    /// A workflow.
    Workflow,
    /// A state of a workflow.
    State,
    /// An event of a workflow.
    Event,
    /// A role of a workflow.
    Role,
    /// A parameter of a workflow.
    Param,
    /// A variable of a workflow.
    Variable,
    /// A small form of a workflow's actions.
    ActionForm,
    /// A timer of a state.
    Timer,
    /// A document a workflow makes.
    Document,
    /// A flag of cases.
    Flag,
    /// A letter or mail.
    Letter,
    /// A department.
    Department,
    /// A queue of a department.
    Queue,
    /// A scenario, or a set of answers scenarios begin with.
    Scenario,
}

impl Kind {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Form => "form",
            Kind::Page => "page",
            Kind::Field => "field",
            Kind::Choice => "option",
            Kind::Check => "check",
            Kind::FeeLine => "fee line",
            Kind::Library => "field library",
            Kind::Group => "library group",
            Kind::Table => "decision table",
            Kind::Input => "input",
            Kind::Data => "data set",
            Kind::Column => "column",
            Kind::Codelist => "codelist",
            Kind::Workflow => "workflow",
            Kind::State => "state",
            Kind::Event => "event",
            Kind::Role => "role",
            Kind::Param => "parameter",
            Kind::Variable => "variable",
            Kind::ActionForm => "form of an action",
            Kind::Timer => "timer",
            Kind::Document => "document",
            Kind::Flag => "flag",
            Kind::Letter => "letter",
            Kind::Department => "department",
            Kind::Queue => "queue",
            Kind::Scenario => "scenario",
        }
    }

    /// Whether the name stands in expressions, where a `-` would be a minus.
    fn is_in_expressions(self) -> bool {
        matches!(
            self,
            Kind::Field | Kind::Input | Kind::Data | Kind::Column | Kind::Param | Kind::Variable
        )
    }
}

/// Number of a symbol in its [`Index`].
pub type SymbolId = u32;

/// One name with all that is known of it.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// What it is.
    pub kind: Kind,
    /// The name as it is written.
    pub name: String,
    /// The name with what is around it, such as `owner.birth_date`.
    pub path: String,
    /// Id of what it belongs to: the form, library group, workflow, department.
    pub owner: String,
    /// Its type as written, such as `date`; empty for what has none.
    pub type_name: String,
    /// Its type in expressions.
    pub ty: Option<Type>,
    /// What people read for it.
    pub label: Option<Text>,
    /// Where it is defined; several for events and letters.
    pub definitions: Vec<Span>,
    /// Why it cannot be renamed here.
    pub fixed: Option<&'static str>,
}

/// A place where a symbol is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Occurrence {
    /// The name's bytes.
    pub span: Span,
    /// The symbol.
    pub symbol: SymbolId,
    /// Whether it is defined here.
    pub definition: bool,
    /// Whether the span holds the name alone; else it is the value around it.
    pub exact: bool,
}

/// What may be written at a place.
#[derive(Clone, Debug)]
pub enum Wants {
    /// An expression over the names of these levels, the outermost first.
    Rule(Vec<Arc<Names>>),
    /// A cell of a decision table: its input, and the names beside it.
    Cell(Box<Shape>, Vec<Arc<Names>>),
    /// The path of a field over these names.
    Path(Arc<Names>),
    /// The name of a symbol of a kind; `owner` restricts it.
    Symbol(Kind, Option<String>),
    /// One of a few words.
    Word(&'static [&'static str]),
}

/// A place with what may be written there.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The value, or the rest of the line where nothing was written yet.
    pub span: Span,
    /// What may stand there.
    pub wants: Wants,
    /// The text that stands there, for expressions.
    pub text: String,
    /// Where its bytes are; none where they could not be followed.
    pub offsets: Option<Offsets>,
}

/// All symbols of a set of files.
#[derive(Debug, Default)]
pub struct Index {
    symbols: Vec<Symbol>,
    /// Sorted by place.
    occurrences: Vec<Occurrence>,
    slots: BTreeMap<Span, Slot>,
    /// The values of each letter from the top, for completion.
    letters: BTreeMap<FileId, Names>,
}

impl Index {
    /// Reads all files and follows every name.
    pub fn build(sources: &Sources) -> Index {
        builder::build(sources, None)
    }

    /// Follows the names a file can see, which is enough for what may be
    /// written in it: of the forms only its own is read, so that the time it
    /// takes does not grow with their number.
    pub fn build_around(sources: &Sources, file: FileId) -> Index {
        builder::build(sources, Some(file))
    }

    /// All symbols with their numbers.
    pub fn symbols(&self) -> impl Iterator<Item = (SymbolId, &Symbol)> {
        (0..).zip(&self.symbols)
    }

    /// A symbol by its number.
    pub fn symbol(&self, id: SymbolId) -> Option<&Symbol> {
        self.symbols.get(id as usize)
    }

    /// All places, sorted.
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.occurrences
    }

    /// The symbols named at a byte: several where a library or a letter is
    /// used by several services.
    pub fn symbols_at(&self, file: FileId, offset: u32) -> Vec<Occurrence> {
        let end = self
            .occurrences
            .partition_point(|o| (o.span.file, o.span.start) <= (file, offset));
        let touching = |o: &&Occurrence| o.span.file == file && o.span.end >= offset;
        let found = self.occurrences[..end].iter().rev().take(64);
        let mut found: Vec<Occurrence> = found.filter(touching).copied().collect();
        let shortest = found.iter().map(|o| o.span.end - o.span.start).min();
        found.retain(|o| Some(o.span.end - o.span.start) == shortest);
        found
    }

    /// The first symbol named at a byte.
    pub fn symbol_at(&self, file: FileId, offset: u32) -> Option<SymbolId> {
        Some(self.symbols_at(file, offset).first()?.symbol)
    }

    /// Where a symbol is defined.
    pub fn definition_of(&self, id: SymbolId) -> &[Span] {
        self.symbol(id).map_or(&[], |s| s.definitions.as_slice())
    }

    /// Every place that names a symbol, its definitions included.
    pub fn references_of(&self, id: SymbolId) -> impl Iterator<Item = &Occurrence> {
        self.occurrences.iter().filter(move |o| o.symbol == id)
    }

    /// What may be written at a byte: the narrowest place around it.
    pub fn slot_at(&self, file: FileId, offset: u32) -> Option<&Slot> {
        let until = Span {
            file,
            start: offset,
            end: u32::MAX,
        };
        self.slots
            .range(..=until)
            .rev()
            .take_while(|(span, _)| span.file == file)
            .take(64)
            .find(|(span, _)| span.end >= offset)
            .map(|(_, slot)| slot)
    }

    /// All places with an expression or a fixed choice of what to write.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.values()
    }

    /// The values a letter can name, from the top.
    pub fn letter_names(&self, file: FileId) -> Option<&Names> {
        self.letters.get(&file)
    }

    /// The edits that give a symbol another name everywhere.
    ///
    /// # Errors
    /// When the name cannot be used, or something else would change by it.
    pub fn rename(
        &self,
        sources: &Sources,
        id: SymbolId,
        new_name: &str,
    ) -> Result<Vec<Edit>, RenameError> {
        rename::rename(self, sources, id, new_name)
    }
}
