//! The one place that asks for the time: the system's clock, or one that
//! stands still until it is moved, for rehearsals and tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use engine::case::Millis;
use jiff::Timestamp;
use jiff::civil::DateTime;
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
