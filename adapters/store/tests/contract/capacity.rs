//! Places and payments.

use engine::case::{Claim, Decision, PaymentRequest};
use store::{Alongside, PaymentState, Store, StoreError};

use crate::samples::{NOW, TOWN, id, opening, recorded, step};

const COURSE: &str = "courses/S4012";

fn take(limit: i64, quantity: i64) -> Claim {
    Claim::Take {
        resource: COURSE.into(),
        limit,
        quantity,
    }
}

fn wait(quantity: i64) -> Claim {
    Claim::Wait {
        resource: COURSE.into(),
        quantity,
    }
}

fn release() -> Claim {
    Claim::Release {
        resource: COURSE.into(),
    }
}

fn opening_with(claim: Claim) -> Decision {
    Decision {
        claims: vec![claim],
        ..opening("Erika")
    }
}

pub(crate) async fn the_last_place_goes_to_one(store: Store) {
    recorded(&store, &opening_with(take(10, 9))).await;
    let takers: Vec<_> = (0..200)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let decision = opening_with(take(10, 1));
                (
                    decision.case.id,
                    store.record(TOWN, &decision, &Alongside::default()).await,
                )
            })
        })
        .collect();
    let mut got = Vec::new();
    for taker in takers {
        match taker.await.unwrap() {
            (case, Ok(_)) => got.push(case),
            (_, Err(StoreError::Full { resource })) => assert_eq!(resource, COURSE),
            (_, Err(other)) => panic!("{other:?}"),
        }
    }
    assert_eq!(got.len(), 1);
    assert_eq!(store.capacity_taken(TOWN, COURSE).await.unwrap(), 10);
    assert!(store.integrity_check().await.unwrap().is_empty());
}

pub(crate) async fn places_come_back(store: Store) {
    assert_eq!(store.capacity_taken(TOWN, COURSE).await.unwrap(), 0);
    let too_many = store
        .record(TOWN, &opening_with(take(3, 4)), &Alongside::default())
        .await;
    assert!(
        matches!(too_many, Err(StoreError::Full { .. })),
        "{too_many:?}"
    );
    let case = recorded(&store, &opening_with(take(3, 2))).await;
    let mut more = step(&case);
    more.claims = vec![take(3, 1)];
    let case = recorded(&store, &more).await;
    assert_eq!(store.capacity_taken(TOWN, COURSE).await.unwrap(), 3);
    assert_eq!(store.capacity_taken("elsewhere", COURSE).await.unwrap(), 0);
    let mut end = step(&case);
    end.claims = vec![release()];
    let case = recorded(&store, &end).await;
    assert_eq!(store.capacity_taken(TOWN, COURSE).await.unwrap(), 0);
    // Giving back what is not held changes nothing.
    let mut again = step(&case);
    again.claims = vec![release()];
    recorded(&store, &again).await;
    assert_eq!(store.capacity_taken(TOWN, COURSE).await.unwrap(), 0);
    recorded(&store, &opening_with(take(3, 3))).await;
    assert!(store.integrity_check().await.unwrap().is_empty());
}

