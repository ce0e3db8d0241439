//! Opening hours: what a designer writes for a day as times, and whether a
//! department is open at a moment. On public holidays everything is closed.

use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::catalogue::Department;
use crate::workflow::calendar::is_holiday;

/// Days looked ahead for the next opening.
const AHEAD: usize = 21;

/// Whether a department can be visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Open until the time.
    Open(Time),
    /// Closed until the day and time.
    Closed(Date, Time),
    /// Closed, and it is not known when it opens.
    Unknown,
}

/// The times of `08:00-12:00, 14:00-16:00`; `None` where it cannot be read,
/// where a time ends before it begins, or where they are not in order.
pub fn times(text: &str) -> Option<Vec<(Time, Time)>> {
    let mut all: Vec<(Time, Time)> = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.trim().split_once(['-', '–'])?;
        let (from, to) = (time(from.trim())?, time(to.trim())?);
        if to <= from || all.last().is_some_and(|(_, before)| from < *before) {
            return None;
        }
        all.push((from, to));
    }
    (!all.is_empty()).then_some(all)
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    if hour.is_empty() || hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// Whether a department is open at a local moment, and until or from when.
pub fn opening(department: &Department, at: DateTime) -> Opening {
    let today = on(department, at.date());
    if let Some((_, to)) = today
        .iter()
        .find(|(from, to)| (*from..*to).contains(&at.time()))
    {
        return Opening::Open(*to);
    }
    if let Some((from, _)) = today.iter().find(|(from, _)| *from > at.time()) {
        return Opening::Closed(at.date(), *from);
    }
    let mut day = at.date();
    for _ in 0..AHEAD {
        let Ok(next) = day.tomorrow() else { break };
        day = next;
        if let Some((from, _)) = on(department, day).first() {
            return Opening::Closed(day, *from);
        }
    }
    Opening::Unknown
}

/// The times of a day.
fn on(department: &Department, date: Date) -> Vec<(Time, Time)> {
    if is_holiday(date) {
        return Vec::new();
    }
    let key = match date.weekday() {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    };
    let day = department.opening_hours.iter().find(|(day, _)| *day == key);
    day.and_then(|(_, text)| times(text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> Department {
        Department {
            opening_hours: vec![
                ("mon", "07:30-12:30, 14:00-16:00".to_owned()),
                ("fri", "8:00–12:00".to_owned()),
            ],
            ..Department::default()
        }
    }

    #[test]
    fn open_now_and_next() {
        let cases = [
            // Monday 23 November 2026
            ("2026-11-23T07:29", "Closed(2026-11-23, 07:30:00)"),
            ("2026-11-23T07:30", "Open(12:30:00)"),
            ("2026-11-23T12:30", "Closed(2026-11-23, 14:00:00)"),
            ("2026-11-23T15:59", "Open(16:00:00)"),
            ("2026-11-23T16:00", "Closed(2026-11-27, 08:00:00)"),
            ("2026-11-28T10:00", "Closed(2026-11-30, 07:30:00)"),
            // Friday 25 December 2026 is a holiday, so are New Year and Good Friday 2027.
            ("2026-12-25T09:00", "Closed(2026-12-28, 07:30:00)"),
            ("2026-12-28T16:00", "Closed(2027-01-04, 07:30:00)"),
            ("2027-03-26T09:00", "Closed(2027-04-02, 08:00:00)"),
        ];
        for (at, expected) in cases {
            let found = opening(&office(), at.parse().unwrap());
            assert_eq!(format!("{found:?}"), expected, "{at}");
        }
        assert_eq!(
            opening(&Department::default(), "2026-11-23T09:00".parse().unwrap()),
            Opening::Unknown
        );
    }

    #[test]
    fn times_that_cannot_be_read() {
        for text in [
            "",
            "08:00",
            "12:00-08:00",
            "08:00-12:00, 11:00-13:00",
            "8-12",
            "nach Vereinbarung",
            "25:00-26:00",
        ] {
            assert_eq!(times(text), None, "{text}");
        }
    }
}
