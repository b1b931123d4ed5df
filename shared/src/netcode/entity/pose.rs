//! Where an entity is and which way it points.

use glam::Vec2;

/// Where an entity is and which way it points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Units; y grows upward.
    pub position: Vec2,
    /// Turns in `0..1`; 0 looks along +x, counter-clockwise.
    pub angle_turns: f32,
}

impl Pose {
    /// Between `self` (`t` = 0) and `to` (`t` = 1), the angle by the shorter way.
    #[must_use]
    pub fn blend(self, to: Self, t: f32) -> Self {
        let turn = shorter_turn(to.angle_turns - self.angle_turns);
        let angle = self.angle_turns + turn * t;
        Self { position: self.position.lerp(to.position, t), angle_turns: angle - libm::floorf(angle) }
    }
}

/// `turns` as the equal turn in `-0.5..0.5`.
#[must_use]
pub fn shorter_turn(turns: f32) -> f32 {
    turns - libm::floorf(turns + 0.5)
}
