//! The folder inbox on a real file system: crashes, second deliveries,
//! hostile names (S21).

use std::{collections::BTreeSet, fs, task::Poll};

use super::*;
use crate::testing::{delivery, file};

struct Place {
    dir: tempfile::TempDir,
    inbox: FolderInbox,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_owned();
        let inbox = FolderInbox::new(&FolderConfig { root }).unwrap();
        Place { dir, inbox }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    /// What a reader sees: folders of all departments, sorted.
    fn folders(&self) -> Vec<String> {
        let mut found = Vec::new();
        for department in children(self.dir.path()) {
            if department != OWN {
                let folders = children(&self.path(&department));
                found.extend(
                    folders
                        .into_iter()
                        .map(|name| format!("{department}/{name}")),
                );
            }
        }
        found
    }

    fn drafts(&self) -> usize {
        children(&self.path(".schalter/draft")).len()
    }

    fn manifest(&self, folder: &str) -> Manifest {
        let bytes = fs::read(self.path(folder).join("manifest.json")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}

fn children(path: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(path) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

const FOLDER: &str = "buergerservice/BEI-2026-K7M4Q2-1";

#[tokio::test]
async fn a_delivery_is_complete_and_its_manifest_true() {
    let place = Place::new();
    place.inbox.check().await.unwrap();
    let delivery = delivery("0192/1/0");
    let receipt = place.inbox.deliver(&delivery).await.unwrap();
    assert_eq!(receipt.id, FOLDER);
    assert_eq!(place.folders(), [FOLDER]);
    let manifest = place.manifest(FOLDER);
    assert_eq!(manifest.event_id, "0192/1/0");
    let paths: Vec<&str> = manifest.files.iter().map(|f| f.path.as_str()).collect();
    let attachments = ["attachments/ausweis.jpg", "attachments/vollmacht.pdf"];
    assert_eq!(
        paths,
        [&["submission.json", "receipt.pdf"], &attachments[..]].concat()
    );
    for entry in &manifest.files {
        let bytes = fs::read(place.path(FOLDER).join(&entry.path)).unwrap();
        assert_eq!(bytes.len(), entry.size);
        assert_eq!(hex(&Sha256::digest(&bytes)), entry.sha256);
    }
    let json = fs::read(place.path(FOLDER).join("submission.json")).unwrap();
    assert_eq!(json, delivery.submission_json);
    assert_eq!(place.drafts(), 0);
}

#[tokio::test]
async fn the_same_event_twice_is_one_folder() {
    let place = Place::new();
    let first = place.inbox.deliver(&delivery("c/1/0")).await.unwrap();
    let again = place.inbox.deliver(&delivery("c/1/0")).await.unwrap();
    assert_eq!((first.id, 1), (again.id, place.folders().len()));
}

#[tokio::test]
async fn a_folder_the_reader_took_away_does_not_come_back() {
    let place = Place::new();
    let first = place.inbox.deliver(&delivery("c/1/0")).await.unwrap();
    fs::remove_dir_all(place.path(FOLDER)).unwrap();
    let again = place.inbox.deliver(&delivery("c/1/0")).await.unwrap();
    assert_eq!(first.id, again.id);
    assert_eq!(place.folders(), Vec::<String>::new());
}

#[tokio::test]
async fn a_crash_before_the_rename_leaves_nothing_to_see() {
    let place = Place::new();
    // As left by a kill after some of the files were written.
    for left in ["a-1", "a-2"] {
        let draft = place.path(".schalter/draft").join(left);
        fs::create_dir_all(draft.join("attachments")).unwrap();
        fs::write(draft.join("submission.json"), b"{\"half").unwrap();
    }
    assert_eq!(place.folders(), Vec::<String>::new());
    place.inbox.deliver(&delivery("c/1/0")).await.unwrap();
    assert_eq!(place.folders(), [FOLDER]);
    assert_eq!(place.manifest(FOLDER).files.len(), 4);
    // Young drafts may belong to another worker; old ones go.
    assert_eq!(place.drafts(), 2);
    let old = SystemTime::now() - LEFT_OVER - Duration::from_secs(60);
    let draft = fs::File::open(place.path(".schalter/draft/a-1")).unwrap();
    draft.set_modified(old).unwrap();
    place.inbox.deliver(&delivery("c/2/0")).await.unwrap();
    assert_eq!(children(&place.path(".schalter/draft")), ["a-2"]);
}

#[tokio::test]
async fn a_crash_between_rename_and_mark_is_recognised() {
    let place = Place::new();
    place.inbox.deliver(&delivery("c/1/0")).await.unwrap();
    fs::remove_dir_all(place.path(".schalter/done")).unwrap();
    let receipt = place.inbox.deliver(&delivery("c/1/0")).await.unwrap();
    assert_eq!((receipt.id.as_str(), place.folders().len()), (FOLDER, 1));
    assert_eq!(children(&place.path(".schalter/done")).len(), 1);
}

/// Delivers and is killed after `polls` steps; `None` when that happened.
async fn killed_after(
    polls: usize,
    inbox: &FolderInbox,
    delivery: &Delivery,
) -> Option<RemoteReceipt> {
    let mut work = inbox.deliver(delivery);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(|done| Some(done.unwrap()))
    })
    .await
}

fn assert_complete(place: &Place, folder: &str) {
    let manifest = place.manifest(folder);
    assert_eq!(manifest.files.len(), 4);
    for entry in &manifest.files {
        let bytes = fs::read(place.path(folder).join(&entry.path)).unwrap();
        assert_eq!(hex(&Sha256::digest(&bytes)), entry.sha256);
    }
}

#[tokio::test]
async fn a_kill_at_any_step_leaves_all_or_nothing() {
    let delivery = delivery("c/1/0");
    let (mut seen, mut unseen) = (0, 0);
    for polls in 0.. {
        let place = Place::new();
        let done = killed_after(polls, &place.inbox, &delivery).await;
        match place.folders().as_slice() {
            [] => unseen += 1,
            [folder] => {
                assert_complete(&place, folder);
                seen += 1;
            }
            more => panic!("{more:?}"),
        }
        // Whoever tries next finds or makes the one folder.
        let receipt = place.inbox.deliver(&delivery).await.unwrap();
        assert_eq!(place.folders(), [FOLDER]);
        assert_eq!(receipt.id, FOLDER);
        assert_complete(&place, FOLDER);
        if done.is_some() {
            break;
        }
    }
    assert!(unseen > 5 && seen > 0, "{unseen} before, {seen} after");
}

#[tokio::test]
async fn a_department_that_cannot_be_written_is_tried_again() {
    let place = Place::new();
    let blocked = place.path("buergerservice");
    fs::write(&blocked, b"a file where the directory belongs").unwrap();
    let error = place.inbox.deliver(&delivery("c/1/0")).await.unwrap_err();
    assert!(error.is_later(), "{}", error.chain());
    assert_eq!(place.drafts(), 0);
    assert!(children(&place.path(".schalter/done")).is_empty());
    fs::remove_file(&blocked).unwrap();
    place.inbox.deliver(&delivery("c/1/0")).await.unwrap();
    assert_eq!(place.folders(), [FOLDER]);
}

#[tokio::test]
async fn two_workers_at_once_end_with_one_folder() {
    let place = Place::new();
    let delivery = std::sync::Arc::new(delivery("c/1/0"));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (inbox, delivery) = (place.inbox.clone(), std::sync::Arc::clone(&delivery));
        workers.spawn(async move { inbox.deliver(&delivery).await.map(|receipt| receipt.id) });
    }
    let ids: BTreeSet<String> = workers
        .join_all()
        .await
        .into_iter()
        .map(|id| id.unwrap())
        .collect();
    assert_eq!(ids, BTreeSet::from([FOLDER.to_owned()]));
    assert_eq!(place.folders(), [FOLDER]);
    assert_eq!(place.drafts(), 0);
}

