//! The words that the field tables of all kinds are written in. The orders of residuals are those that `make fit-codec` finds
//! best.

use crate::tuning::QUANTA_PER_UNIT;
use perigee_shared::netcode::Field;

/// A time that runs down by itself.
pub(super) const fn timer(name: &'static str, longest: i32, residual_order: u32) -> Field {
    Field::predicted(name, (0, longest), "tick").order(residual_order).often(0)
}

/// Where a body is along an axis that is so long.
pub(super) const fn place(name: &'static str, size_units: i32, residual_order: u32) -> Field {
    Field::predicted(name, (0, size_units * QUANTA_PER_UNIT), "1/256 unit").order(residual_order)
}

/// How fast it is along an axis.
pub(super) const fn speed(name: &'static str, fastest: i32, residual_order: u32) -> Field {
    let fastest = fastest * QUANTA_PER_UNIT;
    Field::predicted(name, (-fastest, fastest), "1/256 unit/tick").order(residual_order).often(0)
}
