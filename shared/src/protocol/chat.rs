//! Lines of chat.

use serde::{Deserialize, Serialize};

/// The recipients of a line of chat.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// All players in the sender's room.
    Room,
    /// The sender's team in their room.
    Team,
    /// All players on the server.
    Everyone,
    /// One player, by name, in whatever room.
    Private(String),
}

/// A line of chat. Texts are plain: they must never be interpreted as markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatLine {
    /// Grows within its channel.
    pub number: u64,
    /// Where it was sent; for a private line the name of the recipient.
    pub channel: Channel,
    /// The sender's name; empty: the server.
    pub from: String,
    /// The line.
    pub text: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
}
