//! How long something from the server has been overdue. Time counts only while it was due and the page was awake to
//! receive it. Pure.
//!
//! Timestamps alone are not enough: a page that was frozen, hidden or without a connection for a minute has not waited in
//! that minute, and what came meanwhile is still unread.

/// A look at the wait counts for no more than this, microseconds: in the rest the page was suspended. A hidden page
/// may be called as rarely as once a second.
const MAX_STEP_US: u64 = 1_000_000;
/// A page that was not called for longer than this was suspended, and its connection with it, microseconds.
const SLEPT_US: u64 = 5_000_000;
/// No welcome within this time, microseconds.
const JOIN_TIMEOUT_US: u64 = 8_000_000;
/// A seat that is kept is not worth a long wait for an answer that was lost with the line: microseconds, and besides
/// so many round trips, if they are known: name, connection, TLS, upgrade, welcome, each perhaps twice.
const REJOIN_TIMEOUT_US: u64 = 2_000_000;
const REJOIN_ROUND_TRIPS: u64 = 10;
/// No snapshot within this time, microseconds.
const SILENCE_TIMEOUT_US: u64 = 10_000_000;
/// The same on a connection that was open while the page was suspended: it is most likely broken, and no event has said so.
const AFTER_SLEEP_TIMEOUT_US: u64 = 2_000_000;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing: no connection, or a room that stands still.
    Nothing,
    /// To be let in; with what is known of the round trip, milliseconds, for a player with a seat to come back to.
    Welcome { back_ms: Option<u32> },
    /// The next snapshot, after the last message from the server at that time; a spectator's first one comes so much later.
    Snapshot { heard_at_us: u64, late_us: u64 },
}

/// What did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    Welcome,
    Snapshot,
}

/// The wait.
#[derive(Clone, Debug)]
pub(crate) struct Watchdog {
    due: Due,
    looked_at_us: u64,
    waited_us: u64,
    slept: bool,
}

impl Watchdog {
    /// Begins at `now_us`, with nothing due.
    pub(crate) fn new(now_us: u64) -> Self {
        Self { due: Due::Nothing, looked_at_us: now_us, waited_us: 0, slept: false }
    }

    /// Another connection is tried: its wait begins.
    pub(crate) fn begin_anew(&mut self, now_us: u64) {
        *self = Self::new(now_us);
    }

    /// Looks at what is due now.
    pub(crate) fn look(&mut self, now_us: u64, due: Due) {
        let passed_us = now_us.saturating_sub(self.looked_at_us);
        self.looked_at_us = now_us;
        if due == self.due {
            self.waited_us += passed_us.min(MAX_STEP_US);
            self.slept |= passed_us > SLEPT_US;
        } else {
            (self.due, self.waited_us) = (due, 0);
            self.slept = false;
        }
    }

    /// Something says that the connection may have broken without a word, such as a network that is back.
    pub(crate) fn doubt(&mut self) {
        self.slept = true;
    }

    /// How long the next snapshot has been due; 0 while none is.
    pub(crate) fn silence_us(&self) -> u64 {
        match self.due {
            Due::Snapshot { late_us, .. } => self.waited_us.saturating_sub(late_us),
            Due::Nothing | Due::Welcome { .. } => 0,
        }
    }

