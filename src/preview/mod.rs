//! `schalter preview`: the pages of a working folder, as citizens and clerks
//! see them, while its definitions are being written.
//!
//! It is the demo town on a folder that is removed at the end, with one thing
//! around it: the folder of definitions is watched, good definitions take the
//! place of the old ones at once, and what is wrong is shown on every page.

mod page;
mod pages;

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use engine::definitions::{Definitions, Loaded};
use engine::source::{Severity, suggest};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::page::Problems;
use crate::catalog;
use crate::cli::out::outln;
use crate::demo;
use crate::desk::accounts;
use crate::folder::{self, Stamp};
use crate::wiring::{self, App};

type Failure = Box<dyn Error + Send + Sync>;

/// How often the folder is looked at.
const PACE: Duration = Duration::from_millis(300);
/// How long running deliveries may take at the end.
const GRACE: Duration = Duration::from_secs(3);
/// Name of the account for trying the clerks' pages.
const ACCOUNT: &str = "vorschau";

/// What is asked for on the command line.
pub struct Wanted {
    /// Folder of definitions; several overlay each other.
    pub folders: Vec<PathBuf>,
    /// The form the first page leads to.
    pub form: Option<String>,
    /// Port on 127.0.0.1.
    pub port: Option<u16>,
}

/// What all pages of the preview know.
pub(crate) struct Preview {
    folders: Vec<PathBuf>,
    form: Option<String>,
    address: SocketAddr,
    data: TempDir,
    /// The town; none as long as the definitions were never good.
    town: RwLock<Option<Town>>,
    problems: RwLock<Arc<Problems>>,
    /// Counts what was read.
    generation: watch::Sender<u64>,
    /// Tells the worker to stop.
    stop: watch::Sender<bool>,
}

/// The demo town of a preview.
#[derive(Clone)]
struct Town {
    app: Arc<App>,
    password: Option<String>,
}

/// Definitions as they were read.
struct Found {
    definitions: Option<Definitions>,
    problems: Problems,
}

/// Serves the preview until it is stopped.
///
/// # Errors
/// When there are no definitions, the form asked for is not among them, or the
/// port is taken.
pub async fn run(wanted: Wanted) -> Result<(), Failure> {
    wiring::log();
    let seen = folder::stamps(&wanted.folders);
    if seen.is_empty() {
        return Err(
            "no definitions found; the folder must hold forms/, workflows/ or catalogue/".into(),
        );
    }
    let listener = demo::listen(wanted.port).await?;
    let address = listener.local_addr()?;
    let preview = Arc::new(Preview {
        folders: wanted.folders,
        form: wanted.form,
        address,
        data: tempfile::Builder::new()
            .prefix("schalter-preview-")
            .tempdir()?,
        town: RwLock::default(),
        problems: RwLock::default(),
        generation: watch::Sender::new(0),
        stop: watch::Sender::new(false),
    });
    let found = preview.read().await?;
    if let (Some(definitions), Some(form)) = (&found.definitions, &preview.form) {
        is_there(form, definitions)?;
    }
    preview.show(found).await?;
    preview.tell();
    let watching = tokio::spawn(Arc::clone(&preview).watch(seen));
    let outcome = preview.serve(listener).await;
    watching.abort();
    preview.end().await;
    outcome
}

fn is_there(form: &str, definitions: &Definitions) -> Result<(), Failure> {
    if definitions.services.contains_key(form) {
        return Ok(());
    }
    let known: Vec<&str> = definitions.services.keys().map(String::as_str).collect();
    let hint = suggest(form, known.iter().copied())
        .unwrap_or_else(|| format!("there are: {}", known.join(", ")));
    Err(format!("there is no form `{form}`; {hint}").into())
}

impl Preview {
    /// Reads and checks all files.
    async fn read(&self) -> Result<Found, Failure> {
        let folders = self.folders.clone();
        let found = tokio::task::spawn_blocking(move || {
            let files = match catalog::read(&folders) {
                Ok(files) => files,
                Err(error) => {
                    return Found {
                        definitions: None,
                        problems: Problems::unreadable(&wiring::chain(&error)),
                    };
                }
            };
            let Loaded {
                sources,
                definitions,
                report,
            } = engine::check::check(files);
            let usable = report.count(Severity::Error) == 0;
            Found {
                problems: Problems::of(&report, &sources),
                definitions: definitions.filter(|_| usable),
            }
        });
        Ok(found.await?)
    }

