//! The public key receipts are sealed with, so that anybody can check them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::desk::Desk;

/// Where the key is published.
pub const ADDRESS: &str = "/api/v1/seal";

/// The route of the key.
pub fn routes() -> Router<Arc<Desk>> {
    Router::new().route(ADDRESS, get(seal))
}

async fn seal(State(desk): State<Arc<Desk>>) -> impl IntoResponse {
    let key = desk.sealing.public_key();
    let body = json!({
        "keys": [{
            "key_id": key.key_id(),
            "algorithm": "Ed25519",
            "public_key": key.to_base64url(),
        }],
        "verify_url": format!("{}/de/verify", desk.public_url),
        "verify_command": format!("schalter verify --key {} FILE", key.to_base64url()),
    });
    // The key changes with the installation only; an hour spares questions.
    let cache = [(header::CACHE_CONTROL, "public, max-age=3600")];
    (cache, Json(body))
}
