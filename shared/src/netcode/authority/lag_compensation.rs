//! Lag compensation: a shooter aims at a target where it was shown, so a hit is decided against where the target was at
//! the shooter's view tick.
//!
//! A client says with each input packet how far the moment it shows lies behind its newest command. [`ViewLag`] bounds
//! that claim by what the host itself knows (what was sent, what was acknowledged, the delay that the flow measured),
//! limits its rate of change to that of an honest view, and never lets it exceed what the room allows. The same bound
//! applies to the state that an extrapolation begins at ([`Past::shown`](crate::netcode::Past::shown)). `Past` returns
//! where an entity was so long ago. (Bernier 2001, "Latency Compensating Methods in Client/Server In-game Protocol
//! Design and Optimization"; the blend between two ticks is the client's own, see `interpolation`.)

use crate::limits::MAX_VIEW_DELAY_TICKS;
use crate::netcode::state::past::{LAG_FRACTIONS, Lag};
use crate::tick::Tick;

/// Largest change of the applied lag in one tick, in eighths: one tick. An honest view's delay is steered more slowly,
/// but commands come in whole ticks and frames do not, so the lag between the two moves by up to a tick.
const MAX_CHANGE_EIGHTHS: u16 = 8;
/// Ticks without a change, or without a packet, whose allowed change may be saved up.
const MAX_SAVED_TICKS: u16 = 8;

/// One player's claim about the moment that they see, bounded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ViewLag {
    applied: Option<u16>,
    /// The change that is allowed now, eighths. A token bucket: it gains `MAX_CHANGE_EIGHTHS` in each tick.
    slack: u16,
}

impl ViewLag {
    /// The lag for the command of `tick`. The player says that what they see lies `claimed` eighths of a tick behind
    /// it, at most `longest`, and was sent snapshots up to `sent` and acknowledged `acked`.
    pub(crate) fn at(
        &mut self,
        tick: Tick,
        claimed: u16,
        longest: Lag,
        sent: Option<Tick>,
        acked: Option<Tick>,
    ) -> Lag {
        let bounded = |eighths: u32| eighths.min(u32::from(longest.0)) as u16;
        let eighths = |ticks: i32| bounded(ticks.max(0) as u32 * LAG_FRACTIONS);
        let (Some(sent), Some(acked)) = (sent, acked) else { return Lag(0) };
        // A player sees nothing newer than the newest snapshot sent: lag >= tick - sent. An honest client shows nothing
        // older than the longest view delay behind the newest snapshot that it has: lag <= tick - acked +
        // MAX_VIEW_DELAY_TICKS.
        let least = eighths(tick.since(sent));
        let most = eighths(tick.since(acked) + MAX_VIEW_DELAY_TICKS as i32);
        let wanted = bounded(u32::from(claimed)).min(most).max(least);
        self.slack = (self.slack + MAX_CHANGE_EIGHTHS).min(MAX_CHANGE_EIGHTHS * MAX_SAVED_TICKS);
        let applied = match self.applied {
            Some(last) => wanted.clamp(last.saturating_sub(self.slack), last + self.slack),
            None => wanted,
        };
        // `longest` may have shrunk since the last tick.
        let applied = applied.min(longest.0);
        self.slack = self.slack.saturating_sub(self.applied.map_or(0, |last| last.abs_diff(applied)));
        self.applied = Some(applied);
        Lag(applied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_claims_another_tick_than_they_could_have_seen() {
        let now = Tick(100);
        let (sent, acked) = (Some(Tick(99)), Some(Tick(96)));
        let lag = |claimed, sent, acked| ViewLag::default().at(now, claimed, Lag::MAX, sent, acked).0;
        assert_eq!(lag(40, sent, acked), 40, "an honest claim counts as it is");
        assert_eq!(lag(0, sent, acked), 8, "not newer than what was sent");
        let old = Some(Tick(80));
        assert_eq!(lag(1023, sent, old), Lag::MAX.0, "not older than the bound");
        let brief = ViewLag::default().at(now, 1023, Lag::from_ms(100), sent, old);
        assert_eq!(brief, Lag(24), "nor than the room allows");
        let near = Some(Tick(99));
        assert_eq!(lag(1023, near, near), 8 * (1 + MAX_VIEW_DELAY_TICKS as u16), "nor than a view's delay");
        assert_eq!(lag(40, None, None), 0, "who has seen nothing aims at nothing");
    }

    #[test]
    fn a_claim_that_jumps_from_shot_to_shot_does_not_choose_the_past() {
        let mut view = ViewLag::default();
        let (sent, acked) = (Some(Tick(99)), Some(Tick(96)));
        let mut at = |claimed| view.at(Tick(100), claimed, Lag::MAX, sent, acked).0;
        assert_eq!(at(24), 24);
        // It alternates between two pasts, as an aimbot might. In the long run it moves by a tick per tick at most.
        let way: u16 = (0..100)
            .map(|n| at(if n % 2 == 0 { 90 } else { 8 }))
            .scan(24, |last, now| Some(std::mem::replace(last, now).abs_diff(now)))
            .sum();
        assert!(way <= (100 + MAX_SAVED_TICKS) * MAX_CHANGE_EIGHTHS, "{way}");
    }
}
