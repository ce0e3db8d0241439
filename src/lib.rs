//! Schalter: form assistants and case workflows for cities.

pub mod web;
