//! Free slots: shown by week, held while a form is filled in, and told in
//! plain words when somebody else was faster.

use std::sync::Arc;

use engine::appointment::{AppointmentWish, Busy, Calendar, Day, SlotProblem, moment_text, parse};
use engine::case::Refusal;
use engine::form::{Finding, Level, Page, Questions};
use engine::text::{Language, Text};
use engine::workflow::StepError;
use engine::workflow::calendar::instant;
use jiff::Span;
use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value as Json};
use store::{Range, StoreError};
use uuid::Uuid;

use super::drafts::Draft;
use super::{Desk, DeskError, Open};
use crate::clock;

/// Weeks looked through for the first free slot.
const MOST_WEEKS: usize = 30;
/// How often a hold is tried anew when somebody was faster at a desk.
const MOST_TRIES: usize = 10;
/// Longest appointment with its buffer: what is read around a moment.
const AROUND: i64 = 36 * 3_600_000;
/// How many free slots are named when one is gone.
const NEAREST: usize = 3;

/// A week of a calendar.
pub struct SlotWeek {
    /// Its days with what is free.
    pub days: Vec<Day>,
    /// The Monday of the week before, where there may be something.
    pub earlier: Option<Date>,
    /// The Monday of the week after.
    pub later: Option<Date>,
}

impl SlotWeek {
    /// The free begins nearest to a moment, in their order.
    fn nearest(&self, to: DateTime) -> Vec<DateTime> {
        let mut starts: Vec<DateTime> = self
            .days
            .iter()
            .flat_map(|day| day.starts.iter().copied())
            .collect();
        let distance = |at: &DateTime| {
            let apart = instant(*at).ok().zip(instant(to).ok());
            apart.map_or(i64::MAX, |(one, other)| (one - other).abs())
        };
        starts.sort_by_key(distance);
        starts.truncate(NEAREST);
        starts.sort_unstable();
        starts
    }
}

/// A calendar with what is taken in it, read for a step.
pub(super) struct KnownSlots {
    pub(super) calendar: Arc<Calendar>,
    pub(super) busy: Busy,
}

impl Desk {
    /// What is taken around moments, as far as others than `holder` go.
    async fn busy_around(
        &self,
        calendar: &Calendar,
        moments: &[DateTime],
        holder: Uuid,
    ) -> Result<Busy, DeskError> {
        let mut busy = Busy::default();
        for moment in moments {
            let Ok(at) = instant(*moment) else { continue };
            let range = Range {
                calendar: &calendar.id,
                from: at - AROUND,
                to: at + AROUND,
            };
            let now = self.clock.now();
            let more = self.store.busy(self.tenant(), range, holder, now).await?;
            busy.units.extend(more.units);
            busy.closures.extend(more.closures);
        }
        Ok(busy)
    }

    /// The calendar for a step that may take one of the slots named in what
    /// was chosen or typed.
    pub(super) async fn known_slots(
        &self,
        calendar: Option<&Arc<Calendar>>,
        wish: Option<&AppointmentWish>,
        payload: &Map<String, Json>,
        holder: Uuid,
    ) -> Result<Option<KnownSlots>, DeskError> {
        let Some(calendar) = calendar else {
            return Ok(None);
        };
        let typed = payload.values().filter_map(Json::as_str);
        let chosen = wish.and_then(|wish| wish.chosen.as_deref());
        let moments: Vec<DateTime> = typed.chain(chosen).filter_map(parse).collect();
        Ok(Some(KnownSlots {
            calendar: Arc::clone(calendar),
            busy: self.busy_around(calendar, &moments, holder).await?,
        }))
    }

    /// A week with what is free for a wish: the one asked for, or the first
    /// with a free slot.
    ///
    /// # Errors
    /// When the database does.
    pub async fn slot_week(
        &self,
        calendar: &Calendar,
        wish: &AppointmentWish,
        holder: Uuid,
        week: Option<Date>,
        staff: bool,
    ) -> Result<SlotWeek, DeskError> {
        let now = self.clock.now();
        let today = clock::local(now).date();
        let last = match staff {
            true => today.checked_add(Span::new().days(366)).ok(),
            false => calendar.last_day(now),
        };
        let last = last.unwrap_or(today);
        let asked =
            week.filter(|week| (today..=last).contains(week) || monday(*week) == monday(today));
        let mut from = monday(asked.unwrap_or(today));
        for _ in 0..MOST_WEEKS {
            let days = self
                .slots_of_week(calendar, wish, holder, from, staff)
                .await?;
            let next = from.checked_add(Span::new().days(7)).unwrap_or(from);
            let empty = days.iter().all(|day| day.starts.is_empty());
            if asked.is_some() || !empty || next > last || next == from {
                let before = from.checked_sub(Span::new().days(7)).ok();
                return Ok(SlotWeek {
                    days,
                    earlier: before.filter(|before| *before >= monday(today)),
                    later: (next <= last).then_some(next),
                });
            }
            from = next;
        }
        Ok(SlotWeek {
            days: Vec::new(),
            earlier: None,
            later: None,
        })
    }

