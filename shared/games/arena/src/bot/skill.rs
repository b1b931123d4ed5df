//! How well a bot does what it plans: how fast they are, how far off, and how readily they fight.

/// How good a pilot is. A crowd has some of each, so that somebody who has never flown meets their equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Flies since yesterday: late, far off, and glad to be left alone.
    Rookie,
    /// As an ordinary player does.
    #[default]
    Able,
    /// Quick, steady, and looks for fights.
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
}

/// How well a fighter fights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skill {
    /// Of so many thoughts, this many leave the command as it is.
    pub(super) sluggish: (u32, u32),
    /// It fires when its aim looks this good, turns.
    pub(super) patience_turns: f32,
    /// Of so many chances to fire, this many are taken.
    pub(super) eager: (u32, u32),
    /// How far its aim may be off what it believes, turns.
    pub(super) unsteady_turns: f32,
    /// Of so many thoughts while it is being hit, this many are to get out of the line.
    pub(super) shy: (u32, u32),
    /// Whether it fires missiles.
    pub(super) missiles: bool,
    /// It picks fights with who is this near, units; whoever hits it is fought wherever they are.
    pub(super) reach_units: f32,
}

/// Beyond what anybody sees.
const FAR_UNITS: f32 = 10_000.0;

/// As a person is: a little slow and a little off.
const ABLE: Skill = Skill {
    sluggish: (1, 3),
    patience_turns: 0.025,
    eager: (3, 4),
    unsteady_turns: 0.018,
    shy: (1, 3),
    missiles: true,
    reach_units: FAR_UNITS,
};
const ROOKIE: Skill = Skill {
    sluggish: (1, 2),
    patience_turns: 0.04,
    eager: (1, 2),
    unsteady_turns: 0.045,
    shy: (1, 8),
    missiles: false,
    reach_units: 380.0,
};
const VETERAN: Skill = Skill {
    sluggish: (1, 6),
    patience_turns: 0.02,
    eager: (7, 8),
    unsteady_turns: 0.01,
    shy: (1, 2),
    missiles: true,
    reach_units: FAR_UNITS,
};
/// A drunken hand.
const PIRATE: Skill = Skill {
    sluggish: (2, 3),
    patience_turns: 0.035,
    eager: (1, 2),
    unsteady_turns: 0.035,
    shy: (1, 12),
    missiles: false,
    reach_units: FAR_UNITS,
};
/// A cabin boy's.
const PIRATE_ROOKIE: Skill = Skill { sluggish: (3, 4), unsteady_turns: 0.055, reach_units: 330.0, ..PIRATE };

impl Skill {
    /// What a level comes to. No pirate is better than able.
    pub(super) fn of(is_pirate: bool, level: Level) -> &'static Self {
        match (is_pirate, level) {
            (true, Level::Rookie) => &PIRATE_ROOKIE,
            (true, _) => &PIRATE,
            (false, Level::Rookie) => &ROOKIE,
            (false, Level::Able) => &ABLE,
            (false, Level::Veteran) => &VETERAN,
        }
    }
}
