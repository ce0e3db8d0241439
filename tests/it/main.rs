//! The application from outside: HTTP in, pages, mails, files and rows out.

mod api;
mod crash;
mod house;
mod tidy;
mod town;
