//! Leaderboards.

use serde::{Deserialize, Serialize};

/// The period that a leaderboard covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Span {
    /// Since midnight, UTC.
    #[default]
    Today,
    /// Since the server's store was created.
    AllTime,
}

/// A leaderboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Board {
    /// The period.
    pub span: Span,
    /// The statistic: a place in the game's table of statistics ([`About::statistics`](crate::netcode::About)).
    pub by: u8,
}

/// A row of a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderRow {
    /// Place, 1 is best; equal values share a place.
    pub rank: u32,
    /// The player's name.
    pub name: String,
    /// The value.
    pub value: i64,
}

/// The current content of a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaders {
    /// Which leaderboard.
    pub board: Board,
    /// The best, at most [`crate::limits::MAX_LEADER_ROWS`].
    pub rows: Vec<LeaderRow>,
    /// The reader's own row, if they are ranked.
    pub own: Option<LeaderRow>,
    /// How many players are ranked.
    pub ranked: u32,
}
