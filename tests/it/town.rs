//! A town to test with: the whole application on a real database, called
//! without a socket, with a clock that stands still.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use schalter::clock::Clock;
use schalter::config::{Config, Database};
use schalter::desk::accounts;
use schalter::wiring::App;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// Tuesday, 1 December 2026, 09:00 in Musterstadt.
pub(crate) const START: i64 = 1_796_112_000_000;
/// One day, where no clock is changed.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;
/// Password of every account of the test town.
pub(crate) const PASSWORD: &str = "korrekt-pferd-batterie";

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

/// The databases of this run; leaving PostgreSQL out has to be said.
#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
fn postgres_url() -> Option<String> {
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        return Some(url);
    }
    assert_eq!(
        std::env::var("SCHALTER_TEST_WITHOUT_POSTGRES").as_deref(),
        Ok("1"),
        "PostgreSQL is not tested: set TEST_POSTGRES_URL, or SCHALTER_TEST_WITHOUT_POSTGRES=1 to leave it out on purpose"
    );
    None
}

pub(crate) struct Town {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    folder: TempDir,
}

/// An answer as tests look at it.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(crate) fn location(&self) -> String {
        self.headers[header::LOCATION]
            .to_str()
            .expect("a location")
            .to_owned()
    }
}

impl Town {
    /// A fresh town; `None` when its database was left out on purpose.
    pub(crate) async fn on(on: On) -> Option<Town> {
        Town::with(on, Vec::new()).await
    }

    /// The same with definitions of one's own.
    pub(crate) async fn with(on: On, definitions: Vec<PathBuf>) -> Option<Town> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = settings(folder.path().to_owned());
        config.definitions = definitions;
        if on == On::Postgres {
            let url = store::testing::fresh_database(&postgres_url()?)
                .await
                .expect("a database");
            config.database = Database::Postgres {
                url: Some(url),
                url_file: None,
                connections: 5,
            };
        }
        let clock = Clock::standing_at(START);
        let app = App::build_with(config, clock.clone())
            .await
            .expect("the town starts");
        for (name, roles) in [
            ("gewerbe", vec!["public-order:intake", "public-order:clerk"]),
            (
                "gewerbe-leitung",
                vec!["public-order:clerk", "public-order:teamlead"],
            ),
            (
                "vhs",
                vec!["adult-education:clerk", "adult-education:provider"],
            ),
            (
                "buergerservice",
                vec!["citizen-services:clerk", "citizen-services:frontdesk"],
            ),
            (
                "kartografie",
                vec!["survey-cadastre:clerk", "survey-cadastre:fulfilment"],
            ),
        ] {
            let roles: Vec<String> = roles.into_iter().map(str::to_owned).collect();
            accounts::add(&app.desk, name, name, &roles, Some(PASSWORD.to_owned()))
                .await
                .expect("an account");
        }
        Some(Town { app, clock, folder })
    }

    /// Lets the worker do everything that is due.
    pub(crate) async fn work(&self) {
        let worker = Arc::clone(&self.app.worker);
        for _ in 0..100 {
            if !worker.round().await.expect("the worker works") {
                return;
            }
        }
        panic!("the worker finds no end");
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.router().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 64 * 1024 * 1024)
            .await
            .expect("a body")
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request"))
            .await
    }

    /// Submits answers over the API.
    pub(crate) async fn submit(&self, form: &str, key: &str, answers: &Value) -> Answer {
        let request = Request::post(format!("/api/v1/forms/{form}/submissions"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(Body::from(answers.to_string()))
            .expect("a request");
        self.send(request).await
    }

    /// Subjects and recipients of all mails so far, oldest first.
    pub(crate) async fn mails(&self) -> Vec<(String, String)> {
        let desk = &self.app.desk;
        let mut mails = desk
            .store
            .kept_mails(desk.tenant(), None, 200)
            .await
            .expect("mails");
        mails.reverse();
        mails
            .into_iter()
            .map(|mail| (mail.recipient, mail.subject))
            .collect()
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

fn settings(data: PathBuf) -> Config {
    let mut config = schalter::demo::settings(([127, 0, 0, 1], 0).into(), &data, Vec::new());
    config.public_url = "http://town.test".to_owned();
    config
}

/// The sample answers of a service.
pub(crate) fn sample(service: &str) -> Value {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/samples/{service}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the sample is readable"))
        .expect("the sample is JSON")
}

/// Runs a test on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let town = crate::town::Town::on(crate::town::On::Sqlite).await.expect("SQLite is always there");
                super::$name(town).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(town) = crate::town::Town::on(crate::town::On::Postgres).await {
                    super::$name(town).await;
                }
            })*
        }
    };
}
pub(crate) use on_both;
