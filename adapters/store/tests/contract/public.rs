//! What everybody may read of cases.

use engine::case::publication::{Labelled, PublicChange, PublicEntry};
use engine::case::{Case, Decision};
use engine::text::Text;
use store::{Alongside, PublicCursor, PublicFilter, PublicScope, Store};

use crate::samples::{NOW, TOWN, opening, recorded, step};

fn labelled(id: &str) -> Option<Labelled> {
    Some(Labelled {
        id: id.into(),
        label: Text::both(format!("{id} de"), format!("{id} en")),
    })
}

fn entry(category: &str, district: &str, done: bool) -> PublicEntry {
    PublicEntry {
        service: "defect-report".into(),
        title: Text::both("Schlagloch", "Pothole"),
        text: "Tief".into(),
        place: "Parkallee 12".into(),
        category: labelled(category),
        district: labelled(district),
        procedure: None,
        status: Text::both("Wir arbeiten daran.", "We are working on it."),
        done,
        answer: None,
        received_at: NOW,
    }
}

fn shows(decision: Decision, entry: PublicEntry) -> Decision {
    Decision {
        publication: Some(PublicChange::Show(Box::new(entry))),
        ..decision
    }
}

async fn published(store: &Store, entry: PublicEntry) -> Case {
    recorded(store, &shows(opening("Erika"), entry)).await
}

fn filter(category: Option<&str>, district: Option<&str>, done: Option<bool>) -> PublicFilter {
    PublicFilter {
        scope: PublicScope::Reports,
        category: category.map(str::to_owned),
        district: district.map(str::to_owned),
        done,
    }
}

async fn count(store: &Store, filter: &PublicFilter) -> usize {
    let page = store.public_entries(TOWN, filter, None, 50).await.unwrap();
    page.rows.len()
}

pub(crate) async fn entries_are_found_by_every_filter(store: Store) {
    for (category, district, done) in [
        ("road", "north", false),
        ("road", "south", true),
        ("light", "north", true),
    ] {
        published(&store, entry(category, district, done)).await;
    }
    let mut statement = entry("road", "north", false);
    (statement.service, statement.procedure) = ("planning".into(), Some("bp-812".into()));
    published(&store, statement).await;
    for (category, district, done, expected) in [
        (None, None, None, 3),
        (Some("road"), None, None, 2),
        (None, Some("north"), None, 2),
        (None, None, Some(true), 2),
        (Some("road"), Some("north"), None, 1),
        (Some("road"), None, Some(true), 1),
        (None, Some("north"), Some(false), 1),
        (Some("light"), Some("north"), Some(true), 1),
        (Some("light"), Some("south"), None, 0),
        (Some("*"), None, None, 0),
    ] {
        let filter = filter(category, district, done);
        assert_eq!(count(&store, &filter).await, expected, "{filter:?}");
    }
    let of = |key: &str| PublicFilter {
        scope: PublicScope::Procedure {
            service: "planning".into(),
            key: key.into(),
        },
        category: None,
        district: None,
        done: None,
    };
    assert_eq!(count(&store, &of("bp-812")).await, 1);
    assert_eq!(count(&store, &of("bp-813")).await, 0);
    let all = filter(None, None, None);
    let other = store.public_entries("other", &all, None, 50).await.unwrap();
    assert!(other.rows.is_empty());
}

pub(crate) async fn pages_hold_every_entry_once(store: Store) {
    let mut wanted = Vec::new();
    for _ in 0..7 {
        wanted.push(published(&store, entry("road", "north", false)).await.id);
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .public_entries(TOWN, &filter(Some("road"), None, None), after, 3)
            .await
            .unwrap();
        found.extend(page.rows.iter().map(|row| row.id));
        let Some(next) = page.next else { break };
        after = PublicCursor::decode(&next.encode());
        assert!(after.is_some());
    }
    // All were published in the same millisecond: the later id stands first.
    wanted.sort();
    wanted.reverse();
    assert_eq!(found, wanted);
}

pub(crate) async fn an_entry_changes_and_goes(store: Store) {
    let case = published(&store, entry("road", "north", false)).await;
    let first = store.public_entry(TOWN, case.id).await.unwrap().unwrap();
    let mut changed = entry("road", "north", true);
    changed.answer = Some("Geschlossen".into());
    let case = recorded(&store, &shows(step(&case), changed.clone())).await;
    let now = store.public_entry(TOWN, case.id).await.unwrap().unwrap();
    assert_eq!(now.entry, changed);
    assert_eq!(now.published_at, first.published_at);
    assert!(now.changed_at > first.changed_at);
    assert_eq!(count(&store, &filter(None, None, Some(false))).await, 0);
    assert_eq!(count(&store, &filter(None, None, Some(true))).await, 1);

    // What a refused step would have shown is not shown.
    let stale = Decision {
        publication: Some(PublicChange::Hide),
        ..step(&Case {
            revision: 1,
            ..case.clone()
        })
    };
    let refused = store.record(TOWN, &stale, &Alongside::default()).await;
    assert!(refused.is_err());
    assert_eq!(count(&store, &filter(None, None, None)).await, 1);

    let hidden = Decision {
        publication: Some(PublicChange::Hide),
        ..step(&case)
    };
    recorded(&store, &hidden).await;
    assert_eq!(store.public_entry(TOWN, case.id).await.unwrap(), None);
    assert_eq!(count(&store, &filter(None, None, None)).await, 0);
}
