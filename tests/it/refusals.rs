//! Requests that must not succeed, and what is kept when they do not: foreign
//! and expired drafts, forged and stale forms, other departments, files of
//! branches left behind, places that others wait for.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::pages::{act, apply, case_of, clerk};
use crate::town::{DAY, Town, on_both, sample};
use crate::visit::Visit;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

on_both!(
    a_draft_belongs_to_one_visitor,
    a_draft_expires,
    forged_and_broken_forms_change_nothing,
    addresses_that_are_none_lead_to_a_page,
    a_late_reply_is_kept,
    notes_of_staff_do_not_spoil_the_page,
    a_stale_clerk_reads_what_changed,
    another_department_sees_nothing,
    files_of_a_branch_left_behind_stay_behind,
    papers_handed_in_later_are_no_longer_missing,
    places_go_in_order_of_receipt,
    files_of_the_office_reach_the_applicant,
);

async fn begun<'t>(town: &'t Town, service: &str) -> Visit<'t> {
    let mut visit = Visit::to(town, &format!("/de/services/{service}")).await;
    let start = visit.form("/start");
    assert_eq!(visit.submit(&start, &[]).await, StatusCode::OK);
    visit
}

async fn a_draft_belongs_to_one_visitor(town: Town) {
    let mut visit = begun(&town, "map-product-order").await;
    let (path, form) = (visit.path.clone(), visit.form("/drafts/"));
    visit.forget_cookies();
    assert_eq!(visit.open(&path).await, StatusCode::NOT_FOUND);
    assert!(visit.page.text().contains("Entwurf"), "{}", visit.outline());
    // With the form of the other visitor's page it is refused before it is looked at.
    assert_eq!(
        visit.submit(&form, &[("_do", "next")]).await,
        StatusCode::FORBIDDEN
    );
}

async fn a_draft_expires(town: Town) {
    let mut visit = begun(&town, "map-product-order").await;
    let path = visit.path.clone();
    town.clock.advance(29 * DAY);
    assert_eq!(visit.open(&path).await, StatusCode::OK);
    town.clock.advance(2 * DAY);
    assert_eq!(visit.open(&path).await, StatusCode::NOT_FOUND);
}

