//! The JSON API: services, forms with their JSON Schema, submissions, status.
//!
//! `openapi.json` beside this file is its promise; a test walks both.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use engine::case::Attachment;
use engine::definitions::Service;
use engine::form::{Field, Finding};
use engine::text::{Language, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{SubmissionKey, UploadOwner};
use uuid::Uuid;

use super::problems::{is_json, key_problem, key_refused};
use super::visitor::preferred;
use crate::desk::drafts::FileProblem;
use crate::desk::submit::Incoming;
use crate::desk::{Desk, DeskError};
use crate::secrets;

/// Largest body of a submission: files are inside as base64.
pub const BODY_LIMIT: usize = 64 * 1024 * 1024;
/// Longest idempotency key, as other well-known APIs have it.
const LONGEST_KEY: usize = 255;
/// Deepest JSON accepted from outside is what serde_json allows (128).
pub(super) const PROBLEM: &str = "application/problem+json";

/// The routes below `/api`.
pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/openapi.json", get(openapi))
        .route("/api/v1/services", get(services))
        .route("/api/v1/forms/{id}", get(form))
        .route("/api/v1/forms/{id}/schema", get(schema))
        .route(
            "/api/v1/forms/{id}/submissions",
            post(submit).layer(axum::extract::DefaultBodyLimit::max(BODY_LIMIT)),
        )
        .route("/api/v1/cases/{reference}", get(status))
}

/// A refusal as RFC 9457 `application/problem+json`.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<ApiFinding>,
}

/// One finding, bound to its field.
#[derive(Debug, Serialize)]
struct ApiFinding {
    /// Dotted path with indices, such as `participants.0.birth_year`.
    field: String,
    /// The same as a JSON Pointer (RFC 6901).
    pointer: String,
    code: String,
    message: String,
    messages: Text,
}

impl Problem {
    /// A refusal without findings.
    pub(super) fn new(
        status: StatusCode,
        kind: &str,
        title: Text,
        detail: Text,
        language: Language,
    ) -> Problem {
        Problem {
            kind: format!("urn:schalter:problem:{kind}"),
            title: title.get(language).to_owned(),
            status: status.as_u16(),
            detail: detail.get(language).to_owned(),
            findings: Vec::new(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        response
    }
}

type Answer<T> = Result<T, Problem>;

async fn openapi(State(desk): State<Arc<Desk>>) -> impl IntoResponse {
    let text = include_str!("openapi.json").replace("{public_url}", &desk.public_url);
    ([(header::CONTENT_TYPE, "application/json")], text)
}

async fn services(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Json<Value> {
    let language = preferred(&headers);
    let definitions = desk.catalog.current();
    let services: Vec<Value> = definitions
        .services
        .values()
        .map(|service| service_json(&desk, service, language))
        .collect();
    Json(json!({ "services": services }))
}

fn service_json(desk: &Desk, service: &Service, language: Language) -> Value {
    let form = &service.form;
    let base = &desk.public_url;
    let tag = language.tag();
    json!({
        "id": form.id,
        "title": form.title.get(language),
        "titles": form.title,
        "summary": form.summary.get(language),
        "department": form.service.department,
        "queue": form.service.queue,
        "version": form.version,
        "definition": service.hash,
        "leika": form.service.leika,
        "form_url": format!("{base}/{tag}/services/{}", form.id),
        "api_form_url": format!("{base}/api/v1/forms/{}", form.id),
        "submissions_url": format!("{base}/api/v1/forms/{}/submissions", form.id),
    })
}

async fn form(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let language = preferred(&headers);
    let service = find(&desk, &id, language)?;
    let mut body = service_json(&desk, &service, language);
    body["schema"] = engine::form::json_schema(&service.form, language);
    body["pages"] = service
        .form
        .questions
        .pages
        .iter()
        .map(|page| {
            let fields: Vec<&str> = page.fields.iter().map(|field| field.id.as_str()).collect();
            json!({ "id": page.id, "title": page.title.get(language), "fields": fields })
        })
        .collect();
    Ok(Json(body))
}

async fn schema(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let language = preferred(&headers);
    let service = find(&desk, &id, language)?;
    let mut response = Json(engine::form::json_schema(&service.form, language)).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/schema+json"),
    );
    Ok(response)
}

fn find(desk: &Desk, id: &str, language: Language) -> Answer<Arc<Service>> {
    desk.catalog
        .current()
        .services
        .get(id)
        .cloned()
        .ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "unknown-form",
                Text::both("Dieses Formular gibt es nicht", "There is no such form"),
                Text::both(
                    "Unter /api/v1/services stehen alle Formulare mit ihrer id.",
                    "/api/v1/services lists all forms with their ids.",
                ),
                language,
            )
        })
}

