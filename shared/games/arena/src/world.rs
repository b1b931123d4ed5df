//! The arena's state and its step: commands in, everything moves, collides, fires, dies and returns; the state lies on
//! the wire's grid at its end. Each part of the state has an owner, which is a type with a file of its own; [`Arena`] has
//! them all, and says in which order they act. A file imports only from those before it:
//!
//! - `space`: what is there; `fight`, `pilot`, `pilots` (with `allegiance`, their teams): who flies what
//! - `feuds`: what a kill is worth; `fire`: what is fired and what it meets; `forfeit`, `casualties`: who is hit and lost
//! - `motion`: everything moves; `round`: the time, the zone, who wins; `bots`: pilots that the simulation itself drives
//! - `commerce`: orders, wrecks, ore and crates

mod allegiance;
mod bots;
mod casualties;
mod commerce;
#[cfg(test)]
mod duels;
#[cfg(test)]
mod estates;
mod feuds;
mod fight;
mod fire;
mod forfeit;
#[cfg(test)]
mod last_moments;
mod motion;
mod pilot;
mod pilots;
mod round;
#[cfg(test)]
mod saved;
#[cfg(test)]
mod second_accounts;
mod space;
#[cfg(test)]
pub(crate) mod testbed;
#[cfg(test)]
mod tests;

use crate::about::Tally;
use crate::command::ArenaCommand;
use crate::economy::Economy;
use crate::entity::{ArenaEntity, Ship};
use crate::estate::{Condition, Estate};
use crate::event::ArenaEvent;
use crate::goods::Good;
use crate::map::{self, ArenaMap};
use crate::market::Market;
use crate::orders::ArenaOrder;
use crate::pirates::pirate_name;
use crate::scenario::Scenario;
use crate::tuning::DOCK_RADIUS_UNITS;
use crate::weapons::offspring_of;
use bots::Bots;
use casualties::Casualties;
use commerce::Commerce;
use feuds::Feuds;
use fire::Fire;
use forfeit::Forfeits;
use glam::Vec2;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::MAX_ENTITIES;
use perigee_shared::netcode::seam::bulletin::{Headline, Landmark, Quote, RoundView};
use perigee_shared::netcode::{
    About, Arrival, Belongings, EntityTable, LastWord, LoadError, Past, PlayerInput, Simulation, Standing,
    Statistics,
};
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;
use pilots::{Newcomer, Pilots};
use round::Round;
use space::Space;

/// The space arena.
#[derive(Debug)]
pub struct Arena {
    rng: Rng,
    space: Space,
    pilots: Pilots,
    bots: Bots,
    fire: Fire,
    casualties: Casualties,
    round: Round,
    economy: Economy,
}

impl Simulation for Arena {
    type Command = ArenaCommand;
    type Order = ArenaOrder;
    type Entity = ArenaEntity;
    type Event = ArenaEvent;
    type Scenario = Scenario;

    const ABOUT: About = crate::about::ABOUT;

    fn map(scenario: &Scenario) -> ArenaMap {
        ArenaMap::new(scenario)
    }

    fn obstacles(map: &ArenaMap) -> Vec<(f32, f32, f32)> {
        map.asteroids.iter().map(|rock| (rock.centre.x, rock.centre.y, rock.radius_units)).collect()
    }

    fn landmarks(map: &ArenaMap) -> Vec<Landmark> {
        let stations = map.stations.iter().map(|station| (station.name(), station.centre, DOCK_RADIUS_UNITS));
        let zone = map.zone.iter().map(|zone| ("Zone", zone.centre, zone.radius_units));
        let place =
            |(name, at, radius_units): (_, Vec2, _)| Landmark { name, at: (at.x, at.y), radius_units };
        stations.chain(zone).map(place).collect()
    }

    fn size_units(scenario: &Scenario) -> (f32, f32) {
        (scenario.width_units, scenario.height_units)
    }

    fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut arena = Self::empty(scenario, seed);
        arena.round.enter(&mut arena.space);
        arena.bots.man_pirates(scenario.pirates, &mut arena.pilots, &mut arena.rng);
        arena
    }

    fn join(&mut self, player: PlayerId, tick: Tick, arrival: Arrival) {
        self.round.forget_winner(&mut self.space, player);
        self.unseat(player);
        // Nobody is told of them what the one before did.
        self.casualties.forfeits.forget(player);
        let estate = self.economy.arrive(player, &arrival);
        let mark = if estate.mark == 0 { self.new_mark(player, tick) } else { estate.mark };
        let team = self.pilots.team_of_newcomer(self.round.mode, &arrival);
        self.pilots.seat(&mut self.space, Newcomer { player, arrival, team, estate, mark }, tick);
        if arrival.driven {
            self.bots.fill_seat(player, &mut self.pilots, &mut self.rng);
        }
    }

    fn leave(&mut self, player: PlayerId) -> LastWord {
        self.forfeit(player);
        let belongings = self.pilots.estate(&self.space, player).and_then(|estate| estate.pack());
        let last_word = LastWord { standing: self.standing(player), belongings };
        self.round.forget_winner(&mut self.space, player);
        self.unseat(player);
        last_word
    }

    /// As if the ship had rested: what comes back by itself in seconds is only written down of who leaves.
    fn belongings(&self, player: PlayerId) -> Option<Belongings> {
        let estate = self.pilots.estate(&self.space, player)?;
        let ship = Condition { hull: estate.ship.hull, ..Condition::rested(estate.class) };
        Estate { ship, ..estate }.pack()
    }

    fn reads(belongings: &Belongings) -> bool {
        Estate::unpack(belongings).is_some()
    }

    fn belongings_of_record(record: &Statistics) -> Option<Belongings> {
        Self::belongings_worth(Tally::from(record).wealth)
    }

    fn order(&mut self, player: PlayerId, order: ArenaOrder) {
        self.economy.order(player, order);
    }

    fn step(
        &mut self,
        tick: Tick,
        inputs: &[PlayerInput<ArenaCommand>],
        past: &Past<'_, ArenaEntity>,
        events: &mut Vec<ArenaEvent>,
    ) {
        self.begin_step(tick, events);
        let Self { space, pilots, bots, fire, casualties, round, economy, rng, .. } = self;
        space.rebuild_ships();
        pilots.launch_returning(space, rng, tick);
        pilots.take_commands(space, inputs);
        bots.think(tick, space, pilots, economy);
        motion::steer_missiles(space, pilots);
        pilots.protect_the_absent(space);
        let holder = round.contest(space).holder;
        motion::move_everything(space, economy, &mut fire.rock_hits);
        motion::collide_ships(space);
        round.tell_capture(holder, space, pilots, &mut casualties.feuds, events);
        fire.fire(space, pilots);
        let phase = round.phase(space);
        casualties.strike(fire.find_strikes(space, pilots, past), space, pilots, phase, events);
        let mut commerce = Commerce { economy, space, pilots, rng };
        commerce.trade_and_salvage(tick, casualties.wrecks(), fire.rock_hits.all());
        round.run(tick, space, pilots, events);
    }

    fn set_absent(&mut self, player: PlayerId, absent: bool) {
        self.pilots.set_absent(&mut self.space, player, absent);
    }

    fn entities(&self) -> &EntityTable<ArenaEntity> {
        &self.space.table
    }

    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        self.pilots.get(player)?.ship
    }

    fn team(&self, player: PlayerId) -> Option<u8> {
        Some(self.pilots.get(player)?.team_number()).filter(|&team| team > 0)
    }

    fn standing(&self, player: PlayerId) -> Standing {
        self.pilots.standing(&self.space, player)
    }

    fn headline(event: &ArenaEvent) -> Option<Headline> {
        event.headline()
    }

    fn quotes(&self, out: &mut Vec<Quote>) {
        self.economy.quotes(out);
    }

    fn venue_name(station: u8) -> Option<&'static str> {
        map::station_name(station)
    }

    fn good_name(good: u8) -> Option<&'static str> {
        Good::from_index(good.into()).map(Good::name)
    }

    fn round(&self) -> RoundView {
        self.round.view(&self.space)
    }

    fn npc_name(player: PlayerId) -> Option<&'static str> {
        pirate_name(player)
    }

    fn hash_hidden(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
        self.pilots.hash_into(hasher);
        self.bots.hash_into(hasher);
        self.economy.hash_into(hasher);
        self.casualties.forfeits.hash_into(hasher);
        self.casualties.feuds.hash_into(hasher);
        self.fire.hash_into(&self.space, hasher);
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = BitWriter::new();
        writer.write_u64(self.rng.state());
        self.space.table.save(&mut writer);
        self.fire.save(&self.space, &mut writer);
        self.pilots.save(&mut writer);
        self.bots.save(&mut writer);
        self.casualties.forfeits.save(&mut writer);
        self.casualties.feuds.save(&mut writer);
        self.economy.save(&mut writer);
        out.extend_from_slice(writer.finish());
    }

    /// The bytes come from a file, so they are checked, and what follows from something else is not in them: the map from
    /// the scenario, a pilot's ship from its owner.
    fn load(scenario: &Scenario, bytes: &[u8]) -> Result<Self, LoadError> {
        perigee_shared::netcode::Scenario::check(scenario).map_err(LoadError::Scenario)?;
        let mut reader = BitReader::new(bytes);
        let mut arena = Self::empty(scenario, 0);
        arena.rng = Rng::from_state(reader.read_u64()?);
        arena.space.table = EntityTable::load(MAX_ENTITIES, &mut reader)?;
        arena.fire.load(&arena.space, &mut reader)?;
        arena.pilots.load(&mut reader)?;
        arena.bots.load(&arena.pilots, &mut reader)?;
        arena.casualties.forfeits = Forfeits::load(&mut reader)?;
        arena.casualties.feuds = Feuds::load(&mut reader)?;
        arena.economy.load(&arena.space.table, &mut reader)?;
        reader.end()?;
        arena.pilots.take_possession(&arena.space)?;
        arena.round.find(&arena.space)?;
        Ok(arena)
    }

    fn save_persisted(&self, out: &mut Vec<u8>) {
        self.economy.market.save_persisted(out);
    }

    fn load_persisted(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        self.economy.market.load_persisted(bytes)
    }

    fn with_command(entity: ArenaEntity, command: ArenaCommand) -> ArenaEntity {
        match entity {
            ArenaEntity::Ship(ship) => ArenaEntity::Ship(Ship { command, ..ship }),
            other => other,
        }
    }

    fn offspring(entity: &ArenaEntity, _map: &ArenaMap) -> Option<ArenaEntity> {
        let ArenaEntity::Ship(ship) = entity else { return None };
        offspring_of(ship)
    }
}

