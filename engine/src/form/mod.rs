//! Forms: what is asked, when, and what answers are good.
//!
//! A form file is decoded into a [`Form`] with everything wrong in a report.
//! The same model serves the pages, the check of answers and the receipt.

mod decode;
mod fields;
mod model;
mod order;
mod outline;
mod schema;
mod typed;

pub use model::*;
pub use schema::json_schema;

pub(crate) use decode::{check_group, decode_form};
pub(crate) use outline::{Group, Shared};
