//! The puck.

use super::table::{place, speed, timer};
use crate::scenario::MAX_SIZE_UNITS;
use crate::tuning::{FACE_OFF_TICKS, GOAL_DEPTH, MAX_PUCK_SPEED};
use glam::IVec2;
use perigee_shared::netcode::{Field, Kind, Row};

/// The puck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Puck {
    /// Where its middle is, quanta.
    pub position: IVec2,
    /// How fast it is, quanta a tick.
    pub velocity: IVec2,
    /// Ticks for which it stands still.
    pub hold: u8,
}

/// A puck that was touched is elsewhere by far more than a mallet.
const FIELDS: &[Field] = &[
    place("x", MAX_SIZE_UNITS.0 + 2 * GOAL_DEPTH, 10),
    place("y", MAX_SIZE_UNITS.1, 10),
    speed("vx", MAX_PUCK_SPEED, 10),
    speed("vy", MAX_PUCK_SPEED, 10),
    timer("hold", FACE_OFF_TICKS as i32, 5),
];

impl Puck {
    pub(super) const KIND: Kind =
        Kind { name: "puck", fields: FIELDS, disturbance: 0b1111, steering: None, meets: false };

    pub(super) fn read(&self, row: &mut Row) {
        [row[0], row[1]] = self.position.to_array();
        [row[2], row[3]] = self.velocity.to_array();
        row[4] = i32::from(self.hold);
    }

    pub(super) fn from_row(row: &Row) -> Self {
        Self {
            position: IVec2::new(row[0], row[1]),
            velocity: IVec2::new(row[2], row[3]),
            hold: row[4] as u8,
        }
    }
}
