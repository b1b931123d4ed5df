//! The movement function: one tick of whatever moves, alone, under the command it carries.
//!
//! The simulation, the client's prediction and the snapshot codec all call these, so they see only the entity and the
//! map, and end by snapping to the wire's grid. f32 arithmetic and `libm` are the same on every platform.

use crate::class::ShipClass;
use crate::command::FULL_TURN;
use crate::entity::{Crate, GridVec, Missile, QUANTA_PER_TURN, Ship, Shot};
pub use crate::heading::{heading, heading_turns};
use crate::map::ArenaMap;
use crate::tuning::{
    BRAKE_PER_S, CRATE_DRAG_PER_S, CRATE_RADIUS_UNITS, MAX_CRATE_SPEED_UNITS_PER_S, MISSILE_FULL_TURN,
    MISSILE_SPEED_UNITS_PER_S, MISSILE_TURN_RATE_TURNS_PER_S, SHIP_RADIUS_UNITS, WALL_BOUNCE,
};
use crate::weapons;
use glam::Vec2;
use perigee_shared::tick::TICK_SECONDS;

/// One tick of a ship.
pub fn advance_ship(ship: &mut Ship, map: &ArenaMap) {
    let turn = i32::from(ship.command.turn) * turn_quanta_per_step(ship.class);
    ship.angle = ship.angle.wrapping_add_signed(turn as i16);
    weapons::run_timers(ship);
    let velocity = accelerate(ship);
    let position = ship.position.units() + velocity * TICK_SECONDS;
    let (position, velocity) = bounce(position, velocity, SHIP_RADIUS_UNITS, map);
    ship.position = GridVec::of_position(position);
    ship.velocity = GridVec::of_ship_velocity(velocity);
}

/// One tick of a shot. It is spent on walls and rocks, or when its time is over.
pub fn advance_shot(shot: &mut Shot, map: &ArenaMap) {
    if shot.life == 0 {
        return;
    }
    shot.life -= 1;
    let to = shot.position.units() + shot.velocity.units() * TICK_SECONDS;
    if map.stops(to) {
        shot.life = 0;
    }
    shot.position = GridVec::of_position(to);
}

/// One tick of a missile, along its heading. It goes off at walls and rocks, or when its time is over.
pub fn advance_missile(missile: &mut Missile, map: &ArenaMap) {
    if missile.life == 0 {
        return;
    }
    missile.life -= 1;
    let turn = i32::from(missile.turn) * missile_quanta_per_step();
    missile.angle = missile.angle.wrapping_add_signed(turn as i16);
    let to = missile.position.units() + heading(missile.angle) * (MISSILE_SPEED_UNITS_PER_S * TICK_SECONDS);
    if map.stops(to) {
        missile.life = 0;
    }
    missile.position = GridVec::of_position(to);
}

/// One tick of a crate, which drifts ever more slowly.
pub fn advance_crate(floating: &mut Crate, map: &ArenaMap) {
    floating.life = floating.life.saturating_sub(1);
    if floating.velocity == GridVec::default() {
        return;
    }
    let velocity = floating.velocity.units() * (1.0 - CRATE_DRAG_PER_S * TICK_SECONDS);
    let position = floating.position.units() + velocity * TICK_SECONDS;
    let (position, velocity) = bounce(position, velocity, CRATE_RADIUS_UNITS, map);
    floating.position = GridVec::of_position(position);
    floating.velocity = GridVec::of_velocity_within(velocity, MAX_CRATE_SPEED_UNITS_PER_S);
}

/// Angle quanta that one seventh of a class's full rate turns in a tick.
#[must_use]
pub fn turn_quanta_per_step(class: ShipClass) -> i32 {
    let rate = class.tuning().turn_rate_turns_per_s;
    (rate * TICK_SECONDS * QUANTA_PER_TURN / f32::from(FULL_TURN)) as i32
}

/// Angle quanta that a third of a missile's full rate turns in a tick.
#[must_use]
pub(crate) fn missile_quanta_per_step() -> i32 {
    let rate = MISSILE_TURN_RATE_TURNS_PER_S;
    (rate * TICK_SECONDS * QUANTA_PER_TURN / f32::from(MISSILE_FULL_TURN)) as i32
}

