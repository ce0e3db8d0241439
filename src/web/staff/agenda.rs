//! The appointments of a day, to look at and to print, and times blocked off.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use engine::appointment::{AppointmentState, Calendar, moment_text, time_text};
use engine::text::{Language, Text};
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::filter::{Filter, encoded};
use super::list::case_address;
use super::session::{SignedIn, StaffError, StaffForm};
use super::view::SelectOption;
use crate::clock;
use crate::desk::DeskError;
use crate::desk::agenda::{Agenda, ClosureProblem, ClosureWish};
use crate::web::frame::Said;
use crate::web::site::Site;
use crate::web::slots::day_text;

/// Address of the page.
pub(super) const PAGE: &str = "/staff/appointments";

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    calendar: String,
    day: String,
    done: String,
    /// What was wrong with a time to block off.
    problem: String,
}

/// The page of a day.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct AgendaView {
    /// Name of the calendar; none when the person's departments have no calendar.
    pub calendar: Option<Said>,
    /// Id of the calendar.
    pub id: String,
    /// Calendars to choose from.
    pub calendars: Vec<SelectOption>,
    /// The day in words.
    pub day: String,
    /// The day for the control, such as `2026-12-01`.
    pub date: String,
    /// Address of the day before.
    pub before: String,
    /// Address of the day after.
    pub after: String,
    /// Its appointments.
    pub rows: Vec<AppointmentRow>,
    /// Rooms that can be blocked off.
    pub rooms: Vec<SelectOption>,
    /// Times blocked off.
    pub closures: Vec<ClosureRow>,
    /// Key of a sentence on what was done.
    pub done: Option<&'static str>,
    /// Key of a sentence on what is wrong with a time to block off.
    pub problem: Option<&'static str>,
}

/// An appointment of the day.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct AppointmentRow {
    /// Begin and end.
    pub time: String,
    /// Page of the case.
    pub href: String,
    /// Case number.
    pub reference: String,
    /// Who comes.
    pub name: String,
    /// What for.
    pub kind: Said,
    /// Room and desk.
    pub room: String,
    /// Key of what became of it.
    pub state: &'static str,
}

/// A time blocked off.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct ClosureRow {
    /// Its id.
    pub id: String,
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// Room, none for all.
    pub room: Option<Said>,
    /// Why.
    pub reason: String,
    /// Bookings in it.
    pub affected: Vec<AppointmentRow>,
}

