//! The appointments of a department: the list of a day, and times blocked off
//! with the bookings they concern.

use std::sync::Arc;

use engine::appointment::{Appointment, Calendar, Closure};
use engine::case::Case;
use engine::workflow::calendar::instant;
use jiff::Span;
use jiff::civil::{Date, DateTime, Time};
use store::{CalendarClosure, LONGEST_CLOSURE, Range};
use uuid::Uuid;

use super::accounts::Staff;
use super::{Desk, DeskError};

/// Days ahead for which closures are listed.
const AHEAD: i64 = 90;
/// Longest reason, in characters.
const LONGEST_REASON: usize = 300;

/// The day of a calendar.
pub struct Agenda {
    /// The calendar.
    pub calendar: Arc<Calendar>,
    /// The cases with an appointment on the day, in its order.
    pub cases: Vec<(Case, Appointment)>,
    /// What is blocked off on the day and later, with the bookings in it.
    pub closures: Vec<(CalendarClosure, Vec<Case>)>,
}

/// A time somebody wants to block off.
pub struct ClosureWish {
    /// Room, or the whole calendar.
    pub room: Option<String>,
    /// From.
    pub from: DateTime,
    /// To.
    pub to: DateTime,
    /// Why, for colleagues.
    pub reason: String,
}

/// What is wrong with a time to block off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosureProblem {
    /// It ends before it begins, or is longer than a year.
    Times,
    /// There is no such room.
    Room,
    /// The reason is missing or too long.
    Reason,
}

impl Desk {
    /// The calendars of this person's departments, by name.
    pub fn calendars(&self, staff: &Staff) -> Vec<Arc<Calendar>> {
        let departments = staff.departments();
        let definitions = self.catalog.current();
        let calendars = definitions.calendars.values();
        let mut mine: Vec<Arc<Calendar>> = calendars
            .filter(|calendar| departments.contains(&calendar.department))
            .cloned()
            .collect();
        mine.sort_by(|a, b| a.title.de.cmp(&b.title.de));
        mine
    }

    fn calendar_of(&self, staff: &Staff, id: &str) -> Result<Arc<Calendar>, DeskError> {
        let mut mine = self.calendars(staff).into_iter();
        mine.find(|calendar| calendar.id == id)
            .ok_or(DeskError::NotFound)
    }

    /// The appointments of a day.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] also for calendars of other departments.
    pub async fn agenda(&self, staff: &Staff, id: &str, day: Date) -> Result<Agenda, DeskError> {
        let calendar = self.calendar_of(staff, id)?;
        let from = midnight(day)?;
        let next = day.tomorrow().map_err(|_| DeskError::NotFound)?;
        let ahead = day.checked_add(Span::new().days(AHEAD));
        let until = midnight(ahead.map_err(|_| DeskError::NotFound)?)?;
        let cases = self.booked(id, from, midnight(next)?).await?;
        let range = Range {
            calendar: id,
            from,
            to: until,
        };
        let mut closures = Vec::new();
        for closed in self.store.closures(self.tenant(), range).await? {
            let affected = self.affected(&closed).await?;
            closures.push((closed, affected));
        }
        Ok(Agenda {
            calendar,
            cases,
            closures,
        })
    }

    async fn booked(
        &self,
        calendar: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<(Case, Appointment)>, DeskError> {
        let range = Range { calendar, from, to };
        let cases = self.store.appointments(self.tenant(), range).await?;
        let with = |case: Case| case.appointment.clone().map(|booked| (case, booked));
        Ok(cases.into_iter().filter_map(with).collect())
    }

    /// The open bookings that lie in a time that was blocked off.
    async fn affected(&self, closed: &CalendarClosure) -> Result<Vec<Case>, DeskError> {
        let Closure { room, from, to } = &closed.closure;
        // An appointment that began before may reach into it.
        let booked = self
            .booked(&closed.calendar, from - 12 * 3_600_000, *to)
            .await?;
        let inside = |case: &Case, at: &Appointment| {
            case.closed_at.is_none()
                && at.ends_at > *from
                && room.as_ref().is_none_or(|room| *room == at.room)
        };
        let affected = booked.into_iter().filter(|(case, at)| inside(case, at));
        Ok(affected.map(|(case, _)| case).collect())
    }

    /// Blocks a time off. Bookings in it stay; they are listed with it.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for calendars of other departments; the inner
    /// result says what is wrong with the time.
    pub async fn close_calendar(
        &self,
        staff: &Staff,
        id: &str,
        wish: ClosureWish,
    ) -> Result<Result<(), ClosureProblem>, DeskError> {
        let calendar = self.calendar_of(staff, id)?;
        let times = instant(wish.from).ok().zip(instant(wish.to).ok());
        let Some((from, to)) = times.filter(|(from, to)| from < to && to - from <= LONGEST_CLOSURE)
        else {
            return Ok(Err(ClosureProblem::Times));
        };
        if wish
            .room
            .as_ref()
            .is_some_and(|room| calendar.room(room).is_none())
        {
            return Ok(Err(ClosureProblem::Room));
        }
        let reason = wish.reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Ok(Err(ClosureProblem::Reason));
        }
        let closed = CalendarClosure {
            id: Uuid::now_v7(),
            calendar: calendar.id.clone(),
            closure: Closure {
                room: wish.room,
                from,
                to,
            },
            reason: reason.to_owned(),
            created_by: staff.account.clone(),
        };
        self.store
            .close_time(self.tenant(), &closed, self.clock.now())
            .await?;
        tracing::info!(account = staff.account, calendar = id, "time blocked off");
        Ok(Ok(()))
    }

    /// Opens a time again.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for calendars of other departments.
    pub async fn reopen_calendar(
        &self,
        staff: &Staff,
        id: &str,
        closure: Uuid,
    ) -> Result<(), DeskError> {
        self.calendar_of(staff, id)?;
        self.store.reopen_time(self.tenant(), id, closure).await?;
        tracing::info!(account = staff.account, calendar = id, "time opened again");
        Ok(())
    }
}

fn midnight(day: Date) -> Result<i64, DeskError> {
    instant(day.to_datetime(Time::midnight())).map_err(|_| DeskError::NotFound)
}
