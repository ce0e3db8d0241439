//! Who is asking: the visitor's cookie, the language of the address, and forms
//! that only this visitor's own pages can have sent.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Form;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Multipart, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::text::Language;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::errors::PageError;
use super::headers::Https;

/// Random bytes in the cookie: 256 bits.
const SECRET_BYTES: usize = 32;
/// The cookie lives as long as a draft may: 30 days.
const COOKIE_SECONDS: u32 = 30 * 24 * 60 * 60;
/// Largest form without files.
pub const FORM_LIMIT: usize = 1024 * 1024;
/// Largest form with files: one file of the largest allowed size and the answers beside it.
pub const UPLOAD_LIMIT: usize = 32 * 1024 * 1024;
/// Most parts of a form, files and answers together.
const MOST_PARTS: usize = 2000;

/// The name of the cookie. With https the `__Host-` prefix ties it to this host and to TLS (S12).
pub fn cookie_name(https: Https) -> &'static str {
    if https.0 {
        "__Host-schalter"
    } else {
        "schalter"
    }
}

/// A visitor: knows their own drafts by a random secret in a cookie.
#[derive(Clone, Debug)]
pub struct Visitor {
    secret: Arc<str>,
}

impl Visitor {
    /// The secret drafts are bound to; stored only as a hash.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The value of `_csrf` in this visitor's forms.
    pub fn csrf(&self) -> String {
        csrf_token(&self.secret)
    }
}

/// The token for forms, derived from a secret of the browser so that nothing is kept.
pub fn csrf_token(secret: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(b"schalter csrf/1");
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// The visitor of a request, and whether somebody asked for it.
#[derive(Clone)]
struct Slot {
    visitor: Visitor,
    asked: Arc<AtomicBool>,
}

/// A layer (`from_fn_with_state(Https::of(…), visitor)`) that finds the visitor
/// of a request. A new cookie is only set when a page made use of it.
pub async fn visitor(State(https): State<Https>, mut request: Request, next: Next) -> Response {
    let known = known_secret(request.headers(), https);
    let fresh = known.is_none();
    let secret =
        known.unwrap_or_else(|| URL_SAFE_NO_PAD.encode(crate::secrets::random::<SECRET_BYTES>()));
    let slot = Slot {
        visitor: Visitor {
            secret: secret.into(),
        },
        asked: Arc::new(AtomicBool::new(false)),
    };
    request.extensions_mut().insert(slot.clone());
    let mut response = next.run(request).await;
    if fresh && slot.asked.load(Ordering::Relaxed) {
        let secure = if https.0 { "; Secure" } else { "" };
        let cookie = format!(
            "{}={}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}",
            cookie_name(https),
            slot.visitor.secret
        );
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

fn known_secret(headers: &HeaderMap, https: Https) -> Option<String> {
    let name = cookie_name(https);
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && is_secret(value))
        .map(|(_, value)| value.to_owned())
}

/// Whether a cookie value is one of ours: what others could have planted is not taken.
fn is_secret(value: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(value)
        .is_ok_and(|bytes| bytes.len() == SECRET_BYTES)
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visitor, PageError> {
        let slot = parts
            .extensions
            .get::<Slot>()
            .ok_or_else(|| PageError::failure("the visitor layer is missing"))?;
        slot.asked.store(true, Ordering::Relaxed);
        Ok(slot.visitor.clone())
    }
}

/// The language an address begins with, such as `/de/services`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lang(pub Language);

impl Lang {
    /// The language of an address, if it begins with one.
    pub fn of_path(path: &str) -> Option<Language> {
        Language::from_tag(path.trim_start_matches('/').split('/').next()?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Lang, PageError> {
        Lang::of_path(parts.uri.path())
            .map(Lang)
            .ok_or(PageError::NotFound)
    }
}

/// The address a request came from, for slowing down wrong tries; the same for
/// all where it is not known.
#[derive(Clone, Debug)]
pub struct ClientAddress(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<ClientAddress, Infallible> {
        // Noted by the layer of `proxy`, which knows whom to believe.
        let address = parts.extensions.get::<ClientAddress>().cloned();
        Ok(address.unwrap_or_else(|| ClientAddress("unknown".to_owned())))
    }
}

/// The best language for somebody's `Accept-Language`; German when none fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferred(pub Language);

impl<S: Send + Sync> FromRequestParts<S> for Preferred {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Preferred, Infallible> {
        Ok(Preferred(preferred(&parts.headers)))
    }
}

/// The language of `Accept-Language` with the greatest weight that Schalter speaks.
pub fn preferred(headers: &HeaderMap) -> Language {
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut best: Option<(f32, Language)> = None;
    for entry in wanted.split(',') {
        let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = parameters
            .trim()
            .strip_prefix("q=")
            .map_or(1.0, |q| q.parse().unwrap_or(0.0));
        let primary = tag
            .trim()
            .split('-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if let Some(language) = Language::from_tag(&primary)
            && weight > 0.0
            && best.is_none_or(|(known, _)| weight > known)
        {
            best = Some((weight, language));
        }
    }
    best.map_or(Language::De, |(_, language)| language)
}

/// A form that was certainly sent from one of our pages by this visitor: a
/// body that was not checked has another type, so it cannot be forgotten.
#[derive(Debug, Default)]
pub struct CheckedForm {
    /// Names and values in the order of the page, without names that begin with `_`.
    pub pairs: Vec<(String, String)>,
    /// Files that were chosen.
    pub files: Vec<SentFile>,
    controls: Vec<(String, String)>,
}

/// A file of a form.
#[derive(Debug)]
pub struct SentFile {
    /// Name of its control.
    pub control: String,
    /// File name as given.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl CheckedForm {
    /// A value of the form's own controls: `do` is what `_do` was sent with.
    pub fn control(&self, name: &str) -> Option<&str> {
        let name = format!("_{name}");
        self.controls
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a name.
    pub fn value(&self, name: &str) -> &str {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    fn sort(pairs: Vec<(String, String)>, files: Vec<SentFile>) -> CheckedForm {
        let (controls, pairs) = pairs
            .into_iter()
            .partition(|(name, _)| name.starts_with('_'));
        CheckedForm {
            pairs,
            files,
            controls,
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for CheckedForm {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<CheckedForm, PageError> {
        let (mut parts, body) = request.into_parts();
        if parts.method != Method::POST || !sent_from_here(&parts.headers) {
            return Err(PageError::Forbidden);
        }
        let visitor = Visitor::from_request_parts(&mut parts, state).await?;
        let form = read(Request::from_parts(parts, body), state).await?;
        let token = form.control("csrf").unwrap_or_default();
        if !crate::secrets::same(token, &visitor.csrf()) {
            return Err(PageError::Forbidden);
        }
        Ok(form)
    }
}

/// Whether the browser says that the form stood on one of our pages. Very old
/// browsers say nothing; then the token alone decides.
pub(super) fn sent_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        // `null` is what browsers send from pages without referrer.
        (None | Some("null"), _) => true,
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, from)| from == host),
        (Some(_), None) => false,
    }
}

pub(super) async fn read<S: Send + Sync>(
    mut request: Request,
    state: &S,
) -> Result<CheckedForm, PageError> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return read_parts(request, state).await;
    }
    DefaultBodyLimit::max(FORM_LIMIT).apply(&mut request);
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, state)
        .await
        .map_err(|error| {
            if error.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
                PageError::TooLarge
            } else {
                PageError::Malformed
            }
        })?;
    if pairs.len() > MOST_PARTS {
        return Err(PageError::Malformed);
    }
    Ok(CheckedForm::sort(pairs, Vec::new()))
}

async fn read_parts<S: Send + Sync>(
    mut request: Request,
    state: &S,
) -> Result<CheckedForm, PageError> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > UPLOAD_LIMIT) {
        return Err(PageError::TooLarge);
    }
    // A body without a length is counted while it is read.
    DefaultBodyLimit::max(UPLOAD_LIMIT).apply(&mut request);
    let mut multipart = Multipart::from_request(request, state)
        .await
        .map_err(|_| PageError::Malformed)?;
    let (mut pairs, mut files) = (Vec::new(), Vec::new());
    while let Some(field) = multipart.next_field().await.map_err(too_large_or_broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(too_large_or_broken)?;
        match file_name {
            // A file control nobody used sends an empty name.
            Some(file) if file.is_empty() => {}
            Some(file) => files.push(SentFile {
                control: name,
                name: file,
                bytes: bytes.to_vec(),
            }),
            None => {
                let value = String::from_utf8(bytes.to_vec()).map_err(|_| PageError::Malformed)?;
                pairs.push((name, value));
            }
        }
        if pairs.len() + files.len() > MOST_PARTS {
            return Err(PageError::Malformed);
        }
    }
    Ok(CheckedForm::sort(pairs, files))
}

