//! What the city should look at in its definitions: a page for administrators,
//! and the same as a table for spreadsheets.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::session::{SignedIn, StaffError};
use super::view::SelectOption;
use crate::desk::notes::{Noted, csv};
use crate::web::frame::Said;
use crate::web::site::Site;

/// What is to be shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    department: String,
    kind: String,
}

/// Notes for the city: `staff/notes`.
#[derive(Debug, Serialize)]
struct NotesView {
    /// Notes in all.
    count: usize,
    /// Departments to choose from.
    departments: Vec<SelectOption>,
    /// Kinds to choose from.
    kinds: Vec<SelectOption>,
    /// The notes by service or file.
    groups: Vec<GroupView>,
}

#[derive(Debug, Serialize)]
struct GroupView {
    /// HTML id.
    id: String,
    /// Name of the service, or the file.
    title: Said,
    /// Page of the service.
    href: Option<String>,
    /// Its department.
    department: Option<Said>,
    notes: Vec<NoteView>,
}

#[derive(Debug, Serialize)]
struct NoteView {
    /// Key of the kind.
    code: &'static str,
    /// File and line.
    place: String,
    /// The line.
    text: String,
}

/// `GET /staff/notes`.
pub(super) async fn notes(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Html<String>, StaffError> {
    let all = site.desk.city_notes(&who.staff)?;
    let language = who.language;
    let shown = filtered(&all, &wanted);
    let mut departments: Vec<SelectOption> = vec![SelectOption {
        value: String::new(),
        label: site.say(language, "staff.notes.all", &[]),
        chosen: wanted.department.is_empty(),
    }];
    for (id, name) in all.iter().filter_map(|group| group.department.as_ref()) {
        if !departments.iter().any(|known| known.value == *id) {
            departments.push(SelectOption {
                value: id.clone(),
                label: name.get(language).to_owned(),
                chosen: wanted.department == *id,
            });
        }
    }
    let kinds = ["", "verify", "sample", "service-not-offered"].map(|kind| SelectOption {
        value: kind.to_owned(),
        label: match kind {
            "" => site.say(language, "staff.notes.all", &[]),
            kind => site.say(language, &format!("staff.notes.{kind}"), &[]),
        },
        chosen: wanted.kind == kind,
    });
    let groups: Vec<GroupView> = shown
        .into_iter()
        .enumerate()
        .map(|(at, group)| GroupView {
            id: format!("group-{at}"),
            title: match &group.service {
                Some(service) => Said::of(&service.form.title, language),
                None => Said::plain(group.file.clone()),
            },
            href: group
                .service
                .as_ref()
                .map(|service| format!("/{}/services/{}", language.tag(), service.form.id)),
            department: group
                .department
                .as_ref()
                .map(|(_, name)| Said::of(name, language)),
            notes: group
                .notes
                .into_iter()
                .map(|note| NoteView {
                    code: note.code,
                    place: format!("{}:{}", note.file, note.line),
                    text: note.text,
                })
                .collect(),
        })
        .collect();
    let view = NotesView {
        count: groups.iter().map(|group| group.notes.len()).sum(),
        departments,
        kinds: kinds.to_vec(),
        groups,
    };
    let title = site.say(language, "staff.notes.title", &[]);
    let frame = who.frame(&site, &title);
    Ok(site.framed(frame, language, "staff/notes", view)?)
}

/// `GET /staff/notes.csv`.
pub(super) async fn table(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, StaffError> {
    let all = site.desk.city_notes(&who.staff)?;
    let text = csv(&filtered(&all, &wanted), who.language);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"notes.csv\"",
        ),
    ];
    Ok((headers, text).into_response())
}

/// The groups and notes that are wanted.
fn filtered(all: &[Noted], wanted: &Wanted) -> Vec<Noted> {
    let of_department = |group: &&Noted| {
        wanted.department.is_empty()
            || group
                .department
                .as_ref()
                .is_some_and(|(id, _)| *id == wanted.department)
    };
    let mut groups: Vec<Noted> = all.iter().filter(of_department).cloned().collect();
    for group in &mut groups {
        group
            .notes
            .retain(|note| wanted.kind.is_empty() || note.code == wanted.kind);
    }
    groups.retain(|group| !group.notes.is_empty());
    groups
}
