//! Dice at the controls: the load that measurements are made with, so what it does stays as it is.

use super::state::Bot;
use crate::command::{ArenaCommand, FULL_TURN};

impl Bot {
    pub(super) fn wander(&mut self, may_fire: bool) -> ArenaCommand {
        if !self.rng.chance(1, 15) {
            return self.command;
        }
        ArenaCommand {
            thrust: self.rng.chance(3, 4),
            brake: false,
            turn: (self.rng.below(3) as i8 - 1) * FULL_TURN,
            fire: may_fire & self.rng.chance(1, 8),
            missile: may_fire & self.rng.chance(1, 40),
        }
    }
}
