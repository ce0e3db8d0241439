//! All definition files together: dispatched by path, compiled, and bound into
//! [`Service`]s, each with the bundle of exactly the files it was made from.

pub(crate) mod letters;
mod notes;
mod remarks;
mod shared_letters;
mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use self::notes::CityNote;

use self::letters::{Letters, LettersByKey, check_letters, check_names};
use self::remarks::remark;
use self::shared_letters::Unanswered;
use self::targets::check_targets;
use crate::catalogue::{
    Codelist, DataSet, Department, decode_codelist, decode_data, decode_departments,
};
use crate::check::scenario::Scenarios;
use crate::document::letter::Letter;
use crate::form::{Form, Group, Shared, check_group, check_group_names, decode_form};
use crate::portal::{News, Portals, decode_news, decode_portals};
use crate::source::{
    Diagnostic, Fields, FileId, Node, Report, Severity, SourceFile, Sources, Span, read_yaml,
};
use crate::text::Language;
use crate::workflow::Workflow;

/// Everything that was read, with what is wrong with it.
#[derive(Debug)]
pub struct Loaded {
    /// The files, for showing diagnostics.
    pub sources: Sources,
    /// The definitions; absent when an error stands in the report.
    pub definitions: Option<Definitions>,
    /// All findings.
    pub report: Report,
}

/// Compiled definitions of a city.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// Services by id.
    pub services: BTreeMap<String, Arc<Service>>,
    /// Departments in the order of their file.
    pub departments: Vec<Department>,
    /// Calendars by id.
    pub calendars: BTreeMap<String, Arc<crate::appointment::Calendar>>,
    /// Scenarios by service. No part of a service: they change nothing.
    pub scenarios: BTreeMap<String, Arc<Scenarios>>,
    /// Areas, situations of life, favourites.
    pub portals: Portals,
    /// News in the order of their file.
    pub news: Vec<News>,
    /// What the city should look at, as `schalter check --notes` tells it.
    pub notes: Vec<CityNote>,
}

impl Definitions {
    /// The department of an id.
    pub fn department(&self, id: &str) -> Option<&Department> {
        self.departments
            .iter()
            .find(|department| department.id == id)
    }
}

/// A service: a form with its workflow and letters. Cases pin it by hash.
#[derive(Debug)]
pub struct Service {
    /// Questions, rules and what citizens read.
    pub form: Form,
    /// The workflow its cases run through.
    pub workflow: Arc<Workflow>,
    /// Letters and mails by id and language; those made for this service alone
    /// stand in place of the general ones.
    pub letters: BTreeMap<(String, Language), Arc<Letter>>,
    /// Exactly the files it was compiled from, sorted by path. Loaded alone
    /// they give the same service again.
    pub bundle: Vec<SourceFile>,
    /// Hex SHA-256 over the bundle.
    pub hash: String,
}

/// What a file is, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Form(String),
    Library(String),
    Table(String),
    Workflow(String),
    Letter {
        service: Option<String>,
        id: String,
        language: Language,
    },
    Departments,
    Codelist(String),
    Data(String),
    Portals,
    News,
    Calendar(String),
    Scenarios(String),
    Other,
}

impl Kind {
    pub(crate) fn of(path: &str) -> Kind {
        let yaml = |name: &str| name.strip_suffix(".yaml").map(str::to_owned);
        let parts: Vec<&str> = path.split('/').collect();
        let kind = match parts[..] {
            ["forms", "lib", name] => yaml(name).map(Kind::Library),
            ["forms", "fees", name] => yaml(name).map(Kind::Table),
            ["forms", id, "form.yaml"] => Some(Kind::Form(id.to_owned())),
            ["forms", id, "scenarios.yaml"] => Some(Kind::Scenarios(id.to_owned())),
            ["workflows", "letters", name] => letter(None, name),
            ["workflows", "letters", service, name] => letter(Some(service.to_owned()), name),
            ["workflows", name] => yaml(name).map(Kind::Workflow),
            ["catalogue", "departments.yaml"] => Some(Kind::Departments),
            ["catalogue", "portals.yaml"] => Some(Kind::Portals),
            ["catalogue", "news.yaml"] => Some(Kind::News),
            ["catalogue", "codelists", name] => yaml(name).map(Kind::Codelist),
            ["catalogue", "data", name] => yaml(name).map(Kind::Data),
            ["catalogue", "calendars", name] => yaml(name).map(Kind::Calendar),
            _ => None,
        };
        kind.unwrap_or(Kind::Other)
    }

