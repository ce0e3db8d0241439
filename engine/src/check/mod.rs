//! What can be said about definitions beyond whether they load.

pub mod model;
pub mod scenario;
