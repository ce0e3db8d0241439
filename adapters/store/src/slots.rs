//! Slots of calendars: desks taken unit by unit, held for drafts, closed.
//!
//! A unit of a desk is one row, and its key lets only one holder have it. A
//! draft's hold ends by itself; whoever comes after that takes the row over.

use engine::appointment::{Appointment, AppointmentState, Busy, Closure, Slot, UNIT};
use engine::case::{Case, Claim, Millis};
use uuid::Uuid;

use crate::cases;
use crate::sql::{Tx, all, count, optional, retry, run, statements};
use crate::{Store, StoreError};

statements! {
    /// Free, held by the same hands, or held too long ago.
    TAKE_UNIT = "INSERT INTO desk_unit (tenant_id, calendar, starts_at, room, desk, holder, held_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant_id, calendar, starts_at, room, desk)
        DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
        WHERE desk_unit.holder = excluded.holder OR desk_unit.held_until <= $8";
    FREE_UNITS = "DELETE FROM desk_unit WHERE tenant_id = $1 AND holder = $2";
    BUSY = "SELECT room, desk, starts_at FROM desk_unit
        WHERE tenant_id = $1 AND calendar = $2 AND starts_at >= $3 AND starts_at < $4
            AND holder <> $5 AND (held_until IS NULL OR held_until > $6)";
    /// In portions: each is a short transaction that lets others write.
    SWEEP_HELD = "DELETE FROM desk_unit WHERE (tenant_id, calendar, starts_at, room, desk) IN
        (SELECT tenant_id, calendar, starts_at, room, desk FROM desk_unit
            WHERE held_until <= $1 ORDER BY held_until LIMIT $2)";
    KEEP_APPOINTMENT = "INSERT INTO appointment (tenant_id, case_id, calendar, room, desk, starts_at, ends_at, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (tenant_id, case_id) DO UPDATE SET calendar = excluded.calendar, room = excluded.room,
            desk = excluded.desk, starts_at = excluded.starts_at, ends_at = excluded.ends_at, state = excluded.state";
    APPOINTMENTS = "SELECT c.id, c.revision, c.content FROM appointment a
        JOIN case_file c ON c.tenant_id = a.tenant_id AND c.id = a.case_id
        WHERE a.tenant_id = $1 AND a.calendar = $2 AND a.starts_at >= $3 AND a.starts_at < $4
            AND a.state <> 'released'
        ORDER BY a.starts_at, a.case_id LIMIT 1000";
    /// Appointments are short, closures may be long: those that began up to
    /// half a year before are looked at.
    CLOSURES = "SELECT id, room, starts_at, ends_at, reason, created_by FROM calendar_closure
        WHERE tenant_id = $1 AND calendar = $2 AND starts_at < $4 AND starts_at > $3 - 34560000000
            AND ends_at > $3
        ORDER BY starts_at, id LIMIT 500";
    CLOSED = "SELECT id FROM calendar_closure
        WHERE tenant_id = $1 AND calendar = $2 AND (room = '' OR room = $3)
            AND starts_at < $5 AND starts_at > $4 - 34560000000 AND ends_at > $4 LIMIT 1";
    CLOSE = "INSERT INTO calendar_closure (tenant_id, id, calendar, room, starts_at, ends_at, reason, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    REOPEN = "DELETE FROM calendar_closure WHERE tenant_id = $1 AND id = $2 AND calendar = $3";
}

/// Longest time that can be blocked off at once.
pub const LONGEST_CLOSURE: Millis = 34_560_000_000;

/// A time a department blocked off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarClosure {
    /// Its id.
    pub id: Uuid,
    /// Id of the calendar.
    pub calendar: String,
    /// What is closed.
    pub closure: Closure,
    /// Why, for colleagues.
    pub reason: String,
    /// Account of whoever closed it.
    pub created_by: String,
}

/// A time of a calendar somebody asks about.
#[derive(Clone, Copy, Debug)]
pub struct Range<'a> {
    /// Id of the calendar.
    pub calendar: &'a str,
    /// From.
    pub from: Millis,
    /// To, not included.
    pub to: Millis,
}

type ClosureRow = (Uuid, String, i64, i64, String, String);

