//! The match behind the join screen: the real rules, played by a few simple pilots, for nobody.
//!
//! It runs in the browser, from a fixed seed, so that the page has life before it has a connection.

use crate::game::command::ArenaCommand;
use crate::game::entity::{ArenaEntity, Ship};
use crate::game::event::ArenaEvent;
use crate::game::map::ArenaMap;
use crate::game::scenario::Scenario;
use crate::game::view::steering;
use crate::game::world::Arena;
use crate::ids::{PlayerId, Slot};
use crate::netcode::{Entity, PlayerInput, Pose, Scene, Seen, Simulation};
use crate::presentation::{Camera, Held, RawInput};
use crate::rng::Rng;
use crate::tick::{TICK_SECONDS, Tick};
use glam::Vec2;
use std::collections::BTreeMap;

/// Pilots of the demonstration.
const PILOTS: u16 = 7;
/// Pilots fire when the target is this near, units, and this well ahead (cosine).
const FIRE_UNITS: f32 = 330.0;
const FIRE_COSINE: f32 = 0.97;
/// Pilots hold back when nearer than this, units.
const CLOSE_UNITS: f32 = 130.0;
/// Most ticks made up for in one frame; the rest of a long pause is skipped.
const MAX_TICKS: usize = 4;
/// Nobody's seat: the spectator's.
const SPECTATOR: PlayerId = PlayerId(u16::MAX);

/// A small match of its own.
#[derive(Debug)]
pub(super) struct Attract {
    scenario: Scenario,
    map: ArenaMap,
    arena: Arena,
    rng: Rng,
    tick: Tick,
    /// Seconds since the last tick.
    since_s: f32,
    /// Poses one tick ago, to draw between ticks.
    before: BTreeMap<Slot, Pose>,
    events: Vec<ArenaEvent>,
}

impl Attract {
    pub(super) fn new() -> Self {
        let scenario = Scenario { width_units: 1700.0, height_units: 1000.0, asteroids: 9, map_seed: 4 };
        let mut arena = Arena::new(&scenario, 2);
        (0..PILOTS).for_each(|seat| arena.join(PlayerId(seat), Tick(0)));
        let map = Arena::map(&scenario);
        Self {
            scenario,
            map,
            arena,
            rng: Rng::new(9),
            tick: Tick(0),
            since_s: 0.0,
            before: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    /// Where the spectator looks: around the arena's middle.
    pub(super) fn centre(&self) -> Vec2 {
        self.map.size / 2.0
    }

    /// The scene `dt_s` later.
    pub(super) fn scene(&mut self, dt_s: f32) -> Scene<'_, Arena> {
        self.since_s = (self.since_s + dt_s).min(TICK_SECONDS * MAX_TICKS as f32);
        let mut events = Vec::new();
        while self.since_s >= TICK_SECONDS {
            self.since_s -= TICK_SECONDS;
            self.step();
            events.append(&mut self.events);
        }
        let t = self.since_s / TICK_SECONDS;
        let others = self.arena.entities().iter().map(|(slot, &entity)| {
            let pose = self.before.get(&slot).map_or(entity.pose(), |before| before.blend(entity.pose(), t));
            Seen { slot: Some(slot), entity, pose }
        });
        Scene {
            me: SPECTATOR,
            scenario: &self.scenario,
            map: &self.map,
            own: None,
            others: others.collect(),
            events,
            roster: &[],
            view_tick: f64::from(self.tick.0),
            predicted_tick: f64::from(self.tick.0),
        }
    }

    fn step(&mut self) {
        self.before = self.arena.entities().iter().map(|(slot, entity)| (slot, entity.pose())).collect();
        let inputs: Vec<PlayerInput<ArenaCommand>> = (0..PILOTS)
            .map(|seat| PlayerInput { player: PlayerId(seat), command: self.pilot(PlayerId(seat)) })
            .collect();
        self.tick = self.tick.plus(1);
        self.arena.step(self.tick, &inputs, &mut self.events);
    }

    /// What a simple pilot does: chase the nearest other, look out for rocks, fire when it is ahead.
    fn pilot(&mut self, seat: PlayerId) -> ArenaCommand {
        let Some(ship) = self.ship_of(seat) else { return ArenaCommand::default() };
        let at = ship.position.units();
        let others =
            (0..PILOTS).filter(|&other| other != seat.0).filter_map(|other| self.ship_of(PlayerId(other)));
        let nearest =
            others.min_by(|a, b| a.position.units().distance(at).total_cmp(&b.position.units().distance(at)));
        let target =
            nearest.map_or(self.centre(), |other| other.position.units() + other.velocity.units() * 0.2);
        let line = target - at;
        let ahead = crate::game::movement::heading(ship.angle).dot(line.normalize_or_zero());
        let held = Held {
            forward: line.length() > CLOSE_UNITS || ahead < 0.3,
            fire: line.length() < FIRE_UNITS && ahead > FIRE_COSINE && self.rng.chance(1, 5),
            ..Held::default()
        };
        let way = line.normalize_or_zero() + self.away_from_rocks(at);
        let camera = Camera { centre: at, half_height_units: 100.0 };
        let input = RawInput { held, pointer: Some(way), stick: None };
        steering::command(&input, ArenaEntity::Ship(ship).pose(), &camera, 1.0)
    }

    /// A push away from rocks nearby.
    fn away_from_rocks(&self, at: Vec2) -> Vec2 {
        let push = |away: Vec2, radius: f32| {
            let gap = (away.length() - radius).max(1.0);
            away.normalize_or_zero() * (60.0 / gap).min(2.0)
        };
        self.map.near(at).map(|rock| push(at - rock.centre, rock.radius_units)).sum()
    }

    fn ship_of(&self, seat: PlayerId) -> Option<Ship> {
        match self.arena.controlled(seat).and_then(|slot| self.arena.entities().get(slot)) {
            Some(&ArenaEntity::Ship(ship)) => Some(ship),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_goes_on_and_has_something_to_show() {
        let mut attract = Attract::new();
        let mut destroyed = 0;
        for _ in 0..60 * 90 {
            let scene = attract.scene(1.0 / 60.0);
            destroyed += scene.events.iter().filter(|e| matches!(e, ArenaEvent::Destroyed { .. })).count();
        }
        assert!(destroyed > 3, "{destroyed} ships lost in 90 s");
    }
}
