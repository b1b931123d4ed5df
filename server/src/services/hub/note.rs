//! Messages to the hub, and its queue.

use crate::room::{ConnectionId, Session};
use crate::services::feed::{FeedNote, ReaderId};
use crate::store::Account;
use perigee_shared::protocol::{Channel, Tuning};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Notes that may wait. When the queue is full, players' requests are refused; joins and leaves wait.
const MAX_NOTES: usize = 4096;

/// A message to the hub.
#[derive(Debug)]
pub enum Note {
    /// A player got a seat.
    Joined {
        /// Their session.
        session: Arc<Session>,
        /// Their account, if the store knows them: a player who came back by a resume token alone is known by the seat.
        account: Option<Box<Account>>,
    },
    /// A connection ended.
    Left(ConnectionId),
    /// A player writes a line.
    Said(ConnectionId, Channel, String),
    /// A player changes their subscriptions.
    Tuned(ConnectionId, Tuning),
    /// A player blocks or unblocks a name.
    Blocked(ConnectionId, String, bool),
    /// A message of a reader of the feed.
    Feed(ReaderId, FeedNote),
    /// An admin mutes a name for this many milliseconds; the answer is how many of that name are here.
    Mute(String, u64, oneshot::Sender<usize>),
    /// The answer is how many of that name, in any spelling, are here.
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
    /// The sender of a player's request. Each connection may have a bounded number of them at the hub.
    pub(super) fn sender(&self) -> Option<ConnectionId> {
        match self {
            Self::Said(connection, ..) | Self::Tuned(connection, _) | Self::Blocked(connection, ..) => {
                Some(*connection)
            }
            // What the server sends for a connection, and what others send.
            Self::Joined { .. }
            | Self::Left(_)
            | Self::Feed(..)
            | Self::Mute(..)
            | Self::Named(..)
            | Self::Unmute(..)
            | Self::Announced { .. } => None,
        }
    }
}

/// The sending end of the hub's queue. When the last one is dropped, the hub ends.
#[derive(Clone, Debug)]
pub struct HubHandle {
    notes: mpsc::Sender<Note>,
    /// A queue of their own: the feed's readers may be many and send much, and players do not wait behind them.
    of_readers: mpsc::Sender<Note>,
}

/// The receiving end of the hub's queues.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) notes: mpsc::Receiver<Note>,
    pub(super) of_readers: mpsc::Receiver<Note>,
}

impl HubHandle {
    /// Both ends of new queues.
    pub(super) fn new() -> (Self, Inbox) {
        let (notes, received) = mpsc::channel(MAX_NOTES);
        let (of_readers, from_readers) = mpsc::channel(MAX_NOTES);
        (Self { notes, of_readers }, Inbox { notes: received, of_readers: from_readers })
    }

    /// A handle without a hub.
    #[cfg(test)]
    pub(crate) fn to_nobody() -> Self {
        Self { notes: mpsc::channel(1).0, of_readers: mpsc::channel(1).0 }
    }

    /// Sends a note, waiting while the queue is full. If the hub has ended, the note is dropped.
    pub async fn send(&self, note: Note) {
        let _ = self.queue_of(&note).send(note).await;
    }

    /// Sends a note unless the queue is full.
    #[must_use]
    pub fn try_send(&self, note: Note) -> bool {
        self.queue_of(&note).try_send(note).is_ok()
    }

    fn queue_of(&self, note: &Note) -> &mpsc::Sender<Note> {
        if matches!(note, Note::Feed(..)) { &self.of_readers } else { &self.notes }
    }
}
