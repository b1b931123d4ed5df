//! Rate limits on lines, and on repetitions of one line. Time is an argument.

use perigee_shared::token_bucket::TokenBucket;
use serde::Deserialize;
use std::time::Duration;

/// A rate of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Pace {
    /// Lines that may be written at once.
    pub burst: u32,
    /// After a burst, one line in this time, milliseconds.
    pub interval_ms: u32,
}

impl Pace {
    /// The cost of a line.
    fn interval(self) -> Duration {
        Duration::from_millis(u64::from(self.interval_ms))
    }
}

/// A person's token bucket for lines, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket(TokenBucket);

impl Bucket {
    /// A bucket with `lines` to spend, at most `burst`.
    pub(crate) fn new(pace: Pace, lines: u32, now_ms: u64) -> Self {
        let saved = pace.interval() * lines.min(pace.burst);
        Self(TokenBucket::new(saved, Duration::from_millis(now_ms)))
    }

    /// Milliseconds until the next line is allowed; 0 is now. If `now_ms` runs backwards, nothing is earned.
    pub(crate) fn wait_ms(&mut self, pace: Pace, now_ms: u64) -> u64 {
        self.0.earn(pace.interval() * pace.burst, Duration::from_millis(now_ms));
        self.0.wait(pace.interval()).as_millis() as u64
    }

    /// Pays for a line that [`wait_ms`](Self::wait_ms) allowed.
    pub(crate) fn pay(&mut self, pace: Pace) {
        self.0.pay(pace.interval());
    }
}

/// Lines whose repetition is detected.
const REMEMBERED: usize = 4;

/// A person's last lines, as hashes.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastSaid([Option<Said>; REMEMBERED]);

#[derive(Clone, Copy, Debug)]
struct Said {
    hash: u64,
    times: u32,
    at_ms: u64,
}

impl LastSaid {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// How long `hash` has to wait if `most` repetitions within `window_ms` are allowed; 0 is now.
    pub(crate) fn wait_ms(&self, hash: u64, most: u32, window_ms: u64, now_ms: u64) -> u64 {
        let said = self.0.iter().flatten().find(|said| said.hash == hash && said.times >= most);
        said.map_or(0, |said| (said.at_ms + window_ms).saturating_sub(now_ms))
    }

    /// Records a line, in place of the oldest.
    pub(crate) fn note(&mut self, hash: u64, window_ms: u64, now_ms: u64) {
        let known = self.0.iter().position(|said| said.is_some_and(|said| said.hash == hash));
        let oldest =
            || (0..REMEMBERED).min_by_key(|&at| self.0[at].map_or(0, |said| said.at_ms + 1)).unwrap_or(0);
        let at = known.unwrap_or_else(oldest);
        let before = self.0[at].filter(|said| said.hash == hash && now_ms < said.at_ms + window_ms);
        self.0[at] = Some(Said { hash, times: before.map_or(0, |said| said.times) + 1, at_ms: now_ms });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { burst: 5, interval_ms: 1500 };

    fn try_to_say(bucket: &mut Bucket, now_ms: u64) -> u64 {
        let wait_ms = bucket.wait_ms(PACE, now_ms);
        if wait_ms == 0 {
            bucket.pay(PACE);
        }
        wait_ms
    }

    #[test]
    fn a_burst_then_one_an_interval() {
        let mut bucket = Bucket::new(PACE, 5, 1000);
        assert_eq!((0..9).filter(|_| try_to_say(&mut bucket, 1000) == 0).count(), 5);
        assert_eq!(try_to_say(&mut bucket, 1000), 1500);
        assert_eq!(try_to_say(&mut bucket, 2499), 1);
        assert_eq!(try_to_say(&mut bucket, 2500), 0);
        // A minute later a burst is allowed again, and no more than that.
        assert_eq!((0..9).filter(|_| try_to_say(&mut bucket, 62_500) == 0).count(), 5);
    }

    #[test]
    fn a_clock_that_runs_backwards_earns_nothing_and_breaks_nothing() {
        let mut bucket = Bucket::new(PACE, 1, 10_000);
        assert_eq!(try_to_say(&mut bucket, 5_000), 0);
        assert_eq!(try_to_say(&mut bucket, 6_500), 1500);
        assert_eq!(try_to_say(&mut bucket, 11_500), 0);
    }

    #[test]
    fn the_same_words_wait_and_others_do_not() {
        let mut last = LastSaid::default();
        for now_ms in [0, 10] {
            assert_eq!(last.wait_ms(7, 2, 30_000, now_ms), 0);
            last.note(7, 30_000, now_ms);
        }
        assert_eq!(last.wait_ms(7, 2, 30_000, 10_010), 20_000);
        assert_eq!(last.wait_ms(8, 2, 30_000, 10_010), 0);
        assert_eq!(last.wait_ms(7, 2, 30_000, 30_010), 0);
        last.note(7, 30_000, 30_010);
        assert_eq!(last.wait_ms(7, 2, 30_000, 30_011), 0, "the count began anew");
        for hash in 10..14 {
            last.note(hash, 30_000, 30_020);
        }
        assert_eq!(last.wait_ms(7, 1, 30_000, 30_021), 0, "forgotten for newer ones");
    }
}
