//! Whether the process lives and whether it can work, for the programs that
//! watch it. Plain text, no language, nothing about the town.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::desk::Desk;

/// A database that takes longer than this to write one row is not ready.
const PATIENCE: Duration = Duration::from_secs(3);

/// `/live` and `/ready`.
pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/live", get(async || "live\n"))
        .route("/ready", get(ready))
}

/// 200 when the database takes a write and has the tables of this program, else 503.
async fn ready(State(desk): State<Arc<Desk>>) -> (StatusCode, &'static str) {
    let probe = async {
        desk.store.health(desk.clock.now()).await?;
        desk.store.pending_migrations().await
    };
    let not = |what| (StatusCode::SERVICE_UNAVAILABLE, what);
    match tokio::time::timeout(PATIENCE, probe).await {
        Ok(Ok(pending)) if pending.is_empty() => (StatusCode::OK, "ready\n"),
        Ok(Ok(_)) => not("not ready: the database needs `schalter migrate`\n"),
        Ok(Err(error)) => {
            let error = crate::wiring::chain(&error);
            tracing::warn!(error, "not ready: the database does not answer");
            not("not ready: the database does not answer\n")
        }
        Err(_) => not("not ready: the database answers too slowly\n"),
    }
}
