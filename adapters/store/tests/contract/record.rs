//! The write door.

use std::collections::BTreeSet;

use engine::case::{Claim, ParcelContent};
use serde_json::json;
use store::{Alongside, ChainReport, Store, StoreError, SubmissionKey};

use crate::harness::tamper;
use crate::samples::{NOW, TOWN, id, key, mail, opening, order, recorded, step};

pub(crate) async fn opens_a_case_once(store: Store) {
    let decision = opening("Erika Mustermann");
    let done = store
        .record(TOWN, &decision, &Alongside::default())
        .await
        .unwrap();
    assert_eq!(
        (done.case_id, done.revision, done.repeated),
        (decision.case.id, 1, false)
    );
    assert_eq!(done.reference, decision.case.reference);

    let case = store.case(TOWN, done.case_id).await.unwrap().unwrap();
    assert_eq!(case, decision.case);
    assert_eq!(
        store
            .case_by_reference(TOWN, &done.reference)
            .await
            .unwrap()
            .unwrap(),
        decision.case
    );
    assert_eq!(
        store.submission(TOWN, done.case_id).await.unwrap(),
        decision.submission
    );
    assert_eq!(
        store.events(TOWN, done.case_id).await.unwrap(),
        std::slice::from_ref(&decision.event)
    );

    let again = store.record(TOWN, &decision, &Alongside::default()).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    assert!(store.case(TOWN, id()).await.unwrap().is_none());
    assert!(
        store
            .case_by_reference(TOWN, "MS-0")
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.submission(TOWN, id()).await.unwrap().is_none());
}

pub(crate) async fn gives_the_first_result_for_the_same_key(store: Store) {
    let first = store
        .record(TOWN, &opening("Erika"), &key("k", "body"))
        .await
        .unwrap();
    // The repetition was decided anew: other ids, other number, same key.
    let second = opening("Erika");
    let again = store
        .record(TOWN, &second, &key("k", "body"))
        .await
        .unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!(
        (again.case_id, &again.reference),
        (first.case_id, &first.reference)
    );
    assert!(store.case(TOWN, second.case.id).await.unwrap().is_none());

    let asked = SubmissionKey {
        key: "k".into(),
        body_hash: "body".into(),
    };
    assert_eq!(
        store.recorded(TOWN, &asked).await.unwrap().unwrap().case_id,
        first.case_id
    );
    let unused = SubmissionKey {
        key: "other".into(),
        body_hash: "body".into(),
    };
    assert!(store.recorded(TOWN, &unused).await.unwrap().is_none());
}

pub(crate) async fn refuses_a_key_with_other_content(store: Store) {
    let first = opening("Erika");
    store.record(TOWN, &first, &key("k", "one")).await.unwrap();
    let other = opening("Erika");
    let refused = store.record(TOWN, &other, &key("k", "two")).await;
    assert!(matches!(refused, Err(StoreError::KeyReused)), "{refused:?}");
    assert!(store.case(TOWN, other.case.id).await.unwrap().is_none());
    assert_eq!(
        store.case(TOWN, first.case.id).await.unwrap().unwrap(),
        first.case
    );
}

pub(crate) async fn fifty_senders_of_one_key_make_one_case(store: Store) {
    let senders: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut decision = opening("Erika");
                decision.parcels = vec![mail(0, &[])];
                store
                    .record(TOWN, &decision, &key("one", "body"))
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut cases = BTreeSet::new();
    let mut written = 0;
    for sender in senders {
        let done = sender.await.unwrap();
        cases.insert(done.case_id);
        written += i32::from(!done.repeated);
    }
    assert_eq!((cases.len(), written), (1, 1));
    assert_eq!(
        store.lease(NOW + 10, "w", 1000, 100).await.unwrap().len(),
        1
    );
}

pub(crate) async fn of_two_writers_one_wins(store: Store) {
    let case = recorded(&store, &opening("Erika")).await;
    let (mut one, mut two) = (step(&case), step(&case));
    one.case.assignee = Some("anna".into());
    two.case.assignee = Some("bert".into());
    let nothing = Alongside::default();
    let results = tokio::join!(
        store.record(TOWN, &one, &nothing),
        store.record(TOWN, &two, &nothing)
    );
    let (won, lost) = match results {
        (Ok(_), Err(lost)) => (one, lost),
        (Err(lost), Ok(_)) => (two, lost),
        both => panic!("exactly one must win: {both:?}"),
    };
    assert!(matches!(lost, StoreError::Conflict), "{lost:?}");
    assert_eq!(store.case(TOWN, case.id).await.unwrap().unwrap(), won.case);
    assert_eq!(store.events(TOWN, case.id).await.unwrap().len(), 2);
}

