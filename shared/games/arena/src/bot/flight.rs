//! To get somewhere: around rocks, and to a stop where it is.

use super::errand::Goal;
use super::state::Bot;
use crate::command::{ArenaCommand, FULL_TURN};
use crate::entity::{QUANTA_PER_TURN, Ship};
use crate::map::{ArenaMap, Station};
use crate::movement::{heading, heading_turns, turn_quanta_per_step};
use crate::tuning::{BRAKE_PER_S, DOCK_RADIUS_UNITS, SHIP_RADIUS_UNITS};
use glam::Vec2;
use perigee_shared::netcode::entity::pose::shorter_turn;

/// Share of what the aim is off that one thought corrects: who sees late must not overshoot.
const GAIN: f32 = 0.4;
/// Of so many thoughts on the way, this many leave the command as it is.
const LAZY: (u32, u32) = (1, 2);
/// The engine is on when the nose is this near to the line that it wants, turns.
const ON_LINE_TURNS: f32 = 0.1;
/// Rocks are looked for along the way in such steps, units, and so many of them.
const LOOK_UNITS: f32 = 90.0;
const LOOK_STEPS: u8 = 4;
/// A rock's rim and a ship's middle keep this apart, units.
const CLEAR_UNITS: f32 = SHIP_RADIUS_UNITS * 2.2;
/// How far beyond the zone's rim its battle reaches, units.
const BATTLE_UNITS: f32 = 420.0;
/// Nobody needs to fly nearer to a wall than this, units.
const WALL_UNITS: f32 = 45.0;

impl Bot {
    /// One thought of the way to a place, and of staying within some units of it.
    pub(super) fn fly(&mut self, own: &Ship, place: Vec2, near_units: f32, map: &ArenaMap) -> ArenaCommand {
        if self.rng.chance(LAZY.0, LAZY.1) {
            return ArenaCommand { fire: false, missile: false, ..self.command };
        }
        let place = place.clamp(Vec2::splat(WALL_UNITS), map.size - WALL_UNITS);
        let at = own.position.units();
        let line = detour(at, place, map);
        let line = if self.has_goods_to_lose() { around_the_zone(at, line, place, map) } else { line };
        fly_along(own, line, place, near_units)
    }

    /// One thought of the way to wherever the errand leads, if to a station; miners see to their rocks.
    pub(super) fn run_errand(&mut self, own: &Ship, map: &ArenaMap) -> Option<ArenaCommand> {
        let Goal::Station(index) = self.errand.goal else { return None };
        let station = map.stations.get(usize::from(index))?;
        let (place, near_units) = berth(own, station);
        Some(self.fly(own, place, near_units, map))
    }
}

/// Where a ship lies at a station, and how near to there is near enough: each pilot has a berth, so that they do not
/// push each other about.
fn berth(own: &Ship, station: &Station) -> (Vec2, f32) {
    let turns = f32::from(own.owner.0) * 0.618;
    let (sin, cos) = libm::sincosf(turns * std::f32::consts::TAU);
    let out = DOCK_RADIUS_UNITS * (0.2 + 0.1 * f32::from(own.owner.0 % 5));
    (station.centre + Vec2::new(cos, sin) * out, DOCK_RADIUS_UNITS * 0.25)
}

/// The turn that takes off some of what the nose is off, turns.
pub(super) fn turn_to(own: &Ship, off_turns: f32) -> i8 {
    let sevenths = libm::roundf(GAIN * off_turns * QUANTA_PER_TURN / turn_quanta_per_step(own.class) as f32);
    (sevenths as i8).clamp(-FULL_TURN, FULL_TURN)
}

/// How far the nose is off a line, turns.
pub(super) fn off_line(own: &Ship, line: Vec2) -> f32 {
    shorter_turn(heading_turns(line) - f32::from(own.angle) / QUANTA_PER_TURN)
}

