//! A token bucket whose tokens are time: it saves the time that goes by, up to a bound, and whatever is taken has a price
//! in time. Whole nanoseconds, so that who waits as long as they were told is not a rounding too early.
//!
//! Knows no clock: `now` is an argument, since any fixed moment. Nor does it know its bound, which a configuration may
//! change while it runs. A price that may be overdrawn is not paid from one of these: see `netcode::budget`.

use std::time::Duration;

/// What each of `per_second` things costs, times `count`; rounded down, so that nobody is refused for a rounding.
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
    /// One that begins with `saved`.
    #[must_use]
    pub fn new(saved: Duration, now: Duration) -> Self {
        Self { saved, at: now }
    }

    /// What it has at `now`, of `most` that it may have. A clock that runs backwards earns nothing.
    #[must_use]
    pub fn saved(&self, most: Duration, now: Duration) -> Duration {
        self.saved.saturating_add(now.saturating_sub(self.at)).min(most)
    }

    /// It is `now`.
    pub fn earn(&mut self, most: Duration, now: Duration) {
        self.saved = self.saved(most, now);
        self.at = self.at.max(now);
    }

    /// How long it is until `price` can be paid; zero is now.
    #[must_use]
    pub fn wait(&self, price: Duration) -> Duration {
        price.saturating_sub(self.saved)
    }

    /// Pays, as far as it can.
    pub fn pay(&mut self, price: Duration) {
        self.saved = self.saved.saturating_sub(price);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many pass at once.
    fn passing(bucket: &mut TokenBucket, price: Duration) -> usize {
        std::iter::from_fn(|| bucket.wait(price).is_zero().then(|| bucket.pay(price))).count()
    }

    #[test]
    fn a_burst_passes_then_the_rate_and_no_more_than_a_burst_is_saved() {
        // A rate whose price is no whole number of nanoseconds, too.
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
        // What went by before is not earned a second time.
        bucket.earn(5 * SECOND, 10 * SECOND + SECOND / 2);
        assert_eq!(bucket.wait(SECOND), SECOND / 2);
        bucket.earn(5 * SECOND, 11 * SECOND);
        assert_eq!(bucket.wait(SECOND), Duration::ZERO);
        assert_eq!(bucket.saved(5 * SECOND, Duration::MAX), 5 * SECOND);
    }
}
