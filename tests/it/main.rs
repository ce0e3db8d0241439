//! The application from outside: HTTP in, pages, mails, files and rows out.

mod api;
mod crash;
mod lsp;
mod preview;
mod tidy;
mod town;
