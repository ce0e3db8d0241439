//! The business calendar: public holidays of North Rhine-Westphalia, working
//! days, periods after §§ 187 to 193 BGB and § 31 VwVfG, and the posting
//! fiction of § 41 VwVfG.
//!
//! Two rule sets are kept apart. Legal periods run through calendar days and
//! only their end moves off weekends and holidays; service deadlines count
//! working days. All day boundaries are those of Europe/Berlin, so a day of
//! the change of the clocks has 23 or 25 hours.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::case::Millis;

/// Why a calendar question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Outside of what dates and instants can express.
    #[error("the date lies outside the years the calendar knows; use a shorter period")]
    OutOfRange,
    /// The bundled time zone data lacks Europe/Berlin.
    #[error(
        "the time zone Europe/Berlin is missing from the program; build it with the bundled time zone data"
    )]
    NoTimeZone,
}

/// A length of time as laws and settings state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Hours, counted through (§ 31 Abs. 6 VwVfG).
    Hours(i64),
    /// Calendar days after the day of the event.
    Days(i64),
    /// Weeks: ends on the day of the same name (§ 188 Abs. 2 BGB).
    Weeks(i64),
    /// Months: ends on the day of the same number, else on the month's last (§ 188 Abs. 3 BGB).
    Months(i64),
    /// Working days after the day of the event.
    WorkingDays(i64),
}

/// The date of Easter Sunday after the Gregorian computus (Meeus, Jones, Butcher).
pub fn easter(year: i16) -> Result<Date, CalendarError> {
    let year = i32::from(year);
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let correction = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let sum = epact + weekday - 7 * late + 114;
    let day = |value: i32| i8::try_from(value).map_err(|_| CalendarError::OutOfRange);
    let year = i16::try_from(year).map_err(|_| CalendarError::OutOfRange)?;
    Date::new(year, day(sum / 31)?, day(sum % 31 + 1)?).map_err(|_| CalendarError::OutOfRange)
}

/// Whether a date is a public holiday in North Rhine-Westphalia (§ 2
/// Feiertagsgesetz NW). Easter and Whit Sunday are Sundays anyway; carnival
/// Monday, 24 and 31 December are none.
pub fn is_holiday(date: Date) -> bool {
    let fixed = matches!(
        (date.month(), date.day()),
        (1, 1) | (5, 1) | (10, 3) | (11, 1) | (12, 25) | (12, 26)
    );
    // The 500th year of the Reformation, once (Gesetz vom 25.06.2015).
    let once = (date.year(), date.month(), date.day()) == (2017, 10, 31);
    fixed || once || is_movable_holiday(date)
}

/// Good Friday, Easter Monday, Ascension, Whit Monday, Corpus Christi.
fn is_movable_holiday(date: Date) -> bool {
    easter(date.year())
        .ok()
        .and_then(|easter| date.since(easter).ok())
        .is_some_and(|span| matches!(span.get_days(), -2 | 1 | 39 | 50 | 60))
}

/// Whether offices work: Monday to Friday except public holidays.
pub fn is_working_day(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && !is_holiday(date)
}

/// The date itself if it is a working day, else the next one (§ 193 BGB, § 31
/// Abs. 3 VwVfG).
///
/// # Errors
/// At the end of the years a date can have.
pub fn next_working_day(mut date: Date) -> Result<Date, CalendarError> {
    while !is_working_day(date) {
        date = date.tomorrow().map_err(|_| CalendarError::OutOfRange)?;
    }
    Ok(date)
}

/// The last day of a period that an event on `event_day` starts: that day is
/// not counted (§ 187 Abs. 1 BGB). `None` for hours, which have no last day.
///
/// # Errors
/// Where the end cannot be expressed.
pub fn last_day(event_day: Date, period: Period) -> Result<Option<Date>, CalendarError> {
    let span = match period {
        Period::Hours(_) => return Ok(None),
        Period::WorkingDays(days) => return add_working_days(event_day, days).map(Some),
        Period::Days(days) => Span::new().try_days(days),
        Period::Weeks(weeks) => Span::new().try_weeks(weeks),
        Period::Months(months) => Span::new().try_months(months),
    };
    // jiff clamps to the last day of a shorter month, as § 188 Abs. 3 BGB wants.
    span.and_then(|span| event_day.checked_add(span))
        .map(Some)
        .map_err(|_| CalendarError::OutOfRange)
}

