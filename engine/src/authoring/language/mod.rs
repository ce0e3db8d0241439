//! The authoring language described once: every kind of file, every key with
//! its value, whether it is needed, and what it means.
//!
//! JSON Schemas ([`schema`]), the reference of the handbook ([`reference()`]),
//! completion and hover texts of editors ([`at`]) and the order of keys in
//! formatted files all come from here. `engine/tests/authoring.rs` compares
//! the description with what the decoders really ask for, key by key.

mod action;
mod calendar;
mod catalogue;
mod decision;
mod expect;
mod field;
mod form;
mod place;
mod portal;
mod reference;
mod scenarios;
mod schema;
mod workflow;

pub use field::FIELD;
pub use place::{Met, Place, Spot, at, fit, walk};
pub use reference::reference;
pub use schema::{file_name, schema};

use crate::source::Node;

/// What a value of the language is.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// The line `schalter: form/1` that says what a file is.
    Header,
    /// An id this place declares; others refer to it.
    Id(Reference),
    /// The id of something declared elsewhere.
    Name(Reference),
    /// A text that is not translated.
    Text,
    /// Anything, as the thing it is compared with or given to wants it.
    Any,
    /// A text a person reads: `{ de: …, en: … }`, or one text for German only.
    Texts,
    /// `true` or `false`.
    Boolean,
    /// Only `true`.
    True,
    /// A whole number.
    Integer,
    /// A date such as `2026-01-31`.
    Date,
    /// A duration of years, months and days such as `P10Y`.
    Duration,
    /// A size such as `10 MB`.
    Size,
    /// A regular expression.
    Pattern,
    /// Any single value; the place says of which type.
    Scalar,
    /// Nothing: `null`.
    Nothing,
    /// A rule; the word says what it yields.
    Rule(&'static str),
    /// A cell of a decision table.
    Cell,
    /// One of these words, each with its meaning.
    Words(&'static [(&'static str, &'static str)]),
    /// One of many words that need no explanation.
    Tokens(fn() -> Vec<&'static str>),
    /// A list.
    List(&'static Value),
    /// One, or a list of them.
    OneOrList(&'static Value),
    /// A map with fixed keys.
    Map(&'static Shape),
    /// Some keys of a map with fixed keys, to replace those given elsewhere.
    Changes(&'static Shape),
    /// A map whose keys are names of one's own.
    Entries(Reference, &'static Value),
    /// One of several kinds of values.
    Either(&'static [Value]),
}

/// What a name refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// The file itself: its folder or file name.
    File,
    /// A page of the form.
    Page,
    /// A field, by its id or by a path such as `owner.birth_date`.
    Field,
    /// A check of a page.
    Check,
    /// A line of the fee.
    FeeLine,
    /// A party of the form.
    Party,
    /// An option of a choice.
    Choice,
    /// A department of the catalogue.
    Department,
    /// A queue of the department beside it.
    Queue,
    /// A group of a field library: `library.group`.
    Group,
    /// A group of this library.
    OwnGroup,
    /// A codelist.
    Codelist,
    /// A data set.
    Data,
    /// A column of this data set.
    Column,
    /// A decision table.
    Table,
    /// An input of a decision table.
    Input,
    /// A workflow.
    Workflow,
    /// A parameter of a workflow.
    Param,
    /// A variable of this workflow.
    Variable,
    /// A role of this workflow, or `applicant` or `system`.
    Role,
    /// A small form of this workflow.
    SmallForm,
    /// A state of this workflow.
    State,
    /// A state of an older version of this workflow.
    OldState,
    /// A field of the version before.
    OldField,
    /// An event of this workflow.
    Event,
    /// A timer of a state.
    Timer,
    /// A letter or mail under `workflows/letters`.
    Letter,
    /// A document some action orders.
    Document,
    /// A mark on the case.
    Flag,
    /// The name of the item a fee line runs over.
    Item,
    /// A portal (an area of life) services are listed under.
    Portal,
    /// A set of answers scenarios begin with.
    AnswerSet,
    /// A label people read, such as that of a line of the fee.
    Label,
    /// A scenario, or a set of answers.
    Scenario,
    /// A language by its tag.
    Language,
}

/// Whether a key may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// May be left out.
    Optional,
    /// Must be there.
    Needed,
    /// Must be there in these variants of the map.
    NeededIn(&'static [&'static str]),
}

/// One key of a map.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
    /// Whether it may be left out.
    pub need: Need,
    /// What holds when it is left out.
    pub default: Option<&'static str>,
    /// What it means, in one or two sentences.
    pub doc: &'static str,
    /// How it may look.
    pub example: Option<&'static str>,
    /// The variants of the map that have it; empty means all.
    pub only: &'static [&'static str],
}

impl Key {
    const fn new(name: &'static str, value: Value, doc: &'static str) -> Key {
        Key {
            name,
            value,
            need: Need::Optional,
            default: None,
            doc,
            example: None,
            only: &[],
        }
    }

    const fn needed(mut self) -> Key {
        self.need = Need::Needed;
        self
    }

    const fn needed_in(mut self, variants: &'static [&'static str]) -> Key {
        self.need = Need::NeededIn(variants);
        self
    }

    const fn default(mut self, value: &'static str) -> Key {
        self.default = Some(value);
        self
    }

    const fn example(mut self, text: &'static str) -> Key {
        self.example = Some(text);
        self
    }

    const fn only(mut self, variants: &'static [&'static str]) -> Key {
        self.only = variants;
        self
    }

    /// Whether the variant of a map has this key.
    pub fn is_in(&self, variant: Option<&str>) -> bool {
        match variant {
            Some(variant) if !self.only.is_empty() => self.only.contains(&variant),
            _ => true,
        }
    }

    /// Whether the variant of a map must have this key.
    pub fn is_needed_in(&self, variant: Option<&str>) -> bool {
        match self.need {
            Need::Optional => false,
            Need::Needed => true,
            Need::NeededIn(all) => variant.is_some_and(|variant| all.contains(&variant)),
        }
    }
}

/// What decides which keys a map has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variants {
    /// All keys may stand there.
    None,
    /// The word under this key.
    By(&'static str),
    /// Whether this key stands there; the second word is for where it does not.
    With(&'static str, &'static str),
    /// The type of a field, or `use` where it takes the group of a library.
    Field,
    /// The type of a state, said or seen from its content.
    State,
    /// Exactly one of the keys stands there.
    OneKey,
}

/// A map with fixed keys.
#[derive(Debug)]
pub struct Shape {
    /// Short name, the anchor in the reference and in the schema.
    pub name: &'static str,
    /// Heading in the reference.
    pub title: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its keys in the order in which they are written.
    pub keys: &'static [Key],
    /// What decides which of them it has.
    pub variants: Variants,
    /// Exactly one of these keys stands there; empty where nothing of the kind holds.
    pub one_of: &'static [&'static str],
}

