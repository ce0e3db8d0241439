//! Free slots as a question shows them: a week by days, with ways to the
//! weeks before and after.

use engine::appointment::{AppointmentWish, Calendar, moment_text, time_text};
use engine::form::Page;
use engine::text::Language;
use jiff::civil::Date;
use serde::Serialize;

use super::citizen::fields::html_id;
use super::citizen::view::{FieldView, OptionView};
use super::frame::Said;
use super::site::Site;
use crate::desk::drafts::Draft;
use crate::desk::slots::SlotWeek;
use crate::desk::{DeskError, Open};

/// What a question for a slot shows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SlotsView {
    /// Days with free slots.
    pub days: Vec<SlotDay>,
    /// Whether other answers have to say first what the appointment is for.
    pub unknown: bool,
    /// The week before.
    pub earlier: Option<WeekLink>,
    /// The week after.
    pub later: Option<WeekLink>,
    /// What was chosen, where it is on another week or gone.
    pub chosen: Option<String>,
}

/// A day of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SlotDay {
    /// The day in words.
    pub heading: String,
    /// Its free slots.
    pub options: Vec<OptionView>,
}

/// A way to another week: an address, or the value of a button that keeps
/// what was typed.
#[derive(Clone, Debug, Serialize)]
pub struct WeekLink {
    /// Address.
    pub href: Option<String>,
    /// Value of the button.
    pub button: Option<String>,
}

/// The slots for the question of a page of a draft, if it has one.
///
/// # Errors
/// When the database does.
pub async fn for_draft(
    site: &Site,
    draft: &Draft,
    page: &Page,
    week: Option<Date>,
) -> Result<Option<SlotsView>, DeskError> {
    let form = &draft.service.form;
    let Some(rules) = &form.appointment else {
        return Ok(None);
    };
    let path = form.questions.slot_path();
    let here = path.and_then(|path| form.questions.page_of(&path));
    if here.is_none_or(|here| here.id != page.id) {
        return Ok(None);
    }
    let wish = form.appointment_wish(&site.desk.evaluation(draft), &draft.stored.answers);
    let Some(wish) = wish else {
        return Ok(Some(SlotsView {
            unknown: true,
            ..SlotsView::default()
        }));
    };
    let chosen = wish.chosen.as_deref().and_then(engine::appointment::parse);
    let week = week.or(chosen.map(|at| at.date()));
    let found = site
        .desk
        .slot_week(&rules.calendar, &wish, draft.stored.id, week, false)
        .await?;
    let link = |day: Date| WeekLink {
        href: None,
        button: Some(format!("slots:{day}")),
    };
    Ok(Some(view(&found, &wish, draft.stored.language, link)))
}

/// The slots for a question of an action of a case.
///
/// # Errors
/// When the database does.
pub async fn for_case(
    site: &Site,
    open: &Open,
    language: Language,
    week: Option<Date>,
    staff: bool,
    address: &str,
) -> Result<Option<SlotsView>, DeskError> {
    let Some((calendar, wish)) = of_case(open) else {
        return Ok(None);
    };
    let found = site
        .desk
        .slot_week(calendar, &wish, open.case.id, week, staff)
        .await?;
    let sign = if address.contains('?') { '&' } else { '?' };
    let link = |day: Date| WeekLink {
        href: Some(format!("{address}{sign}week={day}")),
        button: None,
    };
    Ok(Some(view(&found, &wish, language, link)))
}

fn of_case(open: &Open) -> Option<(&Calendar, AppointmentWish)> {
    let rules = open.service.form.appointment.as_ref()?;
    let wish = open.submission.appointment.clone()?;
    Some((
        &rules.calendar,
        AppointmentWish {
            chosen: None,
            ..wish
        },
    ))
}

fn view(
    week: &SlotWeek,
    wish: &AppointmentWish,
    language: Language,
    link: impl Fn(Date) -> WeekLink,
) -> SlotsView {
    let days = week.days.iter().filter(|day| !day.starts.is_empty());
    let shown = |day: &engine::appointment::Day| SlotDay {
        heading: day_text(day.date, language),
        options: day
            .starts
            .iter()
            .map(|start| OptionView {
                id: String::new(),
                value: start.strftime("%Y-%m-%dT%H:%M").to_string(),
                label: Said::plain(time_text(start.time(), language)),
                chosen: false,
            })
            .collect(),
    };
    let chosen = wish.chosen.as_deref().and_then(engine::appointment::parse);
    let elsewhere = chosen.filter(|at| !week.days.iter().any(|day| day.starts.contains(at)));
    SlotsView {
        days: days.map(shown).collect(),
        unknown: false,
        earlier: week.earlier.map(&link),
        later: week.later.map(&link),
        chosen: elsewhere.map(|at| moment_text(at, language)),
    }
}

/// A day such as "Dienstag, 1. Dezember 2026".
pub fn day_text(day: Date, language: Language) -> String {
    let text = moment_text(day.at(0, 0, 0, 0), language);
    text.rsplit_once(", ")
        .map_or(text.clone(), |(day, _)| day.to_owned())
}

/// Puts the slots into their question, with ids and what is chosen.
pub fn place(field: &mut FieldView, slots: Option<&SlotsView>, prefix: &str) {
    field.template = "field/slots";
    let mut slots = slots.cloned().unwrap_or_default();
    let id = html_id(prefix, &field.name);
    let options = slots.days.iter_mut().flat_map(|day| &mut day.options);
    for (number, option) in options.enumerate() {
        // The first has the id of the question, so that links lead to it.
        option.id = match number {
            0 => id.clone(),
            number => format!("{id}-{number}"),
        };
        option.chosen = option.value == field.value;
    }
    field.slots = Some(slots);
}

/// What `week=` in an address asks for.
pub fn week(text: &str) -> Option<Date> {
    text.parse().ok()
}
