//! What a player asks for in one tick.

use glam::Vec2;
use perigee_shared::netcode::Command;

/// Strongest push along an axis, either way.
pub const FULL_PUSH: i8 = 3;

const PUSHES: u32 = 2 * FULL_PUSH as u32 + 1;
/// Packed commands are below this.
pub(crate) const CODES: u32 = PUSHES * PUSHES * 4;
const _: () = assert!(CODES <= 1 << HockeyCommand::BITS);

/// What a player asks for in one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HockeyCommand {
    /// Push to the right in thirds, -3..=3.
    pub x: i8,
    /// Push upward in thirds, -3..=3.
    pub y: i8,
    /// Held: strikes the puck as soon as it is within reach.
    pub strike: bool,
    /// Held: pushes harder for as long as there is energy.
    pub dash: bool,
}

impl HockeyCommand {
    /// The command that pushes about so far along both axes, each in -1..=1.
    #[must_use]
    pub fn pushing(push: Vec2) -> Self {
        let steps = |share: f32| libm::roundf(share.clamp(-1.0, 1.0) * f32::from(FULL_PUSH)) as i8;
        Self { x: steps(push.x), y: steps(push.y), ..Self::default() }
    }

    /// Where to and how much, length 0..=1: a push along both axes is no stronger than along one.
    #[must_use]
    pub fn push(self) -> Vec2 {
        let push = Vec2::new(f32::from(self.x), f32::from(self.y)) / f32::from(FULL_PUSH);
        let length = libm::sqrtf(push.length_squared());
        if length > 1.0 { push / length } else { push }
    }
}

impl Command for HockeyCommand {
    const BITS: u32 = 8;

    fn pack(self) -> u32 {
        let step = |push: i8| (push.clamp(-FULL_PUSH, FULL_PUSH) + FULL_PUSH) as u32;
        let buttons = u32::from(self.strike) + 2 * u32::from(self.dash);
        (step(self.y) * PUSHES + step(self.x)) * 4 + buttons
    }

    fn unpack(code: u32) -> Option<Self> {
        let push = |step: u32| (step % PUSHES) as i8 - FULL_PUSH;
        (code < CODES).then(|| Self {
            x: push(code / 4),
            y: push(code / 4 / PUSHES),
            strike: code & 1 != 0,
            dash: code & 2 != 0,
        })
    }

    fn pressed(self, before: Self) -> Option<Self> {
        (self.strike && !before.strike).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_command_and_back() {
        for code in 0..CODES {
            assert_eq!(HockeyCommand::unpack(code).unwrap().pack(), code);
        }
        assert_eq!(HockeyCommand::unpack(CODES), None);
    }

    #[test]
    fn a_push_is_never_stronger_than_full_and_keeps_its_way() {
        for code in 0..CODES {
            let command = HockeyCommand::unpack(code).unwrap();
            assert!(command.push().length() <= 1.0 + 1e-6, "{command:?}");
        }
        let diagonal = HockeyCommand::pushing(Vec2::new(1.0, -1.0));
        assert_eq!((diagonal.x, diagonal.y), (3, -3));
        assert!((diagonal.push().x + diagonal.push().y).abs() < 1e-6);
        assert_eq!(HockeyCommand::pushing(Vec2::splat(0.1)), HockeyCommand::default(), "a trembling hand");
    }

    #[test]
    fn only_a_strike_that_begins_is_a_press() {
        let strike = HockeyCommand { strike: true, ..HockeyCommand::default() };
        assert_eq!(strike.pressed(HockeyCommand::default()), Some(strike));
        assert_eq!(strike.pressed(strike), None);
    }
}
