//! Lines of chat.

use serde::{Deserialize, Serialize};

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
