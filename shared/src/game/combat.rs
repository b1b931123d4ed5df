//! Guns and hits: which shots a ship fires, what they meet, what that does.

use crate::game::entity::{ArenaEntity, GridVec, MAX_SHIP_SPEED_UNITS_PER_S, Ship, Shot};
use crate::game::movement::heading;
use crate::game::tuning::{FIRE_COOLDOWN_TICKS, SHIP_RADIUS_UNITS, SHOT_LIFE_TICKS, SHOT_SPEED_UNITS_PER_S};
use crate::grid::Grid;
use crate::ids::{PlayerId, Slot};
use crate::netcode::{EntityTable, Lag, Past};
use crate::tick::TICK_SECONDS;
use glam::Vec2;

/// A shot that met a ship in this tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strike {
    pub(crate) shot: Slot,
    pub(crate) target: Slot,
    pub(crate) by: PlayerId,
}

/// The shot that `ship` fired in the step that led to its present state. A function of the ship alone, so that the
/// client can show its own shots at once.
#[must_use]
pub(crate) fn muzzle(ship: &Ship) -> Option<Shot> {
    if ship.cooldown != FIRE_COOLDOWN_TICKS {
        return None;
    }
    let along = heading(ship.angle);
    let position = ship.position.units() + along * (SHIP_RADIUS_UNITS + 4.0);
    let velocity = ship.velocity.units() + along * SHOT_SPEED_UNITS_PER_S;
    Some(Shot {
        owner: ship.owner,
        position: GridVec::of_position(position),
        velocity: GridVec::of_velocity(velocity),
        life: SHOT_LIFE_TICKS,
    })
}

/// What shots fly among.
pub(crate) struct Targets<'a> {
    pub(crate) table: &'a EntityTable<ArenaEntity>,
    /// Where the ships are now.
    pub(crate) ships: &'a Grid,
    /// By shot's slot: how far in the past its pilot saw the ships.
    pub(crate) lags: &'a [Lag],
    pub(crate) past: &'a Past<'a, ArenaEntity>,
}

/// Finds each shot's first ship in the way it went in this tick. The shooter sees the own shot in the predicted present
/// and the ships in the past, so each shot meets the ships where they were when its pilot, at the trigger, saw them.
pub(crate) fn find_strikes(targets: &Targets<'_>, strikes: &mut Vec<Strike>) {
    strikes.clear();
    for (slot, entity) in targets.table.iter() {
        let ArenaEntity::Shot(shot) = entity else { continue };
        let lag = targets.lags[slot.index()];
        let way = shot.velocity.units() * TICK_SECONDS;
        let to = shot.position.units();
        // A ship that was in the way then may have gone this far since.
        let drift = MAX_SHIP_SPEED_UNITS_PER_S * std::f32::consts::SQRT_2 * TICK_SECONDS * lag.ticks();
        let mut first: Option<(f32, Slot)> = None;
        let reach = SHIP_RADIUS_UNITS + way.length() / 2.0 + drift;
        targets.ships.near(to - way / 2.0, reach, |id, _| {
            let target = Slot(id);
            let Some(ArenaEntity::Ship(ship)) = targets.table.get(target) else { return };
            if ship.owner == shot.owner {
                return;
            }
            let Some(centre) = targets.shown_at(target, ship, lag) else { return };
            if let Some(when) = meets(to - way, way, centre)
                && first.is_none_or(|(best, slot)| (when, target) < (best, slot))
            {
                first = Some((when, target));
            }
        });
        if let Some((_, target)) = first {
            strikes.push(Strike { shot: slot, target, by: shot.owner });
        }
    }
}

impl Targets<'_> {
    /// Where a pilot with that lag saw `ship`; `None` if it was not there then.
    fn shown_at(&self, slot: Slot, ship: &Ship, lag: Lag) -> Option<Vec2> {
        if lag == Lag::default() {
            return Some(ship.position.units());
        }
        self.past.pose(slot, lag).map(|pose| pose.position)
    }
}

/// When in `0..=1` a point moving along `way` from `from` comes within a ship's radius of `centre`.
fn meets(from: Vec2, way: Vec2, centre: Vec2) -> Option<f32> {
    let offset = centre - from;
    let length_squared = way.length_squared();
    let when = if length_squared > 0.0 { (offset.dot(way) / length_squared).clamp(0.0, 1.0) } else { 0.0 };
    let nearest = from + way * when;
    (nearest.distance_squared(centre) <= SHIP_RADIUS_UNITS * SHIP_RADIUS_UNITS).then_some(when)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_shot_does_not_jump_over_a_ship() {
        let way = Vec2::new(26.0, 0.0);
        assert!(meets(Vec2::new(0.0, 10.0), way, Vec2::new(13.0, 0.0)).is_some());
        assert!(meets(Vec2::new(0.0, 16.0), way, Vec2::new(13.0, 0.0)).is_none());
        assert!(meets(Vec2::ZERO, way, Vec2::new(60.0, 0.0)).is_none());
        assert_eq!(meets(Vec2::ZERO, Vec2::ZERO, Vec2::new(1.0, 0.0)), Some(0.0));
    }
}
