//! Accounts, sessions, definitions, kept mails, and the state of the database.

use engine::case::Claim;
use serde_json::json;
use store::{Account, KeptMail, KeptMailRow, Membership, Session, Store, StoreError, UploadOwner};

use crate::harness::tamper;
use crate::samples::{NOW, TOWN, draft, file, id, opening, recorded};

fn place(department: &str, role: &str) -> Membership {
    Membership {
        department: department.into(),
        role: role.into(),
    }
}

fn account(name: &str) -> Account {
    Account {
        name: name.into(),
        display_name: "Anna Beispiel".into(),
        password_hash: "$argon2id$1".into(),
        departments: vec![place("order", "lead"), place("taxes", "clerk")],
        disabled: false,
        created_at: NOW,
        initial_until: None,
    }
}

fn session(token: &str, account: &str) -> Session {
    Session {
        token_hash: token.into(),
        account: account.into(),
        created_at: NOW,
        seen_at: NOW,
        expires_at: NOW + 100,
    }
}

pub(crate) async fn accounts_have_roles(store: Store) {
    let mut anna = account("anna");
    store.add_account(TOWN, &anna).await.unwrap();
    assert!(matches!(
        store.add_account(TOWN, &anna).await,
        Err(StoreError::Conflict)
    ));
    let bert = Account {
        departments: Vec::new(),
        ..account("bert")
    };
    store.add_account(TOWN, &bert).await.unwrap();
    assert_eq!(store.account(TOWN, "anna").await.unwrap().unwrap(), anna);
    assert!(store.account("elsewhere", "anna").await.unwrap().is_none());

    store
        .set_roles(TOWN, "anna", "Anna B.", &[place("health", "clerk")])
        .await
        .unwrap();
    store
        .set_password(TOWN, "anna", "$argon2id$2", None)
        .await
        .unwrap();
    store.set_disabled(TOWN, "anna", true).await.unwrap();
    anna.display_name = "Anna B.".into();
    anna.departments = vec![place("health", "clerk")];
    anna.password_hash = "$argon2id$2".into();
    anna.disabled = true;
    assert_eq!(store.accounts(TOWN).await.unwrap(), [anna, bert]);
    let unknown = [
        store.set_password(TOWN, "x", "y", None).await,
        store.set_disabled(TOWN, "x", true).await,
        store.set_roles(TOWN, "x", "y", &[]).await,
        store.set_password("elsewhere", "anna", "y", None).await,
    ];
    assert!(
        unknown
            .iter()
            .all(|result| matches!(result, Err(StoreError::NotFound("account")))),
        "{unknown:?}"
    );
}

pub(crate) async fn a_made_password_is_spent_once(store: Store) {
    store.add_account(TOWN, &account("anna")).await.unwrap();
    // A password of one's own is never spent.
    assert!(
        !store
            .spend_password(TOWN, "anna", "$argon2id$1")
            .await
            .unwrap()
    );
    store
        .set_password(TOWN, "anna", "$argon2id$made", Some(NOW + 5))
        .await
        .unwrap();
    let anna = store.account(TOWN, "anna").await.unwrap().unwrap();
    assert_eq!(anna.initial_until, Some(NOW + 5));
    for (hash, spent) in [
        ("other", false),
        ("$argon2id$made", true),
        ("$argon2id$made", false),
    ] {
        assert_eq!(
            store.spend_password(TOWN, "anna", hash).await.unwrap(),
            spent,
            "{hash}"
        );
    }
    let anna = store.account(TOWN, "anna").await.unwrap().unwrap();
    assert_eq!(
        (anna.password_hash.as_str(), anna.initial_until),
        ("", Some(NOW + 5))
    );
}

pub(crate) async fn sessions_end(store: Store) {
    for name in ["anna", "bert"] {
        store.add_account(TOWN, &account(name)).await.unwrap();
    }
    for (token, name) in [("a1", "anna"), ("a2", "anna"), ("b1", "bert")] {
        store
            .create_session(TOWN, &session(token, name))
            .await
            .unwrap();
    }
    let unknown = store.create_session(TOWN, &session("x1", "nobody")).await;
    assert!(
        matches!(unknown, Err(StoreError::NotFound("account"))),
        "{unknown:?}"
    );
    let same = store.create_session(TOWN, &session("a1", "bert")).await;
    assert!(matches!(same, Err(StoreError::Conflict)), "{same:?}");

    assert_eq!(
        store.session(TOWN, "a1", NOW + 99).await.unwrap().unwrap(),
        session("a1", "anna")
    );
    assert!(
        store
            .session(TOWN, "a1", NOW + 100)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .session("elsewhere", "a1", NOW)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .touch_session(TOWN, "a1", NOW + 50, NOW + 150)
            .await
            .unwrap()
    );
    assert_eq!(
        store
            .session(TOWN, "a1", NOW + 100)
            .await
            .unwrap()
            .unwrap()
            .seen_at,
        NOW + 50
    );

    assert!(store.remove_session(TOWN, "a1").await.unwrap());
    assert!(!store.remove_session(TOWN, "a1").await.unwrap());
    assert!(
        !store
            .touch_session(TOWN, "a1", NOW, NOW + 500)
            .await
            .unwrap()
    );
    assert_eq!(store.remove_sessions_of(TOWN, "anna").await.unwrap(), 1);
    assert!(store.session(TOWN, "b1", NOW).await.unwrap().is_some());
    store
        .set_password(TOWN, "bert", "$argon2id$2", None)
        .await
        .unwrap();
    assert!(store.session(TOWN, "b1", NOW).await.unwrap().is_none());
    store
        .create_session(TOWN, &session("b2", "bert"))
        .await
        .unwrap();
    assert_eq!(store.sweep_sessions(NOW + 99, NOW).await.unwrap(), 0);
    assert_eq!(store.sweep_sessions(NOW + 100, NOW).await.unwrap(), 1);
    store
        .create_session(TOWN, &session("b3", "bert"))
        .await
        .unwrap();
    store.set_disabled(TOWN, "bert", true).await.unwrap();
    assert!(store.session(TOWN, "b3", NOW).await.unwrap().is_none());
}

