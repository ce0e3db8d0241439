//! The portal's pages over the shipped definitions, looked at for what is
//! wrong with their HTML.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;

use crate::clock::Clock;
use crate::web::citizen::soundness::mistakes;
use crate::wiring::App;

const PAGES: [&str; 15] = [
    "",
    "search",
    "search?q=Gewerbeschein",
    "search?q=Gewebeschein",
    "search?q=Raumschiff",
    "search?q=Standesamt",
    "a-z",
    "a-z/g",
    "portals/business",
    "situations/starting-a-business",
    "departments",
    "departments/public-order",
    "services/business-registration/checklist?legal_form=gmbh",
    "contact",
    "contact/sent",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_sound_html() {
    let folder = tempfile::tempdir().unwrap();
    let config = crate::demo::settings(([127, 0, 0, 1], 0).into(), folder.path(), Vec::new());
    // Tuesday, 1 December 2026, 09:00.
    let app = App::build_with(config, Clock::standing_at(1_796_112_000_000))
        .await
        .unwrap();
    let mut wrong = Vec::new();
    for language in ["de", "en"] {
        for page in PAGES {
            let path = format!("/{language}/{page}");
            let request = Request::get(&path).body(Body::empty()).unwrap();
            let response = app.router().oneshot(request).await.unwrap();
            let status = response.status();
            let body = to_bytes(response.into_body(), 4 * 1024 * 1024)
                .await
                .unwrap();
            // German and English begin their lists with other letters.
            if status != StatusCode::OK && page != "a-z/g" {
                wrong.push(format!("{path}: {status}"));
                continue;
            }
            let html = String::from_utf8(body.to_vec()).unwrap();
            wrong.extend(
                mistakes(&html)
                    .into_iter()
                    .map(|what| format!("{path}: {what}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
