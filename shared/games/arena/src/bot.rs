//! Programs that play: from what a player sees to what a player does. For pirates, bot fill and load bots alike.
//!
//! A bot has two sides. [`Bot::decide`] gives the command of the next tick, by what is in view. [`Bot::order`] gives,
//! rarely, an order at a station, by what things cost; it also sets the errand that `decide` then flies.
//!
//! - `wander`: dice at the controls; `hunt`: to fight; `capture`: to hold the zone; `mixed`: each seed one of them
//! - `mine`, `trade`: to live by rocks, and by what prices differ; `work`: what they share
//! - `skill`: how well it does all that, and how readily it picks a fight; `mercy`: with whom it picks none
//! - `errand`: where to and for how long; `prices`: what is known of prices
//! - `flight`: to get there around rocks; `watchdog`: and out again where that failed

mod capture;
mod errand;
mod flight;
mod hunt;
mod mercy;
mod mine;
mod mixed;
#[cfg(test)]
mod newcomer;
mod prices;
mod skill;
#[cfg(test)]
mod tests;
mod trade;
mod wander;
mod watchdog;
mod work;

pub use mercy::{Manners, Regard};
pub use prices::PriceList;
pub use skill::Level;

use crate::command::ArenaCommand;
use crate::entity::{ArenaEntity, Crate, Hold, Ship};
use crate::map::ArenaMap;
use crate::orders::ArenaOrder;
use errand::Errand;
use hunt::CombatState;
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Command;
use perigee_shared::rng::Rng;
use skill::Skill;
use watchdog::Watchdog;

/// How a program plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Changes its command with probability 1/15 a tick: thrust 3/4, turn 1/3 each way, fire 1/8.
    Wander,
    /// The same, never firing.
    Cruise,
    /// Chases the nearest foe and shoots ahead of it, as an ordinary player does; between fights it takes the zone, and
    /// sells and repairs.
    Hunt,
    /// Does nothing.
    Idle,
    /// Hunts badly: slow, with an unsteady hand, without missiles. A beginner's prey.
    Pirate,
    /// Shoots ore out of rocks, gathers it and sells it where it pays; fights only when it must.
    Mine,
    /// Buys where it is cheap, sells where it is expensive; flees from fights.
    Trade,
    /// Takes the zone and stays there; without teams it hunts.
    Capture,
    /// By its seed one of [`Self::Hunt`], [`Self::Mine`], [`Self::Trade`] and [`Self::Capture`].
    Mixed,
}

/// What a bot can be, in the order of a saved state: what is mixed is one of these.
const BEHAVIOURS: [Behaviour; 8] = [
    Behaviour::Wander,
    Behaviour::Cruise,
    Behaviour::Hunt,
    Behaviour::Idle,
    Behaviour::Pirate,
    Behaviour::Mine,
    Behaviour::Trade,
    Behaviour::Capture,
];
const BEHAVIOUR_BITS: u32 = 4;

impl Behaviour {
    /// The behaviour of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "wander" => Some(Self::Wander),
            "cruise" => Some(Self::Cruise),
            "hunt" => Some(Self::Hunt),
            "idle" => Some(Self::Idle),
            "pirate" => Some(Self::Pirate),
            "mine" => Some(Self::Mine),
            "trade" => Some(Self::Trade),
            "capture" => Some(Self::Capture),
            "mixed" => Some(Self::Mixed),
            _ => None,
        }
    }

    /// Whether it has anything to do at stations, and wants to know prices.
    #[must_use]
    pub fn knows_stations(self) -> bool {
        matches!(self, Self::Hunt | Self::Mine | Self::Trade | Self::Capture | Self::Mixed)
    }
}

/// A bot AI: what it keeps between ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    behaviour: Behaviour,
    level: Level,
    rng: Rng,
    command: ArenaCommand,
    combat: CombatState,
    errand: Errand,
    watchdog: Watchdog,
}

/// What of all that is in view a bot looks at.
#[derive(Clone, Copy, Debug, Default)]
struct Sight<'a> {
    /// The nearest ship that it may hurt.
    foe: Option<&'a Ship>,
    /// The nearest goods that float.
    floating: Option<&'a Crate>,
}

