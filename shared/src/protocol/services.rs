//! The messages of the services beside the match, both ways: chat, prices, leaderboards, the device. They never pass through
//! a tick: the server answers them where it keeps what they are about.

use crate::protocol::boards::{Board, Leaders};
use crate::protocol::chat::{Channel, ChatLine};
use crate::protocol::prices::Prices;
use crate::protocol::tokens::DeviceToken;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Client to services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceRequest {
    /// A line of chat.
    Say {
        /// Who is to hear it.
        channel: Channel,
        /// The line.
        text: String,
    },
    /// What I want to be told.
    Tune(Tuning),
    /// I do not want to read what a player says, or do again.
    Block {
        /// Their name.
        name: String,
        /// Whether from now on nothing of theirs is told.
        blocked: bool,
    },
}

/// Services to client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceMessage {
    /// A line of chat.
    Chat(ChatLine),
    /// What was asked is not done, and why.
    Refused(ServiceRefusal),
    /// Prices.
    Prices(Prices),
    /// A leaderboard.
    Leaders(Leaders),
    /// What proves from now on that this device is this player's: to be kept, and shown to nobody.
    Device(DeviceToken),
}

/// What a player wants to be told besides the match; it replaces the request before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// The prices of the room's venues.
    pub prices: bool,
    /// A leaderboard.
    pub leaders: Option<Board>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_sentences() {
        assert_eq!(ServiceRefusal::TooFast { wait_ms: 1200 }.to_string(), "too fast: wait 2 s");
        assert_eq!(ServiceRefusal::Muted { left_ms: 59_001 }.to_string(), "you are muted for 60 s more");
    }
}
