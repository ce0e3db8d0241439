//! Help for those who write definitions: the description of the language is
//! true, and what is made of it is right.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod corpus;
mod format;
mod language;
