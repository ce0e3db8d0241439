//! Dates, times and durations: making them, their parts, and the day of today.

use jiff::civil::Time;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::{Value, temporal};
use super::{Builtin, Call, Returns, integer};

pub(super) const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "date",
        signatures: &[
            "from: text|date|datetime",
            "year: number, month: number, day: number",
        ],
        returns: Returns::Date,
        run: date,
    },
    Builtin {
        name: "date and time",
        signatures: &[
            "from: text|date|datetime",
            "date: date|datetime, time: time",
            "year: number, month: number, day: number, hour: number, minute: number, second: number",
        ],
        returns: Returns::DateTime,
        run: date_and_time,
    },
    Builtin {
        name: "time",
        signatures: &[
            "from: text|time|date|datetime",
            "hour: number, minute: number, second: number",
        ],
        returns: Returns::Time,
        run: time,
    },
    Builtin {
        name: "duration",
        signatures: &["from: text|days|months"],
        returns: Returns::Any,
        run: |call| match call.arg(0) {
            Value::Text(text) => temporal::parse_duration(text),
            duration @ (Value::DaysDuration(_) | Value::MonthsDuration(_)) => {
                Some(duration.clone())
            }
            _ => None,
        },
    },
    Builtin {
        name: "years and months duration",
        signatures: &["from: date|datetime, to: date|datetime"],
        returns: Returns::MonthsDuration,
        run: |call| temporal::months_between(call.arg(0), call.arg(1)).map(Value::MonthsDuration),
    },
    Builtin {
        name: "day of year",
        signatures: &["date: date|datetime"],
        returns: Returns::Number,
        run: |call| integer(i64::from(temporal::moment(call.arg(0))?.day_of_year())),
    },
    Builtin {
        name: "day of week",
        signatures: &["date: date|datetime"],
        returns: Returns::Text,
        run: day_of_week,
    },
    Builtin {
        name: "month of year",
        signatures: &["date: date|datetime"],
        returns: Returns::Text,
        run: month_of_year,
    },
    Builtin {
        name: "week of year",
        signatures: &["date: date|datetime"],
        returns: Returns::Number,
        run: |call| {
            integer(i64::from(
                temporal::moment(call.arg(0))?.date().iso_week_date().week(),
            ))
        },
    },
    Builtin {
        name: "today",
        signatures: &[""],
        returns: Returns::Date,
        run: |call| Some(Value::Date(call.now().date())),
    },
    Builtin {
        name: "now",
        signatures: &[""],
        returns: Returns::DateTime,
        run: |call| Some(Value::DateTime(call.now())),
    },
    Builtin {
        name: "age",
        signatures: &["birth: date|datetime, at?: date|datetime"],
        returns: Returns::Number,
        run: age,
    },
];

/// Whole years from the birth to the day of `at`, today if left out. Who is
/// born on 29 February completes a year of life at the end of 28 February
/// (BGB § 187 (2), § 188 (2)), so the next age counts from 1 March.
fn age(call: &mut Call<'_, '_>) -> Option<Value> {
    let (birth, at) = match call.args.len() {
        0 | 1 => (call.arg(0).clone(), Value::Date(call.now().date())),
        _ => (call.arg(0).clone(), call.arg(1).clone()),
    };
    let months =
        temporal::months_between(&Value::Date(temporal::moment(&birth)?.date()), &day(&at)?)?;
    (months >= 0).then(|| Value::Number(Decimal::from(months / 12)))
}

fn day(value: &Value) -> Option<Value> {
    temporal::moment(value).map(|moment| Value::Date(moment.date()))
}

fn date(call: &mut Call<'_, '_>) -> Option<Value> {
    if call.args.len() >= 3 {
        return temporal::date(exact(call, 0)?, exact(call, 1)?, exact(call, 2)?);
    }
    match call.arg(0) {
        Value::Text(text) => temporal::parse_date(text),
        date @ (Value::Date(_) | Value::FarDate(..)) => Some(date.clone()),
        Value::DateTime(at) => Some(Value::Date(at.date())),
        _ => None,
    }
}

/// A whole number.
fn exact(call: &Call<'_, '_>, index: usize) -> Option<i64> {
    call.number(index).filter(|n| n.fract().is_zero())?.to_i64()
}

fn clock(call: &Call<'_, '_>, first: usize) -> Option<Time> {
    let seconds = call.number(first + 2)?;
    let nanos = (seconds.fract().checked_mul(Decimal::from(1_000_000_000))?)
        .trunc()
        .to_i32()?;
    let part = |value: i64| i8::try_from(value).ok();
    let (hour, minute) = (part(exact(call, first)?)?, part(exact(call, first + 1)?)?);
    Time::new(hour, minute, part(seconds.trunc().to_i64()?)?, nanos).ok()
}

fn date_and_time(call: &mut Call<'_, '_>) -> Option<Value> {
    match call.args.len() {
        0 | 1 => match call.arg(0) {
            Value::Text(text) => temporal::parse_date_time(text),
            other => temporal::moment(other).map(Value::DateTime),
        },
        2 => match (temporal::moment(call.arg(0))?, call.arg(1)) {
            (moment, Value::Time(time)) => Some(Value::DateTime(moment.date().to_datetime(*time))),
            _ => None,
        },
        _ => match temporal::date(exact(call, 0)?, exact(call, 1)?, exact(call, 2)?)? {
            Value::Date(date) => Some(Value::DateTime(date.to_datetime(clock(call, 3)?))),
            _ => None,
        },
    }
}

fn time(call: &mut Call<'_, '_>) -> Option<Value> {
    if call.args.len() >= 3 {
        return clock(call, 0).map(Value::Time);
    }
    match call.arg(0) {
        Value::Text(text) => temporal::parse_time(text),
        Value::Time(time) => Some(Value::Time(*time)),
        other => temporal::moment(other).map(|moment| Value::Time(moment.time())),
    }
}

fn day_of_week(call: &mut Call<'_, '_>) -> Option<Value> {
    const NAMES: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let weekday = temporal::moment(call.arg(0))?.date().weekday();
    NAMES
        .get(usize::try_from(weekday.to_monday_zero_offset()).ok()?)
        .map(Value::text)
}

fn month_of_year(call: &mut Call<'_, '_>) -> Option<Value> {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    NAMES
        .get(usize::try_from(temporal::ymd(call.arg(0))?.1 - 1).ok()?)
        .map(Value::text)
}
