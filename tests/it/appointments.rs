//! Appointments from outside: free slots chosen and held, booked once, moved,
//! cancelled; what the department sees of them.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::pages::clerk;
use crate::town::{DAY, Town, on_both};
use crate::visit::Visit;

const SERVICE: &str = "id-card-passport-appointment";
/// Wednesday, tomorrow morning: two desks in the north.
const SLOT: &str = "2026-12-02T08:00";

on_both!(
    a_slot_goes_to_as_many_as_there_are_desks,
    a_slot_is_chosen_held_moved_and_given_back,
    the_department_sees_and_blocks_its_day,
);

fn answers(name: &str, slot: &str) -> Value {
    json!({
        "documents": [{ "name": name, "birth_date": "1990-05-01", "document": "passport", "reason": "expired" }],
        "photo": "studio",
        "location": "north",
        "slot": slot,
        "applicant": {
            "person": { "given_names": name, "family_name": "Ruiz" },
            "contact": { "email": format!("{name}@town.example") },
        },
    })
}

async fn a_slot_goes_to_as_many_as_there_are_desks(town: Town) {
    let town = Arc::new(town);
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let town = Arc::clone(&town);
            tokio::spawn(async move {
                let key = format!("slot-{number}");
                town.submit(SERVICE, &key, &answers("ana", SLOT)).await
            })
        })
        .collect();
    let mut booked = 0;
    for task in tasks {
        let answer = task.await.expect("an answer");
        match answer.status {
            StatusCode::CREATED => booked += 1,
            _ => {
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
                let text = answer.text();
                assert!(text.contains("wurde gerade vergeben"), "{text}");
                assert!(text.contains("8:20 Uhr"), "the nearest are named: {text}");
            }
        }
    }
    assert_eq!(booked, 2);
    // What the calendar never offers is told apart.
    let never = town
        .submit(SERVICE, "never", &answers("ana", "2026-12-06T08:00"))
        .await;
    assert!(
        never.text().contains("keine Termine vergeben"),
        "{}",
        never.text()
    );
}

/// Fills the assistant up to the page with the free slots.
async fn to_the_slots<'t>(town: &'t Town, name: &str) -> Visit<'t> {
    let mut visit = Visit::to(town, &format!("/de/services/{SERVICE}")).await;
    let start = visit.form("/start");
    visit.submit(&start, &[]).await;
    let page = visit.form("/step/document");
    let person = [
        ("documents.0.name", name),
        ("documents.0.birth_date.day", "1"),
        ("documents.0.birth_date.month", "5"),
        ("documents.0.birth_date.year", "1990"),
        ("documents.0.document", "passport"),
        ("documents.0.reason", "expired"),
        ("photo", "studio"),
        ("_do", "next"),
    ];
    visit.submit(&page, &person).await;
    let page = visit.form("/step/office");
    visit
        .submit(&page, &[("location", "north"), ("_do", "next")])
        .await;
    visit
}

async fn choose(visit: &mut Visit<'_>, slot: &str) -> StatusCode {
    let page = visit.form("/step/slot");
    visit
        .submit(&page, &[("slot", slot), ("_do", "next")])
        .await
}

async fn send(visit: &mut Visit<'_>, name: &str) {
    let page = visit.form("/step/contact");
    let mail = format!("{name}@town.example");
    let contact = [
        ("applicant.person.given_names", name),
        ("applicant.person.family_name", "Ruiz"),
        ("applicant.contact.email", mail.as_str()),
        ("_do", "next"),
    ];
    visit.submit(&page, &contact).await;
    let page = visit.form("/submit");
    visit.submit(&page, &[]).await;
}

