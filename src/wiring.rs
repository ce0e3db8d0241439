//! Settings in, running program out: the only file that names every part.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tracing_subscriber::EnvFilter;

use crate::catalog::{Broken, Catalog};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::{Desk, publishing};
use crate::preflight;
use crate::secrets::ServerKey;
use crate::web;
use crate::web::demo::DemoPayments;
use crate::worker::Worker;

type Failure = Box<dyn Error + Send + Sync>;

/// Time given to running requests when the program is asked to stop.
const GRACE: Duration = Duration::from_secs(20);

/// A program ready to serve.
pub struct App {
    /// The settings it was made from.
    pub config: Config,
    /// The use cases.
    pub desk: Arc<Desk>,
    /// Delivers and keeps the time.
    pub worker: Arc<Worker>,
    router: Router,
}

impl App {
    /// Opens the database, loads the definitions, makes every part.
    ///
    /// # Errors
    /// When the database cannot be used, or the definitions have errors: the
    /// message is then the report of `schalter check`.
    pub async fn build(config: Config) -> Result<App, Failure> {
        App::build_with(config, Clock::System).await
    }

    /// The same with a clock of the caller's, for rehearsals.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn build_with(config: Config, clock: Clock) -> Result<App, Failure> {
        fs::create_dir_all(&config.data).map_err(|error| {
            format!(
                "the data folder {} cannot be made: {error}",
                config.data.display()
            )
        })?;
        let folders = publishing::from_folders(&config.definitions).await;
        if let Ok(definitions) = &folders {
            preflight::check(&config, definitions)?;
        }
        let store = store::Store::open(&config.store_settings()?).await?;
        for missing in config.town.missing() {
            tracing::warn!("letters are incomplete: set `{missing}` under [town]");
        }
        if config.migrate_at_start {
            store.migrate().await?;
        } else if !store.pending_migrations().await?.is_empty() {
            return Err(
                "the database is older than the program; run `schalter migrate --config FILE`"
                    .into(),
            );
        }
        let tenant = config.town.tenant.as_str();
        let schedule = publishing::at_start(&store, tenant, clock.now(), folders)
            .await
            .map_err(|error| match error {
                publishing::PublishError::Broken(report) => Failure::from(Broken(report)),
                other => other.into(),
            })?;
        let key = server_key(&config)?;
        let sealing = Arc::new(sealing_key(&key));
        let press = Arc::new(tokio::task::spawn_blocking(paper::Press::new).await??);
        let demo_payments = DemoPayments::default();
        let payments = config
            .demo
            .then(|| demo_payments.provider(&config.public_url));
        let desk = Arc::new(Desk {
            store,
            catalog: Catalog::new(clock.clone(), schedule),
            clock,
            key,
            town: config.town.clone(),
            public_url: config.public_url.clone(),
            press,
            sealing,
            payments,
            popular: Default::default(),
            wake: Notify::new(),
        });
        desk.follow_publications().await?;
        let mailer = mailer(&config)?;
        let worker = Arc::new(Worker::new(Arc::clone(&desk), mailer, &config.inbox)?);
        let router = web::router(Arc::clone(&desk), &config, demo_payments)?;
        Ok(App {
            config,
            desk,
            worker,
            router,
        })
    }

    /// The pages and the API, for tests that call them without a socket.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves until `stop` is done, then finishes what it has begun.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Failure> {
        let (tell, told) = watch::channel(false);
        let work = self
            .config
            .worker
            .then(|| tokio::spawn(Arc::clone(&self.worker).run(told.clone())));
        let folders = self.config.definitions.clone();
        let following = tokio::spawn(follow(Arc::clone(&self.desk), folders, told.clone()));
        let mut asked = told.clone();
        let service = self
            .router
            .into_make_service_with_connect_info::<std::net::SocketAddr>();
        let serving = tokio::spawn(
            axum::serve(listener, service)
                .with_graceful_shutdown(async move {
                    // An error means the sender is gone, which is a stop too.
                    let _stopped = asked.changed().await;
                })
                .into_future(),
        );
        stop.await;
        tell.send_replace(true);
        self.desk.wake.notify_waiters();
        match tokio::time::timeout(GRACE, serving).await {
            Ok(served) => served??,
            Err(_) => tracing::warn!("requests still running were cut off"),
        }
        following.abort();
        if let Some(work) = work {
            // A delivery cut off here is leased again after its lease.
            let _finished = tokio::time::timeout(GRACE, work).await;
        }
        Ok(())
    }
}

