//! To take the zone and to stay in it.

use super::sight::Sight;
use super::state::Bot;
use crate::class::Team;
use crate::command::ArenaCommand;
use crate::entity::Ship;
use crate::map::{ArenaMap, Zone};
use glam::Vec2;

/// Whoever is this near to the zone's rim is dealt with, units.
const GUARD_UNITS: f32 = 260.0;
/// How near to its place in the zone is near enough, units.
const POST_UNITS: f32 = 30.0;

impl Bot {
    pub(super) fn capture(&mut self, own: &Ship, sight: &Sight<'_>, map: &ArenaMap) -> ArenaCommand {
        let Some(zone) = map.zone.filter(|_| matches!(own.team, Team::A | Team::B)) else {
            return self.hunt(own, sight.foe, map);
        };
        let guarded = zone.radius_units + GUARD_UNITS;
        let is_near = |at: Vec2| at.distance_squared(zone.centre) < guarded * guarded;
        let foe = sight.foe.filter(|foe| is_near(foe.position.units()) && is_near(own.position.units()));
        if foe.is_some() || self.combat.is_alarmed() {
            return self.hunt(own, foe.or(sight.foe), map);
        }
        if let Some(command) = self.run_errand(own, map) {
            return command;
        }
        self.fly(own, post(own, &zone), POST_UNITS, map)
    }
}

/// Each pilot has a place of their own in the zone, so that they do not push each other out of it.
fn post(own: &Ship, zone: &Zone) -> Vec2 {
    let turns = f32::from(own.owner.0) * 0.618;
    let (sin, cos) = libm::sincosf(turns * std::f32::consts::TAU);
    let out = 0.25 + 0.1 * f32::from(own.owner.0 % 6);
    zone.centre + Vec2::new(cos, sin) * (zone.radius_units * out)
}
