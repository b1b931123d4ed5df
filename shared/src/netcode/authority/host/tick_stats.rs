//! What one tick did: every fallback is counted by its cause. Knows no metrics; the caller exports these under its own
//! names.

use crate::netcode::authority::baseline::Baseline;
use crate::netcode::authority::input_buffer::Source;
use crate::netcode::authority::seat::Hold;
use crate::netcode::authority::staleness::Ages;
use crate::netcode::authority::viewer::SnapshotStats;
use crate::tick::Tick;

/// What one tick did.
#[derive(Clone, Copy, Debug, Default)]
pub struct TickStats {
    /// Its number.
    pub tick: Tick,
    /// Hash of the whole state after the step: equal inputs give equal hashes, on every platform.
    pub state_hash: u64,
    /// Snapshots written.
    pub snapshots: u32,
    /// Clients skipped in this tick.
    pub skipped: Skips,
    /// Full snapshots.
    pub full: FullSnapshots,
    /// Commands taken for the step.
    pub inputs: InputCounts,
    /// Commands that came after their tick.
    pub inputs_late: u32,
    /// Presses dropped because too many waited.
    pub presses_dropped: u32,
    /// Events dropped because the tick had too many.
    pub events_dropped: u32,
    /// Departures that the owner of the host did not take in time.
    pub departures_dropped: u32,
    /// Players whose belongings the game cannot read.
    pub belongings_refused: u32,
    /// The age of what clients know, over all entities that they should see.
    pub ages: Ages,
    /// Sums over all snapshots.
    pub sums: SnapshotStats,
}

/// Clients that got no snapshot, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skips {
    /// An earlier snapshot still waits in the lane.
    pub lane_full: u32,
    /// Not due: a slow line, or overload.
    pub not_due: u32,
    /// Too many ticks are unacknowledged.
    pub window_full: u32,
    /// An earlier snapshot is not yet paid for.
    pub budget_spent: u32,
}

impl Skips {
    pub(crate) fn count(&mut self, hold: Hold) {
        match hold {
            Hold::Interval => self.not_due += 1,
            Hold::Window => self.window_full += 1,
            Hold::Budget => self.budget_spent += 1,
        }
    }
}

/// Full snapshots, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FullSnapshots {
    /// The client has no state yet.
    pub joined: u32,
    /// The newest acknowledged snapshot is older than the history.
    pub too_old: u32,
    /// The view of the newest acknowledged snapshot is no longer known.
    pub forgotten: u32,
    /// The client found that its state was wrong, and requested it.
    pub asked_for: u32,
}

impl FullSnapshots {
    pub(crate) fn count(&mut self, baseline: Baseline) {
        match baseline {
            Baseline::Age(_) => {}
            Baseline::Nothing => self.joined += 1,
            Baseline::TooOld => self.too_old += 1,
            Baseline::Forgotten => self.forgotten += 1,
            Baseline::Disowned => self.asked_for += 1,
        }
    }
}

/// Commands taken for a step, by source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputCounts {
    /// Arrived in time.
    pub fresh: u32,
    /// The last one, repeated.
    pub repeated: u32,
    /// Neutral, because no command arrived for too long.
    pub neutral: u32,
}

impl InputCounts {
    pub(crate) fn count(&mut self, source: Source) {
        match source {
            Source::Fresh => self.fresh += 1,
            Source::Repeated => self.repeated += 1,
            Source::Neutral => self.neutral += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_a_count_of_its_own() {
        let mut stats = TickStats::default();
        for hold in [Hold::Interval, Hold::Window, Hold::Window, Hold::Budget] {
            stats.skipped.count(hold);
        }
        assert_eq!(stats.skipped, Skips { lane_full: 0, not_due: 1, window_full: 2, budget_spent: 1 });
        use Baseline::{Age, Disowned, Forgotten, Nothing, TooOld};
        for baseline in [Age(3), Nothing, TooOld, TooOld, Forgotten, Disowned] {
            stats.full.count(baseline);
        }
        assert_eq!(stats.full, FullSnapshots { joined: 1, too_old: 2, forgotten: 1, asked_for: 1 });
        for source in [Source::Fresh, Source::Repeated, Source::Repeated, Source::Neutral] {
            stats.inputs.count(source);
        }
        assert_eq!(stats.inputs, InputCounts { fresh: 1, repeated: 2, neutral: 1 });
    }
}
