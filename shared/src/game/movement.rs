//! The movement function: one tick of a ship or a shot, alone, under the command it carries.
//!
//! The simulation, the client's prediction and the snapshot codec all call these, so they see only the entity and the
//! map, and end by snapping to the wire's grid. f32 arithmetic and `libm` are the same on every platform.

use crate::game::command::FULL_TURN;
use crate::game::entity::{GridVec, QUANTA_PER_TURN, Ship, Shot};
use crate::game::map::ArenaMap;
use crate::game::tuning::{
    ACCELERATION_UNITS_PER_S2, BRAKE_PER_S, ENERGY, ENERGY_PER_SHOT, ENERGY_PER_TICK, FIRE_COOLDOWN_TICKS,
    SHIP_RADIUS_UNITS, TOP_SPEED_UNITS_PER_S, TURN_RATE_TURNS_PER_S, WALL_BOUNCE,
};
use crate::tick::TICK_SECONDS;
use glam::Vec2;
use std::f32::consts::TAU;

/// One tick of a ship.
pub fn advance_ship(ship: &mut Ship, map: &ArenaMap) {
    let turn = i32::from(ship.command.turn) * turn_quanta_per_step();
    ship.angle = ship.angle.wrapping_add_signed(turn as i16);
    run_timers(ship);
    let velocity = accelerate(ship);
    let position = ship.position.units() + velocity * TICK_SECONDS;
    let (position, velocity) = bounce_off_walls(position, velocity, map);
    let (position, velocity) = bounce_off_rocks(position, velocity, map);
    ship.position = GridVec::of_position(position);
    ship.velocity = GridVec::of_ship_velocity(velocity);
}

/// One tick of a shot. It is spent on walls and rocks, or when its time is over.
pub fn advance_shot(shot: &mut Shot, map: &ArenaMap) {
    if shot.life == 0 {
        return;
    }
    shot.life -= 1;
    let from = shot.position.units();
    let to = from + shot.velocity.units() * TICK_SECONDS;
    let inside = to.cmpge(Vec2::ZERO).all() && to.cmple(map.size).all();
    let blocked =
        map.near(to).any(|rock| rock.centre.distance_squared(to) < rock.radius_units * rock.radius_units);
    if !inside || blocked {
        shot.life = 0;
    }
    shot.position = GridVec::of_position(to);
}

/// The unit vector a heading points along.
#[must_use]
pub fn heading(angle: u16) -> Vec2 {
    let radians = f32::from(angle) / QUANTA_PER_TURN * TAU;
    let (sin, cos) = libm::sincosf(radians);
    Vec2::new(cos, sin)
}

/// The direction of a vector, in turns `0..1`.
#[must_use]
pub fn heading_turns(direction: Vec2) -> f32 {
    let turns = libm::atan2f(direction.y, direction.x) / TAU;
    turns - libm::floorf(turns)
}

/// Angle quanta that one seventh of the full rate turns in a tick.
#[must_use]
pub fn turn_quanta_per_step() -> i32 {
    (TURN_RATE_TURNS_PER_S * TICK_SECONDS * QUANTA_PER_TURN / FULL_TURN as f32) as i32
}

/// The gun and the protection. A ship whose cooldown is full after this has fired in this tick.
fn run_timers(ship: &mut Ship) {
    ship.energy = (ship.energy + ENERGY_PER_TICK).min(ENERGY);
    ship.cooldown = ship.cooldown.saturating_sub(1);
    ship.protection = ship.protection.saturating_sub(1);
    if ship.command.fire && ship.cooldown == 0 && ship.energy >= ENERGY_PER_SHOT {
        ship.cooldown = FIRE_COOLDOWN_TICKS;
        ship.energy -= ENERGY_PER_SHOT;
        ship.protection = 0;
    }
}

fn accelerate(ship: &Ship) -> Vec2 {
    let mut velocity = ship.velocity.units();
    if ship.command.thrust {
        velocity += heading(ship.angle) * (ACCELERATION_UNITS_PER_S2 * TICK_SECONDS);
    }
    let mut drag_per_s = ACCELERATION_UNITS_PER_S2 / TOP_SPEED_UNITS_PER_S;
    if ship.command.brake {
        drag_per_s += BRAKE_PER_S;
    }
    velocity * (1.0 - drag_per_s * TICK_SECONDS)
}

