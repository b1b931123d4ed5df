//! The arena's state and its step: commands in, everything moves, collides, fires, dies and returns; the state lies on
//! the wire's grid at its end. What each part of the step does is in a file of its own.

mod allegiance;
mod bots;
mod commerce;
#[cfg(test)]
mod duels;
#[cfg(test)]
mod estates;
mod feuds;
mod fight;
mod forfeit;
#[cfg(test)]
mod last_moments;
mod motion;
mod pilots;
mod rounds;
mod save;
#[cfg(test)]
mod second_accounts;
#[cfg(test)]
pub(crate) mod testbed;
#[cfg(test)]
mod tests;

use crate::about::{self, Tally};
use crate::beam::Beam;
use crate::combat::Strike;
use crate::command::ArenaCommand;
use crate::economy::Economy;
use crate::entity::{ArenaEntity, Contest, Hold, Ship};
use crate::estate::{Condition, Estate};
use crate::event::ArenaEvent;
use crate::goods::Good;
use crate::map::{self, ArenaMap};
use crate::orders::ArenaOrder;
use crate::pirates::pirate_name;
use crate::salvage::MAX_CRATES;
use crate::scenario::{Mode, Scenario};
use crate::tuning::DOCK_RADIUS_UNITS;
use crate::weapons::{missile_of, shot_of};
use bots::SeatedBot;
use feuds::Feuds;
use forfeit::Forfeit;
use glam::Vec2;
use perigee_shared::grid::Grid;
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::{MAX_ENTITIES, MAX_EVENTS_PER_TICK, MAX_PLAYERS};
use perigee_shared::netcode::seam::bulletin::{Headline, Landmark, Quote, RoundView};
use perigee_shared::netcode::{
    About, Arrival, Belongings, EntityTable, Lag, LastWord, LoadError, Past, PlayerInput, Simulation,
    Standing, Statistics,
};
use perigee_shared::rng::Rng;
use perigee_shared::tick::{TICK_HZ, Tick};
use pilots::Pilot;

/// Slots for what must always find one: each pilot's ship and hold, and the contest.
const RESERVED_SLOTS: usize = 2 * MAX_PLAYERS + 1;
/// Ships given up between two steps that there is room for without more memory.
const USUAL_FORFEITS: usize = 16;
const _: () = assert!(RESERVED_SLOTS + MAX_PLAYERS < MAX_ENTITIES, "shots and crates need room as well");

/// A weapon that met a rock in this tick: it may chip something out of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RockHit {
    /// Which rock of the map.
    pub(crate) rock: u16,
    /// Where, units.
    pub(crate) at: Vec2,
    /// Whose weapon it was.
    pub(crate) by: PlayerId,
    /// What it would have taken from a ship, points.
    pub(crate) damage: u8,
}

/// A ship that was lost in this tick: what was in its hold may float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wreck {
    /// Whose it was.
    pub(crate) victim: PlayerId,
    /// Who did it.
    pub(crate) by: PlayerId,
    /// Where, units.
    pub(crate) at: Vec2,
    /// How fast, units/s.
    pub(crate) velocity: Vec2,
    /// What it counts for whoever did it, in parts of a full kill.
    pub(crate) worth: u8,
}

/// The space arena.
#[derive(Debug)]
pub struct Arena {
    map: ArenaMap,
    mode: Mode,
    round_ticks: u32,
    protect_absent: bool,
    rng: Rng,
    table: EntityTable<ArenaEntity>,
    pilots: Vec<Option<Pilot>>,
    /// Of pilots that the simulation itself drives, in their order.
    bots: Vec<SeatedBot>,
    /// Where the contest is.
    contest: Slot,
    /// Where the ships are: made anew from the table before it is asked, so it is no state.
    ships: Grid,
    /// By shot's slot: how far in the past its pilot saw the others when it was fired. It flies among what they saw.
    lags: Vec<Lag>,
    economy: Economy,
    /// Ships that were given up in a fight since the last step.
    forfeits: Vec<Forfeit>,
    feuds: Feuds,
    scratch: Scratch,
}

