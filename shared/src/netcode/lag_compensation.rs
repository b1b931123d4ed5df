//! Lag compensation: what a shooter aims at is where it was shown, so a hit is decided against where the target was at
//! the shooter's view tick.
//!
//! A client says with each input packet how far the moment it shows lies behind its newest command. [`ViewLag`] bounds
//! that claim by what the host itself knows (what was sent, what was acknowledged, what the flow measured of the line),
//! lets it change only as slowly as an honest view does, and never lets it pass what the room allows. The same bound holds
//! for the state that a guess begins at ([`Past::shown`]). [`Past`] answers a game's question: where was this,
//! so long ago? (Bernier 2001, "Latency Compensating Methods in Client/Server In-game Protocol Design and
//! Optimization"; the blend between two ticks is the client's own, see `interpolation`.)

use crate::bits::{BitError, BitReader, BitWriter};
use crate::ids::Slot;
use crate::limits::{MAX_REWIND_TICKS, MAX_VIEW_DELAY_TICKS};
use crate::netcode::history::History;
use crate::netcode::interpolation::extrapolate;
use crate::netcode::scene::Pose;
use crate::netcode::simulation::Entity;
use crate::tick::{TICK_HZ, Tick};

/// Parts of a tick in which a lag is told.
pub const LAG_FRACTIONS: u32 = 8;
/// Bits of a bounded lag where it is written plainly.
const LAG_BITS: u32 = u32::BITS - (MAX_REWIND_TICKS * LAG_FRACTIONS).leading_zeros();
/// Most that an applied lag changes in one tick, in eighths. An honest view's delay is steered more slowly, but commands
/// come in whole ticks and frames do not, so the lag between the two moves by up to a tick.
const MAX_CHANGE_EIGHTHS: u16 = 8;
/// Ticks in which nothing changed, or nothing was heard, that may be made up for at once.
const MAX_SAVED_TICKS: u16 = 8;

/// How far in the past a player sees the others, against the tick that their command is for, in eighths of a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lag(pub u16);

impl Lag {
    /// The longest there is.
    pub const MAX: Self = Self((MAX_REWIND_TICKS * LAG_FRACTIONS) as u16);

    /// This and so many ticks more, at most `longest`.
    pub(crate) fn longer_by(self, ticks: u32, longest: Self) -> Self {
        let eighths = u32::from(self.0).saturating_add(ticks.saturating_mul(LAG_FRACTIONS));
        Self(eighths.min(u32::from(longest.0)) as u16)
    }

    /// So many ticks, rounded up, at most [`Self::MAX`].
    pub(crate) fn from_ticks(ticks: f32) -> Self {
        let eighths = libm::ceilf(ticks.max(0.0) * LAG_FRACTIONS as f32);
        Self(eighths.min(f32::from(Self::MAX.0)) as u16)
    }

    /// So many milliseconds at the usual pace, at most [`Self::MAX`].
    #[must_use]
    pub fn from_ms(ms: u32) -> Self {
        let eighths = u64::from(ms) * u64::from(LAG_FRACTIONS * TICK_HZ) / 1000;
        Self(eighths.min(u64::from(Self::MAX.0)) as u16)
    }

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
    applied: Option<u16>,
    /// How much it may change by now, eighths.
    slack: u16,
}