impl Arena {
    /// What somebody owns who has nothing but so many credits; `None` if there can be no such balance.
    #[must_use]
    pub fn belongings_worth(wealth: i64) -> Option<Belongings> {
        Estate::of_wealth(wealth).pack()
    }

    /// The stations' market, to look at.
    #[must_use]
    pub fn market(&self) -> &Market {
        &self.economy.market
    }

    /// Whether the books say what there is in stations, holds and crates.
    #[must_use]
    pub fn books_balance(&self) -> bool {
        self.economy.balances(&self.space.table)
    }

    /// An arena without anything in it, not even the contest.
    fn empty(scenario: &Scenario, seed: u64) -> Self {
        let space = Space::new(scenario);
        Self {
            economy: Economy::new(&space.map, scenario.map_seed),
            space,
            rng: Rng::new(seed),
            pilots: Pilots::new(scenario.protect_absent),
            bots: Bots::new(),
            fire: Fire::new(),
            casualties: Casualties::new(),
            round: Round::new(scenario),
        }
    }

    /// What comes before anything is commanded: what is over is over, and orders are carried out.
    fn begin_step(&mut self, tick: Tick, events: &mut Vec<ArenaEvent>) {
        self.space.table.begin_tick(tick);
        self.fire.clear();
        self.casualties.clear();
        self.casualties.forfeits.tell(events);
        self.pilots.forget_fights();
        let phase = self.round.phase(&self.space);
        self.commerce().carry_out_orders(phase, events);
    }

    fn commerce(&mut self) -> Commerce<'_> {
        let Self { economy, space, pilots, rng, .. } = self;
        Commerce { economy, space, pilots, rng }
    }

    /// `player` gives up the seat: a ship in a fight is lost to whoever hurt it last, as if they had finished it. It is
    /// settled at once, so what the pilot takes along is what is left.
    fn forfeit(&mut self, player: PlayerId) {
        let Self { space, pilots, casualties, round, economy, rng, .. } = self;
        if casualties.give_up(player, space, pilots, round.phase(space)) {
            Commerce { economy, space, pilots, rng }.settle_wrecks(casualties.wrecks());
            casualties.clear();
        }
    }

    /// Takes away all that is `player`'s.
    fn unseat(&mut self, player: PlayerId) {
        self.bots.unseat(player);
        self.economy.forget_orders(player);
        if let Some(hold) = self.pilots.unseat(&mut self.space, player) {
            self.economy.depart(&hold);
        }
    }

    /// A number that nobody had before, as far as chance goes; the match's own dice are not asked, so who comes changes
    /// nothing else.
    fn new_mark(&self, player: PlayerId, tick: Tick) -> u32 {
        let mut hasher = StateHasher::default();
        hasher.write_u64(self.rng.state());
        hasher.write_u64(u64::from(tick.0) << 16 | u64::from(player.0));
        hasher.write_u64(self.economy.market.ledger.money.granted);
        hasher.finish() as u32 | 1
    }
}