    /// The value of `schalter:` in a file of this kind, and the id its path asks for.
    fn header(&self) -> Option<(&'static str, Option<&str>)> {
        Some(match self {
            Kind::Form(id) => ("form/1", Some(id)),
            Kind::Library(id) => ("library/1", Some(id)),
            Kind::Table(id) => ("decision/1", Some(id)),
            Kind::Workflow(id) => ("workflow/1", Some(id)),
            Kind::Departments => ("departments/1", None),
            Kind::Codelist(id) => ("codelist/1", Some(id)),
            Kind::Data(id) => ("data/1", Some(id)),
            Kind::Portals => ("portals/1", None),
            Kind::News => ("news/1", None),
            Kind::Calendar(id) => ("calendar/1", Some(id)),
            Kind::Scenarios(_) => ("scenarios/1", None),
            Kind::Letter { .. } | Kind::Other => return None,
        })
    }
}

fn letter(service: Option<String>, name: &str) -> Option<Kind> {
    let (id, tag) = name.strip_suffix(".hbs")?.rsplit_once('.')?;
    Some(Kind::Letter {
        service,
        id: id.to_owned(),
        language: Language::from_tag(tag)?,
    })
}

/// One file after reading.
pub(crate) struct Read {
    pub(crate) file: FileId,
    pub(crate) kind: Kind,
    /// The document of a YAML file of the right kind, without `accept:`.
    pub(crate) node: Option<Node>,
    /// What stands under `accept:`.
    pub(crate) accept: Option<Node>,
}

/// Everything further checks may look at: the files and what became of them.
pub(crate) struct Checked<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) read: &'a [Read],
    pub(crate) definitions: &'a Definitions,
    /// Workflows by id with their file, also those no form uses.
    pub(crate) workflows: &'a Workflows,
}

impl Definitions {
    /// Reads and compiles all definition files. Files that are not definitions
    /// (by their path) are left alone.
    pub fn load(files: Vec<SourceFile>) -> Loaded {
        Definitions::load_and(files, |_, _| {})
    }

