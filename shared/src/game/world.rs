//! The arena's step: commands in, everything moves, collides, fires, dies and returns; the state lies on the wire's
//! grid at its end.

mod save;

use crate::game::collision::collide;
use crate::game::combat::{Strike, Targets, find_strikes, muzzle};
use crate::game::command::ArenaCommand;
use crate::game::entity::{ArenaEntity, GridVec, Ship};
use crate::game::event::ArenaEvent;
use crate::game::map::ArenaMap;
use crate::game::movement::heading_turns;
use crate::game::scenario::Scenario;
use crate::game::tuning::{
    ENERGY, HULL, HULL_PER_KILL, PROTECTION_TICKS, RESPAWN_TICKS, SCORE_PER_KILL, SHIP_RADIUS_UNITS,
    SHOT_DAMAGE,
};
use crate::grid::Grid;
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::limits::{MAX_ENTITIES, MAX_EVENTS_PER_TICK, MAX_PLAYERS, RESERVED_ENTITIES};
use crate::netcode::{Arrival, EntityTable, Lag, LoadError, Past, PlayerInput, Simulation, Standing};
use crate::rng::Rng;
use crate::tick::Tick;
use glam::Vec2;

/// One player's state beside their ship.
#[derive(Clone, Copy, Debug)]
struct Pilot {
    standing: Standing,
    ship: Option<Slot>,
    /// When the next ship comes, while there is none.
    returns_at: Tick,
    /// How far in the past the pilot sees the others.
    lag: Lag,
    /// Whether the pilot's connection is broken.
    absent: bool,
}

/// The space arena.
#[derive(Debug)]
pub struct Arena {
    map: ArenaMap,
    protect_absent: bool,
    rng: Rng,
    table: EntityTable<ArenaEntity>,
    pilots: Vec<Option<Pilot>>,
    /// Where the ships are: made anew from the table before it is asked, so it is no state.
    ships: Grid,
    /// By shot's slot: how far in the past its pilot saw the others when it was fired. It flies among what they saw.
    lags: Vec<Lag>,
    strikes: Vec<Strike>,
    /// Scratch: slots of one kind while the table changes.
    slots: Vec<Slot>,
}

/// A rested, unprotected ship at rest.
pub(crate) fn fresh_ship(owner: PlayerId, at: Vec2, angle: u16) -> Ship {
    Ship {
        owner,
        command: ArenaCommand::default(),
        position: GridVec::of_position(at),
        velocity: GridVec::default(),
        angle,
        hull: HULL,
        energy: ENERGY,
        cooldown: 0,
        protection: 0,
    }
}

impl Simulation for Arena {
    type Command = ArenaCommand;
    type Order = ();
    type Entity = ArenaEntity;
    type Event = ArenaEvent;
    type Scenario = Scenario;

    const NAME: &'static str = "arena";

    fn map(scenario: &Scenario) -> ArenaMap {
        ArenaMap::new(scenario)
    }

    fn obstacles(map: &ArenaMap) -> Vec<(f32, f32, f32)> {
        map.asteroids.iter().map(|rock| (rock.centre.x, rock.centre.y, rock.radius_units)).collect()
    }

    fn size_units(scenario: &Scenario) -> (f32, f32) {
        (scenario.width_units, scenario.height_units)
    }

    fn new(scenario: &Scenario, seed: u64) -> Self {
        Self {
            map: ArenaMap::new(scenario),
            protect_absent: scenario.protect_absent,
            rng: Rng::new(seed),
            table: EntityTable::with_capacity(MAX_ENTITIES),
            pilots: vec![None; MAX_PLAYERS],
            ships: Grid::new(scenario.width_units, scenario.height_units, 64.0),
            lags: vec![Lag::default(); MAX_ENTITIES],
            strikes: Vec::with_capacity(MAX_EVENTS_PER_TICK),
            slots: Vec::with_capacity(MAX_ENTITIES),
        }
    }

    fn join(&mut self, player: PlayerId, tick: Tick, _arrival: Arrival) {
        let pilot = Pilot {
            standing: Standing::default(),
            ship: None,
            returns_at: tick,
            lag: Lag::default(),
            absent: false,
        };
        self.pilots[player.index()] = Some(pilot);
    }

    fn leave(&mut self, player: PlayerId) {
        if let Some(ship) = self.pilots[player.index()].take().and_then(|pilot| pilot.ship) {
            self.table.remove(ship);
        }
    }

    fn step(
        &mut self,
        tick: Tick,
        inputs: &[PlayerInput<ArenaCommand>],
        past: &Past<'_, ArenaEntity>,
        events: &mut Vec<ArenaEvent>,
    ) {
        self.table.begin_tick(tick);
        self.launch_returning(tick);
        self.take_commands(inputs);
        self.protect_the_absent();
        self.move_everything();
        self.collide_ships();
        self.fire();
        self.strike(tick, past, events);
    }