#[tokio::test]
async fn other_events_get_other_folders() {
    let place = Place::new();
    for event in ["c/1/0", "c/1/3", "c/2/0"] {
        place.inbox.deliver(&delivery(event)).await.unwrap();
    }
    let second = "buergerservice/BEI-2026-K7M4Q2-1-3";
    let third = "buergerservice/BEI-2026-K7M4Q2-2";
    assert_eq!(place.folders(), [FOLDER, second, third]);
    assert_eq!(place.manifest(second).event_id, "c/1/3");
}

#[tokio::test]
async fn somebody_elses_folder_is_never_touched() {
    let place = Place::new();
    for taken in [FOLDER, "buergerservice/BEI-2026-K7M4Q2-1-0"] {
        fs::create_dir_all(place.path(taken)).unwrap();
        fs::write(place.path(taken).join("notes.txt"), b"mine").unwrap();
    }
    let error = place.inbox.deliver(&delivery("c/1/0")).await.unwrap_err();
    assert!(!error.is_later(), "{}", error.chain());
    assert_eq!(children(&place.path(FOLDER)), ["notes.txt"]);
    assert_eq!(place.drafts(), 0);
}

#[tokio::test]
async fn s21_hostile_names_stay_below_their_folder() {
    let place = Place::new();
    let hostile = [
        "../../x",
        "..\\..\\x",
        "/etc/passwd",
        "a\r\nSet-Cookie: x",
        "rechnung\u{202e}fdp.exe",
        "CON",
        "nul.txt",
        "",
        "..",
        "\0",
        "manifest.json",
        "x",
        "X",
    ];
    let long = "ü".repeat(300);
    let mut delivery = delivery("c/1/0");
    delivery.department = "../../../etc".into();
    delivery.reference = "../K7M4/..".into();
    delivery.attachments = hostile
        .into_iter()
        .chain([long.as_str()])
        .map(|name| file(name, "text/plain", name.as_bytes()))
        .collect();
    let receipt = place.inbox.deliver(&delivery).await.unwrap();
    assert_eq!(place.folders(), std::slice::from_ref(&receipt.id));
    assert!(receipt.id.starts_with("etc/"), "{}", receipt.id);
    let folder = place.path(&receipt.id);
    let names = children(&folder.join("attachments"));
    assert_eq!(names.len(), hostile.len() + 1, "{names:?}");
    let manifest = place.manifest(&receipt.id);
    for (entry, given) in manifest.files[2..].iter().zip(&delivery.attachments) {
        assert_eq!(entry.original_name, given.name);
        assert_eq!(fs::read(folder.join(&entry.path)).unwrap(), given.bytes);
    }
}

#[tokio::test]
async fn a_root_that_is_not_there_is_not_created() {
    let place = Place::new();
    let root = place.path("not-mounted");
    let inbox = FolderInbox::new(&FolderConfig { root: root.clone() }).unwrap();
    assert!(
        inbox
            .deliver(&delivery("c/1/0"))
            .await
            .unwrap_err()
            .is_later()
    );
    assert!(inbox.check().await.unwrap_err().is_later());
    assert!(!root.exists());
    let relative = FolderConfig {
        root: "inbox".into(),
    };
    assert!(FolderInbox::new(&relative).is_err());
}
