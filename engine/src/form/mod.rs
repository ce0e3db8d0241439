//! Forms: what is asked, when, and what answers are good.
//!
//! A form file is decoded into a [`Form`] with everything wrong in a report.
//! The same model serves the pages ([`Evaluation::view`]), the check of answers
//! ([`check_page`], [`check`]) and what people read of them ([`sections`]).

mod answers;
mod appointment;
mod charge;
mod check;
mod checklist;
mod decode;
mod evaluate;
mod explain;
mod fields;
mod group_checks;
mod messages;
mod migrate;
mod model;
mod order;
mod outline;
mod pages;
mod parties;
pub(crate) mod paths;
mod places;
mod present;
mod publication;
mod rebase;
mod rules;
mod schema;
mod strict;
mod table_calls;
mod typed;
mod values;

pub use answers::{display_date, display_value};
pub use charge::fee;
pub use check::{CheckedAnswers, Finding, Findings, check, check_page, check_small};
pub use checklist::{Checklist, Need, Paper, Question, checklist};
pub use evaluate::{Env, Evaluation, FieldView, Limit};
pub use explain::{Subject, explain, explain_field, explanations};
pub use messages::{file_rules, limit_text};
pub use migrate::{FormMigration, FormPassage};
pub use model::*;
pub use parties::{PartiesRules, PartyRule, Shown, ShownPart, mail_address, shown_to};
pub use present::{Row, Section, date_text, display_tree, money_in_words, sections, size_text};
pub use publication::{ProcedureColumns, PublicationRules};
pub use rebase::{Rebased, rebase};
pub use schema::json_schema;
pub use strict::check_types;
pub use typed::is_email;

pub(crate) use decode::{check_group, decode_form};
pub(crate) use fields::AUTOCOMPLETE;
pub(crate) use group_checks::check_group_names;
pub(crate) use outline::{Group, Outline, Shared, TYPES, expand};
