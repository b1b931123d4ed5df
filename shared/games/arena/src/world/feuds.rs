//! What a kill is worth. Money and fame are made for each, so whoever has a friend who lets them win could make as much of
//! both as they like. Three rules, none of which an honest hunter notices much:
//!
//! - nobody is famous for the loss of a pilot who did nothing since they came: hurt nobody, traded nothing, took up
//!   nothing, captured nothing
//! - the same pilot counts less each time, after [`FREE_KILLS`], and recovers with time
//! - the bounty on a pilot is a part of what they earned, and they pay it: no money is made of a kill, and none is handed on
//!   that was given

use super::{Arena, Pilot};
use crate::tuning::{BOUNTY_CREDITS, BOUNTY_SHARE, FEUD_TICKS, FREE_KILLS, MAX_FEUD_KILLS};
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::LoadError;
use perigee_shared::tick::Tick;

/// A kill that counts in full, in parts.
pub(super) const FULL_WORTH: u8 = 8;
/// Pairs that are remembered; of more, the one that is forgotten soonest is forgotten at once.
const MAX_FEUDS: usize = 512;

/// That one pilot keeps losing ships to another. By their marks, which ride in what they own: to leave and come again, in
/// whatever seat, forgets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Feud {
    killer: u32,
    victim: u32,
    /// When it is forgotten: each kill takes [`FEUD_TICKS`] to forget.
    until: Tick,
}

/// Who keeps losing ships to whom.
#[derive(Clone, Debug)]
pub(super) struct Feuds {
    list: Vec<Feud>,
}

impl Feuds {
    pub(super) fn new() -> Self {
        Self { list: Vec::with_capacity(MAX_FEUDS) }
    }

    /// Notes a kill and says in parts of [`FULL_WORTH`] what it is worth.
    fn note(&mut self, killer: u32, victim: u32, now: Tick) -> u8 {
        self.list.retain(|feud| feud.until.is_newer(now));
        let known = self.list.iter_mut().find(|feud| (feud.killer, feud.victim) == (killer, victim));
        let left = known.as_ref().map_or(0, |feud| feud.until.since(now).max(0) as u32);
        let recent = left.div_ceil(FEUD_TICKS);
        let until = now.plus((left + FEUD_TICKS).min(MAX_FEUD_KILLS * FEUD_TICKS));
        match known {
            Some(feud) => feud.until = until,
            None => {
                if self.list.len() == MAX_FEUDS
                    && let Some(soonest) = (0..MAX_FEUDS).min_by_key(|&at| self.list[at].until.since(now))
                {
                    self.list.swap_remove(soonest);
                }
                self.list.push(Feud { killer, victim, until });
            }
        }
        FULL_WORTH >> recent.saturating_sub(FREE_KILLS - 1).min(7)
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        for Feud { killer, victim, until } in &self.list {
            hasher.write_u64(u64::from(*killer) << 32 | u64::from(*victim));
            hasher.write_u64(until.0.into());
        }
    }

    pub(super) fn save(&self, writer: &mut BitWriter) {
        writer.write_exp_golomb(self.list.len() as u32, 1);
        for Feud { killer, victim, until } in &self.list {
            [*killer, *victim, until.0].into_iter().for_each(|number| writer.write(number, 32));
        }
    }

    pub(super) fn load(reader: &mut BitReader<'_>) -> Result<Self, LoadError> {
        let mut feuds = Self::new();
        for _ in 0..reader.read_exp_golomb(1)? {
            if feuds.list.len() == MAX_FEUDS {
                return Err(LoadError::Contradiction("more feuds than are remembered"));
            }
            let (killer, victim) = (reader.read(32)?, reader.read(32)?);
            feuds.list.push(Feud { killer, victim, until: Tick(reader.read(32)?) });
        }
        Ok(feuds)
    }
}

impl Arena {
    /// What it is worth that `killer` destroyed `victim`'s ship, in parts of [`FULL_WORTH`]; noted.
    pub(super) fn worth_of_kill(&mut self, killer: PlayerId, victim: PlayerId, now: Tick) -> u8 {
        let Some(pilot) = self.pilot(victim) else { return 0 };
        if pilot.is_pirate() {
            return FULL_WORTH;
        }
        let (has_acted, victims) = (pilot.acted, pilot.mark);
        let worth = match self.pilot(killer) {
            Some(&Pilot { mark, .. }) if mark != 0 => self.feuds.note(mark, victims, now),
            _ => FULL_WORTH,
        };
        if has_acted { worth } else { 0 }
    }

    /// Somebody did something that makes them known.
    pub(super) fn acts(&mut self, player: PlayerId) {
        if let Some(pilot) = self.pilot_mut(player) {
            pilot.acted = true;
        }
    }
}

/// What a pilot pays who earned that much and is lost in a kill of that worth, credits.
pub(super) fn bounty_on(earned: i64, worth: u8) -> i32 {
    let full = (earned / BOUNTY_SHARE).clamp(0, BOUNTY_CREDITS.into()) as i32;
    full * i32::from(worth) / i32::from(FULL_WORTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_pilot_counts_less_each_time_and_recovers() {
        let (killer, victim) = (1, 2);
        let mut feuds = Feuds::new();
        let mut kills = |every: u32, from: u32, count: u32| -> Vec<u8> {
            (0..count).map(|n| feuds.note(killer, victim, Tick(from + n * every))).collect()
        };
        assert_eq!(kills(240, 0, 8), [8, 8, 8, 4, 4, 2, 1, 0]);
        let later = 240 * 8 + MAX_FEUD_KILLS * FEUD_TICKS;
        // A hunter who meets the same prey every half minute notices nothing.
        assert_eq!(kills(FEUD_TICKS, later, 8), [8; 8]);
    }

    #[test]
    fn others_count_in_full_and_memory_is_bounded() {
        let mut feuds = Feuds::new();
        for n in 0..2000 {
            assert_eq!(feuds.note(n % 7, n, Tick(1)), FULL_WORTH);
        }
        assert_eq!(feuds.list.len(), MAX_FEUDS);
    }
}
