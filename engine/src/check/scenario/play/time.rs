//! The virtual clock: time passes, and timers that fall due fire in their order.

use jiff::Span;

use super::player::{MOST_TIMERS, Player, What, timer_id};
use crate::case::{Actor, Millis, fire_timer};
use crate::check::scenario::Passing;
use crate::workflow::{SYSTEM, calendar};

impl Player<'_> {
    /// Lets time pass.
    pub(in crate::check::scenario) fn pass(&mut self, time: &Passing) -> Result<(), String> {
        match time {
            Passing::Timer(id) => self.wait_for(id),
            Passing::To(moment) => {
                let until = calendar::instant(*moment).map_err(|error| error.to_string())?;
                self.advance(until)
            }
            Passing::For {
                days,
                working_days,
                hours,
            } => {
                let local = calendar::local(self.now).map_err(|error| error.to_string())?;
                let mut later = local
                    .checked_add(Span::new().try_days(*days).map_err(|e| e.to_string())?)
                    .map_err(|error| error.to_string())?;
                for _ in 0..*working_days {
                    let next = later.date().tomorrow().map_err(|error| error.to_string())?;
                    let next =
                        calendar::next_working_day(next).map_err(|error| error.to_string())?;
                    later = next.to_datetime(later.time());
                }
                let until = calendar::instant(later).map_err(|error| error.to_string())?;
                self.advance(until.saturating_add(hours.saturating_mul(3_600_000)))
            }
        }
    }

    fn advance(&mut self, until: Millis) -> Result<(), String> {
        if until < self.now {
            return Err("time cannot pass backwards".to_owned());
        }
        for _ in 0..MOST_TIMERS {
            match self.next_timer() {
                Some((key, due)) if due <= until => self.fire(&key, due)?,
                _ => {
                    self.now = until;
                    return Ok(());
                }
            }
        }
        Err("timers never come to rest".to_owned())
    }

    fn wait_for(&mut self, id: &str) -> Result<(), String> {
        let middle = format!("/{id}/");
        let mine = self.timers.iter().filter(|(key, _)| key.contains(&middle));
        let Some((wanted, _)) = mine.min_by_key(|(_, due)| **due) else {
            let running: Vec<&str> = self.timers.keys().map(|key| timer_id(key)).collect();
            let running = if running.is_empty() {
                "none".to_owned()
            } else {
                running.join(", ")
            };
            return Err(format!(
                "the timer `{id}` does not run here; running: {running}"
            ));
        };
        let wanted = wanted.clone();
        for _ in 0..MOST_TIMERS {
            let Some((key, due)) = self.next_timer() else {
                break;
            };
            self.fire(&key, due)?;
            if key == wanted {
                return Ok(());
            }
            if !self.timers.contains_key(&wanted) {
                return Err(format!(
                    "the timer `{id}` ended before it fired, through `{}`",
                    timer_id(&key)
                ));
            }
        }
        Err(format!("the timer `{id}` never fires"))
    }

    /// The timer that falls due next.
    pub(in crate::check::scenario) fn next_timer(&self) -> Option<(String, Millis)> {
        let next = self
            .timers
            .iter()
            .min_by_key(|(key, due)| (**due, key.as_str()));
        next.map(|(key, due)| (key.clone(), *due))
    }

    /// A timer falls due.
    pub(in crate::check::scenario) fn fire(
        &mut self,
        key: &str,
        due: Millis,
    ) -> Result<(), String> {
        self.now = self.now.max(due);
        self.timers.remove(key);
        let Some(case) = self.case.clone() else {
            return Ok(());
        };
        let (actor, roles) = (Actor::System, [SYSTEM.to_owned()]);
        let before = self.clone_for_coverage();
        let env = self.env(&actor, &roles, &[]);
        let workflow = &self.stage.service.workflow;
        let fired = fire_timer(workflow, &case, &self.submission, key, &env);
        let Some(decision) = fired.map_err(|error| error.to_string())? else {
            return Ok(());
        };
        if !self.places_fit(&decision) {
            return Err(format!(
                "the timer `{}` takes more places than are free",
                timer_id(key)
            ));
        }
        self.called(What::Timer(key.to_owned()));
        self.cover(&before, crate::workflow::Stimulus::Timer { key }, &roles);
        self.record(decision);
        Ok(())
    }
}