    /// Puts what was read in the place of what was there: the definitions only
    /// when they are good, the problems always.
    async fn show(&self, found: Found) -> Result<(), Failure> {
        if let Some(definitions) = found.definitions {
            match self.town() {
                Some(town) => {
                    town.app.desk.take_over(Arc::new(definitions)).await?;
                }
                None => self.open().await?,
            }
        }
        *self
            .problems
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(found.problems);
        self.generation.send_modify(|generation| *generation += 1);
        Ok(())
    }

    /// Opens the town when the definitions are good for the first time.
    async fn open(&self) -> Result<(), Failure> {
        let settings = demo::settings(self.address, self.data.path(), self.folders.clone());
        let app = Arc::new(App::build(settings).await?);
        app.desk.catalog.let_drafts_follow();
        let password = accounts::add(&app.desk, ACCOUNT, "Vorschau", &roles(&app), None).await?;
        tokio::spawn(Arc::clone(&app.worker).run(self.stop.subscribe()));
        let town = Town { app, password };
        *self.town.write().unwrap_or_else(PoisonError::into_inner) = Some(town);
        Ok(())
    }

    fn town(&self) -> Option<Town> {
        self.town
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn router(&self) -> Option<Router> {
        self.town().map(|town| town.app.router())
    }

    fn problems(&self) -> Arc<Problems> {
        Arc::clone(&self.problems.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks for changed files for ever.
    async fn watch(self: Arc<Self>, mut seen: BTreeMap<String, (PathBuf, Stamp)>) {
        loop {
            tokio::time::sleep(PACE).await;
            let folders = self.folders.clone();
            let Ok(now) = tokio::task::spawn_blocking(move || folder::stamps(&folders)).await
            else {
                continue;
            };
            if now == seen {
                continue;
            }
            seen = now;
            let shown = match self.read().await {
                Ok(found) => self.show(found).await,
                Err(error) => Err(error),
            };
            if let Err(error) = shown {
                tracing::error!(
                    "the definitions could not be shown: {}",
                    wiring::chain(&*error)
                );
            }
        }
    }

    async fn serve(self: &Arc<Self>, listener: TcpListener) -> Result<(), Failure> {
        let service =
            pages::router(Arc::clone(self)).into_make_service_with_connect_info::<SocketAddr>();
        tokio::select! {
            served = axum::serve(listener, service).into_future() => Ok(served?),
            () = wiring::stop_signal() => Ok(()),
        }
    }

    /// Lets the worker finish, so that the folder can be removed.
    async fn end(&self) {
        self.stop.send_replace(true);
        if let Some(town) = self.town() {
            town.app.desk.wake.notify_waiters();
            let stopped = async {
                while self.stop.receiver_count() > 0 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let _in_time = tokio::time::timeout(GRACE, stopped).await;
        }
    }

    fn tell(&self) {
        let address = self.address;
        if let Some(town) = self.town() {
            outln!(
                "preview of {} services; nothing is sent, everything is forgotten at the end",
                town.app.desk.catalog.current().services.len()
            );
            if let Some(password) = town.password {
                outln!("clerk pages: http://{address}/staff/login as {ACCOUNT} with {password}");
            }
            outln!("mails: http://{address}/demo/mails");
        } else {
            outln!("the definitions have errors; the pages appear when they are repaired");
        }
        if let Some(form) = &self.form {
            outln!("form: http://{address}/de/services/{form}");
        }
        outln!("listening on http://{address}");
    }
}

/// Every role of every department that has one, so that every step can be tried.
fn roles(app: &App) -> Vec<String> {
    let definitions = app.desk.catalog.current();
    let mut all = Vec::new();
    for department in &definitions.departments {
        let roles = accounts::roles_in(&definitions, &department.id);
        all.extend(roles.iter().map(|role| format!("{}:{role}", department.id)));
    }
    all
}
