//! Limits the log lines of an event that any client can cause: one line in a while, with the number of those left out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_secs(10);

/// Decides when a line is due.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    left_out: u64,
}

impl Seldom {
    /// Counts the event. If a line is due, returns how many events had no line since the last one.
    pub(crate) fn again(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last.is_some_and(|last| now.saturating_duration_since(last) < PERIOD) {
            state.left_out += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_in_ten_seconds_tells_of_the_others() {
        let seldom = Seldom::default();
        let start = Instant::now();
        let lines: Vec<_> =
            (0..300).filter_map(|n| seldom.again(start + Duration::from_millis(100 * n))).collect();
        assert_eq!(lines, [0, 99, 99]);
    }
}
