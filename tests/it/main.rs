//! The application from outside: HTTP in, pages, mails, files and rows out.

mod api;
mod crash;
mod tidy;
mod town;
mod versions;
