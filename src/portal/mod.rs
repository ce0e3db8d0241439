//! What the portal knows of a set of definitions, worked out once when they
//! are loaded: the search, the list from A to Z, what belongs to which area.

pub mod search;
