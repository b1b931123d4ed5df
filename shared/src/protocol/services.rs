//! The messages of the services, in both directions: chat, prices, leaderboards, the device. They never pass through a
//! tick: the service that owns the data answers them.

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
        /// The recipients.
        channel: Channel,
        /// The line.
        text: String,
    },
    /// Selects what the client is sent.
    Tune(Tuning),
    /// Hides or shows a player's chat lines.
    Block {
        /// Their name.
        name: String,
        /// Whether their lines are hidden from now on.
        blocked: bool,
    },
}

/// Services to client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceMessage {
    /// A line of chat.
    Chat(ChatLine),
    /// A request was refused, and why.
    Refused(ServiceRefusal),
    /// Prices.
    Prices(Prices),
    /// A leaderboard.
    Leaders(Leaders),
    /// The token that from now on proves that this device is this player's: to be stored, and never shown.
    Device(DeviceToken),
}

/// What a player wants to be sent besides the match; it replaces the earlier selection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// The prices of the room's venues.
    pub prices: bool,
    /// A leaderboard.
    pub leaders: Option<Board>,
}

/// Why a service refuses a request. The player stays connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum ServiceRefusal {
    /// Too many lines in too short a time.
    #[error("too fast: wait {} s", wait_ms.div_ceil(1000))]
    TooFast {
        /// How long to wait, milliseconds.
        wait_ms: u32,
    },
    /// A line over the limit.
    #[error("too long: a line has at most {} characters", crate::limits::MAX_CHAT_CHARS)]
    TooLong,
    /// No readable characters are left after cleaning.
    #[error("there is nothing to say in that")]
    Empty,
    /// A name that no connected player has.
    #[error("there is no player {0:?} here now")]
    NoSuchPlayer(String),
    /// The sender is in no team.
    #[error("you are in no team")]
    NoTeam,
    /// An admin muted the sender.
    #[error("you are muted for {} s more", left_ms.div_ceil(1000))]
    Muted {
        /// How much longer, milliseconds.
        left_ms: u32,
    },
    /// The list of blocked names is full.
    #[error("you have blocked as many as can be")]
    TooManyBlocked,
    /// The server is too busy at the moment.
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
