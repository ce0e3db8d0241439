//! Which slots a calendar offers and which of them are free.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

use super::{Appointment, AppointmentState, AppointmentWish, Calendar, Hours, UNIT, UNIT_MINUTES};
use crate::case::Millis;
use crate::text::Text;
use crate::workflow::calendar::{instant, is_holiday, local};

/// What cannot be taken: units of desks, and times closed by the department.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Busy {
    /// Taken or held: room, desk, first millisecond of the unit.
    pub units: BTreeSet<(String, i64, Millis)>,
    /// Times blocked off.
    pub closures: Vec<Closure>,
}

/// A time a department blocks off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// One room, or the whole calendar.
    pub room: Option<String>,
    /// From.
    pub from: Millis,
    /// To, not included.
    pub to: Millis,
}

/// A place in a calendar that can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Room within the calendar.
    pub room: String,
    /// Desk of the room.
    pub desk: i64,
    /// Begin.
    pub starts_at: Millis,
    /// End without buffer.
    pub ends_at: Millis,
    /// End with buffer: until then the desk is taken.
    pub busy_until: Millis,
}

/// The free begins of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// Begins, in order.
    pub starts: Vec<DateTime>,
}

/// Why a slot cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotProblem {
    /// The calendar never offers it.
    NotOffered,
    /// It lies before the first that may be taken now.
    TooSoon,
    /// It lies after the last.
    TooLate,
    /// Somebody has it.
    Taken,
}

impl SlotProblem {
    /// What the person reads.
    pub fn text(self) -> Text {
        match self {
            SlotProblem::NotOffered => Text::both(
                "Zu dieser Zeit werden keine Termine vergeben. Bitte wählen Sie einen der freien Termine.",
                "No appointments are given at this time. Please choose one of the free appointments.",
            ),
            SlotProblem::TooSoon => Text::both(
                "Dieser Termin liegt zu kurz bevor. Bitte wählen Sie einen späteren.",
                "This appointment is too soon. Please choose a later one.",
            ),
            SlotProblem::TooLate => Text::both(
                "So weit im Voraus werden noch keine Termine vergeben. Bitte wählen Sie einen früheren.",
                "Appointments are not given that far ahead yet. Please choose an earlier one.",
            ),
            SlotProblem::Taken => Text::both(
                "Dieser Termin wurde gerade vergeben. Bitte wählen Sie einen anderen. Ihre übrigen Angaben sind noch da.",
                "This appointment has just been taken. Please choose another one. Your other answers are still there.",
            ),
        }
    }
}

impl Slot {
    /// The units of its desk it takes.
    pub fn units(&self) -> impl Iterator<Item = Millis> + use<> {
        units(self.starts_at, self.busy_until)
    }
}

/// The first milliseconds of all units a time touches.
pub(crate) fn units(from: Millis, to: Millis) -> impl Iterator<Item = Millis> {
    let first = from.div_euclid(UNIT) * UNIT;
    (0..)
        .map(move |n| first + n * UNIT)
        .take_while(move |at| *at < to)
}

/// A chosen slot as forms keep it, such as `2026-12-01T09:15`.
pub fn parse(text: &str) -> Option<DateTime> {
    let well_formed = text.len() == 16 && text.as_bytes().get(10) == Some(&b'T');
    well_formed.then(|| text.parse().ok()).flatten()
}

impl Calendar {
    /// The begins of a day that are free for a wish, for citizens only those
    /// they may still take.
    pub fn free_on(
        &self,
        wish: &AppointmentWish,
        date: Date,
        now: Millis,
        staff: bool,
        busy: &Busy,
    ) -> Day {
        let starts = self.starts(wish, date);
        let free = |start: &DateTime| self.place(wish, *start, now, staff, busy).is_ok();
        Day {
            date,
            starts: starts.into_iter().filter(free).collect(),
        }
    }

    /// The days from `from` on, `days` of them, with what is free.
    pub fn free(
        &self,
        wish: &AppointmentWish,
        from: Date,
        days: i64,
        now: Millis,
        staff: bool,
        busy: &Busy,
    ) -> Vec<Day> {
        (0..days)
            .filter_map(|n| from.checked_add(Span::new().days(n)).ok())
            .map(|date| self.free_on(wish, date, now, staff, busy))
            .collect()
    }

    /// The last day citizens may book today.
    pub fn last_day(&self, now: Millis) -> Option<Date> {
        let today = local(now).ok()?.date();
        today
            .checked_add(Span::new().days(self.booking.latest_days))
            .ok()
    }

