//! Why the lobby has no room for somebody.

use thiserror::Error;

/// Why a room was not made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LobbyError {
    /// There is no configured room of that name or mode that others may be like.
    #[error("there is no such kind of room")]
    NoTemplate,
    /// A room for so many players cannot be made.
    #[error("allowed are 1 to {most} players")]
    Size {
        /// What the kind of room takes.
        most: usize,
    },
    /// The server has as many rooms as it may have.
    #[error("there are as many rooms as there may be; try again in a while")]
    Full,
    /// Somebody at this address made as many private rooms as they may.
    #[error("allowed are {most} private rooms at once; one that nobody is in closes by itself")]
    TooMany {
        /// How many.
        most: usize,
    },
    /// The server is going down.
    #[error("the server is going down")]
    Draining,
    /// The system gave no thread for a room.
    #[error("no thread for room {room:?}: {why}")]
    Thread {
        /// The room.
        room: String,
        /// The system's words.
        why: String,
    },
    /// The system gave no randomness.
    #[error("the system gives no randomness: {0}")]
    Randomness(String),
}

impl LobbyError {
    /// The label in `/metrics`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::NoTemplate => "no_such_kind",
            Self::Size { .. } => "bad_size",
            Self::Full => "rooms_full",
            Self::TooMany { .. } => "too_many_private",
            Self::Draining => "draining",
            Self::Thread { .. } => "no_thread",
            Self::Randomness(_) => "no_randomness",
        }
    }
}
