//! Whatever goes wrong below `/api` is told as `application/problem+json`
//! (RFC 9457), also what no handler saw: unknown addresses, wrong methods,
//! bodies that are too large, addresses that cannot be read.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use engine::text::{Language, Text};

use super::api::{BODY_LIMIT, PROBLEM, Problem};
use super::visitor::preferred;
use crate::desk::Desk;

/// The routes of the API with everything else below `/api`, all telling their
/// errors in one form.
pub fn complete(api: Router<Arc<Desk>>) -> Router<Arc<Desk>> {
    let nothing = || any(async || StatusCode::NOT_FOUND);
    api.route("/api", nothing())
        .route("/api/", nothing())
        .route("/api/{*rest}", nothing())
        .layer(from_fn(as_problem))
}

/// Turns refusals that are no problem documents into ones; `Allow` and
/// `Retry-After` stay.
async fn as_problem(request: Request, next: Next) -> Response {
    let language = preferred(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    if !refused || is_problem(response.headers()) {
        return response;
    }
    let (kind, title, detail) = words(status);
    let mut answer = Problem::new(status, kind, title, detail, language).into_response();
    for name in [header::ALLOW, header::RETRY_AFTER] {
        for value in response.headers().get_all(&name) {
            answer.headers_mut().append(name.clone(), value.clone());
        }
    }
    answer
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == PROBLEM)
}

fn words(status: StatusCode) -> (&'static str, Text, Text) {
    match status {
        StatusCode::NOT_FOUND => (
            "not-found",
            Text::both("Diese Adresse gibt es nicht", "There is no such address"),
            Text::both(
                "Unter /api/openapi.json stehen alle Adressen der Schnittstelle.",
                "/api/openapi.json lists all addresses of the interface.",
            ),
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "method-not-allowed",
            Text::both(
                "Diese Methode gibt es hier nicht",
                "This method is not offered here",
            ),
            Text::both(
                "Die Kopfzeile Allow nennt die Methoden dieser Adresse.",
                "The header Allow names the methods of this address.",
            ),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            let most = BODY_LIMIT / 1024 / 1024;
            (
                "too-large",
                Text::both("Der Inhalt ist zu groß", "The body is too large"),
                Text::both(
                    format!("Eine Einreichung darf mit ihren Dateien {most} MB groß sein."),
                    format!("A submission with its files may have {most} MB."),
                ),
            )
        }
        status if status.is_server_error() => (
            "unavailable",
            Text::both("Der Dienst ist gestört", "The service is disturbed"),
            Text::both(
                "Bitte wiederholen Sie die Anfrage später, eine Einreichung mit demselben Idempotency-Key.",
                "Please repeat the request later, a submission with the same Idempotency-Key.",
            ),
        ),
        _ => (
            "malformed",
            Text::both("Die Anfrage ist nicht lesbar", "The request cannot be read"),
            Text::both(
                "Prüfen Sie Adresse und Kopfzeilen: Sie müssen gültiges UTF-8 sein, Sonderzeichen in der Adresse prozentkodiert.",
                "Check address and headers: they must be valid UTF-8, special characters of the address percent-encoded.",
            ),
        ),
    }
}

/// Whether a `Content-Type` is JSON: the type alone counts, without regard to
/// case, and a charset must be UTF-8.
pub(super) fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .all(|(_, value)| value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"));
    json && utf8
}

/// What is wrong with an `Idempotency-Key`, if anything: title and detail.
pub(super) fn key_problem(key: Option<&[u8]>, longest: usize) -> Option<(Text, Text)> {
    let how = Text::both(
        format!(
            "Senden Sie die Kopfzeile Idempotency-Key mit 1 bis {longest} Zeichen; bei einer Wiederholung denselben Wert."
        ),
        format!(
            "Send the header Idempotency-Key with 1 to {longest} characters; repeat the same value when you repeat the request."
        ),
    );
    let key = key.map(<[u8]>::trim_ascii).unwrap_or_default();
    if key.is_empty() {
        let title = Text::both(
            "Der Idempotency-Key fehlt",
            "The Idempotency-Key is missing",
        );
        return Some((title, how));
    }
    if !key.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return Some((
            Text::both(
                "Der Idempotency-Key enthält andere Zeichen als ASCII",
                "The Idempotency-Key has characters outside ASCII",
            ),
            Text::both(
                "Nehmen Sie Buchstaben ohne Umlaute, Ziffern und Satzzeichen, zum Beispiel eine UUID.",
                "Use letters without accents, digits and punctuation, for example a UUID.",
            ),
        ));
    }
    (key.len() > longest).then(|| {
        let (length, count) = (key.len(), longest);
        (
            Text::both(
                "Der Idempotency-Key ist zu lang",
                "The Idempotency-Key is too long",
            ),
            Text::both(
                format!("Er hat {length} Zeichen, erlaubt sind {count}. Eine UUID genügt."),
                format!("It has {length} characters, {count} are allowed. A UUID is enough."),
            ),
        )
    })
}

/// The words of a problem in the language asked for.
pub(super) fn key_refused(words: (Text, Text), language: Language) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "idempotency-key",
        words.0,
        words.1,
        language,
    )
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn the_media_type_is_compared_whole() {
        for (kind, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/json;charset=\"UTF-8\"", true),
            ("application/json; charset=latin1", false),
            ("application/jsonfoo", false),
            ("application/json-patch+json", false),
            ("text/json", false),
            ("", false),
        ] {
            assert_eq!(is_json(kind), json, "{kind}");
        }
    }
}
