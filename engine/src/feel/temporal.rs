//! Dates, times and durations: their texts, parts and arithmetic.
//!
//! Texts follow ISO 8601 as DMN 1.5 chapter 10.3.4.1 narrows it down. Time
//! zones are not part of the profile: a text with one is no value.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Span};

use super::Value;

/// Nanoseconds of a second.
const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;
/// Largest year the standard allows, either sign.
const MAX_YEAR: i64 = 999_999_999;

/// The value of a text such as `2026-01-31`, `P1Y` or `08:30:00`.
pub(super) fn parse_any(text: &str) -> Option<Value> {
    parse_date(text)
        .or_else(|| parse_date_time(text))
        .or_else(|| parse_time(text))
        .or_else(|| parse_duration(text))
}

/// A calendar date from numbers.
pub(super) fn date(year: i64, month: i64, day: i64) -> Option<Value> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    if let Some(date) = i16::try_from(year)
        .ok()
        .and_then(|year| Date::new(year, month, day).ok())
    {
        return Some(Value::Date(date));
    }
    // Outside of what the calendar library holds: a year with the same length
    // of February tells whether the day exists.
    let far = year.abs() <= MAX_YEAR && !(-9999..=9999).contains(&year);
    let twin = i16::try_from(year.rem_euclid(400) + 2000).ok()?;
    (far && Date::new(twin, month, day).is_ok())
        .then(|| {
            i32::try_from(year)
                .ok()
                .map(|year| Value::FarDate(year, month, day))
        })
        .flatten()
}

/// `YYYY-MM-DD` with an optional minus and up to nine digits of year.
pub(super) fn parse_date(text: &str) -> Option<Value> {
    let (negative, rest) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    let mut parts = rest.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let year_fits = year.len() == 4 || (5..=9).contains(&year.len()) && !year.starts_with('0');
    if parts.next().is_some() || !year_fits || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let year = number(year)?;
    date(
        if negative { -year } else { year },
        number(month)?,
        number(day)?,
    )
}

/// `hh:mm:ss` with optional fraction.
pub(super) fn parse_time(text: &str) -> Option<Value> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, nanos(fraction)?),
        None => (text, 0),
    };
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || [hour, minute, second].iter().any(|part| part.len() != 2) {
        return None;
    }
    let part = |text: &str| number(text).and_then(|n| i8::try_from(n).ok());
    Time::new(
        part(hour)?,
        part(minute)?,
        part(second)?,
        i32::try_from(fraction).ok()?,
    )
    .ok()
    .map(Value::Time)
}

/// `YYYY-MM-DDThh:mm:ss`; a date alone is its midnight.
pub(super) fn parse_date_time(text: &str) -> Option<Value> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (parse_date(date)?, parse_time(time)?),
        None => (parse_date(text)?, Value::Time(Time::midnight())),
    };
    match (date, time) {
        (Value::Date(date), Value::Time(time)) => Some(Value::DateTime(date.to_datetime(time))),
        _ => None,
    }
}

/// `P1Y2M` or `P1DT2H3M4.5S`, with an optional minus in front.
pub(super) fn parse_duration(text: &str) -> Option<Value> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if let Some(months) =
        designated(date, &[('Y', 12), ('M', 1)]).filter(|_| time.is_empty() && !date.is_empty())
    {
        return i64::try_from(sign * months).ok().map(Value::MonthsDuration);
    }
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let days = designated(date, &[('D', DAY)])?;
    let clock = designated(time, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)])?;
    days.checked_add(clock)
        .map(|sum| Value::DaysDuration(sign * sum))
}

/// The sum of parts such as `2H3M`, each at most once and in order.
fn designated(mut text: &str, units: &[(char, i128)]) -> Option<i128> {
    let mut sum: i128 = 0;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let designator = text[end..].chars().next()?;
        let (_, size) = units.find(|(unit, _)| *unit == designator)?;
        let (whole, fraction) = match text[..end].split_once('.') {
            Some((whole, fraction)) if designator == 'S' => (whole, nanos(fraction)?),
            Some(_) => return None,
            None => (&text[..end], 0),
        };
        let count = whole
            .parse::<i128>()
            .ok()
            .filter(|_| !whole.starts_with('+'))?;
        sum = sum
            .checked_add(count.checked_mul(*size)?)?
            .checked_add(i128::from(fraction))?;
        text = &text[end + designator.len_utf8()..];
    }
    // Far beyond any real case, yet small enough that sums cannot overflow.
    (sum < i128::MAX / 1_000_000).then_some(sum)
}

