//! Parcels and timers.

use std::collections::BTreeSet;

use engine::case::Timer;
use store::{Alongside, DeliveryState, Settlement, Store, StoreError};

use crate::samples::{NOW, TOWN, mail, mail_to, opening, recorded, step};

pub(crate) async fn parcels_run_their_course(store: Store) {
    assert_eq!(store.oldest_parcel().await.unwrap(), None);
    let mut decision = opening("Erika");
    decision.parcels = vec![mail(0, &[]), mail(1, &["receipt"]), mail(2, &[])];
    let case = recorded(&store, &decision).await;
    let at = decision.event.at;
    assert_eq!(store.oldest_parcel().await.unwrap(), Some(at));
    assert!(store.lease(at - 1, "w", 60, 10).await.unwrap().is_empty());

    let leased = store.lease(at, "w", 60, 10).await.unwrap();
    let ids: Vec<_> = leased.iter().map(|parcel| parcel.id.clone()).collect();
    assert_eq!(ids, [0, 1, 2].map(|index| format!("{}/1/{index}", case.id)));
    assert_eq!(leased[1].content, decision.parcels[1].content);
    assert_eq!(
        (
            leased[0].tenant.as_str(),
            leased[0].attempts,
            leased[0].fence
        ),
        (TOWN, 1, 1)
    );

    store
        .settle_done(TOWN, &ids[0], 1, at + 5, Some("remote 7"))
        .await
        .unwrap();
    store
        .settle_retry(TOWN, &ids[1], 1, at + 1000, "not now")
        .await
        .unwrap();
    store
        .settle_parked(TOWN, &ids[2], 1, at + 6, "never")
        .await
        .unwrap();
    let ledger = store.deliveries(TOWN, case.id).await.unwrap();
    let states: Vec<_> = ledger.iter().map(|line| line.state).collect();
    assert_eq!(
        states,
        [
            DeliveryState::Done,
            DeliveryState::Retry,
            DeliveryState::Parked
        ]
    );
    assert_eq!(
        (ledger[0].receipt.as_deref(), ledger[0].settled_at),
        (Some("remote 7"), Some(at + 5))
    );
    assert_eq!(
        (ledger[1].last_error.as_deref(), ledger[1].next_at),
        (Some("not now"), Some(at + 1000))
    );
    assert_eq!(
        (ledger[2].settled_at, ledger[2].next_at),
        (Some(at + 6), None)
    );

    assert!(store.lease(at + 999, "w", 60, 10).await.unwrap().is_empty());
    let again = store.lease(at + 1000, "w", 60, 10).await.unwrap();
    assert_eq!((again.len(), again[0].attempts, again[0].fence), (1, 2, 2));

    let own = [case.department.clone()];
    assert!(
        store
            .parked(TOWN, &["other".to_owned()], 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .parked("elsewhere", &own, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let parked = store.parked(TOWN, &own, 10).await.unwrap();
    assert_eq!(
        (parked.len(), parked[0].id.as_str(), parked[0].parked_at),
        (1, ids[2].as_str(), at + 6)
    );
    assert_eq!(
        (
            parked[0].reference.as_str(),
            parked[0].last_error.as_deref()
        ),
        (&*case.reference, Some("never"))
    );
    store.requeue(TOWN, &ids[2], at + 2000).await.unwrap();
    assert!(matches!(
        store.requeue(TOWN, &ids[2], at).await,
        Err(StoreError::NotFound(_))
    ));
    let last = store.lease(at + 2000, "w", 60, 10).await.unwrap();
    let last: BTreeSet<_> = last
        .iter()
        .map(|parcel| (parcel.id.as_str(), parcel.attempts))
        .collect();
    // The repeated one came back because its second lease ran out.
    assert_eq!(
        last,
        BTreeSet::from([(ids[1].as_str(), 3), (ids[2].as_str(), 1)])
    );
}

pub(crate) async fn eight_workers_never_share_a_parcel(store: Store) {
    const PARCELS: i64 = 120;
    let mut decision = opening("Erika");
    decision.parcels = (0..PARCELS).map(|index| mail(index, &[])).collect();
    recorded(&store, &decision).await;
    let workers: Vec<_> = (0..8)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let got = store
                        .lease(NOW + 10, &format!("w{number}"), 60_000, 3)
                        .await
                        .unwrap();
                    if got.is_empty() {
                        return mine;
                    }
                    mine.extend(got.into_iter().map(|parcel| parcel.id));
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(
        (all.len(), distinct.len()),
        (PARCELS as usize, PARCELS as usize)
    );
}

pub(crate) async fn a_late_worker_is_refused(store: Store) {
    let mut decision = opening("Erika");
    decision.parcels = vec![mail(0, &[])];
    recorded(&store, &decision).await;
    let slow = store
        .lease(NOW + 10, "slow", 100, 1)
        .await
        .unwrap()
        .remove(0);
    assert!(
        store
            .lease(NOW + 109, "quick", 100, 1)
            .await
            .unwrap()
            .is_empty()
    );
    let quick = store
        .lease(NOW + 110, "quick", 100, 1)
        .await
        .unwrap()
        .remove(0);
    assert_eq!((slow.fence, quick.fence, quick.attempts), (1, 2, 2));

    let late = [
        store
            .settle_done(TOWN, &slow.id, slow.fence, NOW, None)
            .await,
        store
            .settle_retry(TOWN, &slow.id, slow.fence, NOW, "late")
            .await,
        store
            .settle_parked(TOWN, &slow.id, slow.fence, NOW, "late")
            .await,
        store
            .settle_done("elsewhere", &quick.id, quick.fence, NOW, None)
            .await,
    ];
    assert!(
        late.iter()
            .all(|result| matches!(result, Err(StoreError::LostLease))),
        "{late:?}"
    );
    store
        .settle_done(TOWN, &quick.id, quick.fence, NOW, None)
        .await
        .unwrap();
    let twice = store
        .settle_done(TOWN, &quick.id, quick.fence, NOW, None)
        .await;
    assert!(matches!(twice, Err(StoreError::LostLease)));
}

pub(crate) async fn a_worker_that_stops_gives_back(store: Store) {
    let mut decision = opening("Erika");
    decision.parcels = vec![mail(0, &[]), mail(1, &[])];
    recorded(&store, &decision).await;
    let mine = store.lease(NOW + 10, "stops", 60_000, 1).await.unwrap();
    let other = store.lease(NOW + 10, "goes on", 60_000, 1).await.unwrap();
    assert_eq!(store.release_leases("stops", NOW + 20).await.unwrap(), 1);
    let again = store.lease(NOW + 20, "next", 60_000, 5).await.unwrap();
    assert_eq!(
        (again.len(), &again[0].id, again[0].attempts),
        (1, &mine[0].id, 1)
    );
    store
        .settle_done(TOWN, &other[0].id, other[0].fence, NOW, None)
        .await
        .unwrap();
}

pub(crate) async fn a_step_settles_its_parcel(store: Store) {
    let mut decision = opening("Erika");
    decision.parcels = vec![mail(0, &[])];
    let case = recorded(&store, &decision).await;
    let parcel = store
        .lease(NOW + 10, "w", 60_000, 1)
        .await
        .unwrap()
        .remove(0);
    let settle = |fence| Alongside {
        parcel: Some(Settlement {
            id: parcel.id.clone(),
            fence,
            receipt: Some("remote".into()),
        }),
        ..Alongside::default()
    };
    let refused = store
        .record(TOWN, &step(&case), &settle(parcel.fence + 1))
        .await;
    assert!(matches!(refused, Err(StoreError::LostLease)), "{refused:?}");
    assert_eq!(
        store.case(TOWN, case.id).await.unwrap().unwrap().revision,
        1
    );
    store
        .record(TOWN, &step(&case), &settle(parcel.fence))
        .await
        .unwrap();
    let ledger = store.deliveries(TOWN, case.id).await.unwrap();
    assert_eq!(
        (ledger[0].state, ledger[0].receipt.as_deref()),
        (DeliveryState::Done, Some("remote"))
    );
}

fn timer(key: &str, due_at: i64) -> Timer {
    Timer {
        key: key.into(),
        due_at,
    }
}

pub(crate) async fn timers_come_in_order(store: Store) {
    let mut one = opening("Erika");
    one.timers_set = vec![
        timer("b", NOW + 300),
        timer("a", NOW + 100),
        timer("later", NOW + 9000),
    ];
    let mut two = opening("Max");
    two.timers_set = vec![timer("c", NOW + 200)];
    let (first, second) = (recorded(&store, &one).await, recorded(&store, &two).await);
    let due = store.due_timers(NOW + 300, 10).await.unwrap();
    let due: Vec<_> = due
        .iter()
        .map(|timer| (timer.key.as_str(), timer.case_id, timer.due_at))
        .collect();
    assert_eq!(
        due,
        [
            ("a", first.id, NOW + 100),
            ("c", second.id, NOW + 200),
            ("b", first.id, NOW + 300)
        ]
    );
    assert_eq!(
        store.due_timers(NOW + 300, 1).await.unwrap()[0].tenant,
        TOWN
    );
    assert!(store.due_timers(NOW + 99, 10).await.unwrap().is_empty());
    assert_eq!(
        store.timers(TOWN, first.id).await.unwrap(),
        [
            timer("a", NOW + 100),
            timer("b", NOW + 300),
            timer("later", NOW + 9000)
        ]
    );
}

pub(crate) async fn a_handled_timer_ends(store: Store) {
    let mut decision = opening("Erika");
    decision.timers_set = vec![
        timer("fires", NOW),
        timer("ends", NOW),
        timer("moves", NOW),
        timer("stale", NOW),
    ];
    let case = recorded(&store, &decision).await;
    let mut next = step(&case);
    next.timers_cancelled = vec!["ends".into(), "gone before".into(), "moves".into()];
    next.timers_set = vec![timer("moves", NOW + 500), timer("new", NOW + 600)];
    let with = Alongside {
        timer: Some("fires".into()),
        ..Alongside::default()
    };
    store.record(TOWN, &next, &with).await.unwrap();
    assert_eq!(
        store.timers(TOWN, case.id).await.unwrap(),
        [
            timer("stale", NOW),
            timer("moves", NOW + 500),
            timer("new", NOW + 600)
        ]
    );
    assert!(
        !store
            .drop_timer("elsewhere", case.id, "stale")
            .await
            .unwrap()
    );
    assert!(store.drop_timer(TOWN, case.id, "stale").await.unwrap());
    assert!(!store.drop_timer(TOWN, case.id, "stale").await.unwrap());
}

pub(crate) async fn mails_of_a_case_to_one_reader_leave_in_order(store: Store) {
    let erika = "erika@example.org";
    let mut decision = opening("Erika");
    decision.parcels = vec![
        mail_to(erika, 0, &[]),
        mail_to("Erika@Example.org ", 1, &[]),
        mail_to("office@example.org", 2, &[]),
        mail_to(erika, 3, &[]),
    ];
    let case = recorded(&store, &decision).await;
    let mut elsewhere = opening("Erika");
    elsewhere.parcels = vec![mail_to(erika, 0, &[])];
    let other = recorded(&store, &elsewhere).await;
    let at = decision.event.at.max(elsewhere.event.at);
    let id = |index: i64| format!("{}/1/{index}", case.id);
    let due = async |at: i64| -> BTreeSet<String> {
        let leased = store.lease(at, "w", 60_000, 10).await.unwrap();
        leased.into_iter().map(|parcel| parcel.id).collect()
    };

    // Not the second to the same reader, but the other reader and the other case.
    assert_eq!(
        due(at).await,
        BTreeSet::from([id(0), id(2), format!("{}/1/0", other.id)])
    );
    assert!(due(at).await.is_empty());
    // The first is to be repeated: the later ones wait with it.
    store
        .settle_retry(TOWN, &id(0), 1, at + 1000, "greylisted")
        .await
        .unwrap();
    assert!(due(at + 999).await.is_empty());
    assert_eq!(due(at + 1000).await, BTreeSet::from([id(0)]));
    store
        .settle_done(TOWN, &id(0), 2, at + 1001, None)
        .await
        .unwrap();
    assert_eq!(due(at + 1001).await, BTreeSet::from([id(1)]));
    // What was given up holds nobody back.
    store
        .settle_parked(TOWN, &id(1), 1, at + 1002, "never")
        .await
        .unwrap();
    assert_eq!(due(at + 1002).await, BTreeSet::from([id(3)]));
}