fn too_large_or_broken(error: axum::extract::multipart::MultipartError) -> PageError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        PageError::TooLarge
    } else {
        PageError::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn the_heaviest_language_we_speak_wins() {
        let check = |wanted, expected| {
            assert_eq!(
                preferred(&headers(&[("accept-language", wanted)])),
                expected,
                "{wanted}"
            );
        };
        check("en-GB,en;q=0.9,de;q=0.8", Language::En);
        check("fr-FR,fr;q=0.9", Language::De);
        check("fr, de;q=0.5, en;q=0.7", Language::En);
        check("en;q=0, de", Language::De);
        assert_eq!(preferred(&HeaderMap::new()), Language::De);
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        let check = |pairs: &[(&'static str, &'static str)], expected| {
            assert_eq!(sent_from_here(&headers(pairs)), expected, "{pairs:?}");
        };
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site")], false);
        check(
            &[
                ("origin", "https://stadt.example"),
                ("host", "stadt.example"),
            ],
            true,
        );
        check(
            &[
                ("origin", "https://evil.example"),
                ("host", "stadt.example"),
            ],
            false,
        );
        check(
            &[
                ("origin", "https://stadt.example.evil.example"),
                ("host", "stadt.example"),
            ],
            false,
        );
        check(&[("host", "stadt.example")], true);
    }

    #[test]
    fn the_token_depends_on_the_secret() {
        assert_ne!(csrf_token("a"), csrf_token("b"));
        assert_eq!(csrf_token("a"), csrf_token("a"));
        assert!(!csrf_token("a").contains('a') || csrf_token("a").len() == 43);
    }

    #[test]
    fn only_own_cookies_are_taken() {
        let own = URL_SAFE_NO_PAD.encode([7u8; SECRET_BYTES]);
        let line = format!("x=1; __Host-schalter={own}; schalter=planted");
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(&line).unwrap());
        assert_eq!(known_secret(&headers, Https(true)), Some(own));
        assert_eq!(known_secret(&headers, Https(false)), None);
    }
}
