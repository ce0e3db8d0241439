//! What can be known about definitions beyond that they can be loaded.

pub mod logic;