impl Shape {
    /// The key of a name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The variant a map is of; `None` where there are none, or it is not said yet.
    pub fn variant<'n>(&self, node: &'n Node) -> Option<&'n str> {
        let word = |key: &str| node.get(key).and_then(Node::as_text);
        match self.variants {
            Variants::None | Variants::OneKey => None,
            Variants::By(key) => word(key),
            Variants::With(key, without) => Some(match node.get(key) {
                Some(_) => key,
                None => without,
            }),
            Variants::Field if node.get("use").is_some() => Some("use"),
            Variants::Field => word("type"),
            Variants::State => word("type").or(Some(match node.get("states") {
                Some(_) => "compound",
                None => "atomic",
            })),
        }
    }

    /// The keys a variant has, in order.
    pub fn keys_of(&self, variant: Option<&str>) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().filter(move |key| key.is_in(variant))
    }

    /// The names of all variants.
    pub fn variant_names(&self) -> Vec<&'static str> {
        let words = |name: &str| match self.key(name).map(|key| key.value) {
            Some(Value::Words(words)) => words.iter().map(|(word, _)| *word).collect(),
            _ => Vec::new(),
        };
        match self.variants {
            Variants::None | Variants::OneKey => Vec::new(),
            Variants::By(key) => words(key),
            Variants::With(key, without) => vec![key, without],
            Variants::State => words("type"),
            Variants::Field => words("type").into_iter().chain(["use"]).collect(),
        }
    }
}

/// A kind of definition file.
#[derive(Debug)]
pub struct FileKind {
    /// Its name on the command line.
    pub name: &'static str,
    /// The value of `schalter:`.
    pub header: &'static str,
    /// Where its files lie; `*` stands for the id.
    pub path: &'static str,
    /// What stands at the top.
    pub shape: &'static Shape,
}

impl FileKind {
    /// The kind of a file by its path below the definitions folder.
    pub fn of_path(path: &str) -> Option<&'static FileKind> {
        KINDS.iter().find(|kind| kind.id_of(path).is_some())
    }

    /// The kind of a name on the command line.
    pub fn named(name: &str) -> Option<&'static FileKind> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The kind a file says it is, whatever its place.
    pub fn of_node(root: &Node) -> Option<&'static FileKind> {
        let header = root.get("schalter")?.as_text()?;
        KINDS.iter().find(|kind| kind.header == header)
    }

    /// The id a path gives a file of this kind.
    fn id_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        let Some((before, after)) = self.path.split_once('*') else {
            return (path == self.path).then_some("");
        };
        let id = path.strip_prefix(before)?.strip_suffix(after)?;
        (!id.is_empty() && !id.contains('/')).then_some(id)
    }
}

