//! Lag compensation: what a shooter aims at is where it was shown, so a hit is decided against where the target was at
//! the shooter's view tick.
//!
//! A client says with each input packet how far the moment it shows lies behind its newest command. [`ViewLag`] bounds
//! that claim by what the host itself knows (what was sent, what was acknowledged), lets it change only as slowly as an
//! honest view does, and never lets it pass [`MAX_REWIND_TICKS`]. [`Past`] answers a game's question: where was this,
//! so long ago? (Bernier 2001, "Latency Compensating Methods in Client/Server In-game Protocol Design and
//! Optimization"; the blend between two ticks is the client's own, see `interpolation`.)

use crate::bits::{BitError, BitReader, BitWriter};
use crate::ids::Slot;
use crate::limits::{MAX_REWIND_TICKS, MAX_VIEW_DELAY_TICKS};
use crate::netcode::history::History;
use crate::netcode::scene::Pose;
use crate::netcode::simulation::Entity;
use crate::tick::Tick;

/// Parts of a tick in which a lag is told.
pub const LAG_FRACTIONS: u32 = 8;
/// Bits of a bounded lag where it is written plainly.
const LAG_BITS: u32 = u32::BITS - (MAX_REWIND_TICKS * LAG_FRACTIONS).leading_zeros();
/// Most that an applied lag changes in one tick, in eighths: an honest view's delay is steered more slowly than this.
const MAX_CHANGE_EIGHTHS: u16 = 4;

/// How far in the past a player sees the others, against the tick that their command is for, in eighths of a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lag(pub u16);

impl Lag {
    /// The longest there is.
    pub const MAX: Self = Self((MAX_REWIND_TICKS * LAG_FRACTIONS) as u16);

    /// In ticks.
    #[must_use]
    pub fn ticks(self) -> f32 {
        f32::from(self.0) / LAG_FRACTIONS as f32
    }

    /// Writes it plainly.
    pub fn save(self, writer: &mut BitWriter) {
        writer.write(u32::from(self.0), LAG_BITS);
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// A [`BitError`] for what is beyond [`Self::MAX`]: the bits come from outside.
    pub fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let lag = Self(reader.read(LAG_BITS)? as u16);
        if lag <= Self::MAX { Ok(lag) } else { Err(BitError::OutOfRange) }
    }
}

/// One player's claim about what they see, bounded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ViewLag {
    claimed: u16,
    applied: Option<u16>,
}

impl ViewLag {
    /// The player says that what they see lies `claimed` eighths of a tick behind their newest command.
    pub(crate) fn claim(&mut self, claimed: u16) {
        self.claimed = claimed;
    }

    /// The lag for the command of `tick`, for a player who was sent snapshots up to `sent` and acknowledged `acked`.
    /// Nobody has seen anything newer than what they were sent; and nobody who plays honestly shows what is older than
    /// the longest view delay behind what they have.
    pub(crate) fn at(&mut self, tick: Tick, sent: Option<Tick>, acked: Option<Tick>) -> Lag {
        let eighths = |ticks: i32| (ticks.max(0) as u32 * LAG_FRACTIONS).min(u32::from(Lag::MAX.0)) as u16;
        let (Some(sent), Some(acked)) = (sent, acked) else { return Lag(0) };
        let least = eighths(tick.since(sent));
        let most = eighths(tick.since(acked) + MAX_VIEW_DELAY_TICKS as i32);
        let wanted = self.claimed.min(most).max(least).min(Lag::MAX.0);
        let applied = match self.applied {
            Some(last) => wanted.clamp(last.saturating_sub(MAX_CHANGE_EIGHTHS), last + MAX_CHANGE_EIGHTHS),
            None => wanted,
        };
        self.applied = Some(applied);
        Lag(applied)
    }
}

/// The ticks before the one being stepped.
#[derive(Debug)]
pub struct Past<'a, E> {
    history: &'a History<E>,
    tick: Tick,
}

