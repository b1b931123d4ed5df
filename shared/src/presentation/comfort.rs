//! How the player wants to see the game.

/// Which of the game's colour sets is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorSet {
    /// The game's own.
    #[default]
    Standard,
    /// One whose colours also differ for the colour-blind.
    Safe,
}

impl ColorSet {
    /// The one of two colours that belongs to it: the usual one, or the one for players who tell colours apart less well.
    #[must_use]
    pub const fn choose(self, [standard, safe]: [u32; 2]) -> u32 {
        match self {
            Self::Standard => standard,
            Self::Safe => safe,
        }
    }
}

/// How the player wants to see the game. May change while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comfort {
    /// Whether hits and explosions kick the camera.
    pub shake: bool,
    /// No camera kicks, no drifting, short effects.
    pub reduced_motion: bool,
    /// The colours.
    pub palette: ColorSet,
}

impl Default for Comfort {
    fn default() -> Self {
        Self { shake: true, reduced_motion: false, palette: ColorSet::Standard }
    }
}

impl Comfort {
    /// Whether the camera may be kicked.
    #[must_use]
    pub fn may_shake(self) -> bool {
        self.shake && !self.reduced_motion
    }
}
