//! Programs that play: from what a player sees to what a player does. For seats that the simulation drives itself, and for
//! clients without a person alike.
//!
//! - `skill`: how fast it is, how far off its aim is
//! - `sight`: what it makes of what it sees: who is where, where the puck will be
//! - `plan`: what it wants: keep the goal, chase the puck, be there for a pass

mod plan;
mod sight;
mod skill;
#[cfg(test)]
mod tests;

pub use skill::Level;

use crate::command::HockeyCommand;
use crate::entity::HockeyEntity;
use crate::rink::Rink;
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::netcode::Command;
use perigee_shared::rng::Rng;
use sight::Sight;

/// Bits of the time to the next thought.
const WAIT_BITS: u32 = 4;

/// A bot AI: what it keeps between ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    level: Level,
    rng: Rng,
    /// Its command until it thinks again.
    command: HockeyCommand,
    /// Ticks until then.
    wait: u8,
}

impl Bot {
    /// A bot of that level; equal seeds play alike.
    #[must_use]
    pub fn new(level: Level, seed: u64) -> Self {
        Self { level, rng: Rng::new(seed), command: HockeyCommand::default(), wait: 0 }
    }

    /// How well it plays.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Decides for one tick. `own` is the own mallet, `seen` everything in view, the own mallet or not.
    pub fn decide<'a>(
        &mut self,
        own: Option<&HockeyEntity>,
        seen: impl Iterator<Item = &'a HockeyEntity>,
        rink: &Rink,
    ) -> HockeyCommand {
        let Some(HockeyEntity::Mallet(own)) = own else {
            (self.command, self.wait) = (HockeyCommand::default(), 0);
            return self.command;
        };
        if self.wait > 0 {
            self.wait -= 1;
            return self.command;
        }
        let skill = self.level.skill();
        self.wait = skill.pause(&mut self.rng);
        self.command = match Sight::of(own, seen, rink, skill.foresight) {
            Some(sight) => plan::command(&sight, skill, &mut self.rng),
            None => HockeyCommand::default(),
        };
        self.command
    }

    /// Mixes the whole bot into a state hash.
    pub fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
        let command = u64::from(self.command.pack()) << 8 | u64::from(self.wait);
        hasher.write_u64(command << 2 | self.level as u64);
    }

    /// Writes the whole bot.
    pub fn save(&self, writer: &mut BitWriter) {
        writer.write(self.level as u32, Level::BITS);
        writer.write_u64(self.rng.state());
        writer.write(self.command.pack(), HockeyCommand::BITS);
        writer.write(self.wait.into(), WAIT_BITS);
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// A [`BitError`] for what is not a valid bot: the bits come from outside.
    pub fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        Ok(Self {
            level: Level::from_index(reader.read(Level::BITS)?).ok_or(BitError::OutOfRange)?,
            rng: Rng::from_state(reader.read_u64()?),
            command: HockeyCommand::unpack(reader.read(HockeyCommand::BITS)?).ok_or(BitError::OutOfRange)?,
            wait: reader.read(WAIT_BITS)? as u8,
        })
    }
}
