//! Drafts and files.

use std::collections::BTreeSet;

use serde_json::json;
use store::{Alongside, Store, StoreError, UploadOwner};

use crate::samples::{NOW, TOWN, case, draft, file, id, key, open, opening, recorded, step};

pub(crate) async fn are_saved_by_revision(store: Store) {
    let first = draft();
    store.create_draft(TOWN, &first).await.unwrap();
    assert!(matches!(
        store.create_draft(TOWN, &first).await,
        Err(StoreError::Conflict)
    ));
    assert_eq!(store.draft(TOWN, first.id).await.unwrap().unwrap(), first);

    let mut tab_one = first.clone();
    tab_one.answers.insert("weight".into(), json!(12));
    tab_one.updated_at = NOW + 5;
    let mut tab_two = first.clone();
    tab_two.answers.clear();
    let results = tokio::join!(
        store.save_draft(TOWN, &tab_one),
        store.save_draft(TOWN, &tab_two)
    );
    let won = match results {
        (Ok(2), Err(StoreError::Conflict)) => tab_one,
        (Err(StoreError::Conflict), Ok(2)) => tab_two,
        both => panic!("exactly one must win: {both:?}"),
    };
    let now = store.draft(TOWN, first.id).await.unwrap().unwrap();
    assert_eq!((now.revision, &now.answers), (2, &won.answers));
    assert_eq!(store.save_draft(TOWN, &now).await.unwrap(), 3);

    assert!(store.delete_draft(TOWN, first.id).await.unwrap());
    assert!(!store.delete_draft(TOWN, first.id).await.unwrap());
    assert!(matches!(
        store.save_draft(TOWN, &now).await,
        Err(StoreError::NotFound("draft"))
    ));
    assert!(store.draft(TOWN, first.id).await.unwrap().is_none());
}

pub(crate) async fn are_found_by_their_secrets(store: Store) {
    let mut one = draft();
    one.resume_hash = Some("link".into());
    let mut two = draft();
    two.visitor_hash.clone_from(&one.visitor_hash);
    two.updated_at = NOW + 1;
    for each in [&one, &two, &draft()] {
        store.create_draft(TOWN, each).await.unwrap();
    }
    assert_eq!(
        store.draft_by_resume(TOWN, "link").await.unwrap().unwrap(),
        one
    );
    assert!(
        store
            .draft_by_resume(TOWN, "other")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .draft_by_resume("elsewhere", "link")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        store.drafts_of(TOWN, &one.visitor_hash).await.unwrap(),
        [two, one.clone()]
    );
    assert!(
        store
            .drafts_of("elsewhere", &one.visitor_hash)
            .await
            .unwrap()
            .is_empty()
    );
    let mut twin = draft();
    twin.resume_hash = Some("link".into());
    assert!(matches!(
        store.create_draft(TOWN, &twin).await,
        Err(StoreError::Conflict)
    ));
}

pub(crate) async fn are_swept_with_their_files(store: Store) {
    let (old, mut young) = (draft(), draft());
    young.expires_at = NOW + 9000;
    let bytes = b"%PDF".as_slice();
    let (of_old, of_young) = (file(bytes), file(bytes));
    for (draft, file) in [(&old, &of_old), (&young, &of_young)] {
        store.create_draft(TOWN, draft).await.unwrap();
        store
            .put_upload(TOWN, UploadOwner::Draft(draft.id), file, bytes, NOW)
            .await
            .unwrap();
    }
    assert_eq!(store.sweep_drafts(NOW + 999, 10).await.unwrap(), 0);
    assert_eq!(store.sweep_drafts(NOW + 1000, 10).await.unwrap(), 1);
    assert!(store.draft(TOWN, old.id).await.unwrap().is_none());
    assert!(store.upload(TOWN, of_old.id).await.unwrap().is_none());
    assert!(store.upload_bytes(TOWN, of_old.id).await.unwrap().is_none());
    // The same content in another draft is another file.
    assert_eq!(
        store
            .upload_bytes(TOWN, of_young.id)
            .await
            .unwrap()
            .unwrap(),
        bytes
    );
}

pub(crate) async fn files_are_claimed_by_the_submission(store: Store) {
    let draft = draft();
    store.create_draft(TOWN, &draft).await.unwrap();
    let (kept, dropped, removed) = (file(b"kept"), file(b"dropped"), file(b"removed"));
    for (file, bytes) in [
        (&kept, b"kept".as_slice()),
        (&dropped, b"dropped"),
        (&removed, b"removed"),
    ] {
        store
            .put_upload(TOWN, UploadOwner::Draft(draft.id), file, bytes, NOW)
            .await
            .unwrap();
    }
    assert_eq!(store.draft_size(TOWN, draft.id).await.unwrap(), 18);
    assert!(
        store
            .remove_upload(TOWN, draft.id, removed.id)
            .await
            .unwrap()
    );
    assert!(!store.remove_upload(TOWN, id(), kept.id).await.unwrap());
    let listed: BTreeSet<_> = store
        .uploads_of_draft(TOWN, draft.id)
        .await
        .unwrap()
        .iter()
        .map(|a| a.id)
        .collect();
    assert_eq!(listed, BTreeSet::from([kept.id, dropped.id]));

    let mut decision = opening("Erika");
    decision.attachments = vec![kept.clone()];
    let with = Alongside {
        draft: Some(draft.id),
        ..key("k", "b")
    };
    let done = store.record(TOWN, &decision, &with).await.unwrap();
    assert_eq!(
        store.attachments(TOWN, done.case_id).await.unwrap(),
        std::slice::from_ref(&kept)
    );
    let upload = store.upload(TOWN, kept.id).await.unwrap().unwrap();
    assert_eq!(
        (upload.owner, upload.seq),
        (UploadOwner::Case(done.case_id), Some(1))
    );
    assert_eq!(
        store.upload_bytes(TOWN, kept.id).await.unwrap().unwrap(),
        b"kept"
    );
    assert!(store.draft(TOWN, draft.id).await.unwrap().is_none());
    assert!(store.upload(TOWN, dropped.id).await.unwrap().is_none());
    assert!(!store.remove_upload(TOWN, draft.id, kept.id).await.unwrap());
    // Sent again, the page gets the first answer though its draft is gone.
    assert!(store.record(TOWN, &decision, &with).await.unwrap().repeated);
    let late = store
        .put_upload(
            TOWN,
            UploadOwner::Draft(draft.id),
            &file(b"late"),
            b"late",
            NOW,
        )
        .await;
    assert!(
        matches!(late, Err(StoreError::NotFound("draft"))),
        "{late:?}"
    );
}

