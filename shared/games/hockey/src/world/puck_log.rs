//! What is remembered of the puck: who touched it, and where it has been around.

use crate::entity::Team;
use crate::tuning::{ASSIST_TICKS, QUANTA_PER_UNIT, STUCK_TICKS, STUCK_UNITS};
use glam::IVec2;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::LoadError;
use perigee_shared::tick::{TICK_HZ, Tick};

/// Touches that are remembered: who scored, who passed, whom the puck grazed.
const TOUCHES: usize = 4;
const TOUCH_BITS: u32 = TOUCHES.ilog2() + 1;
const LINGER_BITS: u32 = STUCK_TICKS.ilog2() + 1;
/// A defender who touched the puck within this of an attacker's touch was grazed: it is the attacker's goal.
const GRAZE_TICKS: i32 = 2 * TICK_HZ as i32;

/// Somebody touched the puck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Touch {
    pub(super) player: PlayerId,
    pub(super) team: Team,
    pub(super) at: Tick,
}

/// Where the puck has been around, and for how many ticks of play.
#[derive(Clone, Copy, Debug, Default)]
struct Linger {
    around: IVec2,
    ticks: u32,
}

/// Whose goal it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scorer {
    /// Who scored, or whose own goal it was; `None` if nobody touched the puck.
    pub(super) by: Option<PlayerId>,
    /// Who passed to them.
    pub(super) assist: Option<PlayerId>,
    pub(super) is_own_goal: bool,
}

/// What is remembered of the puck.
#[derive(Debug)]
pub(super) struct PuckLog {
    /// Who touched it last, newest first, each player once in a row.
    touches: Vec<Touch>,
    lingers: Linger,
}

impl PuckLog {
    pub(super) fn new() -> Self {
        Self { touches: Vec::with_capacity(TOUCHES), lingers: Linger::default() }
    }

    /// The puck is put there, and nobody has touched it.
    pub(super) fn reset(&mut self, position: IVec2) {
        self.touches.clear();
        self.lingers = Linger { around: position, ticks: 0 };
    }

    pub(super) fn note(&mut self, touch: Touch) {
        match self.touches.first_mut() {
            Some(last) if last.player == touch.player => *last = touch,
            _ => {
                self.touches.truncate(TOUCHES - 1);
                self.touches.insert(0, touch);
            }
        }
    }

    /// `player` is not on the ice any more.
    pub(super) fn forget(&mut self, player: PlayerId) {
        self.touches.retain(|touch| touch.player != player);
        // What their touch parted may be two of one player now.
        self.touches.dedup_by_key(|touch| touch.player);
    }

    /// One tick of play with the puck there: whether it has been around one place for too long.
    pub(super) fn is_stuck(&mut self, at: IVec2) -> bool {
        let Linger { around, ticks } = self.lingers;
        let far = (STUCK_UNITS * QUANTA_PER_UNIT) as f32;
        let has_moved = (at - around).as_vec2().length_squared() > far * far;
        self.lingers =
            if has_moved { Linger { around: at, ticks: 0 } } else { Linger { around, ticks: ticks + 1 } };
        self.lingers.ticks >= STUCK_TICKS
    }

    /// Who scored for `team`. Who of the other team touched the puck last did not score if they were only in the way of a
    /// shot.
    pub(super) fn scorer(&self, team: Team, tick: Tick) -> Scorer {
        let Some(last) = self.touches.first() else { return Scorer::default() };
        let scorer = self.touches.iter().position(|touch| touch.team == team);
        let shot = scorer.filter(|&at| at == 0 || tick.since(self.touches[at].at) <= GRAZE_TICKS);
        let Some(shot) = shot else {
            return Scorer { by: Some(last.player), assist: None, is_own_goal: true };
        };
        let by = self.touches[shot].player;
        let pass = self.touches.get(shot + 1).filter(|pass| pass.team == team && pass.player != by);
        let pass = pass.filter(|pass| tick.since(pass.at) <= ASSIST_TICKS as i32);
        Scorer { by: Some(by), assist: pass.map(|pass| pass.player), is_own_goal: false }
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        for touch in &self.touches {
            let who = u64::from(touch.player.0) << 1 | u64::from(touch.team == Team::Ember);
            hasher.write_u64(who << 32 | u64::from(touch.at.0));
        }
        let Linger { around, ticks } = self.lingers;
        around.to_array().into_iter().for_each(|at| hasher.write_i32(at));
        hasher.write_u64(u64::from(ticks));
    }

    pub(super) fn save(&self, writer: &mut BitWriter) {
        writer.write(self.touches.len() as u32, TOUCH_BITS);
        for touch in &self.touches {
            writer.write(u32::from(touch.player.0), PlayerId::BITS);
            writer.write_bool(touch.team == Team::Ember);
            writer.write(touch.at.0, 32);
        }
        let Linger { around, ticks } = self.lingers;
        around.to_array().into_iter().for_each(|at| writer.write(at as u32, 32));
        writer.write(ticks, LINGER_BITS);
    }

    /// Reads what [`Self::save`] wrote. `plays_for` says for whom a player is on the ice, `size` how large the world is.
    ///
    /// # Errors
    /// A [`LoadError`] for touches of others, and for a puck that was outside.
    pub(super) fn load(
        plays_for: impl Fn(PlayerId) -> Option<Team>,
        size: IVec2,
        reader: &mut BitReader<'_>,
    ) -> Result<Self, LoadError> {
        let mut log = Self::new();
        for _ in 0..reader.read(TOUCH_BITS)? {
            let player = PlayerId(reader.read(PlayerId::BITS)? as u16);
            let team = Team::ALL[usize::from(reader.read_bool()?)];
            let is_twice = log.touches.last().is_some_and(|last| last.player == player);
            if plays_for(player) != Some(team) || is_twice || log.touches.len() == TOUCHES {
                return Err(LoadError::Contradiction("a touch of somebody who is not on the ice, or twice"));
            }
            log.touches.push(Touch { player, team, at: Tick(reader.read(32)?) });
        }
        let around = IVec2::new(reader.read(32)? as i32, reader.read(32)? as i32);
        log.lingers = Linger { around, ticks: reader.read(LINGER_BITS)? };
        if around.min_element() < 0 || (size - around).min_element() < 0 || log.lingers.ticks > STUCK_TICKS {
            return Err(LoadError::Contradiction("a puck that lingers outside, or for too long"));
        }
        Ok(log)
    }
}
