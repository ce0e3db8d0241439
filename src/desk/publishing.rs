//! Which definitions are in use from when: published sets in the database,
//! else the folders of the settings.
//!
//! A set is taken over whole or not at all. Sets of the future are compiled
//! when they are published, so that a broken one is told long before its
//! moment, and so that every node switches in that moment by its clock.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::case::Millis;
use engine::definitions::{Definitions, Loaded, bundle_hash};
use engine::source::SourceFile;
use store::{Publication, Store, StoreError};
use uuid::Uuid;

use super::{Desk, DeskError};
use crate::catalog::{self, ReadError, Schedule, Scheduled};

/// How often each node looks for publications.
pub const POLL: Duration = Duration::from_secs(5);
/// How long before its moment a set must be published or withdrawn, so that
/// every node knows it in time: two looks.
pub const LEAD: Millis = 10_000;

/// Why definitions were not taken over. Those in use stay.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// They have errors; the report as `schalter check` shows it.
    #[error("the definitions have errors\n\n{0}")]
    Broken(String),
    /// The files cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The moment has passed.
    #[error(
        "{at} is in the past; what was in force then cannot be changed: leave --at out to publish now"
    )]
    Past {
        /// The moment, local.
        at: String,
    },
    /// Another set takes effect in that moment.
    #[error(
        "another set takes effect at {at}; choose another moment, or withdraw that one with `schalter unpublish`"
    )]
    MomentTaken {
        /// The moment, local.
        at: String,
    },
    /// The set is the one in force, and none is to come.
    #[error("nothing to publish: this set ({set}) is in force since {since}")]
    InForce {
        /// Its hash.
        set: String,
        /// Since when, local.
        since: String,
    },
    /// The database.
    #[error("the database did not do what was asked")]
    Store(#[from] StoreError),
    /// The work was cut off.
    #[error("the definitions could not be compiled")]
    Cut(#[from] tokio::task::JoinError),
}

/// What a reload did.
#[derive(Debug)]
pub struct Reloaded {
    /// Services on offer now.
    pub services: usize,
    /// The published set that is in force, and thus hides the folders.
    pub in_force: Option<String>,
}

impl fmt::Display for Reloaded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "definitions reloaded, {} services on offer",
            self.services
        )?;
        match &self.in_force {
            Some(set) => write!(
                out,
                "; the published set {set} is in force, not the folders"
            ),
            None => Ok(()),
        }
    }
}

/// Reads and compiles definition folders, or those built into the program.
///
/// # Errors
/// [`PublishError::Read`] and [`PublishError::Broken`].
pub async fn from_folders(folders: &[PathBuf]) -> Result<Arc<Definitions>, PublishError> {
    let folders = folders.to_vec();
    tokio::task::spawn_blocking(move || match folders.is_empty() {
        true => built_in(),
        false => compiled(engine::check::check(catalog::read(&folders)?)),
    })
    .await?
}

/// The definitions built into the program. They were checked when it was
/// built and never change, so that they are compiled once.
fn built_in() -> Result<Arc<Definitions>, PublishError> {
    static COMPILED: Mutex<Option<Arc<Definitions>>> = Mutex::new(None);
    let mut known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(definitions) = &*known {
        return Ok(Arc::clone(definitions));
    }
    let definitions = compiled(Definitions::load(catalog::read(&[])?))?;
    *known = Some(Arc::clone(&definitions));
    Ok(definitions)
}

/// Definitions without errors; else what `schalter check` says of them.
fn compiled(mut loaded: Loaded) -> Result<Arc<Definitions>, PublishError> {
    match loaded.definitions.take() {
        Some(definitions) if loaded.report.is_usable() => Ok(Arc::new(definitions)),
        definitions => {
            loaded.definitions = definitions;
            // Notes, such as amounts to verify, would hide the errors.
            Err(PublishError::Broken(catalog::report(loaded, false)))
        }
    }
}

/// Compiles a set kept in the database.
///
/// # Errors
/// [`PublishError::Broken`] where this program cannot load it.
pub async fn stored_set(
    store: &Store,
    tenant: &str,
    set: &str,
) -> Result<Arc<Definitions>, PublishError> {
    let files = store
        .definition_set(tenant, set)
        .await?
        .ok_or(StoreError::NotFound("definition set"))?;
    tokio::task::spawn_blocking(move || compiled(Definitions::load(files))).await?
}

