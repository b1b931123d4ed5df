//! The simulation's unit of time.
//!
//! A tick number wraps around, so it has no `Ord`: use [`Tick::is_newer`] and [`Tick::since`] instead. At 30 Hz the
//! wrap is after 4.5 years; tests cover the arithmetic at the wrap.

use serde::{Deserialize, Serialize};

/// Ticks per second of every simulation.
pub const TICK_HZ: u32 = 30;
/// Length of a tick in seconds.
pub const TICK_SECONDS: f32 = 1.0 / TICK_HZ as f32;
/// Length of a tick in microseconds, rounded down; deadlines are computed as `n * 1_000_000 / TICK_HZ`.
pub const TICK_MICROS: u64 = 1_000_000 / TICK_HZ as u64;

/// A tick number, modulo 2^32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tick(pub u32);

impl Tick {
    /// The tick `n` ticks later.
    #[must_use]
    pub fn plus(self, n: u32) -> Self {
        Self(self.0.wrapping_add(n))
    }

    /// The tick `n` ticks earlier.
    #[must_use]
    pub fn minus(self, n: u32) -> Self {
        Self(self.0.wrapping_sub(n))
    }

    /// Signed distance from `earlier` to `self`, in ticks; correct while the two are within 2^31 of each other.
    #[must_use]
    pub fn since(self, earlier: Self) -> i32 {
        self.0.wrapping_sub(earlier.0) as i32
    }

    /// Whether `self` comes after `other`.
    #[must_use]
    pub fn is_newer(self, other: Self) -> bool {
        self.since(other) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_survives_the_wrap() {
        let before = Tick(u32::MAX);
        let after = before.plus(2);
        assert_eq!(after, Tick(1));
        assert!(after.is_newer(before) && !before.is_newer(after) && !after.is_newer(after));
        assert_eq!(after.since(before), 2);
        assert_eq!(before.since(after), -2);
        assert_eq!(after.minus(2), before);
    }
}
