//! Past positions: the ticks before the one being stepped, and how far in the past a player sees the others.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::ids::Slot;
use crate::limits::MAX_REWIND_TICKS;
use crate::netcode::entity::Entity;
use crate::netcode::entity::pose::Pose;
use crate::netcode::state::history::History;
use crate::tick::{TICK_HZ, Tick};

/// Fractions of a tick in which a lag is measured.
pub const LAG_FRACTIONS: u32 = 8;
/// Bits of a bounded lag where it is written as a plain number.
const LAG_BITS: u32 = u32::BITS - (MAX_REWIND_TICKS * LAG_FRACTIONS).leading_zeros();
/// Longest extrapolation, ticks. After that an entity is shown standing still.
pub(crate) const MAX_EXTRAPOLATION_TICKS: u32 = 8;

/// How far in the past a player sees the others, against the tick that their command is for, in eighths of a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lag(pub u16);

impl Lag {
    /// The longest allowed lag.
    pub const MAX: Self = Self((MAX_REWIND_TICKS * LAG_FRACTIONS) as u16);

    /// This lag plus `ticks`, at most `longest`.
    pub(crate) fn longer_by(self, ticks: u32, longest: Self) -> Self {
        let eighths = u32::from(self.0).saturating_add(ticks.saturating_mul(LAG_FRACTIONS));
        Self(eighths.min(u32::from(longest.0)) as u16)
    }

    /// A lag of `ticks`, rounded up, at most [`Self::MAX`].
    pub(crate) fn from_ticks(ticks: f32) -> Self {
        let eighths = libm::ceilf(ticks.max(0.0) * LAG_FRACTIONS as f32);
        Self(eighths.min(f32::from(Self::MAX.0)) as u16)
    }

    /// A lag of so many milliseconds at the usual tick rate, at most [`Self::MAX`].
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

    /// Writes it as a plain number.
    pub fn save(self, writer: &mut BitWriter) {
        writer.write(u32::from(self.0), LAG_BITS);
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// A [`BitError`] for a lag beyond [`Self::MAX`]: the bits come from outside.
    pub fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let lag = Self(reader.read(LAG_BITS)? as u16);
        if lag <= Self::MAX { Ok(lag) } else { Err(BitError::OutOfRange) }
    }
}

/// The ticks before the one being stepped.
#[derive(Debug)]
pub struct Past<'a, E> {
    history: &'a History<E>,
    tick: Tick,
}

impl<'a, E: Entity> Past<'a, E> {
    /// The ticks before `tick`, which is about to be stepped.
    #[must_use]
    pub fn new(history: &'a History<E>, tick: Tick) -> Self {
        Self { history, tick }
    }

    /// Where the entity in `slot` was shown to a player with that lag: between two ticks, as the client draws it.
    /// `None` when it did not exist then. A lag below one tick counts as one, because this tick has not happened yet.
    /// Entities that clients predict are shown in the present, whatever the lag.
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
        // `whole` is at least two here, since a lag of one tick or less has no fraction.
        Some(at(whole - 1).map_or(from, |to| from.blend(to.pose(), fraction)))
    }
}

impl<E: Entity> Past<'_, E> {
    /// As [`Self::pose`], for a player whose newest state was `known_ago_ticks` old. If that is older than the shown
    /// tick, the player saw the extrapolation from that state, and so this returns it.
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

/// `entity` extrapolated by `ticks`, at most [`MAX_EXTRAPOLATION_TICKS`], under the command it carries.
pub(crate) fn extrapolate<E: Entity>(mut entity: E, ticks: f32, map: &E::Map) -> (E, Pose) {
    let ticks = ticks.clamp(0.0, MAX_EXTRAPOLATION_TICKS as f32);
    for _ in 0..ticks as u32 {
        entity.advance(map);
    }
    let mut next = entity;
    next.advance(map);
    (entity, entity.pose().blend(next.pose(), ticks - libm::floorf(ticks)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PlayerId;
    use crate::netcode::state::entities::EntityTable;
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
        // The ball really moved at its own speed of a unit a tick: the extrapolation is right.
        assert!((shown(20, 6) - x(20)).abs() < 1e-4);
    }
}
