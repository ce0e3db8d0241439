//! Whether a receipt is genuine: upload the PDF, read the seal in it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::text::Language;
use paper::Verdict;

use super::view::{FactView, Problem, VerifyResult, VerifyView};
use crate::web::errors::PageError;
use crate::web::format;
use crate::web::site::Site;
use crate::web::visitor::{CheckedForm, Lang, Visitor};

/// Asks for the file.
pub async fn ask(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    visitor: Visitor,
) -> Result<Response, PageError> {
    show(
        &site,
        language,
        &visitor,
        VerifyView {
            result: None,
            problems: Vec::new(),
            error: None,
            key: published_key(&site, language),
        },
        StatusCode::OK,
    )
}

/// Checks a file; it is not kept.
pub async fn verify(
    State(site): State<Arc<Site>>,
    Lang(language): Lang,
    visitor: Visitor,
    mut form: CheckedForm,
) -> Result<Response, PageError> {
    let Some(file) = form.files.pop() else {
        let message = site.say(language, "verify.error_empty", &[]);
        let problems = vec![Problem {
            target: Some("file".to_owned()),
            message: message.clone(),
        }];
        let view = VerifyView {
            result: None,
            problems,
            error: Some(message),
            key: published_key(&site, language),
        };
        return show(
            &site,
            language,
            &visitor,
            view,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    };
    let key = site.desk.sealing.public_key();
    // Reading a PDF takes long enough to keep others waiting.
    let verdict = tokio::task::spawn_blocking(move || paper::check_receipt(&file.bytes, &[key]))
        .await
        .map_err(|error| PageError::failure(error.to_string()))?;
    let view = VerifyView {
        result: Some(result(&site, language, &verdict)),
        problems: Vec::new(),
        error: None,
        key: published_key(&site, language),
    };
    show(&site, language, &visitor, view, StatusCode::OK)
}

/// The key for those who would rather check by themselves.
fn published_key(site: &Site, language: Language) -> Vec<FactView> {
    let key = site.desk.sealing.public_key();
    [
        ("verify.key", key.key_id()),
        ("verify.public_key", key.to_base64url()),
    ]
    .into_iter()
    .map(|(label, value)| FactView {
        label: site.say(language, label, &[]),
        value,
    })
    .collect()
}

fn result(site: &Site, language: Language, verdict: &Verdict) -> VerifyResult {
    let fact = |key: &str, value: String| FactView {
        label: site.say(language, key, &[]),
        value,
    };
    match verdict {
        Verdict::True {
            reference,
            received_at,
            key_id,
        } => VerifyResult {
            genuine: true,
            kind: "genuine",
            facts: vec![
                fact("lookup.reference", reference.clone()),
                fact("verify.received", format::instant(language, *received_at)),
                fact("verify.key", key_id.clone()),
            ],
        },
        Verdict::Altered { .. } => VerifyResult {
            genuine: false,
            kind: "altered",
            facts: Vec::new(),
        },
        Verdict::UnknownKey { .. } => VerifyResult {
            genuine: false,
            kind: "unknown_key",
            facts: Vec::new(),
        },
        _ => VerifyResult {
            genuine: false,
            kind: "no_receipt",
            facts: Vec::new(),
        },
    }
}

fn show(
    site: &Site,
    language: Language,
    visitor: &Visitor,
    view: VerifyView,
    status: StatusCode,
) -> Result<Response, PageError> {
    let title = site.say(language, "verify.title", &[]);
    Ok((
        status,
        site.page(
            language,
            "citizen/verify",
            &title,
            Some(visitor),
            "verify",
            view,
        )?,
    )
        .into_response())
}
