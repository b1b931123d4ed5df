//! How well a bot does what it plans.

use glam::Vec2;
use perigee_shared::rng::Rng;

/// How good a player is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Plays for the first time: late, far off, slow.
    Rookie,
    /// As an ordinary player does.
    #[default]
    Able,
    /// Quick and steady.
    Veteran,
}

impl Level {
    /// All of them, by number.
    pub const ALL: [Self; 3] = [Self::Rookie, Self::Able, Self::Veteran];
    pub(super) const BITS: u32 = 2;

    /// The level of that number.
    pub(super) fn from_index(index: u32) -> Option<Self> {
        Self::ALL.get(index as usize).copied()
    }

    /// What it comes to.
    pub(super) fn skill(self) -> &'static Skill {
        &SKILLS[self as usize]
    }
}

/// How well somebody plays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skill {
    /// Ticks from one thought to the next, at least and at most: what happens meanwhile is met late.
    pause_ticks: (u32, u32),
    /// How much of the puck's way ahead it sees, `0..=1`.
    pub(super) foresight: f32,
    /// How far its aim may be off, turns.
    aim_error_turns: f32,
    /// Strongest push it uses, `0..=1`.
    pub(super) push: f32,
    /// Farther than this it dashes, units.
    pub(super) dash_units: f32,
    /// It strikes when the line of centres leads so near to what it aims at, of the mouth's half width.
    pub(super) patience: f32,
    /// From so far it tries a shot, units.
    pub(super) range_units: f32,
}

const SKILLS: [Skill; 3] = [
    Skill {
        pause_ticks: (6, 10),
        foresight: 0.35,
        aim_error_turns: 0.06,
        push: 0.7,
        dash_units: f32::MAX,
        patience: 1.5,
        range_units: 420.0,
    },
    Skill {
        pause_ticks: (4, 7),
        foresight: 0.6,
        aim_error_turns: 0.035,
        push: 0.9,
        dash_units: 300.0,
        patience: 1.1,
        range_units: 520.0,
    },
    Skill {
        pause_ticks: (1, 2),
        foresight: 1.0,
        aim_error_turns: 0.01,
        push: 1.0,
        dash_units: 150.0,
        patience: 0.9,
        range_units: 620.0,
    },
];

impl Skill {
    /// Ticks until the next thought.
    pub(super) fn pause(&self, rng: &mut Rng) -> u8 {
        let (least, most) = self.pause_ticks;
        (least + rng.below(most - least + 1)) as u8
    }

    /// A direction, as well as it can be kept.
    pub(super) fn unsteady(&self, way: Vec2, rng: &mut Rng) -> Vec2 {
        // Small angles: the tangent is as good as the angle, and needs no functions that differ between platforms.
        let off = rng.range(-self.aim_error_turns, self.aim_error_turns) * std::f32::consts::TAU;
        (way + way.perp() * off).normalize_or(way)
    }
}
