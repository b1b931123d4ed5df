//! Headings: an angle of the wire's grid as a direction, and a direction as an angle.

use crate::grid_vec::QUANTA_PER_TURN;
use glam::Vec2;
use std::f32::consts::TAU;

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
