//! Who of the staff is asking: session cookie, language, and forms that only
//! this session's own pages can have sent.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use engine::text::Language;

use super::filter::with;
use super::login;
use crate::desk::accounts::Staff;
use crate::secrets;
use crate::web::errors::PageError;
use crate::web::frame::{Frame, LanguageLink, NavLink, UserView};
use crate::web::headers::Https;
use crate::web::site::Site;
use crate::web::visitor::{self, CheckedForm, Visitor, csrf_token};

/// The page on which a password is set.
pub const PASSWORD_PAGE: &str = "/staff/password";
/// What may be done before one's own password is set.
const WITHOUT_PASSWORD: [&str; 2] = [PASSWORD_PAGE, "/staff/logout"];
/// Cookie with the language chosen on staff pages.
const LANGUAGE_COOKIE: &str = "schalter-lang";
/// The chosen language is kept for a year.
const LANGUAGE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// A browser is known for half a year after a login.
const BROWSER_SECONDS: u32 = 182 * 24 * 60 * 60;

/// The name of the session cookie; with https tied to this host and to TLS (S12).
pub fn cookie_name(https: Https) -> &'static str {
    if https.0 {
        "__Host-schalter-staff"
    } else {
        "schalter-staff"
    }
}

/// The session cookie, or with an empty token the one that takes it away.
pub fn session_cookie(https: Https, token: &str) -> String {
    let secure = if https.0 { "; Secure" } else { "" };
    let gone = if token.is_empty() { "; Max-Age=0" } else { "" };
    format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{gone}",
        cookie_name(https)
    )
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// The token of the session, whether or not it is still alive.
pub fn session_token(headers: &HeaderMap, https: Https) -> Option<&str> {
    cookie(headers, cookie_name(https))
}

/// Name of the cookie with the proof that this browser signed in before.
fn browser_cookie_name(https: Https) -> &'static str {
    if https.0 {
        "__Host-schalter-browser"
    } else {
        "schalter-browser"
    }
}

/// The cookie with that proof; it outlives the session, so that others who
/// guess at the account cannot keep its owner out.
pub fn browser_cookie(https: Https, proof: &str) -> String {
    let secure = if https.0 { "; Secure" } else { "" };
    format!(
        "{}={proof}; Path=/; Max-Age={BROWSER_SECONDS}; HttpOnly; SameSite=Lax{secure}",
        browser_cookie_name(https)
    )
}

/// The proof of an earlier login, true or not.
pub fn browser_proof(headers: &HeaderMap, https: Https) -> Option<&str> {
    cookie(headers, browser_cookie_name(https))
}

/// The language of a staff page: chosen in the address, else kept, else the browser's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffLanguage(pub Language);

impl StaffLanguage {
    fn of(parts: &Parts) -> StaffLanguage {
        let kept = || cookie(&parts.headers, LANGUAGE_COOKIE).and_then(Language::from_tag);
        let language = chosen(parts.uri.query()).or_else(kept);
        StaffLanguage(language.unwrap_or_else(|| visitor::preferred(&parts.headers)))
    }
}

fn chosen(query: Option<&str>) -> Option<Language> {
    query?
        .split('&')
        .filter_map(|pair| pair.strip_prefix("lang="))
        .find_map(Language::from_tag)
}

impl<S: Send + Sync> FromRequestParts<S> for StaffLanguage {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> Result<StaffLanguage, Self::Rejection> {
        Ok(StaffLanguage::of(parts))
    }
}

