//! Random numbers that are the same for the same seed, on every machine.

/// SplitMix64 after Steele, Lea and Flood: small, and good enough to try things.
#[derive(Clone, Debug)]
pub(in crate::check::scenario) struct Random(u64);

impl Random {
    /// Numbers of a seed; `stream` keeps several series of one seed apart.
    pub(in crate::check::scenario) fn new(seed: u64, stream: u64) -> Random {
        let mut random = Random(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        random
    }

    pub(in crate::check::scenario) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`; zero where there is none.
    pub(in crate::check::scenario) fn below(&mut self, limit: usize) -> usize {
        match u64::try_from(limit) {
            Ok(limit @ 1..) => usize::try_from(self.next() % limit).unwrap_or(0),
            _ => 0,
        }
    }

    /// A number from `low` to `high`, both included.
    pub(in crate::check::scenario) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low))
            .unwrap_or(0)
            .saturating_add(1);
        let step = self.next() % width.max(1);
        low.saturating_add(i64::try_from(step).unwrap_or(0))
    }

    /// True in so many cases of a hundred.
    pub(in crate::check::scenario) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of several.
    pub(in crate::check::scenario) fn one<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        of.get(self.below(of.len()))
    }
}