/// Digits only, at most nine of them.
fn number(digits: &str) -> Option<i64> {
    let plain =
        !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// A fraction of a second in nanoseconds; digits beyond the ninth are dropped.
fn nanos(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    padded.parse().ok()
}

/// Year, month and day of a date or of a date and time.
pub(super) fn ymd(value: &Value) -> Option<(i64, i64, i64)> {
    match value {
        Value::Date(date) => Some((date.year().into(), date.month().into(), date.day().into())),
        Value::DateTime(at) => Some((at.year().into(), at.month().into(), at.day().into())),
        Value::FarDate(year, month, day) => Some(((*year).into(), (*month).into(), (*day).into())),
        _ => None,
    }
}

/// The text of a date, also of one beyond the calendar library.
pub(super) fn date_text(value: &Value) -> Option<String> {
    let (year, month, day) = ymd(value)?;
    let sign = if year < 0 { "-" } else { "" };
    Some(format!("{sign}{:04}-{month:02}-{day:02}", year.abs()))
}

/// `hh:mm:ss` with as many digits of a fraction as there are.
pub(super) fn time_text(time: Time) -> String {
    let mut text = format!(
        "{:02}:{:02}:{:02}",
        time.hour(),
        time.minute(),
        time.second()
    );
    text.push_str(&fraction_text(time.subsec_nanosecond().into()));
    text
}

fn fraction_text(nanos: i128) -> String {
    if nanos == 0 {
        return String::new();
    }
    format!(".{nanos:09}").trim_end_matches('0').to_owned()
}

/// The canonical text of a duration of years and months.
pub(super) fn months_text(months: i64) -> String {
    let (years, rest) = (months.unsigned_abs() / 12, months.unsigned_abs() % 12);
    let sign = if months < 0 { "-" } else { "" };
    match (years, rest) {
        (0, rest) => format!("{sign}P{rest}M"),
        (years, 0) => format!("{sign}P{years}Y"),
        (years, rest) => format!("{sign}P{years}Y{rest}M"),
    }
}

/// Days, hours, minutes, seconds and nanoseconds of a duration, all of its sign.
pub(super) fn day_parts(nanos: i128) -> [i128; 5] {
    [
        nanos / DAY,
        nanos % DAY / HOUR,
        nanos % HOUR / MINUTE,
        nanos % MINUTE / SECOND,
        nanos % SECOND,
    ]
}

/// The canonical text of a duration of days and time.
pub(super) fn days_text(nanos: i128) -> String {
    if nanos == 0 {
        return "PT0S".to_owned();
    }
    let [days, hours, minutes, seconds, fraction] = day_parts(nanos).map(i128::abs);
    let mut text = String::from(if nanos < 0 { "-P" } else { "P" });
    if days != 0 {
        text.push_str(&format!("{days}D"));
    }
    if nanos % DAY != 0 {
        text.push('T');
    }
    for (count, unit) in [(hours, 'H'), (minutes, 'M')] {
        if count != 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    if seconds != 0 || fraction != 0 {
        text.push_str(&format!("{seconds}{}S", fraction_text(fraction)));
    }
    text
}

/// A date moved by whole months; the day is clamped to the end of the month.
pub(super) fn add_months(value: &Value, months: i64) -> Option<Value> {
    let span = Span::new().try_months(months).ok()?;
    match value {
        Value::Date(date) => date.checked_add(span).ok().map(Value::Date),
        Value::DateTime(at) => at.checked_add(span).ok().map(Value::DateTime),
        _ => None,
    }
}

/// A date, time or date and time moved by a duration. A date stays a date,
/// counted from its midnight; a time wraps around midnight.
pub(super) fn add_days(value: &Value, nanos: i128) -> Option<Value> {
    let duration = SignedDuration::try_from_nanos_i128(nanos)?;
    match value {
        Value::Date(date) => date
            .to_datetime(Time::midnight())
            .checked_add(duration)
            .ok()
            .map(|at| Value::Date(at.date())),
        Value::DateTime(at) => at.checked_add(duration).ok().map(Value::DateTime),
        Value::Time(time) => Some(Value::Time(time.wrapping_add(duration))),
        _ => None,
    }
}

/// The point in time of a date (its midnight) or date and time.
pub(super) fn moment(value: &Value) -> Option<DateTime> {
    match value {
        Value::Date(date) => Some(date.to_datetime(Time::midnight())),
        Value::DateTime(at) => Some(*at),
        _ => None,
    }
}

/// Nanoseconds from `earlier` to `later`, both dates or both times.
pub(super) fn difference(later: &Value, earlier: &Value) -> Option<i128> {
    if let (Value::Time(later), Value::Time(earlier)) = (later, earlier) {
        return Some(later.duration_since(*earlier).as_nanos());
    }
    Some(moment(later)?.duration_since(moment(earlier)?).as_nanos())
}

/// Whole months from `from` to `to`, towards zero.
pub(super) fn months_between(from: &Value, to: &Value) -> Option<i64> {
    let ((from_year, from_month, from_day), (to_year, to_month, to_day)) = (ymd(from)?, ymd(to)?);
    let clock = |value: &Value| match value {
        Value::DateTime(at) => at.time(),
        _ => Time::midnight(),
    };
    let months = (to_year - from_year) * 12 + to_month - from_month;
    let (from_rest, to_rest) = ((from_day, clock(from)), (to_day, clock(to)));
    Some(if months > 0 && to_rest < from_rest {
        months - 1
    } else if months < 0 && to_rest > from_rest {
        months + 1
    } else {
        months
    })
}
