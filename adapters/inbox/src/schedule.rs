//! When a failed delivery is tried again, and when a person takes over.
//!
//! After 1, 5, 15 and 60 minutes, then every 4 hours until 7 days have passed
//! since the first attempt: long enough for a back office that is away over a
//! weekend. Jitter spreads deliveries that failed together; it is computed
//! from the event id so that a test can foresee it.

use engine::case::Millis;
use sha2::{Digest, Sha256};

use crate::DeliveryError;

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;

/// Waiting times after the first failures.
const FIRST: [Millis; 4] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR];
/// Waiting time after all later failures.
const THEN: Millis = 4 * HOUR;
/// How long after the first attempt the last one may be.
const WINDOW: Millis = 7 * 24 * HOUR;
/// Jitter adds up to one part in this many to a waiting time.
const JITTER: Millis = 10;

/// What happens to a delivery that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Try again at this instant.
    At(Millis),
    /// Stop trying and show it to a person.
    Park,
}

/// When to try again after `attempts` failed attempts (1 after the first), the
/// first of them at `first_at`, the last just now.
///
/// The quick attempts are made in any case, also when the program itself was
/// off for more than the window.
pub fn next_attempt(attempts: i64, first_at: Millis, now: Millis, event_id: &str) -> Retry {
    let quick = usize::try_from(attempts.max(1) - 1)
        .ok()
        .and_then(|index| FIRST.get(index));
    let wait = quick.copied().unwrap_or(THEN);
    let at = now
        .saturating_add(wait)
        .saturating_add(jitter(event_id, attempts, wait));
    if quick.is_none() && at > first_at.saturating_add(WINDOW) {
        return Retry::Park;
    }
    Retry::At(at)
}

/// What follows from `error`; the worker calls this after every failure.
///
/// A failure that leaves open whether the other side accepted the delivery is
/// tried again once only: receivers may see it twice, never more.
pub fn after_failure(
    error: &DeliveryError,
    attempts: i64,
    first_at: Millis,
    now: Millis,
    event_id: &str,
) -> Retry {
    match error {
        DeliveryError::Never { .. } => Retry::Park,
        DeliveryError::Later { unclear: true, .. } if attempts >= 2 => Retry::Park,
        DeliveryError::Later { .. } => next_attempt(attempts, first_at, now, event_id),
    }
}

/// Between 0 and a tenth of `wait`, the same for the same event and attempt.
fn jitter(event_id: &str, attempts: i64, wait: Millis) -> Millis {
    let mut hash = Sha256::new();
    hash.update(event_id.as_bytes());
    hash.update(attempts.to_be_bytes());
    let digest = hash.finalize();
    let value = digest
        .iter()
        .take(4)
        .fold(0, |sum: Millis, byte| sum << 8 | Millis::from(*byte));
    value % (wait / JITTER + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Millis = 1_790_000_000_000;

    fn wait(attempts: i64) -> Millis {
        match next_attempt(attempts, START, START, "case/1/0") {
            Retry::At(at) => at - START,
            Retry::Park => panic!("parked after {attempts} attempts"),
        }
    }

    #[test]
    fn waits_follow_the_table() {
        let table = [
            (0, 1),
            (1, 1),
            (2, 5),
            (3, 15),
            (4, 60),
            (5, 240),
            (6, 240),
            (30, 240),
        ];
        for (attempts, minutes) in table {
            let wait = wait(attempts);
            let least = minutes * MINUTE;
            assert!(
                (least..=least + least / 10).contains(&wait),
                "{attempts} attempts: {wait} ms"
            );
        }
    }

    #[test]
    fn a_delivery_that_always_fails_is_parked_after_seven_days() {
        let (mut now, mut attempts) = (START, 0);
        loop {
            attempts += 1;
            match next_attempt(attempts, START, now, "case/1/0") {
                Retry::At(at) => {
                    assert!(at > now);
                    now = at;
                }
                Retry::Park => break,
            }
            assert!(attempts < 100, "never parked");
        }
        let days = (now - START) as f64 / (24 * HOUR) as f64;
        assert!((6.7..=7.0).contains(&days), "gave up after {days} days");
        assert!((40..=46).contains(&attempts), "{attempts} attempts");
    }

    #[test]
    fn an_own_outage_does_not_cost_the_quick_attempts() {
        let now = START + 30 * 24 * HOUR;
        for attempts in 1..=4 {
            assert!(matches!(
                next_attempt(attempts, START, now, "e"),
                Retry::At(_)
            ));
        }
        assert_eq!(next_attempt(5, START, now, "e"), Retry::Park);
    }

    #[test]
    fn a_clock_set_back_still_waits() {
        let now = START - 48 * HOUR;
        assert!(matches!(next_attempt(9, START, now, "e"), Retry::At(at) if at >= now + THEN));
        assert_eq!(next_attempt(9, 0, Millis::MAX, "e"), Retry::Park);
    }

    #[test]
    fn jitter_is_repeatable_and_spreads() {
        let at = |event: &str| next_attempt(5, START, START, event);
        assert_eq!(at("case/1/0"), at("case/1/0"));
        let different: std::collections::BTreeSet<_> = (0..200)
            .map(|n| match at(&format!("case/{n}/0")) {
                Retry::At(at) => at,
                Retry::Park => 0,
            })
            .collect();
        assert!(different.len() > 190, "{} of 200", different.len());
    }

    #[test]
    fn the_kind_of_failure_decides() {
        let after = |error, attempts| after_failure(&error, attempts, START, START, "e");
        assert_eq!(after(DeliveryError::never("x"), 1), Retry::Park);
        assert!(matches!(
            after(DeliveryError::unclear("x"), 1),
            Retry::At(_)
        ));
        assert_eq!(after(DeliveryError::unclear("x"), 2), Retry::Park);
        assert!(matches!(after(DeliveryError::later("x"), 6), Retry::At(_)));
    }
}