/// A layer that keeps the language chosen in an address for the pages that follow.
pub async fn keep_language(request: Request, next: Next) -> Response {
    let language = chosen(request.uri().query());
    let mut response = next.run(request).await;
    if let Some(language) = language {
        let tag = language.tag();
        let cookie = format!(
            "{LANGUAGE_COOKIE}={tag}; Path=/staff; Max-Age={LANGUAGE_SECONDS}; HttpOnly; SameSite=Lax"
        );
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// Somebody of the staff whose session is alive.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub staff: Staff,
    /// Language of the page.
    pub language: Language,
    csrf: String,
    /// Address of the request without `lang` and what was said after a redirect.
    here: String,
}

/// Why a staff page is not shown. Who is not signed in gets the sign-in page
/// in its place, with status 401 and the way back to where they wanted to go;
/// who has yet to set a password is sent to where it is set.
#[derive(Debug)]
pub enum StaffError {
    /// A page that says so.
    Page(PageError),
    /// The sign-in page, or the way to the page of the password.
    SignIn(Box<Response>),
}

impl IntoResponse for StaffError {
    fn into_response(self) -> Response {
        match self {
            StaffError::Page(error) => error.into_response(),
            StaffError::SignIn(response) => *response,
        }
    }
}

impl<E: Into<PageError>> From<E> for StaffError {
    fn from(error: E) -> StaffError {
        StaffError::Page(error.into())
    }
}

impl FromRequestParts<Arc<Site>> for SignedIn {
    type Rejection = StaffError;

    async fn from_request_parts(
        parts: &mut Parts,
        site: &Arc<Site>,
    ) -> Result<SignedIn, StaffError> {
        let StaffLanguage(language) = StaffLanguage::of(parts);
        let token = session_token(&parts.headers, site.https).map(str::to_owned);
        let staff = match &token {
            Some(token) => site.desk.staff(token).await?,
            None => None,
        };
        let here = here(parts);
        let (Some(staff), Some(token)) = (staff, &token) else {
            let visitor = Visitor::from_request_parts(parts, site).await?;
            let (next, note) = match (parts.method == Method::GET, &token) {
                (true, None) => (here, None),
                (true, Some(_)) => (here, Some("expired")),
                (false, _) => (String::new(), Some("lost")),
            };
            let page = login::page(
                site,
                language,
                &visitor,
                login::Sent {
                    next,
                    note,
                    ..login::Sent::default()
                },
            )?;
            let mut response = (StatusCode::UNAUTHORIZED, page).into_response();
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return Err(StaffError::SignIn(Box::new(response)));
        };
        if staff.must_set_password && !WITHOUT_PASSWORD.contains(&parts.uri.path()) {
            let to_password = Redirect::to(PASSWORD_PAGE).into_response();
            return Err(StaffError::SignIn(Box::new(to_password)));
        }
        Ok(SignedIn {
            staff,
            language,
            csrf: csrf_token(token),
            here,
        })
    }
}

/// The address of a request without what must not be kept in links.
fn here(parts: &Parts) -> String {
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().split('&');
    let kept: Vec<&str> = query
        .filter(|pair| !pair.is_empty() && !pair.starts_with("lang=") && !pair.starts_with("done="))
        .collect();
    if kept.is_empty() {
        path
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

impl SignedIn {
    /// The frame of a staff page; `title` comes first in the title of the window.
    pub fn frame(&self, site: &Site, title: &str) -> Frame {
        let mut frame = site.frame(self.language, title, None, "");
        let mut links = vec![
            ("staff.nav.queue", "/staff"),
            ("staff.nav.mine", "/staff?owner=mine"),
            ("staff.nav.appointments", "/staff/appointments"),
            ("staff.nav.deliveries", "/staff/deliveries"),
        ];
        if self.staff.is_administrator() {
            links.push(("staff.nav.notes", "/staff/notes"));
        }
        frame.home = "/staff".to_owned();
        frame.search = false;
        frame.languages = languages(self.language, &self.here);
        frame.nav = links
            .into_iter()
            .map(|(key, href)| NavLink {
                label: site.say(self.language, key, &[]),
                href: href.to_owned(),
                current: self.here == href,
            })
            .collect();
        frame.user = Some(UserView {
            name: self.staff.name.clone(),
            logout: "/staff/logout".to_owned(),
            password: PASSWORD_PAGE.to_owned(),
        });
        frame.csrf.clone_from(&self.csrf);
        frame
    }
}

/// The language switch of staff pages. `here` is an address that may be asked for by GET.
pub fn languages(current: Language, here: &str) -> Vec<LanguageLink> {
    Language::ALL
        .into_iter()
        .map(|language| LanguageLink {
            tag: language.tag(),
            name: match language {
                Language::De => "Deutsch",
                Language::En => "English",
            },
            href: with(here, "lang", language.tag()),
            current: language == current,
        })
        .collect()
}

/// A form that was certainly sent from a page of this session (S13).
#[derive(Debug)]
pub struct StaffForm {
    /// Who sent it.
    pub who: SignedIn,
    /// What was sent.
    pub form: CheckedForm,
}

impl StaffForm {
    /// The revision of the case the page was made from; one that is missing fits no case.
    pub fn revision(&self) -> i64 {
        self.form
            .control("revision")
            .and_then(|text| text.parse().ok())
            .unwrap_or(-1)
    }
}

impl FromRequest<Arc<Site>> for StaffForm {
    type Rejection = StaffError;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<StaffForm, StaffError> {
        let (mut parts, body) = request.into_parts();
        if parts.method != Method::POST || !visitor::sent_from_here(&parts.headers) {
            return Err(PageError::Forbidden.into());
        }
        let who = SignedIn::from_request_parts(&mut parts, site).await?;
        let form = visitor::read(Request::from_parts(parts, body), site).await?;
        if !secrets::same(form.control("csrf").unwrap_or_default(), &who.csrf) {
            return Err(PageError::Forbidden.into());
        }
        Ok(StaffForm { who, form })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str, cookies: &str) -> Parts {
        let request = Request::builder()
            .uri(uri)
            .header("cookie", cookies)
            .header("accept-language", "en");
        request
            .body(axum::body::Body::empty())
            .unwrap()
            .into_parts()
            .0
    }

    #[test]
    fn the_session_cookie_is_tied_to_the_host_under_https() {
        let cookie = session_cookie(Https(true), "T0KEN");
        assert_eq!(
            cookie,
            "__Host-schalter-staff=T0KEN; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(session_cookie(Https(false), "").ends_with("Max-Age=0"));
        let planted = parts(
            "/staff",
            "schalter-staff=planted; __Host-schalter-staff=own",
        );
        assert_eq!(session_token(&planted.headers, Https(true)), Some("own"));
    }

    #[test]
    fn the_chosen_language_wins_over_the_kept_and_the_browsers() {
        let of = |uri, cookies| StaffLanguage::of(&parts(uri, cookies)).0;
        assert_eq!(of("/staff?lang=de", "schalter-lang=en"), Language::De);
        assert_eq!(of("/staff", "a=b; schalter-lang=de"), Language::De);
        assert_eq!(of("/staff?lang=xx", ""), Language::En);
    }

    #[test]
    fn links_keep_the_page_but_not_what_was_said() {
        assert_eq!(
            here(&parts("/staff/cases/1?owner=mine&done=act&lang=en", "")),
            "/staff/cases/1?owner=mine"
        );
        let links = languages(Language::De, "/staff?owner=mine");
        assert_eq!(links[1].href, "/staff?owner=mine&lang=en");
    }
}