/// `GET /staff/appointments`
///
/// # Errors
/// Not found for calendars of other departments.
pub(super) async fn agenda(
    State(site): State<Arc<Site>>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Html<String>, StaffError> {
    let calendars = site.desk.calendars(&who.staff);
    let chosen = match wanted.calendar.as_str() {
        "" => calendars.first().map(|calendar| calendar.id.clone()),
        id => Some(id.to_owned()),
    };
    let today = clock::local(site.desk.clock.now()).date();
    let day = wanted.day.parse().unwrap_or(today);
    let mut view = match chosen {
        None => AgendaView::default(),
        Some(id) => {
            let agenda = site.desk.agenda(&who.staff, &id, day).await?;
            view(&agenda, &calendars, day, who.language)
        }
    };
    view.done = ["closed", "reopened"]
        .into_iter()
        .find(|known| *known == wanted.done);
    view.problem = ["times", "room", "reason"]
        .into_iter()
        .find(|known| *known == wanted.problem);
    let title = site.say(who.language, "staff.agenda.title", &[]);
    Ok(site.framed(
        who.frame(&site, &title),
        who.language,
        "staff/appointments",
        view,
    )?)
}

/// `POST /staff/appointments/close`
///
/// # Errors
/// Not found for calendars of other departments.
pub(super) async fn close(
    State(site): State<Arc<Site>>,
    sent: StaffForm,
) -> Result<Response, StaffError> {
    let (calendar, from_day) = (sent.form.value("calendar"), sent.form.value("from_day"));
    let moment = |day: &str, time: &str| format!("{day}T{time}").parse::<DateTime>().ok();
    let last = match sent.form.value("to_day") {
        "" => from_day,
        day => day,
    };
    let times = moment(from_day, sent.form.value("from")).zip(moment(last, sent.form.value("to")));
    let room = sent.form.value("room");
    let outcome = match times {
        None => Err(ClosureProblem::Times),
        Some((from, to)) => {
            let wish = ClosureWish {
                room: (!room.is_empty()).then(|| room.to_owned()),
                from,
                to,
                reason: sent.form.value("reason").to_owned(),
            };
            let staff = &sent.who.staff;
            site.desk.close_calendar(staff, calendar, wish).await?
        }
    };
    let told = match outcome {
        Ok(()) => "done=closed",
        Err(ClosureProblem::Times) => "problem=times",
        Err(ClosureProblem::Room) => "problem=room",
        Err(ClosureProblem::Reason) => "problem=reason",
    };
    Ok(Redirect::to(&format!("{}&{told}", address(calendar, from_day))).into_response())
}

/// `POST /staff/appointments/reopen`
///
/// # Errors
/// Not found for calendars of other departments.
pub(super) async fn reopen(
    State(site): State<Arc<Site>>,
    sent: StaffForm,
) -> Result<Response, StaffError> {
    let (calendar, day) = (sent.form.value("calendar"), sent.form.value("day"));
    let id = sent
        .form
        .value("id")
        .parse()
        .map_err(|_| DeskError::NotFound)?;
    let staff = &sent.who.staff;
    site.desk.reopen_calendar(staff, calendar, id).await?;
    Ok(Redirect::to(&format!("{}&done=reopened", address(calendar, day))).into_response())
}

fn address(calendar: &str, day: &str) -> String {
    format!("{PAGE}?calendar={}&day={}", encoded(calendar), encoded(day))
}

fn view(agenda: &Agenda, calendars: &[Arc<Calendar>], day: Date, language: Language) -> AgendaView {
    let calendar = &agenda.calendar;
    let to = |day: Date| address(&calendar.id, &day.to_string());
    let option = |value: &str, label: &Text, chosen: bool| SelectOption {
        value: value.to_owned(),
        label: label.get(language).to_owned(),
        chosen,
    };
    AgendaView {
        calendar: Some(Said::of(&calendar.title, language)),
        id: calendar.id.clone(),
        calendars: calendars
            .iter()
            .map(|known| option(&known.id, &known.title, known.id == calendar.id))
            .collect(),
        day: day_text(day, language),
        date: day.to_string(),
        before: day.yesterday().map_or_else(|_| to(day), to),
        after: day.tomorrow().map_or_else(|_| to(day), to),
        rows: agenda
            .cases
            .iter()
            .map(|(case, _)| row(calendar, case, language, false))
            .collect(),
        rooms: calendar
            .rooms
            .iter()
            .map(|room| option(&room.id, &room.title, false))
            .collect(),
        closures: agenda
            .closures
            .iter()
            .map(|(closed, affected)| ClosureRow {
                id: closed.id.to_string(),
                from: moment_text(clock::local(closed.closure.from), language),
                to: moment_text(clock::local(closed.closure.to), language),
                room: closed
                    .closure
                    .room
                    .as_ref()
                    .and_then(|room| calendar.room(room))
                    .map(|room| Said::of(&room.title, language)),
                reason: closed.reason.clone(),
                affected: affected
                    .iter()
                    .map(|case| row(calendar, case, language, true))
                    .collect(),
            })
            .collect(),
        done: None,
        problem: None,
    }
}

fn row(
    calendar: &Calendar,
    case: &engine::case::Case,
    language: Language,
    with_day: bool,
) -> AppointmentRow {
    let Some(booked) = &case.appointment else {
        return AppointmentRow::default();
    };
    let (from, to) = (clock::local(booked.starts_at), clock::local(booked.ends_at));
    let begin = match with_day {
        true => moment_text(from, language),
        false => time_text(from.time(), language),
    };
    let room = calendar.room(&booked.room);
    let room = room.map_or(booked.room.as_str(), |room| room.title.get(language));
    AppointmentRow {
        time: format!("{begin} – {}", time_text(to.time(), language)),
        href: case_address(case.id, &Filter::default()),
        reference: case.reference.clone(),
        name: case.applicant_name.clone(),
        kind: calendar
            .kind(&booked.kind)
            .map_or_else(Said::default, |kind| Said::of(&kind.title, language)),
        room: format!("{room} · {}", booked.desk),
        state: match booked.state {
            AppointmentState::Booked => "booked",
            AppointmentState::Released => "released",
            AppointmentState::Attended => "attended",
            AppointmentState::NoShow => "no_show",
        },
    }
}

/// A day for the test over all templates.
#[cfg(test)]
pub(super) fn sample() -> AgendaView {
    let row = AppointmentRow {
        time: "9:10 Uhr – 9:20 Uhr".to_owned(),
        href: "/staff/cases/018f".to_owned(),
        reference: "MS-26-7K3F-9QXM".to_owned(),
        name: "Ana Ruiz".to_owned(),
        kind: Said::plain("Reisepass"),
        room: "Schalter · 1".to_owned(),
        state: "booked",
    };
    let option = |value: &str| SelectOption {
        value: value.to_owned(),
        label: value.to_owned(),
        chosen: true,
    };
    AgendaView {
        calendar: Some(Said::plain("Bürgerservice")),
        id: "citizen-service".to_owned(),
        calendars: vec![option("citizen-service")],
        day: "Dienstag, 1. Dezember 2026".to_owned(),
        date: "2026-12-01".to_owned(),
        before: PAGE.to_owned(),
        after: PAGE.to_owned(),
        rows: vec![row.clone()],
        rooms: vec![option("counter")],
        closures: vec![ClosureRow {
            id: "1".to_owned(),
            from: "8:00 Uhr".to_owned(),
            to: "9:00 Uhr".to_owned(),
            room: None,
            reason: "Teamsitzung".to_owned(),
            affected: vec![row],
        }],
        done: Some("closed"),
        problem: Some("times"),
    }
}