/// What one step leaves for its own later parts, or for nobody. It keeps its memory and is no state.
#[derive(Debug)]
struct Scratch {
    strikes: Vec<Strike>,
    /// Beams of this tick, by the ship that fired.
    beams: Vec<(Slot, Beam)>,
    /// Slots of one kind while the table changes.
    slots: Vec<Slot>,
    /// This tick's; more than [`MAX_EVENTS_PER_TICK`] are dropped.
    rock_hits: Vec<RockHit>,
    /// This tick's.
    wrecks: Vec<Wreck>,
    /// Crates that float before the step, and where.
    crates: Vec<(Slot, Vec2)>,
}

impl Scratch {
    fn new() -> Self {
        Self {
            strikes: Vec::with_capacity(MAX_EVENTS_PER_TICK),
            beams: Vec::with_capacity(MAX_PLAYERS),
            slots: Vec::with_capacity(MAX_ENTITIES),
            rock_hits: Vec::with_capacity(MAX_EVENTS_PER_TICK),
            wrecks: Vec::with_capacity(MAX_PLAYERS),
            crates: Vec::with_capacity(MAX_CRATES),
        }
    }

    fn clear(&mut self) {
        self.strikes.clear();
        self.beams.clear();
        self.rock_hits.clear();
        self.wrecks.clear();
    }

    fn note_rock_hit(&mut self, hit: RockHit) {
        if self.rock_hits.len() < MAX_EVENTS_PER_TICK {
            self.rock_hits.push(hit);
        }
    }
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
        let left_ticks = arena.round_ticks;
        let contest = ArenaEntity::Contest(Contest { left_ticks, ..Contest::default() });
        arena.contest = arena.table.spawn(contest).unwrap_or_default();
        arena.man_pirates(scenario.pirates);
        arena
    }

    fn join(&mut self, player: PlayerId, tick: Tick, arrival: Arrival) {
        self.forget_winner(player);
        self.seat(player, tick, arrival);
    }

    fn leave(&mut self, player: PlayerId) -> LastWord {
        self.forfeit(player);
        let belongings = self.estate(player).and_then(|estate| estate.pack());
        let last_word = LastWord { standing: self.standing(player), belongings };
        self.forget_winner(player);
        self.unseat(player);
        last_word
    }

    /// As if the ship had rested: what comes back by itself in seconds is only written down of who leaves.
    fn belongings(&self, player: PlayerId) -> Option<Belongings> {
        let estate = self.estate(player)?;
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
        self.table.begin_tick(tick);
        self.scratch.clear();
        self.tell_forfeits(events);
        self.forget_fights();
        self.carry_out_orders(events);
        self.rebuild_ships();
        self.launch_returning(tick);
        self.take_commands(inputs);
        self.think(tick);
        self.steer_missiles();
        self.protect_the_absent();
        let holder = self.contest().holder;
        self.move_everything();
        self.collide_ships();
        self.tell_capture(holder, events);
        self.fire();
        self.find_strikes(past);
        self.strike(tick, events);
        self.trade_and_salvage(tick);
        self.run_round(tick, events);
    }

    fn set_absent(&mut self, player: PlayerId, absent: bool) {
        let Some(pilot) = self.pilots[player.index()].as_mut() else { return };
        let is_back = std::mem::replace(&mut pilot.absent, absent) && !absent;
        // They were safe as long as they were away.
        if let Some(ship) = pilot.ship.filter(|_| is_back && self.protect_absent) {
            self.ship_mut(ship).into_iter().for_each(|ship| ship.protection = 0);
        }
    }

    fn entities(&self) -> &EntityTable<ArenaEntity> {
        &self.table
    }

    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        self.pilot(player)?.ship
    }

    fn team(&self, player: PlayerId) -> Option<u8> {
        Some(self.pilot(player)?.team_number()).filter(|&team| team > 0)
    }

    fn standing(&self, player: PlayerId) -> Standing {
        let Some(pilot) = self.pilot(player) else { return Standing::default() };
        pilot.standing(self.wealth(pilot))
    }

    fn headline(event: &ArenaEvent) -> Option<Headline> {
        match *event {
            ArenaEvent::Destroyed { victim, by, with, .. } => Some(about::destroyed(victim, by, with)),
            ArenaEvent::Captured { team, by } => Some(about::captured(team, by)),
            ArenaEvent::RoundOver { result, best } => Some(Headline::RoundOver { result, best }),
            ArenaEvent::Hit { .. } | ArenaEvent::Answer { .. } => None,
        }
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
        self.round_view()
    }

    fn npc_name(player: PlayerId) -> Option<&'static str> {
        pirate_name(player)
    }

    fn hash_hidden(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
        for (seat, pilot) in self.pilots.iter().enumerate() {
            if let Some(pilot) = pilot {
                hasher.write_u64(seat as u64);
                pilot.hash_into(hasher);
            }
        }
        for bot in &self.bots {
            bot.hash_into(hasher);
        }
        self.economy.hash_into(hasher);
        forfeit::hash_forfeits(&self.forfeits, hasher);
        self.feuds.hash_into(hasher);
        for (slot, entity) in self.table.iter() {
            if let ArenaEntity::Shot(_) = entity {
                hasher.write_u64(u64::from(self.lags[slot.index()].0));
            }
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        save::save(self, out);
    }

    fn load(scenario: &Scenario, bytes: &[u8]) -> Result<Self, LoadError> {
        save::load(scenario, bytes)
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
        let shot = shot_of(ship).map(ArenaEntity::Shot);
        shot.or_else(|| missile_of(ship).map(ArenaEntity::Missile))
    }
}