async fn a_slot_is_chosen_held_moved_and_given_back(town: Town) {
    let mut ana = to_the_slots(&town, "ana").await;
    let page = ana.page.text();
    // Today is past the first hours; the week shows what is left of it.
    assert!(
        page.contains(&format!("value=\"{SLOT}\"")),
        "{}",
        ana.outline()
    );
    assert!(!page.contains("value=\"2026-12-01T07:30\""));
    // Another week keeps the page; Christmas Eve is closed.
    let form = ana.form("/step/slot");
    ana.submit(&form, &[("_do", "slots:2026-12-21")]).await;
    assert!(
        ana.page.text().contains("2026-12-23T08:00"),
        "{}",
        ana.outline()
    );
    assert!(!ana.page.text().contains("2026-12-24T08:00"));
    assert_eq!(choose(&mut ana, SLOT).await, StatusCode::OK);
    assert!(ana.path.contains("/step/contact"), "{}", ana.outline());

    // A second desk, then nothing: holds count while the forms are open.
    let mut ben = to_the_slots(&town, "ben").await;
    choose(&mut ben, SLOT).await;
    let mut cem = to_the_slots(&town, "cem").await;
    assert!(!cem.page.text().contains(&format!("value=\"{SLOT}\"")));
    assert_eq!(
        choose(&mut cem, SLOT).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let told = cem.errors().join(" ");
    assert!(
        told.contains("gerade vergeben") && told.contains("8:20 Uhr"),
        "{told}"
    );

    // Ben goes away; after a quarter of an hour Cem gets the desk, and Ben is
    // told when he sends. What he typed is still there.
    town.clock.advance(16 * 60_000);
    assert_eq!(choose(&mut cem, SLOT).await, StatusCode::OK);
    send(&mut ana, "ana").await;
    assert!(ana.page.text().contains("Angekommen"), "{}", ana.outline());
    send(&mut cem, "cem").await;
    send(&mut ben, "ben").await;
    assert!(ben.path.contains("/step/slot"), "{}", ben.outline());
    assert!(
        ben.errors().join(" ").contains("gerade vergeben"),
        "{}",
        ben.outline()
    );
    choose(&mut ben, "2026-12-02T08:20").await;
    assert!(
        ben.page.text().contains("ben@town.example"),
        "{}",
        ben.outline()
    );

    // The mail carries a calendar file.
    town.work().await;
    let invitations = calendar_files(&town, "ana@town.example").await;
    assert_eq!(invitations.len(), 1, "{invitations:?}");
    assert!(
        invitations[0].contains("method=REQUEST"),
        "{}",
        invitations[0]
    );

    // Moved: the old slot is free, the new one is not.
    let status = ana.path.replace("/done", "");
    ana.open(&format!("{status}?week=2026-12-03")).await;
    let form = ana.form("/act/move");
    ana.submit(&form, &[("slot", "2026-12-04T08:00")]).await;
    assert!(ana.path.contains("said=done"), "{}", ana.outline());
    let again = town.submit(SERVICE, "again", &answers("dia", SLOT)).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text());

    // Reminded the day before, cancelled in time, not any more afterwards.
    town.clock.advance(2 * DAY + 3_600_000);
    town.work().await;
    ana.open(&status).await;
    let form = ana.form("/act/cancel");
    ana.submit(&form, &[]).await;
    assert!(
        ana.page.text().contains("Der Termin ist abgesagt"),
        "{}",
        ana.outline()
    );
    town.work().await;
    let files = calendar_files(&town, "ana@town.example").await;
    let methods: Vec<bool> = files
        .iter()
        .map(|mail| mail.contains("method=CANCEL"))
        .collect();
    assert_eq!(methods, [false, false, true]);
    let subjects: Vec<String> = town
        .mails()
        .await
        .into_iter()
        .filter(|(to, _)| to == "ana@town.example")
        .map(|(_, subject)| subject)
        .collect();
    assert!(
        subjects
            .iter()
            .any(|subject| subject.starts_with("Erinnerung")),
        "{subjects:?}"
    );
    let freed = town
        .submit(SERVICE, "freed", &answers("eli", "2026-12-04T08:00"))
        .await;
    assert_eq!(freed.status, StatusCode::CREATED, "{}", freed.text());
}

/// The mails to somebody that carry a calendar file, as sent.
async fn calendar_files(town: &Town, to: &str) -> Vec<String> {
    let desk = &town.app.desk;
    let mut mails = desk
        .store
        .kept_mails(desk.tenant(), None, 200)
        .await
        .expect("mails");
    mails.reverse();
    let mut found = Vec::new();
    for mail in mails.into_iter().filter(|mail| mail.recipient == to) {
        let raw = desk
            .store
            .kept_mail(desk.tenant(), mail.id)
            .await
            .expect("a mail")
            .expect("it is kept");
        let text = String::from_utf8_lossy(&raw.raw)
            .replace("\r\n ", "")
            .replace('"', "");
        if text.contains("text/calendar") {
            found.push(text);
        }
    }
    found
}

async fn the_department_sees_and_blocks_its_day(town: Town) {
    let booked = town.submit(SERVICE, "one", &answers("ana", SLOT)).await;
    assert_eq!(booked.status, StatusCode::CREATED, "{}", booked.text());
    let mut clerk = self::clerk(&town, "buergerservice").await;
    clerk.open("/staff/appointments?day=2026-12-02").await;
    let page = clerk.page.text();
    assert!(
        page.contains("ana Ruiz") && page.contains("8:00 Uhr"),
        "{}",
        clerk.outline()
    );

    let form = clerk.form("/staff/appointments/close");
    let wrong = [
        ("from", "12:00"),
        ("to", "08:00"),
        ("reason", "Teamsitzung"),
    ];
    clerk.submit(&form, &wrong).await;
    assert!(clerk.page.text().contains("das Ende liegt nach dem Beginn"));
    let right = [
        ("from", "08:00"),
        ("to", "12:00"),
        ("reason", "Teamsitzung"),
    ];
    clerk.submit(&form, &right).await;
    let page = clerk.page.text();
    assert!(
        page.contains("Die Zeit ist gesperrt"),
        "{}",
        clerk.outline()
    );
    assert!(
        page.contains("Ein gebuchter Termin liegt in dieser Zeit"),
        "{}",
        clerk.outline()
    );
    let refused = town
        .submit(SERVICE, "two", &answers("ben", "2026-12-02T09:00"))
        .await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.text()
    );

    // The clerk calls the booking off with a message.
    let case = page
        .split("/staff/cases/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a link to the case")
        .to_owned();
    clerk.open(&format!("/staff/cases/{case}")).await;
    let form = clerk.form("/act/cancel_by_office");
    clerk
        .submit(&form, &[("reason", "Wir haben Teamsitzung.")])
        .await;
    town.work().await;
    let mails = calendar_files(&town, "ana@town.example").await;
    assert!(
        mails
            .last()
            .is_some_and(|mail| mail.contains("method=CANCEL"))
    );
    clerk.open("/staff/appointments?day=2026-12-02").await;
    let form = clerk.form("/staff/appointments/reopen");
    clerk.submit(&form, &[]).await;
    assert!(
        clerk.page.text().contains("wieder offen"),
        "{}",
        clerk.outline()
    );

    // Another department has no such calendar.
    let mut other = clerk_of_another(&town).await;
    let status = other
        .open("/staff/appointments?calendar=citizen-service")
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

async fn clerk_of_another(town: &Town) -> Visit<'_> {
    clerk(town, "vhs").await
}
