//! When a bot sends a line to the room, as people occasionally do.

use perigee_shared::protocol::{Channel, ServiceRequest};
use std::time::{Duration, Instant};

/// What one bot says, and when.
#[derive(Clone, Debug)]
pub(crate) struct ChatSchedule {
    /// The lines, used in turn, as people write while they play: each game has its own.
    lines: &'static [&'static str],
    every: Duration,
    next_at: Instant,
    said: usize,
}

impl ChatSchedule {
    /// Bots do not speak all at once: the `number`th of `count` starts at its fraction of the interval.
    pub(crate) fn new(
        lines: &'static [&'static str],
        every: Duration,
        number: usize,
        count: usize,
        now: Instant,
    ) -> Self {
        let share = (number + 1) as f64 / count.max(1) as f64;
        Self { lines, every, next_at: now + every.mul_f64(share), said: number }
    }

    /// The line that is due, if any.
    pub(crate) fn due(&mut self, now: Instant) -> Option<ServiceRequest> {
        if now < self.next_at {
            return None;
        }
        // Lines that were not sent in time are skipped.
        self.next_at = self.next_at.max(now.checked_sub(self.every).unwrap_or(now)) + self.every;
        self.said += 1;
        // The number makes each line different, or the server would refuse it as a repetition.
        let line = self.lines.get(self.said % self.lines.len().max(1)).copied().unwrap_or_default();
        let text = format!("{line} ({})", self.said);
        Some(ServiceRequest::Say { channel: Channel::Room, text })
    }
}
