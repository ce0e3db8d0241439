//! Definitions change while people work: sets take effect at their moment,
//! reloads are all or nothing, drafts and cases keep what they began with.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::http::StatusCode;
use engine::source::SourceFile;
use engine::text::Language;
use schalter::catalog;
use schalter::desk::publishing::{self, LEAD, PublishError};

use crate::few::stays;
use crate::town::{DAY, Town, on_both, sample};

const SERVICE: &str = "business-registration";
const FORM: &str = "forms/business-registration/form.yaml";
const FEES: &str = "forms/fees/business-registration.yaml";

on_both![
    a_set_takes_effect_at_its_moment,
    a_broken_set_is_left_out,
    a_withdrawn_set_never_holds,
    publishing_is_careful,
    reloads_do_not_disturb,
    cases_move_on_purpose_and_once,
];

/// The built-in definitions with one text put in place of another.
fn edited(path: &str, old: &str, new: &str) -> Vec<SourceFile> {
    let mut files = catalog::read(&[]).expect("the built-in definitions");
    // Scenarios expect what was before the change.
    files.retain(|file| stays(&file.path) && !file.path.ends_with("/scenarios.yaml"));
    let file = files.iter_mut().find(|file| file.path == path);
    let file = file.expect("the file is built in");
    assert!(file.text.contains(old), "{path} has no {old}");
    file.text = file.text.replace(old, new);
    files
}

/// The version number raised, and nothing else.
fn version(number: u32) -> Vec<SourceFile> {
    edited(FORM, "\nversion: 1\n", &format!("\nversion: {number}\n"))
}

async fn publish(
    town: &Town,
    files: Vec<SourceFile>,
    at: Option<i64>,
) -> Result<store::Publication, PublishError> {
    let desk = &town.app.desk;
    publishing::publish(&desk.store, desk.tenant(), files, at, town.clock.now()).await
}

fn current(town: &Town) -> (i64, String) {
    let definitions = town.app.desk.catalog.current();
    let service = &definitions.services[SERVICE];
    (service.form.version, service.hash.clone())
}

async fn follow(town: &Town) {
    town.app
        .desk
        .follow_publications()
        .await
        .expect("the database answers");
}

