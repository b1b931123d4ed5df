//! What may be asked of a room from outside its tick: it only enqueues, the tick acts.

use crate::person::PersonId;
use perigee_shared::protocol::Refusal;
use tokio::sync::oneshot;

/// The answer to an admin's request: what was done, or why not, in a sentence.
pub(crate) type Reply = Result<String, String>;

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
    /// Say whether somebody of this name plays or looks on.
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