impl Store {
    /// What cannot be taken in a calendar by anybody but `holder`, which is a
    /// case or a draft.
    pub async fn busy(
        &self,
        tenant: &str,
        range: Range<'_>,
        holder: Uuid,
        now: Millis,
    ) -> Result<Busy, StoreError> {
        let mut db = self.reader().await?;
        let Range { calendar, from, to } = range;
        let units = all!(
            &mut db,
            (String, i64, i64),
            BUSY,
            tenant,
            calendar,
            from,
            to,
            holder,
            now
        )?;
        let closures = all!(&mut db, ClosureRow, CLOSURES, tenant, calendar, from, to)?;
        Ok(Busy {
            units: units.into_iter().collect(),
            closures: closures
                .into_iter()
                .map(|row| closure(calendar, row).closure)
                .collect(),
        })
    }

    /// Holds a slot for a draft until `until`, in place of what it held.
    /// [`StoreError::SlotTaken`] when somebody else has it; the draft then
    /// holds what it held before.
    pub async fn hold_slot(
        &self,
        tenant: &str,
        calendar: &str,
        slot: &Slot,
        draft: Uuid,
        now: Millis,
        until: Millis,
    ) -> Result<(), StoreError> {
        retry(|| async {
            let mut tx = self.begin().await?;
            run!(&mut tx, FREE_UNITS, tenant, draft)?;
            let hold = Hold {
                holder: draft,
                until: Some(until),
                now,
            };
            let desk = Desk {
                calendar,
                room: &slot.room,
                desk: slot.desk,
            };
            take(&mut tx, tenant, desk, slot.units(), hold).await?;
            tx.commit().await
        })
        .await
    }

    /// Gives back what a draft holds.
    pub async fn release_hold(&self, tenant: &str, draft: Uuid) -> Result<(), StoreError> {
        retry(|| async {
            let mut tx = self.begin().await?;
            run!(&mut tx, FREE_UNITS, tenant, draft)?;
            tx.commit().await
        })
        .await
    }

    /// Forgets holds that have ended, at most `most`; how many.
    pub async fn sweep_holds(&self, now: Millis, most: u32) -> Result<i64, StoreError> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let gone = run!(&mut tx, SWEEP_HELD, now, i64::from(most))?;
            tx.commit().await?;
            Ok(count(gone))
        })
        .await
    }

    /// The cases with an appointment in a time, in its order; the first 1000.
    pub async fn appointments(
        &self,
        tenant: &str,
        range: Range<'_>,
    ) -> Result<Vec<Case>, StoreError> {
        let mut db = self.reader().await?;
        let Range { calendar, from, to } = range;
        let rows = all!(
            &mut db,
            cases::Row,
            APPOINTMENTS,
            tenant,
            calendar,
            from,
            to
        )?;
        rows.into_iter().map(cases::read).collect()
    }

    /// What is blocked off in a time.
    pub async fn closures(
        &self,
        tenant: &str,
        range: Range<'_>,
    ) -> Result<Vec<CalendarClosure>, StoreError> {
        let mut db = self.reader().await?;
        let Range { calendar, from, to } = range;
        let rows = all!(&mut db, ClosureRow, CLOSURES, tenant, calendar, from, to)?;
        Ok(rows.into_iter().map(|row| closure(calendar, row)).collect())
    }

    /// Blocks a time off. Appointments that lie in it stay; see
    /// [`Store::appointments`].
    pub async fn close_time(
        &self,
        tenant: &str,
        closed: &CalendarClosure,
        now: Millis,
    ) -> Result<(), StoreError> {
        let Closure { room, from, to } = &closed.closure;
        if to <= from || to - from > LONGEST_CLOSURE {
            return Err(StoreError::Malformed(
                "a closure has a length of at most 400 days",
            ));
        }
        retry(|| async {
            let mut tx = self.begin().await?;
            run!(
                &mut tx,
                CLOSE,
                tenant,
                closed.id,
                closed.calendar.as_str(),
                room.as_deref().unwrap_or(""),
                *from,
                *to,
                closed.reason.as_str(),
                closed.created_by.as_str(),
                now
            )?;
            tx.commit().await
        })
        .await
    }

    /// Opens a time again that was blocked off.
    pub async fn reopen_time(
        &self,
        tenant: &str,
        calendar: &str,
        id: Uuid,
    ) -> Result<(), StoreError> {
        retry(|| async {
            let mut tx = self.begin().await?;
            run!(&mut tx, REOPEN, tenant, id, calendar)?;
            tx.commit().await
        })
        .await
    }
}

