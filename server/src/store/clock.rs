//! The time for decisions that cannot be undone: a clock that is set wrong at one start must not make the store delete
//! data.
//!
//! The system's clock is believed at once if it continues from when the store was last used, within the expected range.
//! After a larger jump, the time continues from there at the pace of the monotonic clock, until the system's clock has
//! been consistent with itself for a day. Until then nothing is deleted.
//!
//! What people are only shown, such as a line's time or today's board, follows the system's clock at once, forward and
//! back.

use super::types::Day;
use crate::wall::Wall;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tracing::warn;

/// How long a server is believed to have been off, milliseconds.
const BELIEVED_OFF_MS: u64 = 7 * DAY_MS;
/// By how much a clock may be set while the server runs and still be believed, milliseconds.
const BELIEVED_STEP_MS: u64 = DAY_MS;
/// How long a clock that jumped must be consistent with itself, milliseconds.
const PROOF_MS: u64 = DAY_MS;
/// By how much a clock under time synchronization may deviate from itself meanwhile, milliseconds.
const WORD_MS: u64 = 10 * 60_000;
const DAY_MS: u64 = 86_400_000;

/// The time, and whether what has expired by then may be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Unix milliseconds.
    pub(super) now_ms: u64,
    /// Whether what has expired by then may be deleted.
    pub(super) is_proven: bool,
}

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug)]
struct Clocks {
    /// The monotonic clock, milliseconds.
    mono_ms: u64,
    /// The system's clock, Unix milliseconds.
    wall_ms: u64,
}

/// The rule without clocks: their times are arguments, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// When the system's clock was last right.
    right: Clocks,
    believed_ms: u64,
    /// When the system's clock began to deviate.
    doubt: Option<Clocks>,
}

impl Rule {
    /// `last_ms` is when the store was last used.
    fn new(mono_ms: u64, wall_ms: u64, last_ms: Option<u64>) -> Self {
        let right = Clocks { mono_ms, wall_ms: last_ms.unwrap_or(wall_ms) };
        Self { right, believed_ms: BELIEVED_OFF_MS, doubt: None }
    }

    fn look(&mut self, mono_ms: u64, wall_ms: u64) -> Reading {
        let passed_ms = mono_ms.saturating_sub(self.right.mono_ms);
        let expected_ms = self.right.wall_ms.saturating_add(passed_ms);
        let is_near = wall_ms.abs_diff(expected_ms) <= self.believed_ms;
        let believed_ms = std::mem::replace(&mut self.believed_ms, BELIEVED_STEP_MS);
        if is_near || self.is_consistent(mono_ms, wall_ms) {
            self.right = Clocks { mono_ms, wall_ms };
            self.doubt = None;
            return Reading { now_ms: wall_ms, is_proven: true };
        }
        // Until the clock is right, a correction is believed within the same range as at first.
        self.believed_ms = believed_ms;
        Reading { now_ms: expected_ms, is_proven: false }
    }

    fn is_consistent(&mut self, mono_ms: u64, wall_ms: u64) -> bool {
        let doubt = *self.doubt.get_or_insert(Clocks { mono_ms, wall_ms });
        let passed_ms = mono_ms.saturating_sub(doubt.mono_ms);
        if wall_ms.abs_diff(doubt.wall_ms.saturating_add(passed_ms)) > WORD_MS {
            self.doubt = Some(Clocks { mono_ms, wall_ms });
            return false;
        }
        passed_ms >= PROOF_MS
    }
}

/// The store's clock.
#[derive(Debug)]
pub(super) struct Clock {
    begun: Instant,
    wall: Wall,
    rule: Mutex<Rule>,
}

impl Clock {
    /// For a store that was last used at `last_ms`.
    pub(super) fn new(wall: Wall, last_ms: Option<u64>) -> Self {
        let rule = Mutex::new(Rule::new(0, wall.now_ms(), last_ms));
        let clock = Self { begun: Instant::now(), wall, rule };
        if !clock.look().is_proven {
            warn!(
                days = wall.now_ms().abs_diff(last_ms.unwrap_or_default()) / DAY_MS,
                "the clock is far from when the store was last used: nothing is forgotten until it has kept its word for a day"
            );
        }
        clock
    }

    pub(super) fn look(&self) -> Reading {
        let mono_ms = self.begun.elapsed().as_millis() as u64;
        self.rule.lock().unwrap_or_else(PoisonError::into_inner).look(mono_ms, self.wall.now_ms())
    }

    /// The day by the system's clock, which is believed where it only decides what is shown.
    pub(super) fn today(&self) -> Day {
        self.wall.day()
    }

    /// Unix seconds.
    pub(super) fn now_s(&self) -> i64 {
        (self.look().now_ms / 1000).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: u64 = 20_000 * DAY_MS;

    #[test]
    fn a_clock_that_goes_on_is_believed() {
        let mut rule = Rule::new(0, NOW_MS, None);
        assert_eq!(rule.look(0, NOW_MS), Reading { now_ms: NOW_MS, is_proven: true }, "a new store");
        let mut rule = Rule::new(0, NOW_MS, Some(NOW_MS - 6 * DAY_MS));
        assert!(rule.look(0, NOW_MS).is_proven, "off for some days");
        for (mono_ms, wall_ms) in
            [(1000, NOW_MS + 1000), (2000, NOW_MS - 3_600_000), (3000, NOW_MS + 80_000_000)]
        {
            assert_eq!(rule.look(mono_ms, wall_ms), Reading { now_ms: wall_ms, is_proven: true });
        }
    }

    #[test]
    fn a_jump_is_believed_after_a_day_and_not_before() {
        for wall_ms in [NOW_MS + 400 * DAY_MS, 0] {
            let mut rule = Rule::new(0, wall_ms, Some(NOW_MS));
            for mono_ms in [0, 60_000, PROOF_MS - 1] {
                let reading = rule.look(mono_ms, wall_ms + mono_ms);
                assert_eq!(reading, Reading { now_ms: NOW_MS + mono_ms, is_proven: false });
            }
            let reading = rule.look(PROOF_MS, wall_ms + PROOF_MS);
            assert_eq!(reading, Reading { now_ms: wall_ms + PROOF_MS, is_proven: true });
        }
    }

    #[test]
    fn a_clock_that_is_set_right_is_believed_at_once() {
        let mut rule = Rule::new(0, NOW_MS + 400 * DAY_MS, Some(NOW_MS - DAY_MS));
        assert!(!rule.look(0, NOW_MS + 400 * DAY_MS).is_proven);
        assert!(!rule.look(PROOF_MS / 2, NOW_MS + 300 * DAY_MS).is_proven, "another word begins anew");
        assert!(!rule.look(PROOF_MS + 1, NOW_MS + 300 * DAY_MS + PROOF_MS / 2).is_proven);
        assert_eq!(rule.look(PROOF_MS + 2, NOW_MS + 5).now_ms, NOW_MS + 5);
        assert!(rule.look(PROOF_MS + 3, NOW_MS + 6).is_proven);
    }
}