/// The `days`th working day after `date`; negative numbers count back.
fn add_working_days(mut date: Date, days: i64) -> Result<Date, CalendarError> {
    // More working days than a century has is a mistake, and slow to count.
    if days.unsigned_abs() > 30_000 {
        return Err(CalendarError::OutOfRange);
    }
    for _ in 0..days.unsigned_abs() {
        loop {
            let next = if days < 0 {
                date.yesterday()
            } else {
                date.tomorrow()
            };
            date = next.map_err(|_| CalendarError::OutOfRange)?;
            if is_working_day(date) {
                break;
            }
        }
    }
    Ok(date)
}

/// The day a letter or electronic notice sent on `posted` counts as announced:
/// the fourth day after it, the third for those sent before 2025 (§ 41 Abs. 2
/// VwVfG). It is a point in time and does not move off weekends by itself;
/// with `shift` it does, for those who follow the other reading.
///
/// # Errors
/// At the end of the years a date can have.
pub fn announced(posted: Date, shift: bool) -> Result<Date, CalendarError> {
    let days = if posted.year() >= 2025 { 4 } else { 3 };
    let day = posted
        .checked_add(Span::new().days(days))
        .map_err(|_| CalendarError::OutOfRange)?;
    if shift {
        next_working_day(day)
    } else {
        Ok(day)
    }
}

/// The instant a period ends that an event at `now` starts: hours later, or
/// 24:00 of its last day (§ 188 BGB), which with `roll` is a working day.
///
/// # Errors
/// Where the end cannot be expressed.
pub fn due(now: Millis, period: Period, roll: bool) -> Result<Millis, CalendarError> {
    match (period, last_day(local(now)?.date(), period)?) {
        (_, Some(day)) => end_of_day(if roll { next_working_day(day)? } else { day }),
        (Period::Hours(hours), None) => {
            let millis = hours
                .checked_mul(3_600_000)
                .and_then(|wait| now.checked_add(wait));
            millis.ok_or(CalendarError::OutOfRange)
        }
        (_, None) => Err(CalendarError::OutOfRange),
    }
}

/// 24:00 of a day in Europe/Berlin, which is 0:00 of the next.
///
/// # Errors
/// At the end of the years a date can have.
pub fn end_of_day(day: Date) -> Result<Millis, CalendarError> {
    let next = day.tomorrow().map_err(|_| CalendarError::OutOfRange)?;
    let start = next
        .to_zoned_datetime(berlin()?)
        .map_err(|_| CalendarError::OutOfRange)?;
    Ok(start.timestamp().as_millisecond())
}

/// Date and time in Europe/Berlin.
///
/// # Errors
/// For instants outside of what dates can express.
pub fn local(at: Millis) -> Result<DateTime, CalendarError> {
    let instant = Timestamp::from_millisecond(at).map_err(|_| CalendarError::OutOfRange)?;
    Ok(instant.to_zoned_datetime(berlin()?).datetime())
}

/// The instant of a date and time in Europe/Berlin; of the two at the end of
/// summer time the first.
///
/// # Errors
/// At the ends of the years a date can have.
pub fn instant(at: DateTime) -> Result<Millis, CalendarError> {
    let zoned = at
        .to_zoned_datetime(berlin()?)
        .map_err(|_| CalendarError::OutOfRange)?;
    Ok(zoned.timestamp().as_millisecond())
}

/// The day a deadline is met on when everything has arrived before `due`: for
/// 24:00 of a day that day, not the next.
///
/// # Errors
/// For instants outside of what dates can express.
pub fn deadline_day(due: Millis) -> Result<Date, CalendarError> {
    Ok(local(due.saturating_sub(1))?.date())
}

fn berlin() -> Result<TimeZone, CalendarError> {
    TimeZone::get("Europe/Berlin").map_err(|_| CalendarError::NoTimeZone)
}

/// The working calendar as rules see it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nrw;

