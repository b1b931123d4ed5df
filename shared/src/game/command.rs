//! What a pilot asks for in one tick.

use crate::netcode::Command;

/// Strongest turn, either way.
pub const FULL_TURN: i8 = 7;

/// What a pilot asks for in one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArenaCommand {
    /// Engine on.
    pub thrust: bool,
    /// Retro engine on: slows down.
    pub brake: bool,
    /// Share of the full turn rate in sevenths, -7..=7, positive is counter-clockwise.
    pub turn: i8,
    /// Trigger held.
    pub fire: bool,
}

const TURNS: u32 = 2 * FULL_TURN as u32 + 1;
/// Packed commands are below this.
pub(crate) const CODES: u32 = TURNS * 8;
const _: () = assert!(CODES <= 1 << ArenaCommand::BITS);

impl Command for ArenaCommand {
    const BITS: u32 = 7;

    fn pack(self) -> u32 {
        let turn = (self.turn.clamp(-FULL_TURN, FULL_TURN) + FULL_TURN) as u32;
        turn * 8 + u32::from(self.thrust) + 2 * u32::from(self.brake) + 4 * u32::from(self.fire)
    }

    fn unpack(code: u32) -> Option<Self> {
        (code < CODES).then(|| Self {
            thrust: code & 1 != 0,
            brake: code & 2 != 0,
            fire: code & 4 != 0,
            turn: (code / 8) as i8 - FULL_TURN,
        })
    }

    fn pressed(self, before: Self) -> Option<Self> {
        (self.fire && !before.fire).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_command_and_back() {
        for code in 0..CODES {
            assert_eq!(ArenaCommand::unpack(code).unwrap().pack(), code);
        }
        assert_eq!(ArenaCommand::unpack(CODES), None);
    }
}
