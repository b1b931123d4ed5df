//! What code outside a room may know of a match: headlines, prices, the round. Plain numbers and generic words, so that
//! leaderboards, tickers and feeds need not know the game.

use crate::ids::PlayerId;
use crate::limits::MAX_PLAYERS;
use crate::netcode::entity::replicated::Column;
use serde::{Deserialize, Serialize};

/// An event that is reported outside the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headline {
    /// Something that a player did.
    Highlight(Highlight),
    /// A round is over.
    RoundOver {
        /// How it ended.
        result: RoundResult,
        /// The best player, if there was one.
        best: Option<PlayerId>,
    },
}

/// Something that a player did, in the game's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Highlight {
    /// Its kind, in a word: lower-case ASCII letters and `_`, and not `round_over`.
    pub kind: &'static str,
    /// The players who took part, each with their role, such as `by`. The roles are keys of the feed beside `kind` and
    /// `room`.
    pub players: [Option<(&'static str, PlayerId)>; 2],
    /// The number of the team that it counts for.
    pub team: Option<u8>,
    /// The means, in a word: such as the weapon.
    pub with: Option<&'static str>,
    /// The sentence for the room's chat, if any. `{by}` stands for the name of the player with the role `by`, and so
    /// on; `{team}` for the team's name.
    pub sentence: Option<&'static str>,
}

/// How a round ended. The game decides it once. Code that reports the result uses this and computes nothing from the
/// scores, which are sent at other moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoundResult {
    /// There was no player to win it.
    #[default]
    Nobody,
    /// No player or team was ahead of all others.
    Draw,
    /// The team of that number won.
    Team(u8),
    /// That player won.
    Player(PlayerId),
    /// The winner has left the room since; another player may have their seat.
    Departed,
}

/// Number of results that name no player.
const PLAIN_RESULTS: u32 = 5;
/// Number of teams that a result can name: 1 and 2.
const TEAMS: u32 = 2;

impl RoundResult {
    /// The largest [`Self::code`].
    pub const MAX_CODE: u32 = PLAIN_RESULTS - 1 + MAX_PLAYERS as u32;

    /// Its number for the wire: 0 no player, 1 a draw, 2 a player who left, 3 and 4 the teams, then the seats.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Nobody => 0,
            Self::Draw => 1,
            Self::Departed => 2,
            Self::Team(team) => PLAIN_RESULTS - TEAMS + u32::from(team).clamp(1, TEAMS) - 1,
            Self::Player(player) => PLAIN_RESULTS + u32::from(player.0),
        }
    }

    /// The result of that number.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            0 => Self::Nobody,
            1 => Self::Draw,
            2 => Self::Departed,
            3 | 4 => Self::Team((code - 2) as u8),
            _ if code <= Self::MAX_CODE => Self::Player(PlayerId((code - PLAIN_RESULTS) as u16)),
            _ => return None,
        })
    }

    /// What kind of result it is, in a word.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Draw => "draw",
            Self::Team(_) => "team",
            Self::Player(_) | Self::Departed => "player",
        }
    }

    /// The team that won, where one did.
    #[must_use]
    pub fn team(self) -> Option<u8> {
        if let Self::Team(team) = self { Some(team) } else { None }
    }

    /// The player who won, if one did and is still here.
    #[must_use]
    pub fn player(self) -> Option<PlayerId> {
        if let Self::Player(player) = self { Some(player) } else { None }
    }
}

/// The price of a good at a venue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Which venue.
    pub venue: u8,
    /// Which good.
    pub good: u8,
    /// What the venue asks for one.
    pub ask: u32,
    /// What the venue pays for one.
    pub bid: u32,
    /// The quantity that it has in stock.
    pub stock: u32,
    /// The quantity traded so far, in both directions; it wraps.
    pub traded: u32,
}

/// A place of the map that has a name: where players trade, what teams fight for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmark {
    /// The name that players read.
    pub name: &'static str,
    /// Its middle, units.
    pub at: (f32, f32),
    /// How far it reaches, units.
    pub radius_units: f32,
}

/// What is going on in a room. Page, lobby, REST, feed and console say it in their words; a game with finer phases of its
/// own says which of these each is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoundPhase {
    /// There are no rounds: the match goes on.
    #[default]
    Endless,
    /// For others, without whom there is no round.
    Waiting,
    /// A round.
    Playing,
    /// The round is over: the scoreboard is up, and says how it ended.
    Scoreboard,
}

impl RoundPhase {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Endless, Self::Waiting, Self::Playing, Self::Scoreboard];

    /// Its name in JSON; empty where there is nothing to tell.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Endless => "",
            Self::Waiting => "waiting",
            Self::Playing => "playing",
            Self::Scoreboard => "scoreboard",
        }
    }

    /// The one with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

/// The state of a match's round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundView {
    /// What kind of match it is, in a word.
    pub mode: &'static str,
    /// What is going on.
    pub phase: RoundPhase,
    /// Seconds until the phase ends; 0: no end is set.
    pub left_s: u32,
    /// Points of the two teams.
    pub team_scores: [u32; 2],
    /// How the round ended, from its end until the next one begins.
    pub result: Option<RoundResult>,
}

/// 0 for `None`, else 1 plus its code.
impl Column for Option<RoundResult> {
    fn write(self, cells: &mut [i32]) {
        cells[0] = self.map_or(0, |result| result.code() as i32 + 1);
    }

    fn read(cells: &[i32]) -> Self {
        (cells[0] as u32).checked_sub(1).and_then(RoundResult::from_code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_has_a_name_of_its_own() {
        assert!(RoundPhase::ALL.into_iter().all(|phase| RoundPhase::named(phase.name()) == Some(phase)));
        // As room lists, REST and feed have told them since they began.
        assert_eq!(RoundPhase::ALL.map(RoundPhase::name), ["", "waiting", "playing", "scoreboard"]);
        assert_eq!(RoundPhase::named("half time"), None);
    }

    #[test]
    fn each_result_has_a_number_of_its_own() {
        for code in 0..=RoundResult::MAX_CODE {
            assert_eq!(RoundResult::from_code(code).map(RoundResult::code), Some(code));
        }
        assert_eq!(RoundResult::from_code(RoundResult::MAX_CODE + 1), None);
        assert_eq!(RoundResult::Player(PlayerId(MAX_PLAYERS as u16 - 1)).code(), RoundResult::MAX_CODE);
        assert_eq!([1, 2].map(|team| RoundResult::Team(team).code()), [3, 4]);
    }
}
