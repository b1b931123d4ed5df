//! Why the lobby created no room.

use thiserror::Error;

/// Why a room was not created.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LobbyError {
    /// There is no configured room of that name or mode to copy.
    #[error("there is no such kind of room")]
    NoTemplate,
    /// The number of players is not allowed.
    #[error("allowed are 1 to {most} players")]
    Size {
        /// The most that the configured room allows.
        most: usize,
    },
    /// The server has its maximum of rooms.
    #[error("there are as many rooms as there may be; try again in a while")]
    Full,
    /// The address has its maximum of private rooms.
    #[error("allowed are {most} private rooms at once; one that nobody is in closes by itself")]
    TooMany {
        /// That maximum.
        most: usize,
    },
    /// The server drains.
    #[error("the server is going down")]
    Draining,
    /// The operating system could not start the room's thread.
    #[error("no thread for room {room:?}: {why}")]
    Thread {
        /// The room.
        room: String,
        /// The system's error.
        why: String,
    },
    /// The operating system returned no random bytes.
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
