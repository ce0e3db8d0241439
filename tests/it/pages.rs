//! Journeys over HTTP, page by page as a snapshot of what people read: citizen
//! to clerk to letter, on both databases with the same words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::StatusCode;
use serde_json::Value;

use crate::town::{PASSWORD, Town, on_both, sample};
use crate::visit::{Visit, flatten, masked};

on_both!(
    a_business_is_registered,
    a_course_is_booked_and_cancelled,
    maps_are_ordered_on_invoice,
    the_assistant_speaks_english,
    pages_everybody_can_read,
);

/// What was seen on the way.
#[derive(Default)]
pub(crate) struct Diary(String);

impl Diary {
    fn page(&mut self, visit: &Visit<'_>) {
        self.line(&visit.outline());
    }

    fn line(&mut self, text: &str) {
        writeln!(self.0, "{text}\n").expect("writing to a String cannot fail");
    }

    async fn mails(&mut self, town: &Town) {
        town.work().await;
        self.line("mails:");
        for (to, subject) in town.mails().await {
            self.line(&masked(&format!("{to}: {subject}")));
        }
    }

    fn compare(&self, name: &str) {
        // One file for both databases: they must not differ.
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, self.0);
        });
    }
}

/// Fills in an assistant and sends it; leaves the visit on the confirmation.
pub(crate) async fn apply<'t>(
    town: &'t Town,
    language: &str,
    service: &str,
    change: &[(&str, Value)],
    diary: &mut Diary,
) -> Visit<'t> {
    let mut answers = BTreeMap::new();
    flatten(&sample(service), "", &mut answers);
    answers.extend(
        change
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    let mut visit = Visit::to(town, &format!("/{language}/services/{service}")).await;
    diary.page(&visit);
    let start = visit.form("/start");
    visit.submit(&start, &[]).await;
    for _ in 0..40 {
        if visit.path.ends_with("/check") {
            break;
        }
        diary.page(&visit);
        let mut form = visit.form("/drafts/");
        form.fill(&answers);
        let lists = missing_entries(&form, &answers, &visit);
        for list in lists {
            form.fill(&answers);
            visit
                .submit(&form, &[("_do", &format!("add:{list}"))])
                .await;
            form = visit.form("/drafts/");
        }
        form.fill(&answers);
        let status = visit.submit(&form, &[("_do", "next")]).await;
        assert_eq!(
            status,
            StatusCode::OK,
            "{:?} on {}",
            visit.errors(),
            visit.path
        );
    }
    diary.page(&visit);
    let send = visit.form("/submit");
    visit.submit(&send, &[]).await;
    assert!(visit.path.ends_with("/done"), "{}", visit.outline());
    diary.page(&visit);
    visit
}

/// Lists of this page that have fewer entries than there are answers for, once for each entry.
fn missing_entries(
    form: &crate::visit::Form,
    answers: &BTreeMap<String, Value>,
    visit: &Visit<'_>,
) -> Vec<String> {
    let mut missing = Vec::new();
    let text = visit.page.text();
    let entries = |list: &str, at: usize| format!("{list}.{at}.");
    for name in answers.keys() {
        let Some((list, rest)) = name.split_once('.') else {
            continue;
        };
        let Some(at) = rest
            .split('.')
            .next()
            .and_then(|at| at.parse::<usize>().ok())
        else {
            continue;
        };
        let prefix = entries(list, at);
        let there = form
            .controls
            .iter()
            .any(|(known, ..)| known.starts_with(&prefix));
        let on_page = text.contains(&format!("value=\"add:{list}\""));
        let once = answers.keys().find(|known| known.starts_with(&prefix)) == Some(name);
        if on_page && !there && once {
            missing.push(list.to_owned());
        }
    }
    missing
}

/// Case number and address of the status page behind a confirmation.
pub(crate) fn case_of(visit: &Visit<'_>) -> (String, String) {
    let status = visit.path.trim_end_matches("/done").to_owned();
    let reference = status.split('/').nth(3).expect("a number").to_owned();
    (reference, status)
}

pub(crate) async fn clerk<'t>(town: &'t Town, name: &str) -> Visit<'t> {
    let mut visit = Visit::to(town, "/staff/login").await;
    let form = visit.form("/staff/login");
    let status = visit
        .submit(&form, &[("account", name), ("password", PASSWORD)])
        .await;
    assert_eq!(
        (status, visit.path.as_str()),
        (StatusCode::OK, "/staff"),
        "{}",
        visit.outline()
    );
    visit
}

/// Opens a case from the queue.
pub(crate) async fn find(visit: &mut Visit<'_>, reference: &str, diary: &mut Diary) {
    visit
        .open(&format!("/staff?status=all&owner=all&q={reference}"))
        .await;
    diary.page(visit);
    let page = visit.page.text();
    let at = page
        .find("href=\"/staff/cases/")
        .expect("the case is in the queue")
        + 6;
    let end = at + page[at..].find('"').expect("the end of the link");
    let link = page[at..end].replace("&amp;", "&");
    visit.open(&link).await;
    diary.page(visit);
}

