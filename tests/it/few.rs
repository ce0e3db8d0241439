//! The shipped definitions with few of the services: what these tests try is
//! the same for all of them, and checking all of them takes its time.

use std::path::Path;

/// The services that stay.
const FEW: [&str; 3] = [
    "business-registration",
    "map-product-order",
    "vhs-course-registration",
];

/// Whether a file belongs to none of the services left out.
pub(crate) fn stays(path: &str) -> bool {
    let service = match path.strip_prefix("workflows/letters/") {
        Some(below) => below.split_once('/').map(|(service, _)| service),
        None => path
            .strip_prefix("forms/")
            .and_then(|below| below.split_once('/'))
            .map(|(service, _)| service)
            .filter(|folder| !["lib", "fees"].contains(folder)),
    };
    service.is_none_or(|service| FEW.contains(&service))
}

/// Copies the definitions into a folder.
pub(crate) fn copy_town(to: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["forms", "workflows", "catalogue"] {
        copy(root, name, to);
    }
}

fn copy(root: &Path, below: &str, to: &Path) {
    for entry in root.join(below).read_dir().expect("a folder") {
        let entry = entry.expect("an entry");
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            copy(root, &path, to);
        } else if stays(&path) {
            let target = to.join(&path);
            std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder is made");
            std::fs::copy(entry.path(), target).expect("a file is copied");
        }
    }
}
