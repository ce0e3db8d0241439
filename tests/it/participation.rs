//! What everybody may read: reports and statements with the city's answer,
//! passed by a clerk, and never anything about who wrote them.

use axum::http::StatusCode;
use schalter::desk::accounts;
use serde_json::{Value, json};

use crate::pages::clerk;
use crate::town::{PASSWORD, Town, on_both};
use crate::visit::Visit;

on_both!(
    a_report_is_passed_answered_and_withdrawn,
    reports_are_filtered_and_paged,
    procedures_are_shown_with_their_statements,
    nothing_about_a_person_is_public,
);

/// What people write about themselves; none of it may ever be public.
const PERSONAL: [&str; 8] = [
    "Zacharias",
    "Quastenflosser",
    "zq.geheim@example.org",
    "+49 2151 778899",
    "Geheimgasse",
    "47 B",
    "Zackenbarsch",
    "hinter der roten Tür",
];

async fn staff(town: &Town) {
    for (name, roles) in [
        (
            "maengel",
            vec!["municipal-works:triage", "municipal-works:clerk"],
        ),
        ("planung", vec!["urban-planning:clerk"]),
        ("umwelt", vec!["environment:clerk"]),
        ("buergerhaushalt", vec!["council-elections:clerk"]),
    ] {
        let roles: Vec<String> = roles.into_iter().map(str::to_owned).collect();
        accounts::add(
            &town.app.desk,
            name,
            name,
            &roles,
            Some(PASSWORD.to_owned()),
        )
        .await
        .expect("an account");
    }
}

fn report(description: &str) -> Value {
    json!({
        "category": "road",
        "danger": false,
        "description": description,
        "place": { "street": "Parkallee 12", "district": "north" },
        "place_text": "hinter der roten Tür",
        "want_answer": true,
        "email": "zq.geheim@example.org",
    })
}

fn participant() -> Value {
    json!({
        "person": { "given_names": "Zacharias", "family_name": "Quastenflosser" },
        "address": { "country": "DE", "street": "Geheimgasse", "house_number": "47 B", "postcode": "47800", "city": "Musterstadt" },
        "contact": { "email": "zq.geheim@example.org", "phone": "+49 2151 778899" },
    })
}

/// Hands answers in; the number of the case.
async fn hand_in(town: &Town, service: &str, key: &str, answers: &Value) -> String {
    let answer = town.submit(service, key, answers).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["reference"]
        .as_str()
        .expect("a number")
        .to_owned()
}

/// Opens a case from the queue.
async fn open<'t>(town: &'t Town, account: &str, reference: &str) -> Visit<'t> {
    let mut visit = clerk(town, account).await;
    visit
        .open(&format!("/staff?status=all&owner=all&q={reference}"))
        .await;
    let page = visit.page.text();
    let at = page
        .find("href=\"/staff/cases/")
        .expect("the case is in the queue")
        + 6;
    let end = at + page[at..].find('"').expect("the end of the link");
    let link = page[at..end].replace("&amp;", "&");
    visit.open(&link).await;
    visit
}

async fn act(visit: &mut Visit<'_>, event: &str, change: &[(&str, &str)]) {
    let form = visit.form(&format!("/act/{event}"));
    let status = visit.submit(&form, change).await;
    assert_eq!(status, StatusCode::OK, "{event}: {}", visit.outline());
}

async fn page(town: &Town, path: &str) -> String {
    let answer = town.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    // The pages write `=` as a reference.
    answer.text().replace("&#x3D;", "=")
}

/// The address of the first entry of a page.
fn first_entry(page: &str) -> String {
    let at = page.find("href=\"/de/reports/").expect("an entry") + 6;
    let end = at + page[at..].find('"').expect("the end of the link");
    page[at..end].to_owned()
}

