//! Numbers: rounding, remainders, roots, and numbers from text.

use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::{Decimal, ToPrimitive};

use super::super::number as decimal;
use super::super::{Value, operators};
use super::{Builtin, Call, Returns, boolean};

pub(super) const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "decimal",
        signatures: &["n: number, scale: number"],
        returns: Returns::Number,
        run: half_even,
    },
    Builtin {
        name: "floor",
        signatures: &["n: number, scale?: number"],
        returns: Returns::Number,
        run: floor,
    },
    Builtin {
        name: "ceiling",
        signatures: &["n: number, scale?: number"],
        returns: Returns::Number,
        run: ceiling,
    },
    Builtin {
        name: "round up",
        signatures: &["n: number, scale?: number"],
        returns: Returns::Number,
        run: up,
    },
    Builtin {
        name: "round down",
        signatures: &["n: number, scale?: number"],
        returns: Returns::Number,
        run: down,
    },
    Builtin {
        name: "round half up",
        signatures: &["n: number, scale?: number"],
        returns: Returns::Number,
        run: half_up,
    },
    Builtin {
        name: "round half down",
        signatures: &["n: number, scale?: number"],
        returns: Returns::Number,
        run: half_down,
    },
    Builtin {
        name: "abs",
        signatures: &["n: number|days|months"],
        returns: Returns::First,
        run: abs,
    },
    Builtin {
        name: "modulo",
        signatures: &["dividend: number, divisor: number"],
        returns: Returns::Number,
        run: |call| decimal::modulo(call.number(0)?, call.number(1)?).map(Value::Number),
    },
    Builtin {
        name: "sqrt",
        signatures: &["number: number"],
        returns: Returns::Number,
        run: |call| decimal::sqrt(call.number(0)?).map(Value::Number),
    },
    Builtin {
        name: "log",
        signatures: &["number: number"],
        returns: Returns::Number,
        run: |call| decimal::log(call.number(0)?).map(Value::Number),
    },
    Builtin {
        name: "exp",
        signatures: &["number: number"],
        returns: Returns::Number,
        run: |call| decimal::exp(call.number(0)?).map(Value::Number),
    },
    Builtin {
        name: "even",
        signatures: &["number: number"],
        returns: Returns::Boolean,
        run: |call| parity(call).and_then(|odd| boolean(!odd)),
    },
    Builtin {
        name: "odd",
        signatures: &["number: number"],
        returns: Returns::Boolean,
        run: |call| parity(call).and_then(boolean),
    },
    Builtin {
        name: "number",
        signatures: &["from: text, grouping separator?: text, decimal separator?: text"],
        returns: Returns::Number,
        run: number,
    },
];

fn rounded(call: &Call<'_, '_>, strategy: RoundingStrategy) -> Option<Value> {
    let scale = match call.args.len() {
        0 | 1 => Decimal::ZERO,
        _ => call.number(1)?,
    };
    decimal::round(call.number(0)?, scale, strategy).map(Value::Number)
}

fn half_even(call: &mut Call<'_, '_>) -> Option<Value> {
    rounded(call, RoundingStrategy::MidpointNearestEven)
}

fn floor(call: &mut Call<'_, '_>) -> Option<Value> {
    rounded(call, RoundingStrategy::ToNegativeInfinity)
}

fn ceiling(call: &mut Call<'_, '_>) -> Option<Value> {
    rounded(call, RoundingStrategy::ToPositiveInfinity)
}

fn up(call: &mut Call<'_, '_>) -> Option<Value> {
    rounded(call, RoundingStrategy::AwayFromZero)
}

fn down(call: &mut Call<'_, '_>) -> Option<Value> {
    rounded(call, RoundingStrategy::ToZero)
}

fn half_up(call: &mut Call<'_, '_>) -> Option<Value> {
    rounded(call, RoundingStrategy::MidpointAwayFromZero)
}

fn half_down(call: &mut Call<'_, '_>) -> Option<Value> {
    rounded(call, RoundingStrategy::MidpointTowardZero)
}

fn abs(call: &mut Call<'_, '_>) -> Option<Value> {
    let negative = match call.arg(0) {
        Value::Number(n) => n.is_sign_negative(),
        Value::DaysDuration(nanos) => *nanos < 0,
        Value::MonthsDuration(months) => *months < 0,
        _ => return None,
    };
    if negative {
        operators::negate(call.arg(0))
    } else {
        Some(call.arg(0).clone())
    }
}

/// Whether a whole number is odd.
fn parity(call: &Call<'_, '_>) -> Option<bool> {
    let number = call.number(0)?;
    number
        .fract()
        .is_zero()
        .then(|| (number % Decimal::TWO).abs().to_u8() == Some(1))
}

/// `number(from, grouping separator, decimal separator)`.
fn number(call: &mut Call<'_, '_>) -> Option<Value> {
    let separator = |index: usize, allowed: &[&str]| match call.arg(index) {
        Value::Null => Some(None),
        Value::Text(text) => allowed.contains(&&**text).then(|| Some(text.to_string())),
        _ => None,
    };
    let grouping = separator(1, &[" ", ",", "."])?;
    let point = separator(2, &[",", "."])?;
    if grouping.is_some() && grouping == point {
        return None;
    }
    let mut text = call.text(0)?.to_owned();
    if let Some(grouping) = grouping {
        text = text.replace(&grouping, "");
    }
    if let Some(point) = point.filter(|point| point != ".") {
        // A dot that is neither separator has no place in the number.
        if text.contains('.') {
            return None;
        }
        text = text.replace(&point, ".");
    }
    parse_decimal(&text).map(Value::Number)
}

/// A decimal number in plain or scientific notation that fits without rounding.
pub(in super::super) fn parse_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let starts = digits.starts_with(|c: char| c.is_ascii_digit())
        || digits
            .strip_prefix('.')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if !starts || text.contains('_') {
        return None;
    }
    if text.contains(['e', 'E']) {
        return super::super::lexer::scientific(text);
    }
    Decimal::from_str_exact(text)
        .ok()
        .filter(|_| !text.ends_with('.'))
        .map(decimal::positive_zero)
}
