//! The folder inbox: one folder per submission, for the import of a back
//! office or a gateway of the data centre.
//!
//! ```text
//! <root>/<department>/<reference>-<seq>/
//!     submission.json   the stored submission, byte for byte
//!     receipt.pdf
//!     attachments/…
//!     manifest.json     event id, routing, SHA-256 of every file
//! <root>/.schalter/     folders being written, and marks of what was handed over
//! ```
//!
//! A folder appears complete or not at all: it is written under `.schalter`,
//! every file and directory is synced, and it is renamed into place. The
//! reader may move it away at once; the mark keeps a repeated delivery of the
//! same event from creating it again.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};

use crate::{
    BoxFuture, ConfigError, Delivery, DeliveryError, Inbox, RemoteReceipt,
    names::{UniqueNames, safe_name},
};

/// Example settings.
pub(crate) const EXAMPLE: &str = "\
# One folder per submission, complete from the moment it appears:
# <root>/<department>/<reference>-<seq>/ with submission.json, receipt.pdf,
# attachments/ and manifest.json. The root must exist.
kind = \"folder\"
root = \"/srv/schalter/inbox\"
";

/// Our own directory below the root.
const OWN: &str = ".schalter";
/// Bytes hashed and written at once.
const CHUNK: usize = 256 * 1024;
/// Age from which a half-written folder is left over from a crash.
const LEFT_OVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Settings of a folder inbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    /// Directory that exists already, all on one file system.
    pub root: PathBuf,
}

/// An inbox that writes folders.
#[derive(Clone, Debug)]
pub struct FolderInbox {
    root: PathBuf,
}

/// Contents of `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `schalter-delivery/1`.
    pub format: String,
    /// Idempotency key; equal ids are the same delivery.
    pub event_id: String,
    /// Public case number.
    pub reference: String,
    /// Service id.
    pub service: String,
    /// Title of the service.
    pub title: String,
    /// Department id.
    pub department: String,
    /// Queue id.
    pub queue: String,
    /// Receipt of the submission, milliseconds since 1970 in UTC.
    pub received_at: i64,
    /// Language of the title.
    pub language: String,
    /// All other files.
    pub files: Vec<ManifestFile>,
}

/// One file of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Path below the folder with `/`.
    pub path: String,
    /// Name the citizen gave it.
    pub original_name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub size: usize,
    /// Hex SHA-256 of the content.
    pub sha256: String,
}

impl FolderInbox {
    /// An inbox below `config.root`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] when the root is not an absolute path.
    pub fn new(config: &FolderConfig) -> Result<FolderInbox, ConfigError> {
        if !config.root.is_absolute() {
            return Err(ConfigError::Value(
                "folder inbox: root must be an absolute path".into(),
            ));
        }
        Ok(FolderInbox {
            root: config.root.clone(),
        })
    }

    async fn hand_over(&self, delivery: &Delivery) -> Result<RemoteReceipt, DeliveryError> {
        let (seq, index) = delivery.step()?;
        let key = hex(&Sha256::digest(delivery.event_id.as_bytes()));
        let department = safe_name(&delivery.department);
        let name = safe_name(&format!("{}-{seq}", delivery.reference));
        // Two deliveries of one step to one department need two folders.
        let names = [name.clone(), format!("{name}-{index}")];

        self.require_root().await?;
        let mark = self.root.join(OWN).join("done").join(&key);
        if let Ok(done) = fs::read_to_string(&mark).await {
            return Ok(receipt(done, "was handed over before"));
        }
        let target = self.root.join(&department);
        for name in &names {
            if holds(&target.join(name), &delivery.event_id).await {
                let id = format!("{department}/{name}");
                self.mark(&mark, &id).await.map_err(unwritable)?;
                return Ok(receipt(id, "was there already"));
            }
        }
        let draft = self.draft(&key, delivery).await.map_err(unwritable)?;
        let name = publish(&draft, &target, &names, &delivery.event_id).await?;
        let id = format!("{department}/{name}");
        self.mark(&mark, &id).await.map_err(unwritable)?;
        self.sweep().await;
        Ok(receipt(id, "written"))
    }

