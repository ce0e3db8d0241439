//! Starts for new definitions: files that work and say what to change, made
//! from a few answers.

mod form;
mod scenarios;
mod workflow;

pub use scenarios::scenarios;

use std::collections::BTreeSet;

use super::format;
use super::language::FileKind;
use crate::catalogue::{Department, decode_departments, is_id};
use crate::source::{FileId, Node, Report, SourceFile, read_yaml};
use crate::text::{Language, Text};

/// What there is already, as far as new definitions refer to it.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// Departments with their queues.
    pub departments: Vec<Department>,
    /// Workflows: id, title, and the names of their parameters.
    pub workflows: Vec<KnownWorkflow>,
    /// Groups of field libraries, as `library.group`.
    groups: BTreeSet<String>,
    paths: BTreeSet<String>,
}

/// A workflow that exists.
#[derive(Clone, Debug)]
pub struct KnownWorkflow {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Text,
    params: BTreeSet<String>,
}

impl Surroundings {
    /// Looks through definition files; those with mistakes are passed over.
    pub fn of(files: &[SourceFile]) -> Surroundings {
        let mut found = Surroundings::default();
        for file in files {
            found.paths.insert(file.path.clone());
            let Some(kind) = FileKind::of_path(&file.path) else {
                continue;
            };
            let Some(node) = read_yaml(FileId(0), &file.text, &mut Report::default()) else {
                continue;
            };
            match kind.name {
                "departments" => {
                    found.departments = decode_departments(&node, &mut Report::default());
                }
                "workflow" => found.workflows.extend(known_workflow(&node)),
                "library" => found.groups.extend(groups(&node)),
                _ => {}
            }
        }
        found
    }

    fn has_group(&self, name: &str) -> bool {
        self.groups.contains(name)
    }
}

fn keys(node: Option<&Node>) -> BTreeSet<String> {
    let entries = node.and_then(Node::as_map).unwrap_or_default();
    entries.iter().map(|(key, _)| key.text.clone()).collect()
}

fn known_workflow(node: &Node) -> Option<KnownWorkflow> {
    let id = node.get("id")?.as_text()?.to_owned();
    let title = node.get("title");
    let word = |key: &str| {
        title
            .and_then(|title| title.get(key))
            .and_then(Node::as_text)
            .map(str::to_owned)
    };
    let de = word("de").or_else(|| title.and_then(Node::as_text).map(str::to_owned));
    Some(KnownWorkflow {
        title: Text {
            de: de.unwrap_or_else(|| id.clone()),
            en: word("en"),
        },
        params: keys(node.get("params")),
        id,
    })
}

fn groups(node: &Node) -> Vec<String> {
    let id = node.get("id").and_then(Node::as_text).unwrap_or_default();
    keys(node.get("groups"))
        .iter()
        .map(|group| format!("{id}.{group}"))
        .collect()
}

/// What is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A form that uses a workflow there is.
    Form,
    /// A workflow with its letters.
    Workflow,
    /// A form with a workflow of its own.
    Service,
}

/// Who applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Applicant {
    /// A natural person.
    #[default]
    Person,
    /// A company, through somebody who acts for it.
    Company,
}

/// The answers a start is made from.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Id of the form or workflow.
    pub id: String,
    /// Title in both languages.
    pub title: Text,
    /// Department that works on it.
    pub department: String,
    /// Queue of the department.
    pub queue: String,
    /// Who applies.
    pub applicant: Applicant,
    /// The fee in euros, such as `25.00`.
    pub fee: Option<String>,
    /// Attachments asked for.
    pub attachments: Vec<Text>,
    /// The workflow of a form.
    pub workflow: String,
}

/// Why a start cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The id has signs ids do not have.
    #[error(
        "`{0}` cannot be an id: use small letters a-z, digits and `-`, beginning with a letter"
    )]
    BadId(String),
    /// The fee is no amount.
    #[error("`{0}` is not an amount: write for example 25.00")]
    BadFee(String),
    /// A file is there already.
    #[error("{0} is there already; choose another id or remove it")]
    Exists(String),
}

/// The files of a start, in canonical form.
///
/// # Errors
/// When an answer cannot be used, or a file is there already.
pub fn start(
    what: What,
    answers: &Answers,
    around: &Surroundings,
) -> Result<Vec<SourceFile>, StartError> {
    if !is_id(&answers.id) {
        return Err(StartError::BadId(answers.id.clone()));
    }
    if let Some(fee) = &answers.fee
        && !is_amount(fee)
    {
        return Err(StartError::BadFee(fee.clone()));
    }
    let mut files = Vec::new();
    if what != What::Workflow {
        files.push(form::form(what, answers, around));
    }
    if what != What::Form {
        files.extend(workflow::workflow(answers));
    }
    for file in &mut files {
        if around.paths.contains(&file.path) {
            return Err(StartError::Exists(file.path.clone()));
        }
        let formatted = format::format(FileId(0), file, &mut Report::default());
        if let Some(text) = formatted {
            file.text = text;
        }
    }
    Ok(files)
}

fn is_amount(text: &str) -> bool {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |part: &str| {
        !part.is_empty() && part.len() < 10 && part.bytes().all(|b| b.is_ascii_digit())
    };
    digits(whole) && digits(cents) && cents.len() <= 2
}

/// A text in both languages as YAML.
fn texts(text: &Text) -> String {
    let quoted = |language| serde_json::Value::from(text.get(language)).to_string();
    format!(
        "{{ de: {}, en: {} }}",
        quoted(Language::De),
        quoted(Language::En)
    )
}

/// An id for a field from a title: `Copy of the ID card` becomes `copy_of_the_id_card`.
fn field_id(text: &str, taken: &mut BTreeSet<String>) -> String {
    let mut id = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || (c.is_ascii_digit() && !id.is_empty()) => id.push(c),
            _ if id.is_empty() || id.ends_with('_') => {}
            _ => id.push('_'),
        }
    }
    let id = id.trim_end_matches('_').to_owned();
    let id = if id.is_empty() {
        "attachment".to_owned()
    } else {
        id
    };
    let mut unique = id.clone();
    let mut count = 1;
    while !taken.insert(unique.clone()) {
        count += 1;
        unique = format!("{id}_{count}");
    }
    unique
}