async fn a_set_takes_effect_at_its_moment(town: Town) {
    let desk = &town.app.desk;
    let before = current(&town);
    let draft = desk
        .start_draft(SERVICE, "visitor", Language::De)
        .await
        .expect("a draft");
    let tomorrow = town.clock.now() + DAY;
    let dearer = edited(FEES, "26.00", "28.00");
    publish(&town, dearer, Some(tomorrow))
        .await
        .expect("published");
    follow(&town).await;
    assert_eq!(current(&town), before, "not yet");
    let old = town.submit(SERVICE, "yesterday", &sample(SERVICE)).await;

    // Nothing but the time goes on: no reload, no look into the database.
    town.clock.advance(DAY - 1);
    assert_eq!(current(&town), before, "one millisecond before");
    town.clock.advance(1);
    let after = current(&town);
    assert_ne!(after.1, before.1);
    let new = town.submit(SERVICE, "today", &sample(SERVICE)).await;
    assert_eq!(
        (old.status, new.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );

    for (answer, hash, fee) in [(&old, &before.1, "26.00"), (&new, &after.1, "28.00")] {
        let reference = answer.json()["reference"]
            .as_str()
            .expect("a number")
            .to_owned();
        let case = desk
            .store
            .case_by_reference(desk.tenant(), &reference)
            .await
            .expect("the database answers")
            .expect("the case");
        assert_eq!(&case.definition, hash);
        let submission = desk.store.submission(desk.tenant(), case.id).await;
        let submission = submission.expect("answers").expect("a submission");
        assert_eq!(submission.fee.lines[0].amount, fee);
    }
    // A draft of yesterday keeps its version.
    let stored = desk.store.draft(desk.tenant(), draft).await;
    assert_eq!(
        stored.expect("answers").expect("a draft").definition,
        before.1
    );

    // A node that starts now begins with the set in force, without the folders.
    let schedule = publishing::at_start(
        &desk.store,
        desk.tenant(),
        town.clock.now(),
        Err(PublishError::Broken("nobody looks".into())),
    )
    .await
    .expect("starts");
    assert_eq!(
        schedule.published[0].definitions.services[SERVICE].hash,
        after.1
    );
}

async fn a_broken_set_is_left_out(town: Town) {
    let desk = &town.app.desk;
    publish(&town, version(2), None).await.expect("published");
    town.clock.advance(LEAD);
    follow(&town).await;
    assert_eq!(current(&town).0, 2);

    // Checked before it is stored; a newer program may still refuse it later.
    let broken = edited(FORM, "\nversion: 1\n", "\nversion: three\n");
    let refused = publish(&town, broken.clone(), None).await;
    assert!(
        matches!(&refused, Err(PublishError::Broken(report)) if report.contains("version")),
        "{refused:?}"
    );
    let now = town.clock.now();
    desk.store
        .put_definition_set(desk.tenant(), "b0b0b0b0", &broken, now)
        .await
        .expect("stored");
    let publication = store::Publication {
        id: uuid::Uuid::now_v7(),
        definition_set: "b0b0b0b0".into(),
        valid_from: now + LEAD,
        published_at: now,
        withdrawn_at: None,
    };
    desk.store
        .publish(desk.tenant(), &publication)
        .await
        .expect("published behind the back");
    for _ in 0..2 {
        follow(&town).await;
        town.clock.advance(LEAD);
        follow(&town).await;
        assert_eq!(current(&town).0, 2, "the set before it stays");
    }
    assert!(desk.catalog.broken()["b0b0b0b0"].contains("version"));
    // A node that starts refuses rather than charge other fees than its neighbours.
    let folders = publishing::from_folders(&[]).await;
    let start = publishing::at_start(&desk.store, desk.tenant(), town.clock.now(), folders).await;
    assert!(matches!(start, Err(PublishError::Broken(_))));

    publish(&town, version(4), None).await.expect("published");
    follow(&town).await;
    town.clock.advance(LEAD);
    follow(&town).await;
    assert_eq!(current(&town).0, 4, "the next good one is taken");
}

async fn a_withdrawn_set_never_holds(town: Town) {
    let desk = &town.app.desk;
    let at = town.clock.now() + DAY;
    let publication = publish(&town, version(2), Some(at))
        .await
        .expect("published");
    follow(&town).await;
    let now = town.clock.now();
    let withdrawn = desk
        .store
        .withdraw(desk.tenant(), publication.id, now, now + LEAD)
        .await;
    assert!(withdrawn.expect("answers"));
    follow(&town).await;
    town.clock.advance(2 * DAY);
    follow(&town).await;
    assert_eq!(current(&town).0, 1);
}

async fn publishing_is_careful(town: Town) {
    let now = town.clock.now();
    let past = publish(&town, version(2), Some(now - 1)).await;
    assert!(matches!(past, Err(PublishError::Past { .. })), "{past:?}");
    let first = publish(&town, version(2), Some(now + DAY))
        .await
        .expect("published");
    let again = publish(&town, version(2), Some(now + DAY))
        .await
        .expect("the same");
    assert_eq!(first, again, "repeating it is harmless");
    let taken = publish(&town, version(3), Some(now + DAY)).await;
    assert!(
        matches!(taken, Err(PublishError::MomentTaken { .. })),
        "{taken:?}"
    );
    let same = publish(&town, version(2), Some(now + 2 * DAY)).await;
    assert!(
        matches!(same, Err(PublishError::InForce { .. })),
        "{same:?}"
    );
}

/// The built-in definitions written to a folder.
fn write_out(folder: &Path, files: &[SourceFile]) {
    for file in files {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("is made");
        std::fs::write(path, &file.text).expect("is written");
    }
}

/// Reloads in a loop, every third one broken, while people submit and fill in
/// drafts: every case has one version from the first step to the last.
async fn reloads_do_not_disturb(town: Town) {
    let town = Arc::new(town);
    let folders = vec![town.folder().join("definitions")];
    let stop = Arc::new(AtomicBool::new(false));
    let reloads = Arc::new(AtomicUsize::new(0));
    let reloading = tokio::spawn(reload_loop(
        Arc::clone(&town),
        folders.clone(),
        Arc::clone(&stop),
        Arc::clone(&reloads),
    ));
    let mut cases = Vec::new();
    // At least a dozen cases, and as many as it takes to meet some reloads.
    for round in 0..500 {
        if round >= 12 && reloads.load(Ordering::SeqCst) >= 4 {
            break;
        }
        let desk = &town.app.desk;
        let draft = desk.start_draft(SERVICE, "visitor", Language::De).await;
        let draft = desk.draft(draft.expect("a draft"), "visitor").await;
        let draft = draft.expect("the draft with its version");
        assert_eq!(draft.service.hash, draft.stored.definition);
        let key = format!("reload-{round}");
        let answer = town.submit(SERVICE, &key, &sample(SERVICE)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        cases.push(
            answer.json()["reference"]
                .as_str()
                .expect("a number")
                .to_owned(),
        );
        // The draft goes on with its version, whatever was reloaded since.
        let again = desk
            .draft(draft.stored.id, "visitor")
            .await
            .expect("the draft");
        assert_eq!(again.service.hash, draft.stored.definition);
    }
    stop.store(true, Ordering::SeqCst);
    let (good, bad) = reloading.await.expect("the loop ends");
    assert!(
        good >= 2 && bad >= 1,
        "{good} good and {bad} broken reloads"
    );
    town.work().await;

    let desk = &town.app.desk;
    let mut versions = std::collections::BTreeSet::new();
    for reference in &cases {
        let case = desk.store.case_by_reference(desk.tenant(), reference).await;
        let case = case.expect("answers").expect("the case");
        let open = desk
            .open_case(case.id)
            .await
            .expect("the case with its version");
        assert_eq!(open.service.hash, open.submission.definition);
        assert_eq!(open.case.definition, open.submission.definition);
        versions.insert(open.service.form.version);
    }
    assert!(
        versions.len() > 1,
        "all cases have one version: {versions:?}"
    );
}

async fn reload_loop(
    town: Arc<Town>,
    folders: Vec<PathBuf>,
    stop: Arc<AtomicBool>,
    reloads: Arc<AtomicUsize>,
) -> (usize, usize) {
    let (mut good, mut bad) = (0, 0);
    for number in 2.. {
        if stop.load(Ordering::SeqCst) && good >= 2 && bad >= 1 {
            break;
        }
        let before = current(&town);
        let broken = number % 3 == 0;
        let files = match broken {
            true => edited(FORM, "\nversion: 1\n", "\nversion: 1\nno_such_key: 1\n"),
            false => version(number),
        };
        write_out(&folders[0], &files);
        match town.app.desk.reload(&folders).await {
            Ok(reloaded) => {
                assert!(!broken, "a broken set was taken over");
                assert_eq!(current(&town).0, i64::from(number));
                assert!(reloaded.in_force.is_none());
                good += 1;
            }
            Err(error) => {
                assert!(broken, "{error}");
                assert_eq!(current(&town), before, "the old set stays");
                assert!(error.to_string().contains("no_such_key"), "{error}");
                bad += 1;
            }
        }
        reloads.fetch_add(1, Ordering::SeqCst);
    }
    (good, bad)
}

const WORKFLOW: &str = "workflows/notification-confirm.yaml";

/// The definitions with the state `open.checking` of the workflow, and all
/// below it, under another name, and a map for it, or none.
fn renamed_state(map: &str) -> Vec<SourceFile> {
    let mut files = version(2);
    let file = files.iter_mut().find(|file| file.path == WORKFLOW);
    let file = file.expect("the workflow is built in");
    file.text = file
        .text
        .replace("initial: checking\n", "initial: examining\n")
        .replace("\n      checking:\n", "\n      examining:\n")
        .replace("open.checking", "open.examining")
        .replace("\nversion: 1\n", &format!("\nversion: 2\n{map}"));
    files
}

async fn cases_move_on_purpose_and_once(town: Town) {
    let desk = &town.app.desk;
    let mut cases = Vec::new();
    for number in 0..3 {
        let answer = town
            .submit(SERVICE, &format!("move-{number}"), &sample(SERVICE))
            .await;
        let reference = answer.json()["reference"]
            .as_str()
            .expect("a number")
            .to_owned();
        let case = desk
            .store
            .case_by_reference(desk.tenant(), &reference)
            .await;
        cases.push(case.expect("answers").expect("the case"));
    }
    town.work().await;
    desk.start_draft(SERVICE, "visitor", Language::De)
        .await
        .expect("a draft");
    let folders = vec![town.folder().join("definitions")];

    // Without a map everything stays, and the dry run says so.
    write_out(&folders[0], &renamed_state(""));
    desk.reload(&folders).await.expect("loads");
    let target = Arc::clone(&desk.catalog.current().services[SERVICE]);
    let impact = desk.impact(&desk.catalog.current(), Some(SERVICE)).await;
    let impact = impact.expect("answers");
    let version = &impact[0].versions[0];
    assert_eq!((version.drafts, version.drafts_untouched), (1, 1));
    assert_eq!(version.cases[0].cases, 3);
    assert!(
        version.cases[0]
            .stay
            .keys()
            .all(|why| why.contains("no map"))
    );
    let mut stayed = 0;
    desk.migrate_cases(&target, true, |case| {
        assert!(case.outcome.is_err());
        stayed += 1;
    })
    .await
    .expect("answers");
    assert_eq!(stayed, 3);

    // With a map: the dry run writes nothing, then they move, then nothing is left.
    let map = "migrate: { from: 1, states: { open.checking: open.examining } }\n";
    write_out(&folders[0], &renamed_state(map));
    desk.reload(&folders).await.expect("loads");
    let target = Arc::clone(&desk.catalog.current().services[SERVICE]);
    let impact = desk.impact(&desk.catalog.current(), Some(SERVICE)).await;
    let state = &impact.expect("answers")[0].versions[0].cases[0];
    assert!(state.stay.is_empty(), "{:?}", state.stay);
    assert_eq!(
        (state.cases, state.to.as_slice()),
        (3, &["open.examining.submitted".to_owned()][..])
    );
    for (apply, expected) in [(false, 3), (true, 3), (true, 0)] {
        let mut moved = 0;
        desk.migrate_cases(&target, apply, |case| {
            assert!(case.outcome.is_ok(), "{:?}", case.outcome);
            moved += 1;
        })
        .await
        .expect("answers");
        assert_eq!(moved, expected, "apply: {apply}");
    }
    for before in &cases {
        let open = desk.open_case(before.id).await.expect("the case");
        assert_eq!(open.case.configuration, ["open.examining.submitted"]);
        assert_eq!(
            open.case.due_at, before.due_at,
            "the deadline keeps its end"
        );
        assert_eq!(open.service.hash, target.hash);
        assert_eq!(
            open.asked.hash, before.definition,
            "the answers keep their questions"
        );
        let events = desk.store.events(desk.tenant(), before.id).await;
        let events = events.expect("answers");
        assert_eq!(
            events
                .iter()
                .filter(|event| event.name == "migrated")
                .count(),
            1
        );
        let timers = desk.store.timers(desk.tenant(), before.id).await;
        let timers = timers.expect("answers");
        assert!(
            timers
                .iter()
                .all(|timer| timer.key.starts_with("open.examining/")),
            "{timers:?}"
        );
    }
    // What is moved goes on: its deadline fires under its new name.
    town.clock.advance(30 * DAY);
    town.work().await;
    let open = desk.open_case(cases[0].id).await.expect("the case");
    assert!(
        open.case.flags.contains(&"overdue".to_owned()),
        "{:?}",
        open.case.flags
    );
}
