//! What may be asked of a room from outside its tick: it only enqueues, the tick acts.

use crate::person::PersonId;
use crate::text::quote;
use perigee_shared::protocol::Refusal;
use perigee_shared::tick::TICK_HZ;
use thiserror::Error;
use tokio::sync::oneshot;

/// Most ticks that an admin may step at once.
pub(super) const MAX_STEPS: u32 = TICK_HZ * 60;

/// The answer to an admin's request: what was done, in a sentence, or why not.
pub(crate) type Reply = Result<String, RoomError>;

/// Why a room did not do what an admin wants.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RoomError {
    /// Nobody there has that name.
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
    /// It is paused as it is.
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
    /// So many ticks cannot be stepped at once.
    #[error("allowed are 1 to {MAX_STEPS} ticks")]
    BadSteps,
    /// It gave no answer in time, or is gone.
    #[error("room {room:?} does not answer")]
    NoAnswer {
        /// The room.
        room: String,
    },
}

/// An admin's wish.
#[derive(Clone, Debug)]
pub enum AdminAction {
    /// Send a player of this name away.
    Kick {
        /// The player's name.
        name: String,
        /// What they are told.
        reason: String,
    },
    /// Say whether a player or spectator has this name.
    Find(String),
    /// Send a person away, and take the seat that is kept for them.
    Ban {
        /// Who.
        person: PersonId,
        /// What they are told.
        why: Refusal,
    },
    /// Show a line to everybody.
    Broadcast(String),
    /// Stand still.
    Pause,
    /// Go on.
    Resume,
    /// While paused: step this many ticks.
    Step(u32),
}

/// A request with a way back.
#[derive(Debug)]
pub struct AdminRequest {
    /// What to do.
    pub action: AdminAction,
    /// Where the answer goes; a caller that is gone does not matter.
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
