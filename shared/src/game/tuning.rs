//! The numbers that make the game feel as it does. Change one, rebuild, play: nothing else needs to know.

use crate::tick::TICK_HZ;

/// Fastest a ship gets under its own engine, units/s.
pub const TOP_SPEED_UNITS_PER_S: f32 = 360.0;
/// Engine's acceleration, units/s^2. Drag follows: at top speed it equals the engine.
pub const ACCELERATION_UNITS_PER_S2: f32 = 300.0;
/// Extra drag while braking, 1/s.
pub const BRAKE_PER_S: f32 = 2.2;
/// Full turn rate, turns/s.
pub const TURN_RATE_TURNS_PER_S: f32 = 0.62;
/// A ship's radius, units.
pub const SHIP_RADIUS_UNITS: f32 = 15.0;
/// Speed kept when bouncing off a wall or a rock.
pub const WALL_BOUNCE: f32 = 0.6;
/// Speed kept along the line between two ships that collide.
pub const SHIP_BOUNCE: f32 = 0.8;

/// Ships that touch part at least this fast, units/s.
pub const SHIP_PARTING_UNITS_PER_S: f32 = 60.0;

/// Hull of a fresh ship, points.
pub const HULL: u8 = 100;
/// Hull a kill gives back, points.
pub const HULL_PER_KILL: u8 = 35;
/// Energy of a rested ship, in tenths.
pub const ENERGY: u16 = 1000;
/// Energy a shot takes, in tenths.
pub const ENERGY_PER_SHOT: u16 = 70;
/// Energy that comes back per tick, in tenths.
pub const ENERGY_PER_TICK: u16 = 8;
/// Ticks between two shots.
pub const FIRE_COOLDOWN_TICKS: u8 = 5;
/// A shot's own speed, units/s; the ship's is added.
pub const SHOT_SPEED_UNITS_PER_S: f32 = 780.0;
/// How long a shot flies, ticks.
pub const SHOT_LIFE_TICKS: u8 = 30;
/// What a hit takes, points of hull.
pub const SHOT_DAMAGE: u8 = 12;
/// Points for a kill.
pub const SCORE_PER_KILL: i32 = 100;
/// Ticks from death to return.
pub const RESPAWN_TICKS: u32 = 2 * TICK_HZ + TICK_HZ / 2;
/// Ticks a returned ship cannot be hurt, unless it fires.
pub const PROTECTION_TICKS: u8 = 3 * TICK_HZ as u8;
