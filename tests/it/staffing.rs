//! Roles that nobody has, as `schalter check` tells them with the settings of
//! a town.

use crate::few::copy_town;
use crate::house::{schalter, settings, text_of};

#[test]
fn roles_nobody_has_are_told_with_the_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    copy_town(&folder.path().join("town"));
    let top = "public_url = \"http://stadt.example\"\ndefinitions = [\"town\"]";
    let file = settings(folder.path(), top, "");
    let file = file.to_str().expect("a path");
    assert!(schalter(&["migrate", "--config", file]).status.success());
    let check = || text_of(&schalter(&["check", "--config", file]).stdout);
    let missing = "nobody in `public-order` has the role `clerk`";
    assert!(check().contains(missing), "{}", check());
    let add = [
        "account",
        "add",
        "--config",
        file,
        "neu",
        "--role",
        "public-order:clerk",
    ];
    assert!(schalter(&add).status.success());
    assert!(!check().contains(missing), "{}", check());
    assert!(check().contains("role `teamlead`"), "{}", check());
    // Who cannot sign in does nothing.
    assert!(
        schalter(&["account", "disable", "--config", file, "neu"])
            .status
            .success()
    );
    assert!(check().contains(missing), "{}", check());
}
