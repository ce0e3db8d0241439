//! What can be said about definitions beyond whether they load.

pub mod diff;