/// What a node starts with: the published set in force, which must load, else
/// the folders, which must load then.
///
/// # Errors
/// Where neither can be used. A node does not fall back to other definitions
/// by itself: it would charge other fees than its neighbours.
pub async fn at_start(
    store: &Store,
    tenant: &str,
    now: Millis,
    folders: Result<Arc<Definitions>, PublishError>,
) -> Result<Schedule, PublishError> {
    let known = store.publications_from(tenant, now).await?;
    let in_force = known.first().filter(|one| one.valid_from <= now);
    let mut schedule = Schedule {
        first: Arc::new(Definitions::default()),
        published: Vec::new(),
    };
    match in_force {
        None => schedule.first = folders?,
        Some(publication) => {
            let definitions = stored_set(store, tenant, &publication.definition_set).await?;
            schedule.first = match folders {
                Ok(folders) => folders,
                Err(error) => {
                    tracing::warn!(
                        "the folders are not used, a published set is in force: {error}"
                    );
                    Arc::clone(&definitions)
                }
            };
            schedule.published.push(Scheduled {
                valid_from: publication.valid_from,
                set: publication.definition_set.clone(),
                definitions,
            });
        }
    }
    keep_bundles(store, tenant, &schedule.first, now).await?;
    Ok(schedule)
}

/// Stores the bundles of all services, so that what is made with them stays
/// readable for ever. Must come before anybody can make anything with them.
async fn keep_bundles(
    store: &Store,
    tenant: &str,
    definitions: &Definitions,
    now: Millis,
) -> Result<(), StoreError> {
    let kept: BTreeSet<String> = store.bundle_hashes(tenant).await?.into_iter().collect();
    let services = definitions.services.values();
    for service in services.filter(|service| !kept.contains(&service.hash)) {
        let files: Vec<(&str, &str)> = service
            .bundle
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_str()))
            .collect();
        let version = service.form.version.to_string();
        let files = serde_json::json!(files);
        let id = service.form.id.as_str();
        store
            .put_bundle(tenant, &service.hash, id, &version, &files, now)
            .await?;
    }
    Ok(())
}

/// Publishes a set: checks it, stores it, and says from when it holds. Without
/// a moment it holds as soon as every node can know of it.
///
/// # Errors
/// See [`PublishError`]; nothing is published then.
pub async fn publish(
    store: &Store,
    tenant: &str,
    files: Vec<SourceFile>,
    at: Option<Millis>,
    now: Millis,
) -> Result<Publication, PublishError> {
    if let Some(at) = at.filter(|at| *at < now) {
        return Err(PublishError::Past {
            at: crate::clock::shown(at),
        });
    }
    let mut sorted = files;
    sorted.sort_by(|one, other| one.path.cmp(&other.path));
    let set = bundle_hash(&sorted);
    let copy = sorted.clone();
    let definitions =
        tokio::task::spawn_blocking(move || compiled(engine::check::check(copy))).await??;

    let known = store.publications_from(tenant, now).await?;
    let valid_from = at.unwrap_or(now).max(now + LEAD);
    let same = known.iter().find(|one| one.valid_from == valid_from);
    if let Some(same) = same {
        return match same.definition_set == set {
            true => Ok(same.clone()),
            false => Err(PublishError::MomentTaken {
                at: crate::clock::shown(valid_from),
            }),
        };
    }
    // The one that will hold just before.
    let before = known.iter().rfind(|one| one.valid_from < valid_from);
    if let Some(before) = before.filter(|one| one.definition_set == set) {
        return Err(PublishError::InForce {
            set,
            since: crate::clock::shown(before.valid_from),
        });
    }
    store.put_definition_set(tenant, &set, &sorted, now).await?;
    keep_bundles(store, tenant, &definitions, now).await?;
    let publication = Publication {
        id: Uuid::now_v7(),
        definition_set: set,
        valid_from,
        published_at: now,
        withdrawn_at: None,
    };
    match store.publish(tenant, &publication).await {
        Ok(()) => Ok(publication),
        Err(StoreError::Conflict) => Err(PublishError::MomentTaken {
            at: crate::clock::shown(valid_from),
        }),
        Err(error) => Err(error.into()),
    }
}

