//! What a kill and a capture are worth. Money and fame are made for each, so whoever has a friend who lets them win could
//! make as much of both as they like. Rules, none of which an honest hunter notices much:
//!
//! - nobody is famous for the loss of a pilot who did nothing since they came: hurt nobody, traded nothing, took up
//!   nothing, captured nothing
//! - the same pilot counts less each time, after [`FREE_KILLS`], and recovers with time
//! - so do all pilots together, by more than anybody finds who has to look for them: it does not matter how many second
//!   accounts there are
//! - and so do captures of the zone, which takes a friend of the other team, or a change of team, to be captured again
//! - the bounty on a pilot is a part of what they earned, and they pay it: no money is made of a kill, and none is handed on
//!   that was given

use super::pilot::FULL_WORTH;
use super::pilots::Pilots;
use crate::tuning::{
    BOUNTY_CREDITS, BOUNTY_SHARE, CAPTURE_REST_TICKS, FEUD_TICKS, FREE_CAPTURES, FREE_KILLS, FREE_SPREE,
    MAX_FEUD_KILLS, SPREE_TICKS,
};
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::LoadError;
use perigee_shared::tick::Tick;

/// Pairs that are remembered; of more, the one that is forgotten soonest is forgotten at once.
const MAX_FEUDS: usize = 512;

/// In the place of a victim's mark, which is odd: whoever it was.
const ANYBODY: u32 = 0;
/// The same: no pilot, but the zone.
const ZONE: u32 = 2;

/// How often something counts, whoever it is done to: some times at once, and then as often as time passes.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    /// So often at once.
    free: u32,
    /// Until it counts once more, ticks.
    rest_ticks: u32,
    /// Whether what is left of one counts as a part of it.
    in_parts: bool,
}

const OF_KILLS: Allowance = Allowance { free: FREE_SPREE, rest_ticks: SPREE_TICKS, in_parts: true };
const OF_CAPTURES: Allowance =
    Allowance { free: FREE_CAPTURES, rest_ticks: CAPTURE_REST_TICKS, in_parts: false };

/// That one pilot keeps losing ships to another, or that one keeps doing something. By their marks, which ride in what they
/// own: to leave and come again, in whatever seat, forgets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Feud {
    killer: u32,
    /// Another's mark, [`ANYBODY`] or [`ZONE`].
    victim: u32,
    /// When it is forgotten: each kill takes [`FEUD_TICKS`] to forget, or what its [`Allowance`] says.
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
        let left = self.left(killer, victim, now);
        let recent = left.div_ceil(FEUD_TICKS);
        self.keep(killer, victim, now.plus((left + FEUD_TICKS).min(MAX_FEUD_KILLS * FEUD_TICKS)));
        FULL_WORTH >> recent.saturating_sub(FREE_KILLS - 1).min(7)
    }

    /// The same of what has an allowance, where more than `most` is not wanted: who does it more often than that has as much
    /// of it as who does it just as often.
    fn draw(&mut self, by: u32, what: u32, of: Allowance, most: u8, now: Tick) -> u8 {
        let left = self.left(by, what, now);
        let room = (of.free * of.rest_ticks).saturating_sub(left).min(of.rest_ticks);
        if room < of.rest_ticks && !of.in_parts {
            return 0;
        }
        let worth = (u32::from(FULL_WORTH) * room / of.rest_ticks).min(most.into());
        if worth > 0 {
            // No more than it was worth: parts that are too small add up.
            self.keep(by, what, now.plus(left + worth * of.rest_ticks / u32::from(FULL_WORTH)));
        }
        worth as u8
    }

    /// Ticks until all of it is forgotten; what is forgotten goes.
    fn left(&mut self, killer: u32, victim: u32, now: Tick) -> u32 {
        self.list.retain(|feud| feud.until.is_newer(now));
        let known = self.list.iter().find(|feud| (feud.killer, feud.victim) == (killer, victim));
        known.map_or(0, |feud| feud.until.since(now).max(0) as u32)
    }

    fn keep(&mut self, killer: u32, victim: u32, until: Tick) {
        let known = self.list.iter_mut().find(|feud| (feud.killer, feud.victim) == (killer, victim));
        if let Some(feud) = known {
            feud.until = until;
            return;
        }
        if self.list.len() == MAX_FEUDS
            && let Some(soonest) = (0..MAX_FEUDS).min_by_key(|&at| self.list[at].until.since(until))
        {
            self.list.swap_remove(soonest);
        }
        self.list.push(Feud { killer, victim, until });
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

impl Feuds {
    /// What it is worth that `killer` destroyed `victim`'s ship, in parts of [`FULL_WORTH`]; noted.
    pub(super) fn worth_of_kill(
        &mut self,
        pilots: &Pilots,
        killer: PlayerId,
        victim: PlayerId,
        now: Tick,
    ) -> u8 {
        let Some(pilot) = pilots.get(victim) else { return 0 };
        if pilot.is_pirate() {
            return FULL_WORTH;
        }
        let Some(mark) = pilots.get(killer).map(|pilot| pilot.mark).filter(|&mark| mark != 0) else {
            return if pilot.acted { FULL_WORTH } else { 0 };
        };
        let of_pair = self.note(mark, pilot.mark, now);
        if !pilot.acted {
            return 0;
        }
        self.draw(mark, ANYBODY, OF_KILLS, of_pair, now)
    }

    /// What it is worth that the pilot with that mark captured the zone, in parts of [`FULL_WORTH`]; noted.
    pub(super) fn worth_of_capture(&mut self, mark: u32, now: Tick) -> u8 {
        self.draw(mark, ZONE, OF_CAPTURES, FULL_WORTH, now)
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
    use perigee_shared::tick::TICK_HZ;

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
    fn whom_they_find_in_a_crowd_counts_in_full_and_what_comes_faster_less() {
        let mut feuds = Feuds::new();
        let mut kills = |every: u32, from: u32, count: u32| -> u32 {
            let worth = |n| u32::from(feuds.draw(1, ANYBODY, OF_KILLS, FULL_WORTH, Tick(from + n * every)));
            (0..count).map(worth).sum::<u32>() / u32::from(FULL_WORTH)
        };
        assert_eq!(kills(SPREE_TICKS, 0, 100), 100);
        let later = (100 + FREE_SPREE) * SPREE_TICKS;
        assert_eq!(kills(1, later, FREE_SPREE), FREE_SPREE);
        // Faster is no worse than just as often, and no better.
        let ten_minutes = 600 * TICK_HZ;
        for (n, every) in [1, 7, 100, SPREE_TICKS - 1].into_iter().enumerate() {
            let worth = kills(every, later + (n as u32 + 1) * 2 * ten_minutes, ten_minutes / every);
            let wanted = FREE_SPREE + ten_minutes / SPREE_TICKS;
            assert!(worth.abs_diff(wanted) <= FREE_SPREE, "{worth} of {wanted}, one every {every} ticks");
        }
    }

    #[test]
    fn captures_count_whole_or_not_at_all() {
        let mut feuds = Feuds::new();
        let worth: Vec<u8> = (0..20)
            .map(|n| feuds.draw(1, ZONE, OF_CAPTURES, FULL_WORTH, Tick(n * CAPTURE_REST_TICKS / 4)))
            .collect();
        assert!(worth.iter().all(|&one| one == 0 || one == FULL_WORTH), "{worth:?}");
        assert_eq!(worth.iter().filter(|&&one| one > 0).count() as u32, FREE_CAPTURES + 4);
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
