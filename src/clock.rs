//! The one place that asks for the time: the system's clock, or one that
//! stands still until it is moved, for rehearsals and tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use engine::case::Millis;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that shows what it was set to, in milliseconds.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant.
    pub fn standing_at(now: Millis) -> Clock {
        Clock::Set(Arc::new(AtomicI64::new(now)))
    }

    /// Milliseconds since 1970; cut here, once, so that every database keeps the same instant.
    pub fn now(&self) -> Millis {
        match self {
            Clock::System => Timestamp::now().as_millisecond(),
            Clock::Set(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a set clock forward; the system's clock cannot be moved.
    pub fn advance(&self, by: Millis) {
        if let Clock::Set(now) = self {
            now.fetch_add(by, Ordering::SeqCst);
        }
    }
}

/// The time zone of the law that deadlines follow.
pub fn city_zone() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC)
}

/// The local date and time of an instant in the city.
pub fn local(at: Millis) -> DateTime {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned_datetime(city_zone())
        .datetime()
}

/// The instant of a local date or date and time of the city, such as
/// `2027-01-01` (its first moment) or `2027-01-01T06:00`.
///
/// # Errors
/// When it is none, or when the clocks are changed in that hour.
pub fn instant(text: &str) -> Result<Millis, String> {
    let at: DateTime = match text.parse::<DateTime>() {
        Ok(at) => at,
        Err(_) => text.parse::<Date>().map(Date::into).map_err(|_| {
            format!("`{text}` is no date; write 2027-01-01 or 2027-01-01T06:00 (Europe/Berlin)")
        })?,
    };
    city_zone()
        .to_ambiguous_zoned_datetime(at)
        .unambiguous()
        .map(|at| at.timestamp().as_millisecond())
        .map_err(|_| format!("at {text} the clocks are changed; choose an hour that exists once"))
}

/// A local date and time as operators read it.
pub fn shown(at: Millis) -> String {
    local(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::{instant, shown};

    #[test]
    fn moments_are_those_of_the_city() {
        let new_year = instant("2027-01-01").expect("a date");
        assert_eq!(shown(new_year), "2027-01-01 00:00:00");
        assert_eq!(new_year, 1_798_758_000_000);
        let summer = instant("2027-07-01T06:30").expect("a moment");
        assert_eq!(shown(summer), "2027-07-01 06:30:00");
        assert!(instant("1.1.2027").is_err_and(|text| text.contains("2027-01-01")));
        // Clocks go forward on 28 March and back on 31 October 2027.
        for text in ["2027-03-28T02:30", "2027-10-31T02:30"] {
            assert!(
                instant(text).is_err_and(|told| told.contains("clocks")),
                "{text}"
            );
        }
    }
}
