//! What the map of the newer form means for drafts begun on the older: answers
//! that go to other questions, are let go, or were forgotten.

use super::changes::{Area, Changes};
use crate::form::{Form, FormPassage};

const AREA: Area = Area::Citizens;

/// Tells of the map, where the newer version has one for the older.
pub(super) fn compare(before: &Form, after: &Form, changes: &mut Changes) {
    let Some(passage) = FormPassage::between(before, after) else {
        return;
    };
    for (from, to) in &passage.moved {
        changes.add(
            AREA,
            "drafts-move",
            to,
            format!("Entwürfe: die Antwort auf `{from}` gilt jetzt für `{to}`"),
            format!("Drafts: the answer to `{from}` now is that to `{to}`"),
        );
    }
    for path in &passage.dropped {
        changes.add(
            AREA,
            "drafts-drop",
            path,
            format!("Entwürfe: die Antwort auf `{path}` entfällt"),
            format!("Drafts: the answer to `{path}` is let go"),
        );
    }
    for path in &passage.forgotten {
        changes.add(
            AREA,
            "drafts-gap",
            path,
            format!(
                "Entwürfe: die Antwort auf `{path}` hat keinen Platz und geht verloren; nennen Sie unter `migrate` die neue Frage, oder unter `drop`, dass sie entfällt"
            ),
            format!(
                "Drafts: the answer to `{path}` has no place and is lost; name the new question under `migrate`, or under `drop` that it goes"
            ),
        );
    }
}
