//! Whatever a match replicates, stored on the wire's grid: what cannot be sent cannot be held. Each kind has its field
//! table beside its struct; here they become one type. What the netcode asks of that type is in `replication`.

mod contest;
mod mallet;
mod puck;
mod table;

pub use contest::{MAX_TEAM_SCORE, Match, Phase};
pub use mallet::Mallet;
pub use puck::Puck;

use crate::tuning::QUANTA_PER_UNIT;
use glam::{IVec2, Vec2};
use perigee_shared::netcode::{Column, replicated};

/// Who plays together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Team {
    /// The first, whose goal is on the left.
    #[default]
    Frost,
    /// The second, whose goal is on the right.
    Ember,
}

impl Team {
    /// Both, by index.
    pub const ALL: [Self; 2] = [Self::Frost, Self::Ember];

    /// 0 or 1.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// Its number where 0 is no team: 1 or 2.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The other one.
    #[must_use]
    pub fn rival(self) -> Self {
        match self {
            Self::Frost => Self::Ember,
            Self::Ember => Self::Frost,
        }
    }

    /// What players call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frost => "Frost",
            Self::Ember => "Ember",
        }
    }

    /// Which way along x its attack goes: 1 or -1.
    #[must_use]
    pub fn attack(self) -> f32 {
        match self {
            Self::Frost => 1.0,
            Self::Ember => -1.0,
        }
    }
}

impl Column for Team {
    fn write(self, cells: &mut [i32]) {
        cells[0] = self as i32;
    }

    fn read(cells: &[i32]) -> Self {
        Self::ALL[usize::from(cells[0] != 0)]
    }
}

replicated! {
    /// Whatever there is.
    #[derive(Eq)]
    pub enum HockeyEntity {
        /// A player's mallet.
        Mallet(Mallet),
        /// The puck. There is one.
        Puck(Puck),
        /// How the match stands, for everybody. There is one.
        Match(Match),
    }
}

/// A place of the wire's grid, units.
pub(crate) fn units(quanta: IVec2) -> Vec2 {
    quanta.as_vec2() / QUANTA_PER_UNIT as f32
}
