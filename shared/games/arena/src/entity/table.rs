//! The words that the field tables of all kinds are written in.

use super::grid_vec::{
    MAX_ARENA_UNITS, MAX_SHIP_SPEED_UNITS_PER_S, MAX_SPEED_UNITS_PER_S, QUANTA_PER_TURN, QUANTA_PER_UNIT,
};
use crate::class::{ShipClass, Team};
use perigee_shared::limits::MAX_PLAYERS;
use perigee_shared::netcode::{Field, Role};

pub(super) const fn field(name: &'static str, range: (i32, i32), quantum: &'static str, role: Role) -> Field {
    Field { name, min: range.0, max: range.1, quantum, role, common: None }
}

/// A field that is worth one bit when it has that value.
pub(super) const fn often(common: i32, field: Field) -> Field {
    Field { common: Some(common), ..field }
}

pub(super) const fn predicted(residual_order: u32) -> Role {
    Role::Predicted { residual_order, step_log2: 0 }
}

/// A time that runs down by itself.
pub(super) const fn timer(name: &'static str, longest: i32, residual_order: u32) -> Field {
    often(0, field(name, (0, longest), "tick", predicted(residual_order)))
}

const fn speed(fastest_units_per_s: f32) -> (i32, i32) {
    let fastest = fastest_units_per_s as i32 * QUANTA_PER_UNIT as i32;
    (-fastest, fastest)
}

pub(super) const VELOCITY: (i32, i32) = speed(MAX_SPEED_UNITS_PER_S);
pub(super) const SHIP_VELOCITY: (i32, i32) = speed(MAX_SHIP_SPEED_UNITS_PER_S);
pub(super) const CRATE_VELOCITY: (i32, i32) = speed(crate::tuning::MAX_CRATE_SPEED_UNITS_PER_S);

const POSITION: (i32, i32) = (0, MAX_ARENA_UNITS as i32 * QUANTA_PER_UNIT as i32 - 1);
pub(super) const X: Field = field("x", POSITION, "1/256 unit", predicted(6));
pub(super) const Y: Field = field("y", POSITION, "1/256 unit", predicted(6));
pub(super) const ANGLE: Field =
    field("angle", (0, QUANTA_PER_TURN as i32 - 1), "1/65536 turn", predicted(10));
pub(super) const OWNER: Field = field("owner", (0, MAX_PLAYERS as i32 - 1), "seat", Role::Constant);
pub(super) const CLASS: Field = often(
    ShipClass::Lance as i32,
    field("class", (0, ShipClass::ALL.len() as i32 - 1), "class", Role::Constant),
);
pub(super) const TEAM: Field =
    often(Team::Free as i32, field("team", (0, Team::ALL.len() as i32 - 1), "team", Role::Constant));

/// The class of a row; every number in the field's range is one.
pub(super) fn class_of(value: i32) -> ShipClass {
    ShipClass::from_index(value as usize).unwrap_or_default()
}

/// The team of a row; every number in the field's range is one.
pub(super) fn team_of(value: i32) -> Team {
    Team::from_index(value as usize).unwrap_or_default()
}