fn closure(
    calendar: &str,
    (id, room, from, to, reason, created_by): ClosureRow,
) -> CalendarClosure {
    CalendarClosure {
        id,
        calendar: calendar.to_owned(),
        closure: Closure {
            room: (!room.is_empty()).then_some(room),
            from,
            to,
        },
        reason,
        created_by,
    }
}

#[derive(Clone, Copy)]
struct Desk<'a> {
    calendar: &'a str,
    room: &'a str,
    desk: i64,
}

#[derive(Clone, Copy)]
struct Hold {
    holder: Uuid,
    until: Option<Millis>,
    now: Millis,
}

/// Takes units of a desk, all of them or none: the caller drops the
/// transaction when this fails.
async fn take(
    tx: &mut Tx,
    tenant: &str,
    Desk {
        calendar,
        room,
        desk,
    }: Desk<'_>,
    units: impl Iterator<Item = Millis>,
    Hold { holder, until, now }: Hold,
) -> Result<(), StoreError> {
    for unit in units {
        let taken = run!(
            tx, TAKE_UNIT, tenant, calendar, unit, room, desk, holder, until, now
        )?;
        if taken == 0 {
            return Err(StoreError::SlotTaken {
                calendar: calendar.to_owned(),
            });
        }
    }
    Ok(())
}

/// Applies what a step says of the appointment of its case.
pub(crate) async fn apply(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    draft: Option<Uuid>,
    now: Millis,
    claims: &[Claim],
) -> Result<(), StoreError> {
    if let Some(draft) = draft {
        run!(tx, FREE_UNITS, tenant, draft)?;
    }
    for claim in claims {
        match claim {
            Claim::Slot {
                appointment,
                busy_until,
            } => {
                run!(tx, FREE_UNITS, tenant, case_id)?;
                refuse_closed(tx, tenant, appointment).await?;
                let first = appointment.starts_at.div_euclid(UNIT) * UNIT;
                let units = (0..)
                    .map(|n| first + n * UNIT)
                    .take_while(|at| at < busy_until);
                let hold = Hold {
                    holder: case_id,
                    until: None,
                    now,
                };
                let desk = Desk {
                    calendar: &appointment.calendar,
                    room: &appointment.room,
                    desk: appointment.desk,
                };
                take(tx, tenant, desk, units, hold).await?;
                keep(tx, tenant, case_id, appointment).await?;
            }
            Claim::Appointment { appointment } => {
                if appointment.state == AppointmentState::Released {
                    run!(tx, FREE_UNITS, tenant, case_id)?;
                }
                keep(tx, tenant, case_id, appointment).await?;
            }
            Claim::Take { .. } | Claim::Release { .. } | Claim::Wait { .. } => {}
        }
    }
    Ok(())
}

async fn refuse_closed(
    tx: &mut Tx,
    tenant: &str,
    appointment: &Appointment,
) -> Result<(), StoreError> {
    let calendar = appointment.calendar.as_str();
    let closed = optional!(
        tx,
        (Uuid,),
        CLOSED,
        tenant,
        calendar,
        appointment.room.as_str(),
        appointment.starts_at,
        appointment.ends_at
    )?;
    match closed {
        None => Ok(()),
        Some(_) => Err(StoreError::SlotTaken {
            calendar: calendar.to_owned(),
        }),
    }
}

async fn keep(
    tx: &mut Tx,
    tenant: &str,
    case_id: Uuid,
    appointment: &Appointment,
) -> Result<(), StoreError> {
    run!(
        tx,
        KEEP_APPOINTMENT,
        tenant,
        case_id,
        appointment.calendar.as_str(),
        appointment.room.as_str(),
        appointment.desk,
        appointment.starts_at,
        appointment.ends_at,
        appointment.state.word()
    )?;
    Ok(())
}
