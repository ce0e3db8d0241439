//! Messages of the contact form, and what many people come for.

use engine::text::Language;
use store::{ContactMessage, MessageOutcome, Store};

use crate::samples::{NOW, TOWN, case, id, open, recorded};

fn message(subject: &str, created_at: i64) -> ContactMessage {
    ContactMessage {
        id: id(),
        department: Some("public-order".into()),
        name: "Mara Beispiel".into(),
        email: "mara@post.example".into(),
        subject: subject.into(),
        body: "Guten Tag,\nwann?".into(),
        language: Language::En,
        created_at,
    }
}

pub(crate) async fn messages_run_their_course(store: Store) {
    let (first, later) = (message("first", NOW), message("later", NOW + 50));
    store.add_message(TOWN, &later).await.unwrap();
    store.add_message(TOWN, &first).await.unwrap();
    let leased = store.lease_messages(NOW, 100, 10).await.unwrap();
    assert_eq!(leased.len(), 1);
    assert_eq!((&leased[0].message, leased[0].attempts), (&first, 1));
    // Nobody else has it until the lease ends.
    assert!(
        store
            .lease_messages(NOW + 40, 100, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let again = store.lease_messages(NOW + 100, 100, 1).await.unwrap();
    assert_eq!(
        (again[0].message.subject.as_str(), again[0].attempts),
        ("later", 1)
    );
    let again = store.lease_messages(NOW + 100, 100, 1).await.unwrap();
    assert_eq!(
        (again[0].message.subject.as_str(), again[0].attempts),
        ("first", 2)
    );
    // Whoever was too slow settles nothing.
    let done = MessageOutcome::Done;
    assert!(
        !store
            .settle_message(&leased[0], NOW + 110, &done)
            .await
            .unwrap()
    );
    let retry = MessageOutcome::Retry(NOW + 500, "busy".into());
    assert!(
        store
            .settle_message(&again[0], NOW + 110, &retry)
            .await
            .unwrap()
    );
    assert!(store.lease_messages(NOW + 499, 1, 10).await.unwrap().len() == 1);
    let last = store.lease_messages(NOW + 500, 100, 10).await.unwrap();
    let first_again = last.iter().find(|leased| leased.message == first).unwrap();
    assert_eq!(first_again.attempts, 3);
    let parked = MessageOutcome::Parked("no such mailbox".into());
    assert!(
        store
            .settle_message(first_again, NOW + 510, &parked)
            .await
            .unwrap()
    );
    assert_eq!(
        store.parked_messages(TOWN, 10).await.unwrap(),
        std::slice::from_ref(&first)
    );
    assert!(
        store
            .parked_messages("elsewhere", 10)
            .await
            .unwrap()
            .is_empty()
    );
    // What waits for a person is not swept; it can be sent again.
    assert_eq!(store.sweep_messages(NOW + 10_000).await.unwrap(), 0);
    assert!(
        store
            .requeue_message(TOWN, first.id, NOW + 600)
            .await
            .unwrap()
    );
    assert!(
        !store
            .requeue_message(TOWN, first.id, NOW + 600)
            .await
            .unwrap()
    );
    let sent = store.lease_messages(NOW + 600, 100, 10).await.unwrap();
    let sent = sent.iter().find(|leased| leased.message == first).unwrap();
    assert!(store.settle_message(sent, NOW + 610, &done).await.unwrap());
    assert_eq!(store.sweep_messages(NOW).await.unwrap(), 0);
    assert_eq!(store.sweep_messages(NOW + 1).await.unwrap(), 1);
}

pub(crate) async fn popular_services_are_counted(store: Store) {
    for (hash, service) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
        let files = serde_json::json!([]);
        store
            .put_bundle(TOWN, hash, service, "1", &files, NOW)
            .await
            .unwrap();
    }
    for (hash, opened_at) in [
        ("b1", NOW),
        ("a1", NOW + 1),
        ("a2", NOW + 2),
        ("b1", NOW - 1),
    ] {
        let mut opened = case("Mara Beispiel");
        opened.definition = hash.into();
        opened.opened_at = opened_at;
        recorded(&store, &open(opened)).await;
    }
    let counted = |since, limit| store.popular_services(TOWN, since, limit);
    let both = [("a".to_owned(), 2), ("b".to_owned(), 1)];
    assert_eq!(counted(NOW, 10).await.unwrap(), both);
    assert_eq!(counted(NOW, 1).await.unwrap(), both[..1]);
    assert_eq!(counted(NOW + 2, 10).await.unwrap(), [("a".to_owned(), 1)]);
    assert_eq!(
        store.popular_services("elsewhere", 0, 10).await.unwrap(),
        []
    );
}
