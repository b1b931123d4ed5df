//! The puck.

use super::table::{place, speed, timer};
use crate::scenario::MAX_SIZE_UNITS;
use crate::tuning::{FACE_OFF_TICKS, GOAL_DEPTH, MAX_PUCK_SPEED};
use glam::IVec2;
use perigee_shared::netcode::replicated;

replicated! {
    /// The puck.
    #[derive(Default, Eq)]
    pub struct Puck = "puck" {
        /// Where its middle is, quanta.
        pub position: IVec2 = [place("x", MAX_SIZE_UNITS.0 + 2 * GOAL_DEPTH, 10), place("y", MAX_SIZE_UNITS.1, 10)],
        /// How fast it is, quanta a tick.
        pub velocity: IVec2 = [speed("vx", MAX_PUCK_SPEED, 10), speed("vy", MAX_PUCK_SPEED, 10)],
        /// Ticks for which it stands still.
        pub hold: u8 = [timer("hold", FACE_OFF_TICKS as i32, 5)],
    }
    // A puck that was touched is elsewhere by far more than a mallet.
    .disturbing(&["x", "y", "vx", "vy"])
}