async fn a_report_is_passed_answered_and_withdrawn(town: Town) {
    staff(&town).await;
    let reference = hand_in(
        &town,
        "defect-report",
        "r1",
        &report("Schlagloch, sagt Zackenbarsch."),
    )
    .await;
    assert!(!page(&town, "/de/reports").await.contains("Parkallee 12"));

    let mut visit = open(&town, "maengel", &reference).await;
    let form = visit.form("/act/publish");
    let proposed = |name: &str| {
        let value = form.values.iter().find(|(known, _)| known == name);
        value.map(|(_, value)| value.trim().to_owned())
    };
    assert_eq!(
        proposed("public_title").as_deref(),
        Some("Fahrbahn oder Schlagloch")
    );
    assert_eq!(
        proposed("public_text").as_deref(),
        Some("Schlagloch, sagt Zackenbarsch.")
    );
    act(
        &mut visit,
        "publish",
        &[("public_text", "Tiefes Schlagloch.")],
    )
    .await;

    let list = page(&town, "/de/reports").await;
    for shown in [
        "Tiefes Schlagloch.",
        "Parkallee 12",
        "Nord",
        "Die Meldung ist eingegangen. Danke!",
    ] {
        assert!(list.contains(shown), "{shown} is missing:\n{list}");
    }
    // A heading left as it was stays in both languages.
    let english = page(&town, "/en/reports").await;
    assert!(english.contains(">Road, Parkallee 12"), "{english}");
    assert!(english.contains("The report has arrived. Thank you!"));

    act(&mut visit, "take", &[]).await;
    act(&mut visit, "keep", &[]).await;
    let entry = first_entry(&list);
    assert!(page(&town, &entry).await.contains("Wir arbeiten daran."));
    act(&mut visit, "done", &[("answer", "Das Loch ist zu.")]).await;
    let single = page(&town, &entry).await;
    for shown in [
        "Das Loch ist zu.",
        "Die Meldung ist erledigt.",
        "Tiefes Schlagloch.",
    ] {
        assert!(single.contains(shown), "{shown} is missing:\n{single}");
    }
    assert!(!single.contains(&reference));
    // The case is closed: it takes no actions, but can be taken off.
    let form = visit.form("/withhold");
    assert_eq!(visit.submit(&form, &[]).await, StatusCode::OK);
    assert!(
        visit
            .page
            .text()
            .contains("Von den öffentlichen Seiten genommen")
    );
    assert_eq!(town.get(&entry).await.status, StatusCode::NOT_FOUND);

    let second = hand_in(&town, "defect-report", "r2", &report("Noch ein Loch.")).await;
    let mut visit = open(&town, "maengel", &second).await;
    act(&mut visit, "publish", &[]).await;
    let list = page(&town, "/de/reports").await;
    assert!(list.contains("Noch ein Loch."));
    let entry = first_entry(&list);
    act(&mut visit, "unpublish", &[]).await;
    assert_eq!(town.get(&entry).await.status, StatusCode::NOT_FOUND);
    assert!(!page(&town, "/de/reports").await.contains("Noch ein Loch."));
    assert!(visit.forms("/act/unpublish").is_empty());
}

async fn reports_are_filtered_and_paged(town: Town) {
    staff(&town).await;
    for at in 0..22 {
        let mut answers = report(&format!("Nummer {at:02}."));
        answers["category"] = json!(if at % 11 == 0 { "tree" } else { "road" });
        answers["place"]["district"] = json!(if at < 11 { "north" } else { "west" });
        let key = format!("p{at}");
        let reference = hand_in(&town, "defect-report", &key, &answers).await;
        let mut visit = open(&town, "maengel", &reference).await;
        act(&mut visit, "publish", &[]).await;
    }
    let first = page(&town, "/de/reports").await;
    assert_eq!(first.matches("Nummer ").count(), 20);
    let at = first.find("/de/reports?after=").expect("a next page");
    let next = &first[at..at + first[at..].find('"').expect("an end")];
    assert_eq!(page(&town, next).await.matches("Nummer ").count(), 2);
    for (query, expected) in [
        ("category=tree", 2),
        ("district=west", 11),
        ("category=tree&district=west", 1),
        ("status=open&category=tree", 2),
        ("status=done", 0),
        ("category=nothing", 0),
        ("category=%3Cscript%3E&district=west", 11),
        ("after=nonsense&category=tree", 2),
    ] {
        let list = page(&town, &format!("/de/reports?{query}")).await;
        assert_eq!(list.matches("Nummer ").count(), expected, "{query}");
        assert!(!list.contains("<script>"), "{query}");
    }
    let feed = town.get("/en/reports/feed?category=tree").await;
    assert_eq!(
        feed.headers["content-type"],
        "application/atom+xml; charset=utf-8"
    );
    assert_eq!(feed.text().matches("<entry>").count(), 2);
    assert!(
        feed.text()
            .contains("<title>Tree or green space, Parkallee 12</title>")
    );
}

fn statement(consent: bool) -> Value {
    json!({
        "procedure": "bp-812",
        "capacity": "owner",
        "affected_plots": "Zackenbarsch",
        "points": [{ "topic": "noise", "text": "Es wird zu laut <am Tor>." }],
        "support": "con",
        "publish_consent": consent,
        "want_result": true,
        "participant": participant(),
    })
}

