//! The only source of randomness: a small seeded generator that returns the same numbers on every platform.
//!
//! PCG-XSH-RR 64/32 (O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms"). Not
//! for secrets.

/// A seeded generator. It is part of the world's state and of its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: u64,
}

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
const INCREMENT: u64 = 1_442_695_040_888_963_407;

impl Rng {
    /// A generator for `seed`; different seeds give unrelated sequences.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = Self { state: seed.wrapping_add(INCREMENT) };
        rng.next_u32();
        rng.state = rng.state.wrapping_add(seed.rotate_left(32));
        rng.next_u32();
        rng
    }

    /// The generator that continues from [`Self::state`].
    #[must_use]
    pub fn from_state(state: u64) -> Self {
        Self { state }
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
        let xored = (((old >> 18) ^ old) >> 27) as u32;
        xored.rotate_right((old >> 59) as u32)
    }

    /// A number in `0..bound`; `bound` must not be zero. Multiply-shift (Lemire 2019): the bias is below 2^-32 * bound.
    pub fn below(&mut self, bound: u32) -> u32 {
        assert!(bound > 0, "an empty range has no random number");
        ((u64::from(self.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// A number in `0.0..1.0`, a multiple of 2^-24, so exact in f32.
    pub fn unit(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// A number in `low..high`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// True with probability `numerator / denominator`.
    pub fn chance(&mut self, numerator: u32, denominator: u32) -> bool {
        self.below(denominator) < numerator
    }

    /// The generator's whole state, for hashing and keyframes.
    #[must_use]
    pub fn state(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_pinned() {
        let mut rng = Rng::new(7);
        let first: Vec<u32> = (0..4).map(|_| rng.next_u32()).collect();
        let mut again = Rng::new(7);
        assert_eq!(first, (0..4).map(|_| again.next_u32()).collect::<Vec<_>>());
        assert_ne!(first[0], Rng::new(8).next_u32());
        assert_eq!(rng, Rng::from_state(again.state()));
    }

    #[test]
    fn below_covers_its_range_evenly() {
        let mut rng = Rng::new(1);
        let mut counts = [0u32; 6];
        for _ in 0..60_000 {
            counts[rng.below(6) as usize] += 1;
        }
        assert!(counts.iter().all(|&n| (9_500..10_500).contains(&n)), "{counts:?}");
    }
}
