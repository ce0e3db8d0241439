//! Slots of calendars.

use engine::appointment::{Appointment, AppointmentState, Closure, Slot, UNIT};
use engine::case::{Case, Claim, Decision};
use store::{Alongside, CalendarClosure, Range, Store, StoreError};
use uuid::Uuid;

use crate::samples::{NOW, TOWN, id, opening, recorded, step};

const CALENDAR: &str = "citizen-service";
/// On the raster of the units.
const DAY: i64 = NOW.div_euclid(UNIT) * UNIT + 100 * UNIT;

/// An appointment of four units at the `at`th unit of the day.
fn appointment(desk: i64, at: i64) -> Appointment {
    Appointment {
        calendar: CALENDAR.into(),
        kind: "passport".into(),
        room: "counter".into(),
        desk,
        starts_at: DAY + at * UNIT,
        ends_at: DAY + (at + 4) * UNIT,
        change_until: DAY,
        sequence: 0,
        state: AppointmentState::Booked,
    }
}

fn take(desk: i64, at: i64) -> Claim {
    let appointment = appointment(desk, at);
    Claim::Slot {
        busy_until: appointment.ends_at + UNIT,
        appointment,
    }
}

fn opening_with(claim: Claim) -> Decision {
    let mut decision = opening("Erika");
    if let Claim::Slot { appointment, .. } = &claim {
        decision.case.appointment = Some(appointment.clone());
    }
    decision.claims = vec![claim];
    decision
}

fn stepping(case: &Case, claim: Claim) -> Decision {
    Decision {
        claims: vec![claim],
        ..step(case)
    }
}

fn slot(desk: i64, at: i64) -> Slot {
    let Appointment {
        room,
        starts_at,
        ends_at,
        ..
    } = appointment(desk, at);
    Slot {
        room,
        desk,
        starts_at,
        ends_at,
        busy_until: ends_at + UNIT,
    }
}

fn day() -> Range<'static> {
    Range {
        calendar: CALENDAR,
        from: DAY,
        to: DAY + 50 * UNIT,
    }
}

async fn busy_units(store: &Store, holder: Uuid, now: i64) -> usize {
    let busy = store.busy(TOWN, day(), holder, now).await.unwrap();
    busy.units.len()
}

async fn refused(store: &Store, decision: &Decision) {
    let outcome = store.record(TOWN, decision, &Alongside::default()).await;
    assert!(
        matches!(outcome, Err(StoreError::SlotTaken { .. })),
        "{outcome:?}"
    );
}

