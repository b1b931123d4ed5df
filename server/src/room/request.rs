//! Requests to a room from outside its tick: they are only queued, and the tick executes them.

use crate::person::PersonId;
use crate::text::quote;
use perigee_shared::protocol::Refusal;
use perigee_shared::tick::TICK_HZ;
use thiserror::Error;
use tokio::sync::oneshot;

/// Most ticks that an admin may request in one step.
pub(super) const MAX_STEPS: u32 = TICK_HZ * 60;

/// The answer to an admin's request: a sentence on what was done, or the error.
pub(crate) type Reply = Result<String, RoomError>;

/// Why a room did not execute an admin's request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RoomError {
    /// No player there has that name.
    #[error("there is no player {} in {room}", quote(.name))]
    NoPlayer {
        /// The name.
        name: String,
        /// The room.
        room: String,
    },
    /// The person has no seat there.
    #[error("they are not here")]
    NotHere,
    /// It is already paused.
    #[error("{room} stands still already")]
    AlreadyPaused {
        /// The room.
        room: String,
    },
    /// It is not paused.
    #[error("{room} is not paused")]
    NotPaused {
        /// The room.
        room: String,
    },
    /// The number of ticks to step is out of range.
    #[error("allowed are 1 to {MAX_STEPS} ticks")]
    BadSteps,
    /// It did not answer in time, or has ended.
    #[error("room {room:?} does not answer")]
    NoAnswer {
        /// The room.
        room: String,
    },
}

/// An admin's request.
#[derive(Clone, Debug)]
pub enum AdminAction {
    /// Disconnect the players of this name.
    Kick {
        /// The player's name.
        name: String,
        /// The reason that they are given.
        reason: String,
    },
    /// Report whether a player or spectator has this name.
    Find(String),
    /// Disconnect a person, and free the seat that is kept for them.
    Ban {
        /// The person.
        person: PersonId,
        /// The reason that they are given.
        why: Refusal,
    },
    /// Show a line to all clients of the room.
    Broadcast(String),
    /// Pause the match.
    Pause,
    /// Continue the match.
    Resume,
    /// While paused: step this many ticks.
    Step(u32),
}

/// A request with a channel for its answer.
#[derive(Debug)]
pub struct AdminRequest {
    /// What to do.
    pub action: AdminAction,
    /// Where the answer goes; it does not matter if the caller is gone.
    pub reply: oneshot::Sender<Reply>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_the_sentence_that_it_always_was() {
        let room = || "arena".to_owned();
        for (error, sentence) in [
            (
                RoomError::NoPlayer { name: r#"Ann "A""#.to_owned(), room: room() },
                r#"there is no player "Ann \"A\"" in arena"#,
            ),
            (RoomError::NotHere, "they are not here"),
            (RoomError::AlreadyPaused { room: room() }, "arena stands still already"),
            (RoomError::NotPaused { room: room() }, "arena is not paused"),
            (RoomError::BadSteps, "allowed are 1 to 1800 ticks"),
            (RoomError::NoAnswer { room: room() }, r#"room "arena" does not answer"#),
        ] {
            assert_eq!(error.to_string(), sentence);
        }
    }
}
