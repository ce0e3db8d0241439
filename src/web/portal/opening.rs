//! Whether a department is open now, in words.

use engine::catalogue::Department;
use engine::hours::{Opening, opening};
use engine::text::Language;
use jiff::civil::{DateTime, Time, Weekday};

use crate::web::format;
use crate::web::site::Site;

/// Whether a department is open at a local moment; `None` where nothing is known.
pub fn said(
    site: &Site,
    department: &Department,
    at: DateTime,
    language: Language,
) -> Option<String> {
    match opening(department, at) {
        Opening::Open(until) => Some(site.say(
            language,
            "opening.open",
            &[("until", clock(until, language))],
        )),
        Opening::Closed(day, from) => {
            let days = day.since(at.date()).map_or(99, |span| span.get_days());
            let when = match days {
                0 => site.say(language, "opening.today", &[]),
                1 => site.say(language, "opening.tomorrow", &[]),
                2..7 => site.say(language, &format!("day.{}", key(day.weekday())), &[]),
                _ => format::date(language, day),
            };
            Some(site.say(
                language,
                "opening.closed",
                &[("day", when), ("from", clock(from, language))],
            ))
        }
        Opening::Unknown => None,
    }
}

fn clock(time: Time, language: Language) -> String {
    let text = format!("{:02}:{:02}", time.hour(), time.minute());
    match language {
        Language::De => format!("{text} Uhr"),
        Language::En => text,
    }
}

fn key(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}
