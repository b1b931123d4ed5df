//! A token bucket: how many messages a client may send.

use std::time::Instant;

/// Messages that may come at once, as a multiple of a second's worth.
const BURST_SECONDS: f64 = 2.0;

/// Counts messages against a rate.
#[derive(Debug)]
pub(crate) struct Rate {
    per_second: f64,
    tokens: f64,
    at: Instant,
}

impl Rate {
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Self { per_second, tokens: per_second * BURST_SECONDS, at: now }
    }

    /// Takes one message in; false if it is one too many.
    pub(crate) fn allow(&mut self, now: Instant) -> bool {
        let earned = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.at = now;
        self.tokens = (self.tokens + earned).min(self.per_second * BURST_SECONDS);
        let allowed = self.tokens >= 1.0;
        if allowed {
            self.tokens -= 1.0;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_passes_and_a_flood_does_not() {
        let start = Instant::now();
        let mut rate = Rate::new(10, start);
        assert_eq!((0..100).filter(|_| rate.allow(start)).count(), 20);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| rate.allow(later)).count(), 10);
    }
}
