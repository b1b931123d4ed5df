//! The last few hundred durations, and their percentiles.

use crate::room::report::TickMs;

/// How many are kept: at 30 a second, the last 17 seconds.
const KEPT: usize = 512;

/// A ring of durations.
#[derive(Debug)]
pub(crate) struct Durations {
    ring: Vec<u32>,
    sorted: Vec<u32>,
    next: usize,
}

impl Durations {
    pub(crate) fn new() -> Self {
        Self { ring: Vec::with_capacity(KEPT), sorted: Vec::with_capacity(KEPT), next: 0 }
    }

    pub(crate) fn push(&mut self, micros: u64) {
        let micros = u32::try_from(micros).unwrap_or(u32::MAX);
        if self.ring.len() < KEPT {
            self.ring.push(micros);
        } else {
            self.ring[self.next] = micros;
        }
        self.next = (self.next + 1) % KEPT;
    }

    pub(crate) fn summary(&mut self) -> TickMs {
        self.sorted.clear();
        self.sorted.extend_from_slice(&self.ring);
        self.sorted.sort_unstable();
        let at = |share: usize| {
            let index = (self.sorted.len() * share / 100).min(self.sorted.len().saturating_sub(1));
            self.sorted.get(index).map_or(0.0, |&micros| micros as f32 / 1000.0)
        };
        TickMs { p50: at(50), p99: at(99), max: at(100) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_newest() {
        let mut durations = Durations::new();
        assert_eq!(durations.summary().max, 0.0);
        for n in 0..5_000u64 {
            durations.push(n * 1000);
        }
        let summary = durations.summary();
        assert_eq!(summary.max, 4999.0);
        assert!((4740.0..4748.0).contains(&summary.p50), "{summary:?}");
        assert!(summary.p99 > 4990.0);
    }
}