    /// The first desk that is free for a wish at `start`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn place(
        &self,
        wish: &AppointmentWish,
        start: DateTime,
        now: Millis,
        staff: bool,
        busy: &Busy,
    ) -> Result<Slot, SlotProblem> {
        let starts_at = instant(start).map_err(|_| SlotProblem::NotOffered)?;
        self.in_time(start, starts_at, now, staff)?;
        let ends_at = starts_at + wish.minutes * 60_000;
        let busy_until = ends_at + self.booking.buffer * 60_000;
        let mut offered = false;
        for room in self.rooms_of(wish) {
            if !self.open(wish, &room.id, start) {
                continue;
            }
            offered = true;
            let closed = busy.closures.iter().any(|closure| {
                closure
                    .room
                    .as_ref()
                    .is_none_or(|closed| *closed == room.id)
                    && closure.from < ends_at
                    && starts_at < closure.to
            });
            let free = |desk: &i64| {
                units(starts_at, busy_until)
                    .all(|unit| !busy.units.contains(&(room.id.clone(), *desk, unit)))
            };
            if closed {
                continue;
            }
            if let Some(desk) = (1..=room.desks).find(free) {
                return Ok(Slot {
                    room: room.id.clone(),
                    desk,
                    starts_at,
                    ends_at,
                    busy_until,
                });
            }
        }
        Err(match offered {
            true => SlotProblem::Taken,
            false => SlotProblem::NotOffered,
        })
    }

    /// Whether a wish may begin at `start` if nobody else had booked: what
    /// can be said without knowing the other appointments.
    ///
    /// # Errors
    /// Why not.
    pub fn offers(
        &self,
        wish: &AppointmentWish,
        start: DateTime,
        now: Millis,
        staff: bool,
    ) -> Result<(), SlotProblem> {
        self.place(wish, start, now, staff, &Busy::default())
            .map(|_| ())
    }

    /// Staff may book up to the moment itself, and as far ahead as they like.
    fn in_time(
        &self,
        start: DateTime,
        starts_at: Millis,
        now: Millis,
        staff: bool,
    ) -> Result<(), SlotProblem> {
        let earliest = match staff {
            true => now,
            false => now + self.booking.earliest_hours * 3_600_000,
        };
        if starts_at < earliest {
            return Err(SlotProblem::TooSoon);
        }
        match self.last_day(now) {
            Some(last) if !staff && start.date() > last => Err(SlotProblem::TooLate),
            _ => Ok(()),
        }
    }

    /// The rooms of a wish, in the order they are filled.
    fn rooms_of<'c>(&'c self, wish: &AppointmentWish) -> Vec<&'c super::Room> {
        let mut rooms: Vec<&super::Room> = match self.kind(&wish.kind) {
            Some(kind) if !kind.rooms.is_empty() => {
                kind.rooms.iter().filter_map(|id| self.room(id)).collect()
            }
            Some(_) => self.rooms.iter().collect(),
            None => Vec::new(),
        };
        rooms.retain(|room| wish.room.as_ref().is_none_or(|asked| *asked == room.id));
        rooms
    }

    /// Whether nobody is seen all day.
    pub fn is_closed(&self, date: Date) -> bool {
        is_holiday(date)
            || self
                .closed
                .iter()
                .any(|closed| closed.from <= date && date <= closed.to)
    }

    /// The patterns that hold for a wish on a day, in any of `rooms`.
    fn patterns<'c>(
        &'c self,
        wish: &'c AppointmentWish,
        date: Date,
    ) -> impl Iterator<Item = &'c Hours> {
        let closed = self.is_closed(date);
        self.hours.iter().filter(move |hours| {
            !closed
                && hours.days.contains(&date.weekday())
                && hours.valid_from.is_none_or(|from| from <= date)
                && hours.valid_to.is_none_or(|to| date <= to)
                && (hours.kinds.is_empty() || hours.kinds.contains(&wish.kind))
                && (hours.rooms.is_empty()
                    || self
                        .rooms_of(wish)
                        .iter()
                        .any(|room| hours.rooms.contains(&room.id)))
        })
    }

    /// Whether a room offers a wish at a moment: on the raster of a pattern,
    /// and over before the pattern ends.
    fn open(&self, wish: &AppointmentWish, room: &str, start: DateTime) -> bool {
        self.patterns(wish, start.date()).any(|hours| {
            let begin = minute(start.time()) - minute(hours.from);
            (hours.rooms.is_empty() || hours.rooms.iter().any(|open| open == room))
                && start.time().second() == 0
                && begin >= 0
                && begin % self.booking.step.max(UNIT_MINUTES) == 0
                && minute(start.time()) + wish.minutes <= minute(hours.to)
        })
    }

    /// All begins of a day, free or not.
    fn starts(&self, wish: &AppointmentWish, date: Date) -> BTreeSet<DateTime> {
        let step = self.booking.step.max(UNIT_MINUTES);
        let mut starts = BTreeSet::new();
        for hours in self.patterns(wish, date) {
            let mut at = minute(hours.from);
            while at + wish.minutes <= minute(hours.to) {
                starts.extend(at_minute(date, at));
                at += step;
            }
        }
        starts
    }

    /// The appointment a case has once a slot is taken.
    pub fn booked(
        &self,
        wish: &AppointmentWish,
        slot: &Slot,
        before: Option<&Appointment>,
    ) -> Appointment {
        Appointment {
            calendar: self.id.clone(),
            kind: wish.kind.clone(),
            room: slot.room.clone(),
            desk: slot.desk,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            change_until: slot.starts_at - self.booking.change_until_hours * 3_600_000,
            sequence: before.map_or(0, |before| before.sequence + 1),
            state: AppointmentState::Booked,
        }
    }
}

fn minute(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn at_minute(date: Date, minute: i64) -> Option<DateTime> {
    let hour = i8::try_from(minute / 60).ok()?;
    let time = Time::new(hour, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
    Some(date.to_datetime(time))
}
