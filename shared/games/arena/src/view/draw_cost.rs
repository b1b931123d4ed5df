//! A frame full of ships: what drawing costs is measured with it.

use crate::class::{ShipClass, Team};
use crate::command::ArenaCommand;
use crate::entity::{ArenaEntity, Ship};
use crate::map::ArenaMap;
use crate::scenario::Scenario;
use crate::view::camera::CameraMan;
use crate::world::Arena;
use glam::Vec2;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::MAX_ENTITIES;
use perigee_shared::netcode::{Entity, Pose, Scene, Seen, Simulation};

/// How fast the ships turn, turns/s.
const SPIN_TURNS_PER_S: f32 = 0.1;

/// The field's arena.
#[derive(Debug)]
pub(super) struct SpriteField {
    scenario: Scenario,
    map: ArenaMap,
}

impl SpriteField {
    pub(super) fn new() -> Self {
        let scenario = Scenario::default();
        Self { map: Arena::map(&scenario), scenario }
    }

    /// Where to look.
    pub(super) fn centre(&self) -> Vec2 {
        self.map.size / 2.0
    }

    /// `count` ships, all in view: every second one has its engine on, every third one is wounded.
    pub(super) fn scene(&self, count: usize, view: &CameraMan, time_s: f32) -> Scene<'_, Arena> {
        let count = count.clamp(1, MAX_ENTITIES);
        let columns = libm::ceilf(libm::sqrtf(count as f32 * view.aspect)).max(1.0) as usize;
        let rows = count.div_ceil(columns);
        let step = 2.0 * view.half_extent() / Vec2::new(columns as f32, rows as f32);
        let corner = view.camera.centre - view.half_extent() + step / 2.0;
        let ship = |n: usize| {
            let at = corner + step * Vec2::new((n % columns) as f32, (n / columns) as f32);
            let class = ShipClass::ALL[n % ShipClass::ALL.len()];
            let mut ship = Ship::fresh(PlayerId(1), class, Team::Free, at, 0);
            ship.protection = 0;
            ship.command = ArenaCommand { thrust: n.is_multiple_of(2), ..ArenaCommand::default() };
            if n.is_multiple_of(3) {
                ship.hull /= 2;
            }
            let entity = ArenaEntity::Ship(ship);
            let turns = n as f32 * 0.37 + time_s * SPIN_TURNS_PER_S;
            let pose = Pose { position: entity.pose().position, angle_turns: turns - libm::floorf(turns) };
            Seen { slot: Some(Slot(n as u16)), entity, pose }
        };
        Scene {
            me: PlayerId(0),
            scenario: &self.scenario,
            map: &self.map,
            own: None,
            others: (0..count).map(ship).collect(),
            events: Vec::new(),
            roster: &[],
            view_tick: 0.0,
            predicted_tick: 0.0,
        }
    }
}
