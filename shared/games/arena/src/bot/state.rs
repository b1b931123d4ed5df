//! A bot AI's state, and nothing of what it does with it: how it plays and how well, its dice, its last command, and what
//! its parts keep, each in a type of its own.

use super::behaviour::{BEHAVIOUR_BITS, BEHAVIOURS, Behaviour};
use super::combat::CombatState;
use super::errand::Errand;
use super::mixed;
use super::skill::{Level, Skill};
use super::watchdog::Watchdog;
use crate::command::ArenaCommand;
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::netcode::Command;
use perigee_shared::rng::Rng;

/// A bot AI: what it keeps between ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    pub(super) behaviour: Behaviour,
    pub(super) level: Level,
    pub(super) rng: Rng,
    pub(super) command: ArenaCommand,
    pub(super) combat: CombatState,
    pub(super) errand: Errand,
    pub(super) watchdog: Watchdog,
}

impl Bot {
    /// A bot of one behaviour; equal seeds play alike.
    #[must_use]
    pub fn new(behaviour: Behaviour, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let (behaviour, level) = match behaviour {
            Behaviour::Mixed => mixed::one_of(&mut rng),
            behaviour => (behaviour, Level::Able),
        };
        Self {
            behaviour,
            level,
            rng,
            command: ArenaCommand::default(),
            combat: CombatState::default(),
            errand: Errand::default(),
            watchdog: Watchdog::default(),
        }
    }

    /// The same bot with another skill.
    #[must_use]
    pub fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// How well it plays.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// How it plays; never [`Behaviour::Mixed`].
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        self.behaviour
    }

    /// What it decided last.
    #[must_use]
    pub fn command(&self) -> ArenaCommand {
        self.command
    }

    /// Mixes the whole bot into a state hash.
    pub fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
        let kind = (self.level as u64) << 4 | self.behaviour as u64;
        hasher.write_u64(u64::from(self.command.pack()) << 8 | kind);
        self.combat.hash_into(hasher);
        self.errand.hash_into(hasher);
        self.watchdog.hash_into(hasher);
    }

    /// Writes the whole bot.
    pub fn save(&self, writer: &mut BitWriter) {
        writer.write(self.behaviour as u32, BEHAVIOUR_BITS);
        writer.write(self.level as u32, Level::BITS);
        writer.write_u64(self.rng.state());
        writer.write(self.command.pack(), ArenaCommand::BITS);
        self.combat.save(writer);
        self.errand.save(writer);
        self.watchdog.save(writer);
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// A [`BitError`] for what is not a valid bot: the bits come from outside.
    pub fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let behaviour = reader.read(BEHAVIOUR_BITS)? as usize;
        Ok(Self {
            behaviour: *BEHAVIOURS.get(behaviour).ok_or(BitError::OutOfRange)?,
            level: Level::from_index(reader.read(Level::BITS)?).ok_or(BitError::OutOfRange)?,
            rng: Rng::from_state(reader.read_u64()?),
            command: ArenaCommand::unpack(reader.read(ArenaCommand::BITS)?).ok_or(BitError::OutOfRange)?,
            combat: CombatState::load(reader)?,
            errand: Errand::load(reader)?,
            watchdog: Watchdog::load(reader)?,
        })
    }

    /// How well it does what it plans.
    pub(super) fn skill(&self) -> &'static Skill {
        Skill::of(self.behaviour == Behaviour::Pirate, self.level)
    }

    /// Whether it lives by what it carries.
    pub(super) fn has_goods_to_lose(&self) -> bool {
        matches!(self.behaviour, Behaviour::Mine | Behaviour::Trade)
    }
}