    /// The root is never created: a share that is not mounted would otherwise
    /// be filled underneath its mount point.
    async fn require_root(&self) -> Result<(), DeliveryError> {
        match fs::metadata(&self.root).await {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(_) => Err(DeliveryError::later(format!(
                "the inbox folder {} is not a directory",
                self.root.display()
            ))),
            Err(error) => Err(DeliveryError::later(format!(
                "the inbox folder {} cannot be reached; check that it exists and is mounted",
                self.root.display()
            ))
            .because(error)),
        }
    }

    /// Writes the whole folder under a name nobody else uses.
    async fn draft(&self, key: &str, delivery: &Delivery) -> io::Result<PathBuf> {
        let drafts = self.root.join(OWN).join("draft");
        fs::create_dir_all(&drafts).await?;
        let draft = drafts.join(format!("{key}-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&draft).await?;
        match write_all(&draft, delivery).await {
            Ok(()) => Ok(draft),
            Err(error) => {
                // On a full disk the next attempt needs the space.
                discard(&draft).await;
                Err(error)
            }
        }
    }

    /// Remembers that an event was handed over, also when the reader has
    /// already moved the folder away.
    async fn mark(&self, mark: &Path, id: &str) -> io::Result<()> {
        let Some(done) = mark.parent() else {
            return Ok(());
        };
        fs::create_dir_all(done).await?;
        // Renamed into place, so that a mark is never read half-written.
        let draft = self.root.join(OWN).join(uuid::Uuid::now_v7().to_string());
        write_file(&draft, id.as_bytes()).await?;
        fs::rename(&draft, mark).await?;
        sync_dir(done).await
    }

    /// Removes what crashes left behind. Young drafts stay: another worker
    /// may be writing them.
    async fn sweep(&self) {
        let drafts = self.root.join(OWN).join("draft");
        let Ok(mut entries) = fs::read_dir(&drafts).await else {
            return;
        };
        while let Ok(Some(entry)) = entries.next_entry().await {
            let modified = entry.metadata().await.and_then(|data| data.modified());
            let old = modified.is_ok_and(|at| {
                SystemTime::now()
                    .duration_since(at)
                    .is_ok_and(|age| age > LEFT_OVER)
            });
            if old && let Err(error) = fs::remove_dir_all(entry.path()).await {
                tracing::warn!(%error, "a left-over folder below .schalter/draft stays");
            }
        }
    }

    async fn probe(&self) -> Result<(), DeliveryError> {
        self.require_root().await?;
        let own = self.root.join(OWN);
        let result = async {
            fs::create_dir_all(&own).await?;
            let probe = own.join(format!("probe-{}", uuid::Uuid::now_v7()));
            write_file(&probe, b"probe").await?;
            let renamed = probe.with_extension("renamed");
            fs::rename(&probe, &renamed).await?;
            fs::remove_file(&renamed).await?;
            sync_dir(&own).await
        };
        result.await.map_err(unwritable)
    }
}

impl Inbox for FolderInbox {
    fn kind(&self) -> &'static str {
        "folder"
    }

    fn deliver<'a>(
        &'a self,
        delivery: &'a Delivery,
    ) -> BoxFuture<'a, Result<RemoteReceipt, DeliveryError>> {
        Box::pin(self.hand_over(delivery))
    }

    fn check(&self) -> BoxFuture<'_, Result<(), DeliveryError>> {
        Box::pin(self.probe())
    }
}

/// Writes and syncs all files of a delivery, the manifest last.
async fn write_all(folder: &Path, delivery: &Delivery) -> io::Result<()> {
    let mut files = Vec::new();
    let json = (
        "submission.json",
        "application/json",
        &delivery.submission_json,
    );
    let pdf = ("receipt.pdf", "application/pdf", &delivery.receipt_pdf);
    for (name, media_type, bytes) in [json, pdf] {
        if !bytes.is_empty() {
            let sha256 = write_file(&folder.join(name), bytes).await?;
            files.push(entry(name, name, media_type, bytes.len(), sha256));
        }
    }
    if !delivery.attachments.is_empty() {
        let attachments = folder.join("attachments");
        fs::create_dir(&attachments).await?;
        let mut names = UniqueNames::default();
        for file in &delivery.attachments {
            let name = names.take(&file.name);
            let sha256 = write_file(&attachments.join(&name), &file.bytes).await?;
            let path = format!("attachments/{name}");
            let size = file.bytes.len();
            files.push(entry(&path, &file.name, &file.media_type, size, sha256));
        }
        sync_dir(&attachments).await?;
    }
    let manifest = serde_json::to_vec_pretty(&manifest(delivery, files))?;
    write_file(&folder.join("manifest.json"), &manifest).await?;
    sync_dir(folder).await?;
    Ok(())
}

