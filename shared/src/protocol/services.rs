//! The messages of the services beside the match: chat, prices, leaderboards. They never pass through a tick: the server
//! answers them where it keeps what they are about.

use crate::limits::MAX_ROOM_NAME_BYTES;
use crate::netcode::seam::bulletin::Quote;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Who hears a line of chat.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// Everybody in the sender's room.
    Room,
    /// The sender's team in their room.
    Team,
    /// Everybody on the server.
    Everyone,
    /// One player, by name, wherever they are.
    Private(String),
}

/// A line of chat. Texts are plain: nobody may read them as markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatLine {
    /// Grows within its channel.
    pub number: u64,
    /// Where it was said; for a private line the name of the one it was said to.
    pub channel: Channel,
    /// Who said it; empty: the server.
    pub from: String,
    /// The line.
    pub text: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
}

/// Which span of time a leaderboard is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Span {
    /// Since midnight, UTC.
    #[default]
    Today,
    /// Since the server's store began.
    AllTime,
}

/// A leaderboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Board {
    /// Of which time.
    pub span: Span,
    /// By what: a place in the game's table of statistics ([`About::statistics`](crate::netcode::About)).
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

/// What a leaderboard shows now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaders {
    /// Which.
    pub board: Board,
    /// The best, at most [`crate::limits::MAX_LEADER_ROWS`].
    pub rows: Vec<LeaderRow>,
    /// The reader's own row, if they are ranked.
    pub own: Option<LeaderRow>,
    /// How many are ranked.
    pub ranked: u32,
}

/// What a player wants to be told besides the match; it replaces the wish before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// The prices of the room's venues.
    pub prices: bool,
    /// A leaderboard.
    pub leaders: Option<Board>,
}

/// Prices that changed since the last such message; the first one after tuning in has all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// The new prices.
    pub changed: Vec<Quote>,
}

/// Why a service does not do what was asked. The player stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum ServiceRefusal {
    /// Said too much in too short a time.
    #[error("too fast: wait {} s", wait_ms.div_ceil(1000))]
    TooFast {
        /// How long to wait, milliseconds.
        wait_ms: u32,
    },
    /// A line over the limit.
    #[error("too long: a line has at most {} characters", crate::limits::MAX_CHAT_CHARS)]
    TooLong,
    /// Nothing readable is left of it.
    #[error("there is nothing to say in that")]
    Empty,
    /// A name that nobody has just now.
    #[error("there is no player {0:?} here now")]
    NoSuchPlayer(String),
    /// No team to talk to.
    #[error("you are in no team")]
    NoTeam,
    /// An admin took the voice away.
    #[error("you are muted for {} s more", left_ms.div_ceil(1000))]
    Muted {
        /// How much longer, milliseconds.
        left_ms: u32,
    },
    /// The list of blocked names is full.
    #[error("you have blocked as many as can be")]
    TooManyBlocked,
    /// The server has no time for it now.
    #[error("the server is busy: try again")]
    Busy,
    /// A leaderboard that the room's game does not have.
    #[error("there is no such leaderboard in this game")]
    NoSuchBoard,
}

/// Whether `party` can name a party: what can name a room, or nothing.
#[must_use]
pub(crate) fn is_party_name(party: &str) -> bool {
    party.is_empty() || (party.len() <= MAX_ROOM_NAME_BYTES && super::is_room_name(party))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_sentences() {
        assert_eq!(ServiceRefusal::TooFast { wait_ms: 1200 }.to_string(), "too fast: wait 2 s");
        assert_eq!(ServiceRefusal::Muted { left_ms: 59_001 }.to_string(), "you are muted for 60 s more");
    }
}
