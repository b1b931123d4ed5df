//! The puck.

use super::table::{PUCK_VX, PUCK_VY, X, Y, timer};
use crate::tuning::FACE_OFF_TICKS;
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

const FIELDS: &[Field] = &[X, Y, PUCK_VX, PUCK_VY, timer("hold", FACE_OFF_TICKS as i32, 5)];

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