impl Arena {
    /// What somebody owns who has nothing but so many credits; `None` if there can be no such balance.
    #[must_use]
    pub fn belongings_worth(wealth: i64) -> Option<Belongings> {
        Estate::of_wealth(wealth).pack()
    }

    /// An arena without anything in it, not even the contest.
    fn empty(scenario: &Scenario, seed: u64) -> Self {
        let map = ArenaMap::new(scenario);
        Self {
            economy: Economy::new(&map, scenario.map_seed),
            map,
            mode: scenario.mode,
            round_ticks: scenario.round_s * TICK_HZ,
            protect_absent: scenario.protect_absent,
            rng: Rng::new(seed),
            table: EntityTable::with_capacity(MAX_ENTITIES),
            pilots: vec![None; MAX_PLAYERS],
            bots: Vec::with_capacity(bots::USUAL_BOTS),
            contest: Slot::default(),
            ships: Grid::new(scenario.width_units, scenario.height_units, 64.0),
            lags: vec![Lag::default(); MAX_ENTITIES],
            forfeits: Vec::with_capacity(USUAL_FORFEITS),
            feuds: Feuds::new(),
            scratch: Scratch::new(),
        }
    }

    fn pilot(&self, player: PlayerId) -> Option<&Pilot> {
        self.pilots.get(player.index())?.as_ref()
    }

    fn pilot_mut(&mut self, player: PlayerId) -> Option<&mut Pilot> {
        self.pilots.get_mut(player.index())?.as_mut()
    }

    /// The ship in `slot`, if there is one.
    fn ship_mut(&mut self, slot: Slot) -> Option<&mut Ship> {
        match self.table.get_mut(slot)? {
            ArenaEntity::Ship(ship) => Some(ship),
            _ => None,
        }
    }

    /// All ships, in slot order.
    fn all_ships(&self) -> impl Iterator<Item = (Slot, &Ship)> {
        self.table.iter().filter_map(|(slot, entity)| match entity {
            ArenaEntity::Ship(ship) => Some((slot, ship)),
            _ => None,
        })
    }

    /// How the match stands.
    fn contest(&self) -> Contest {
        match self.table.get(self.contest) {
            Some(ArenaEntity::Contest(contest)) => *contest,
            _ => Contest::default(),
        }
    }

    fn contest_mut(&mut self) -> Option<&mut Contest> {
        match self.table.get_mut(self.contest)? {
            ArenaEntity::Contest(contest) => Some(contest),
            _ => None,
        }
    }

    /// What `player` owns; pirates own nothing.
    fn hold_mut(&mut self, player: PlayerId) -> Option<&mut Hold> {
        let slot = self.pilot(player)?.hold?;
        match self.table.get_mut(slot)? {
            ArenaEntity::Hold(hold) => Some(hold),
            _ => None,
        }
    }

    /// How many more shots, missiles and crates there may be, so that whatever must find a place still does.
    fn spare_slots(&self) -> usize {
        let pilots = self.pilots.iter().flatten();
        let held = 1 + pilots.map(Pilot::reserved_slots).sum::<usize>();
        self.table.free_slots().saturating_sub(RESERVED_SLOTS.saturating_sub(held))
    }
}