pub(crate) async fn failed_logins_are_counted(store: Store) {
    for at in [1, 1, 2, 3] {
        store
            .note_login_failure(TOWN, "account:anna", NOW + at)
            .await
            .unwrap();
    }
    store
        .note_login_failure(TOWN, "address:::1", NOW)
        .await
        .unwrap();
    assert_eq!(
        store
            .login_failures(TOWN, "account:anna", NOW)
            .await
            .unwrap(),
        4
    );
    assert_eq!(
        store
            .login_failures(TOWN, "account:anna", NOW + 2)
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        store
            .login_failures("elsewhere", "account:anna", NOW)
            .await
            .unwrap(),
        0
    );
    assert_eq!(store.sweep_sessions(NOW, NOW + 1).await.unwrap(), 1);
    store
        .clear_login_failures(TOWN, "account:anna")
        .await
        .unwrap();
    assert_eq!(
        store
            .login_failures(TOWN, "account:anna", NOW)
            .await
            .unwrap(),
        0
    );
}

pub(crate) async fn definitions_are_kept(store: Store) {
    let files = json!({"forms/dog/form.yaml": "id: dog\n", "a": "first"});
    assert!(
        store
            .put_bundle(TOWN, "hash", "dog", "1", &files, NOW)
            .await
            .unwrap()
    );
    assert!(
        !store
            .put_bundle(TOWN, "hash", "dog", "2", &json!({}), NOW + 1)
            .await
            .unwrap()
    );
    let bundle = store.bundle(TOWN, "hash").await.unwrap().unwrap();
    assert_eq!(
        (&bundle.files, bundle.version.as_str(), bundle.created_at),
        (&files, "1", NOW)
    );
    assert_eq!(
        bundle.files.to_string(),
        files.to_string(),
        "the order of the files stays"
    );
    assert!(store.bundle("elsewhere", "hash").await.unwrap().is_none());
    assert_eq!(store.bundle_hashes(TOWN).await.unwrap(), ["hash"]);
}

pub(crate) async fn mails_are_kept_once(store: Store) {
    let mut mails = Vec::new();
    for number in 0..3_u8 {
        let row = KeptMailRow {
            id: id(),
            event_id: format!("case/1/{number}"),
            recipient: "erika@example.org".into(),
            subject: format!("Nr. {number}"),
            kept_at: NOW,
        };
        mails.push(KeptMail {
            row,
            raw: vec![0, 255, number],
        });
    }
    for mail in &mails {
        assert!(store.keep_mail(TOWN, mail).await.unwrap());
    }
    let mut again = mails[0].clone();
    again.row.id = id();
    assert!(!store.keep_mail(TOWN, &again).await.unwrap());
    let latest = store.kept_mails(TOWN, None, 2).await.unwrap();
    assert_eq!(latest, [mails[2].row.clone(), mails[1].row.clone()]);
    assert_eq!(
        store.kept_mails(TOWN, Some(latest[1].id), 2).await.unwrap(),
        [mails[0].row.clone()]
    );
    assert_eq!(
        store
            .kept_mail(TOWN, mails[1].row.id)
            .await
            .unwrap()
            .unwrap(),
        mails[1]
    );
    assert!(
        store
            .kept_mail("elsewhere", mails[1].row.id)
            .await
            .unwrap()
            .is_none()
    );
}

pub(crate) async fn a_sound_database_passes(store: Store) {
    store.health(NOW).await.unwrap();
    store.health(NOW + 1).await.unwrap();
    assert_eq!(store.integrity_check().await.unwrap(), Vec::<String>::new());
    assert_eq!(
        store.pending_migrations().await.unwrap(),
        Vec::<String>::new()
    );
}

pub(crate) async fn damage_is_found(store: Store) {
    let mut decision = opening("Erika");
    decision.claims = vec![Claim::Take {
        resource: "course".into(),
        limit: 5,
        quantity: 2,
    }];
    let case = recorded(&store, &decision).await;
    let (draft, file) = (draft(), file(b"x"));
    store.create_draft(TOWN, &draft).await.unwrap();
    store
        .put_upload(TOWN, UploadOwner::Draft(draft.id), &file, b"x", NOW)
        .await
        .unwrap();
    assert!(store.integrity_check().await.unwrap().is_empty());

    tamper("UPDATE upload SET sha256 = '0'").await;
    let altered = store.upload_bytes(TOWN, file.id).await;
    assert!(
        matches!(
            altered,
            Err(StoreError::Inconsistent {
                table: "upload_content",
                ..
            })
        ),
        "{altered:?}"
    );
    tamper("DELETE FROM upload_content").await;
    tamper("UPDATE capacity SET taken = 3").await;
    tamper("DELETE FROM case_event").await;
    tamper("DELETE FROM submission").await;
    tamper("UPDATE case_file SET content = 'x'").await;
    let findings = store.integrity_check().await.unwrap();
    assert_eq!(findings.len(), 4, "{findings:?}");
    assert!(findings.iter().any(|line| line.contains(&case.reference)));
    let unreadable = store.case(TOWN, case.id).await;
    assert!(
        matches!(
            unreadable,
            Err(StoreError::Inconsistent {
                column: "content",
                ..
            })
        ),
        "{unreadable:?}"
    );
}
