//! Why a question to the store has no answer.

use thiserror::Error;

/// Why a question has no answer. The game goes on without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AskError {
    /// Too many questions wait.
    #[error("the store has too much to do")]
    Busy,
    /// No answer in time.
    #[error("the store does not answer in time")]
    Slow,
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
    /// The file cannot take or give it.
    #[error("the store has failed: {0}")]
    Failed(&'static str),
    /// As many players as can be kept.
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