impl<'a, E: Entity> Past<'a, E> {
    /// What lies behind `tick`, which is about to be stepped.
    #[must_use]
    pub fn new(history: &'a History<E>, tick: Tick) -> Self {
        Self { history, tick }
    }

    /// Where the entity in `slot` was shown to a player with that lag: between two ticks, as the client draws it.
    /// `None` when it did not exist then. A lag below one tick counts as one: this tick has not happened yet.
    #[must_use]
    pub fn pose(&self, slot: Slot, lag: Lag) -> Option<Pose> {
        let eighths = u32::from(lag.0.clamp(LAG_FRACTIONS as u16, Lag::MAX.0));
        let whole = eighths.div_ceil(LAG_FRACTIONS);
        let fraction = (whole * LAG_FRACTIONS - eighths) as f32 / LAG_FRACTIONS as f32;
        let at = |ticks_ago: u32| self.history.get(self.tick.minus(ticks_ago))?.get(slot);
        let from = at(whole)?.pose();
        if fraction == 0.0 {
            return Some(from);
        }
        // Whole is at least two here, since a lag of one tick or less has no fraction.
        Some(at(whole - 1).map_or(from, |to| from.blend(to.pose(), fraction)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PlayerId;
    use crate::netcode::entities::EntityTable;
    use crate::netcode::toy_game::{Ball, Push};

    #[test]
    fn the_past_is_where_the_client_draws_it() {
        let mut table = EntityTable::with_capacity(4);
        let mut history = History::default();
        let mut slot = None;
        for n in 1..=20u32 {
            table.begin_tick(Tick(n));
            let ball = Ball { owner: PlayerId(0), push: Push::default(), x: n as i32 * 100, v: 100, taps: 0 };
            let at = *slot.get_or_insert_with(|| table.spawn(ball).unwrap());
            *table.get_mut(at).unwrap() = ball;
            history.push(Tick(n), &table);
        }
        let past = Past::new(&history, Tick(21));
        let x = |eighths| past.pose(slot.unwrap(), Lag(eighths)).unwrap().position.x;
        assert_eq!(x(0), 20.0);
        assert_eq!(x(8), 20.0);
        assert_eq!(x(16), 19.0);
        assert_eq!(x(20), 18.5);
        assert_eq!(x(Lag::MAX.0), 21.0 - MAX_REWIND_TICKS as f32);
        assert_eq!(x(u16::MAX), x(Lag::MAX.0), "a longer lag is cut");
        assert!(past.pose(Slot(3), Lag(16)).is_none(), "what was not there cannot be hit");
    }

    #[test]
    fn nobody_claims_another_tick_than_they_could_have_seen() {
        let now = Tick(100);
        let (sent, acked) = (Some(Tick(99)), Some(Tick(96)));
        let lag = |claimed, sent, acked| {
            let mut view = ViewLag::default();
            view.claim(claimed);
            view.at(now, sent, acked).0
        };
        assert_eq!(lag(40, sent, acked), 40, "an honest claim counts as it is");
        assert_eq!(lag(0, sent, acked), 8, "not newer than what was sent");
        assert_eq!(lag(1023, sent, acked), Lag::MAX.0, "not older than the bound");
        let near = Some(Tick(99));
        assert_eq!(lag(1023, near, near), 8 * (1 + MAX_VIEW_DELAY_TICKS as u16), "nor than a view's delay");
        assert_eq!(lag(40, None, None), 0, "who has seen nothing aims at nothing");
    }

    #[test]
    fn a_claim_that_jumps_from_shot_to_shot_does_not_choose_the_past() {
        let mut view = ViewLag::default();
        let (sent, acked) = (Some(Tick(99)), Some(Tick(96)));
        view.claim(24);
        assert_eq!(view.at(Tick(100), sent, acked), Lag(24));
        view.claim(90);
        assert_eq!(view.at(Tick(100), sent, acked), Lag(24 + MAX_CHANGE_EIGHTHS));
        view.claim(8);
        assert_eq!(view.at(Tick(100), sent, acked), Lag(24));
    }
}