/// Follows what is published, and reads the folders anew when the process is
/// told to (SIGHUP). Whatever fails, the definitions in use stay.
async fn follow(desk: Arc<Desk>, folders: Vec<PathBuf>, mut stop: watch::Receiver<bool>) {
    let mut hangup = Hangup::new();
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(publishing::POLL) => {
                if let Err(error) = desk.follow_publications().await {
                    tracing::error!(error = chain(&error), "published definitions could not be looked up");
                }
            }
            () = hangup.received() => match desk.reload(&folders).await {
                Ok(reloaded) => tracing::info!("{reloaded}"),
                Err(error) => tracing::error!("nothing was reloaded, the definitions in use stay: {}", chain(&error)),
            },
            _ = stop.changed() => {}
        }
    }
}

/// The signal that asks for a reload; never comes where there is none.
struct Hangup {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangup {
    fn new() -> Hangup {
        Hangup {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    async fn received(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

fn mailer(config: &Config) -> Result<inbox::mail::Mailer, Failure> {
    Ok(match &config.mail {
        Some(settings) => settings.build()?,
        None => inbox::mail::Mailer::kept(inbox::mail::Person::new(
            config.town.email.as_str(),
            config.town.name.as_str(),
        ))?,
    })
}

fn server_key(config: &Config) -> Result<ServerKey, Failure> {
    let path = config
        .key_file
        .clone()
        .unwrap_or_else(|| config.data.join("server.key"));
    ServerKey::load(&path)
        .map_err(|error| format!("the key file {} cannot be used: {error}", path.display()).into())
}

/// The key receipts are sealed with, derived from the server key.
pub fn sealing_key(key: &ServerKey) -> paper::SealingKey {
    paper::SealingKey::from_bytes(&key.derive("seal/1"))
}

/// The public key of a town by its settings.
///
/// # Errors
/// When its key file cannot be used.
pub fn town_key(config: &Config) -> Result<paper::PublicKey, Failure> {
    Ok(sealing_key(&server_key(config)?).public_key())
}

/// A public key from its base64url text, as a town publishes it.
///
/// # Errors
/// When it is none.
pub fn public_key(text: &str) -> Result<paper::PublicKey, Failure> {
    Ok(paper::PublicKey::from_base64url(text.trim())?)
}

/// What a check of a receipt found, in one sentence.
pub fn verdict_text(verdict: &paper::Verdict) -> String {
    match verdict {
        paper::Verdict::True {
            reference,
            received_at,
            key_id,
        } => {
            let at = crate::clock::local(*received_at);
            format!("true receipt: case {reference}, received {at} (Europe/Berlin), key {key_id}")
        }
        paper::Verdict::Altered { what } => {
            let what = match what {
                paper::Altered::Seal => "its seal is",
                paper::Altered::Data => "the submission in it is",
                paper::Altered::Pages => "its pages, fonts, links or attachments are",
                _ => "something in it is",
            };
            format!("altered: this file was changed after it was sealed; {what} not as sealed")
        }
        paper::Verdict::UnknownKey { key_id } => {
            format!("unknown key {key_id}: not sealed by this town")
        }
        _ => "no receipt of Schalter: submission or seal is missing".to_owned(),
    }
}

/// Logs to standard error; `RUST_LOG` chooses what.
pub fn log() {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,schalter=info"));
    // A second call in one process (tests) keeps the first logger.
    let _first = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}

/// Done when the process is asked to stop.
pub async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        let Ok(mut terminate) =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        else {
            return interrupt.await;
        };
        tokio::select! {
            () = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}

/// An error with all its causes, each named once.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