async fn submit(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let received_at = desk.clock.now();
    let language = preferred(&headers);
    let service = find(&desk, &id, language)?;
    let key = idempotency_key(&headers, &id, &body, language)?;
    let mut answers = parse(&headers, &body, language)?;
    let types = engine::form::check_types(&service.form.questions, &answers);
    let files = take_files(&desk, &service, &mut answers, language).await?;
    let Files {
        attachments,
        draft,
        problems,
    } = files;
    if !types.0.is_empty() || !problems.is_empty() {
        let mut first = problems;
        first.extend(types.0.iter().map(|found| api_finding(found, language)));
        let rest = desk.check_answers(&service, &answers, &attachments, language);
        return Err(all_findings(first, rest.err(), language));
    }
    let incoming = Incoming {
        service,
        answers,
        attachments,
        language,
        received_at,
        key,
        draft,
    };
    let submitted = desk
        .submit(incoming)
        .await
        .map_err(|error| problem(error, language))?;
    let page = format!(
        "{}/{}/cases/{}/{}",
        desk.public_url,
        language.tag(),
        submitted.reference,
        submitted.secret
    );
    let body = json!({
        "reference": submitted.reference,
        "secret": submitted.secret,
        "status_url": page,
        "receipt_url": format!("{page}/documents/receipt"),
        "api_status_url": format!("{}/api/v1/cases/{}?secret={}", desk.public_url, submitted.reference, submitted.secret),
        "repeated": submitted.repeated,
    });
    let location = HeaderValue::from_str(&page).unwrap_or(HeaderValue::from_static("/"));
    let no_store = HeaderValue::from_static("no-store");
    Ok((
        StatusCode::CREATED,
        [
            (header::LOCATION, location),
            (header::CACHE_CONTROL, no_store),
        ],
        Json(body),
    )
        .into_response())
}

/// The key of the header with the hash of form and body.
fn idempotency_key(
    headers: &HeaderMap,
    form: &str,
    body: &[u8],
    language: Language,
) -> Answer<SubmissionKey> {
    static NAME: HeaderName = HeaderName::from_static("idempotency-key");
    let sent = headers.get(&NAME);
    if let Some(words) = key_problem(sent.map(HeaderValue::as_bytes), LONGEST_KEY) {
        return Err(key_refused(words, language));
    }
    let key = sent
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .unwrap_or_default();
    let body_hash = secrets::content_hash(&[form.as_bytes(), &[0], body].concat());
    Ok(SubmissionKey {
        key: format!("api/{key}"),
        body_hash,
    })
}

/// The answers of a body: the object itself, or under `answers`.
fn parse(headers: &HeaderMap, body: &[u8], language: Language) -> Answer<Map<String, Value>> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or("unreadable"))
        .unwrap_or_default();
    if !kind.is_empty() && !is_json(kind) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            Text::both("Nur JSON wird angenommen", "Only JSON is accepted"),
            Text::both(
                "Senden Sie die Antworten mit Content-Type: application/json.",
                "Send the answers with Content-Type: application/json.",
            ),
            language,
        ));
    }
    let malformed = |detail: Text| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed-json",
            Text::both(
                "Der Inhalt ist kein gültiges JSON-Objekt",
                "The body is no valid JSON object",
            ),
            detail,
            language,
        )
    };
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        malformed(Text::both(
            format!("Zeile {}, Spalte {}: {error}", error.line(), error.column()),
            format!("line {}, column {}: {error}", error.line(), error.column()),
        ))
    })?;
    let Value::Object(mut object) = value else {
        return Err(malformed(Text::both(
            "Erwartet wird ein Objekt mit den Antworten nach Feld-id.",
            "An object with the answers by field id is expected.",
        )));
    };
    if object.len() == 1
        && let Some(Value::Object(answers)) = object.get_mut("answers")
    {
        return Ok(std::mem::take(answers));
    }
    Ok(object)
}

/// A file inside a submission.
#[derive(Deserialize)]
struct ApiFile {
    name: String,
    content: String,
}