impl Desk {
    /// Looks which sets are published and takes over what is new. A set that
    /// does not load is left out, with its report in the log once: the set
    /// before it stays in force.
    ///
    /// # Errors
    /// When the database cannot be asked; everything stays as it is then.
    pub async fn follow_publications(&self) -> Result<(), PublishError> {
        let known = self
            .store
            .publications_from(self.tenant(), self.clock.now())
            .await?;
        let present = self.catalog.schedule();
        let broken = self.catalog.broken();
        let known: Vec<_> = known
            .into_iter()
            .filter(|one| !broken.contains_key(&one.definition_set))
            .collect();
        let same = known.len() == present.published.len()
            && known.iter().zip(&present.published).all(|(one, other)| {
                one.valid_from == other.valid_from && one.definition_set == other.set
            });
        if same {
            return Ok(());
        }
        let mut published = Vec::new();
        for publication in known {
            let set = &publication.definition_set;
            let loaded = present.published.iter().find(|one| one.set == *set);
            let definitions = match loaded {
                Some(loaded) => Some(Arc::clone(&loaded.definitions)),
                None => self.take_set(&publication).await?,
            };
            published.extend(definitions.map(|definitions| Scheduled {
                valid_from: publication.valid_from,
                set: publication.definition_set.clone(),
                definitions,
            }));
        }
        // A set in force that is gone from the list was replaced by a broken
        // one: it goes on until there is one that loads.
        let now = self.clock.now();
        if !published.iter().any(|one| one.valid_from <= now) {
            let last = present.published.iter().rfind(|one| one.valid_from <= now);
            published.splice(0..0, last.cloned());
        }
        let first = Arc::clone(&present.first);
        self.catalog.replace(Schedule { first, published });
        Ok(())
    }

    async fn take_set(
        &self,
        publication: &Publication,
    ) -> Result<Option<Arc<Definitions>>, PublishError> {
        let set = publication.definition_set.as_str();
        match stored_set(&self.store, self.tenant(), set).await {
            Ok(definitions) => {
                let now = self.clock.now();
                keep_bundles(&self.store, self.tenant(), &definitions, now).await?;
                tracing::info!(
                    set,
                    services = definitions.services.len(),
                    from = crate::clock::shown(publication.valid_from),
                    "published definitions are ready"
                );
                Ok(Some(definitions))
            }
            Err(PublishError::Broken(report)) => {
                tracing::error!(
                    set,
                    from = crate::clock::shown(publication.valid_from),
                    "a published set does not load and is left out; the one before it stays in force\n{report}"
                );
                self.catalog.note_broken(set, report);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Puts definitions in the place of those from the folders; drafts and
    /// cases keep the versions they have.
    ///
    /// # Errors
    /// When the database does not keep them.
    pub async fn take_over(&self, first: Arc<Definitions>) -> Result<(), StoreError> {
        keep_bundles(&self.store, self.tenant(), &first, self.clock.now()).await?;
        let published = self.catalog.schedule().published.clone();
        self.catalog.replace(Schedule { first, published });
        Ok(())
    }

    /// Reads the definition folders anew, and what is published: all of it or
    /// nothing.
    ///
    /// # Errors
    /// Why the definitions in use stay.
    pub async fn reload(&self, folders: &[PathBuf]) -> Result<Reloaded, PublishError> {
        self.take_over(from_folders(folders).await?).await?;
        self.follow_publications().await?;
        let now = self.clock.now();
        let schedule = self.catalog.schedule();
        let in_force = schedule.published.iter().rfind(|one| one.valid_from <= now);
        Ok(Reloaded {
            services: self.catalog.current().services.len(),
            in_force: in_force.map(|one| one.set.clone()),
        })
    }
}

impl From<PublishError> for DeskError {
    fn from(error: PublishError) -> DeskError {
        match error {
            PublishError::Store(error) => error.into(),
            other => DeskError::Definition(other.to_string()),
        }
    }
}