    /// As [`Definitions::load`], with further checks over what was loaded.
    pub(crate) fn load_and(
        mut files: Vec<SourceFile>,
        further: impl FnOnce(&Checked<'_>, &mut Report),
    ) -> Loaded {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let sources = Sources::new(files);
        let mut report = Report::default();
        let read = read_files(&sources, &mut report);
        let (definitions, workflows) = compile(&sources, &read, &mut report);
        tidy(&mut report);
        let checked = Checked {
            sources: &sources,
            read: &read,
            definitions: &definitions,
            workflows: &workflows,
        };
        further(&checked, &mut report);
        tidy(&mut report);
        let notes = notes::of(&sources, &report);
        let definitions = report.is_usable().then_some(Definitions {
            notes,
            ..definitions
        });
        Loaded {
            sources,
            definitions,
            report,
        }
    }
}

/// Most findings of one file that are told, so that a file that is none at all
/// does not drown the others.
const MAX_FINDINGS: usize = 200;

/// A diagnostic of a library appears once, not once for each form using it.
fn tidy(report: &mut Report) {
    let mut seen = BTreeSet::new();
    report
        .diagnostics
        .retain(|d| seen.insert((d.span, d.code, d.message.clone())));
    report
        .diagnostics
        .sort_by_key(|d| (d.span.file, d.span.start));
    let mut counts: BTreeMap<FileId, usize> = BTreeMap::new();
    let mut more = Vec::new();
    report.diagnostics.retain(|diagnostic| {
        let count = counts.entry(diagnostic.span.file).or_default();
        *count += usize::from(diagnostic.severity != Severity::Note);
        if *count == MAX_FINDINGS + 1 && diagnostic.severity != Severity::Note {
            more.push(diagnostic.span);
        }
        *count <= MAX_FINDINGS || diagnostic.severity == Severity::Note
    });
    for span in more {
        let message =
            format!("more than {MAX_FINDINGS} findings in this file; the rest is left out");
        report.push(Diagnostic::error("too-many-findings", span, message));
    }
}

fn read_files(sources: &Sources, report: &mut Report) -> Vec<Read> {
    let mut all = Vec::new();
    for (file, source) in sources.iter() {
        let mut kind = Kind::of(&source.path);
        // What cannot be read is left alone, so that one report is enough.
        if kind != Kind::Other && !crate::source::is_utf8(file, &source.text, report) {
            kind = Kind::Other;
        }
        let mut accept = None;
        let node = kind.header().and_then(|(header, id)| {
            let mut node = read_yaml(file, &source.text, report)?;
            accept = crate::check::take_accept(&mut node);
            check_header(&node, header, id, report).then_some(node)
        });
        // Answers and passages of letters are no texts to translate.
        if let Some(node) = node
            .as_ref()
            .filter(|_| !matches!(kind, Kind::Scenarios(_)))
        {
            remark(node, None, report);
        }
        all.push(Read {
            file,
            kind,
            node,
            accept,
        });
    }
    all
}

fn check_header(node: &Node, header: &'static str, id: Option<&str>, report: &mut Report) -> bool {
    let Some(found) = node.get("schalter") else {
        let span = Span {
            end: node.span.start + 1,
            ..node.span
        };
        report.push(
            Diagnostic::error("missing-kind", span, "the file does not say what it is")
                .help(format!("begin it with `schalter: {header}`")),
        );
        return node.as_map().is_some();
    };
    if found.as_text() != Some(header) {
        report.push(
            Diagnostic::error(
                "wrong-kind",
                found.span,
                format!("in this folder files are of the kind `{header}`"),
            )
            .help(format!("write `schalter: {header}`, or move the file")),
        );
        return false;
    }
    if let (Some(id), Some(given)) = (id, node.get("id"))
        && given.as_text() != Some(id)
    {
        let given_text = given.as_text().unwrap_or_default();
        report.push(
            Diagnostic::error(
                "wrong-place",
                given.span,
                format!("the id is `{given_text}`, but the path says `{id}`"),
            )
            .help("rename one of them"),
        );
    }
    true
}

/// What forms share, decoded.
#[derive(Default)]
struct Catalogue {
    departments: Option<(FileId, Vec<Department>)>,
    codelists: Vec<(FileId, Codelist)>,
    data: Vec<(FileId, DataSet)>,
    portals: Option<Portals>,
    news: Vec<News>,
}

fn read_catalogue(read: &[Read], report: &mut Report) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for Read {
        file, kind, node, ..
    } in read
    {
        let Some(node) = node else { continue };
        match kind {
            Kind::Departments => {
                catalogue.departments = Some((*file, decode_departments(node, report)));
            }
            Kind::Codelist(_) => catalogue
                .codelists
                .extend(decode_codelist(node, report).map(|list| (*file, list))),
            Kind::Data(_) => catalogue
                .data
                .extend(decode_data(node, report).map(|set| (*file, set))),
            Kind::Portals => catalogue.portals = Some(decode_portals(node, report)),
            Kind::News => catalogue.news = decode_news(node, report),
            _ => {}
        }
    }
    let departments_there = read.iter().any(|read| read.kind == Kind::Departments);
    let first_form = read.iter().find(|read| matches!(read.kind, Kind::Form(_)));
    if let (false, Some(form)) = (departments_there, first_form) {
        let message = "`catalogue/departments.yaml` is missing: nobody would work the cases";
        report.push(Diagnostic::error(
            "missing-file",
            Span::new(form.file, 0, 1),
            message,
        ));
    }
    catalogue
}

/// Compiled workflows by id; `None` for those with errors of their own.
type Workflows = BTreeMap<String, (FileId, Option<Arc<Workflow>>)>;

fn compile(sources: &Sources, read: &[Read], report: &mut Report) -> (Definitions, Workflows) {
    let catalogue = read_catalogue(read, report);
    let mut shared = Shared {
        departments: catalogue
            .departments
            .as_ref()
            .map(|(file, list)| (*file, list.as_slice())),
        codelists: catalogue
            .codelists
            .iter()
            .map(|(file, list)| (list.id.clone(), (*file, list)))
            .collect(),
        data: catalogue
            .data
            .iter()
            .map(|(file, set)| (set.id.clone(), (*file, set)))
            .collect(),
        ..Shared::default()
    };
    for Read {
        file, kind, node, ..
    } in read
    {
        match (kind, node) {
            (Kind::Library(name), Some(node)) => {
                read_library(name, *file, node, &mut shared, report);
            }
            (Kind::Table(id), node) => {
                let table = node
                    .as_ref()
                    .and_then(|node| crate::feel::table::decode(node, report));
                shared
                    .tables
                    .insert(id.clone(), (*file, table.map(Arc::new)));
            }
            (Kind::Calendar(id), node) => {
                let ids: Option<Vec<&str>> = catalogue.departments.as_ref().map(|(_, list)| {
                    list.iter()
                        .map(|department| department.id.as_str())
                        .collect()
                });
                let calendar = node.as_ref().and_then(|node| {
                    crate::appointment::decode_calendar(node, ids.as_deref(), report)
                });
                let entry = (*file, calendar.map(Arc::new));
                shared.calendars.insert(id.clone(), entry);
            }
            (Kind::Workflow(id), node) => {
                let workflow = node
                    .as_ref()
                    .and_then(|node| crate::workflow::decode(node, report));
                let entry = (*file, workflow.map(Arc::new));
                shared.workflows.insert(id.clone(), entry);
            }
            _ => {}
        }
    }
    check_targets(read, &shared, report);
    let services = services(sources, read, &shared, report);
    check_portals(read, catalogue.portals.as_ref(), &services, report);
    let workflows = std::mem::take(&mut shared.workflows);
    let calendars = std::mem::take(&mut shared.calendars);
    drop(shared);
    let calendars = calendars
        .into_iter()
        .filter_map(|(id, (_, calendar))| Some((id, calendar?)))
        .collect();
    let departments = catalogue
        .departments
        .map(|(_, list)| list)
        .unwrap_or_default();
    let scenarios = read_scenarios(read, &services, &departments, report);
    let definitions = Definitions {
        services,
        departments,
        calendars,
        scenarios,
        portals: catalogue.portals.unwrap_or_default(),
        news: catalogue.news,
        notes: Vec::new(),
    };
    (definitions, workflows)
}

