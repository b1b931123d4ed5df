//! What the hub is told, and the way to it.

use crate::person::PersonId;
use crate::room::{ConnectionId, Link, RoomHandle};
use crate::services::chat::fair::SpeakerOrigin;
use crate::services::feed::{FeedNote, ReaderId};
use perigee_shared::ids::PlayerId;
use perigee_shared::protocol::{Channel, Tuning};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Notes that may wait. What players say finds the queue full then and is refused; joins and leaves wait.
const MAX_NOTES: usize = 4096;

/// A player who has a seat.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Their connection.
    pub connection: ConnectionId,
    /// The room.
    pub room: Arc<RoomHandle>,
    /// The seat.
    pub player: PlayerId,
    /// The number of this stay in the seat: whoever has the seat next has another number.
    pub sitting: u32,
    /// The name as granted.
    pub name: String,
    /// Whether a program plays. It is sent nothing until it tunes in, and is on no board unless the operator says so.
    pub bot: bool,
    /// Whether the seat was theirs before.
    pub resumed: bool,
    /// Who it is, if they are known for longer than a visit.
    pub person: Option<PersonId>,
    /// For a spectator: the delay with which they see the match, milliseconds.
    pub spectating_ms: Option<u32>,
    /// Whom they had blocked when they were last here.
    pub blocks: Vec<(PersonId, String)>,
    /// Where they come from.
    pub origin: SpeakerOrigin,
    /// Their lanes.
    pub link: Arc<Link>,
}

/// One thing that the hub is told.
#[derive(Debug)]
pub enum Note {
    /// Somebody has a seat.
    Joined(Box<Joined>),
    /// A connection ended.
    Left(ConnectionId),
    /// Somebody says something.
    Said(ConnectionId, Channel, String),
    /// Somebody subscribes to prices or a board, or no longer.
    Tuned(ConnectionId, Tuning),
    /// Somebody does not want to hear a name, or does again.
    Blocked(ConnectionId, String, bool),
    /// A reader of the feed.
    Feed(ReaderId, FeedNote),
    /// An admin mutes a name for so many milliseconds; the answer is how many of that name are here.
    Mute(String, u64, oneshot::Sender<usize>),
    /// How many of that name, in any spelling, are here.
    Named(String, oneshot::Sender<usize>),
    /// The server says a line in a room's chat; the answer is whether there is such a room.
    Announced {
        /// Which room.
        room: String,
        /// The line, cleaned.
        text: String,
        /// For the answer.
        reply: oneshot::Sender<bool>,
    },
    /// An admin unmutes a name; the answer is whether it was muted.
    Unmute(String, oneshot::Sender<bool>),
}

impl Note {
    /// Of notes that a player sends: whose. Their number at the hub is bounded for each connection.
    pub(super) fn sender(&self) -> Option<ConnectionId> {
        match self {
            Self::Said(connection, ..) | Self::Tuned(connection, _) | Self::Blocked(connection, ..) => {
                Some(*connection)
            }
            _ => None,
        }
    }
}

/// The way to the hub. When the last one is gone, the hub ends.
#[derive(Clone, Debug)]
pub struct HubHandle {
    notes: mpsc::Sender<Note>,
    /// The feed's readers may be many and ask for much: players do not wait behind them.
    of_readers: mpsc::Sender<Note>,
}

/// What the hub takes notes out of.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) notes: mpsc::Receiver<Note>,
    pub(super) of_readers: mpsc::Receiver<Note>,
}

impl HubHandle {
    /// A way to a hub, and the hub's end of it.
    pub(super) fn new() -> (Self, Inbox) {
        let (notes, received) = mpsc::channel(MAX_NOTES);
        let (of_readers, from_readers) = mpsc::channel(MAX_NOTES);
        (Self { notes, of_readers }, Inbox { notes: received, of_readers: from_readers })
    }

    /// A way that leads nowhere.
    #[cfg(test)]
    pub(crate) fn to_nobody() -> Self {
        Self { notes: mpsc::channel(1).0, of_readers: mpsc::channel(1).0 }
    }

    /// Leaves a note, and waits while there is no place for it. A hub that is gone needs no notes.
    pub async fn send(&self, note: Note) {
        let _ = self.queue_of(&note).send(note).await;
    }

    /// Leaves a note unless there is no place for it.
    #[must_use]
    pub fn try_send(&self, note: Note) -> bool {
        self.queue_of(&note).try_send(note).is_ok()
    }

    fn queue_of(&self, note: &Note) -> &mpsc::Sender<Note> {
        if matches!(note, Note::Feed(..)) { &self.of_readers } else { &self.notes }
    }
}
