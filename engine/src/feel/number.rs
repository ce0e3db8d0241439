//! Decimal arithmetic that never loses digits unnoticed.
//!
//! FEEL asks for 34 digits, `rust_decimal` has 28. Sums and products that do
//! not fit are no value (null) instead of a rounded one. Quotients and roots
//! are rounded by nature; a number that already carries all 28 digits comes
//! from one, and calculating on with it rounds again.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, MathematicalOps, RoundingStrategy};

/// Digits behind the point from which a number counts as rounded already.
const FULL_SCALE: u32 = 28;
/// Smallest coefficient with 28 digits.
const FULL_COEFFICIENT: u128 = 1_000_000_000_000_000_000_000_000_000;

fn is_full(number: Decimal) -> bool {
    let number = number.normalize();
    number.scale() >= FULL_SCALE || number.mantissa().unsigned_abs() >= FULL_COEFFICIENT
}

/// `result`, if it kept `scale` digits, or if rounding is allowed.
fn kept(result: Decimal, scale: u32, left: Decimal, right: Decimal) -> Option<Decimal> {
    (result.scale() >= scale
        || result.is_zero() && scale <= FULL_SCALE
        || is_full(left)
        || is_full(right))
    .then(|| positive_zero(result))
}

/// Zero without a sign, so that it prints as `0`.
pub(super) fn positive_zero(number: Decimal) -> Decimal {
    if number.is_zero() {
        number.abs()
    } else {
        number
    }
}

pub(super) fn add(left: Decimal, right: Decimal) -> Option<Decimal> {
    let sum = left.checked_add(right)?;
    if let Some(exact) = kept(sum, left.scale().max(right.scale()), left, right) {
        return Some(exact);
    }
    let (left, right) = (left.normalize(), right.normalize());
    kept(
        left.checked_add(right)?,
        left.scale().max(right.scale()),
        left,
        right,
    )
}

pub(super) fn subtract(left: Decimal, right: Decimal) -> Option<Decimal> {
    add(left, -right)
}

pub(super) fn multiply(left: Decimal, right: Decimal) -> Option<Decimal> {
    if left.is_zero() || right.is_zero() {
        return Some(Decimal::ZERO);
    }
    let product = left.checked_mul(right)?;
    if product.scale() >= left.scale() + right.scale() {
        return Some(product);
    }
    let (left, right) = (left.normalize(), right.normalize());
    let product = left.checked_mul(right)?;
    kept(product, left.scale() + right.scale(), left, right)
}

/// The quotient, rounded to 28 digits; nothing for division by zero.
pub(super) fn divide(left: Decimal, right: Decimal) -> Option<Decimal> {
    left.checked_div(right).map(positive_zero)
}

/// The remainder with the sign of the divisor, as `dividend - divisor * floor(dividend / divisor)`.
pub(super) fn modulo(dividend: Decimal, divisor: Decimal) -> Option<Decimal> {
    let rest = dividend.checked_rem(divisor)?;
    if !rest.is_zero() && rest.is_sign_negative() != divisor.is_sign_negative() {
        return add(rest, divisor);
    }
    Some(positive_zero(rest))
}

/// `number` rounded to `scale` digits behind the point; a negative scale
/// rounds to tens, hundreds and so on.
pub(super) fn round(
    number: Decimal,
    scale: Decimal,
    strategy: RoundingStrategy,
) -> Option<Decimal> {
    let scale = scale
        .trunc()
        .to_i64()
        .filter(|scale| (-6111..=6176).contains(scale))?;
    if scale >= 0 {
        let scale = u32::try_from(scale).ok()?;
        let rounded = if scale >= number.scale() {
            number
        } else {
            number.round_dp_with_strategy(scale, strategy)
        };
        return Some(positive_zero(rounded));
    }
    let places = u32::try_from(-scale).ok()?;
    let Some(power) = (places <= 28).then(|| 10i128.pow(places)) else {
        // More places than a number has digits: only rounding away from zero
        // could yield something else than zero, and that does not fit.
        return (number.is_zero() || !rounds_away(number, strategy)).then_some(Decimal::ZERO);
    };
    let power = Decimal::try_from_i128_with_scale(power, 0).ok()?;
    let rest = number.checked_rem(power)?;
    let base = number.checked_sub(rest)?;
    let step = directed(rest.checked_div(power)?, strategy);
    multiply(step, power)
        .and_then(|step| add(base, step))
        .map(positive_zero)
}

fn directed(number: Decimal, strategy: RoundingStrategy) -> Decimal {
    number.round_dp_with_strategy(0, strategy)
}

fn rounds_away(number: Decimal, strategy: RoundingStrategy) -> bool {
    match strategy {
        RoundingStrategy::AwayFromZero => true,
        RoundingStrategy::ToNegativeInfinity => number.is_sign_negative(),
        RoundingStrategy::ToPositiveInfinity => number.is_sign_positive(),
        _ => false,
    }
}

/// The square root, rounded; nothing for negative numbers.
pub(super) fn sqrt(number: Decimal) -> Option<Decimal> {
    let root = number.sqrt()?;
    // The library stops one digit early for perfect squares such as 0.0625.
    let short = root.round_dp(14).normalize();
    Some(if multiply(short, short) == Some(number.normalize()) {
        short
    } else {
        root
    })
}

/// e to the power of `number`, rounded.
pub(super) fn exp(number: Decimal) -> Option<Decimal> {
    number.checked_exp_with_tolerance(Decimal::new(1, 20))
}

/// The natural logarithm, rounded; nothing for zero and below.
pub(super) fn log(number: Decimal) -> Option<Decimal> {
    (number > Decimal::ZERO)
        .then(|| number.checked_ln())
        .flatten()
}
