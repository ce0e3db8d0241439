//! The JSON API: submissions once per key, findings all at once, status.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::town::{Town, on_both, sample};

on_both!(
    services_name_their_start_page,
    each_service_is_submitted,
    a_key_makes_one_case,
    a_key_with_another_body_is_refused,
    all_findings_come_at_once,
    malformed_requests_have_their_status,
    a_wrong_secret_and_a_wrong_number_look_alike,
    files_are_taken_and_judged_by_content,
    the_receipt_is_true,
    the_last_place_goes_to_one,
);

async fn services_name_their_start_page(town: Town) {
    let body = town.get("/api/v1/services").await.json();
    let services = body["services"].as_array().expect("a list");
    let ids: Vec<&str> = services
        .iter()
        .filter_map(|service| service["id"].as_str())
        .collect();
    assert!(ids.is_sorted(), "{ids:?}");
    for id in [
        "business-registration",
        "map-product-order",
        "vhs-course-registration",
    ] {
        assert!(ids.contains(&id), "{id} is missing in {ids:?}");
    }
    for service in services {
        let url = service["form_url"].as_str().expect("a link");
        let path = url
            .strip_prefix("http://town.test")
            .expect("a link into the town");
        assert_eq!(town.get(path).await.status, StatusCode::OK, "{path}");
        let form = town
            .get(&format!(
                "/api/v1/forms/{}",
                service["id"].as_str().expect("an id")
            ))
            .await
            .json();
        assert_eq!(
            form["schema"]["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(form["schema"]["additionalProperties"], false);
    }
}

async fn each_service_is_submitted(town: Town) {
    for service in [
        "business-registration",
        "vhs-course-registration",
        "map-product-order",
    ] {
        let answer = town
            .submit(service, &format!("once-{service}"), &sample(service))
            .await;
        assert_eq!(
            answer.status,
            StatusCode::CREATED,
            "{service}: {}",
            answer.text()
        );
        let body = answer.json();
        let status = town
            .get(
                body["api_status_url"]
                    .as_str()
                    .expect("a link")
                    .trim_start_matches("http://town.test"),
            )
            .await;
        assert_eq!(status.status, StatusCode::OK);
        assert_eq!(status.json()["service"], service);
        assert!(
            status.json()["status"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
    }
    town.work().await;
    let mails = town.mails().await;
    assert_eq!(
        mails
            .iter()
            .filter(|(to, _)| to == "antrag@buerger.example")
            .count(),
        1,
        "{mails:?}"
    );
}

async fn a_key_makes_one_case(town: Town) {
    let town = Arc::new(town);
    let mut tasks = Vec::new();
    for _ in 0..50 {
        let town = Arc::clone(&town);
        tasks.push(tokio::spawn(async move {
            let answer = town
                .submit(
                    "map-product-order",
                    "same-key",
                    &sample("map-product-order"),
                )
                .await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            answer.json()["reference"]
                .as_str()
                .expect("a number")
                .to_owned()
        }));
    }
    let mut numbers = BTreeSet::new();
    for task in tasks {
        numbers.insert(task.await.expect("an answer"));
    }
    assert_eq!(numbers.len(), 1);
    let desk = &town.app.desk;
    let cases = desk
        .store
        .queue(
            desk.tenant(),
            &["survey-cadastre".to_owned()],
            &store::QueueFilter::default(),
            None,
            100,
        )
        .await
        .expect("the queue");
    assert_eq!(cases.rows.len(), 1);
}

async fn a_key_with_another_body_is_refused(town: Town) {
    let mut answers = sample("map-product-order");
    let first = town.submit("map-product-order", "k", &answers).await.json();
    answers["items"][0]["quantity"] = json!(3);
    let second = town.submit("map-product-order", "k", &answers).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert_eq!(second.headers["content-type"], "application/problem+json");
    let again = town
        .submit("map-product-order", "k", &sample("map-product-order"))
        .await
        .json();
    assert_eq!(first["reference"], again["reference"]);
    assert_eq!(again["repeated"], true);
}

async fn all_findings_come_at_once(town: Town) {
    let mut answers = sample("business-registration");
    answers["contact"]["email"] = json!("keine-adresse");
    answers["owner"]["birth_date"] = json!("2999-01-01");
    answers["staff_full_time"] = json!(-1);
    answers["legal_form"] = json!("gmbhh");
    answers["unknown_field"] = json!(1);
    answers
        .as_object_mut()
        .expect("an object")
        .remove("activity_description");
    let answer = town
        .submit("business-registration", "findings", &answers)
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = answer.json();
    let fields: BTreeSet<&str> = body["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|finding| finding["field"].as_str())
        .collect();
    for field in [
        "contact.email",
        "owner.birth_date",
        "staff_full_time",
        "legal_form",
        "unknown_field",
        "activity_description",
    ] {
        assert!(fields.contains(field), "{field} is missing in {fields:?}");
    }
    for finding in body["findings"].as_array().expect("findings") {
        assert!(
            finding["messages"]["de"]
                .as_str()
                .is_some_and(|text| text.len() > 10)
        );
        assert!(
            finding["messages"]["en"]
                .as_str()
                .is_some_and(|text| text.len() > 10)
        );
    }
    // Nothing was stored: the same key may carry the mended answers.
    let mended = town
        .submit(
            "business-registration",
            "findings",
            &sample("business-registration"),
        )
        .await;
    assert_eq!(mended.status, StatusCode::CREATED);
}

async fn malformed_requests_have_their_status(town: Town) {
    use axum::body::Body;
    use axum::http::Request;
    let path = "/api/v1/forms/map-product-order/submissions";
    let send = |key: Option<&'static str>, kind: &'static str, body: Vec<u8>| {
        let mut request = Request::post(path).header("content-type", kind);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        town.send(request.body(Body::from(body)).expect("a request"))
    };
    let json_kind = "application/json";
    assert_eq!(
        send(None, json_kind, b"{}".to_vec()).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        send(Some("a"), json_kind, b"{".to_vec()).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        send(Some("a"), json_kind, b"[]".to_vec()).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        send(Some("a"), json_kind, vec![b'['; 100_000]).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        send(Some("a"), "text/xml", b"{}".to_vec()).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(
        send(Some("a"), json_kind, vec![b' '; 65 * 1024 * 1024])
            .await
            .status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        send(Some("a"), json_kind, b"{\"items\": 7}".to_vec())
            .await
            .status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let unknown = town.submit("no-such-form", "a", &json!({})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

async fn a_wrong_secret_and_a_wrong_number_look_alike(town: Town) {
    let body = town
        .submit("map-product-order", "secret", &sample("map-product-order"))
        .await
        .json();
    let reference = body["reference"].as_str().expect("a number");
    let secret = body["secret"].as_str().expect("a secret");
    let right = town
        .get(&format!("/api/v1/cases/{reference}?secret={secret}"))
        .await;
    assert_eq!(right.status, StatusCode::OK);
    let wrong_secret = town
        .get(&format!(
            "/api/v1/cases/{reference}?secret={}",
            "0".repeat(26)
        ))
        .await;
    let other = engine::case::reference::reference("MS", 2026, 4711);
    let wrong_number = town
        .get(&format!("/api/v1/cases/{other}?secret={secret}"))
        .await;
    assert_eq!(wrong_secret.status, StatusCode::NOT_FOUND);
    assert_eq!(wrong_secret.body, wrong_number.body);
    // The secret stands nowhere in the database.
    if town.folder().join("schalter.db").exists() {
        for file in ["schalter.db", "schalter.db-wal"] {
            let bytes = std::fs::read(town.folder().join(file)).unwrap_or_default();
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes()),
                "{file}"
            );
        }
    }
}

async fn files_are_taken_and_judged_by_content(town: Town) {
    use base64::Engine as _;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut answers = sample("business-registration");
    answers["id_copy"] =
        json!([{ "name": "../../ausweis\u{202e}fdp.pdf", "content": base64(b"%PDF-1.7 test") }]);
    let body = town.submit("business-registration", "file", &answers).await;
    assert_eq!(body.status, StatusCode::CREATED, "{}", body.text());
    let desk = &town.app.desk;
    let reference = body.json()["reference"]
        .as_str()
        .expect("a number")
        .to_owned();
    let case = desk
        .store
        .case_by_reference(desk.tenant(), &reference)
        .await
        .expect("a case")
        .expect("a case");
    let files = desk
        .store
        .attachments(desk.tenant(), case.id)
        .await
        .expect("files");
    assert_eq!(files.len(), 1);
    assert!(
        !files[0].name.contains(['/', '\u{202e}']),
        "{}",
        files[0].name
    );
    answers["id_copy"] =
        json!([{ "name": "ausweis.pdf", "content": base64(b"<html><script>alert(1)</script>") }]);
    let refused = town
        .submit("business-registration", "file-2", &answers)
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["findings"][0]["field"], "id_copy.0");
}

async fn the_receipt_is_true(town: Town) {
    let body = town
        .submit(
            "business-registration",
            "receipt",
            &sample("business-registration"),
        )
        .await
        .json();
    let path = body["receipt_url"]
        .as_str()
        .expect("a link")
        .trim_start_matches("http://town.test")
        .to_owned();
    let receipt = town.get(&path).await;
    assert_eq!(receipt.status, StatusCode::OK);
    assert_eq!(receipt.headers["content-type"], "application/pdf");
    let keys = [town.app.desk.sealing.public_key()];
    let reference = body["reference"].as_str().expect("a number");
    match paper::check_receipt(&receipt.body, &keys) {
        paper::Verdict::True {
            reference: sealed,
            received_at,
            ..
        } => {
            assert_eq!(sealed, reference);
            assert_eq!(received_at, crate::town::START);
        }
        other => panic!("{other:?}"),
    }
    let parts = paper::read_receipt(&receipt.body).expect("a receipt");
    let data: Value = serde_json::from_slice(&parts.submission_json).expect("JSON");
    assert_eq!(data["answers"]["owner"]["family_name"], "Öztürk-Weiß");
    // The same document again, byte for byte, also after the worker sent it by mail.
    town.work().await;
    assert_eq!(town.get(&path).await.body, receipt.body);
}

/// G2207 has two places and one is taken: of two hundred who ask for the last
/// one at the same time, one gets it and the others wait.
async fn the_last_place_goes_to_one(town: Town) {
    let town = Arc::new(town);
    let mut answers = sample("vhs-course-registration");
    answers["course_number"] = json!("G2207");
    answers["participants"] =
        json!([{ "given_name": "A", "family_name": "B", "birth_year": 1990 }]);
    answers
        .as_object_mut()
        .expect("an object")
        .remove("language_level");
    let mut tasks = Vec::new();
    let first = town
        .submit("vhs-course-registration", "place-first", &answers)
        .await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    for number in 0..200 {
        let (town, answers) = (Arc::clone(&town), answers.clone());
        tasks.push(tokio::spawn(async move {
            let answer = town
                .submit(
                    "vhs-course-registration",
                    &format!("place-{number}"),
                    &answers,
                )
                .await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            let link = answer.json()["api_status_url"]
                .as_str()
                .expect("a link")
                .trim_start_matches("http://town.test")
                .to_owned();
            town.get(&link).await.json()["state"][0]
                .as_str()
                .expect("a state")
                .to_owned()
        }));
    }
    let mut states = Vec::new();
    for task in tasks {
        states.push(task.await.expect("an answer"));
    }
    let waiting = states
        .iter()
        .filter(|state| state.contains("waiting_list"))
        .count();
    assert_eq!((states.len(), waiting), (200, 199), "{states:?}");
    let desk = &town.app.desk;
    assert_eq!(
        desk.store
            .capacity_taken(desk.tenant(), "courses/G2207")
            .await
            .expect("a count"),
        2
    );
}