impl<'a> Sight<'a> {
    /// What `own` looks at of all that is seen. Unless somebody hits it, it picks a fight with nobody beyond `reach_units`
    /// nor with who is spared; if somebody does, it may be one of these, where there is nobody else.
    fn of(
        own: &Ship,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        regard: impl Fn(PlayerId) -> Regard,
        is_alarmed: bool,
        reach_units: f32,
    ) -> Self {
        let at = own.position.units();
        let (mut sight, mut crate_far) = (Self::default(), f32::MAX);
        let mut foe_far = if is_alarmed { f32::MAX } else { reach_units * reach_units };
        let (mut spared, mut spared_far) = (None, f32::MAX);
        for entity in seen {
            match entity {
                ArenaEntity::Ship(ship) => {
                    let is_foe = ship.owner != own.owner && own.team.is_hostile_to(ship.team);
                    if !is_foe || ship.protection > 0 {
                        continue;
                    }
                    let far = ship.position.units().distance_squared(at);
                    match regard(ship.owner) {
                        Regard::Spared if far < spared_far => (spared, spared_far) = (Some(ship), far),
                        Regard::Spared => {}
                        regard if far * regard.detour() < foe_far => {
                            (sight.foe, foe_far) = (Some(ship), far * regard.detour());
                        }
                        _ => {}
                    }
                }
                ArenaEntity::Crate(floating) => {
                    let far = floating.position.units().distance_squared(at);
                    if far < crate_far {
                        (sight.floating, crate_far) = (Some(floating), far);
                    }
                }
                _ => {}
            }
        }
        sight.foe = sight.foe.or(spared.filter(|_| is_alarmed));
        sight
    }
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

    /// Decides for one tick. `own` is the own ship, `seen` all else in view; everybody is fair game.
    pub fn decide<'a>(
        &mut self,
        own: Option<&ArenaEntity>,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        map: &ArenaMap,
    ) -> ArenaCommand {
        self.decide_among(own, seen, |_| Regard::Fair, map)
    }

    /// Decides for one tick, with `regard` for who the others are.
    pub fn decide_among<'a>(
        &mut self,
        own: Option<&ArenaEntity>,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        regard: impl Fn(PlayerId) -> Regard,
        map: &ArenaMap,
    ) -> ArenaCommand {
        self.command = match (self.behaviour, own) {
            (Behaviour::Idle, _) => ArenaCommand::default(),
            (Behaviour::Cruise, _) => self.wander(false),
            (Behaviour::Wander, _) => self.wander(true),
            (_, Some(ArenaEntity::Ship(ship))) => {
                let is_alarmed = self.note_alarm(ship);
                let sight = Sight::of(ship, seen, regard, is_alarmed, self.skill().reach_units);
                self.play(ship, &sight, map)
            }
            _ => self.wait(),
        };
        self.command
    }

    /// What it asks for at a station, if anything; to be called after each [`Self::decide`]. `hold` is what it owns.
    pub fn order(
        &mut self,
        own: Option<&ArenaEntity>,
        hold: Option<&Hold>,
        prices: &PriceList,
        map: &ArenaMap,
    ) -> Option<ArenaOrder> {
        let (Some(ArenaEntity::Ship(ship)), Some(hold)) = (own, hold) else { return None };
        if !self.behaviour.knows_stations() || map.stations.is_empty() || !self.is_time_to_plan() {
            return None;
        }
        self.plan(ship, hold, prices, map)
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

    fn play(&mut self, own: &Ship, sight: &Sight<'_>, map: &ArenaMap) -> ArenaCommand {
        if let Some(command) = self.break_free(own, map) {
            return command;
        }
        match self.behaviour {
            Behaviour::Mine => self.mine(own, sight, map),
            Behaviour::Trade => self.trade(own, sight, map),
            Behaviour::Capture => self.capture(own, sight, map),
            _ => self.hunt(own, sight.foe, map),
        }
    }

    /// How well it does what it plans.
    fn skill(&self) -> &'static Skill {
        Skill::of(self.behaviour == Behaviour::Pirate, self.level)
    }

    /// Without a ship there is nothing to do, and what it was about is over.
    fn wait(&mut self) -> ArenaCommand {
        (self.errand, self.watchdog) = (Errand::default(), Watchdog::default());
        ArenaCommand::default()
    }
}