impl ViewLag {
    /// The lag for the command of `tick`, for a player who says that what they see lies `claimed` eighths of a tick behind
    /// it, at most `longest`, and who was sent snapshots up to `sent` and acknowledged `acked`.
    /// Nobody has seen anything newer than what they were sent; and nobody who plays honestly shows what is older than
    /// the longest view delay behind what they have.
    pub(crate) fn at(
        &mut self,
        tick: Tick,
        claimed: u16,
        longest: Lag,
        (sent, acked): (Option<Tick>, Option<Tick>),
    ) -> Lag {
        let bounded = |eighths: u32| eighths.min(u32::from(longest.0)) as u16;
        let eighths = |ticks: i32| bounded(ticks.max(0) as u32 * LAG_FRACTIONS);
        let (Some(sent), Some(acked)) = (sent, acked) else { return Lag(0) };
        let least = eighths(tick.since(sent));
        let most = eighths(tick.since(acked) + MAX_VIEW_DELAY_TICKS as i32);
        let wanted = bounded(u32::from(claimed)).min(most).max(least);
        self.slack = (self.slack + MAX_CHANGE_EIGHTHS).min(MAX_CHANGE_EIGHTHS * MAX_SAVED_TICKS);
        let applied = match self.applied {
            Some(last) => wanted.clamp(last.saturating_sub(self.slack), last + self.slack),
            None => wanted,
        };
        // What is allowed may have become less at once.
        let applied = applied.min(longest.0);
        self.slack = self.slack.saturating_sub(self.applied.map_or(0, |last| last.abs_diff(applied)));
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
    /// `None` when it did not exist then. A lag below one tick counts as one: this tick has not happened yet. What clients
    /// predict is shown in the present, whatever the lag.
    #[must_use]
    pub fn pose(&self, slot: Slot, lag: Lag) -> Option<Pose> {
        let newest = self.history.get(self.tick.minus(1)).and_then(|moment| moment.get(slot));
        if let Some(present) = newest.filter(|entity| entity.is_predicted()) {
            return Some(present.pose());
        }
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

impl<E: Entity> Past<'_, E> {
    /// As [`Self::pose`], for a player whose newest state was `known_ago_ticks` old: if that is older than what they were
    /// shown, they were shown where the movement function took it from there.
    #[must_use]
    pub fn shown(&self, slot: Slot, lag: Lag, known_ago_ticks: u8, map: &E::Map) -> Option<Pose> {
        let lag = Lag(lag.0.clamp(LAG_FRACTIONS as u16, Lag::MAX.0));
        let guessed_ticks = f32::from(known_ago_ticks) - lag.ticks();
        if guessed_ticks <= 0.0 {
            return self.pose(slot, lag);
        }
        let known = self.history.get(self.tick.minus(u32::from(known_ago_ticks)))?.get(slot)?;
        Some(extrapolate(*known, guessed_ticks, map).1)
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
        let shown = |eighths, known| past.shown(slot.unwrap(), Lag(eighths), known, &()).unwrap().position.x;
        assert_eq!(shown(20, 2), x(20), "what was known is shown as it was");
        // The ball's own speed is a unit a tick, as it really went: the guess is right.
        assert!((shown(20, 6) - x(20)).abs() < 1e-4);
    }

    #[test]
    fn nobody_claims_another_tick_than_they_could_have_seen() {
        let now = Tick(100);
        let (sent, acked) = (Some(Tick(99)), Some(Tick(96)));
        let lag = |claimed, sent, acked| ViewLag::default().at(now, claimed, Lag::MAX, (sent, acked)).0;
        assert_eq!(lag(40, sent, acked), 40, "an honest claim counts as it is");
        assert_eq!(lag(0, sent, acked), 8, "not newer than what was sent");
        let old = Some(Tick(80));
        assert_eq!(lag(1023, sent, old), Lag::MAX.0, "not older than the bound");
        let brief = ViewLag::default().at(now, 1023, Lag::from_ms(100), (sent, old));
        assert_eq!(brief, Lag(24), "nor than the room allows");
        let near = Some(Tick(99));
        assert_eq!(lag(1023, near, near), 8 * (1 + MAX_VIEW_DELAY_TICKS as u16), "nor than a view's delay");
        assert_eq!(lag(40, None, None), 0, "who has seen nothing aims at nothing");
    }

    #[test]
    fn a_claim_that_jumps_from_shot_to_shot_does_not_choose_the_past() {
        let mut view = ViewLag::default();
        let (sent, acked) = (Some(Tick(99)), Some(Tick(96)));
        let mut at = |claimed| view.at(Tick(100), claimed, Lag::MAX, (sent, acked)).0;
        assert_eq!(at(24), 24);
        // Back and forth between two pasts, as it suits: in the long run it moves by a tick a tick and no more.
        let way: u16 = (0..100)
            .map(|n| at(if n % 2 == 0 { 90 } else { 8 }))
            .scan(24, |last, now| Some(std::mem::replace(last, now).abs_diff(now)))
            .sum();
        assert!(way <= (100 + MAX_SAVED_TICKS) * MAX_CHANGE_EIGHTHS, "{way}");
    }
}
