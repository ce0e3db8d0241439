//! Reads definition files from folders, or those built into the program, and
//! hands their text to the engine. Keeps the current services and, by hash,
//! the older versions that cases are pinned to.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use engine::case::Millis;
use engine::definitions::{Definitions, Loaded, Service};
use engine::source::{Severity, SourceFile};
use include_dir::{Dir, include_dir};

use crate::clock::Clock;
use crate::portal::Portal;

static FORMS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/forms");
static WORKFLOWS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/workflows");
static CATALOGUE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/catalogue");

/// The folders a definitions folder has.
const FOLDERS: [&str; 3] = ["forms", "workflows", "catalogue"];
/// The kinds of files read from them.
const ENDINGS: [&str; 2] = ["yaml", "hbs"];

/// Definition files that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such folder.
    #[error("the definitions folder {} is missing; name a folder that holds forms/, workflows/ or catalogue/", .0.display())]
    Missing(PathBuf),
    /// The folder is there, definitions are not.
    #[error("there are no definitions in {}; the folder must hold forms/, workflows/ or catalogue/ with YAML files", .0.display())]
    Empty(PathBuf),
    /// A file or folder that cannot be read.
    #[error("the definitions in {} cannot be read: {source}", path.display())]
    Unreadable {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Definitions with errors; the text is the report of `schalter check`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

/// What `schalter check` and a refused start print: every finding, then their number.
pub fn report(loaded: Loaded, notes: bool) -> String {
    let Loaded {
        sources,
        definitions,
        mut report,
    } = loaded;
    let counted_notes = report.count(Severity::Note);
    if !notes {
        report
            .diagnostics
            .retain(|diagnostic| diagnostic.severity != Severity::Note);
    }
    format!(
        "{}{} services: {} errors, {} warnings, {counted_notes} notes\n",
        report.render(&sources),
        definitions.map_or(0, |all| all.services.len()),
        report.count(Severity::Error),
        report.count(Severity::Warning),
    )
}

/// Reads the definition files of `folders`; a file of a later folder replaces
/// one of the same path of an earlier folder. No folder means the built-in ones.
///
/// # Errors
/// When a folder or file cannot be read. Bytes that are no UTF-8 are for the
/// engine to report, at their place.
pub fn read(folders: &[PathBuf]) -> Result<Vec<SourceFile>, ReadError> {
    let mut files = BTreeMap::new();
    if folders.is_empty() {
        for (name, dir) in [
            ("forms", &FORMS),
            ("workflows", &WORKFLOWS),
            ("catalogue", &CATALOGUE),
        ] {
            read_built_in(dir, name, &mut files);
        }
    }
    for folder in folders {
        if !folder.is_dir() {
            return Err(ReadError::Missing(folder.clone()));
        }
        let mut here = BTreeMap::new();
        for name in FOLDERS {
            let below = folder.join(name);
            if below.is_dir() {
                read_folder(&below, name, &mut here)?;
            }
        }
        if here.is_empty() {
            return Err(ReadError::Empty(folder.clone()));
        }
        files.append(&mut here);
    }
    Ok(files
        .into_iter()
        .map(|(path, text)| SourceFile { path, text })
        .collect())
}

fn read_built_in(dir: &Dir<'_>, prefix: &str, files: &mut BTreeMap<String, String>) {
    for file in dir.files() {
        let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) else {
            continue;
        };
        if is_definition(file.path()) {
            files.insert(format!("{prefix}/{path}"), text.to_owned());
        }
    }
    for below in dir.dirs() {
        read_built_in(below, prefix, files);
    }
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, String>,
) -> Result<(), ReadError> {
    let failed = |path: &Path, source| ReadError::Unreadable {
        path: path.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let below = format!("{prefix}/{name}");
        if path.is_dir() {
            read_folder(&path, &below, files)?;
        } else if is_definition(&path) {
            let bytes = std::fs::read(&path).map_err(|error| failed(&path, error))?;
            files.insert(below, SourceFile::decode(bytes));
        }
    }
    Ok(())
}

fn is_definition(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending))
}

/// The services a node offers, and the versions its cases are pinned to.
///
/// Sets of definitions that take effect in the future are compiled ahead: at
/// their moment [`Catalog::current`] answers with them, on every node at once
/// and without anybody doing anything.
pub struct Catalog {
    clock: Clock,
    schedule: RwLock<Arc<Schedule>>,
    pinned: RwLock<HashMap<String, Arc<Service>>>,
    /// What the portal makes of each set of the schedule.
    portals: RwLock<Vec<Arc<Portal>>>,
    drafts_follow: AtomicBool,
    /// Published sets this program cannot load, with their reports.
    broken: Mutex<BTreeMap<String, String>>,
}

/// Which definitions hold from when.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// What holds before anything published does.
    pub first: Arc<Definitions>,
    /// Published sets by the moment they take effect.
    pub published: Vec<Scheduled>,
}

