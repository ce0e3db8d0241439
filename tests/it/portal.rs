//! The portal over HTTP: search, lists, departments, checklist, contact form,
//! what search engines read, and the administrator's notes.

use std::fmt::Write as _;

use axum::http::{StatusCode, header};
use engine::source::{Node, Report, SourceFile, Sources, read_yaml};
use schalter::desk::accounts;

use crate::town::{DAY, On, PASSWORD, Town, on_both, sample};
use crate::visit::Visit;

on_both!(
    services_are_found,
    pages_of_the_portal,
    a_checklist_follows_the_answers,
    messages_are_stored_then_sent,
    what_many_come_for_is_counted,
    search_engines_read_what_is_public,
    administrators_see_the_notes,
);

fn links(page: &str) -> Vec<&str> {
    page.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

async fn services_are_found(town: Town) {
    let first = [
        (
            "/de/search?q=Gewerbeschein",
            "/de/services/business-registration",
        ),
        (
            "/de/search?q=gewebe+anmelden",
            "/de/services/business-registration",
        ),
        (
            "/en/search?q=trade+licence",
            "/en/services/business-registration",
        ),
        ("/de/search?q=VHS", "/de/services/vhs-course-registration"),
        ("/de/search?q=Stadtplan", "/de/services/map-product-order"),
    ];
    for (path, expected) in first {
        let page = town.get(path).await.text();
        let hit = links(&page)
            .into_iter()
            .find(|link| link.contains("/services/"))
            .map(str::to_owned);
        assert_eq!(hit.as_deref(), Some(expected), "{path}");
    }
    let page = town.get("/de/search?q=Raumschiff").await.text();
    assert!(page.contains("Zu „Raumschiff“ haben wir nichts gefunden."));
    for help in ["/de/a-z", "/de/departments", "/de/contact"] {
        assert!(links(&page).contains(&help), "{help}");
    }
    // What was typed is shown as text, and a department is found by its name.
    let page = town.get("/de/search?q=%3Cb%3E%22").await.text();
    assert!(page.contains("value=\"&lt;b&gt;&quot;\"") && !page.contains("<b>\""));
    let page = town.get("/de/search?q=Standesamt").await.text();
    assert!(links(&page).contains(&"/de/departments/registry-office"));
    // Addresses of before lead on.
    let moved = town.get("/de/?q=hund").await;
    assert_eq!(moved.location(), "/de/search?q=hund");
    assert_eq!(
        town.get("/de/?portal=business").await.location(),
        "/de/portals/business"
    );
}

async fn pages_of_the_portal(town: Town) {
    let mut seen = String::new();
    for path in [
        "/de/",
        "/en/",
        "/de/search?q=Gewebeschein",
        "/de/a-z",
        "/de/a-z/g",
        "/en/portals/business",
        "/de/situations/starting-a-business",
        "/de/departments/public-order",
        "/de/services/business-registration/checklist?legal_form=gmbh",
        "/de/contact?department=public-order",
        "/de/accessibility",
        "/de/privacy",
        "/de/imprint",
    ] {
        let visit = Visit::to(&town, path).await;
        writeln!(seen, "{}\n", visit.outline()).expect("writing to a String cannot fail");
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("portal", seen);
    });
    for path in [
        "/de/a-z/%C3%A4",
        "/de/portals/none",
        "/de/situations/none",
        "/de/departments/none",
        "/de/services/none/checklist",
    ] {
        assert_eq!(town.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

async fn a_checklist_follows_the_answers(town: Town) {
    let path = "/de/services/business-registration/checklist";
    let papers = |page: &str| {
        let list = page.split("id=\"papers\"").nth(1).unwrap_or_default();
        let list = list.split("id=\"cost\"").next().unwrap_or_default();
        let mut needed = list.split("Je nach Ihren weiteren Angaben");
        let needed = needed.next().unwrap_or_default().to_owned();
        (needed, list.to_owned())
    };
    let (needed, all) = papers(&town.get(path).await.text());
    assert!(
        !needed.contains("Registerauszug") && all.contains("registerauszug"),
        "{all}"
    );
    assert!(!needed.contains("Erlaubnis oder Antrag darauf"));
    let answered = format!("{path}?legal_form=sole&permit_required=yes");
    let (needed, all) = papers(&town.get(&answered).await.text());
    assert!(needed.contains("Erlaubnis oder Antrag darauf"), "{all}");
    assert!(!all.contains("registerauszug"), "{all}");
    // Answers nobody offers count as none.
    let wrong = town
        .get(&format!("{path}?legal_form=%3Cx&permit_required=maybe"))
        .await;
    assert_eq!(wrong.status, StatusCode::OK);
    assert!(!wrong.text().contains("<x"));
}

async fn messages_are_stored_then_sent(town: Town) {
    let mut visit = Visit::to(&town, "/de/contact?department=public-order").await;
    let form = visit.form("/de/contact");
    let good = [
        ("name", "Mara Beispiel"),
        ("email", "mara@post.example"),
        ("subject", "Parkplatz"),
        ("text", "Guten Tag,\nwann wird gebaut?"),
    ];
    // Each mistake is told, and nothing typed is lost.
    for (name, value, message) in [
        ("name", "", "Schreiben Sie Ihren Namen."),
        (
            "email",
            "mara",
            "Schreiben Sie die E-Mail-Adresse vollständig",
        ),
        ("text", "", "Schreiben Sie Ihre Nachricht."),
    ] {
        let mut change = good.to_vec();
        change.retain(|(known, _)| *known != name);
        change.push((name, value));
        let status = visit.submit(&form, &change).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        let page = visit.page.text();
        assert!(
            page.contains(message) && page.contains("Parkplatz"),
            "{name}"
        );
    }
    let long = "x".repeat(4001);
    let status = visit
        .submit(&form, &[good[0], good[1], good[2], ("text", &long)])
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    // A program that fills in what nobody sees is thanked and forgotten.
    let mut trapped = good.to_vec();
    trapped.push(("website", "http://spam.example"));
    assert_eq!(visit.submit(&form, &trapped).await, StatusCode::OK);
    town.work().await;
    assert_eq!(town.mails().await, []);
    // A person's message is stored first, then sent once.
    assert_eq!(visit.submit(&form, &good).await, StatusCode::OK);
    assert!(visit.page.text().contains("Ihre Nachricht ist bei uns"));
    assert_eq!(town.mails().await, []);
    town.work().await;
    town.work().await;
    let sent = [(
        "ordnungsamt@stadt.example".to_owned(),
        "Nachricht über das Kontaktformular".to_owned(),
    )];
    assert_eq!(town.mails().await, sent);
    // Many from one address have to wait.
    let mut last = StatusCode::OK;
    for _ in 0..60 {
        last = visit.submit(&form, &good).await;
        if last != StatusCode::OK {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

async fn what_many_come_for_is_counted(town: Town) {
    let order = |page: &str| {
        let list = page
            .split("id=\"popular\"")
            .nth(1)
            .unwrap_or_default()
            .to_owned();
        let list = list.split("</ul>").next().unwrap_or_default().to_owned();
        links(&list)
            .into_iter()
            .filter_map(|link| link.rsplit('/').next())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let before = order(&town.get("/de/").await.text());
    assert_eq!(
        before.first().map(String::as_str),
        Some("residence-registration")
    );
    for key in 0..5 {
        let sent = town
            .submit(
                "map-product-order",
                &format!("popular-key-number-{key}"),
                &sample("map-product-order"),
            )
            .await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text());
    }
    // The count is believed for a quarter of an hour, and forgets after 90 days.
    assert_eq!(order(&town.get("/de/").await.text()), before);
    town.clock.advance(16 * 60 * 1000);
    let counted = order(&town.get("/de/").await.text());
    assert_eq!(
        counted.first().map(String::as_str),
        Some("map-product-order")
    );
    town.clock.advance(91 * DAY);
    assert_eq!(order(&town.get("/de/").await.text()), before);
}

async fn search_engines_read_what_is_public(town: Town) {
    let map = town.get("/sitemap.xml").await;
    assert_eq!(
        map.headers[header::CONTENT_TYPE],
        "application/xml; charset=utf-8"
    );
    let map = map.text();
    for address in [
        "http://town.test/de/",
        "http://town.test/en/services/business-registration",
        "http://town.test/de/departments/finance",
        "http://town.test/de/portals/business",
    ] {
        assert!(map.contains(&format!("<loc>{address}</loc>")), "{address}");
    }
    // Every address of the map is there, and says of itself what the map says.
    let addresses = map
        .split("<loc>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next());
    for address in addresses.step_by(5) {
        let page = town
            .get(address.trim_start_matches("http://town.test"))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        let page = page.text();
        assert!(
            page.contains(&format!("<link rel=\"canonical\" href=\"{address}\">")),
            "{address}"
        );
        assert!(!page.contains("noindex"), "{address}");
    }
    assert!(town.get("/de/status").await.text().contains("noindex"));
    assert!(town.get("/de/search?q=x").await.text().contains("noindex"));
    let robots = town.get("/robots.txt").await.text();
    assert!(
        robots.contains("Disallow: /staff\n")
            && robots.contains("Sitemap: http://town.test/sitemap.xml")
    );
    let search = town.get("/en/opensearch.xml").await.text();
    assert!(search.contains("template=\"http://town.test/en/search?q={searchTerms}\""));
}

async fn administrators_see_the_notes(town: Town) {
    let role = ["citizen-services:administrator".to_owned()];
    accounts::add(
        &town.app.desk,
        "pflege",
        "Pflege",
        &role,
        Some(PASSWORD.to_owned()),
    )
    .await
    .expect("an account");
    let mut clerk = Visit::to(&town, "/staff/login").await;
    let form = clerk.form("/staff/login");
    clerk
        .submit(&form, &[("account", "gewerbe"), ("password", PASSWORD)])
        .await;
    for path in ["/staff/notes", "/staff/notes.csv"] {
        assert_eq!(clerk.open(path).await, StatusCode::NOT_FOUND, "{path}");
    }
    let mut administrator = Visit::to(&town, "/staff/login").await;
    let form = administrator.form("/staff/login");
    administrator
        .submit(&form, &[("account", "pflege"), ("password", PASSWORD)])
        .await;
    assert_eq!(administrator.open("/staff/notes").await, StatusCode::OK);
    let page = administrator.page.text();
    assert!(
        page.contains("Gewerbe anmelden")
            && page.contains("forms/business-registration/form.yaml:"),
        "{page}"
    );
    // The same number as `schalter check --notes` has of these kinds.
    let all = town.app.desk.catalog.current().notes.len();
    assert!(
        all > 20 && page.contains(&format!("<strong>{all} Hinweise</strong>")),
        "{all}"
    );
    administrator
        .open("/staff/notes.csv?department=public-order&kind=verify")
        .await;
    let table = administrator.page.text();
    let lines: Vec<&str> = table.trim_end().split("\r\n").collect();
    assert!(lines[0].ends_with("department;service;title;kind;file;line;text;note"));
    assert!(lines.len() > 2);
    for line in &lines[1..] {
        assert!(line.starts_with("\"public-order\";"), "{line}");
        assert!(line.contains(";\"verify\";"), "{line}");
    }
}

/// A town with as many services as a city has: the portal holds them all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_town_has_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let ids = whole_town(folder.path());
    assert_eq!(ids.len(), 184);
    let town = Town::with(On::Sqlite, vec![folder.path().to_owned()])
        .await
        .expect("SQLite is always there");
    let first = [
        ("/de/search?q=Kn%C3%B6llchen", "fine-hearing-statement"),
        ("/de/search?q=Sperrm%C3%BCl", "bulky-waste-collection"),
        ("/en/search?q=dog+tax", "dog-tax-registration"),
        ("/de/search?q=Gewerbeschein", "business-registration"),
    ];
    for (path, expected) in first {
        let page = town.get(path).await.text();
        let hit = links(&page)
            .into_iter()
            .find(|link| link.contains("/services/"));
        assert!(
            hit.is_some_and(|link| link.ends_with(expected)),
            "{path}: {hit:?}"
        );
    }
    // Every service is listed from A to Z, in an area and with its department.
    let mut listed = String::new();
    let start = town.get("/de/a-z").await.text();
    for letter in links(&start)
        .into_iter()
        .filter(|link| link.starts_with("/de/a-z/"))
    {
        listed.push_str(&town.get(letter).await.text());
    }
    let home = town.get("/de/").await.text();
    for area in links(&home)
        .into_iter()
        .filter(|link| link.contains("/portals/"))
    {
        listed.push_str(&town.get(area).await.text());
    }
    for id in &ids {
        let link = format!("href=\"/de/services/{id}\"");
        assert!(listed.matches(&link).count() >= 2, "{id}");
    }
    let map = town.get("/sitemap.xml").await.text();
    assert!(map.matches("<url>").count() > 2 * 184);
}

/// Writes a form for each service of the sample town that has none.
fn whole_town(folder: &std::path::Path) -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["forms", "workflows", "catalogue"] {
        copy(&root.join(part), &folder.join(part));
    }
    let path = root.join("tests/samples/search/services.yaml");
    let text = std::fs::read_to_string(path).expect("the sample");
    let sources = Sources::new(vec![SourceFile {
        path: "services.yaml".to_owned(),
        text: text.clone(),
    }]);
    let (id, _) = sources.iter().next().expect("one file");
    let node = read_yaml(id, &text, &mut Report::default()).expect("YAML");
    let services = node
        .get("services")
        .and_then(Node::as_list)
        .expect("services");
    let mut ids = Vec::new();
    for service in services {
        let text = |key: &str| {
            service
                .get(key)
                .and_then(Node::as_text)
                .unwrap_or_default()
                .to_owned()
        };
        let both = |key: &str| {
            let node = service.get(key).expect("a text");
            let say = |language| {
                node.get(language)
                    .and_then(Node::as_text)
                    .unwrap_or_default()
            };
            format!("{{ de: {:?}, en: {:?} }}", say("de"), say("en"))
        };
        let list = |key: &str| {
            let items = service.get(key).and_then(Node::as_list).unwrap_or_default();
            let items: Vec<String> = items
                .iter()
                .filter_map(|item| Some(format!("{:?}", item.as_text()?)))
                .collect();
            items.join(", ")
        };
        let id = text("id");
        let here = folder.join("forms").join(&id);
        if !here.exists() {
            std::fs::create_dir_all(&here).expect("a folder");
            let department = text("department");
            let form = format!(
                "schalter: form/1\nid: {id}\nversion: 1\ntitle: {}\nsummary: {}\nservice:\n  department: {department}\n  queue: {}\n  portals: [{}]\n  keywords: {{ de: [{}], en: [] }}\nprivacy: {{ purpose: {{ de: Probe, en: Test }}, basis: Art. 6 DSGVO, retention: P1Y }}\nworkflow: notification-confirm\npages:\n  - id: one\n    title: {{ de: Angaben, en: Details }}\n    fields:\n      - {{ id: subject, type: text, label: {{ de: Worum geht es?, en: What is it about? }} }}\n",
                both("title"),
                both("summary"),
                first_queue(root, &department),
                list("portals"),
                list("keywords"),
            );
            std::fs::write(here.join("form.yaml"), form).expect("a file");
        }
        ids.push(id);
    }
    ids
}

fn first_queue(root: &std::path::Path, department: &str) -> String {
    let text =
        std::fs::read_to_string(root.join("catalogue/departments.yaml")).expect("departments");
    let own = text
        .split(&format!("\n  - id: {department}\n"))
        .nth(1)
        .expect("the department");
    let queue = own.split("queues:").nth(1).expect("queues");
    let id = queue.split("id: ").nth(1).expect("a queue");
    id.split([',', '\n', ' ']).next().expect("an id").to_owned()
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in from.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a copy");
        }
    }
}
