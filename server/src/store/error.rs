//! Why a query to the store has no answer.

use thiserror::Error;

/// Why a query has no answer. The game continues without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AskError {
    /// Too many queries wait.
    #[error("the store has too much to do")]
    Busy,
    /// No answer within the timeout.
    #[error("the store does not answer in time")]
    Slow,
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
    /// The file cannot be read or written.
    #[error("the store has failed: {0}")]
    Failed(&'static str),
    /// The store has its maximum of players.
    #[error("the store is full of players")]
    Full,
}

impl AskError {
    /// For `store_errors_total{kind}`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Busy => "refused",
            Self::Slow => "timeout",
            Self::Closed => "closed",
            Self::Failed(kind) => kind,
            Self::Full => "players_full",
        }
    }
}
