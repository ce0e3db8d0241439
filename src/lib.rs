//! Schalter: form assistants and case workflows for cities.
//!
//! This crate is whoever calls: web pages, JSON API, command line and worker,
//! and the wiring. What is decided stands in `engine`; what is called in
//! `store`, `inbox` and `paper`. `ARCHITECTURE.md` walks through it.

pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod desk;
pub mod folder;
pub mod handbook;
pub mod lsp;
pub mod portal;
pub mod preflight;
pub mod preview;
pub mod secrets;
pub mod web;
pub mod wiring;
pub mod worker;