/// One thought of the way along `line`, and of the stop at its end.
fn fly_along(own: &Ship, line: Vec2, place: Vec2, near_units: f32) -> ArenaCommand {
    let (at, velocity) = (own.position.units(), own.velocity.units());
    let distance = at.distance(place);
    if distance < near_units {
        return ArenaCommand { brake: velocity.length_squared() > 100.0, ..ArenaCommand::default() };
    }
    let class = own.class.tuning();
    let along = velocity.dot(line);
    // What goes sideways is steered against.
    let steer = line * (class.top_speed_units_per_s * 0.5) - (velocity - line * along);
    let off = off_line(own, steer);
    let drag_per_s = class.acceleration_units_per_s2 / class.top_speed_units_per_s + BRAKE_PER_S;
    let must_stop = along / drag_per_s > distance - near_units * 0.5;
    ArenaCommand {
        thrust: off.abs() < ON_LINE_TURNS && !must_stop,
        brake: must_stop || along < -40.0,
        turn: turn_to(own, off),
        ..ArenaCommand::default()
    }
}

/// The direction to set out in for `place`: straight, or past the rim of the first rock in the way.
fn detour(at: Vec2, place: Vec2, map: &ArenaMap) -> Vec2 {
    let far = at.distance(place);
    let line = (place - at).normalize_or(Vec2::X);
    for step in 0..=LOOK_STEPS {
        let probe = at + line * (f32::from(step) * LOOK_UNITS).min(far);
        for rock in map.near(probe) {
            let to_rock = rock.centre - at;
            let reach = rock.radius_units + CLEAR_UNITS;
            let along = to_rock.dot(line);
            let aside = line.perp_dot(to_rock);
            if along <= 0.0 || along > far || aside.abs() >= reach {
                continue;
            }
            // The rock's middle is to the left above 0: then the way is on its right.
            let side = if aside > 0.0 { -line.perp() } else { line.perp() };
            if to_rock.length() < reach {
                let outward = -to_rock.normalize_or(Vec2::X);
                return (side + outward * 0.7).normalize_or(side);
            }
            return (to_rock + side * (reach + 12.0)).normalize_or(line);
        }
    }
    line
}

/// The same direction, but not through the zone, where the battle is: for those who have no business there.
fn around_the_zone(at: Vec2, line: Vec2, place: Vec2, map: &ArenaMap) -> Vec2 {
    let Some(zone) = map.zone else { return line };
    let reach = (zone.radius_units + BATTLE_UNITS).min(map.size.min_element() * 0.3);
    let to_zone = zone.centre - at;
    let is_clear = |point: Vec2| point.distance(zone.centre) > reach;
    let (along, aside) = (to_zone.dot(line), line.perp_dot(to_zone));
    let passes = along > 0.0 && along < at.distance(place) && aside.abs() < reach;
    if !passes || !is_clear(at) || !is_clear(place) {
        return line;
    }
    let side = if aside > 0.0 { -line.perp() } else { line.perp() };
    (to_zone + side * (reach + 40.0)).normalize_or(line)
}

/// A push away from rocks and walls on the way ahead.
pub(super) fn avoid(at: Vec2, velocity: Vec2, map: &ArenaMap) -> Vec2 {
    let ahead = at + velocity * 0.5;
    let mut push = Vec2::ZERO;
    for rock in map.near(ahead).chain(map.near(at)) {
        let reach = rock.radius_units + SHIP_RADIUS_UNITS * 3.0;
        let apart = ahead - rock.centre;
        if apart.length() < reach {
            push += apart.normalize_or(heading(0)) * 1.5;
        }
    }
    let margin = 70.0;
    push.x += f32::from(u8::from(ahead.x < margin)) - f32::from(u8::from(ahead.x > map.size.x - margin));
    push.y += f32::from(u8::from(ahead.y < margin)) - f32::from(u8::from(ahead.y > map.size.y - margin));
    push
}
