//! A token bucket whose tokens are time: it saves elapsed time, up to a bound, and each action has a price in time.
//! Whole nanoseconds, so that a client that waits exactly as long as it was told is not too early by a rounding error.
//!
//! It knows no clock: `now` is an argument, counted from any fixed moment. It does not know its bound either, since a
//! configuration may change it at run time. It cannot be overdrawn: for that see `netcode::budget`.

use std::time::Duration;

/// The price of `count` actions at a rate of `per_second`; rounded down, so that rounding never causes a refusal.
#[must_use]
pub fn price(count: f64, per_second: f64) -> Duration {
    Duration::from_nanos((count * 1e9 / per_second) as u64)
}

/// Saved time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenBucket {
    saved: Duration,
    at: Duration,
}

impl TokenBucket {
    /// A bucket that starts with `saved`.
    #[must_use]
    pub fn new(saved: Duration, now: Duration) -> Self {
        Self { saved, at: now }
    }

    /// The savings at `now`, at most `most`. A clock that runs backwards earns nothing.
    #[must_use]
    pub fn saved(&self, most: Duration, now: Duration) -> Duration {
        self.saved.saturating_add(now.saturating_sub(self.at)).min(most)
    }

    /// Adds the time up to `now`.
    pub fn earn(&mut self, most: Duration, now: Duration) {
        self.saved = self.saved(most, now);
        self.at = self.at.max(now);
    }

    /// The wait until `price` can be paid; zero if it can be paid now.
    #[must_use]
    pub fn wait(&self, price: Duration) -> Duration {
        price.saturating_sub(self.saved)
    }

    /// Pays `price`; the savings stop at zero.
    pub fn pay(&mut self, price: Duration) {
        self.saved = self.saved.saturating_sub(price);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many actions pass at once.
    fn passing(bucket: &mut TokenBucket, price: Duration) -> usize {
        std::iter::from_fn(|| bucket.wait(price).is_zero().then(|| bucket.pay(price))).count()
    }

    #[test]
    fn a_burst_passes_then_the_rate_and_no_more_than_a_burst_is_saved() {
        // Also rates whose price is not a whole number of nanoseconds.
        for per_second in [2.0, 3.0, 7.0, 120.0, 99_999.0] {
            let price = price(1.0, per_second);
            let most = 2 * SECOND;
            let mut bucket = TokenBucket::new(most, SECOND);
            let burst = passing(&mut bucket, price);
            assert!((2.0 * per_second..2.0 * per_second + 2.5).contains(&(burst as f64)), "{burst}");
            bucket.earn(most, 2 * SECOND);
            assert!(passing(&mut bucket, price) >= per_second as usize);
            bucket.earn(most, 100 * SECOND);
            assert_eq!(passing(&mut bucket, price), burst);
        }
    }

    #[test]
    fn who_waits_as_long_as_told_passes_and_a_moment_earlier_does_not() {
        let (price, most) = (price(1.0, 3.0), SECOND);
        let mut bucket = TokenBucket::new(Duration::ZERO, SECOND);
        let then = SECOND + bucket.wait(price);
        bucket.earn(most, then - Duration::from_nanos(1));
        assert_eq!(bucket.wait(price), Duration::from_nanos(1));
        bucket.earn(most, then);
        assert_eq!(bucket.wait(price), Duration::ZERO);
    }

    #[test]
    fn a_clock_that_runs_backwards_earns_nothing_and_breaks_nothing() {
        let mut bucket = TokenBucket::new(Duration::ZERO, 10 * SECOND);
        bucket.earn(5 * SECOND, 4 * SECOND);
        assert_eq!(bucket.wait(SECOND), SECOND);
        // Elapsed time is not earned twice.
        bucket.earn(5 * SECOND, 10 * SECOND + SECOND / 2);
        assert_eq!(bucket.wait(SECOND), SECOND / 2);
        bucket.earn(5 * SECOND, 11 * SECOND);
        assert_eq!(bucket.wait(SECOND), Duration::ZERO);
        assert_eq!(bucket.saved(5 * SECOND, Duration::MAX), 5 * SECOND);
    }
}