pub(crate) async fn two_hundred_writers_never_lose_a_step(store: Store) {
    let case = recorded(&store, &opening("Erika")).await;
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut done = 0;
                while done < 10 {
                    let now = store.case(TOWN, case.id).await.unwrap().unwrap();
                    match store.record(TOWN, &step(&now), &Alongside::default()).await {
                        Ok(_) => done += 1,
                        Err(StoreError::Conflict) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(
        store.case(TOWN, case.id).await.unwrap().unwrap().revision,
        201
    );
    let report = store.verify_chain(TOWN, case.id).await.unwrap();
    assert!(
        matches!(report, ChainReport::Sound { events: 201, .. }),
        "{report:?}"
    );
}

pub(crate) async fn finds_a_taken_reference(store: Store) {
    let first = recorded(&store, &opening("Erika")).await;
    let mut second = opening("Max");
    second.case.reference.clone_from(&first.reference);
    let refused = store.record(TOWN, &second, &Alongside::default()).await;
    assert!(
        matches!(refused, Err(StoreError::ReferenceTaken(number)) if number == first.reference)
    );
    // Another tenant may have the same number.
    store
        .record("elsewhere", &second, &Alongside::default())
        .await
        .unwrap();
}

pub(crate) async fn refuses_malformed_decisions(store: Store) {
    let mut without = opening("Erika");
    without.submission = None;
    let mut other_seq = opening("Erika");
    other_seq.event.seq = 2;
    let mut late = opening("Erika");
    late.case.revision = 2;
    late.event.seq = 2;
    let mut nothing = opening("Erika");
    nothing.claims = vec![Claim::Take {
        resource: "r".into(),
        limit: 5,
        quantity: 0,
    }];
    for decision in [without, other_seq, late, nothing] {
        let refused = store.record(TOWN, &decision, &Alongside::default()).await;
        assert!(
            matches!(refused, Err(StoreError::Malformed(_))),
            "{refused:?}"
        );
        assert!(store.case(TOWN, decision.case.id).await.unwrap().is_none());
    }
    let unknown = step(&opening("Erika").case);
    let refused = store.record(TOWN, &unknown, &Alongside::default()).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
}

pub(crate) async fn names_documents_apart(store: Store) {
    let mut decision = opening("Erika");
    decision.documents = vec![order("receipt"), order("letter")];
    let mut case = recorded(&store, &decision).await;
    for _ in 0..2 {
        let mut next = step(&case);
        next.documents = vec![order("letter")];
        next.parcels = vec![mail(0, &["receipt", "letter"])];
        case = recorded(&store, &next).await;
    }
    let documents = store.documents(TOWN, case.id).await.unwrap();
    let names: Vec<_> = documents
        .iter()
        .map(|document| document.order.name.as_str())
        .collect();
    assert_eq!(names, ["letter", "receipt", "letter-2", "letter-3"]);
    assert_eq!(documents[3].seq, 3);
    assert_eq!(documents[1].order, order("receipt"));
    // A mail attaches the letter of its own step, not the first one.
    let attached: Vec<_> = store
        .deliveries(TOWN, case.id)
        .await
        .unwrap()
        .into_iter()
        .map(|delivery| match delivery.content {
            ParcelContent::Mail { attach, .. } => attach.join(" "),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(attached, ["receipt letter-2", "receipt letter-3"]);
}

pub(crate) async fn keeps_document_bytes_once(store: Store) {
    let mut decision = opening("Erika");
    decision.documents = vec![order("receipt")];
    let case = recorded(&store, &decision).await;
    assert!(!store.documents(TOWN, case.id).await.unwrap()[0].rendered);
    assert_eq!(
        store
            .document_bytes(TOWN, case.id, "receipt")
            .await
            .unwrap(),
        None
    );
    assert!(
        store
            .put_document_bytes(TOWN, case.id, "receipt", b"first", NOW)
            .await
            .unwrap()
    );
    assert!(
        !store
            .put_document_bytes(TOWN, case.id, "receipt", b"second", NOW)
            .await
            .unwrap()
    );
    assert_eq!(
        store
            .document_bytes(TOWN, case.id, "receipt")
            .await
            .unwrap()
            .unwrap(),
        b"first"
    );
    assert!(store.documents(TOWN, case.id).await.unwrap()[0].rendered);
    let unknown = store
        .put_document_bytes(TOWN, case.id, "letter", b"x", NOW)
        .await;
    assert!(
        matches!(unknown, Err(StoreError::NotFound("document"))),
        "{unknown:?}"
    );
}

pub(crate) async fn finds_tampering(store: Store) {
    let case = recorded(&store, &opening("Erika")).await;
    let case = recorded(&store, &step(&case)).await;
    let case = recorded(&store, &step(&case)).await;
    let sound = store.verify_chain(TOWN, case.id).await.unwrap();
    assert!(
        matches!(&sound, ChainReport::Sound { events: 3, head } if head.len() == 64),
        "{sound:?}"
    );

    let change =
        "UPDATE case_event SET content = replace(content, 'checked', 'granted') WHERE seq = 2";
    tamper(change).await;
    assert_eq!(
        store.verify_chain(TOWN, case.id).await.unwrap(),
        ChainReport::Broken { seq: 2 }
    );
    tamper("UPDATE case_event SET content = replace(content, 'granted', 'checked') WHERE seq = 2")
        .await;
    assert_eq!(store.verify_chain(TOWN, case.id).await.unwrap(), sound);

    tamper("DELETE FROM case_event WHERE seq = 3").await;
    assert_eq!(
        store.verify_chain(TOWN, case.id).await.unwrap(),
        ChainReport::Broken { seq: 3 }
    );
    tamper("DELETE FROM case_event WHERE seq = 1").await;
    assert_eq!(
        store.verify_chain(TOWN, case.id).await.unwrap(),
        ChainReport::Broken { seq: 1 }
    );

    tamper("UPDATE submission SET content = replace(content, 'Bello', 'Hasso')").await;
    assert_eq!(
        store.verify_chain(TOWN, case.id).await.unwrap(),
        ChainReport::SubmissionAltered
    );
    let read = store.submission(TOWN, case.id).await;
    assert!(
        matches!(
            read,
            Err(StoreError::Inconsistent {
                table: "submission",
                ..
            })
        ),
        "{read:?}"
    );
    assert!(matches!(
        store.verify_chain(TOWN, id()).await,
        Err(StoreError::NotFound(_))
    ));
}

pub(crate) async fn keeps_tenants_apart(store: Store) {
    let mut decision = opening("Erika");
    decision.documents = vec![order("receipt")];
    decision.parcels = vec![mail(0, &[])];
    let case = recorded(&store, &decision).await;
    let other = "elsewhere";
    assert!(store.case(other, case.id).await.unwrap().is_none());
    assert!(
        store
            .case_by_reference(other, &case.reference)
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.submission(other, case.id).await.unwrap().is_none());
    assert!(store.events(other, case.id).await.unwrap().is_empty());
    assert!(store.documents(other, case.id).await.unwrap().is_empty());
    assert!(store.deliveries(other, case.id).await.unwrap().is_empty());
    assert!(matches!(
        store
            .record(other, &step(&case), &Alongside::default())
            .await,
        Err(StoreError::Conflict)
    ));
    // The same ids live in both, independently.
    store
        .record(other, &decision, &Alongside::default())
        .await
        .unwrap();
    store
        .record(other, &step(&case), &Alongside::default())
        .await
        .unwrap();
    assert_eq!(
        store.case(TOWN, case.id).await.unwrap().unwrap().revision,
        1
    );
    assert_eq!(
        store.case(other, case.id).await.unwrap().unwrap().revision,
        2
    );
}

pub(crate) async fn writes_nothing_of_a_refused_decision(store: Store) {
    let mut decision = opening("Erika");
    decision.documents = vec![order("receipt")];
    decision.parcels = vec![mail(0, &[])];
    decision.claims = vec![
        Claim::Take {
            resource: "a".into(),
            limit: 1,
            quantity: 1,
        },
        Claim::Take {
            resource: "b".into(),
            limit: 1,
            quantity: 2,
        },
    ];
    let refused = store.record(TOWN, &decision, &key("k", "body")).await;
    assert!(matches!(refused, Err(StoreError::Full { resource }) if resource == "b"));
    assert!(store.case(TOWN, decision.case.id).await.unwrap().is_none());
    assert_eq!(store.capacity_taken(TOWN, "a").await.unwrap(), 0);
    assert!(
        store
            .lease(NOW + 10, "w", 1000, 10)
            .await
            .unwrap()
            .is_empty()
    );
    // The key was not used up by the refusal.
    decision.claims.pop();
    assert!(
        !store
            .record(TOWN, &decision, &key("k", "body"))
            .await
            .unwrap()
            .repeated
    );
}

pub(crate) async fn keeps_text_exactly(store: Store) {
    let mut decision = opening("Erika\u{1F600} \u{202E}Ünal");
    let submission = decision.submission.as_mut().unwrap();
    // What a binary JSON type would refuse or rewrite.
    submission.answers.insert(
        "odd".into(),
        json!({"z": "a\u{0}b", "a": -0.0, "big": 1e300, "text": "''\\\"$1?"}),
    );
    let expected = serde_json::to_string(&decision.submission).unwrap();
    let case = recorded(&store, &decision).await;
    let read = store.submission(TOWN, case.id).await.unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), expected);
    assert!(matches!(
        store.verify_chain(TOWN, case.id).await.unwrap(),
        ChainReport::Sound { .. }
    ));
}
