//! What is shown when a page cannot be: handlers return a [`PageError`], a
//! layer turns it into a page in the language of the address.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::text::Language;

use super::citizen::view::ErrorView;
use super::render::RenderError;
use super::site::Site;
use super::visitor::{Lang, preferred};
use crate::desk::DeskError;

/// Why a page cannot be shown.
#[derive(Clone, Debug)]
pub enum PageError {
    /// There is no such thing, or not for this visitor.
    NotFound,
    /// The draft is gone: expired, sent, or somebody else's.
    DraftGone,
    /// The form did not come from one of our pages.
    Forbidden,
    /// The body is too large.
    TooLarge,
    /// The request is none that our pages send.
    Malformed,
    /// The address takes no requests of this method.
    WrongMethod,
    /// Too many requests.
    Busy,
    /// Something failed on our side; the text is for the log only.
    Failure(Arc<str>),
}

impl PageError {
    /// A failure with what the log should say.
    pub fn failure(what: impl Into<String>) -> PageError {
        PageError::Failure(Arc::from(what.into()))
    }

    fn status(&self) -> StatusCode {
        match self {
            PageError::NotFound | PageError::DraftGone => StatusCode::NOT_FOUND,
            PageError::Forbidden => StatusCode::FORBIDDEN,
            PageError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            PageError::Malformed => StatusCode::BAD_REQUEST,
            PageError::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            PageError::Busy => StatusCode::TOO_MANY_REQUESTS,
            PageError::Failure(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The key of its words.
    fn kind(&self) -> &'static str {
        match self {
            PageError::NotFound => "not_found",
            PageError::DraftGone => "draft_gone",
            PageError::Forbidden => "forbidden",
            PageError::Malformed => "malformed",
            PageError::WrongMethod => "wrong_method",
            PageError::TooLarge => "too_large",
            PageError::Busy => "busy",
            PageError::Failure(_) => "failure",
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DeskError> for PageError {
    fn from(error: DeskError) -> PageError {
        match error {
            DeskError::NotFound => PageError::NotFound,
            DeskError::TooMany => PageError::Busy,
            other => PageError::failure(causes(&other)),
        }
    }
}

impl From<RenderError> for PageError {
    fn from(error: RenderError) -> PageError {
        PageError::failure(causes(&error))
    }
}

/// An error with its causes in one line.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        // Writing to a String cannot fail.
        let _written = write!(text, ": {inner}");
        cause = inner.source();
    }
    text
}

/// A layer that turns refusals without a body into pages. Answers of the API
/// and files have a body of their own and stay as they are.
pub async fn error_pages(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let language = Lang::of_path(&path).unwrap_or_else(|| preferred(request.headers()));
    let response = next.run(request).await;
    let status = response.status();
    let error = match response.extensions().get::<PageError>() {
        Some(error) => error.clone(),
        // An address whose parts are no ids: there is no such thing.
        None if status == StatusCode::BAD_REQUEST
            && plain_text(&response)
            && !path.starts_with("/api/") =>
        {
            PageError::NotFound
        }
        None if has_body(&response) || !(status.is_client_error() || status.is_server_error()) => {
            return response;
        }
        None => match status {
            StatusCode::NOT_FOUND => PageError::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => PageError::WrongMethod,
            StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => PageError::Busy,
            status if status.is_server_error() => PageError::failure(format!("answered {status}")),
            _ => PageError::Malformed,
        },
    };
    let mut page = page(&site, language, &error);
    for name in [header::SET_COOKIE, header::RETRY_AFTER, header::ALLOW] {
        for value in response.headers().get_all(&name) {
            page.headers_mut().append(name.clone(), value.clone());
        }
    }
    page
}

/// The framework says in plain text that it could not read an address.
fn plain_text(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

fn has_body(response: &Response) -> bool {
    response.headers().contains_key(header::CONTENT_TYPE)
}

fn page(site: &Site, language: Language, error: &PageError) -> Response {
    let failure = matches!(error, PageError::Failure(_));
    let incident = failure
        .then(crate::secrets::token)
        .map(|token| format!("{}-{}", &token[..5], &token[5..10]));
    if let (PageError::Failure(what), Some(incident)) = (error, &incident) {
        tracing::error!(incident, "a page failed: {what}");
    }
    let title = site
        .pages
        .texts()
        .say(language, &format!("error.{}.title", error.kind()), &[]);
    let view = ErrorView {
        kind: error.kind(),
        incident,
        at: failure.then(|| site.desk.clock.now()),
    };
    match site.page(language, "error", &title, None, "", view) {
        Ok(page) => (error.status(), page).into_response(),
        // Should the error page itself fail, a bare status is all that is left.
        Err(_) => error.status().into_response(),
    }
}
