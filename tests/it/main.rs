//! The application from outside: HTTP in, pages, mails, files and rows out.

mod api;
mod appointments;
mod authoring;
mod crash;
mod few;
mod house;
mod lsp;
mod pages;
mod participation;
mod parties;
mod pipe;
mod portal;
mod preview;
mod refusals;
mod robot;
mod staffing;
mod tidy;
mod town;
mod versions;
mod visit;