pub(crate) async fn act(
    visit: &mut Visit<'_>,
    event: &str,
    change: &[(&str, &str)],
    diary: &mut Diary,
) {
    let form = visit.form(&format!("/act/{event}"));
    let status = visit.submit(&form, change).await;
    assert_eq!(status, StatusCode::OK, "{event}: {}", visit.outline());
    diary.line(&format!("did {event}"));
    diary.page(visit);
}

async fn a_business_is_registered(town: Town) {
    let mut diary = Diary::default();
    let mut person = apply(&town, "de", "business-registration", &[], &mut diary).await;
    let (reference, status) = case_of(&person);
    // Reloading the confirmation makes no second case.
    let again = person.path.clone();
    person.open(&again).await;
    assert!(person.page.text().contains(&reference));
    diary.mails(&town).await;
    let mut staff = clerk(&town, "gewerbe").await;
    find(&mut staff, &reference, &mut diary).await;
    act(&mut staff, "take", &[], &mut diary).await;
    let text = "Bitte reichen Sie die Ausweiskopie nach.";
    act(
        &mut staff,
        "request_information",
        &[("missing", text)],
        &mut diary,
    )
    .await;
    person.open(&status).await;
    diary.page(&person);
    assert!(
        person.page.text().contains(text),
        "the question stands on the status page"
    );
    let reply = person.form("/act/reply");
    person
        .submit(&reply, &[("answer", "Die Kopie kommt mit der Post.")])
        .await;
    diary.page(&person);
    find(&mut staff, &reference, &mut diary).await;
    act(&mut staff, "set_fee", &[], &mut diary).await;
    person.open(&status).await;
    let pay = person.page.text();
    let at = pay.find("/pay/").expect("a link to the payment page");
    let end = at + pay[at..].find('"').expect("the end of the link");
    let link = pay[at..end].replace("&amp;", "&");
    person.open(&link).await;
    diary.page(&person);
    let paid = person.form("/demo/pay/");
    person.submit(&paid, &[("_do", "paid")]).await;
    person.open(&status).await;
    diary.page(&person);
    assert_eq!(
        person
            .open(&format!("{status}/documents/confirmation"))
            .await,
        StatusCode::OK
    );
    assert!(person.page.body.starts_with(b"%PDF-1.7"));
    diary.mails(&town).await;
    diary.compare("business-registration");
}

async fn a_course_is_booked_and_cancelled(town: Town) {
    let mut diary = Diary::default();
    let mut person = apply(&town, "de", "vhs-course-registration", &[], &mut diary).await;
    let (reference, status) = case_of(&person);
    let mut staff = clerk(&town, "vhs").await;
    find(&mut staff, &reference, &mut diary).await;
    let reason = [("reason", "Die Kursleitung ist erkrankt.")];
    act(&mut staff, "course_cancelled", &reason, &mut diary).await;
    person.open(&status).await;
    diary.page(&person);
    diary.mails(&town).await;
    diary.compare("vhs-course-registration");
}

async fn maps_are_ordered_on_invoice(town: Town) {
    let mut diary = Diary::default();
    let change = [("payment.payment_method", Value::from("invoice"))];
    let mut person = apply(&town, "de", "map-product-order", &change, &mut diary).await;
    let (reference, status) = case_of(&person);
    let mut staff = clerk(&town, "kartografie").await;
    find(&mut staff, &reference, &mut diary).await;
    act(
        &mut staff,
        "ship",
        &[("shipment", "Paket 00340")],
        &mut diary,
    )
    .await;
    person.open(&status).await;
    diary.page(&person);
    assert_eq!(
        person.open(&format!("{status}/documents/invoice")).await,
        StatusCode::OK
    );
    diary.mails(&town).await;
    diary.compare("map-product-order");
}

async fn the_assistant_speaks_english(town: Town) {
    let mut diary = Diary::default();
    let mut person = apply(&town, "en", "map-product-order", &[], &mut diary).await;
    let (_, status) = case_of(&person);
    person.open(&status).await;
    diary.page(&person);
    diary.mails(&town).await;
    diary.compare("map-product-order-en");
}

async fn pages_everybody_can_read(town: Town) {
    let mut diary = Diary::default();
    for path in [
        "/de/",
        "/en/",
        "/de/search?q=gewerbeschein",
        "/de/status",
        "/de/resume",
        "/de/verify",
        "/de/accessibility",
        "/de/imprint",
        "/de/no-such-page",
        "/fr/",
        "/staff",
    ] {
        let visit = Visit::to(&town, path).await;
        diary.page(&visit);
    }
    diary.compare("pages");
    // How long data are kept is told of every service.
    let privacy = Visit::to(&town, "/en/privacy").await.outline();
    for service in town.app.desk.catalog.current().services.values() {
        let title = service.form.title.get(engine::text::Language::En);
        assert!(privacy.contains(title), "{title}");
    }
}
