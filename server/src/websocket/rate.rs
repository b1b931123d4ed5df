//! How much a client may send: a token bucket, and an allowance for silences.
//!
//! A late message is not a fast one: after a silence, because the line or the server stalled, everything due meanwhile
//! arrives at once. So a silence earns in addition what an honest client would have sent in it.

use perigee_shared::token_bucket::{TokenBucket, price};
use std::time::{Duration, Instant};

/// The burst is what the rate allows in this time.
const BURST: Duration = Duration::from_secs(2);
/// A silence longer than any between two packets of an active client.
const QUIET: Duration = Duration::from_millis(200);
/// What an honest client sends in a second: an input for each tick, and some more.
const HONEST_PER_SECOND: f64 = 40.0;
/// A client that is silent for longer is disconnected (`limits.silence_timeout_ms`), so a queue cannot be older. With a
/// limit of 120 this and the burst are 840: a flood of 1,000 a second lasts less than a second.
const OLDEST_QUEUE: Duration = Duration::from_secs(15);

/// Checks messages against a rate.
#[derive(Debug)]
pub(crate) struct Rate {
    per_second: f64,
    bucket: TokenBucket,
    /// Earned by silences, spent when the bucket is empty.
    arrears: Duration,
    /// The part of a silence's length that it earns.
    honest_part: f64,
    start: Instant,
    /// When something was last received, since the start.
    heard: Duration,
}

impl Rate {
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        // The configuration excludes 0.
        let per_second = f64::from(per_second.max(1));
        Self {
            per_second,
            bucket: TokenBucket::new(BURST, Duration::ZERO),
            arrears: Duration::ZERO,
            honest_part: HONEST_PER_SECOND.min(per_second) / per_second,
            start: now,
            heard: Duration::ZERO,
        }
    }

    /// Takes one message; returns false if it exceeds the rate.
    pub(crate) fn allow(&mut self, now: Instant) -> bool {
        self.take(1.0, now)
    }

    /// Takes what costs as much as `cost` messages; returns false if it exceeds the rate.
    pub(crate) fn take(&mut self, cost: f64, now: Instant) -> bool {
        let now = now.saturating_duration_since(self.start);
        let since = now.saturating_sub(self.heard);
        if since > QUIET {
            let most = OLDEST_QUEUE.mul_f64(self.honest_part);
            self.arrears = (self.arrears + since.mul_f64(self.honest_part)).min(most);
        }
        self.heard = now;
        self.bucket.earn(BURST, now);
        let price = price(cost, self.per_second);
        let owed = self.bucket.wait(price);
        if owed > self.arrears {
            return false;
        }
        self.bucket.pay(price);
        self.arrears -= owed;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long a flood of so many a second is accepted.
    fn lasts(rate: &mut Rate, from: Instant, per_second: u32) -> Duration {
        let mut now = from;
        while rate.allow(now) {
            now += Duration::from_secs(1) / per_second;
            assert!(now - from < Duration::from_secs(60), "{per_second} a second are never too many");
        }
        now - from
    }

    /// Sends what an active client does, for this long.
    fn play(rate: &mut Rate, from: Instant, seconds: u32) -> Instant {
        for n in 0..seconds * 30 {
            assert!(rate.allow(from + Duration::from_secs(1) * n / 30));
        }
        from + Duration::from_secs(u64::from(seconds))
    }

    #[test]
    fn a_burst_passes_and_a_flood_does_not() {
        let start = Instant::now();
        let mut rate = Rate::new(10, start);
        assert_eq!((0..100).filter(|_| rate.allow(start)).count(), 20);
        let mut later = start;
        // Without a silence only the rate is earned.
        let passed = (0..100).filter(|_| {
            later += Duration::from_millis(100);
            rate.allow(later)
        });
        assert_eq!(passed.count(), 100);
        assert!(!rate.allow(later));
    }

    #[test]
    fn what_fell_due_while_everything_stood_still_passes_at_once() {
        for stall_s in [1, 9, 14] {
            let mut rate = Rate::new(120, Instant::now());
            let stalled_at = play(&mut rate, Instant::now(), 20);
            let now = stalled_at + Duration::from_secs(stall_s);
            // A stall, its queue, and more play; then the same again.
            for n in 0..stall_s * 30 {
                assert!(rate.allow(now), "number {n} after {stall_s} s");
            }
            let stalled_at = play(&mut rate, now, 20);
            let now = stalled_at + Duration::from_secs(stall_s);
            assert!((0..stall_s * 30).all(|_| rate.allow(now)));
        }
    }

    #[test]
    fn a_flood_ends_within_a_second_whatever_was_before() {
        let start = Instant::now();
        for (playing_s, silent_s) in [(0, 0), (20, 0), (0, 60), (20, 60)] {
            let mut rate = Rate::new(120, start);
            let now = play(&mut rate, start, playing_s) + Duration::from_secs(silent_s);
            let lasted = lasts(&mut rate, now, 1000);
            assert!(lasted < Duration::from_secs(1), "{playing_s} {silent_s}: {lasted:?}");
        }
        let mut rate = Rate::new(120, start);
        let now = play(&mut rate, start, 20);
        assert!(lasts(&mut rate, now, 240) < Duration::from_secs(3));
    }

    #[test]
    fn what_is_large_costs_more() {
        let start = Instant::now();
        let mut rate = Rate::new(10, start);
        assert!(rate.take(19.5, start) && !rate.take(1.0, start) && rate.take(0.5, start));
    }
}