/// Renames the draft to the first free of `names`; a folder of the same event
/// that another worker put there meanwhile counts as ours.
async fn publish(
    draft: &Path,
    target: &Path,
    names: &[String],
    event_id: &str,
) -> Result<String, DeliveryError> {
    if let Err(error) = fs::create_dir_all(target).await {
        discard(draft).await;
        return Err(unwritable(error));
    }
    for name in names {
        let folder = target.join(name);
        match fs::rename(draft, &folder).await {
            Ok(()) => {
                sync_dir(target).await.map_err(unwritable)?;
                if let Some(root) = target.parent() {
                    sync_dir(root).await.map_err(unwritable)?;
                }
                return Ok(name.clone());
            }
            Err(error) if is_taken(&error) => {
                if holds(&folder, event_id).await {
                    discard(draft).await;
                    return Ok(name.clone());
                }
            }
            Err(error) => {
                discard(draft).await;
                return Err(unwritable(error));
            }
        }
    }
    discard(draft).await;
    Err(DeliveryError::never(format!(
        "the folder {} holds something else; move it away and repeat the delivery",
        names.first().map(String::as_str).unwrap_or_default()
    )))
}

/// Whether `folder` is the complete delivery of this event.
async fn holds(folder: &Path, event_id: &str) -> bool {
    match fs::read(folder.join("manifest.json")).await {
        Ok(bytes) => serde_json::from_slice::<Manifest>(&bytes)
            .is_ok_and(|manifest| manifest.event_id == event_id),
        Err(_) => false,
    }
}

async fn discard(draft: &Path) {
    if let Err(error) = fs::remove_dir_all(draft).await {
        tracing::warn!(%error, "a folder below .schalter/draft stays until the next sweep");
    }
}

fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotADirectory
    )
}

fn manifest(delivery: &Delivery, files: Vec<ManifestFile>) -> Manifest {
    Manifest {
        format: "schalter-delivery/1".into(),
        event_id: delivery.event_id.clone(),
        reference: delivery.reference.clone(),
        service: delivery.service.clone(),
        title: delivery.title.clone(),
        department: delivery.department.clone(),
        queue: delivery.queue.clone(),
        received_at: delivery.received_at,
        language: delivery.language.tag().into(),
        files,
    }
}

fn entry(
    path: &str,
    original_name: &str,
    media_type: &str,
    size: usize,
    sha256: String,
) -> ManifestFile {
    ManifestFile {
        path: path.into(),
        original_name: original_name.into(),
        media_type: media_type.into(),
        size,
        sha256,
    }
}

/// Writes a new file, syncs it and returns its SHA-256. In pieces, so that a
/// large file does not hold up the other tasks of the thread.
async fn write_file(path: &Path, bytes: &[u8]) -> io::Result<String> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o640);
    let mut file = options.open(path).await?;
    let mut hash = Sha256::new();
    for piece in bytes.chunks(CHUNK) {
        hash.update(piece);
        file.write_all(piece).await?;
    }
    file.flush().await?;
    file.sync_all().await?;
    Ok(hex(&hash.finalize()))
}

/// Makes the entries of a directory survive a power cut.
async fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path).await?.sync_all().await?;
    }
    Ok(())
}

fn unwritable(error: io::Error) -> DeliveryError {
    DeliveryError::later("the inbox folder cannot be written; check space and rights")
        .because(error)
}

fn receipt(id: String, note: &str) -> RemoteReceipt {
    RemoteReceipt {
        note: format!("folder {id} {note}"),
        id,
        kept_mail: None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
