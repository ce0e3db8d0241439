//! What Schalter decides: definitions, rules, validation, workflow steps and
//! the shape of a case.
//!
//! The crate is pure. It has no I/O, no clock, no randomness and no database:
//! text comes in, values and [`case::Decision`]s go out, and somebody else
//! performs them. `engine/clippy.toml` keeps it so.

pub mod appointment;
pub mod authoring;
pub mod case;
pub mod catalogue;
pub mod check;
pub mod definitions;
pub mod document;
pub mod feel;
pub mod form;
pub mod hours;
pub mod parallel;
pub mod portal;
pub mod source;
pub mod text;
pub mod workflow;
