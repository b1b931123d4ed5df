//! Hits: what shots meet in a tick, and what a hit does to shield and hull.

use crate::entity::{ArenaEntity, MAX_SHIP_SPEED_UNITS_PER_S, Ship};
use crate::event::Weapon;
use crate::tuning::{SHIELD_PAUSE_TICKS, SHIP_RADIUS_UNITS};
use glam::Vec2;
use perigee_shared::grid::Grid;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{EntityTable, Lag, Past};
use perigee_shared::tick::TICK_SECONDS;

/// A weapon that met a ship in this tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strike {
    pub(crate) target: Slot,
    pub(crate) by: PlayerId,
    /// What it takes, points.
    pub(crate) damage: u8,
    pub(crate) with: Weapon,
    /// What is spent with it, if anything is.
    pub(crate) spent: Option<Slot>,
}

/// What a hit took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Harm {
    /// Points, off shield and hull together.
    pub(crate) damage: u8,
    /// Whether some went through the shield.
    pub(crate) pierced: bool,
}

/// Takes `damage` points off a ship: first off its shield, which then pauses, and off its hull what is left.
pub(crate) fn hurt(ship: &mut Ship, damage: u8) -> Harm {
    if ship.protection > 0 {
        return Harm::default();
    }
    ship.shield_delay = SHIELD_PAUSE_TICKS;
    let held = u16::from(damage).min(ship.shield / 10);
    let through = (damage - held as u8).min(ship.hull);
    // What is less than a point breaks with the rest.
    ship.shield = if through > 0 { 0 } else { ship.shield - held * 10 };
    ship.hull -= through;
    Harm { damage: held as u8 + through, pierced: through > 0 }
}

/// What shots and beams fly among.
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
/// `is_foe` says whether a pilot's shot concerns a ship at all: through others it flies.
pub(crate) fn find_strikes(
    targets: &Targets<'_>,
    is_foe: impl Fn(PlayerId, &Ship) -> bool,
    strikes: &mut Vec<Strike>,
) {
    for (slot, entity) in targets.table.iter() {
        let ArenaEntity::Shot(shot) = entity else { continue };
        let lag = targets.lags[slot.index()];
        let way = shot.velocity.units() * TICK_SECONDS;
        let from = shot.position.units() - way;
        let shown = |target, ship: &Ship| targets.shown_at(target, ship, lag);
        let wanted = |ship: &Ship| is_foe(shot.owner, ship);
        if let Some((target, _)) = targets.first_on_way(from, way, lag, wanted, shown) {
            let damage = shot.class.tuning().damage;
            strikes.push(Strike { target, by: shot.owner, damage, with: Weapon::Gun, spent: Some(slot) });
        }
    }
}

impl Targets<'_> {
    /// The first ship that a point meets on its way, and when, `0..=1` of the way; of those that are `wanted`, where
    /// they were `shown`. Of two at once the lower slot.
    pub(crate) fn first_on_way(
        &self,
        from: Vec2,
        way: Vec2,
        lag: Lag,
        wanted: impl Fn(&Ship) -> bool,
        shown: impl Fn(Slot, &Ship) -> Option<Vec2>,
    ) -> Option<(Slot, f32)> {
        // A ship that was in the way then may have gone this far since.
        let drift = MAX_SHIP_SPEED_UNITS_PER_S * std::f32::consts::SQRT_2 * TICK_SECONDS * lag.ticks();
        let reach = SHIP_RADIUS_UNITS + way.length() / 2.0 + drift;
        let mut first: Option<(f32, Slot)> = None;
        self.ships.near(from + way / 2.0, reach, |id, _| {
            let target = Slot(id);
            let Some(ArenaEntity::Ship(ship)) = self.table.get(target) else { return };
            if !wanted(ship) {
                return;
            }
            let Some(centre) = shown(target, ship) else { return };
            if let Some(when) = meets(from, way, centre)
                && first.is_none_or(|(best, slot)| (when, target) < (best, slot))
            {
                first = Some((when, target));
            }
        });
        first.map(|(when, target)| (target, when))
    }

    /// Where a pilot with that lag saw `ship`; `None` if it was not there then.
    fn shown_at(&self, slot: Slot, ship: &Ship, lag: Lag) -> Option<Vec2> {
        if lag == Lag::default() {
            return Some(ship.position.units());
        }
        self.past.pose(slot, lag).map(|pose| pose.position)
    }
}

/// When in `0..=1` a point moving along `way` from `from` is nearest to `centre`, if that is within a ship's radius.
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
    use crate::entity::fresh_lance;

    #[test]
    fn a_fast_shot_does_not_jump_over_a_ship() {
        let way = Vec2::new(26.0, 0.0);
        assert!(meets(Vec2::new(0.0, 10.0), way, Vec2::new(13.0, 0.0)).is_some());
        assert!(meets(Vec2::new(0.0, 16.0), way, Vec2::new(13.0, 0.0)).is_none());
        assert!(meets(Vec2::ZERO, way, Vec2::new(60.0, 0.0)).is_none());
        assert_eq!(meets(Vec2::ZERO, Vec2::ZERO, Vec2::new(1.0, 0.0)), Some(0.0));
    }

    #[test]
    fn the_shield_goes_first_and_the_hull_takes_the_rest() {
        let mut ship = fresh_lance(PlayerId(0), Vec2::ZERO, 0);
        (ship.shield, ship.hull) = (205, 100);
        assert_eq!(hurt(&mut ship, 12), Harm { damage: 12, pierced: false });
        assert_eq!((ship.shield, ship.hull, ship.shield_delay), (85, 100, SHIELD_PAUSE_TICKS));
        assert_eq!(hurt(&mut ship, 12), Harm { damage: 12, pierced: true });
        assert_eq!((ship.shield, ship.hull), (0, 96));
        ship.hull = 5;
        assert_eq!(hurt(&mut ship, 12), Harm { damage: 5, pierced: true });
        assert_eq!(ship.hull, 0);
    }

    #[test]
    fn a_protected_ship_feels_nothing() {
        let mut ship = Ship { protection: 1, ..fresh_lance(PlayerId(0), Vec2::ZERO, 0) };
        let before = ship;
        assert_eq!(hurt(&mut ship, 40), Harm::default());
        assert_eq!(ship, before);
    }
}
