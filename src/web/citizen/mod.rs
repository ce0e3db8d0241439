//! Everything a citizen sees: finding a service, the form assistant, the case afterwards.

pub mod fields;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
pub(crate) mod soundness;
pub mod view;