pub(crate) async fn files_of_others_are_not_claimed(store: Store) {
    let (mine, theirs) = (draft(), draft());
    let (foreign, of_case) = (file(b"foreign"), file(b"of case"));
    for draft in [&mine, &theirs] {
        store.create_draft(TOWN, draft).await.unwrap();
    }
    store
        .put_upload(
            TOWN,
            UploadOwner::Draft(theirs.id),
            &foreign,
            b"foreign",
            NOW,
        )
        .await
        .unwrap();
    store
        .put_upload(TOWN, UploadOwner::Case(id()), &of_case, b"of case", NOW)
        .await
        .unwrap();
    let mut changed = file(b"changed");
    store
        .put_upload(TOWN, UploadOwner::Draft(mine.id), &changed, b"changed", NOW)
        .await
        .unwrap();
    changed.sha256 = "0".repeat(64);

    for (stolen, draft) in [
        (&foreign, Some(mine.id)),
        (&foreign, None),
        (&of_case, Some(mine.id)),
        (&changed, Some(mine.id)),
        (&file(b"unknown"), Some(mine.id)),
    ] {
        let mut decision = opening("Erika");
        decision.attachments = vec![stolen.clone()];
        let refused = store
            .record(
                TOWN,
                &decision,
                &Alongside {
                    draft,
                    ..Alongside::default()
                },
            )
            .await;
        assert!(
            matches!(refused, Err(StoreError::UploadMissing(id)) if id == stolen.id),
            "{refused:?}"
        );
        assert!(store.case(TOWN, decision.case.id).await.unwrap().is_none());
    }
    assert!(store.draft(TOWN, mine.id).await.unwrap().is_some());

    let mut lying = file(b"x");
    lying.size = 2;
    let refused = store
        .put_upload(TOWN, UploadOwner::Draft(mine.id), &lying, b"x", NOW)
        .await;
    assert!(
        matches!(refused, Err(StoreError::Malformed(_))),
        "{refused:?}"
    );
}

pub(crate) async fn a_draft_is_submitted_once(store: Store) {
    let draft = draft();
    store.create_draft(TOWN, &draft).await.unwrap();
    // Two tabs show the check page, each with a key of its own.
    let senders: Vec<_> = (0..8)
        .map(|tab| {
            let store = store.clone();
            tokio::spawn(async move {
                let with = Alongside {
                    draft: Some(draft.id),
                    ..key(&format!("tab {tab}"), "b")
                };
                store.record(TOWN, &opening("Erika"), &with).await
            })
        })
        .collect();
    let mut stored = 0;
    for sender in senders {
        match sender.await.unwrap() {
            Ok(_) => stored += 1,
            Err(StoreError::NotFound("draft")) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(stored, 1);
}

pub(crate) async fn files_for_a_case_are_swept_unless_claimed(store: Store) {
    // A direct submission hands in the files before the case exists.
    let case = case("Erika");
    let (first, later, never) = (file(b"first"), file(b"later"), file(b"never"));
    for (file, bytes) in [
        (&first, b"first".as_slice()),
        (&later, b"later"),
        (&never, b"never"),
    ] {
        store
            .put_upload(TOWN, UploadOwner::Case(case.id), file, bytes, NOW)
            .await
            .unwrap();
    }
    let mut decision = open(case);
    decision.attachments = vec![first.clone()];
    let case = recorded(&store, &decision).await;
    let mut reply = step(&case);
    // A step may name a file again; it stays with the step that brought it.
    reply.attachments = vec![later.clone(), first.clone()];
    recorded(&store, &reply).await;
    assert_eq!(
        store.attachments(TOWN, case.id).await.unwrap(),
        [first.clone(), later]
    );
    assert_eq!(
        store.upload(TOWN, first.id).await.unwrap().unwrap().seq,
        Some(1)
    );

    assert_eq!(store.sweep_uploads(NOW - 1, 10).await.unwrap(), 0);
    assert_eq!(store.sweep_uploads(NOW, 10).await.unwrap(), 1);
    assert!(store.upload(TOWN, never.id).await.unwrap().is_none());
    assert_eq!(store.attachments(TOWN, case.id).await.unwrap().len(), 2);
}
