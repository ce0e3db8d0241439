//! The application from outside: HTTP in, pages, mails, files and rows out.

mod api;
mod tidy;
mod town;
