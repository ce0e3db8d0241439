//! The definition files of folders with when they changed, for programs that
//! follow a working folder: the language server and the preview.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The folders a definitions folder has.
pub const FOLDERS: [&str; 3] = ["forms", "workflows", "catalogue"];
/// The kinds of files read from them.
const ENDINGS: [&str; 2] = ["yaml", "hbs"];
/// Deepest nesting of folders followed, so that a link in a circle ends.
const MAX_DEPTH: usize = 8;

/// When a file changed, and how long it is.
pub type Stamp = (Option<SystemTime>, u64);

/// All definition files by their path below the folder, with `/`; files of
/// later folders replace those of earlier ones. What cannot be read is left out.
pub fn stamps(folders: &[PathBuf]) -> BTreeMap<String, (PathBuf, Stamp)> {
    let mut files = BTreeMap::new();
    for folder in folders {
        for name in FOLDERS {
            walk(&folder.join(name), name, 0, &mut files);
        }
    }
    files
}

fn walk(folder: &Path, prefix: &str, depth: usize, files: &mut BTreeMap<String, (PathBuf, Stamp)>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let below = format!("{prefix}/{name}");
        if path.is_dir() {
            if depth < MAX_DEPTH {
                walk(&path, &below, depth + 1, files);
            }
        } else if is_definition(&path)
            && let Ok(data) = fs::metadata(&path)
        {
            let stamp = (data.modified().ok(), data.len());
            files.insert(below, (path, stamp));
        }
    }
}

/// Whether a file can be one, by its ending.
pub fn is_definition(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending))
}

/// The text of a file; bytes that are no UTF-8 become replacement characters.
pub fn text(path: &Path) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
