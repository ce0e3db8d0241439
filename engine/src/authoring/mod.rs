//! Help for people who write definitions: where every name is defined and
//! used, and what may stand at a place.

pub mod functions;
pub mod symbols;