    /// What has not come in time.
    pub(crate) fn overdue(&self) -> Option<Overdue> {
        match self.due {
            Due::Nothing => None,
            Due::Welcome { back_ms } => {
                let limit_us = back_ms.map_or(JOIN_TIMEOUT_US, |round_ms| {
                    REJOIN_TIMEOUT_US + u64::from(round_ms) * 1000 * REJOIN_ROUND_TRIPS
                });
                let limit_us = limit_us.min(JOIN_TIMEOUT_US);
                (self.waited_us > limit_us).then_some(Overdue::Welcome)
            }
            Due::Snapshot { .. } => {
                let limit_us = if self.slept { AFTER_SLEEP_TIMEOUT_US } else { SILENCE_TIMEOUT_US };
                (self.silence_us() > limit_us).then_some(Overdue::Snapshot)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_US: u64 = 50_000;

    fn snapshot(heard_at_us: u64) -> Due {
        Due::Snapshot { heard_at_us, late_us: 0 }
    }

    /// Looks once a frame until something is overdue; after how long.
    fn patience_us(watchdog: &mut Watchdog, from_us: u64, due: Due) -> u64 {
        let looks = (0..1000).map(|n| from_us + n * FRAME_US);
        let end = looks.into_iter().find(|&now_us| {
            watchdog.look(now_us, due);
            watchdog.overdue().is_some()
        });
        end.expect("an end") - from_us
    }

    #[test]
    fn a_break_is_no_silence_at_any_frame_rate() {
        for frame_us in [7_000, 16_000, FRAME_US, 250_000] {
            let mut watchdog = Watchdog::new(0);
            watchdog.look(0, snapshot(0));
            // Noticed after 3 s, back after 15: the snapshot before the break is old, the welcome is not.
            watchdog.look(3_000_000, Due::Nothing);
            watchdog.begin_anew(15_000_000);
            watchdog.look(15_000_000, Due::Welcome { back_ms: Some(30) });
            watchdog.look(15_200_000, snapshot(15_200_000));
            for now_us in (0..20).map(|n| 15_200_000 + n * frame_us) {
                watchdog.look(now_us, snapshot(15_200_000));
                assert_eq!(watchdog.overdue(), None, "{frame_us}");
            }
        }
    }

    #[test]
    fn silence_ends_a_connection_and_a_pause_does_not() {
        let mut watchdog = Watchdog::new(0);
        let waited_us = patience_us(&mut watchdog, 0, snapshot(0));
        assert!((SILENCE_TIMEOUT_US..SILENCE_TIMEOUT_US + 2 * FRAME_US).contains(&waited_us), "{waited_us}");
        assert_eq!(watchdog.overdue(), Some(Overdue::Snapshot));
        watchdog.look(12_000_000, Due::Nothing);
        watchdog.look(400_000_000, Due::Nothing);
        watchdog.look(400_000_000 + FRAME_US, snapshot(400_000_000));
        assert_eq!((watchdog.overdue(), watchdog.silence_us()), (None, 0));
    }

    #[test]
    fn a_page_that_slept_reads_its_mail_first_and_is_then_impatient() {
        let mut watchdog = Watchdog::new(0);
        watchdog.look(0, snapshot(0));
        let woke_us = 3_600_000_000;
        watchdog.look(woke_us, snapshot(0));
        assert_eq!(watchdog.overdue(), None, "an hour asleep is a second of waiting at the most");
        let waited_us = patience_us(&mut watchdog.clone(), woke_us, snapshot(0));
        assert!(waited_us < 2_000_000, "{waited_us}");
        // The connection was alive after all.
        watchdog.look(woke_us + FRAME_US, snapshot(woke_us + 20_000));
        let waited_us = patience_us(&mut watchdog, woke_us + FRAME_US, snapshot(woke_us + 20_000));
        assert!(waited_us > 9_000_000, "{waited_us}");
    }

    #[test]
    fn who_comes_back_asks_again_soon_and_a_slow_line_gets_its_time() {
        let patience = |back_ms| patience_us(&mut Watchdog::new(0), 0, Due::Welcome { back_ms }) / 1_000_000;
        assert_eq!([None, Some(0), Some(50), Some(500), Some(u32::MAX)].map(patience), [8, 2, 2, 7, 8]);
    }

    #[test]
    fn a_spectators_first_snapshot_may_take_its_time() {
        let due = Due::Snapshot { heard_at_us: 0, late_us: 30_000_000 };
        assert!(patience_us(&mut Watchdog::new(0), 0, due) >= 40_000_000);
    }
}