    async fn slots_of_week(
        &self,
        calendar: &Calendar,
        wish: &AppointmentWish,
        holder: Uuid,
        from: Date,
        staff: bool,
    ) -> Result<Vec<Day>, DeskError> {
        let now = self.clock.now();
        let Ok(begin) = instant(from.to_datetime(jiff::civil::Time::midnight())) else {
            return Ok(Vec::new());
        };
        let range = Range {
            calendar: &calendar.id,
            from: begin,
            to: begin + 8 * 24 * 3_600_000,
        };
        let busy = self.store.busy(self.tenant(), range, holder, now).await?;
        Ok(calendar.free(wish, from, 7, now, staff, &busy))
    }

    /// Holds the slot chosen in a draft, or gives back what it held. What is
    /// wrong with the choice is the finding.
    pub(super) async fn keep_hold(&self, draft: &Draft) -> Result<Option<Finding>, DeskError> {
        let form = &draft.service.form;
        let (Some(rules), Some(path)) = (&form.appointment, form.questions.slot_path()) else {
            return Ok(None);
        };
        let id = draft.stored.id;
        let wish = form.appointment_wish(&self.evaluation(draft), &draft.stored.answers);
        let chosen = wish
            .as_ref()
            .and_then(|wish| parse(wish.chosen.as_deref()?));
        let (Some(wish), Some(start)) = (wish, chosen) else {
            self.store.release_hold(self.tenant(), id).await?;
            return Ok(None);
        };
        let calendar = &rules.calendar;
        for _ in 0..MOST_TRIES {
            let now = self.clock.now();
            let busy = self.busy_around(calendar, &[start], id).await?;
            let slot = match calendar.place(&wish, start, now, false, &busy) {
                Ok(slot) => slot,
                Err(problem) => {
                    self.store.release_hold(self.tenant(), id).await?;
                    let finding = self
                        .slot_gone(calendar, &wish, id, start, problem, path)
                        .await?;
                    return Ok(Some(finding));
                }
            };
            let until = now + calendar.booking.hold_minutes * 60_000;
            let held = self
                .store
                .hold_slot(self.tenant(), &calendar.id, &slot, id, now, until)
                .await;
            match held {
                Ok(()) => return Ok(None),
                Err(StoreError::SlotTaken { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let problem = SlotProblem::Taken;
        let finding = self
            .slot_gone(calendar, &wish, id, start, problem, path)
            .await?;
        Ok(Some(finding))
    }

    /// What is wrong with the slot chosen on a page of a draft.
    ///
    /// # Errors
    /// When the database does.
    pub async fn slot_finding(
        &self,
        draft: &Draft,
        page: &Page,
    ) -> Result<Option<Finding>, DeskError> {
        let questions = &draft.service.form.questions;
        let path = questions.slot_path();
        let here = path.and_then(|path| questions.page_of(&path));
        if here.is_none_or(|here| here.id != page.id) {
            return Ok(None);
        }
        self.keep_hold(draft).await
    }

    /// Why a slot cannot be had, with the nearest that are free.
    pub(super) async fn slot_gone(
        &self,
        calendar: &Calendar,
        wish: &AppointmentWish,
        holder: Uuid,
        start: DateTime,
        problem: SlotProblem,
        path: String,
    ) -> Result<Finding, DeskError> {
        let mut message = problem.text();
        let week = self
            .slot_week(calendar, wish, holder, Some(start.date()), false)
            .await?;
        let near = week.nearest(start);
        if !near.is_empty() {
            let list = |language: Language| {
                let words = near.iter().map(|at| moment_text(*at, language));
                words.collect::<Vec<_>>().join("; ")
            };
            message = Text::both(
                format!(
                    "{} In der Nähe sind frei: {}.",
                    message.get(Language::De),
                    list(Language::De)
                ),
                format!(
                    "{} Free nearby: {}.",
                    message.get(Language::En),
                    list(Language::En)
                ),
            );
        }
        Ok(slot_finding(path, message))
    }

    /// A refusal for want of the slot, as a finding at its question.
    pub(super) async fn slot_refusal(
        &self,
        open: &Open,
        questions: Option<&Questions>,
        payload: &Map<String, Json>,
        error: DeskError,
    ) -> DeskError {
        let DeskError::Refused(Refusal::Broken(StepError::Slot(problem))) = &error else {
            return error;
        };
        let path = questions.and_then(Questions::slot_path);
        let start = payload.values().filter_map(Json::as_str).find_map(parse);
        let rules = open.service.form.appointment.as_ref();
        let wish = open.submission.appointment.as_ref();
        let (Some(path), Some(start), Some(rules), Some(wish)) = (path, start, rules, wish) else {
            return error;
        };
        let told = self
            .slot_gone(&rules.calendar, wish, open.case.id, start, *problem, path)
            .await;
        match told {
            Ok(finding) => DeskError::Findings(engine::form::Findings(vec![finding])),
            Err(error) => error,
        }
    }
}

/// A finding at the question for a slot.
pub(super) fn slot_finding(path: String, message: Text) -> Finding {
    Finding {
        path,
        code: "slot".to_owned(),
        severity: Level::Error,
        message,
    }
}

/// The Monday of the week of a day.
pub fn monday(day: Date) -> Date {
    let back = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(Span::new().days(back)).unwrap_or(day)
}
