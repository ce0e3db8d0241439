//! A robot citizen: every assistant from its start page to the reference
//! number, in both languages, with random answers, and the receipt at the end.
//!
//! `SCHALTER_ROBOT_SEED` takes other branches, `SCHALTER_ROBOT_SERVICE` only
//! the services whose id contains it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use engine::check::scenario::{Stage, random_answers};
use engine::definitions::Definitions;
use engine::text::Language;
use jiff::civil::date;
use serde_json::{Map, Value};

use crate::town::{On, Town};
use crate::visit::{Form, Visit, flatten};

/// Pages of one assistant, with entries of lists and files.
const MOST_PAGES: usize = 150;
/// Visits of one page: entries of lists, files, and what appears on the way.
const MOST_VISITS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_assistant_leads_to_a_reference_number() {
    let town = Town::on(On::Sqlite).await.expect("SQLite is always there");
    let definitions = town.app.desk.catalog.current();
    let seed = setting("SCHALTER_ROBOT_SEED")
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_261_201);
    let only = setting("SCHALTER_ROBOT_SERVICE").unwrap_or_default();
    let mut failures = Vec::new();
    let mut done = 0;
    for (number, id) in definitions.services.keys().enumerate() {
        if !id.contains(&only) {
            continue;
        }
        for language in [Language::De, Language::En] {
            let seed = seed + 2 * number as u64 + u64::from(language == Language::En);
            match walk(&town, &definitions, id, language, seed).await {
                Ok(()) => done += 1,
                Err(story) => {
                    failures.push(format!("{id}, {language:?}, seed {seed}: {story}"));
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} walks did not arrive:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(done > 0, "no service has `{only}` in its id");
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Fills one assistant; the error tells where it went no further.
async fn walk(
    town: &Town,
    definitions: &Definitions,
    id: &str,
    language: Language,
    seed: u64,
) -> Result<(), String> {
    let stage = Stage::new(&definitions.services[id], &definitions.departments);
    let now = date(2026, 12, 1).at(9, 0, 0, 0);
    let given = random_answers(&stage, now, language, seed)
        .or_else(|| written_answers(definitions, id, seed))
        .ok_or("no good answers were found")?;
    let code = if language == Language::De { "de" } else { "en" };
    let mut visit = Visit::to(town, &format!("/{code}/services/{id}")).await;
    if visit.page.status != StatusCode::OK {
        return Err(format!("the start page answers {}", visit.page.status));
    }
    let start = visit.form("/start");
    visit.submit(&start, &[]).await;
    fill_pages(&mut visit, &given).await?;
    send(&mut visit).await
}

/// Answers of a scenario that is accepted, where good ones are too rare to be
/// found at random.
fn written_answers(definitions: &Definitions, id: &str, seed: u64) -> Option<Map<String, Value>> {
    let all = &definitions.scenarios.get(id)?.list;
    let accepted: Vec<_> = all
        .iter()
        .filter(|scenario| scenario.expect.get("findings").is_none())
        .collect();
    let at = usize::try_from(seed).ok()? % accepted.len().max(1);
    accepted.get(at).map(|scenario| scenario.answers.clone())
}

/// Goes from page to page until the page for checking.
async fn fill_pages(visit: &mut Visit<'_>, given: &Map<String, Value>) -> Result<(), String> {
    let mut answers = BTreeMap::new();
    flatten(&Value::Object(given.clone()), "", &mut answers);
    let mut visits: BTreeMap<String, usize> = BTreeMap::new();
    let mut added: BTreeSet<String> = BTreeSet::new();
    for _ in 0..MOST_PAGES {
        // A page of the form may be called `check` too.
        if visit.path.ends_with("/check") && !visit.path.contains("/step/") {
            return Ok(());
        }
        let seen = visits.entry(visit.path.clone()).or_default();
        *seen += 1;
        if *seen > MOST_VISITS {
            break;
        }
        let forms = visit.forms("/drafts/");
        let Some(mut form) = forms.into_iter().next() else {
            return Err(format!("no form on {}:\n{}", visit.path, visit.outline()));
        };
        form.fill(&answers);
        form.choose_first("slot");
        let list = next_entry(&form, &answers, &visit.page.text(), &mut added);
        let file = next_file(&form, &answers, &mut added);
        let status = match (list, file) {
            (Some(list), _) => visit.submit(&form, &[("_do", &list)]).await,
            (None, Some((control, name, bytes))) => {
                let next = [("_do", "next")];
                visit.hand_in(&form, &next, (&control, &name, bytes)).await
            }
            (None, None) => visit.submit(&form, &[("_do", "next")]).await,
        };
        if !matches!(status, StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY) {
            return Err(format!("{} answers {status}", visit.path));
        }
    }
    Err(format!(
        "no way on from {}: {:?}\nanswers {given:?}\n{}",
        visit.path,
        visit.errors(),
        visit.outline()
    ))
}

/// Sends what was filled in, and looks at the confirmation and the receipt.
async fn send(visit: &mut Visit<'_>) -> Result<(), String> {
    let Some(form) = visit.forms("/submit").into_iter().next() else {
        return Err(format!("nothing to send:\n{}", visit.outline()));
    };
    visit.submit(&form, &[]).await;
    let Some(status) = visit.path.strip_suffix("/done").map(str::to_owned) else {
        return Err(format!("not confirmed:\n{}", visit.outline()));
    };
    let reference = status.split('/').nth(3).unwrap_or_default().to_owned();
    if !visit.page.text().contains(&reference) {
        return Err(format!("the confirmation does not name {reference}"));
    }
    if visit.open(&status).await != StatusCode::OK {
        return Err(format!("the status page answers {}", visit.page.status));
    }
    visit.open(&format!("{status}/documents/receipt")).await;
    let receipt = lopdf::Document::load_mem(&visit.page.body)
        .map_err(|error| format!("the receipt does not open: {error}"))?;
    if receipt.get_pages().is_empty() {
        return Err("the receipt has no pages".to_owned());
    }
    Ok(())
}

/// The button for an entry that has answers and no place on the page yet.
fn next_entry(
    form: &Form,
    answers: &BTreeMap<String, Value>,
    page: &str,
    added: &mut BTreeSet<String>,
) -> Option<String> {
    for name in answers.keys() {
        let parts: Vec<&str> = name.split('.').collect();
        for (at, part) in parts.iter().enumerate().skip(1) {
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let (list, entry) = (parts[..at].join("."), parts[..=at].join("."));
            let button = format!("add:{list}");
            let below = format!("{entry}.");
            let there = |known: &str| known.starts_with(&below);
            if page.contains(&format!("value=\"{button}\""))
                && !form.controls.iter().any(|(known, ..)| there(known))
                && !form.files.iter().any(|(known, ..)| known.contains(&below))
                && added.insert(entry)
            {
                return Some(button);
            }
        }
    }
    None
}

/// A file for a question that was answered with one and takes it only here.
fn next_file(
    form: &Form,
    answers: &BTreeMap<String, Value>,
    added: &mut BTreeSet<String>,
) -> Option<(String, String, &'static [u8])> {
    form.files.iter().find_map(|(control, accept)| {
        let path = control.strip_prefix("file.").unwrap_or(control);
        let wanted = matches!(answers.get(path), Some(Value::Array(files)) if !files.is_empty());
        if !wanted || !added.insert(control.clone()) {
            return None;
        }
        let (ending, bytes) = content(accept);
        Some((control.clone(), format!("nachweis.{ending}"), bytes))
    })
}

/// The smallest content that is what its name says.
fn content(accept: &str) -> (&'static str, &'static [u8]) {
    let kinds: [(&str, &[u8]); 5] = [
        ("pdf", b"%PDF-1.7\n%test\n"),
        ("jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"),
        ("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("csv", b"a;b\n1;2\n"),
        ("txt", b"Text\n"),
    ];
    let known = kinds
        .into_iter()
        .find(|(ending, _)| accept.contains(&format!(".{ending}")));
    known.unwrap_or(kinds[0])
}