async fn procedures_are_shown_with_their_statements(town: Town) {
    staff(&town).await;
    let list = page(&town, "/de/participation").await;
    let (open_at, coming_at, over_at) = (
        list.find("id=\"open\"").expect("open procedures"),
        list.find("id=\"coming\"").expect("procedures to come"),
        list.find("id=\"over\"").expect("procedures that ended"),
    );
    assert!(open_at < coming_at && coming_at < over_at);
    let place = |text: &str| list.find(text).expect("the procedure is listed");
    assert!((open_at..coming_at).contains(&place("Südring/Parkallee")));
    assert!((coming_at..over_at).contains(&place("Nordpark")));
    assert!(place("Alte Weberei") > over_at);
    // What is for public bodies only stays with them.
    assert!(!list.contains("TOEB-"));

    let path = "/de/participation/planning-participation-statement/bp-812";
    let procedure = page(&town, path).await;
    assert!(procedure.contains("/de/services/planning-participation-statement"));
    assert!(procedure.contains("https://stadt.example/plaene/812"));
    let over = page(
        &town,
        "/de/participation/planning-participation-statement/bp-805",
    )
    .await;
    assert!(!over.contains("/de/services/planning-participation-statement"));
    let other = town
        .get("/de/participation/citizen-budget-proposal/bp-812")
        .await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);

    let private = hand_in(
        &town,
        "planning-participation-statement",
        "s1",
        &statement(false),
    )
    .await;
    let visit = open(&town, "planung", &private).await;
    assert!(
        visit.forms("/act/publish").is_empty(),
        "without consent nothing is published"
    );
    let public = hand_in(
        &town,
        "planning-participation-statement",
        "s2",
        &statement(true),
    )
    .await;
    let mut visit = open(&town, "planung", &public).await;
    act(&mut visit, "publish", &[]).await;
    let procedure = page(&town, path).await;
    assert!(
        procedure.contains("Es wird zu laut &lt;am Tor&gt;."),
        "{procedure}"
    );
    assert!(!page(&town, "/de/reports").await.contains("Es wird zu laut"));
    let single = page(&town, &first_entry(&procedure)).await;
    assert!(single.contains(path), "the way back leads to the procedure");
}

async fn nothing_about_a_person_is_public(town: Town) {
    staff(&town).await;
    let contact = json!({ "email": "zq.geheim@example.org", "phone": "+49 2151 778899" });
    let voluntary = json!({
        "person": { "given_names": "Zacharias", "family_name": "Quastenflosser" },
        "contact": contact,
    });
    let handed = [
        ("defect-report", "maengel", report("Ein Loch.")),
        (
            "planning-participation-statement",
            "planung",
            statement(true),
        ),
        (
            "early-planning-participation",
            "planung",
            json!({
                "procedure": "bp-830", "contribution_kind": "idea", "title": "Mehr Bäume",
                "text": "Bitte Bäume pflanzen.", "relation": "own", "age_group": "a65",
                "publish_consent": true, "participant": voluntary,
            }),
        ),
        (
            "noise-action-plan-participation",
            "umwelt",
            json!({
                "place": { "street": "Südring 40", "district": "south" }, "source": "road",
                "times": ["night"], "annoyance": "strong", "description": "Laut.",
                "publish_consent": true, "participant": voluntary,
            }),
        ),
        (
            "citizen-budget-proposal",
            "buergerhaushalt",
            json!({
                "round": "ideas", "title": "Bänke im Park", "category": "green", "district": "north",
                "description": "Im Nordpark fehlen Bänke im Schatten, vor allem am Spielplatz.",
                "display_name": "Zackenbarsch", "contact": contact,
                "age_confirmed": true, "rules": true,
            }),
        ),
    ];
    let mut numbers = Vec::new();
    for (service, account, answers) in &handed {
        let reference = hand_in(&town, service, service, answers).await;
        let mut visit = open(&town, account, &reference).await;
        act(&mut visit, "publish", &[]).await;
        numbers.push(reference);
    }
    let mut paths = vec!["/de/reports".to_owned(), "/de/reports/feed".to_owned()];
    paths.push("/de/participation".to_owned());
    for procedure in town.app.desk.procedures() {
        paths.push(format!(
            "/de/participation/{}/{}",
            procedure.service, procedure.key
        ));
    }
    let mut entries = 0;
    let mut at = 0;
    while let Some(path) = paths.get(at).cloned() {
        at += 1;
        for path in [path.clone(), path.replace("/de/", "/en/")] {
            let page = page(&town, &path).await;
            for word in PERSONAL
                .iter()
                .copied()
                .chain(numbers.iter().map(String::as_str))
            {
                assert!(!page.contains(word), "{word} stands on {path}:\n{page}");
            }
            for link in page.split("href=\"/de/reports/").skip(1) {
                let id = link.split('"').next().expect("the end of the link");
                let path = format!("/de/reports/{id}");
                if id.len() == 32 && !paths.contains(&path) {
                    entries += 1;
                    paths.push(path);
                }
            }
        }
    }
    assert_eq!(
        entries,
        handed.len(),
        "every entry was looked at: {paths:?}"
    );
}