fn accelerate(ship: &Ship) -> Vec2 {
    let class = ship.class.tuning();
    let mut velocity = ship.velocity.units();
    if ship.command.thrust {
        velocity += heading(ship.angle) * (class.acceleration_units_per_s2 * TICK_SECONDS);
    }
    let mut drag_per_s = class.acceleration_units_per_s2 / class.top_speed_units_per_s;
    if ship.command.brake {
        drag_per_s += BRAKE_PER_S;
    }
    velocity * (1.0 - drag_per_s * TICK_SECONDS)
}

/// A ball's position and velocity after walls and rocks.
fn bounce(position: Vec2, velocity: Vec2, radius_units: f32, map: &ArenaMap) -> (Vec2, Vec2) {
    let (position, velocity) = bounce_off_walls(position, velocity, radius_units, map.size);
    bounce_off_rocks(position, velocity, radius_units, map)
}

fn bounce_off_walls(mut position: Vec2, mut velocity: Vec2, radius_units: f32, size: Vec2) -> (Vec2, Vec2) {
    let low = Vec2::splat(radius_units);
    let high = size - low;
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

fn bounce_off_rocks(
    mut position: Vec2,
    mut velocity: Vec2,
    radius_units: f32,
    map: &ArenaMap,
) -> (Vec2, Vec2) {
    for rock in map.near(position) {
        let apart = position - rock.centre;
        let reach = rock.radius_units + radius_units;
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
    use crate::class::Team;
    use crate::command::ArenaCommand;
    use crate::entity::fresh_lance;
    use crate::scenario::Scenario;
    use perigee_shared::ids::PlayerId;
    use perigee_shared::rng::Rng;

    #[test]
    fn full_thrust_ends_at_the_classs_top_speed() {
        let map = ArenaMap::new(&Scenario { asteroids: 0, ..Scenario::default() });
        for class in ShipClass::ALL {
            let mut ship = Ship::fresh(PlayerId(0), class, Team::Free, Vec2::new(200.0, 800.0), 0);
            ship.command = ArenaCommand { thrust: true, ..ArenaCommand::default() };
            let mut fastest = 0.0f32;
            for _ in 0..150 {
                advance_ship(&mut ship, &map);
                fastest = fastest.max(ship.velocity.units().length());
            }
            let top = class.tuning().top_speed_units_per_s;
            assert!((top * 0.9..=top).contains(&fastest), "{class:?}: {fastest}");
        }
    }

    #[test]
    fn nothing_leaves_the_arena_or_enters_a_rock() {
        let map = ArenaMap::new(&Scenario::default());
        let mut rng = Rng::new(9);
        for seed in 0..20 {
            let mut ship = fresh_lance(PlayerId(0), Vec2::new(100.0, 100.0), seed * 3000);
            ship.class = ShipClass::ALL[usize::from(seed % 3)];
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
    fn a_missile_turns_in_its_circle_and_ends_at_a_wall() {
        let map = ArenaMap::new(&Scenario { asteroids: 0, ..Scenario::default() });
        let start = GridVec::of_position(Vec2::new(800.0, 800.0));
        let (owner, team) = (PlayerId(0), Team::Free);
        let mut missile =
            Missile { owner, team, turn: MISSILE_FULL_TURN, position: start, angle: 0, life: 120 };
        let mut farthest = 0.0f32;
        for _ in 0..120 {
            advance_missile(&mut missile, &map);
            farthest = farthest.max(missile.position.units().distance(start.units()));
        }
        let diameter = MISSILE_SPEED_UNITS_PER_S / MISSILE_TURN_RATE_TURNS_PER_S / std::f32::consts::PI;
        assert!((farthest - diameter).abs() < 10.0, "{farthest} of {diameter}");
        let mut missile = Missile { turn: 0, position: GridVec::of_position(Vec2::splat(20.0)), ..missile };
        (missile.angle, missile.life) = (0x8000, 100);
        (0..4).for_each(|_| advance_missile(&mut missile, &map));
        assert_eq!((missile.life, missile.position.x), (0, 0));
    }
}
