//! The words that the field tables of all kinds are written in.

use crate::class::{ShipClass, Team};
use crate::grid_vec::{
    MAX_ARENA_UNITS, MAX_SHIP_SPEED_UNITS_PER_S, MAX_SPEED_UNITS_PER_S, QUANTA_PER_TURN, QUANTA_PER_UNIT,
};
use perigee_shared::limits::MAX_PLAYERS;
use perigee_shared::netcode::Field;

/// A time that runs down by itself.
pub(super) const fn timer(name: &'static str, longest: i32, residual_order: u32) -> Field {
    Field::predicted(name, (0, longest), "tick").order(residual_order).often(0)
}

const fn speed(fastest_units_per_s: f32) -> (i32, i32) {
    let fastest = fastest_units_per_s as i32 * QUANTA_PER_UNIT as i32;
    (-fastest, fastest)
}

pub(super) const VELOCITY: (i32, i32) = speed(MAX_SPEED_UNITS_PER_S);
pub(super) const SHIP_VELOCITY: (i32, i32) = speed(MAX_SHIP_SPEED_UNITS_PER_S);
pub(super) const CRATE_VELOCITY: (i32, i32) = speed(crate::tuning::MAX_CRATE_SPEED_UNITS_PER_S);

const POSITION: (i32, i32) = (0, MAX_ARENA_UNITS as i32 * QUANTA_PER_UNIT as i32 - 1);
pub(super) const X: Field = Field::predicted("x", POSITION, "1/256 unit").order(6);
pub(super) const Y: Field = Field::predicted("y", POSITION, "1/256 unit").order(6);
pub(super) const ANGLE: Field =
    Field::predicted("angle", (0, QUANTA_PER_TURN as i32 - 1), "1/65536 turn").order(10);
pub(super) const OWNER: Field = Field::constant("owner", (0, MAX_PLAYERS as i32 - 1), "seat");
pub(super) const CLASS: Field =
    Field::constant("class", (0, ShipClass::ALL.len() as i32 - 1), "class").often(ShipClass::Lance as i32);
pub(super) const TEAM: Field =
    Field::constant("team", (0, Team::ALL.len() as i32 - 1), "team").often(Team::Free as i32);