impl crate::feel::World for Nrw {
    fn is_working_day(&self, date: Date) -> bool {
        is_working_day(date)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn rolled(event: &str, period: Period) -> Date {
        next_working_day(last_day(day(event), period).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn movable_feasts_of_the_years() {
        let rows = [
            (
                2017,
                "2017-04-16",
                "2017-04-14",
                "2017-04-17",
                "2017-05-25",
                "2017-06-05",
                "2017-06-15",
            ),
            (
                2025,
                "2025-04-20",
                "2025-04-18",
                "2025-04-21",
                "2025-05-29",
                "2025-06-09",
                "2025-06-19",
            ),
            (
                2026,
                "2026-04-05",
                "2026-04-03",
                "2026-04-06",
                "2026-05-14",
                "2026-05-25",
                "2026-06-04",
            ),
            (
                2027,
                "2027-03-28",
                "2027-03-26",
                "2027-03-29",
                "2027-05-06",
                "2027-05-17",
                "2027-05-27",
            ),
            (
                2028,
                "2028-04-16",
                "2028-04-14",
                "2028-04-17",
                "2028-05-25",
                "2028-06-05",
                "2028-06-15",
            ),
            (
                2038,
                "2038-04-25",
                "2038-04-23",
                "2038-04-26",
                "2038-06-03",
                "2038-06-14",
                "2038-06-24",
            ),
        ];
        for (year, sunday, friday, monday, ascension, whit, corpus) in rows {
            assert_eq!(easter(year).unwrap(), day(sunday));
            for holiday in [friday, monday, ascension, whit, corpus] {
                assert!(is_holiday(day(holiday)), "{holiday}");
            }
        }
    }

    #[test]
    fn fixed_holidays_and_days_that_are_none() {
        for holiday in [
            "2026-01-01",
            "2026-05-01",
            "2026-10-03",
            "2026-11-01",
            "2026-12-25",
            "2026-12-26",
            "2017-10-31",
        ] {
            assert!(is_holiday(day(holiday)), "{holiday}");
        }
        for ordinary in [
            "2026-12-24",
            "2026-12-31",
            "2026-02-16",
            "2026-01-06",
            "2018-10-31",
            "2026-08-15",
        ] {
            assert!(!is_holiday(day(ordinary)), "{ordinary}");
        }
        let of_year = (0..365)
            .filter(|n| is_holiday(day("2026-01-01").checked_add(Span::new().days(*n)).unwrap()));
        assert_eq!(of_year.count(), 11);
    }

    #[test]
    fn legal_periods_end_on_the_right_day() {
        let rows = [
            ("2026-01-31", Period::Months(1), "2026-02-28", "2026-03-02"),
            ("2024-01-31", Period::Months(1), "2024-02-29", "2024-02-29"),
            ("2026-11-30", Period::Months(3), "2027-02-28", "2027-03-01"),
            ("2026-08-31", Period::Months(6), "2027-02-28", "2027-03-01"),
            ("2026-02-28", Period::Months(1), "2026-03-28", "2026-03-30"),
            ("2026-03-20", Period::Days(14), "2026-04-03", "2026-04-07"),
            ("2026-05-20", Period::Days(14), "2026-06-03", "2026-06-03"),
            ("2026-12-11", Period::Days(14), "2026-12-25", "2026-12-28"),
            ("2026-12-01", Period::Weeks(3), "2026-12-22", "2026-12-22"),
            ("2026-12-04", Period::Weeks(3), "2026-12-25", "2026-12-28"),
            ("2027-05-13", Period::Weeks(2), "2027-05-27", "2027-05-28"),
            (
                "2026-12-23",
                Period::WorkingDays(3),
                "2026-12-29",
                "2026-12-29",
            ),
            (
                "2027-05-04",
                Period::WorkingDays(10),
                "2027-05-20",
                "2027-05-20",
            ),
        ];
        for (event, period, last, moved) in rows {
            assert_eq!(
                last_day(day(event), period).unwrap(),
                Some(day(last)),
                "{event} {period:?}"
            );
            assert_eq!(rolled(event, period), day(moved), "{event} {period:?}");
        }
    }

    #[test]
    fn letters_count_as_announced_on_the_fourth_day() {
        let rows = [
            (
                "2026-03-30",
                "2026-04-03",
                "2026-05-04",
                "2026-04-07",
                "2026-05-07",
            ),
            (
                "2026-04-01",
                "2026-04-05",
                "2026-05-05",
                "2026-04-07",
                "2026-05-07",
            ),
            (
                "2026-12-21",
                "2026-12-25",
                "2027-01-25",
                "2026-12-28",
                "2027-01-28",
            ),
            (
                "2025-12-23",
                "2025-12-27",
                "2026-01-27",
                "2025-12-29",
                "2026-01-29",
            ),
            (
                "2026-01-30",
                "2026-02-03",
                "2026-03-03",
                "2026-02-03",
                "2026-03-03",
            ),
        ];
        for (posted, announced_on, month, shifted, month_shifted) in rows {
            assert_eq!(
                announced(day(posted), false).unwrap(),
                day(announced_on),
                "{posted}"
            );
            assert_eq!(
                rolled(announced_on, Period::Months(1)),
                day(month),
                "{posted}"
            );
            assert_eq!(
                announced(day(posted), true).unwrap(),
                day(shifted),
                "{posted}"
            );
            assert_eq!(
                rolled(shifted, Period::Months(1)),
                day(month_shifted),
                "{posted}"
            );
        }
        assert_eq!(
            announced(day("2024-12-30"), false).unwrap(),
            day("2025-01-02")
        );
    }

    #[test]
    fn days_end_at_midnight_in_berlin_also_when_the_clocks_change() {
        // 29 March 2026 has 23 hours, 25 October 25.
        let length = |date: &str| {
            end_of_day(day(date)).unwrap() - end_of_day(day(date).yesterday().unwrap()).unwrap()
        };
        assert_eq!(length("2026-03-28"), 24 * 3_600_000);
        assert_eq!(length("2026-03-29"), 23 * 3_600_000);
        assert_eq!(length("2026-10-25"), 25 * 3_600_000);
        assert_eq!(
            end_of_day(day("2026-03-28")).unwrap(),
            at("2026-03-28T23:00:00Z")
        );
        assert_eq!(
            end_of_day(day("2026-03-29")).unwrap(),
            at("2026-03-29T22:00:00Z")
        );
        // Late in the evening in Berlin the day is not that of UTC.
        assert_eq!(
            due(at("2026-07-31T22:30:00Z"), Period::Days(1), false).unwrap(),
            at("2026-08-02T22:00:00Z")
        );
        assert_eq!(
            due(at("2026-03-28T12:00:00Z"), Period::Hours(24), false).unwrap(),
            at("2026-03-29T12:00:00Z")
        );
        assert_eq!(
            due(at("2026-03-20T12:00:00Z"), Period::Days(14), true).unwrap(),
            at("2026-04-07T22:00:00Z")
        );
        assert_eq!(
            deadline_day(at("2026-04-07T22:00:00Z")).unwrap(),
            day("2026-04-07")
        );
    }

    #[test]
    fn absurd_periods_are_refused() {
        assert_eq!(
            due(0, Period::Hours(i64::MAX), false),
            Err(CalendarError::OutOfRange)
        );
        assert_eq!(
            due(0, Period::WorkingDays(i64::MAX), false),
            Err(CalendarError::OutOfRange)
        );
        assert_eq!(
            due(0, Period::Months(1_000_000), false),
            Err(CalendarError::OutOfRange)
        );
    }

    /// The second implementation: Gauss's formula in Lichtenberg's form.
    fn easter_by_gauss(year: i64) -> Date {
        let k = year / 100;
        let m = 15 + (3 * k + 3) / 4 - (8 * k + 13) / 25;
        let s = 2 - (3 * k + 3) / 4;
        let a = year % 19;
        let d = (19 * a + m) % 30;
        let r = (d + a / 11) / 29;
        let full_moon = 21 + d - r;
        let sunday = 7 - (year + year / 4 + s) % 7;
        let offset = full_moon + (7 - (full_moon - sunday) % 7);
        let march = Date::new(year as i16, 3, 1).unwrap();
        march.checked_add(Span::new().days(offset - 1)).unwrap()
    }

    #[test]
    fn easter_agrees_with_another_formula() {
        for year in 1700..2400 {
            assert_eq!(
                easter(year).unwrap(),
                easter_by_gauss(i64::from(year)),
                "{year}"
            );
        }
    }

    proptest! {
        #[test]
        fn rolled_ends_are_working_days_and_grow_with_the_start(start in 0i64..40_000, days in 0i64..400) {
            let first = day("1990-01-01").checked_add(Span::new().days(start)).unwrap();
            let end = |from: Date| next_working_day(last_day(from, Period::Days(days)).unwrap().unwrap()).unwrap();
            prop_assert!(is_working_day(end(first)));
            prop_assert!(end(first) <= end(first.tomorrow().unwrap()));
        }

        #[test]
        fn working_days_are_counted_one_by_one(start in 0i64..40_000, days in 1i64..60) {
            let first = day("1990-01-01").checked_add(Span::new().days(start)).unwrap();
            let end = last_day(first, Period::WorkingDays(days)).unwrap().unwrap();
            let between = first.series(Span::new().days(1)).skip(1).take_while(|date| *date <= end);
            prop_assert_eq!(between.filter(|date| is_working_day(*date)).count() as i64, days);
        }
    }
}