/// Portals forms name, and services the portal names.
fn check_portals(
    read: &[Read],
    portals: Option<&Portals>,
    services: &BTreeMap<String, Arc<Service>>,
    report: &mut Report,
) {
    for Read { kind, node, .. } in read {
        match (kind, node, portals) {
            (Kind::Form(_), Some(node), Some(portals)) => {
                crate::portal::check_form(node, portals, report);
            }
            (Kind::Portals | Kind::News, Some(node), _) => {
                crate::portal::check_services(node, services.keys().map(String::as_str), report);
            }
            _ => {}
        }
    }
}

/// Scenarios of services that could be compiled; of others there is nothing to say.
fn read_scenarios(
    read: &[Read],
    services: &BTreeMap<String, Arc<Service>>,
    departments: &[Department],
    report: &mut Report,
) -> BTreeMap<String, Arc<Scenarios>> {
    let queues: Vec<String> = departments
        .iter()
        .flat_map(|department| {
            let queues = department.queues.iter();
            queues.map(|queue| format!("{}/{}", department.id, queue.id))
        })
        .collect();
    let forms: Vec<&str> = read
        .iter()
        .filter_map(|read| match &read.kind {
            Kind::Form(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let mut all = BTreeMap::new();
    for Read { kind, node, .. } in read {
        let (Kind::Scenarios(id), Some(node)) = (kind, node) else {
            continue;
        };
        if !forms.contains(&id.as_str()) {
            let span = node.get("schalter").map_or(node.span, |node| node.span);
            report.push(crate::catalogue::unknown(
                "unknown-service",
                "service beside these scenarios: there is no form",
                id,
                forms.clone(),
                span,
            ));
            continue;
        }
        let Some(service) = services.get(id) else {
            continue;
        };
        let decoded = crate::check::scenario::decode(node, service, &queues, report);
        all.extend(decoded.map(|decoded| (id.clone(), Arc::new(decoded))));
    }
    all
}

fn services(
    sources: &Sources,
    read: &[Read],
    shared: &Shared<'_>,
    report: &mut Report,
) -> BTreeMap<String, Arc<Service>> {
    let needs = library_needs(read, shared, report);
    let letters = Letters::of(sources, read, report);
    let nodes: BTreeMap<FileId, &Node> = read
        .iter()
        .filter_map(|read| Some((read.file, read.node.as_ref()?)))
        .collect();
    let mut services = BTreeMap::new();
    let mut unanswered = Unanswered::default();
    for Read {
        file, kind, node, ..
    } in read
    {
        let (Kind::Form(_), Some(node)) = (kind, node) else {
            continue;
        };
        shared.used.borrow_mut().clear();
        shared.expanded.set(0);
        shared.uses(*file);
        let Some(form) = decode_form(node, shared, report) else {
            continue;
        };
        let mut used = closure(shared.used.take(), &needs);
        let Some((workflow_file, workflow)) = shared.workflows.get(&form.workflow.id) else {
            continue;
        };
        // Where the workflow leaves parties alone, the one for parties goes before it.
        let mut both = None;
        if let (Some(rules), Some(own)) = (&form.parties, workflow)
            && !own.invites_parties()
        {
            let Some(found) = party_phase(shared, &nodes, *workflow_file, rules.span, report)
            else {
                continue;
            };
            used.insert(found.0);
            both = Some((found.1, Arc::new(found.2)));
        }
        let node = both
            .as_ref()
            .map(|(node, _)| node)
            .or(nodes.get(workflow_file).copied());
        let letters = letters.for_service(&form.id, node);
        used.extend(letters.values().map(|(file, _)| *file));
        let workflow = both
            .as_ref()
            .map(|(_, workflow)| workflow)
            .or(workflow.as_ref());
        let Some(workflow) = workflow else { continue };
        if let Some(node) = node {
            check_letters(workflow, node, &letters, report);
        }
        check_names(sources, &form, workflow, &letters, report);
        unanswered.look(sources, &form, &letters);
        let service = service(sources, form, Arc::clone(workflow), letters, &used);
        services.insert(service.form.id.clone(), Arc::new(service));
    }
    unanswered.report(report);
    services
}

/// The workflow for parties and the form's own, put together.
fn party_phase(
    shared: &Shared<'_>,
    nodes: &BTreeMap<FileId, &Node>,
    own: FileId,
    at: Span,
    report: &mut Report,
) -> Option<(FileId, Node, Workflow)> {
    let phase = shared.workflows.get(crate::workflow::PARTIES);
    let Some((file, first)) = phase else {
        report.push(
            Diagnostic::error("party-phase", at, "this form has parties, but there is no workflow that waits for them")
                .help("add `workflows/parties.yaml`, or use `invite_parties` in the workflow of this form"),
        );
        return None;
    };
    first.as_ref()?;
    let (first, then) = (nodes.get(file)?, nodes.get(&own)?);
    let (node, workflow) = crate::workflow::combined(first, then, at, report)?;
    Some((*file, node, workflow))
}

fn read_library<'n>(
    name: &str,
    file: FileId,
    node: &'n Node,
    shared: &mut Shared<'n>,
    report: &mut Report,
) {
    let Some(keys) = Fields::of(node, "a library", report) else {
        return;
    };
    keys.get("schalter");
    keys.need_text("id", report);
    keys.texts("title", report);
    keys.need("groups", report);
    for (group, node) in keys.map("groups", report) {
        let Some(fields) = Fields::of(node, "a group of fields", report) else {
            continue;
        };
        let title = fields.texts("title", report);
        fields.need("fields", report);
        let list = fields.list("fields", report);
        let checks = fields.list("checks", report);
        check_group_names(list, checks, report);
        fields.bool("verify", report);
        fields.bool("sample", report);
        fields.finish("a group of fields", report);
        shared.groups.insert(
            format!("{name}.{}", group.text),
            Group {
                title,
                fields: list,
                checks,
                file,
            },
        );
    }
    keys.finish("a library", report);
}

/// The files each library needs, from looking at all its groups alone.
fn library_needs(
    read: &[Read],
    shared: &Shared<'_>,
    report: &mut Report,
) -> BTreeMap<FileId, BTreeSet<FileId>> {
    let mut needs: BTreeMap<FileId, BTreeSet<FileId>> = BTreeMap::new();
    for Read { file, kind, .. } in read {
        let Kind::Library(name) = kind else { continue };
        shared.used.borrow_mut().clear();
        shared.expanded.set(0);
        let prefix = format!("{name}.");
        for (_, group) in shared
            .groups
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
        {
            check_group(group, shared, report);
        }
        needs.insert(*file, shared.used.take());
    }
    needs
}

fn closure(
    mut used: BTreeSet<FileId>,
    needs: &BTreeMap<FileId, BTreeSet<FileId>>,
) -> BTreeSet<FileId> {
    let mut open: Vec<FileId> = used.iter().copied().collect();
    while let Some(file) = open.pop() {
        for next in needs.get(&file).into_iter().flatten() {
            if used.insert(*next) {
                open.push(*next);
            }
        }
    }
    used
}

fn service(
    sources: &Sources,
    form: Form,
    workflow: Arc<Workflow>,
    letters: LettersByKey,
    used: &BTreeSet<FileId>,
) -> Service {
    let mut bundle: Vec<SourceFile> = used
        .iter()
        .filter_map(|file| sources.file(*file).cloned())
        .collect();
    bundle.sort_by(|a, b| a.path.cmp(&b.path));
    let letters = letters
        .into_iter()
        .filter_map(|(key, (_, letter))| Some((key, letter?)))
        .collect();
    let hash = bundle_hash(&bundle);
    Service {
        form,
        workflow,
        letters,
        bundle,
        hash,
    }
}

/// Hex SHA-256 over paths and texts, each with its length before it, so that no
/// two bundles have the same bytes.
pub fn bundle_hash(bundle: &[SourceFile]) -> String {
    let mut hasher = Sha256::new();
    for file in bundle {
        for part in [&file.path, &file.text] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
    }
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        let written = write!(hex, "{byte:02x}");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }
    hex
}
