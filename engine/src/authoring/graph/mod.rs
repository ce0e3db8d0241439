//! Drawings of definitions: a workflow with its states, roles and deadlines; a
//! form as a map of its pages. As SVG laid out here, and as Mermaid text.
//!
//! The drawing is a ladder: blocks stand one below the other, what can be done
//! in a state is a row of its block, and lines run in lanes beside the blocks.
//! So no text can lie on another, and no line runs through a block.

mod form;
mod mermaid;
mod svg;
mod workflow;

pub use form::of_form;
pub use mermaid::{form_mermaid, workflow_mermaid};
pub use svg::svg;
pub use workflow::of_workflow;

/// What is drawn, before it has a place.
#[derive(Clone, Debug, Default)]
pub struct Diagram {
    /// Heading, also the name for screen readers.
    pub title: String,
    /// What is seen, for screen readers.
    pub description: String,
    /// Blocks from top to bottom.
    pub blocks: Vec<Block>,
}

/// A state or a page.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Name lines lead to.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Texts below the heading.
    pub notes: Vec<String>,
    /// What leads away, or what is asked.
    pub rows: Vec<Row>,
    /// Blocks inside.
    pub children: Vec<Block>,
    /// What kind of block it is.
    pub look: Look,
    /// Whether it is where its surroundings begin.
    pub initial: bool,
}

/// How a block is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// A state or page.
    #[default]
    Plain,
    /// An end: a double border.
    Final,
    /// A place that is there only under a condition: a dashed border.
    Conditional,
    /// A page that is followed by the next: an arrow downwards.
    Step,
}

/// A line of a block.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What can be done or is asked.
    pub text: String,
    /// A condition or a remark, shown smaller.
    pub detail: Option<String>,
    /// The blocks lines lead to.
    pub targets: Vec<String>,
    /// Whether time, not a person, leads there.
    pub dashed: bool,
    /// How deep it lies in groups.
    pub depth: usize,
}
