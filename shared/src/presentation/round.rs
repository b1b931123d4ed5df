//! How the match stands, for the scoreboard.

/// What two teams fight for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ZoneHud {
    /// Whose it is: 1 or 2, 0 for nobody's.
    pub owner: u8,
    /// How much of it a team has taken, `-1..=1`: 1 is all the first team's, -1 all the second's.
    pub progress: f32,
}

/// A team that the player may change to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamOffer {
    /// Its number: 1 or 2.
    pub team: u8,
    /// Why not now, in words; empty if they may.
    pub refused: String,
}

/// How the match stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoundHud {
    /// What is going on, in a word: `waiting`, `playing`, `scoreboard`.
    pub phase: &'static str,
    /// Seconds until that is over; 0: no end is set.
    pub left_s: u32,
    /// Points of the two teams; `None` where nobody is in one.
    pub team_scores: Option<[u32; 2]>,
    /// The own team: 1 or 2, 0 for none.
    pub own_team: u8,
    /// The team that the player may ask for; `None` where there is no other.
    pub other_team: Option<TeamOffer>,
    /// The zone, where there is one.
    pub zone: Option<ZoneHud>,
}

impl RoundHud {
    /// Whether the round is over and its result is to be shown.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase == "scoreboard"
    }
}
