//! Points and velocities on the wire's grid.

use crate::tuning;
use glam::Vec2;
use perigee_shared::netcode::Column;

/// Quanta per unit of position and per unit/s of velocity.
pub const QUANTA_PER_UNIT: f32 = 256.0;
/// Quanta per turn.
pub const QUANTA_PER_TURN: f32 = 65_536.0;
/// Largest coordinate, units: the wire's positions end here, so every arena is smaller.
pub const MAX_ARENA_UNITS: f32 = 4096.0;
/// Largest speed along an axis, units/s.
pub const MAX_SPEED_UNITS_PER_S: f32 = 2047.0;

/// Largest speed of a ship along an axis, units/s: well above what engine and bounces give.
pub const MAX_SHIP_SPEED_UNITS_PER_S: f32 = 511.0;
const _: () = assert!(MAX_SHIP_SPEED_UNITS_PER_S > tuning::MAX_TOP_SPEED_UNITS_PER_S * 1.25);

/// What ships that touch give each other is a multiple of this, so that telling it costs few bits: 4 units/s.
pub const IMPULSE_QUANTA_LOG2: u32 = 10;

/// A point or a velocity on the grid, in quanta.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GridVec {
    /// Quanta along x.
    pub x: i32,
    /// Quanta along y.
    pub y: i32,
}

/// x, then y.
impl Column for GridVec {
    const FIELDS: usize = 2;

    fn write(self, cells: &mut [i32]) {
        [cells[0], cells[1]] = [self.x, self.y];
    }

    fn read(cells: &[i32]) -> Self {
        Self { x: cells[0], y: cells[1] }
    }
}

impl GridVec {
    /// The nearest grid point to a position, inside the wire's range.
    #[must_use]
    pub fn of_position(at: Vec2) -> Self {
        Self::snapped(at.clamp(Vec2::ZERO, Vec2::splat(MAX_ARENA_UNITS - 1.0)))
    }

    /// The nearest grid point to a velocity, inside the wire's range.
    #[must_use]
    pub fn of_velocity(velocity: Vec2) -> Self {
        Self::of_velocity_within(velocity, MAX_SPEED_UNITS_PER_S)
    }

    /// The nearest grid point to a ship's velocity, inside its narrower range.
    #[must_use]
    pub fn of_ship_velocity(velocity: Vec2) -> Self {
        Self::of_velocity_within(velocity, MAX_SHIP_SPEED_UNITS_PER_S)
    }

    /// The nearest grid point to a velocity of at most `fastest` units/s along an axis.
    #[must_use]
    pub fn of_velocity_within(velocity: Vec2, fastest: f32) -> Self {
        let fastest = Vec2::splat(fastest);
        Self::snapped(velocity.clamp(-fastest, fastest))
    }

    /// In units or units/s; exact, since the range fits f32's 24 bits.
    #[must_use]
    pub fn units(self) -> Vec2 {
        Vec2::new(self.x as f32, self.y as f32) / QUANTA_PER_UNIT
    }

    /// This, changed by a multiple of [`IMPULSE_QUANTA_LOG2`]'s step that is nearest to `impulse`, inside a ship's range.
    #[must_use]
    pub fn knocked(self, impulse: Vec2) -> Self {
        let step = (1 << IMPULSE_QUANTA_LOG2) as f32 / QUANTA_PER_UNIT;
        let change = |along: f32| (libm::roundf(along / step) as i32) << IMPULSE_QUANTA_LOG2;
        let fastest = MAX_SHIP_SPEED_UNITS_PER_S as i32 * QUANTA_PER_UNIT as i32;
        let inside = |v: i32| v.clamp(-fastest, fastest);
        Self { x: inside(self.x + change(impulse.x)), y: inside(self.y + change(impulse.y)) }
    }

    fn snapped(value: Vec2) -> Self {
        let snap = |v: f32| libm::roundf(v * QUANTA_PER_UNIT) as i32;
        Self { x: snap(value.x), y: snap(value.y) }
    }
}
