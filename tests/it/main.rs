//! The application from outside: HTTP in, pages, mails, files and rows out.

mod api;
mod authoring;
mod crash;
mod tidy;
mod town;
