//! Pilots whom the simulation drives itself: pirates, and programs that fill empty seats. Their controllers are state, like
//! everything that decides what a later tick is.

use super::pilot::Pilot;
use super::pilots::Pilots;
use super::space::Space;
use crate::bot::{Behaviour, Bot, Level, Regard};
use crate::class::{ShipClass, Team};
use crate::economy::Economy;
use crate::entity::ArenaEntity;
use crate::pirates::pirate_seat;
use crate::salvage::MAX_CRATES;
use glam::Vec2;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::LoadError;
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;

/// Bots that there is room for without more memory.
const USUAL_BOTS: usize = 256;
/// How far a bot sees, units: about as far as a person's screen shows.
const SIGHT_UNITS: f32 = 650.0;
/// Ticks between two thoughts of one bot.
const THINK_TICKS: u32 = 2;

/// A bot and the seat that it plays.
#[derive(Clone, Debug)]
struct SeatedBot {
    player: PlayerId,
    bot: Bot,
}

/// A crate, and where it floats.
#[derive(Clone, Copy, Debug)]
struct Afloat {
    slot: Slot,
    at: Vec2,
}

/// All bots, in the order of their seats.
#[derive(Debug)]
pub(super) struct Bots {
    list: Vec<SeatedBot>,
    /// Crates that float before the step: memory, not state.
    crates: Vec<Afloat>,
}

impl Bots {
    pub(super) fn new() -> Self {
        Self { list: Vec::with_capacity(USUAL_BOTS), crates: Vec::with_capacity(MAX_CRATES) }
    }

    /// Gives the scenario's pirates their seats.
    pub(super) fn man_pirates(&mut self, count: u32, pilots: &mut Pilots, rng: &mut Rng) {
        for number in (0..count).rev() {
            let player = pirate_seat(number);
            let class = ShipClass::ALL[number as usize % ShipClass::ALL.len()];
            pilots.put(player, Pilot { team: Team::Pirates, class, driven: true, ..Pilot::default() });
            // One in three knows the trade.
            let level = if number.is_multiple_of(3) { Level::Able } else { Level::Rookie };
            self.seat(player, |seed| Bot::new(Behaviour::Pirate, seed).with_level(level), rng);
        }
    }

    /// A program takes a seat: some of each behaviour, so that whoever comes alone finds a world that lives.
    pub(super) fn fill_seat(&mut self, player: PlayerId, pilots: &mut Pilots, rng: &mut Rng) {
        if let Some(pilot) = pilots.get_mut(player) {
            pilot.class = ShipClass::ALL[player.index() % ShipClass::ALL.len()];
        }
        self.seat(player, |seed| Bot::new(Behaviour::Mixed, seed), rng);
    }

    fn seat(&mut self, player: PlayerId, bot: impl FnOnce(u64) -> Bot, rng: &mut Rng) {
        let seed = u64::from(rng.next_u32());
        let at = self.list.partition_point(|other| other.player < player);
        self.list.insert(at, SeatedBot { player, bot: bot(seed) });
    }

    /// The seat is free, or somebody else's.
    pub(super) fn unseat(&mut self, player: PlayerId) {
        self.list.retain(|bot| bot.player != player);
    }

    /// Each bot commands its ship by what lies within its sight before the step. What it orders is carried out in the
    /// next step, as a player's order is.
    pub(super) fn think(&mut self, tick: Tick, space: &mut Space, pilots: &Pilots, economy: &mut Economy) {
        if self.list.is_empty() {
            return;
        }
        self.list_crates(space, economy);
        let prices = economy.price_list();
        let Self { list, crates } = self;
        for SeatedBot { player, bot } in list {
            let Some(slot) = pilots.get(*player).and_then(|pilot| pilot.ship) else { continue };
            let Some(own @ ArenaEntity::Ship(ship)) = space.table.get(slot) else { continue };
            if (tick.0 + u32::from(player.0)).is_multiple_of(THINK_TICKS) {
                let at = ship.position.units();
                let near = space.ships.runs(at, SIGHT_UNITS).flatten().map(|&(id, _)| Slot(id));
                let is_near = |place: Vec2| place.distance_squared(at) < SIGHT_UNITS * SIGHT_UNITS;
                let floating = crates.iter().filter(|one| is_near(one.at)).map(|one| one.slot);
                let seen = near.chain(floating).filter_map(|slot| space.table.get(slot));
                let regard = |player: PlayerId| regard_of(pilots.get(player), tick);
                bot.decide_among(Some(own), seen, regard, &space.map);
                let hold = pilots.hold_of(space, *player);
                if let Some(order) = bot.order(Some(own), hold, &prices, &space.map) {
                    economy.order(*player, order);
                }
            }
            if let Some(ship) = space.ship_mut(slot) {
                ship.command = bot.command();
            }
        }
    }

    /// Where crates float, for all bots at once: there is no grid of them.
    fn list_crates(&mut self, space: &Space, economy: &Economy) {
        self.crates.clear();
        if economy.afloat() > 0 {
            self.crates.extend(space.table.iter().filter_map(|(slot, entity)| match entity {
                ArenaEntity::Crate(floating) => Some(Afloat { slot, at: floating.position.units() }),
                _ => None,
            }));
        }
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        for SeatedBot { player, bot } in &self.list {
            hasher.write_u64(u64::from(player.0));
            bot.hash_into(hasher);
        }
    }

    /// Appends them; in which seats they are is known of the pilots.
    pub(super) fn save(&self, writer: &mut BitWriter) {
        self.list.iter().for_each(|seated| seated.bot.save(writer));
    }

    /// Reads what [`Self::save`] wrote: whoever is driven has a bot.
    ///
    /// # Errors
    /// A [`LoadError`] for what no bot is.
    pub(super) fn load(&mut self, pilots: &Pilots, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
        for (player, _) in pilots.all().filter(|(_, pilot)| pilot.driven) {
            self.list.push(SeatedBot { player, bot: Bot::load(reader)? });
        }
        Ok(())
    }
}

/// What bots think of a pilot: of one of their own, that they are fair game.
fn regard_of(pilot: Option<&Pilot>, tick: Tick) -> Regard {
    match pilot {
        Some(pilot) if !pilot.driven => Regard::of_person(pilot.kills.into(), tick.since(pilot.returns_at)),
        _ => Regard::Fair,
    }
}
