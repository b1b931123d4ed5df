//! What a ship's weapons do to the ship itself, and what leaves them. Functions of the ship alone, so that the client can
//! show its own shots at once.

use crate::class::Barrel;
use crate::entity::{ArenaEntity, GridVec, Missile, Ship, Shot};
use crate::heading::heading;
use crate::tuning::{
    ENERGY, MISSILE_ENERGY, MISSILE_LIFE_TICKS, MISSILE_RELOAD_TICKS, SHIELD_PER_TICK, SHIP_RADIUS_UNITS,
};

/// One tick of energy, shield, weapons and protection. A ship whose cooldown or rack is full after this has fired or
/// launched in this tick; never both, so that one tick brings forth one thing.
pub(crate) fn run_timers(ship: &mut Ship) {
    let class = ship.class.tuning();
    ship.energy = (ship.energy + class.energy_per_tick).min(ENERGY);
    ship.cooldown = ship.cooldown.saturating_sub(1);
    ship.rack = ship.rack.saturating_sub(1);
    ship.protection = ship.protection.saturating_sub(1);
    match ship.shield_delay {
        0 if ship.shield < class.shield => {
            ship.shield = (ship.shield + SHIELD_PER_TICK).min(class.shield);
        }
        _ => ship.shield_delay = ship.shield_delay.saturating_sub(1),
    }
    // While it is asked for and only energy is missing, nothing else takes that.
    let wants_missile = ship.command.missile && ship.rack == 0;
    if wants_missile && ship.energy >= MISSILE_ENERGY {
        ship.rack = MISSILE_RELOAD_TICKS;
        ship.energy -= MISSILE_ENERGY;
        ship.protection = 0;
    } else if ship.command.fire
        && !wants_missile
        && ship.cooldown == 0
        && ship.energy >= class.energy_per_firing
    {
        ship.cooldown = class.cooldown_ticks;
        ship.energy -= class.energy_per_firing;
        ship.protection = 0;
    }
}

/// The shot that `ship` fired in the step that led to its present state.
fn shot_of(ship: &Ship) -> Option<Shot> {
    let Barrel::Gun { speed_units_per_s, life_ticks } = ship.class.tuning().barrel else { return None };
    if !ship.has_just_fired() {
        return None;
    }
    let along = heading(ship.angle);
    let position = ship.position.units() + along * (SHIP_RADIUS_UNITS + 4.0);
    let velocity = ship.velocity.units() + along * speed_units_per_s;
    Some(Shot {
        owner: ship.owner,
        class: ship.class,
        position: GridVec::of_position(position),
        velocity: GridVec::of_velocity(velocity),
        life: life_ticks,
    })
}

/// The missile that `ship` launched in the step that led to its present state.
fn missile_of(ship: &Ship) -> Option<Missile> {
    ship.has_just_launched().then(|| Missile {
        owner: ship.owner,
        team: ship.team,
        turn: 0,
        position: GridVec::of_position(
            ship.position.units() + heading(ship.angle) * (SHIP_RADIUS_UNITS + 6.0),
        ),
        angle: ship.angle,
        life: MISSILE_LIFE_TICKS,
    })
}

/// What left `ship` in the step that led to its present state.
#[must_use]
pub(crate) fn offspring_of(ship: &Ship) -> Option<ArenaEntity> {
    let shot = shot_of(ship).map(ArenaEntity::Shot);
    shot.or_else(|| missile_of(ship).map(ArenaEntity::Missile))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::{ShipClass, Team};
    use crate::tuning::MISSILE_FIRST_TICKS;
    use glam::Vec2;
    use perigee_shared::ids::PlayerId;

    fn ship(class: ShipClass) -> Ship {
        Ship::fresh(PlayerId(0), class, Team::Free, Vec2::new(400.0, 400.0), 0)
    }

    #[test]
    fn each_classs_weapon_keeps_its_rhythm_and_needs_energy() {
        for class in ShipClass::ALL {
            let (mut ship, tuning) = (ship(class), class.tuning());
            ship.command.fire = true;
            let fired = (0..300).filter(|_| {
                run_timers(&mut ship);
                ship.has_just_fired()
            });
            let fired = fired.count() as u16;
            let by_energy = (ENERGY + 300 * tuning.energy_per_tick) / tuning.energy_per_firing;
            let by_rhythm = 300 / u16::from(tuning.cooldown_ticks);
            let most = by_energy.min(by_rhythm);
            assert!(fired <= most && fired + 3 > most, "{class:?}: {fired} of {most}");
        }
    }

    #[test]
    fn one_tick_brings_forth_one_thing() {
        let mut ship = ship(ShipClass::Lance);
        (ship.command.fire, ship.command.missile) = (true, true);
        let (mut shots, mut missiles) = (0, 0);
        for tick in 0..600 {
            run_timers(&mut ship);
            let (shot, missile) = (shot_of(&ship).is_some(), missile_of(&ship).is_some());
            assert!(!(shot && missile), "tick {tick}");
            assert!(
                tick >= u32::from(MISSILE_FIRST_TICKS) - 1 || !missile,
                "a fresh ship's first missile waits"
            );
            (shots, missiles) = (shots + u32::from(shot), missiles + u32::from(missile));
        }
        assert!(shots > 30 && missiles >= 2, "{shots} shots, {missiles} missiles");
    }

    #[test]
    fn a_shield_comes_back_after_its_pause_and_no_further_than_full() {
        let mut ship = ship(ShipClass::Barge);
        (ship.shield, ship.shield_delay) = (0, 10);
        (0..10).for_each(|_| run_timers(&mut ship));
        assert_eq!(ship.shield, 0);
        run_timers(&mut ship);
        assert_eq!(ship.shield, SHIELD_PER_TICK);
        (0..600).for_each(|_| run_timers(&mut ship));
        assert_eq!(ship.shield, ShipClass::Barge.tuning().shield);
    }
}
