//! How the match stands, for the scoreboard.

use crate::netcode::seam::about::About;
use crate::netcode::seam::bulletin::RoundPhase;

/// A team that the player may change to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamOffer {
    /// Its number: 1 or 2.
    pub team: u8,
    /// Why not now, in words; empty if they may.
    pub refused: String,
}

/// How a round ended, as this player reads it: notice and scoreboard say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoundEnd {
    /// No player was left to win it.
    Nobody,
    /// Nobody was ahead of all others.
    Draw,
    /// The team of that number won, 1 or 2, that is called so.
    Team(u8, &'static str),
    /// Somebody won.
    Player {
        /// The winner's name; empty if it is not known.
        name: String,
        /// Whether it is the player who sees this.
        own: bool,
    },
}

impl RoundEnd {
    /// Who wins, or how else it ends, to stand after "Round over: ", in the game's word for a round.
    #[must_use]
    pub fn verdict(&self) -> String {
        match self {
            Self::Nobody => "nobody wins".to_owned(),
            Self::Draw => "a draw".to_owned(),
            Self::Team(_, name) => format!("{name} wins"),
            Self::Player { name, own: false } if name.is_empty() => "somebody who left wins".to_owned(),
            Self::Player { name, own: false } => format!("{name} wins"),
            Self::Player { own: true, .. } => "you win".to_owned(),
        }
    }

    /// The same as a sentence, in the game's word for a round ([`About::round`]).
    #[must_use]
    pub fn sentence(&self, about: &About) -> String {
        let round = about.round;
        let winner = match self {
            Self::Draw => return format!("The {round} ends in a draw"),
            Self::Nobody => "Nobody",
            Self::Team(_, name) => name,
            Self::Player { own: true, .. } => "You",
            Self::Player { name, own: false } if name.is_empty() => "Somebody who left",
            Self::Player { name, own: false } => name,
        };
        format!("{winner} won the {round}")
    }
}

/// How the match stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoundHud {
    /// What is going on; the scoreboard opens by itself in [`RoundPhase::Scoreboard`].
    pub phase: RoundPhase,
    /// Seconds until that is over; 0: no end is set.
    pub left_s: u32,
    /// Points of the two teams; `None` where nobody is in one.
    pub team_scores: Option<[u32; 2]>,
    /// The own team: 1 or 2, 0 for none.
    pub own_team: u8,
    /// The team that the player may ask for; `None` where there is no other.
    pub other_team: Option<TeamOffer>,
    /// What else the game says of it, in a few words.
    pub words: Option<String>,
    /// How the round ended, while that is shown. What the rows say may be a moment older.
    pub result: Option<RoundEnd>,
}

impl RoundHud {
    /// Whether the round is over and its result is to be shown.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase == RoundPhase::Scoreboard
    }
}
