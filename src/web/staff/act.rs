//! What is done to a case from its page: actions of the workflow, notes,
//! assignments; and what is fetched from it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::case::{Attempt, again};
use super::filter::{Filter, encoded, with};
use super::list::case_address;
use super::session::{SignedIn, StaffError, StaffForm};
use crate::desk::DeskError;
use crate::desk::applicant::ReplyFile;
use crate::web::site::Site;

/// Longest note, in characters.
const LONGEST_NOTE: usize = 4000;
/// What a downloaded file may do should a browser show it: nothing (S30).
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

fn done(id: Uuid, filter: &Filter, what: &str) -> Response {
    Redirect::to(&with(&case_address(id, filter), "done", what)).into_response()
}

/// `POST /staff/cases/{id}/act/{event}`
///
/// # Errors
/// Not found, also for cases of other departments.
pub(super) async fn act(
    State(site): State<Arc<Site>>,
    Path((id, event)): Path<(Uuid, String)>,
    Query(filter): Query<Filter>,
    mut sent: StaffForm,
) -> Result<Response, StaffError> {
    let files = std::mem::take(&mut sent.form.files)
        .into_iter()
        .filter_map(|file| {
            Some(ReplyFile {
                path: file.control.strip_prefix("file.")?.to_owned(),
                name: file.name,
                bytes: file.bytes,
            })
        })
        .collect();
    let (who, revision) = (&sent.who, sent.revision());
    let outcome = site
        .desk
        .act_typed(
            &who.staff,
            id,
            &event,
            (&sent.form.pairs, files),
            revision,
            who.language,
        )
        .await;
    let attempt = Attempt {
        event: Some(event),
        pairs: sent.form.pairs,
        ..Attempt::default()
    };
    let attempt = match outcome {
        Ok(open) if who.staff.departments().contains(&open.case.department) => {
            return Ok(done(id, &filter, "act"));
        }
        Ok(_) => return Ok(Redirect::to(&with(&filter.list(), "done", "moved")).into_response()),
        Err(DeskError::Findings(findings)) => Attempt {
            findings: findings.0,
            ..attempt
        },
        Err(DeskError::Refused(refusal)) => Attempt {
            refusal: Some(refusal.text()),
            ..attempt
        },
        Err(DeskError::Changed) => Attempt {
            stale: Some(revision),
            ..attempt
        },
        Err(error) => return Err(error.into()),
    };
    again(&site, who, id, &filter, &attempt).await
}

/// `POST /staff/cases/{id}/note`
///
/// # Errors
/// Not found, also for cases of other departments.
pub(super) async fn note(
    State(site): State<Arc<Site>>,
    Path(id): Path<Uuid>,
    Query(filter): Query<Filter>,
    sent: StaffForm,
) -> Result<Response, StaffError> {
    let (who, revision) = (&sent.who, sent.revision());
    let text = sent.form.value("text").replace("\r\n", "\n");
    let problem = match text.trim().chars().count() {
        0 => Some(site.say(who.language, "staff.note.empty", &[])),
        1..=LONGEST_NOTE => None,
        _ => Some(site.say(
            who.language,
            "staff.note.long",
            &[("limit", LONGEST_NOTE.to_string())],
        )),
    };
    if problem.is_some() {
        let attempt = Attempt {
            note: Some(text),
            note_error: problem,
            ..Attempt::default()
        };
        return again(&site, who, id, &filter, &attempt).await;
    }
    match site.desk.note(&who.staff, id, text.trim(), revision).await {
        Ok(()) => Ok(done(id, &filter, "note")),
        Err(DeskError::Changed) => {
            let attempt = Attempt {
                note: Some(text),
                stale: Some(revision),
                ..Attempt::default()
            };
            again(&site, who, id, &filter, &attempt).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/cases/{id}/withhold`: off the public pages.
///
/// # Errors
/// Not found, also for cases of other departments and those not published.
pub(super) async fn withhold(
    State(site): State<Arc<Site>>,
    Path(id): Path<Uuid>,
    Query(filter): Query<Filter>,
    sent: StaffForm,
) -> Result<Response, StaffError> {
    let (who, revision) = (&sent.who, sent.revision());
    match site.desk.withhold(&who.staff, id, revision).await {
        Ok(()) => Ok(done(id, &filter, "act")),
        Err(DeskError::Changed) => {
            let attempt = Attempt {
                stale: Some(revision),
                ..Attempt::default()
            };
            again(&site, who, id, &filter, &attempt).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/cases/{id}/assign`: `to` is an account, or empty for nobody.
///
/// # Errors
/// Not found, also for cases and colleagues of other departments.
pub(super) async fn assign(
    State(site): State<Arc<Site>>,
    Path(id): Path<Uuid>,
    Query(filter): Query<Filter>,
    sent: StaffForm,
) -> Result<Response, StaffError> {
    let (who, revision) = (&sent.who, sent.revision());
    let to = Some(sent.form.value("to")).filter(|to| !to.is_empty());
    match site.desk.assign(&who.staff, id, to, revision).await {
        Ok(()) => Ok(done(id, &filter, "assigned")),
        Err(DeskError::Changed) => {
            let attempt = Attempt {
                stale: Some(revision),
                ..Attempt::default()
            };
            again(&site, who, id, &filter, &attempt).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /staff/cases/{id}/files/{file}`
///
/// # Errors
/// Not found, also for cases of other departments.
pub(super) async fn file(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Path((id, file)): Path<(Uuid, Uuid)>,
) -> Result<Response, StaffError> {
    let (attachment, bytes) = site.desk.case_file(&who.staff, id, file).await?;
    Ok(download(&attachment.name, &attachment.media_type, bytes))
}

/// `GET /staff/cases/{id}/documents/{name}`
///
/// # Errors
/// Not found, also for cases of other departments.
pub(super) async fn document(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Path((id, name)): Path<(Uuid, String)>,
) -> Result<Response, StaffError> {
    let (title, bytes) = site.desk.case_document(&who.staff, id, &name).await?;
    Ok(download(&format!("{title}.pdf"), "application/pdf", bytes))
}

/// A file to be saved, never to be shown as a page of ours (S30).
fn download(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let octets = HeaderValue::from_static("application/octet-stream");
    let values = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_str(media_type).unwrap_or(octets),
        ),
        (header::CONTENT_DISPOSITION, disposition(name)),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(SANDBOX),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ];
    for (name, value) in values {
        // Not `extend`, which would stand beside the type of a body of bytes.
        response.headers_mut().insert(name, value);
    }
    response
}

/// `Content-Disposition` after RFC 6266: a plain name for old programs and the real one in UTF-8.
fn disposition(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '(' | ')') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let text = format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        encoded(name)
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_cannot_break_out_of_their_header() {
        let value = disposition("Lebens\u{308}lauf \"neu\"\r\nX: y.html");
        let text = value.to_str().unwrap();
        assert!(
            text.starts_with(
                "attachment; filename=\"Lebens_lauf _neu___X_ y.html\"; filename*=UTF-8''"
            ),
            "{text}"
        );
        assert!(text.ends_with("%20%22neu%22%0D%0AX%3A%20y.html"), "{text}");
    }

    #[test]
    fn downloads_are_never_pages() {
        let response = download("a.html", "text/html", b"<script>".to_vec());
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-disposition").starts_with("attachment;"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").contains("sandbox"));
        let types = response.headers().get_all("content-type");
        assert_eq!(types.iter().collect::<Vec<_>>(), ["text/html"]);
    }
}
