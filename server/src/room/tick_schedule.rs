//! When ticks begin: at absolute deadlines, so that nothing drifts. Deadlines missed in a stall are skipped and
//! counted, never run in fast-forward.

use crate::room::durations::Durations;
use crate::room::report::TickMs;
use std::time::{Duration, Instant};

/// The room's tick schedule. Its pace may change between two deadlines.
#[derive(Debug)]
pub(crate) struct TickSchedule {
    number: u64,
    /// Deadlines are counted from here, so that the rounding of one interval is not added to the next.
    anchor: Instant,
    since_anchor: u64,
    tick_us: u64,
    delays: Durations,
}

/// A third of a millisecond is what whole microseconds lose in a second: deadlines are `n` thirds of 100 ms.
const EXACT: (u64, u64) = (33_333, 100_000);

impl TickSchedule {
    /// A schedule that begins now.
    pub(crate) fn new(anchor: Instant) -> Self {
        Self { number: 0, anchor, since_anchor: 0, tick_us: EXACT.0, delays: Durations::new() }
    }

    /// The number of the last deadline.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Sleeps to the next deadline, `tick_us` after the last one. Returns how many deadlines had passed already.
    pub(crate) fn sleep_to_next(&mut self, tick_us: u64) -> u64 {
        if tick_us != self.tick_us {
            self.anchor = self.due(0);
            self.since_anchor = 0;
            self.tick_us = tick_us;
        }
        let now = Instant::now();
        let mut missed = 0;
        if let Some(left) = self.due(1).checked_duration_since(now) {
            std::thread::sleep(left);
        } else {
            missed = (now - self.due(1)).as_micros() as u64 / self.tick_us;
        }
        self.since_anchor += 1 + missed;
        self.number += 1 + missed;
        self.delays.push(Instant::now().saturating_duration_since(self.due(0)).as_micros() as u64);
        missed
    }

    /// How late ticks began.
    pub(crate) fn delays(&mut self) -> TickMs {
        self.delays.summary()
    }

    fn due(&self, ahead: u64) -> Instant {
        let beats = self.since_anchor + ahead;
        let micros = if self.tick_us == EXACT.0 { beats * EXACT.1 / 3 } else { beats * self.tick_us };
        self.anchor + Duration::from_micros(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::tick::TICK_MICROS;

    #[test]
    fn a_usual_second_has_thirty_beats_and_none_is_lost_to_rounding() {
        assert_eq!(EXACT.0, TICK_MICROS);
        let mut beats = TickSchedule::new(Instant::now());
        assert_eq!(beats.due(30) - beats.anchor, Duration::from_secs(1));
        assert_eq!(beats.due(3_000_000) - beats.anchor, Duration::from_secs(100_000));
        beats.tick_us = 50_000;
        assert_eq!(beats.due(30) - beats.anchor, Duration::from_millis(1500));
    }

    #[test]
    fn missed_beats_are_counted_and_not_run_after_one_another() {
        let long_ago = Instant::now().checked_sub(Duration::from_millis(500)).unwrap();
        let mut beats = TickSchedule::new(long_ago);
        let missed = beats.sleep_to_next(TICK_MICROS);
        assert!((13..=16).contains(&missed), "{missed}");
        let begun = Instant::now();
        assert_eq!(beats.sleep_to_next(TICK_MICROS), 0);
        assert!(begun.elapsed() > Duration::from_millis(10));
    }

    #[test]
    fn a_change_of_pace_counts_from_the_last_deadline() {
        let mut beats = TickSchedule::new(Instant::now());
        beats.sleep_to_next(TICK_MICROS);
        let last = beats.due(0);
        beats.sleep_to_next(TICK_MICROS * 2);
        assert_eq!(beats.due(0) - last, Duration::from_micros(TICK_MICROS * 2));
    }
}