/// What became of the files inside the answers.
#[derive(Default)]
struct Files {
    attachments: Vec<Attachment>,
    /// The draft that holds them until the case does.
    draft: Option<Uuid>,
    /// Those that were refused.
    problems: Vec<ApiFinding>,
}

/// Stores the files inside the answers and puts their ids in their place.
async fn take_files(
    desk: &Desk,
    service: &Service,
    answers: &mut Map<String, Value>,
    language: Language,
) -> Answer<Files> {
    let mut found = Vec::new();
    for (id, value) in answers.iter_mut() {
        if let Some(field) = service.form.questions.field(id) {
            find_files(field, value, id.clone(), &mut found);
        }
    }
    if found.is_empty() {
        return Ok(Files::default());
    }
    // A draft nobody else knows holds the files until the case claims them.
    let draft = desk
        .start_draft(&service.form.id, &secrets::token(), language)
        .await
        .map_err(|error| problem(error, language))?;
    let owner = UploadOwner::Draft(draft);
    let mut files = Files {
        draft: Some(draft),
        ..Files::default()
    };
    for (field, path, index, place) in found {
        let Some(file) = serde_json::from_value::<ApiFile>(place.clone()).ok() else {
            continue;
        };
        let content = base64::engine::general_purpose::STANDARD.decode(file.content.as_bytes());
        let stored = match content {
            Ok(bytes) => {
                desk.store_file(owner, field, &path, &file.name, bytes)
                    .await
            }
            Err(_) => Err(DeskError::File(FileProblem::NotBase64)),
        };
        match stored {
            Ok(attachment) => {
                *place = Value::String(attachment.id.to_string());
                files.attachments.push(attachment);
            }
            Err(DeskError::File(refused)) => {
                *place = Value::Null;
                files
                    .problems
                    .push(file_finding(&refused, &path, index, language));
            }
            Err(other) => return Err(problem(other, language)),
        }
    }
    Ok(files)
}

type FoundFile<'f, 'v> = (&'f Field, String, usize, &'v mut Value);

/// Objects with `name` and `content` at the places of attachment fields.
fn find_files<'f, 'v>(
    field: &'f Field,
    value: &'v mut Value,
    path: String,
    found: &mut Vec<FoundFile<'f, 'v>>,
) {
    if field.attachment().is_some() {
        if let Value::Array(items) = value {
            for (index, item) in items.iter_mut().enumerate() {
                if item.is_object() {
                    found.push((field, path.clone(), index, item));
                }
            }
        }
        return;
    }
    match value {
        Value::Object(object) => {
            let mut rest: Vec<(&String, &mut Value)> = object.iter_mut().collect();
            for child in field.fields() {
                if let Some(at) = rest.iter().position(|(name, _)| **name == child.id) {
                    let (_, value) = rest.swap_remove(at);
                    find_files(child, value, format!("{path}.{}", child.id), found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let Value::Object(object) = item else {
                    continue;
                };
                let mut rest: Vec<(&String, &mut Value)> = object.iter_mut().collect();
                for child in field.fields() {
                    if let Some(at) = rest.iter().position(|(name, _)| **name == child.id) {
                        let (_, value) = rest.swap_remove(at);
                        find_files(child, value, format!("{path}.{index}.{}", child.id), found);
                    }
                }
            }
        }
        _ => {}
    }
}

fn file_finding(file: &FileProblem, path: &str, index: usize, language: Language) -> ApiFinding {
    let text = file.text();
    ApiFinding {
        field: format!("{path}.{index}"),
        pointer: format!("/{}/{index}", path.replace('.', "/")),
        code: "file".to_owned(),
        message: text.get(language).to_owned(),
        messages: text,
    }
}

/// Everything at once: what was found before the check and what the check
/// found elsewhere. What it says of a place that could not be read, or that it
/// misses a file that was refused, would only confuse.
fn all_findings(
    first: Vec<ApiFinding>,
    rest: Option<engine::form::Findings>,
    language: Language,
) -> Problem {
    let covered = |path: &str| {
        first.iter().any(|found| {
            let field = found.field.as_str();
            let refused_file = found.code == "file"
                && field
                    .rsplit_once('.')
                    .is_some_and(|(attachment, _)| attachment == path);
            path == field
                || refused_file
                || path
                    .strip_prefix(field)
                    .is_some_and(|below| below.starts_with('.'))
        })
    };
    let rest: Vec<ApiFinding> = rest
        .iter()
        .flat_map(|findings| &findings.0)
        .filter(|finding| !covered(&finding.path))
        .map(|finding| api_finding(finding, language))
        .collect();
    let mut problem = findings_problem(language);
    problem.findings = first;
    problem.findings.extend(rest);
    problem
}

fn findings_problem(language: Language) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "findings",
        Text::both(
            "Die Antworten müssen noch geändert werden",
            "The answers need changes",
        ),
        Text::both(
            "Jeder Eintrag unter findings nennt ein Feld und sagt, was zu tun ist. Es wurde nichts gespeichert.",
            "Each entry of findings names a field and says what to do. Nothing was stored.",
        ),
        language,
    )
}

