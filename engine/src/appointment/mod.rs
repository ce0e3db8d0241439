//! Appointments: calendars as data, the slots they offer, and what a case
//! knows of the one it has.
//!
//! A calendar says where and when people are seen. Which slots are free
//! follows from it, from what is [`Busy`] and from the time; nothing here
//! reads a clock or a database.

mod decode;
pub mod ics;
mod slots;
#[cfg(test)]
mod tests;
mod words;

pub use decode::decode_calendar;
pub use slots::{Busy, Closure, Day, Slot, SlotProblem, parse};
pub use words::{moment_text, time_text};

use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::case::Millis;
use crate::text::Text;

/// What a desk is taken in: every length is made of these, so that calendars
/// of different versions and slot lengths never overlap unnoticed.
pub const UNIT_MINUTES: i64 = 5;
/// The same in milliseconds.
pub const UNIT: Millis = UNIT_MINUTES * 60_000;

/// A calendar of a department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Id, the name of its file.
    pub id: String,
    /// Department whose clerks keep it.
    pub department: String,
    /// What it is called, such as "Bürgerservice".
    pub title: Text,
    /// Where to go.
    pub place: Text,
    /// Rooms with their desks.
    pub rooms: Vec<Room>,
    /// Kinds of appointments.
    pub kinds: Vec<AppointmentKind>,
    /// When appointments are given, week by week.
    pub hours: Vec<Hours>,
    /// Days without appointments besides the holidays.
    pub closed: Vec<Closed>,
    /// How it is booked.
    pub booking: Booking,
}

/// A room, a counter, a hall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Id within the calendar.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// How many people can be seen at the same time.
    pub desks: i64,
}

/// A kind of appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointmentKind {
    /// Id within the calendar.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// How long it takes where the form does not say.
    pub minutes: i64,
    /// Rooms it can be held in, in the order they are filled; all without.
    pub rooms: Vec<String>,
    /// What people bring.
    pub bring: Vec<Text>,
}

/// A weekly pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Days of the week.
    pub days: Vec<Weekday>,
    /// First moment.
    pub from: Time,
    /// Last moment: an appointment has ended by then.
    pub to: Time,
    /// First day it holds.
    pub valid_from: Option<Date>,
    /// Last day it holds.
    pub valid_to: Option<Date>,
    /// Rooms it holds for; all without.
    pub rooms: Vec<String>,
    /// Kinds it holds for; all without.
    pub kinds: Vec<String>,
}

/// Days on which nobody is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Why.
    pub reason: Option<Text>,
}

/// How a calendar is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Minutes between two starts.
    pub step: i64,
    /// Minutes a desk stays free after an appointment.
    pub buffer: i64,
    /// Hours from now to the first slot citizens may take.
    pub earliest_hours: i64,
    /// Days from now to the last.
    pub latest_days: i64,
    /// Hours before the appointment until which citizens move and cancel it.
    pub change_until_hours: i64,
    /// Minutes a slot is held while the form is filled in.
    pub hold_minutes: i64,
}

impl Calendar {
    /// The kind of an id.
    pub fn kind(&self, id: &str) -> Option<&AppointmentKind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// The room of an id.
    pub fn room(&self, id: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == id)
    }
}

/// The appointment a submission asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentWish {
    /// Id of the calendar.
    pub calendar: String,
    /// Kind within the calendar.
    pub kind: String,
    /// How long it takes, without buffer.
    pub minutes: i64,
    /// The room asked for, where people choose.
    #[serde(default)]
    pub room: Option<String>,
    /// The slot chosen with the form, local time such as `2026-12-01T09:15`.
    #[serde(default)]
    pub chosen: Option<String>,
}

/// The appointment a case has or had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Id of the calendar.
    pub calendar: String,
    /// Kind within the calendar.
    pub kind: String,
    /// Room within the calendar.
    pub room: String,
    /// Desk of the room, 1 for the first.
    pub desk: i64,
    /// When it begins.
    pub starts_at: Millis,
    /// When it ends, without buffer.
    pub ends_at: Millis,
    /// Until when the citizen may move or cancel it.
    pub change_until: Millis,
    /// Grows with every change, for calendar files.
    pub sequence: i64,
    /// What became of it.
    pub state: AppointmentState,
}

/// What became of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentState {
    /// It is to come.
    Booked,
    /// It was given back.
    Released,
    /// The person came.
    Attended,
    /// The person did not come.
    NoShow,
}

impl AppointmentState {
    /// The word it is stored by.
    pub fn word(self) -> &'static str {
        match self {
            AppointmentState::Booked => "booked",
            AppointmentState::Released => "released",
            AppointmentState::Attended => "attended",
            AppointmentState::NoShow => "no_show",
        }
    }
}
