//! Relations of points and ranges, after Allen's interval algebra (DMN 1.5,
//! table 78), and `is`.

use std::cmp::Ordering;

use super::super::{Range, Value, operators};
use super::{Builtin, Call, Returns, boolean};

const BOTH: &[&str] = &[
    "point1: point, point2: point",
    "point: point, range: range",
    "range: range, point: point",
    "range1: range, range2: range",
];
const RANGES: &[&str] = &["range1: range, range2: range"];
const POINT_FIRST: &[&str] = &["point: point, range: range", "range1: range, range2: range"];
const RANGE_FIRST: &[&str] = &["range: range, point: point", "range1: range, range2: range"];

macro_rules! relation {
    ($name:literal, $signatures:expr, $run:expr) => {
        Builtin {
            name: $name,
            signatures: $signatures,
            returns: Returns::Boolean,
            run: |call| {
                let relation: fn(&Span<'_>, &Span<'_>) -> Option<bool> = $run;
                boolean(relation(&span(call, 0)?, &span(call, 1)?)?)
            },
        }
    };
}

pub(super) const FUNCTIONS: &[Builtin] = &[
    relation!("before", BOTH, before),
    relation!("after", BOTH, |a, b| before(b, a)),
    relation!("meets", RANGES, meets),
    relation!("met by", RANGES, |a, b| meets(b, a)),
    relation!("overlaps", RANGES, overlaps),
    relation!("overlaps before", RANGES, overlaps_before),
    relation!("overlaps after", RANGES, |a, b| overlaps_before(b, a)),
    relation!("finishes", POINT_FIRST, finishes),
    relation!("finished by", RANGE_FIRST, |a, b| finishes(b, a)),
    relation!("includes", RANGE_FIRST, includes),
    relation!("during", POINT_FIRST, |a, b| includes(b, a)),
    relation!("starts", POINT_FIRST, starts),
    relation!("started by", RANGE_FIRST, |a, b| starts(b, a)),
    relation!("coincides", BOTH, coincides),
    Builtin {
        name: "is",
        signatures: &["value1: any, value2: any"],
        returns: Returns::Boolean,
        run: |call| boolean(operators::same(call.arg(0), call.arg(1))),
    },
];

/// A range, or a point as the range from it to itself.
struct Span<'v> {
    low: &'v Value,
    low_closed: bool,
    high: &'v Value,
    high_closed: bool,
    point: bool,
}

fn span<'v>(call: &'v Call<'_, '_>, index: usize) -> Option<Span<'v>> {
    match call.arg(index) {
        Value::Null => None,
        Value::Range(range) => {
            let Range {
                low,
                low_closed,
                high,
                high_closed,
            } = &**range;
            Some(Span {
                low,
                low_closed: *low_closed,
                high,
                high_closed: *high_closed,
                point: false,
            })
        }
        point => Some(Span {
            low: point,
            low_closed: true,
            high: point,
            high_closed: true,
            point: true,
        }),
    }
}

/// The order of two lower bounds: no bound is before all others, and an open
/// bound comes after a closed one at the same value.
fn lows(a: &Span<'_>, b: &Span<'_>) -> Option<Ordering> {
    Some(match (a.low, b.low) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (low, other) => operators::order(low, other)?.then(b.low_closed.cmp(&a.low_closed)),
    })
}

/// The order of two upper bounds; an open bound comes before a closed one.
fn highs(a: &Span<'_>, b: &Span<'_>) -> Option<Ordering> {
    Some(match (a.high, b.high) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (high, other) => operators::order(high, other)?.then(a.high_closed.cmp(&b.high_closed)),
    })
}

/// Whether `a` ends before `b` starts, without a common point.
fn before(a: &Span<'_>, b: &Span<'_>) -> Option<bool> {
    Some(match (a.high, b.low) {
        (Value::Null, _) | (_, Value::Null) => false,
        (high, low) => match operators::order(high, low)? {
            Ordering::Equal => !(a.high_closed && b.low_closed),
            side => side.is_lt(),
        },
    })
}

fn meets(a: &Span<'_>, b: &Span<'_>) -> Option<bool> {
    if *a.high == Value::Null || *b.low == Value::Null {
        return Some(false);
    }
    Some(operators::order(a.high, b.low)?.is_eq() && a.high_closed && b.low_closed)
}

fn overlaps(a: &Span<'_>, b: &Span<'_>) -> Option<bool> {
    Some(!before(a, b)? && !before(b, a)?)
}

fn overlaps_before(a: &Span<'_>, b: &Span<'_>) -> Option<bool> {
    Some(lows(a, b)?.is_lt() && !before(a, b)? && highs(a, b)?.is_le())
}

fn finishes(a: &Span<'_>, b: &Span<'_>) -> Option<bool> {
    Some(highs(a, b)?.is_eq() && (a.point || lows(a, b)?.is_ge()))
}

fn starts(a: &Span<'_>, b: &Span<'_>) -> Option<bool> {
    Some(lows(a, b)?.is_eq() && (a.point || highs(a, b)?.is_le()))
}

fn includes(a: &Span<'_>, b: &Span<'_>) -> Option<bool> {
    Some(lows(a, b)?.is_le() && highs(a, b)?.is_ge())
}

fn coincides(a: &Span<'_>, b: &Span<'_>) -> Option<bool> {
    Some(lows(a, b)?.is_eq() && highs(a, b)?.is_eq())
}
