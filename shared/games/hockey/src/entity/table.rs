//! The words that the field tables of all kinds are written in.

use crate::scenario::MAX_SIZE_UNITS;
use crate::tuning::{GOAL_DEPTH, MAX_MALLET_SPEED, MAX_PUCK_SPEED, QUANTA_PER_UNIT};
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

const fn position(name: &'static str, size_units: i32) -> Field {
    field(name, (0, size_units * QUANTA_PER_UNIT), "1/256 unit", predicted(8))
}

const fn velocity(name: &'static str, fastest: i32) -> Field {
    let fastest = fastest * QUANTA_PER_UNIT;
    often(0, field(name, (-fastest, fastest), "1/256 unit/tick", predicted(8)))
}

pub(super) const X: Field = position("x", MAX_SIZE_UNITS.0 + 2 * GOAL_DEPTH);
pub(super) const Y: Field = position("y", MAX_SIZE_UNITS.1);
pub(super) const MALLET_VX: Field = velocity("vx", MAX_MALLET_SPEED);
pub(super) const MALLET_VY: Field = velocity("vy", MAX_MALLET_SPEED);
pub(super) const PUCK_VX: Field = velocity("vx", MAX_PUCK_SPEED);
pub(super) const PUCK_VY: Field = velocity("vy", MAX_PUCK_SPEED);
