//! The appointment a form leads to: its rules, and the wish that good answers
//! amount to.

use jiff::civil::DateTime;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value as Json};

use super::charge::Charge;
use super::check::{Finding, Findings};
use super::evaluate::Evaluation;
use super::fields::Compiler;
use super::messages::no_result;
use super::model::{AppointmentKindRule, AppointmentRules, FieldKind, Form, Level, Questions};
use super::paths;
use crate::appointment::{AppointmentWish, UNIT_MINUTES, parse};
use crate::catalogue::unknown;
use crate::feel::{Scope, Type, Value};
use crate::source::Fields;
use crate::workflow::calendar::instant;

/// Longest appointment, in minutes.
const LONGEST: i64 = 12 * 60;

impl Compiler<'_, '_, '_> {
    pub(super) fn appointment(
        &mut self,
        keys: &Fields<'_>,
        scope: &Scope,
    ) -> Option<AppointmentRules> {
        let fields = Fields::of(keys.get("appointment")?, "`appointment`", self.report)?;
        fields.need("calendar", self.report);
        let id = fields.text("calendar", self.report);
        let calendar = id.and_then(|id| match self.shared.calendars.get(&id) {
            Some((file, calendar)) => {
                self.shared.uses(*file);
                calendar.clone()
            }
            None => {
                let known: Vec<&str> = self.shared.calendars.keys().map(String::as_str).collect();
                let span = fields.get("calendar").map_or(fields.span, |node| node.span);
                let diagnostic = unknown("unknown-calendar", "calendar", &id, known, span);
                self.report.push(diagnostic);
                None
            }
        });
        let kind = fields.need("kind", self.report);
        let minutes = self.rule_at(&fields, "minutes", scope, &Type::Number);
        let room = self.rule_at(&fields, "room", scope, &Type::Text);
        let written = fields.text("kind", self.report);
        let fixed = written.filter(|kind| {
            calendar
                .as_ref()
                .is_none_or(|calendar| calendar.kind(kind).is_some())
        });
        let kind = match (fixed, kind) {
            (Some(kind), _) => Some(AppointmentKindRule::Fixed(kind)),
            (None, Some(node)) => self
                .rule(node, scope, &Type::Text)
                .map(AppointmentKindRule::Computed),
            (None, None) => None,
        };
        fields.finish("`appointment`", self.report);
        Some(AppointmentRules {
            calendar: calendar?,
            kind: kind?,
            room,
            minutes,
        })
    }
}

impl Questions {
    /// The path of the question that is answered by a free slot.
    pub fn slot_path(&self) -> Option<String> {
        let fields = self.all_fields();
        let slot = fields
            .into_iter()
            .find(|field| matches!(field.kind, FieldKind::Slot));
        slot.map(|field| field.path.clone())
    }
}

impl Form {
    /// Whether a slot is chosen with the form.
    pub fn asks_slot(&self) -> bool {
        self.questions.slot_path().is_some()
    }

    /// The appointment answers ask for so far, also while they are typed;
    /// nothing as long as its kind is open.
    pub fn appointment_wish(
        &self,
        evaluation: &Evaluation<'_>,
        answers: &Map<String, Json>,
    ) -> Option<AppointmentWish> {
        let rules = self.appointment.as_ref()?;
        let kind = match &rules.kind {
            AppointmentKindRule::Fixed(kind) => kind.clone(),
            AppointmentKindRule::Computed(rule) => match evaluation.value(rule, "") {
                Value::Text(text) => text.as_ref().to_owned(),
                _ => return None,
            },
        };
        let room = match &rules.room {
            None => None,
            Some(rule) => match evaluation.value(rule, "") {
                Value::Text(text) => Some(text.as_ref().to_owned()),
                _ => return None,
            },
        };
        let of_kind = rules.calendar.kind(&kind)?.minutes;
        let minutes = match &rules.minutes {
            None => of_kind,
            Some(rule) => match evaluation.value(rule, "") {
                Value::Number(number) => number.to_i64()?,
                _ => of_kind,
            },
        };
        // Upwards to the raster: too long is better than too short.
        let minutes = minutes.clamp(UNIT_MINUTES, LONGEST) + UNIT_MINUTES - 1;
        let slot = self.questions.slot_path();
        let chosen = slot.and_then(|path| paths::get(answers, &path)?.as_str().map(str::to_owned));
        Some(AppointmentWish {
            calendar: rules.calendar.id.clone(),
            kind,
            room,
            minutes: minutes / UNIT_MINUTES * UNIT_MINUTES,
            chosen: chosen.filter(|chosen| !chosen.is_empty()),
        })
    }
}

impl Charge<'_, '_> {
    pub(super) fn appointment(
        &self,
        now: DateTime,
        findings: &mut Findings,
    ) -> Option<AppointmentWish> {
        let rules = self.form.appointment.as_ref()?;
        let answers = self.evaluation.visible_answers();
        let finding = |path: String, code: &str, message| Finding {
            path,
            code: code.to_owned(),
            severity: Level::Error,
            message,
        };
        let Some(wish) = self.form.appointment_wish(self.evaluation, &answers) else {
            let message = no_result("Die Art des Termins", "The kind of appointment");
            let finding = finding(String::new(), "appointment-unknown", message);
            findings.0.push(finding);
            return None;
        };
        let start = wish.chosen.as_deref().and_then(parse);
        if let (Some(start), Ok(now)) = (start, instant(now))
            && let Err(problem) = rules.calendar.offers(&wish, start, now, false)
        {
            let path = self.form.questions.slot_path().unwrap_or_default();
            findings.0.push(finding(path, "slot", problem.text()));
        }
        Some(wish)
    }
}
