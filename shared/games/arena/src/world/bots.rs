//! Pilots whom the simulation drives itself: pirates, and programs that fill empty seats. Their controllers are state, like
//! everything that decides what a later tick is.

use super::Arena;
use super::pilots::Pilot;
use crate::bot::{Behaviour, Bot, Level, Regard};
use crate::class::{ShipClass, Team};
use crate::entity::{ArenaEntity, Hold};
use crate::pirates::pirate_seat;
use glam::Vec2;
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::EntityTable;
use perigee_shared::tick::Tick;

/// Bots that there is room for without more memory.
pub(super) const USUAL_BOTS: usize = 256;
/// How far a bot sees, units: about as far as a person's screen shows.
const SIGHT_UNITS: f32 = 650.0;
/// Ticks between two thoughts of one bot.
const THINK_TICKS: u32 = 2;

/// A bot and the seat that it plays.
#[derive(Clone, Debug)]
pub(super) struct SeatedBot {
    pub(super) player: PlayerId,
    pub(super) bot: Bot,
}

impl SeatedBot {
    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_u64(u64::from(self.player.0));
        self.bot.hash_into(hasher);
    }
}

impl Arena {
    /// Gives the scenario's pirates their seats.
    pub(super) fn man_pirates(&mut self, count: u32) {
        for number in (0..count).rev() {
            let player = pirate_seat(number);
            let class = ShipClass::ALL[number as usize % ShipClass::ALL.len()];
            let pirate = Pilot { team: Team::Pirates, class, driven: true, ..Pilot::default() };
            self.pilots[player.index()] = Some(pirate);
            // One in three knows the trade.
            let level = if number.is_multiple_of(3) { Level::Able } else { Level::Rookie };
            self.seat_bot(player, |seed| Bot::new(Behaviour::Pirate, seed).with_level(level));
        }
    }

    /// A program takes a seat: a crowd of all kinds, so that whoever comes alone finds a world that lives.
    pub(super) fn man_seat(&mut self, player: PlayerId) {
        if let Some(pilot) = self.pilot_mut(player) {
            pilot.class = ShipClass::ALL[player.index() % ShipClass::ALL.len()];
        }
        self.seat_bot(player, |seed| Bot::new(Behaviour::Mixed, seed));
    }

    fn seat_bot(&mut self, player: PlayerId, bot: impl FnOnce(u64) -> Bot) {
        let seed = u64::from(self.rng.next_u32());
        let at = self.bots.partition_point(|bot| bot.player < player);
        self.bots.insert(at, SeatedBot { player, bot: bot(seed) });
    }

    /// Each bot commands its ship by what lies within its sight before the step. What it orders is carried out in the
    /// next step, as a player's order is.
    pub(super) fn think(&mut self, tick: Tick) {
        if self.bots.is_empty() {
            return;
        }
        self.list_crates();
        let prices = self.economy.price_list();
        let Self { bots, pilots, table, ships, map, economy, scratch, .. } = self;
        for SeatedBot { player, bot } in bots {
            let Some(pilot) = &pilots[player.index()] else { continue };
            let Some(slot) = pilot.ship else { continue };
            let Some(own @ ArenaEntity::Ship(ship)) = table.get(slot) else { continue };
            if (tick.0 + u32::from(player.0)).is_multiple_of(THINK_TICKS) {
                let at = ship.position.units();
                let near = ships.runs(at, SIGHT_UNITS).flatten().map(|&(id, _)| Slot(id));
                let is_near = |place: Vec2| place.distance_squared(at) < SIGHT_UNITS * SIGHT_UNITS;
                let floating =
                    scratch.crates.iter().filter(|(_, place)| is_near(*place)).map(|(slot, _)| *slot);
                let seen = near.chain(floating).filter_map(|slot| table.get(slot));
                let regard = |player: PlayerId| regard_of(pilots[player.index()].as_ref(), tick);
                bot.decide_among(Some(own), seen, regard, map);
                let order = bot.order(Some(own), hold_in(table, pilot.hold), &prices, map);
                if let Some(order) = order {
                    economy.order(*player, order);
                }
            }
            let command = bot.command();
            if let Some(ArenaEntity::Ship(ship)) = table.get_mut(slot) {
                ship.command = command;
            }
        }
    }

    /// Where crates float, for all bots at once: there is no grid of them.
    fn list_crates(&mut self) {
        let Self { table, economy, scratch, .. } = self;
        scratch.crates.clear();
        if economy.afloat() > 0 {
            scratch.crates.extend(table.iter().filter_map(|(slot, entity)| match entity {
                ArenaEntity::Crate(floating) => Some((slot, floating.position.units())),
                _ => None,
            }));
        }
    }
}

/// What bots think of a pilot: of one of their own, that they are fair game.
fn regard_of(pilot: Option<&Pilot>, tick: Tick) -> Regard {
    match pilot {
        Some(pilot) if !pilot.driven => Regard::of_person(pilot.kills.into(), tick.since(pilot.returns_at)),
        _ => Regard::Fair,
    }
}

/// What is in a pilot's hold, if they have one.
fn hold_in(table: &EntityTable<ArenaEntity>, slot: Option<Slot>) -> Option<&Hold> {
    match table.get(slot?)? {
        ArenaEntity::Hold(hold) => Some(hold),
        _ => None,
    }
}
