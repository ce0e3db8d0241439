//! Published sets, and which drafts and cases are pinned to which version.

use engine::case::{Case, Decision};
use engine::source::SourceFile;
use sqlx::{Connection, PgConnection};
use store::{Publication, Settings, Store, StoreError};
use uuid::Uuid;

use crate::harness::{execute, on_database, postgres_url, tamper};
use crate::samples::{NOW, TOWN, draft, id, opening, recorded, step};

fn file(text: &str) -> SourceFile {
    SourceFile {
        path: "forms/a/form.yaml".into(),
        text: text.into(),
    }
}

fn publication(set: &str, valid_from: i64) -> Publication {
    Publication {
        id: id(),
        definition_set: set.into(),
        valid_from,
        published_at: NOW,
        withdrawn_at: None,
    }
}

pub(crate) async fn sets_are_kept_once(store: Store) {
    let files = [file("one"), file("two ä")];
    let put = |hash: &'static str| store.put_definition_set(TOWN, hash, &files, NOW);
    assert!(put("abcdef0123").await.unwrap());
    assert!(!put("abcdef0123").await.unwrap());
    let found = store.definition_set(TOWN, "abcdef0123").await.unwrap();
    assert_eq!(found.unwrap(), files);
    assert!(
        store
            .definition_set("elsewhere", "abcdef0123")
            .await
            .unwrap()
            .is_none()
    );
    let by = |prefix: &'static str| store.definition_files(TOWN, prefix);
    assert_eq!(by("abcdef01").await.unwrap().unwrap(), files);
    assert_eq!(by("abcdef0123").await.unwrap().unwrap(), files);
    assert!(by("abcdef02").await.unwrap().is_none());
    // A bundle of the same beginning makes it ambiguous.
    let bundle = serde_json::json!([["forms/b/form.yaml", "b"]]);
    store
        .put_bundle(TOWN, "abcdef0199", "b", "1", &bundle, NOW)
        .await
        .unwrap();
    assert!(by("abcdef01").await.unwrap().is_none());
    assert_eq!(by("abcdef019").await.unwrap().unwrap()[0].text, "b");
}

pub(crate) async fn one_set_is_in_force_at_a_time(store: Store) {
    for hash in ["s1", "s2", "s3"] {
        store
            .put_definition_set(TOWN, hash, &[file(hash)], NOW)
            .await
            .unwrap();
    }
    let [now, soon, later] = [
        publication("s1", NOW),
        publication("s2", NOW + 100),
        publication("s3", NOW + 200),
    ];
    for publication in [&later, &now, &soon] {
        store.publish(TOWN, publication).await.unwrap();
    }
    let same_moment = store.publish(TOWN, &publication("s1", NOW + 100)).await;
    assert!(
        matches!(same_moment, Err(StoreError::Conflict)),
        "{same_moment:?}"
    );
    let unknown = store
        .publish(TOWN, &publication("nothing", NOW + 300))
        .await;
    assert!(unknown.is_err(), "a set that is not kept was published");

    let from = |at: i64| store.publications_from(TOWN, at);
    assert_eq!(
        from(NOW + 99).await.unwrap(),
        [now.clone(), soon.clone(), later.clone()]
    );
    assert_eq!(
        from(NOW + 100).await.unwrap(),
        [soon.clone(), later.clone()]
    );
    assert_eq!(from(NOW + 900).await.unwrap(), std::slice::from_ref(&later));
    let before = from(NOW - 1).await.unwrap();
    assert_eq!(before[0], now, "nothing is in force, all is to come");
    assert!(
        store
            .publications_from("elsewhere", NOW)
            .await
            .unwrap()
            .is_empty()
    );

    // Only what lies far enough ahead can be withdrawn, and once.
    let withdraw = |id: Uuid, latest: i64| store.withdraw(TOWN, id, NOW + 5, latest);
    assert!(!withdraw(soon.id, NOW + 100).await.unwrap());
    assert!(withdraw(soon.id, NOW + 99).await.unwrap());
    assert!(!withdraw(soon.id, NOW + 99).await.unwrap());
    assert!(!withdraw(id(), 0).await.unwrap());
    assert_eq!(from(NOW + 150).await.unwrap(), [now, later]);
    // Its moment is free again; what happened stays to be read.
    store
        .publish(TOWN, &publication("s3", NOW + 100))
        .await
        .unwrap();
    let all = store.publications(TOWN, 10).await.unwrap();
    assert_eq!(all.len(), 4);
    let withdrawn: Vec<_> = all.iter().filter_map(|one| one.withdrawn_at).collect();
    assert_eq!(withdrawn, [NOW + 5]);
}

