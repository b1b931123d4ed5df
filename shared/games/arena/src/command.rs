//! What a pilot asks for in one tick.

use perigee_shared::netcode::Command;

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
    /// The second trigger held: a missile.
    pub missile: bool,
}

const TURNS: u32 = 2 * FULL_TURN as u32 + 1;
/// The four keys that are down or not.
const FLAGS: u32 = 16;
/// Packed commands are below this.
pub(crate) const CODES: u32 = TURNS * FLAGS;
const _: () = assert!(CODES <= 1 << ArenaCommand::BITS);

impl Command for ArenaCommand {
    const BITS: u32 = 8;

    fn pack(self) -> u32 {
        let turn = (self.turn.clamp(-FULL_TURN, FULL_TURN) + FULL_TURN) as u32;
        let engines = u32::from(self.thrust) + 2 * u32::from(self.brake);
        turn * FLAGS + engines + 4 * u32::from(self.fire) + 8 * u32::from(self.missile)
    }

    fn unpack(code: u32) -> Option<Self> {
        (code < CODES).then(|| Self {
            thrust: code & 1 != 0,
            brake: code & 2 != 0,
            fire: code & 4 != 0,
            missile: code & 8 != 0,
            turn: (code / FLAGS) as i8 - FULL_TURN,
        })
    }

    fn pressed(self, before: Self) -> Option<Self> {
        let pulled =
            Self { fire: self.fire && !before.fire, missile: self.missile && !before.missile, ..self };
        (pulled.fire || pulled.missile).then_some(pulled)
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

    #[test]
    fn each_trigger_is_pressed_by_itself() {
        let held = |fire, missile| ArenaCommand { fire, missile, ..ArenaCommand::default() };
        assert_eq!(held(true, true).pressed(held(true, false)), Some(held(false, true)));
        assert_eq!(held(true, true).pressed(held(false, false)), Some(held(true, true)));
        assert_eq!(held(true, false).pressed(held(true, true)), None);
    }
}