async fn forged_and_broken_forms_change_nothing(town: Town) {
    let mut visit = begun(&town, "map-product-order").await;
    let (path, mut form) = (visit.path.clone(), visit.form("/drafts/"));
    let kind = Some("multipart/form-data; boundary=x");
    for body in [
        &b"--y\r\n"[..],
        b"--x\r\ncontent-disposition: form-data\r\n",
        b"",
    ] {
        let status = visit.send("POST", &path, kind, body.to_vec()).await;
        assert!(status.is_client_error(), "{status}");
        assert!(
            visit.page.text().contains("<h1"),
            "a page says what happened"
        );
    }
    form.values.retain(|(name, _)| name != "_csrf");
    assert_eq!(
        visit.submit(&form, &[("_do", "next")]).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        visit.send("DELETE", &path, None, Vec::new()).await,
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(visit.open(&path).await, StatusCode::OK);
}

async fn addresses_that_are_none_lead_to_a_page(town: Town) {
    let mut staff = clerk(&town, "gewerbe").await;
    for path in [
        "/de/drafts/xyz",
        "/de/drafts/xyz/check",
        "/de/drafts/00000000-0000-0000-0000-000000000000",
        "/de/cases/MS/secret",
        "/staff/cases/xyz",
        "/demo/mails/x",
        "/demo/pay/x",
        "/de/services/none",
    ] {
        assert_eq!(staff.open(path).await, StatusCode::NOT_FOUND, "{path}");
        let kind = staff.page.headers["content-type"].to_str().expect("a type");
        assert!(kind.starts_with("text/html"), "{path}: {kind}");
        assert!(
            staff.page.headers.contains_key("content-security-policy"),
            "{path}"
        );
    }
}

/// A business registration that waits for an answer of the applicant.
async fn asked_back(town: &Town) -> (Visit<'_>, Visit<'_>, String) {
    let person = apply(
        town,
        "de",
        "business-registration",
        &[],
        &mut Default::default(),
    )
    .await;
    let (reference, status) = case_of(&person);
    let mut staff = clerk(town, "gewerbe").await;
    crate::pages::find(&mut staff, &reference, &mut Default::default()).await;
    let missing = [("missing", "Bitte die Ausweiskopie.")];
    act(&mut staff, "take", &[], &mut Default::default()).await;
    act(
        &mut staff,
        "request_information",
        &missing,
        &mut Default::default(),
    )
    .await;
    (person, staff, status)
}

async fn a_late_reply_is_kept(town: Town) {
    let (mut person, mut staff, status) = asked_back(&town).await;
    person.open(&status).await;
    let reply = person.form("/act/reply");
    let resume = [("note", "Telefonisch geklärt")];
    act(&mut staff, "resume", &resume, &mut Default::default()).await;
    let late = person
        .submit(&reply, &[("answer", "Mein langer Text")])
        .await;
    assert_eq!(late, StatusCode::CONFLICT);
    assert!(
        person.page.text().contains("Mein langer Text"),
        "{}",
        person.outline()
    );
}

async fn notes_of_staff_do_not_spoil_the_page(town: Town) {
    let (mut person, mut staff, status) = asked_back(&town).await;
    person.open(&status).await;
    let reply = person.form("/act/reply");
    let note = staff.form("/note");
    assert_eq!(
        staff.submit(&note, &[("text", "Nur für uns")]).await,
        StatusCode::OK
    );
    let sent = person.submit(&reply, &[("answer", "Hier ist sie")]).await;
    assert_eq!(sent, StatusCode::OK, "{}", person.outline());
    assert!(!person.page.text().contains("Nur für uns"));
}

async fn a_stale_clerk_reads_what_changed(town: Town) {
    let (mut person, mut staff, status) = asked_back(&town).await;
    let resume = staff.form("/act/resume");
    person.open(&status).await;
    let reply = person.form("/act/reply");
    person
        .submit(&reply, &[("answer", "Schon beantwortet")])
        .await;
    let late = staff
        .submit(&resume, &[("note", "Am Telefon gehört")])
        .await;
    assert_eq!(late, StatusCode::CONFLICT);
    let text = staff.page.text();
    assert!(text.contains("Am Telefon gehört") && text.contains("Schon beantwortet"));
}

async fn another_department_sees_nothing(town: Town) {
    let person = apply(
        &town,
        "de",
        "map-product-order",
        &[],
        &mut Default::default(),
    )
    .await;
    let (reference, _) = case_of(&person);
    let desk = &town.app.desk;
    let case = desk
        .store
        .case_by_reference(desk.tenant(), &reference)
        .await
        .expect("the database")
        .expect("the case");
    let mut owner = clerk(&town, "kartografie").await;
    assert_eq!(
        owner.open(&format!("/staff/cases/{}", case.id)).await,
        StatusCode::OK
    );
    let forms = owner.forms("/staff/cases/");
    assert!(forms.len() >= 4, "{}", owner.outline());
    let mut other = clerk(&town, "gewerbe").await;
    other.open("/staff").await;
    let token = other
        .form("/logout")
        .values
        .into_iter()
        .find(|(name, _)| name == "_csrf")
        .expect("a token")
        .1;
    for path in [
        "",
        "/documents/receipt",
        "/files/00000000-0000-0000-0000-000000000000",
    ] {
        let status = other.open(&format!("/staff/cases/{}{path}", case.id)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    for form in forms {
        let status = other
            .submit(&form, &[("_csrf", &token), ("text", "x")])
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{}", form.action);
    }
    let after = desk
        .store
        .case(desk.tenant(), case.id)
        .await
        .expect("the database");
    assert_eq!(after.expect("the case").revision, case.revision);
}

async fn files_of_a_branch_left_behind_stay_behind(town: Town) {
    use base64::Engine as _;
    let content = base64::engine::general_purpose::STANDARD.encode(PDF);
    let mut answers = sample("business-registration");
    // Nobody asks a sole trader for an extract of the register.
    answers["register_extract"] = json!([{ "name": "left-behind.pdf", "content": content }]);
    answers["id_copy"] = json!([{ "name": "ausweis.pdf", "content": content }]);
    let answer = town.submit("business-registration", "left", &answers).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let desk = &town.app.desk;
    let reference = answer.json()["reference"]
        .as_str()
        .expect("a number")
        .to_owned();
    let case = desk
        .store
        .case_by_reference(desk.tenant(), &reference)
        .await
        .expect("the database")
        .expect("the case");
    let files = desk
        .store
        .attachments(desk.tenant(), case.id)
        .await
        .expect("files");
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["ausweis.pdf"]);
}

async fn papers_handed_in_later_are_no_longer_missing(town: Town) {
    let mut person = apply(
        &town,
        "de",
        "business-registration",
        &[],
        &mut Default::default(),
    )
    .await;
    let (reference, status) = case_of(&person);
    assert!(person.page.text().contains("Ausweis- oder Passkopie"));
    person.open(&status).await;
    let form = person.form("/act/hand_in");
    let file = ("file.outstanding.id_copy", "ausweis.pdf", PDF);
    assert_eq!(
        person.hand_in(&form, &[], file).await,
        StatusCode::OK,
        "{}",
        person.outline()
    );
    person.open(&format!("{status}/done")).await;
    assert!(
        !person.page.text().contains("Ausweis- oder Passkopie"),
        "{}",
        person.outline()
    );
    let mut staff = clerk(&town, "gewerbe").await;
    crate::pages::find(&mut staff, &reference, &mut Default::default()).await;
    let page = staff.outline();
    assert!(!page.contains("Noch fehlende Unterlagen"), "{page}");
    assert!(page.contains("ausweis.pdf"), "{page}");
}

async fn files_of_the_office_reach_the_applicant(town: Town) {
    let change = [("payment.payment_method", Value::from("invoice"))];
    let mut person = apply(
        &town,
        "de",
        "map-product-order",
        &change,
        &mut Default::default(),
    )
    .await;
    let (reference, status) = case_of(&person);
    let mut staff = clerk(&town, "kartografie").await;
    crate::pages::find(&mut staff, &reference, &mut Default::default()).await;
    let form = staff.form("/act/ship");
    let exe = ("file.files", "karte.pdf", &b"MZ\x90\x00\x03\x00"[..]);
    let refused = staff
        .hand_in(&form, &[("shipment", "Bitte laden")], exe)
        .await;
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        staff.page.text().contains("Bitte laden"),
        "what was typed is kept"
    );
    let form = staff.form("/act/ship");
    let map = ("file.files", "karte.pdf", PDF);
    assert_eq!(staff.hand_in(&form, &[], map).await, StatusCode::OK);
    person.open(&status).await;
    let page = person.page.text();
    let at = page.find("/files/").expect("a link to the file");
    let link = &page[at..at + page[at..].find('"').expect("its end")];
    person.open(&format!("{status}{link}")).await;
    assert_eq!(person.page.body, PDF);
    let foreign = format!("{status}/files/00000000-0000-0000-0000-000000000000");
    assert_eq!(person.open(&foreign).await, StatusCode::NOT_FOUND);
}

/// Somebody who wants places of a course of two; the state the case came to.
async fn registered(town: &Town, key: &str, people: usize) -> (String, String) {
    let mut answers = sample("vhs-course-registration");
    answers["course_number"] = json!("G2207");
    let person = json!({ "given_name": "A", "family_name": "B", "birth_year": 1990 });
    answers["participants"] = Value::Array(vec![person; people]);
    answers
        .as_object_mut()
        .expect("an object")
        .remove("language_level");
    let answer = town.submit("vhs-course-registration", key, &answers).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let link = answer.json()["api_status_url"]
        .as_str()
        .expect("a link")
        .to_owned();
    let link = link.trim_start_matches("http://town.test").to_owned();
    let state = state(town, &link).await;
    (link, state)
}

async fn state(town: &Town, link: &str) -> String {
    let body = town.get(link).await.json();
    body["state"][0].as_str().expect("a state").to_owned()
}

async fn places_go_in_order_of_receipt(town: Town) {
    let (first, held) = registered(&town, "a", 2).await;
    assert_eq!(held, "open.confirmed");
    town.clock.advance(1000);
    let (second, waits) = registered(&town, "b", 1).await;
    assert_eq!(waits, "open.waiting_list");
    town.clock.advance(1000);
    let (third, waits) = registered(&town, "c", 1).await;
    assert_eq!(waits, "open.waiting_list");
    // Both places become free: both who wait get one, and before that nobody new does.
    let page = first
        .replace("/api/v1/cases/", "/de/cases/")
        .replace("?secret=", "/");
    let mut person = Visit::to(&town, &page).await;
    let cancel = person.form("/act/cancel");
    assert_eq!(
        person.submit(&cancel, &[]).await,
        StatusCode::OK,
        "{}",
        person.outline()
    );
    let (_, newcomer) = registered(&town, "d", 1).await;
    assert_eq!(newcomer, "open.waiting_list");
    town.work().await;
    assert_eq!(state(&town, &second).await, "open.place_offered");
    assert_eq!(state(&town, &third).await, "open.place_offered");
}