    fn set_absent(&mut self, player: PlayerId, absent: bool) {
        if let Some(pilot) = self.pilots[player.index()].as_mut() {
            pilot.absent = absent;
        }
    }

    fn entities(&self) -> &EntityTable<ArenaEntity> {
        &self.table
    }

    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        self.pilots.get(player.index()).copied().flatten().and_then(|pilot| pilot.ship)
    }

    fn standing(&self, player: PlayerId) -> Standing {
        self.pilots.get(player.index()).copied().flatten().map(|pilot| pilot.standing).unwrap_or_default()
    }

    fn hash_hidden(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
        for (seat, pilot) in self.pilots.iter().enumerate() {
            if let Some(pilot) = pilot {
                hasher.write_u64(seat as u64);
                hasher.write_i32(pilot.standing.score);
                hasher.write_u64(u64::from(pilot.standing.deaths));
                hasher.write_u64(u64::from(pilot.returns_at.0));
                hasher.write_i32(pilot.ship.map_or(-1, |slot| i32::from(slot.0)));
                hasher.write_u64(u64::from(pilot.lag.0) << 1 | u64::from(pilot.absent));
            }
        }
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

    fn with_command(entity: ArenaEntity, command: ArenaCommand) -> ArenaEntity {
        match entity {
            ArenaEntity::Ship(ship) => ArenaEntity::Ship(Ship { command, ..ship }),
            shot @ ArenaEntity::Shot(_) => shot,
        }
    }

    fn offspring(entity: &ArenaEntity, _map: &ArenaMap) -> Option<ArenaEntity> {
        match entity {
            ArenaEntity::Ship(ship) => muzzle(ship).map(ArenaEntity::Shot),
            ArenaEntity::Shot(_) => None,
        }
    }
}

impl Arena {
    fn launch_returning(&mut self, tick: Tick) {
        let is_due = |pilot: &Pilot| pilot.ship.is_none() && !pilot.returns_at.is_newer(tick);
        if self.pilots.iter().flatten().any(is_due) {
            self.rebuild_ships();
        }
        for seat in 0..self.pilots.len() {
            let Some(pilot) = self.pilots[seat] else { continue };
            if !is_due(&pilot) {
                continue;
            }
            let at = self.free_place();
            let towards_centre = heading_turns(self.map.size / 2.0 - at);
            let angle = (towards_centre * crate::game::entity::QUANTA_PER_TURN) as u32 as u16;
            let ship = Ship { protection: PROTECTION_TICKS, ..fresh_ship(PlayerId(seat as u16), at, angle) };
            let slot = self.table.spawn(ArenaEntity::Ship(ship));
            if let (Some(slot), Some(pilot)) = (slot, self.pilots[seat].as_mut()) {
                pilot.ship = Some(slot);
            }
        }
    }

    /// A place clear of rocks and, of a few tried, the farthest from other ships.
    fn free_place(&mut self) -> Vec2 {
        let margin = Vec2::splat(80.0);
        let span = self.map.size - margin * 2.0;
        let mut best = (f32::MIN, self.map.size / 2.0);
        for _ in 0..8 {
            let at = margin + Vec2::new(self.rng.unit(), self.rng.unit()) * span;
            let in_rock =
                |rock: &crate::game::map::Asteroid| rock.centre.distance(at) < rock.radius_units + 40.0;
            if self.map.near(at).any(in_rock) {
                continue;
            }
            let mut nearest = 400.0f32 * 400.0;
            self.ships.near(at, 400.0, |_, distance_squared| nearest = nearest.min(distance_squared));
            if nearest > best.0 {
                best = (nearest, at);
            }
        }
        best.1
    }

    fn take_commands(&mut self, inputs: &[PlayerInput<ArenaCommand>]) {
        for input in inputs {
            if let Some(pilot) = self.pilots[input.player.index()].as_mut() {
                pilot.lag = input.lag;
            }
            let ship = self.controlled(input.player);
            if let Some(ArenaEntity::Ship(ship)) = ship.and_then(|slot| self.table.get_mut(slot)) {
                ship.command = input.command;
                // A tap of the trigger whose command came late is fired now.
                ship.command.fire |= input.pressed.is_some_and(|pressed| pressed.fire);
            }
        }
    }

    /// Protection runs out by itself and is renewed now and then: one surprise in three seconds.
    fn protect_the_absent(&mut self) {
        if !self.protect_absent {
            return;
        }
        for pilot in self.pilots.iter().flatten().filter(|pilot| pilot.absent) {
            if let Some(ArenaEntity::Ship(ship)) = pilot.ship.and_then(|slot| self.table.get_mut(slot))
                && ship.protection <= 1
            {
                ship.protection = PROTECTION_TICKS;
            }
        }
    }