/// Every kind of definition file. A new kind is one more line here.
pub static KINDS: &[FileKind] = &[
    FileKind {
        name: "form",
        header: "form/1",
        path: "forms/*/form.yaml",
        shape: &form::FORM,
    },
    FileKind {
        name: "library",
        header: "library/1",
        path: "forms/lib/*.yaml",
        shape: &form::LIBRARY,
    },
    FileKind {
        name: "decision",
        header: "decision/1",
        path: "forms/fees/*.yaml",
        shape: &decision::DECISION,
    },
    FileKind {
        name: "scenarios",
        header: "scenarios/1",
        path: "forms/*/scenarios.yaml",
        shape: &scenarios::SCENARIOS,
    },
    FileKind {
        name: "workflow",
        header: "workflow/1",
        path: "workflows/*.yaml",
        shape: &workflow::WORKFLOW,
    },
    FileKind {
        name: "departments",
        header: "departments/1",
        path: "catalogue/departments.yaml",
        shape: &catalogue::DEPARTMENTS,
    },
    FileKind {
        name: "codelist",
        header: "codelist/1",
        path: "catalogue/codelists/*.yaml",
        shape: &catalogue::CODELIST,
    },
    FileKind {
        name: "data",
        header: "data/1",
        path: "catalogue/data/*.yaml",
        shape: &catalogue::DATA,
    },
    FileKind {
        name: "portals",
        header: "portals/1",
        path: "catalogue/portals.yaml",
        shape: &portal::PORTALS,
    },
    FileKind {
        name: "news",
        header: "news/1",
        path: "catalogue/news.yaml",
        shape: &portal::NEWS,
    },
    FileKind {
        name: "calendar",
        header: "calendar/1",
        path: "catalogue/calendars/*.yaml",
        shape: &calendar::CALENDAR,
    },
];

/// Keys many maps have: marks for the city.
const SAMPLE: Key = Key::new(
    "sample",
    Value::Boolean,
    "Marks an example the city replaces by its own; `schalter check --notes` lists it.",
)
.default("false");
const VERIFY: Key = Key::new(
    "verify",
    Value::Boolean,
    "Marks something the city should check; `schalter check --notes` lists it.",
)
.default("false");

const HEADER: Key = Key::new(
    "schalter",
    Value::Header,
    "Says what this file is. It stands first.",
)
.needed();
const FILE_ID: Key = Key::new(
    "id",
    Value::Id(Reference::File),
    "The id, the same as in the file's path: small letters a-z, digits, `-` and `_`.",
)
.needed();

/// Findings the file lives with; every kind of file may have it. It is read
/// by the checks, not by the decoders.
const ACCEPT: Key = Key::new(
    "accept",
    Value::List(&ACCEPTED_VALUE),
    "Findings of `schalter check` that are right as they are, each with a reason.",
);

static ACCEPTED_VALUE: Value = Value::Map(&ACCEPTED);

static ACCEPTED: Shape = Shape {
    name: "accepted",
    title: "Accepted finding",
    doc: "A warning of `schalter check` that stays, see [accepting](checks/accepting.md). It becomes a note that shows the reason.",
    keys: &[
        Key::new("code", Value::Text, "The code of the finding.")
            .needed()
            .example("no-deadline"),
        Key::new(
            "at",
            Value::Text,
            "Its place, by ids from the outside in; without it the whole file.",
        )
        .example("open.waiting_list"),
        Key::new("reason", Value::Text, "Why it is right.").needed(),
    ],
    variants: Variants::None,
    one_of: &[],
};

/// Every map with fixed keys that a kind of file is made of, in the order met.
pub fn shapes_of(kind: &FileKind) -> Vec<&'static Shape> {
    fn value(of: &Value, all: &mut Vec<&'static Shape>) {
        match of {
            Value::List(inner) | Value::OneOrList(inner) | Value::Entries(_, inner) => {
                value(inner, all);
            }
            Value::Either(several) => several.iter().for_each(|one| value(one, all)),
            Value::Map(shape) | Value::Changes(shape) => add(shape, all),
            _ => {}
        }
    }
    fn add(shape: &'static Shape, all: &mut Vec<&'static Shape>) {
        if all.iter().any(|known| known.name == shape.name) {
            return;
        }
        all.push(shape);
        shape.keys.iter().for_each(|key| value(&key.value, all));
    }
    let mut all = Vec::new();
    add(kind.shape, &mut all);
    all
}