/// One more step that ends the case.
fn closing(case: &Case) -> Decision {
    let mut decision = step(case);
    decision.case.closed_at = Some(NOW + 9);
    decision
}

pub(crate) async fn open_cases_are_found_by_version(store: Store) {
    let mut cases = Vec::new();
    for _ in 0..5 {
        cases.push(recorded(&store, &opening("Erika")).await);
    }
    cases.sort_by_key(|case| case.id);
    let hash = cases[0].definition.clone();
    let on = |after: Uuid, limit: u32| {
        let (store, hash) = (store.clone(), hash.clone());
        async move {
            let found = store.open_cases_on(TOWN, &hash, after, limit).await;
            found
                .unwrap()
                .into_iter()
                .map(|case| case.id)
                .collect::<Vec<_>>()
        }
    };
    let ids: Vec<Uuid> = cases.iter().map(|case| case.id).collect();
    assert_eq!(on(Uuid::nil(), 3).await, ids[..3]);
    assert_eq!(on(ids[2], 3).await, ids[3..]);
    // Closed ones are not in it, moved ones are with their new version.
    recorded(&store, &closing(&cases[1])).await;
    let mut moved = step(&cases[3]);
    moved.case.definition = "f".repeat(64);
    recorded(&store, &moved).await;
    assert_eq!(on(Uuid::nil(), 9).await, [ids[0], ids[2], ids[4]]);
    let elsewhere = store
        .open_cases_on(TOWN, &"f".repeat(64), Uuid::nil(), 9)
        .await
        .unwrap();
    assert_eq!(elsewhere.len(), 1);

    // Rows of an older program are filled in portions.
    tamper("UPDATE case_file SET running_on = NULL").await;
    assert!(on(Uuid::nil(), 9).await.is_empty());
    assert_eq!(store.fill_running_on(TOWN, 2).await.unwrap(), 2);
    assert_eq!(store.fill_running_on(TOWN, 9).await.unwrap(), 3);
    assert_eq!(store.fill_running_on(TOWN, 9).await.unwrap(), 0);
    assert_eq!(on(Uuid::nil(), 9).await, [ids[0], ids[2], ids[4]]);
}

pub(crate) async fn drafts_are_found_by_version(store: Store) {
    let mut drafts: Vec<_> = (0..3).map(|_| draft()).collect();
    drafts[1].definition = "e".repeat(64);
    for draft in &drafts {
        store.create_draft(TOWN, draft).await.unwrap();
    }
    let found = store
        .drafts_on(TOWN, &drafts[0].definition, Uuid::nil(), 9)
        .await
        .unwrap();
    assert_eq!(found, [drafts[0].clone(), drafts[2].clone()]);
    let rest = store
        .drafts_on(TOWN, &drafts[0].definition, drafts[0].id, 9)
        .await
        .unwrap();
    assert_eq!(rest, [drafts[2].clone()]);

    let bundle = serde_json::json!([]);
    for (hash, service) in [
        ("h2", "dog-licence"),
        ("h1", "dog-licence"),
        ("h3", "other"),
    ] {
        store
            .put_bundle(TOWN, hash, service, "1", &bundle, NOW)
            .await
            .unwrap();
    }
    let known = store.versions_of(TOWN, "dog-licence").await.unwrap();
    let hashes: Vec<_> = known.iter().map(|known| known.hash.as_str()).collect();
    assert_eq!(hashes, ["h1", "h2"]);
}

/// Indexes that are made without locking their table wait for everybody who
/// looks at the database: nodes that start together must not look.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_migrate_a_server_once() {
    let Some(server) = postgres_url() else { return };
    let name = format!("schalter_nodes_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    execute(&mut admin, format!("CREATE DATABASE {name}")).await;
    let url = on_database(&server, &name);
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let settings = Settings::Postgres {
                url: url.clone(),
                max_connections: 1,
            };
            tokio::spawn(async move {
                let store = Store::open(&settings).await?;
                store.migrate().await?;
                let pending = store.pending_migrations().await?;
                store.close().await;
                Ok::<_, StoreError>(pending)
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for node in nodes {
        outcomes.push(node.await.unwrap());
    }
    execute(&mut admin, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    for outcome in outcomes {
        assert!(outcome.unwrap().is_empty());
    }
}
