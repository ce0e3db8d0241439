//! The clerks' list.

use engine::case::Case;
use store::{Cursor, QueueFilter, QueueStatus, Store};

use crate::samples::{NOW, TOWN, case, open, recorded, step};

async fn put(store: &Store, name: &str, change: impl FnOnce(&mut Case)) -> Case {
    let mut case = case(name);
    change(&mut case);
    recorded(store, &open(case)).await
}

fn departments(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

async fn names(store: &Store, of: &[&str], filter: &QueueFilter) -> Vec<String> {
    let page = store
        .queue(TOWN, &departments(of), filter, None, 100)
        .await
        .unwrap();
    assert_eq!(page.next, None);
    page.rows
        .into_iter()
        .map(|case| case.applicant_name)
        .collect()
}

pub(crate) async fn pages_hold_every_case_once(store: Store) {
    // Due days in no order, many of them the same, two departments.
    for number in 0..40_i64 {
        put(&store, &format!("n{number}"), |case| {
            case.due_at = (number % 4 != 0).then_some(NOW + (number * 7) % 5);
            case.opened_at = NOW + number % 3;
            case.department = if number % 2 == 0 {
                "taxes".into()
            } else {
                "order".into()
            };
        })
        .await;
    }
    let both = departments(&["taxes", "order", "taxes"]);
    let filter = QueueFilter::default();
    let whole = store.queue(TOWN, &both, &filter, None, 100).await.unwrap();
    assert_eq!((whole.rows.len(), whole.next), (40, None));
    let sorted = |case: &Case| (case.due_at.unwrap_or(i64::MAX), case.opened_at, case.id);
    assert!(whole.rows.is_sorted_by_key(sorted));

    let (mut paged, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = store.queue(TOWN, &both, &filter, after, 7).await.unwrap();
        assert!(page.rows.len() <= 7);
        paged.extend(page.rows);
        pages += 1;
        let Some(next) = page.next else { break };
        after = Cursor::decode(&next.encode());
        assert_eq!(after, Some(next));
    }
    assert_eq!(pages, 6);
    assert_eq!(paged, whole.rows);
    for wrong in ["", "1.2", "1.2.x", "a.b.c", "1.2.3.4"] {
        assert_eq!(Cursor::decode(wrong), None, "{wrong}");
    }
}

pub(crate) async fn filters_narrow_the_list(store: Store) {
    put(&store, "free", |_| {}).await;
    put(&store, "cats", |case| case.queue = "cats".into()).await;
    put(&store, "anna", |case| case.assignee = Some("anna".into())).await;
    put(&store, "due", |case| case.due_at = Some(NOW - 5)).await;
    for (name, closed) in [("ended first", NOW + 1), ("ended last", NOW + 2)] {
        let mut last = step(&put(&store, name, |_| {}).await);
        last.case.closed_at = Some(closed);
        last.case.outcome = Some("granted".into());
        recorded(&store, &last).await;
    }
    let all = QueueFilter {
        status: QueueStatus::All,
        ..QueueFilter::default()
    };
    let closed = QueueFilter {
        status: QueueStatus::Closed,
        ..QueueFilter::default()
    };
    assert_eq!(
        names(&store, &["taxes"], &all).await,
        ["due", "free", "cats", "anna", "ended last", "ended first"]
    );
    assert_eq!(
        names(&store, &["taxes"], &QueueFilter::default()).await,
        ["due", "free", "cats", "anna"]
    );
    assert_eq!(
        names(&store, &["taxes"], &closed).await,
        ["ended last", "ended first"]
    );
    let cats = QueueFilter {
        queue: Some("cats".into()),
        ..QueueFilter::default()
    };
    assert_eq!(names(&store, &["taxes"], &cats).await, ["cats"]);
    let anna = QueueFilter {
        assignee: Some("anna".into()),
        ..all
    };
    assert_eq!(names(&store, &["taxes"], &anna).await, ["anna"]);
    let both = QueueFilter {
        queue: Some("cats".into()),
        ..anna
    };
    assert!(names(&store, &["taxes"], &both).await.is_empty());
}

pub(crate) async fn names_and_numbers_are_found(store: Store) {
    let müller = put(&store, "Erika Müller-Lüdenscheidt", |_| {}).await;
    put(&store, "Max Mustermann", |_| {}).await;
    put(&store, "Erika Muster", |_| {}).await;
    let find = async |text: &str| {
        names(
            &store,
            &["taxes"],
            &QueueFilter {
                text: Some(text.into()),
                ..QueueFilter::default()
            },
        )
        .await
    };
    assert_eq!(find("muster").await, ["Max Mustermann", "Erika Muster"]);
    assert_eq!(find("Muster erika").await, ["Erika Muster"]);
    for typed in [
        "müll",
        "MUELLER",
        "lüd",
        "Müller-Lüd",
        &müller.reference,
        &müller.reference[8..13],
    ] {
        assert_eq!(find(typed).await, ["Erika Müller-Lüdenscheidt"], "{typed}");
    }
    assert!(find("ustermann").await.is_empty());
    assert!(
        find("%").await.len() == 3,
        "a text without any letter narrows nothing"
    );
    let next = QueueFilter {
        text: Some("erika".into()),
        ..QueueFilter::default()
    };
    let first = store
        .queue(TOWN, &departments(&["taxes"]), &next, None, 1)
        .await
        .unwrap();
    let second = store
        .queue(TOWN, &departments(&["taxes"]), &next, first.next, 1)
        .await
        .unwrap();
    assert_eq!(
        (first.rows.len(), second.rows.len(), second.next),
        (1, 1, None)
    );
}

pub(crate) async fn other_departments_stay_hidden(store: Store) {
    let mine = put(&store, "mine", |_| {}).await;
    put(&store, "theirs", |case| case.department = "health".into()).await;
    let all = QueueFilter {
        status: QueueStatus::All,
        text: Some("theirs".into()),
        ..QueueFilter::default()
    };
    assert!(names(&store, &["taxes"], &all).await.is_empty());
    assert!(names(&store, &[], &QueueFilter::default()).await.is_empty());
    let elsewhere = store
        .queue(
            "elsewhere",
            &departments(&["taxes"]),
            &QueueFilter::default(),
            None,
            9,
        )
        .await
        .unwrap();
    assert!(elsewhere.rows.is_empty());
    // Moving a case takes it out of one list and puts it into the other.
    let mut moved = step(&mine);
    moved.case.department = "health".into();
    recorded(&store, &moved).await;
    assert!(
        names(&store, &["taxes"], &QueueFilter::default())
            .await
            .is_empty()
    );
    assert_eq!(
        names(&store, &["health"], &QueueFilter::default())
            .await
            .len(),
        2
    );
}
