//! The house from outside: signing in, passwords, proxies, health, inboxes,
//! the seal, and what programs hear when they send what is not right.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use schalter::config::Config;
use schalter::desk::accounts;
use serde_json::json;

use crate::town::{Answer, PASSWORD, Town, on_both, sample};

on_both!(
    health_follows_the_database,
    wrong_passwords_slow_down_where_they_come_from,
    a_known_browser_is_not_kept_out,
    a_made_password_leads_to_ones_own,
    a_password_is_changed_later,
    accounts_are_disabled_and_enabled,
    roles_are_those_of_the_workflows,
    files_of_a_case_have_one_type,
    wrong_files_and_wrong_types_come_with_all_else,
    the_api_tells_every_error_alike,
    keys_say_what_is_wrong_with_them,
    the_key_of_the_seal_is_published,
);

/// A browser: an address and cookies.
struct Browser {
    address: String,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn at(address: &str) -> Browser {
        Browser {
            address: address.to_owned(),
            cookies: Vec::new(),
        }
    }

    async fn send(&mut self, town: &Town, mut request: Request<Body>) -> Answer {
        let address: SocketAddr = format!("{}:4711", self.address)
            .parse()
            .expect("an address");
        request.extensions_mut().insert(ConnectInfo(address));
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ").parse().expect("a header");
        request.headers_mut().insert(header::COOKIE, cookies);
        let answer = town.send(request).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie");
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().expect("a value").to_owned();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value));
            }
        }
        answer
    }

    async fn get(&mut self, town: &Town, path: &str) -> Answer {
        let request = Request::get(path)
            .header("accept-language", "de")
            .body(Body::empty())
            .expect("a request");
        self.send(town, request).await
    }

    /// Sends a form with the token of the page it stands on.
    async fn post(&mut self, town: &Town, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let page = self.get(town, path).await.text();
        let token = page
            .split("name=\"_csrf\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_else(|| panic!("no form on {path}: {page}"))
            .to_owned();
        let pairs = pairs.iter().copied().chain([("_csrf", token.as_str())]);
        let body: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("accept-language", "de")
            .body(Body::from(body.join("&")))
            .expect("a request");
        self.send(town, request).await
    }

    async fn log_in(&mut self, town: &Town, account: &str, password: &str) -> Answer {
        let pairs = [("account", account), ("password", password)];
        self.post(town, "/staff/login", &pairs).await
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn health_follows_the_database(town: Town) {
    assert_eq!(town.get("/live").await.text(), "live\n");
    let ready = town.get("/ready").await;
    assert_eq!(
        (ready.status, ready.text().as_str()),
        (StatusCode::OK, "ready\n")
    );
    town.app.desk.store.close().await;
    assert_eq!(town.get("/live").await.status, StatusCode::OK);
    let broken = town.get("/ready").await;
    assert_eq!(broken.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(broken.text().starts_with("not ready"), "{}", broken.text());
}

async fn wrong_passwords_slow_down_where_they_come_from(town: Town) {
    let mut guesser = Browser::at("192.0.2.66");
    for _ in 0..10 {
        let answer = guesser
            .log_in(&town, "gewerbe", "falsch-falsch-falsch")
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // What a stranger claims about proxies changes nothing.
    let blocked = guesser.log_in(&town, "gewerbe", PASSWORD).await;
    assert_eq!(blocked.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(blocked.headers[header::RETRY_AFTER], "900");
    assert!(blocked.text().contains("Warten Sie noch 15 Minuten"));
    // Neither the colleague behind the same address nor the owner elsewhere waits.
    let colleague = guesser.log_in(&town, "vhs", PASSWORD).await;
    assert_eq!(colleague.status, StatusCode::SEE_OTHER);
    let owner = Browser::at("192.0.2.7")
        .log_in(&town, "gewerbe", PASSWORD)
        .await;
    assert_eq!(owner.status, StatusCode::SEE_OTHER);
    town.clock.advance(14 * 60 * 1000);
    let later = Browser::at("192.0.2.66")
        .log_in(&town, "gewerbe", PASSWORD)
        .await;
    // The owner signed in meanwhile, which forgets the count of the account but not of the guesser.
    assert_eq!(later.headers[header::RETRY_AFTER], "60");
    assert!(later.text().contains("noch eine Minute"));
    town.clock.advance(60 * 1000);
    let after = Browser::at("192.0.2.66")
        .log_in(&town, "gewerbe", PASSWORD)
        .await;
    assert_eq!(after.status, StatusCode::SEE_OTHER);
}

async fn a_known_browser_is_not_kept_out(town: Town) {
    let mut owner = Browser::at("192.0.2.7");
    owner.log_in(&town, "gewerbe", PASSWORD).await;
    for network in 0..5 {
        let mut guesser = Browser::at(&format!("198.51.100.{network}"));
        for _ in 0..10 {
            guesser
                .log_in(&town, "gewerbe", "falsch-falsch-falsch")
                .await;
        }
    }
    // Many machines guess together: a new browser waits, the owner's does not.
    let stranger = Browser::at("203.0.113.1")
        .log_in(&town, "gewerbe", PASSWORD)
        .await;
    assert_eq!(stranger.status, StatusCode::TOO_MANY_REQUESTS);
    owner.cookies.retain(|(name, _)| name.ends_with("browser"));
    assert_eq!(owner.cookies.len(), 1);
    let mut thief = Browser::at("203.0.113.2");
    thief.cookies = vec![("schalter-browser".into(), "made.up".into())];
    let thief = thief.log_in(&town, "gewerbe", PASSWORD).await;
    assert_eq!(thief.status, StatusCode::TOO_MANY_REQUESTS);
    let back = owner.log_in(&town, "gewerbe", PASSWORD).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text());
}

async fn a_made_password_leads_to_ones_own(town: Town) {
    let roles = ["public-order:clerk".to_owned()];
    let made = accounts::add(&town.app.desk, "neu-hier", "Neu", &roles, None)
        .await
        .expect("an account")
        .expect("a password");
    let mut browser = Browser::at("192.0.2.7");
    assert_eq!(
        browser.log_in(&town, "neu-hier", &made).await.location(),
        "/staff"
    );
    // Nothing but the page of the password.
    for path in ["/staff", "/staff/deliveries"] {
        assert_eq!(browser.get(&town, path).await.location(), "/staff/password");
    }
    let page = browser.get(&town, "/staff/password").await.text();
    assert!(page.contains("autocomplete=\"new-password\""), "{page}");
    assert!(!page.contains("current-password"), "{page}");
    // It let them in once; whoever saw it on the way is too late.
    let again = Browser::at("192.0.2.8")
        .log_in(&town, "neu-hier", &made)
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (new, repeated, message) in [
        ("Kürbis-7", "Kürbis-7", "mindestens 12 Zeichen"),
        ("Passwort2026!", "Passwort2026!", "leicht zu erraten"),
        ("neu-hier-und-da", "neu-hier-und-da", "Kontoname"),
        ("vier kleine Wörter", "vier andere Wörter", "verschieden"),
    ] {
        let pairs = [("new", new), ("again", repeated)];
        let refused = browser.post(&town, "/staff/password", &pairs).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{new}");
        assert!(
            refused.text().contains(message),
            "{new}: {}",
            refused.text()
        );
        assert!(!refused.text().contains(new), "{new} was sent back");
    }
    let own = "vier kleine Wörter ✓";
    let pairs = [("new", own), ("again", own)];
    let saved = browser.post(&town, "/staff/password", &pairs).await;
    assert_eq!(saved.location(), "/staff/password?done=saved");
    assert_eq!(browser.get(&town, "/staff").await.status, StatusCode::OK);
    let elsewhere = Browser::at("192.0.2.8")
        .log_in(&town, "neu-hier", own)
        .await;
    assert_eq!(elsewhere.status, StatusCode::SEE_OTHER);
    // A made password nobody used does not last for ever.
    let made = accounts::renew_password(&town.app.desk, "neu-hier", None)
        .await
        .expect("an account")
        .expect("a password");
    town.clock.advance(14 * crate::town::DAY);
    let late = browser.log_in(&town, "neu-hier", &made).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn a_password_is_changed_later(town: Town) {
    let (mut here, mut there) = (Browser::at("192.0.2.7"), Browser::at("192.0.2.8"));
    here.log_in(&town, "vhs", PASSWORD).await;
    there.log_in(&town, "vhs", PASSWORD).await;
    let page = here.get(&town, "/staff").await.text();
    assert!(page.contains("href=\"/staff/password\""), "{page}");
    let own = "lauter neue Wörter";
    let with = |present| [("present", present), ("new", own), ("again", own)];
    let wrong = here
        .post(&town, "/staff/password", &with("geraten-geraten"))
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("bisherige Passwort stimmt nicht"));
    let saved = here.post(&town, "/staff/password", &with(PASSWORD)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(here.get(&town, "/staff").await.status, StatusCode::OK);
    assert_eq!(
        there.get(&town, "/staff").await.status,
        StatusCode::UNAUTHORIZED
    );
    let old = there.log_in(&town, "vhs", PASSWORD).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        there.log_in(&town, "vhs", own).await.status,
        StatusCode::SEE_OTHER
    );
}

async fn accounts_are_disabled_and_enabled(town: Town) {
    let desk = &town.app.desk;
    let mut browser = Browser::at("192.0.2.7");
    browser.log_in(&town, "vhs", PASSWORD).await;
    accounts::set_disabled(desk, "vhs", true)
        .await
        .expect("disabled");
    assert_eq!(
        browser.get(&town, "/staff").await.status,
        StatusCode::UNAUTHORIZED
    );
    let refused = browser.log_in(&town, "vhs", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    accounts::set_disabled(desk, "vhs", false)
        .await
        .expect("enabled");
    let back = browser.log_in(&town, "vhs", PASSWORD).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let unknown = accounts::set_disabled(desk, "vsh", true).await;
    let unknown = unknown.expect_err("nobody");
    assert!(
        unknown.to_string().contains("did you mean `vhs`?"),
        "{unknown}"
    );
}

async fn roles_are_those_of_the_workflows(town: Town) {
    for (role, message) in [
        ("public-order:clrek", "did you mean `clerk`?"),
        ("public-order:xylophone", "there are: "),
        (
            "public-order:applicant",
            "no workflow of public-order has a role",
        ),
        ("public-oder:clerk", "did you mean `public-order`?"),
        ("clerk", "DEPARTMENT:ROLE"),
    ] {
        let roles = [role.to_owned()];
        let refused = accounts::add(&town.app.desk, "neu", "Neu", &roles, None).await;
        let message_found = refused.expect_err(role).to_string();
        assert!(message_found.contains(message), "{role}: {message_found}");
    }
}

async fn files_of_a_case_have_one_type(town: Town) {
    let mut answers = sample("business-registration");
    answers["id_copy"] = json!([{ "name": "ausweis.pdf", "content": base64(b"%PDF-1.7 test") }]);
    let made = town.submit("business-registration", "file", &answers).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let mut clerk = Browser::at("192.0.2.7");
    clerk.log_in(&town, "gewerbe", PASSWORD).await;
    let queue = clerk.get(&town, "/staff").await.text();
    let case = after(&queue, "href=\"/staff/cases/");
    let page = clerk
        .get(&town, &format!("/staff/cases/{case}"))
        .await
        .text();
    for folder in ["files", "documents"] {
        let start = format!("href=\"/staff/cases/{case}/{folder}/");
        let path = format!("/staff/cases/{case}/{folder}/{}", after(&page, &start));
        let file = clerk.get(&town, &path).await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        let types = file.headers.get_all(header::CONTENT_TYPE);
        let types: Vec<_> = types.iter().collect();
        assert_eq!(types, ["application/pdf"], "{path}");
    }
}

/// What stands behind `start`, up to the end of the address.
fn after<'t>(text: &'t str, start: &str) -> &'t str {
    text.split(start)
        .nth(1)
        .and_then(|rest| rest.split(['"', '?']).next())
        .unwrap_or_else(|| panic!("no {start} in {text}"))
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn findings(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        answer.text()
    );
    answer.json()["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|found| {
            let text = |key: &str| found[key].as_str().expect("a text").to_owned();
            (text("field"), text("code"))
        })
        .collect()
}

async fn wrong_files_and_wrong_types_come_with_all_else(town: Town) {
    let mut answers = sample("business-registration");
    answers["id_copy"] = json!([
        { "name": "ausweis.exe", "content": base64(b"%PDF-1.7 test") },
        { "name": "ausweis.pdf", "content": "not base64" },
    ]);
    answers["contact"]["email"] = json!("keine-adresse");
    answers["staff_full_time"] = json!("2");
    answers["owner"] = json!([]);
    let answer = town.submit("business-registration", "all", &answers).await;
    let found = findings(&answer);
    for (field, code) in [
        ("id_copy.0", "file"),
        ("id_copy.1", "file"),
        ("contact.email", "email"),
        ("staff_full_time", "wrong-type"),
        ("owner", "wrong-type"),
    ] {
        let wanted = (field.to_owned(), code.to_owned());
        assert_eq!(
            found.iter().filter(|found| **found == wanted).count(),
            1,
            "{wanted:?} in {found:?}"
        );
    }
    // Nothing is told twice, and of what could not be read nothing else is told.
    for (field, _) in &found {
        assert!(
            field != "id_copy" && !field.starts_with("owner."),
            "{found:?}"
        );
    }
    let text = answer.text();
    assert!(text.contains("Benennen Sie die Datei so um"), "{text}");
    // Every field of a group or list is looked into.
    let mut answers = sample("map-product-order");
    answers["items"][0]["quantity"] = json!("3");
    let nested = town.submit("map-product-order", "nested", &answers).await;
    assert!(
        findings(&nested).contains(&("items.0.quantity".to_owned(), "wrong-type".to_owned())),
        "{}",
        nested.text()
    );
}

async fn the_api_tells_every_error_alike(town: Town) {
    let too_large = "x".repeat(64 * 1024 * 1024 + 1);
    let path = "/api/v1/forms/map-product-order/submissions";
    let post = |kind: &str, body: String| {
        Request::post(path)
            .header(header::CONTENT_TYPE, kind)
            .header("idempotency-key", "k")
            .body(Body::from(body))
            .expect("a request")
    };
    let get = |path: &str| Request::get(path).body(Body::empty()).expect("a request");
    let delete = Request::delete("/api/v1/services")
        .body(Body::empty())
        .expect("a request");
    for (request, status) in [
        (get("/api"), StatusCode::NOT_FOUND),
        (get("/api/"), StatusCode::NOT_FOUND),
        (get("/api/v2/services"), StatusCode::NOT_FOUND),
        (get("/api/v1/forms/%ff/schema"), StatusCode::BAD_REQUEST),
        (delete, StatusCode::METHOD_NOT_ALLOWED),
        (get(path), StatusCode::METHOD_NOT_ALLOWED),
        (
            post("application/json", too_large),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        (
            post("application/jsonfoo", "{}".into()),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            post("text/plain", "{}".into()),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            post("Application/JSON; charset=utf-8", "{}".into()),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            post("application/json", "{".into()),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let asked = format!("{} {}", request.method(), request.uri());
        let answer = town.send(request).await;
        assert_eq!(answer.status, status, "{asked}: {}", answer.text());
        assert_eq!(
            answer.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{asked}"
        );
        let problem = answer.json();
        assert_eq!(problem["status"], status.as_u16(), "{asked}");
        for key in ["type", "title", "detail"] {
            let text = problem[key].as_str().unwrap_or_default();
            assert!(text.len() > 5, "{asked}: {key}");
        }
        let allowed = answer.headers.contains_key(header::ALLOW);
        assert_eq!(allowed, status == StatusCode::METHOD_NOT_ALLOWED, "{asked}");
    }
    for (languages, title) in [
        ("fr, de;q=0.3, en;q=0.8", "There is no such address"),
        ("en;q=0.2, de", "Diese Adresse gibt es nicht"),
    ] {
        let request = Request::get("/api/nothing")
            .header(header::ACCEPT_LANGUAGE, languages)
            .body(Body::empty())
            .expect("a request");
        assert_eq!(
            town.send(request).await.json()["title"],
            title,
            "{languages}"
        );
    }
}

async fn keys_say_what_is_wrong_with_them(town: Town) {
    for (key, title) in [
        (None, "fehlt"),
        (Some(b"  ".to_vec()), "fehlt"),
        (
            Some("ä".repeat(10).into_bytes()),
            "andere Zeichen als ASCII",
        ),
        (Some(b"k".repeat(256)), "zu lang"),
    ] {
        let mut request = Request::post("/api/v1/forms/map-product-order/submissions")
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = &key {
            request = request.header("idempotency-key", key.as_slice());
        }
        let request = request.body(Body::from("{}")).expect("a request");
        let answer = town.send(request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let problem = answer.json();
        let found = problem["title"].as_str().expect("a title");
        assert!(found.contains(title), "{key:?}: {found}");
    }
}

async fn the_key_of_the_seal_is_published(town: Town) {
    let seal = town.get("/api/v1/seal").await.json();
    let key = &seal["keys"][0];
    let text = key["public_key"].as_str().expect("a key");
    let read = paper_key(text);
    assert_eq!(read, key["key_id"].as_str().expect("an id"));
    let page = town.get("/de/verify").await.text();
    assert!(
        page.contains(text) && page.contains("/api/v1/seal"),
        "{page}"
    );
    let made = town
        .submit("map-product-order", "seal", &sample("map-product-order"))
        .await
        .json();
    town.work().await;
    let receipt = made["receipt_url"].as_str().expect("a link");
    let receipt = town
        .get(receipt.trim_start_matches("http://town.test"))
        .await;
    let file = town.folder().join("receipt.pdf");
    std::fs::write(&file, &receipt.body).expect("the receipt is written");
    let file = file.to_str().expect("a path");
    let with = |arguments: &[&str]| schalter(&[&["verify", file], arguments].concat());
    let data = town.folder().to_str().expect("a path");
    for arguments in [["--key", text], ["--data", data]] {
        let told = with(&arguments);
        assert!(told.status.success(), "{told:?}");
    }
    let elsewhere = tempfile::tempdir().expect("a folder");
    let nobody = with(&["--data", elsewhere.path().to_str().expect("a path")]);
    assert_eq!(nobody.status.code(), Some(3));
    assert!(text_of(&nobody.stderr).contains("server.key"), "{nobody:?}");
}

/// The short name of a published key, made anew.
fn paper_key(text: &str) -> String {
    schalter::wiring::public_key(text).expect("a key").key_id()
}

pub(crate) fn schalter(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_schalter"))
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .output()
        .expect("the program runs")
}

pub(crate) fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Settings of a town in `folder`, with `more` behind the top keys.
pub(crate) fn settings(folder: &Path, top: &str, more: &str) -> std::path::PathBuf {
    let file = folder.join("schalter.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\ndata = \"data\"\n{top}\n\
         [town]\ntenant = \"t\"\nname = \"Stadt\"\nprefix = \"T\"\nstreet = \"Platz 1\"\npostcode = \"47798\"\n\
         city = \"Stadt\"\nemail = \"post@stadt.example\"\nphone = \"0\"\n{more}"
    );
    std::fs::write(&file, text).expect("the settings are written");
    file
}

#[test]
fn settings_that_cannot_work_are_refused_at_start() {
    let url = "public_url = \"http://stadt.example\"";
    let inbox = |rest: &str| format!("[[inbox]]\n{rest}\nkind = \"clerk\"\n");
    for (top, more, told) in [
        (
            "public_url = \"stadt.example\"".to_owned(),
            String::new(),
            vec!["public_url = \"stadt.example\""],
        ),
        (
            format!("{url}\ndefinitions = [\"nowhere\"]"),
            String::new(),
            vec!["nowhere is missing"],
        ),
        (
            format!("{url}\ndefinitions = [\".\"]"),
            String::new(),
            vec!["there are no definitions in"],
        ),
        (
            url.to_owned(),
            inbox("department = \"public-oder\"")
                + &inbox("department = \"public-order\"\nqueue = \"trad\""),
            vec!["did you mean `public-order`?", "queue = \"trad\""],
        ),
        (
            url.to_owned(),
            "[[inbox]]\ndepartment = \"public-order\"\nkind = \"folder\"\nroot = \"/dev/null/x\"\n"
                .to_owned(),
            vec!["root = \"/dev/null/x\""],
        ),
        (
            format!("{url}\ntrusted_proxies = [\"proxy\"]"),
            String::new(),
            vec!["`proxy` is no address or network"],
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = settings(folder.path(), &top, &more);
        let output = schalter(&["serve", "--config", file.to_str().expect("a path")]);
        let error = text_of(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{error}");
        for told in told {
            assert!(error.contains(told), "{told} is missing in {error}");
        }
    }
}

#[test]
fn broken_definitions_end_with_the_report_of_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let form = folder.path().join("forms/a");
    std::fs::create_dir_all(&form).expect("a folder");
    std::fs::write(
        form.join("form.yaml"),
        "schalter: form/1\nid: a\ntitel: A\n",
    )
    .expect("a form");
    let path = folder.path().to_str().expect("a path");
    let checked = schalter(&["check", path]);
    let report = text_of(&checked.stdout);
    assert!(report.contains("titel"), "{report}");
    let data = folder.path().join("data");
    let data = data.to_str().expect("a path");
    let demo = schalter(&["demo", "--port", "0", "--data", data, "--definitions", path]);
    assert_eq!(
        (checked.status.code(), demo.status.code()),
        (Some(1), Some(1))
    );
    // What follows the report speaks to whoever asked for it.
    let (report, _) = report
        .rsplit_once("read more with")
        .unwrap_or((&report, ""));
    assert!(text_of(&demo.stderr).contains(report), "{demo:?}");
    let nowhere = schalter(&[
        "demo",
        "--port",
        "0",
        "--data",
        data,
        "--definitions",
        "/nonexist",
    ]);
    assert_eq!(nowhere.status.code(), Some(3));
    let error = text_of(&nowhere.stderr);
    assert!(error.contains("/nonexist is missing"), "{error}");
}

#[test]
fn accounts_are_kept_on_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = settings(folder.path(), "public_url = \"http://stadt.example\"", "");
    let file = file.to_str().expect("a path");
    let account = |arguments: &[&str]| {
        let (first, rest) = arguments.split_first().expect("a command");
        schalter(&[&["account", first, "--config", file], rest].concat())
    };
    let added = account(&["add", "neu", "--role", "public-order:clerk"]);
    assert!(
        text_of(&added.stdout).contains("password for the first login: "),
        "{added:?}"
    );
    let list = || text_of(&account(&["list"]).stdout);
    assert!(list().contains("(has to set a password)"), "{}", list());
    assert!(account(&["disable", "neu"]).status.success());
    assert!(list().contains("(disabled)"), "{}", list());
    assert!(account(&["enable", "neu"]).status.success());
    let renewed = account(&["password", "neu"]);
    assert!(
        text_of(&renewed.stdout).contains("password for the first login: "),
        "{renewed:?}"
    );
    for wrong in [
        &["password", "nue"][..],
        &["add", "x2", "--role", "public-order:nope"],
    ] {
        let refused = account(wrong);
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");
        let error = text_of(&refused.stderr);
        assert!(
            error.contains("did you mean") || error.contains("there are:"),
            "{error}"
        );
    }
}

/// An inbox of the whole department and one of the queue get the case both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_inbox_of_a_case_gets_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (all, one) = (folder.path().join("all"), folder.path().join("one"));
    let queue = {
        let town = Town::on(crate::town::On::Sqlite).await.expect("a town");
        let services = town.get("/api/v1/services").await.json();
        let services = services["services"].as_array().expect("services").clone();
        let service = services
            .into_iter()
            .find(|service| service["id"] == "map-product-order");
        service.expect("the service")["queue"]
            .as_str()
            .expect("a queue")
            .to_owned()
    };
    let more = format!(
        "[[inbox]]\ndepartment = \"survey-cadastre\"\nkind = \"folder\"\nroot = {all:?}\n\
         [[inbox]]\ndepartment = \"survey-cadastre\"\nqueue = \"{queue}\"\nkind = \"folder\"\nroot = {one:?}\n"
    );
    let file = settings(folder.path(), "public_url = \"http://town.test\"", &more);
    let config = Config::read(&file).expect("settings");
    let app = schalter::wiring::App::build(config).await.expect("a town");
    let request = Request::post("/api/v1/forms/map-product-order/submissions")
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", "k")
        .body(Body::from(sample("map-product-order").to_string()))
        .expect("a request");
    let response = tower::ServiceExt::oneshot(app.router(), request)
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::CREATED);
    for _ in 0..20 {
        if !app.worker.round().await.expect("the worker works") {
            break;
        }
    }
    for root in [all, one] {
        let delivered = std::fs::read_dir(root.join("survey-cadastre"))
            .map(Iterator::count)
            .unwrap_or_default();
        assert_eq!(delivered, 1, "{}", root.display());
    }
}

/// Behind the proxy of the settings each client has a count of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_behind_our_proxy_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let top = "public_url = \"http://town.test\"\ntrusted_proxies = [\"10.0.0.0/8\"]";
    let file = settings(folder.path(), top, "");
    let app = schalter::wiring::App::build(Config::read(&file).expect("settings"))
        .await
        .expect("a town");
    let wrong = async |client: &str| {
        let outcome = app.router();
        let mut request = Request::get("/staff/login")
            .body(Body::empty())
            .expect("a request");
        let peer: SocketAddr = "10.0.0.1:80".parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        let page = tower::ServiceExt::oneshot(outcome.clone(), request)
            .await
            .expect("a page");
        let cookie = page.headers()[header::SET_COOKIE]
            .to_str()
            .expect("a cookie");
        let cookie = cookie.split(';').next().expect("a cookie").to_owned();
        let body = axum::body::to_bytes(page.into_body(), 1 << 20)
            .await
            .expect("a body");
        let body = text_of(&body);
        let token = after(&body, "name=\"_csrf\" value=\"").to_owned();
        let mut request = Request::post("/staff/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie)
            .header("x-forwarded-for", format!("1.1.1.1, {client}"))
            .body(Body::from(format!(
                "account=nobody&password=x&_csrf={token}"
            )))
            .expect("a request");
        request.extensions_mut().insert(ConnectInfo(peer));
        tower::ServiceExt::oneshot(outcome, request)
            .await
            .expect("an answer")
            .status()
    };
    for _ in 0..10 {
        assert_eq!(wrong("192.0.2.1").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(wrong("192.0.2.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(wrong("192.0.2.2").await, StatusCode::UNPROCESSABLE_ENTITY);
}
