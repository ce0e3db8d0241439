//! Help for those who write definitions: one description of the language, and
//! what is made of it (schemas for editors, the reference of the handbook,
//! completion), the formatter, starts for new definitions, drawings, and where
//! every name is defined and used.

pub mod format;
pub mod functions;
pub mod graph;
pub mod language;
pub mod start;
pub mod symbols;