    fn move_everything(&mut self) {
        self.slots.clear();
        for (slot, entity) in self.table.iter_mut() {
            crate::netcode::Entity::advance(entity, &self.map);
            if matches!(entity, ArenaEntity::Shot(shot) if shot.life == 0) {
                self.slots.push(slot);
            }
        }
        for slot in self.slots.drain(..) {
            self.table.remove(slot);
        }
        self.rebuild_ships();
    }

    fn rebuild_ships(&mut self) {
        let ships = self.table.iter().filter_map(|(slot, entity)| match entity {
            ArenaEntity::Ship(ship) => Some((slot.0, ship.position.units())),
            ArenaEntity::Shot(_) => None,
        });
        self.ships.rebuild(ships);
    }

    /// Pairs of ships that touch exchange momentum, in slot order. Most ships touch nobody, tick for tick.
    fn collide_ships(&mut self) {
        self.slots.clear();
        self.slots.extend(
            self.table.iter().filter(|(_, e)| matches!(e, ArenaEntity::Ship(_))).map(|(slot, _)| slot),
        );
        for at in 0..self.slots.len() {
            let slot = self.slots[at];
            let Some(&ArenaEntity::Ship(ship)) = self.table.get(slot) else { continue };
            let mut partner = None;
            self.ships.near(ship.position.units(), SHIP_RADIUS_UNITS * 2.0, |id, _| {
                if id > slot.0 && partner.is_none_or(|best| id < best) {
                    partner = Some(id);
                }
            });
            let Some(other_slot) = partner.map(Slot) else { continue };
            let Some(&ArenaEntity::Ship(other)) = self.table.get(other_slot) else { continue };
            if let Some((a, b)) = collide(ship, other) {
                self.put(slot, a);
                self.put(other_slot, b);
            }
        }
    }

    fn put(&mut self, slot: Slot, ship: Ship) {
        if let Some(entity) = self.table.get_mut(slot) {
            *entity = ArenaEntity::Ship(ship);
        }
    }

    fn fire(&mut self) {
        self.slots.clear();
        self.slots.extend(self.table.iter().map(|(slot, _)| slot));
        for at in 0..self.slots.len() {
            let Some(ArenaEntity::Ship(ship)) = self.table.get(self.slots[at]) else { continue };
            let Some(shot) = muzzle(ship) else { continue };
            if self.table.free_slots() > RESERVED_ENTITIES {
                let lag = self.pilots[shot.owner.index()].map_or(Lag::default(), |pilot| pilot.lag);
                if let Some(slot) = self.table.spawn(ArenaEntity::Shot(shot)) {
                    self.lags[slot.index()] = lag;
                }
            }
        }
    }

    fn strike(&mut self, tick: Tick, past: &Past<'_, ArenaEntity>, events: &mut Vec<ArenaEvent>) {
        let mut strikes = std::mem::take(&mut self.strikes);
        let scene = Targets { table: &self.table, ships: &self.ships, lags: &self.lags, past };
        find_strikes(&scene, &mut strikes);
        for strike in &strikes {
            self.table.remove(strike.shot);
            let Some(ArenaEntity::Ship(ship)) = self.table.get_mut(strike.target) else { continue };
            let damage = if ship.protection > 0 { 0 } else { SHOT_DAMAGE.min(ship.hull) };
            ship.hull -= damage;
            let (victim, dead) = (ship.owner, ship.hull == 0);
            events.push(ArenaEvent::Hit { target: strike.target, by: strike.by, damage });
            if dead {
                self.destroy(strike.target, victim, strike.by, tick);
                events.push(ArenaEvent::Destroyed { target: strike.target, victim, by: strike.by });
            }
        }
        self.strikes = strikes;
    }

    fn destroy(&mut self, target: Slot, victim: PlayerId, by: PlayerId, tick: Tick) {
        self.table.remove(target);
        if let Some(pilot) = self.pilots[victim.index()].as_mut() {
            pilot.ship = None;
            pilot.returns_at = tick.plus(RESPAWN_TICKS);
            pilot.standing.deaths = pilot.standing.deaths.saturating_add(1);
        }
        // The killer may have left while the shot flew.
        let Some(killer) = self.pilots[by.index()].as_mut() else { return };
        killer.standing.score = killer.standing.score.saturating_add(SCORE_PER_KILL);
        if let Some(ArenaEntity::Ship(ship)) = killer.ship.and_then(|slot| self.table.get_mut(slot)) {
            ship.hull = ship.hull.saturating_add(HULL_PER_KILL).min(HULL);
        }
    }
}
