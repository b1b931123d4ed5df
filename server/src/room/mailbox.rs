//! What waits for a room's next tick. Everything from outside comes in here and only enqueues.

use crate::room::link::Link;
use crate::room::request::AdminRequest;
use bytes::Bytes;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Seated, Ticket};
use perigee_shared::protocol::{DisconnectReason, Hello, Refusal};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Names a connection for the life of the process: a seat is reused, this is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId(pub u64);

/// One thing that happened outside.
#[derive(Debug)]
pub enum Mail {
    /// A connection with a good hello wants a seat.
    Join {
        /// Who.
        connection: ConnectionId,
        /// Their hello.
        hello: Hello,
        /// What proves later that another connection is theirs.
        ticket: Ticket,
        /// Their lanes.
        link: Arc<Link>,
        /// Where the seat is told.
        reply: oneshot::Sender<Result<Seated, Refusal>>,
    },
    /// A message from a seated player.
    Packet {
        /// Whose connection.
        connection: ConnectionId,
        /// Their seat.
        player: PlayerId,
        /// When it came, microseconds of the room's clock.
        at_us: u64,
        /// The message.
        bytes: Bytes,
    },
    /// A connection ended.
    Leave {
        /// Which.
        connection: ConnectionId,
        /// Its seat.
        player: PlayerId,
        /// Whether the seat is kept for a while: the connection broke, the player did not leave.
        keep: bool,
    },
    /// An admin's wish.
    Admin(AdminRequest),
    /// The room closes, and everybody is told why.
    Close(DisconnectReason),
}

/// Packets that may wait, for each seat of the room. A player may send a few in a tick; whoever sends more loses them.
const PACKETS_PER_SEAT: usize = 16;

/// A bounded queue, emptied once a tick.
#[derive(Debug)]
pub(crate) struct Mailbox {
    mails: Mutex<Vec<Mail>>,
    max_packets: usize,
}

impl Mailbox {
    pub(crate) fn new(seats: usize) -> Self {
        Self { mails: Mutex::new(Vec::new()), max_packets: seats * PACKETS_PER_SEAT }
    }

    /// Adds a mail. False if it is a packet and the box is full: the packet is dropped. Other mails are at most a few
    /// for each connection, whose number is bounded.
    pub(crate) fn put(&self, mail: Mail) -> bool {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(mail, Mail::Packet { .. }) && mails.len() >= self.max_packets {
            return false;
        }
        mails.push(mail);
        true
    }

    /// Swaps the waiting mails with the empty `into`.
    pub(crate) fn take(&self, into: &mut Vec<Mail>) {
        debug_assert!(into.is_empty());
        std::mem::swap(&mut *self.mails.lock().unwrap_or_else(PoisonError::into_inner), into);
    }
}
