//! The files as the editor sees them: those on disk, with the open ones as
//! they are being typed, and the index over them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use engine::authoring::symbols::Index;
use engine::source::{FileId, Report, SourceFile, Sources, read_yaml};

use crate::folder::{self, FOLDERS, Stamp};

/// All files of a definitions folder.
#[derive(Default)]
pub(super) struct Workspace {
    root: PathBuf,
    disk: BTreeMap<String, (String, Stamp)>,
    open: BTreeMap<String, String>,
    /// The newest text of each file that could be read as YAML.
    good: HashMap<String, String>,
    model: Option<Model>,
}

/// The index over the newest readable text of each file.
pub(super) struct Model {
    /// The texts.
    pub(super) sources: Sources,
    /// Their names.
    pub(super) index: Index,
    files: HashMap<String, FileId>,
}

impl Model {
    /// The file of a path below the root.
    pub(super) fn file(&self, path: &str) -> Option<FileId> {
        self.files.get(path).copied()
    }

    /// The index of all files, or of what one of them can see.
    fn of(files: Vec<SourceFile>, around: Option<&str>) -> Model {
        let sources = Sources::new(files);
        let file = around.and_then(|path| sources.iter().find(|(_, file)| file.path == path));
        Model {
            index: match file {
                Some((file, _)) => Index::build_around(&sources, file),
                None => Index::build(&sources),
            },
            files: sources
                .iter()
                .map(|(id, file)| (file.path.clone(), id))
                .collect(),
            sources,
        }
    }
}

impl Workspace {
    /// The definitions folder in or below a folder an editor has open.
    pub(super) fn at(folder: &Path) -> Workspace {
        let has = |folder: &Path| FOLDERS.iter().any(|name| folder.join(name).is_dir());
        let mut below: Vec<PathBuf> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| has(path))
            .collect();
        below.sort();
        let root = if has(folder) {
            folder.to_owned()
        } else {
            below.into_iter().next().unwrap_or(folder.to_owned())
        };
        let mut workspace = Workspace {
            root,
            ..Workspace::default()
        };
        workspace.refresh();
        workspace
    }

    /// Reads again what changed on disk.
    pub(super) fn refresh(&mut self) {
        let found = folder::stamps(std::slice::from_ref(&self.root));
        let before = std::mem::take(&mut self.disk);
        for (path, (full, stamp)) in found {
            let known = before.get(&path).filter(|(_, old)| *old == stamp);
            let text = known
                .map(|(text, _)| text.clone())
                .or_else(|| folder::text(&full));
            if let Some(text) = text {
                self.disk.insert(path, (text, stamp));
            }
        }
        self.model = None;
    }

    /// The path below the root of an address of the protocol, for definitions.
    pub(super) fn path(&self, uri: &str) -> Option<String> {
        let full = PathBuf::from(decode(uri)?);
        let below = full.strip_prefix(&self.root).ok()?.to_str()?;
        let path = below.replace('\\', "/");
        let known = FOLDERS.iter().any(|name| {
            path.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('/'))
        });
        (known && folder::is_definition(&full)).then_some(path)
    }

    /// The address of a file.
    pub(super) fn uri(&self, path: &str) -> String {
        encode(&self.root.join(path))
    }

    /// The text of a file as it is now.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let open = self.open.get(path).map(String::as_str);
        open.or_else(|| self.disk.get(path).map(|(text, _)| text.as_str()))
    }

    /// Takes the text of an open file.
    pub(super) fn set(&mut self, path: &str, text: String) {
        self.open.insert(path.to_owned(), text);
        self.model = None;
    }

    /// The file is on disk again.
    pub(super) fn close(&mut self, path: &str) {
        self.open.remove(path);
        self.refresh();
    }

    /// All files as they are now, sorted by path.
    pub(super) fn files(&self) -> Vec<SourceFile> {
        let mut files: BTreeMap<&str, &str> = self
            .disk
            .iter()
            .map(|(path, (text, _))| (path.as_str(), text.as_str()))
            .collect();
        files.extend(
            self.open
                .iter()
                .map(|(path, text)| (path.as_str(), text.as_str())),
        );
        files
            .into_iter()
            .map(|(path, text)| SourceFile {
                path: path.to_owned(),
                text: text.to_owned(),
            })
            .collect()
    }

    /// The index over all files. Of a file that cannot be read at the moment
    /// its newest readable text is taken.
    pub(super) fn model(&mut self) -> &Model {
        if self.model.is_none() {
            self.model = Some(Model::of(self.readable_files(), None));
        }
        self.model
            .get_or_insert_with(|| Model::of(Vec::new(), None))
    }

    /// All files with the newest readable text of each.
    fn readable_files(&mut self) -> Vec<SourceFile> {
        let mut files = self.files();
        for file in &mut files {
            let good = self.good.get(&file.path);
            if good == Some(&file.text) {
                continue;
            }
            if is_readable(file) {
                self.good.insert(file.path.clone(), file.text.clone());
            } else if let Some(good) = good {
                file.text.clone_from(good);
            } else if let Some((saved, _)) = self.disk.get(&file.path) {
                file.text.clone_from(saved);
            }
        }
        files
    }

    /// Whether the text of a file can be read as it is now.
    pub(super) fn is_readable(&self, path: &str) -> bool {
        let text = self.text(path).unwrap_or_default().to_owned();
        let path = path.to_owned();
        self.good.get(&path) == Some(&text) || is_readable(&SourceFile { path, text })
    }

    /// Whether the index was made from the text the editor shows, and that
    /// text could be read.
    pub(super) fn is_current(&mut self, path: &str) -> bool {
        let now = self.text(path).map(str::to_owned);
        let model = self.model();
        let indexed = model.file(path).and_then(|file| model.sources.file(file));
        let same = indexed.is_some_and(|file| Some(&file.text) == now.as_ref());
        same && self.good.get(path) == now.as_ref()
    }

    /// What a file can see, when it has another text.
    pub(super) fn model_around(&mut self, path: &str, text: &str) -> Model {
        let mut files = self.readable_files();
        for file in files.iter_mut().filter(|file| file.path == path) {
            text.clone_into(&mut file.text);
        }
        Model::of(files, Some(path))
    }
}

fn is_readable(file: &SourceFile) -> bool {
    !file.path.ends_with(".yaml")
        || read_yaml(FileId(0), &file.text, &mut Report::default()).is_some()
}

/// The path of a `file:` address.
fn decode(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut raw = path.bytes();
    while let Some(byte) = raw.next() {
        if byte == b'%' {
            let digits = [raw.next()?, raw.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    // `/C:/…` of Windows.
    let drive = path.as_bytes().get(2) == Some(&b':');
    Some(if drive { path[1..].to_owned() } else { path })
}

fn encode(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let mut uri = String::from("file://");
    if !path.starts_with('/') {
        uri.push('/');
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// The folder of an address.
pub(super) fn folder_of(uri: &str) -> Option<PathBuf> {
    decode(uri).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        let path = Path::new("/tmp/grün & weiß/forms/a b.yaml");
        let uri = encode(path);
        assert_eq!(
            uri,
            "file:///tmp/gr%C3%BCn%20%26%20wei%C3%9F/forms/a%20b.yaml"
        );
        assert_eq!(decode(&uri).as_deref(), path.to_str());
        assert_eq!(decode("file:///c%3A/x").as_deref(), Some("c:/x"));
        for bad in [
            "http://x/y",
            "file://",
            "file:///%",
            "file:///%f",
            "file:///%ff",
            "file:///%üü",
        ] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
