//! Pilots whom the simulation drives itself: pirates, and programs that fill empty seats. Their minds are state, like
//! everything that decides what a later tick is.

use super::Arena;
use super::pilots::Pilot;
use crate::game::bot::{Behaviour, Bot};
use crate::game::class::{ShipClass, Team};
use crate::game::entity::ArenaEntity;
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::limits::{MAX_NPCS, MAX_PLAYERS};
use crate::tick::Tick;

/// Minds that there is room for without more memory.
pub(super) const USUAL_MINDS: usize = 256;
/// How far a mind sees, units: about as far as a person's screen shows.
const SIGHT_UNITS: f32 = 650.0;
/// Ticks between two thoughts of one mind.
const THINK_TICKS: u32 = 2;

/// One mind.
#[derive(Clone, Debug)]
pub(super) struct Mind {
    pub(super) player: PlayerId,
    pub(super) bot: Bot,
}

impl Mind {
    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_u64(u64::from(self.player.0));
        self.bot.hash_into(hasher);
    }
}

/// The seat of the pirate with that number: from the last one downwards.
pub(super) fn pirate_seat(number: u32) -> PlayerId {
    PlayerId((MAX_PLAYERS as u32 - 1 - number) as u16)
}

/// Names of pirates, by number; a large crew has some twice.
const PIRATE_NAMES: [&str; 8] =
    ["Black Kite", "Rusty Anne", "Old Smoke", "Crow", "Gallows", "One-Eye", "Marrow", "Low Tide"];

/// What a pirate in that seat is called; `None` for a seat that no pirate takes.
pub(super) fn pirate_name(player: PlayerId) -> Option<&'static str> {
    let number = (MAX_PLAYERS - 1).checked_sub(player.index())?;
    (number < MAX_NPCS).then(|| PIRATE_NAMES[number % PIRATE_NAMES.len()])
}

impl Arena {
    /// Gives the scenario's pirates their seats.
    pub(super) fn man_pirates(&mut self, count: u32) {
        for number in (0..count).rev() {
            let player = pirate_seat(number);
            let class = ShipClass::ALL[number as usize % ShipClass::ALL.len()];
            let pirate = Pilot { team: Team::Pirates, class, driven: true, ..Pilot::default() };
            self.pilots[player.index()] = Some(pirate);
            self.give_mind(player, Behaviour::Pirate);
        }
    }

    /// A program takes a seat.
    pub(super) fn man_seat(&mut self, player: PlayerId) {
        if let Some(pilot) = self.pilot_mut(player) {
            pilot.class = ShipClass::ALL[player.index() % ShipClass::ALL.len()];
        }
        self.give_mind(player, Behaviour::Hunt);
    }

    fn give_mind(&mut self, player: PlayerId, behaviour: Behaviour) {
        let seed = u64::from(self.rng.next_u32());
        let at = self.minds.partition_point(|mind| mind.player < player);
        self.minds.insert(at, Mind { player, bot: Bot::new(behaviour, seed) });
    }

    /// Each mind commands its ship by what lies within its sight before the step.
    pub(super) fn think(&mut self, tick: Tick) {
        let Self { minds, pilots, table, ships, map, .. } = self;
        for Mind { player, bot } in minds {
            let Some(slot) = pilots[player.index()].and_then(|pilot| pilot.ship) else { continue };
            let Some(own @ ArenaEntity::Ship(ship)) = table.get(slot) else { continue };
            if (tick.0 + u32::from(player.0)).is_multiple_of(THINK_TICKS) {
                let near = ships.runs(ship.position.units(), SIGHT_UNITS).flatten();
                let seen = near.filter_map(|&(id, _)| table.get(Slot(id)));
                bot.decide(Some(own), seen, map);
            }
            let command = bot.command();
            if let Some(ArenaEntity::Ship(ship)) = table.get_mut(slot) {
                ship.command = command;
            }
        }
    }
}
