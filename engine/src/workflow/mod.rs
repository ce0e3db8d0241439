//! Workflows: statecharts, steps, timers and the business calendar.
//!
//! [`decode`] reads the YAML into a [`Workflow`]; [`step`] runs one event
//! through it. The core in [`interpret`] is the algorithm of W3C SCXML.

pub mod calendar;
pub mod chart;
mod decode;
mod definition;
mod host;
pub mod interpret;
mod migration;
mod names;
mod phase;
mod step;

pub use decode::decode;
pub(crate) use decode::{entered, reachable};
pub use definition::*;
pub(crate) use host::{migrated_vars, start_timers};
pub use migration::*;
pub(crate) use phase::{PARTIES, combined};
pub use step::*;

#[cfg(test)]
pub(crate) mod tests;