fn bounce_off_walls(mut position: Vec2, mut velocity: Vec2, map: &ArenaMap) -> (Vec2, Vec2) {
    let low = Vec2::splat(SHIP_RADIUS_UNITS);
    let high = map.size - low;
    for axis in 0..2 {
        let outward = if position[axis] < low[axis] { -1.0 } else { 1.0 };
        if position[axis] < low[axis] || position[axis] > high[axis] {
            position[axis] = position[axis].clamp(low[axis], high[axis]);
            if velocity[axis] * outward > 0.0 {
                velocity[axis] *= -WALL_BOUNCE;
            }
        }
    }
    (position, velocity)
}

fn bounce_off_rocks(mut position: Vec2, mut velocity: Vec2, map: &ArenaMap) -> (Vec2, Vec2) {
    for rock in map.near(position) {
        let apart = position - rock.centre;
        let reach = rock.radius_units + SHIP_RADIUS_UNITS;
        if apart.length_squared() < reach * reach {
            let normal = apart.normalize_or(Vec2::X);
            position = rock.centre + normal * reach;
            let into = velocity.dot(normal);
            if into < 0.0 {
                velocity -= normal * (into * (1.0 + WALL_BOUNCE));
            }
        }
    }
    (position, velocity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::command::ArenaCommand;
    use crate::game::scenario::Scenario;
    use crate::game::world::fresh_ship;
    use crate::ids::PlayerId;
    use crate::rng::Rng;

    fn empty_map() -> ArenaMap {
        ArenaMap::new(&Scenario { asteroids: 0, ..Scenario::default() })
    }

    #[test]
    fn full_thrust_ends_at_top_speed() {
        let mut ship = fresh_ship(PlayerId(0), Vec2::new(200.0, 800.0), 0);
        ship.command = ArenaCommand { thrust: true, ..ArenaCommand::default() };
        let mut fastest = 0.0f32;
        for _ in 0..150 {
            advance_ship(&mut ship, &empty_map());
            fastest = fastest.max(ship.velocity.units().length());
        }
        assert!((TOP_SPEED_UNITS_PER_S * 0.9..=TOP_SPEED_UNITS_PER_S).contains(&fastest), "{fastest}");
    }

    #[test]
    fn nothing_leaves_the_arena_or_enters_a_rock() {
        let scenario = Scenario::default();
        let map = ArenaMap::new(&scenario);
        let mut rng = Rng::new(9);
        for seed in 0..20 {
            let mut ship = fresh_ship(PlayerId(0), Vec2::new(100.0, 100.0), seed * 3000);
            for tick in 0..900 {
                if tick % 15 == 0 {
                    ship.command.thrust = rng.chance(3, 4);
                    ship.command.turn = rng.below(15) as i8 - 7;
                }
                advance_ship(&mut ship, &map);
                let at = ship.position.units();
                assert!(at.cmpge(Vec2::ZERO).all() && at.cmple(map.size).all());
                for rock in &map.asteroids {
                    assert!(at.distance(rock.centre) > rock.radius_units + SHIP_RADIUS_UNITS - 0.1);
                }
            }
        }
    }

    #[test]
    fn the_gun_keeps_its_rhythm_and_needs_energy() {
        let mut ship = fresh_ship(PlayerId(0), Vec2::new(400.0, 400.0), 0);
        ship.command.fire = true;
        let shots = (0..300).filter(|_| {
            advance_ship(&mut ship, &empty_map());
            ship.cooldown == FIRE_COOLDOWN_TICKS
        });
        let by_energy = (ENERGY + 300 * ENERGY_PER_TICK) / ENERGY_PER_SHOT;
        let shots = shots.count();
        assert!(
            shots <= usize::from(by_energy) && shots + 3 > usize::from(by_energy),
            "{shots} of {by_energy}"
        );
    }
}
