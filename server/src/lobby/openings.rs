//! Limits how often public rooms are opened: a crowd gets its rooms at once, but many players who join and leave do not
//! cause a room for every hundred of them.

use std::time::{Duration, Instant};

/// Public rooms that may be opened at once.
const OPENINGS: u32 = 8;
/// After that, the least time between two openings.
const OPENING_PERIOD: Duration = Duration::from_secs(5);

/// A rate limit on opening public rooms.
#[derive(Debug, Default)]
pub(super) struct Openings {
    /// When the last opening stops counting.
    until: Option<Instant>,
}

impl Openings {
    /// Whether another room may be opened now.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let until = self.until.map_or(now, |until| until.max(now)) + OPENING_PERIOD;
        let may = until - now <= OPENING_PERIOD * OPENINGS;
        if may {
            self.until = Some(until);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_gets_its_rooms_at_once_and_then_one_every_few_seconds() {
        let mut openings = Openings::default();
        let now = Instant::now();
        let opened = |openings: &mut Openings, now| (0..100).filter(|_| openings.take(now)).count();
        assert_eq!(opened(&mut openings, now), OPENINGS as usize);
        let in_a_storm: usize = (1..=20).map(|s| opened(&mut openings, now + Duration::from_secs(s))).sum();
        assert_eq!(in_a_storm, 4);
        assert_eq!(opened(&mut openings, now + Duration::from_secs(300)), OPENINGS as usize);
    }
}
