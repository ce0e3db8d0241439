//! What a decision says of the appointment of a case: the claim of its slot,
//! the calendar file for a mail, and the words for letters.

use serde_json::{Value as Json, json};

use super::decide::Env;
use super::{Case, Claim};
use crate::appointment::ics::Invitation;
use crate::appointment::{AppointmentState, Slot, moment_text, time_text};
use crate::form::date_text;
use crate::text::Text;
use crate::workflow::calendar::local;

/// The claim of the slot a step has taken.
pub(super) fn taken(case: &Case, slot: &Slot) -> Option<Claim> {
    Some(Claim::Slot {
        appointment: case.appointment.clone()?,
        busy_until: slot.busy_until,
    })
}

/// The calendar file of the appointment as the step leaves it.
pub(super) fn invitation(case: &Case, env: &Env<'_>) -> Option<Invitation> {
    let appointment = case.appointment.as_ref()?;
    let calendar = env.slots?.calendar;
    let language = case.language;
    let say = |text: &Text| text.get(language).to_owned();
    let kind = calendar.kind(&appointment.kind);
    let room = calendar.room(&appointment.room);
    let mut description: Vec<String> = kind
        .iter()
        .flat_map(|kind| {
            kind.bring
                .iter()
                .map(|text| format!("- {}", text.get(language)))
        })
        .collect();
    description.insert(0, case.reference.clone());
    let place = [
        Some(say(&calendar.place)),
        room.map(|room| say(&room.title)),
    ];
    Some(Invitation {
        cancelled: appointment.state == AppointmentState::Released,
        uid: format!("{}@{}", case.id, calendar.id),
        sequence: appointment.sequence,
        stamp: env.now,
        starts_at: appointment.starts_at,
        ends_at: appointment.ends_at,
        summary: kind.map_or_else(|| say(&calendar.title), |kind| say(&kind.title)),
        location: place.into_iter().flatten().collect::<Vec<_>>().join(", "),
        description: description.join("\n"),
    })
}

/// What letters may show of the appointment.
pub(super) fn letter_values(case: &Case, env: &Env<'_>) -> Option<Json> {
    let appointment = case.appointment.as_ref()?;
    let calendar = env.slots?.calendar;
    let language = case.language;
    let starts = local(appointment.starts_at).ok()?;
    let ends = local(appointment.ends_at).ok()?;
    let change_until = local(appointment.change_until).ok()?;
    let kind = calendar.kind(&appointment.kind);
    let bring: Vec<&str> = kind
        .iter()
        .flat_map(|kind| kind.bring.iter().map(|text| text.get(language)))
        .collect();
    Some(json!({
        "moment": moment_text(starts, language),
        "date": date_text(starts.date(), language),
        "time": time_text(starts.time(), language),
        "until": time_text(ends.time(), language),
        "minutes": (appointment.ends_at - appointment.starts_at) / 60_000,
        "kind": kind.map(|kind| kind.title.get(language)),
        "calendar": calendar.title.get(language),
        "place": calendar.place.get(language),
        "room": calendar.room(&appointment.room).map(|room| room.title.get(language)),
        "bring": bring,
        "change_until": moment_text(change_until, language),
    }))
}
