//! Headers every answer carries: what a browser may load, frame and remember.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// Everything comes from here, nothing is inline, nobody may frame a page.
/// `data:` for images is what the icons of the design system need.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";
/// Seconds over which tries are counted.
const LONGEST_WAIT: &str = "900";
/// A year, as browsers' preload lists ask for.
const STRICT_TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// Whether browsers reach us by https.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Https(pub bool);

impl Https {
    /// From the address citizens see.
    pub fn of(public_url: &str) -> Https {
        Https(public_url.starts_with("https://"))
    }
}

/// A layer (`axum::middleware::from_fn_with_state(Https::of(…), secure)`) that
/// adds the headers a handler has not set itself.
pub async fn secure(State(https): State<Https>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let busy = response.status() == StatusCode::TOO_MANY_REQUESTS;
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    default(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "no-referrer");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    default(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    default(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    );
    // What nobody said may be kept is personal until shown otherwise (S43).
    default(header::CACHE_CONTROL, "no-store");
    if busy {
        // Who knows better has said so: no count of tries lasts longer.
        default(header::RETRY_AFTER, LONGEST_WAIT);
    }
    if https.0 {
        default(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    response
}

/// Headers of a file somebody handed in or fetches: never shown inside our pages (S30).
pub fn download(name: &str, media_type: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let ascii: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._- ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    let disposition = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    let media_type = HeaderValue::from_str(media_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_cannot_leave_their_header() {
        let headers = download("a\"b\r\nSet-Cookie: x=1 ü.pdf", "application/pdf");
        let value = headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(!value.contains('\r') && !value.contains('\n'));
        assert!(
            value.starts_with("attachment; filename=\"a_b__Set-Cookie_ x_1 _.pdf\""),
            "{value}"
        );
        assert!(value.ends_with("x%3D1%20%C3%BC.pdf"), "{value}");
    }

    #[test]
    fn scripts_and_styles_come_from_files_only() {
        for forbidden in ["unsafe-inline", "unsafe-eval", "*", "http:"] {
            assert!(!CONTENT_SECURITY_POLICY.contains(forbidden));
        }
    }
}
