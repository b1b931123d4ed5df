//! The words that the field tables of all kinds are written in. The orders of residuals are those that `make fit-codec` finds
//! best.

use crate::tuning::QUANTA_PER_UNIT;
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

/// Where a body is along an axis that is so long.
pub(super) const fn place(name: &'static str, size_units: i32, residual_order: u32) -> Field {
    field(name, (0, size_units * QUANTA_PER_UNIT), "1/256 unit", predicted(residual_order))
}

/// How fast it is along an axis.
pub(super) const fn speed(name: &'static str, fastest: i32, residual_order: u32) -> Field {
    let fastest = fastest * QUANTA_PER_UNIT;
    often(0, field(name, (-fastest, fastest), "1/256 unit/tick", predicted(residual_order)))
}