/// A refusal of the desk for API readers.
fn problem(error: DeskError, language: Language) -> Problem {
    let simple = |status, kind: &str, title: Text, detail: Text| {
        Problem::new(status, kind, title, detail, language)
    };
    match error {
        DeskError::Findings(findings) => {
            let mut problem = findings_problem(language);
            problem.findings = findings
                .0
                .iter()
                .map(|finding| api_finding(finding, language))
                .collect();
            problem
        }
        DeskError::KeyReused => simple(
            StatusCode::CONFLICT,
            "key-reused",
            Text::both(
                "Dieser Idempotency-Key wurde schon mit anderem Inhalt benutzt",
                "This Idempotency-Key was used with other content",
            ),
            Text::both(
                "Nehmen Sie für eine neue Einreichung einen neuen Schlüssel. Die gespeicherte Einreichung ist unverändert.",
                "Use a new key for a new submission. The stored submission is unchanged.",
            ),
        ),
        DeskError::NotFound => simple(
            StatusCode::NOT_FOUND,
            "not-found",
            Text::both("Nicht gefunden", "Not found"),
            Text::both(
                "Prüfen Sie Vorgangsnummer und Zugangscode.",
                "Check the case number and the access code.",
            ),
        ),
        DeskError::Refused(refusal) => simple(
            StatusCode::CONFLICT,
            "refused",
            Text::both("Das ist zurzeit nicht möglich", "This is not possible now"),
            refusal.text(),
        ),
        other => {
            let incident = Uuid::now_v7();
            tracing::error!(%incident, error = crate::wiring::chain(&other), "an API request failed");
            simple(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                Text::both("Der Dienst ist gestört", "The service is disturbed"),
                Text::both(
                    format!(
                        "Bitte wiederholen Sie die Anfrage mit demselben Idempotency-Key. Störungsnummer {incident}."
                    ),
                    format!(
                        "Please repeat the request with the same Idempotency-Key. Incident {incident}."
                    ),
                ),
            )
        }
    }
}

fn api_finding(finding: &Finding, language: Language) -> ApiFinding {
    ApiFinding {
        field: finding.path.clone(),
        pointer: format!("/{}", finding.path.replace('.', "/")),
        code: finding.code.to_string(),
        message: finding.message.get(language).to_owned(),
        messages: finding.message.clone(),
    }
}

#[derive(Deserialize)]
struct Access {
    #[serde(default)]
    secret: String,
}

async fn status(
    State(desk): State<Arc<Desk>>,
    Path(reference): Path<String>,
    Query(access): Query<Access>,
    headers: HeaderMap,
) -> Answer<Response> {
    let language = preferred(&headers);
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    let secret = bearer.unwrap_or(access.secret);
    let view = desk
        .applicant_case(&reference, &secret)
        .await
        .map_err(|error| problem(error, language))?;
    let status = view
        .open
        .service
        .workflow
        .public_text(&view.open.case.public_state);
    let page = format!(
        "{}/{}/cases/{}/{secret}",
        desk.public_url,
        language.tag(),
        view.open.case.reference
    );
    let documents: Vec<Value> = view
        .documents
        .iter()
        .filter(|document| document.order.public)
        .map(|document| {
            json!({
                "name": document.order.name,
                "title": document.order.title.get(language),
                "url": format!("{page}/documents/{}", document.order.name),
            })
        })
        .collect();
    let body = json!({
        "reference": view.open.case.reference,
        "service": view.open.case.service,
        "state": view.open.case.configuration,
        "status": status.map(|text| text.get(language)),
        "received_at": timestamp(view.open.submission.received_at),
        "closed": view.open.case.closed_at.is_some(),
        "outcome": view.open.case.outcome,
        "due_at": view.open.case.due_at.map(timestamp),
        "fee": view.open.submission.fee,
        "documents": documents,
        "status_url": page,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn timestamp(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_string()
}
