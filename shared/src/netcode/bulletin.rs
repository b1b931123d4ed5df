//! What the world outside a room may know of a match: headlines, prices, the round. Plain numbers in general words, so
//! that leaderboards, tickers and feeds need not know the game.

use crate::ids::PlayerId;
use serde::{Deserialize, Serialize};

/// Something worth telling outside the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headline {
    /// A player was destroyed.
    Kill {
        /// Whose.
        victim: PlayerId,
        /// By whom; the victim themself for an accident.
        by: PlayerId,
        /// With what, in a word.
        with: &'static str,
    },
    /// A team took what teams fight for.
    Capture {
        /// Its number.
        team: u8,
        /// Who did it.
        by: PlayerId,
    },
    /// A round is over.
    RoundOver {
        /// The team that won, if teams play and one did.
        team: Option<u8>,
        /// The best player, if there was one.
        best: Option<PlayerId>,
    },
}

/// What a good costs somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Which station.
    pub station: u8,
    /// Which good.
    pub good: u8,
    /// What the station asks for one, credits.
    pub ask: u32,
    /// What the station pays for one, credits.
    pub bid: u32,
    /// How many it has.
    pub stock: u32,
    /// How many changed hands so far, either way; it wraps.
    pub traded: u32,
}

/// A place of the map that has a name: where people trade, what teams fight for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmark {
    /// What people call it.
    pub name: &'static str,
    /// Its middle, units.
    pub at: (f32, f32),
    /// How far it reaches, units.
    pub radius_units: f32,
}

/// How a match stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundView {
    /// What kind of match it is, in a word.
    pub mode: &'static str,
    /// What is going on, in a word: `playing`, `scoreboard`.
    pub phase: &'static str,
    /// Seconds until that is over; 0: no end is set.
    pub left_s: u32,
    /// Points of the two teams.
    pub team_scores: [u32; 2],
}