pub(crate) async fn waiting_keeps_its_order(store: Store) {
    assert!(store.waiting(TOWN, COURSE).await.unwrap().is_empty());
    let holder = recorded(&store, &opening_with(take(1, 1))).await;
    let mut waiting = Vec::new();
    for at in [30, 10, 20] {
        let mut decision = opening_with(wait(1));
        decision.event.at = NOW + at;
        waiting.push(recorded(&store, &decision).await);
    }
    let [third, first, second] = &waiting[..] else {
        panic!("three wait")
    };
    assert_eq!(
        store.waiting(TOWN, COURSE).await.unwrap().first(),
        Some(&(first.id, 1))
    );
    for (case, rank) in [(first, 1), (second, 2), (third, 3)] {
        assert_eq!(
            store.waiting_rank(TOWN, COURSE, case.id).await.unwrap(),
            Some(rank)
        );
    }
    assert_eq!(
        store.waiting_rank(TOWN, COURSE, holder.id).await.unwrap(),
        None
    );

    // Asking for more keeps the place in the list.
    let mut more = step(first);
    more.claims = vec![wait(2)];
    let first = recorded(&store, &more).await;
    assert_eq!(
        store.waiting(TOWN, COURSE).await.unwrap().first(),
        Some(&(first.id, 2))
    );

    let mut leaves = step(&first);
    leaves.claims = vec![release()];
    recorded(&store, &leaves).await;
    let mut gives_back = step(&holder);
    gives_back.claims = vec![release()];
    recorded(&store, &gives_back).await;
    let mut moves_up = step(second);
    moves_up.claims = vec![take(1, 1)];
    recorded(&store, &moves_up).await;
    assert_eq!(
        store.waiting(TOWN, COURSE).await.unwrap().first(),
        Some(&(third.id, 1))
    );
    assert_eq!(
        store.waiting_rank(TOWN, COURSE, third.id).await.unwrap(),
        Some(1)
    );
    assert_eq!(
        store.waiting_rank(TOWN, COURSE, second.id).await.unwrap(),
        None
    );
    assert_eq!(store.capacity_taken(TOWN, COURSE).await.unwrap(), 1);
}

fn payment() -> PaymentRequest {
    PaymentRequest {
        id: id(),
        amount: "26.00".into(),
        purpose: "MS-2026".into(),
    }
}

pub(crate) async fn payments_end_once(store: Store) {
    let request = payment();
    let case = recorded(
        &store,
        &Decision {
            payment: Some(request.clone()),
            ..opening("Erika")
        },
    )
    .await;
    let open = store.payment(TOWN, request.id).await.unwrap().unwrap();
    assert_eq!(
        (open.state, &open.request, open.case_id),
        (PaymentState::Open, &request, case.id)
    );
    assert!(
        store
            .payment("elsewhere", request.id)
            .await
            .unwrap()
            .is_none()
    );
    let reports: Vec<_> = (0..10)
        .map(|number| {
            let (store, id) = (store.clone(), request.id);
            let to = if number % 2 == 0 {
                PaymentState::Paid
            } else {
                PaymentState::Failed
            };
            tokio::spawn(async move {
                store
                    .set_payment_state(TOWN, id, to, NOW)
                    .await
                    .unwrap()
                    .then_some(to)
            })
        })
        .collect();
    let mut ends = Vec::new();
    for report in reports {
        ends.extend(report.await.unwrap());
    }
    assert_eq!(ends.len(), 1);
    let ended = store.payments(TOWN, case.id).await.unwrap().remove(0);
    assert_eq!((ended.state, ended.settled_at), (ends[0], Some(NOW)));
    let opened = store
        .set_payment_state(TOWN, request.id, PaymentState::Open, NOW)
        .await;
    assert!(matches!(opened, Err(StoreError::Malformed(_))));
}

pub(crate) async fn a_step_closes_open_payments(store: Store) {
    let (paid, open, fresh) = (payment(), payment(), payment());
    let case = recorded(
        &store,
        &Decision {
            payment: Some(paid.clone()),
            ..opening("Erika")
        },
    )
    .await;
    let case = recorded(
        &store,
        &Decision {
            payment: Some(open.clone()),
            ..step(&case)
        },
    )
    .await;
    assert!(
        store
            .set_payment_state(TOWN, paid.id, PaymentState::Paid, NOW)
            .await
            .unwrap()
    );
    // Closing comes before asking: the new request of the same step stays open.
    let last = Decision {
        payments_closed: true,
        payment: Some(fresh.clone()),
        ..step(&case)
    };
    recorded(&store, &last).await;
    for (payment, state) in [
        (paid, PaymentState::Paid),
        (open, PaymentState::Cancelled),
        (fresh, PaymentState::Open),
    ] {
        assert_eq!(
            store
                .payment(TOWN, payment.id)
                .await
                .unwrap()
                .unwrap()
                .state,
            state
        );
    }
}