/// A published set, compiled.
#[derive(Clone, Debug)]
pub struct Scheduled {
    /// From when it holds.
    pub valid_from: Millis,
    /// Its hash.
    pub set: String,
    /// Its services.
    pub definitions: Arc<Definitions>,
}

impl Catalog {
    /// A catalog of definitions that were loaded without errors.
    pub fn new(clock: Clock, schedule: Schedule) -> Catalog {
        let catalog = Catalog {
            clock,
            schedule: RwLock::new(Arc::new(schedule)),
            pinned: RwLock::new(HashMap::new()),
            portals: RwLock::new(Vec::new()),
            broken: Mutex::new(BTreeMap::new()),
            drafts_follow: AtomicBool::new(false),
        };
        catalog.pin_all(&catalog.schedule());
        catalog.open_portals(&catalog.schedule());
        catalog
    }

    /// From now on drafts go on with the newest version of their service, as
    /// the preview wants it.
    pub fn let_drafts_follow(&self) {
        self.drafts_follow.store(true, Ordering::Relaxed);
    }

    /// The version a draft of a service goes on with, where drafts follow.
    pub fn followed(&self, service: &str) -> Option<Arc<Service>> {
        let follow = self.drafts_follow.load(Ordering::Relaxed);
        follow.then(|| self.current().services.get(service).cloned())?
    }

    /// The definitions new drafts are made with now.
    pub fn current(&self) -> Arc<Definitions> {
        let schedule = self.schedule();
        let now = self.clock.now();
        let holds = schedule
            .published
            .iter()
            .rev()
            .find(|set| set.valid_from <= now);
        Arc::clone(holds.map_or(&schedule.first, |set| &set.definitions))
    }

    /// Which definitions hold from when, as far as it is known.
    pub fn schedule(&self) -> Arc<Schedule> {
        Arc::clone(&self.schedule.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a schedule in place of the present one, in one moment. Requests
    /// that have begun keep what they began with.
    pub fn replace(&self, schedule: Schedule) {
        self.pin_all(&schedule);
        self.open_portals(&schedule);
        *self
            .schedule
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(schedule);
    }

    /// The portal over the definitions that hold now.
    pub fn portal(&self) -> Arc<Portal> {
        let current = self.current();
        let portals = self.portals.read().unwrap_or_else(PoisonError::into_inner);
        let made = portals
            .iter()
            .find(|portal| Arc::ptr_eq(&portal.definitions, &current));
        match made {
            Some(portal) => Arc::clone(portal),
            // The schedule was replaced between the two looks.
            None => Arc::new(Portal::new(current)),
        }
    }

    /// Makes the portals of a schedule; those of sets that stay are kept.
    fn open_portals(&self, schedule: &Schedule) {
        let known = self
            .portals
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let sets = schedule.published.iter().map(|set| &set.definitions);
        let portals = std::iter::once(&schedule.first)
            .chain(sets)
            .map(|definitions| {
                let made = known
                    .iter()
                    .find(|portal| Arc::ptr_eq(&portal.definitions, definitions));
                made.cloned()
                    .unwrap_or_else(|| Arc::new(Portal::new(Arc::clone(definitions))))
            })
            .collect();
        *self.portals.write().unwrap_or_else(PoisonError::into_inner) = portals;
    }

    /// Keeps every version of a schedule for the drafts and cases made with it.
    fn pin_all(&self, schedule: &Schedule) {
        let sets = schedule.published.iter().map(|set| &set.definitions);
        let mut pinned = self.pinned.write().unwrap_or_else(PoisonError::into_inner);
        for definitions in std::iter::once(&schedule.first).chain(sets) {
            for service in definitions.services.values() {
                pinned
                    .entry(service.hash.clone())
                    .or_insert_with(|| Arc::clone(service));
            }
        }
    }

    /// The reports of published sets this program cannot load, by hash.
    pub fn broken(&self) -> BTreeMap<String, String> {
        self.broken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Remembers that a published set does not load, so that it is told once.
    pub fn note_broken(&self, set: &str, report: String) {
        self.broken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(set.to_owned(), report);
    }

    /// A version by its hash, if this node has compiled it already.
    pub fn pinned(&self, hash: &str) -> Option<Arc<Service>> {
        self.pinned
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .get(hash)
            .cloned()
    }

    /// Compiles the files of a bundle and keeps the service. `None` when they
    /// no longer load, which a stored bundle must never do.
    pub fn pin(&self, hash: &str, files: Vec<SourceFile>) -> Option<Arc<Service>> {
        let Loaded { definitions, .. } = Definitions::load(files);
        let service = definitions?
            .services
            .into_values()
            .find(|service| service.hash == hash)?;
        let mut pinned = self
            .pinned
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        pinned.insert(hash.to_owned(), Arc::clone(&service));
        Some(service)
    }
}
