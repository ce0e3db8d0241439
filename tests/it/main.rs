//! The application from outside: HTTP in, pages, mails, files and rows out.

mod api;
mod appointments;
mod authoring;
mod crash;
mod house;
mod lsp;
mod pages;
mod preview;
mod refusals;
mod tidy;
mod town;
mod versions;
mod visit;