pub(crate) async fn the_last_slot_goes_to_one(store: Store) {
    let takers: Vec<_> = (0..200)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                // Some overlap only by a unit or by the buffer.
                let decision = opening_with(take(1, n % 5));
                store.record(TOWN, &decision, &Alongside::default()).await
            })
        })
        .collect();
    let mut got = 0;
    for taker in takers {
        match taker.await.unwrap() {
            Ok(_) => got += 1,
            Err(StoreError::SlotTaken { calendar }) => assert_eq!(calendar, CALENDAR),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(got, 1);
    assert_eq!(busy_units(&store, Uuid::nil(), NOW).await, 5);
    assert_eq!(store.appointments(TOWN, day()).await.unwrap().len(), 1);
    assert!(
        store
            .appointments("elsewhere", day())
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn slots_move_and_come_back(store: Store) {
    let one = recorded(&store, &opening_with(take(1, 0))).await;
    let two = recorded(&store, &opening_with(take(2, 0))).await;
    refused(&store, &opening_with(take(1, 4))).await;
    // A refused move leaves the case what it has.
    refused(&store, &stepping(&one, take(2, 3))).await;
    assert_eq!(busy_units(&store, Uuid::nil(), NOW).await, 10);
    assert_eq!(busy_units(&store, one.id, NOW).await, 5);
    // A case may move within its own time.
    let one = recorded(&store, &stepping(&one, take(1, 2))).await;
    recorded(&store, &opening_with(take(1, 7))).await;
    let mut given_back = appointment(1, 2);
    given_back.state = AppointmentState::Released;
    let release = Claim::Appointment {
        appointment: given_back,
    };
    recorded(&store, &stepping(&one, release)).await;
    let cases: Vec<Uuid> = store
        .appointments(TOWN, day())
        .await
        .unwrap()
        .iter()
        .map(|case| case.id)
        .collect();
    assert_eq!(cases.len(), 2);
    assert_eq!(cases.first(), Some(&two.id));
    recorded(&store, &opening_with(take(1, 2))).await;
}

pub(crate) async fn holds_end_by_themselves(store: Store) {
    let (draft, other) = (id(), id());
    let hold = |draft, desk, at, now| {
        let store = store.clone();
        async move {
            store
                .hold_slot(TOWN, CALENDAR, &slot(desk, at), draft, now, now + 1000)
                .await
        }
    };
    hold(draft, 1, 0, NOW).await.unwrap();
    // Renewed, and seen by everybody else.
    hold(draft, 1, 0, NOW + 500).await.unwrap();
    assert_eq!(busy_units(&store, draft, NOW).await, 0);
    assert_eq!(busy_units(&store, other, NOW + 1499).await, 5);
    assert_eq!(busy_units(&store, other, NOW + 1500).await, 0);
    let taken = hold(other, 1, 3, NOW + 600).await;
    assert!(matches!(taken, Err(StoreError::SlotTaken { .. })));
    refused(&store, &opening_with(take(1, 2))).await;
    // Another choice gives the first one back.
    hold(draft, 1, 10, NOW + 600).await.unwrap();
    hold(other, 1, 3, NOW + 600).await.unwrap();
    // The draft's own submission takes what it held.
    let with = Alongside {
        draft: None,
        ..Alongside::default()
    };
    store.release_hold(TOWN, draft).await.unwrap();
    store
        .record(TOWN, &opening_with(take(1, 10)), &with)
        .await
        .unwrap();
    // After its time somebody else takes over what is still written there.
    hold(draft, 1, 3, NOW + 1700).await.unwrap();
    assert_eq!(store.sweep_holds(NOW + 2700, 100).await.unwrap(), 5);
    assert_eq!(store.sweep_holds(NOW + 2700, 100).await.unwrap(), 0);
    assert_eq!(busy_units(&store, Uuid::nil(), NOW).await, 5);
}

pub(crate) async fn closed_times_are_refused(store: Store) {
    let closed = CalendarClosure {
        id: id(),
        calendar: CALENDAR.into(),
        closure: Closure {
            room: Some("counter".into()),
            from: DAY + 2 * UNIT,
            to: DAY + 3 * UNIT,
        },
        reason: "Teamsitzung".into(),
        created_by: "clerk".into(),
    };
    recorded(&store, &opening_with(take(1, 0))).await;
    store.close_time(TOWN, &closed, NOW).await.unwrap();
    refused(&store, &opening_with(take(2, 0))).await;
    recorded(&store, &opening_with(take(2, 3))).await;
    assert_eq!(
        store.closures(TOWN, day()).await.unwrap(),
        std::slice::from_ref(&closed)
    );
    let busy = store.busy(TOWN, day(), Uuid::nil(), NOW).await.unwrap();
    assert_eq!(busy.closures, std::slice::from_ref(&closed.closure));
    store.reopen_time(TOWN, "another", closed.id).await.unwrap();
    assert_eq!(store.closures(TOWN, day()).await.unwrap().len(), 1);
    store.reopen_time(TOWN, CALENDAR, closed.id).await.unwrap();
    assert!(store.closures(TOWN, day()).await.unwrap().is_empty());
    let mut endless = closed;
    endless.closure.to = endless.closure.from;
    let refused = store.close_time(TOWN, &endless, NOW).await;
    assert!(matches!(refused, Err(StoreError::Malformed(_))));
}
