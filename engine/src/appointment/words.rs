//! Appointments in words.

use jiff::civil::{DateTime, Time, Weekday};

use crate::form::date_text;
use crate::text::Language;

/// A moment, such as "Dienstag, 1. Dezember 2026, 9:15 Uhr".
pub fn moment_text(at: DateTime, language: Language) -> String {
    let day = weekday(at.date().weekday(), language);
    let date = date_text(at.date(), language);
    format!("{day}, {date}, {}", time_text(at.time(), language))
}

/// A time of day, such as "9:15 Uhr" or "9:15 am".
pub fn time_text(time: Time, language: Language) -> String {
    let (hour, minute) = (time.hour(), time.minute());
    match language {
        Language::De => format!("{hour}:{minute:02} Uhr"),
        Language::En => {
            let half = if hour < 12 { "am" } else { "pm" };
            let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
            format!("{hour}:{minute:02} {half}")
        }
    }
}

fn weekday(day: Weekday, language: Language) -> &'static str {
    let names = match language {
        Language::De => [
            "Montag",
            "Dienstag",
            "Mittwoch",
            "Donnerstag",
            "Freitag",
            "Samstag",
            "Sonntag",
        ],
        Language::En => [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ],
    };
    let index = usize::try_from(day.to_monday_zero_offset()).unwrap_or(0);
    names.get(index).copied().unwrap_or("")
}
