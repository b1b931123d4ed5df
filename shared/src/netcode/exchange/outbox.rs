//! Where `Host` and `Peer` put what they send: bytes with an address, in one reused buffer.

use crate::ids::PlayerId;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Newest wins: never more than one waits.
    Snapshot,
    /// All of them, in order.
    Reliable,
}

/// The recipient of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// One player. A `Peer` has only one address, the server, and uses this with its own seat.
    Player(PlayerId),
    /// All players in the room.
    Everyone,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    to: Address,
    lane: Lane,
    start: usize,
    end: usize,
}

/// Messages to send, in order.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    items: Vec<Item>,
}

impl Outbox {
    /// Adds a message.
    pub fn push(&mut self, to: Address, lane: Lane, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.items.push(Item { to, lane, start, end: self.bytes.len() });
    }

    /// The messages in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (Address, Lane, &[u8])> {
        self.items.iter().map(|item| (item.to, item.lane, &self.bytes[item.start..item.end]))
    }

    /// The messages without their addresses: a client's outbox has only one address.
    pub fn packets(&self) -> impl Iterator<Item = &[u8]> {
        self.iter().map(|(_, _, bytes)| bytes)
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Removes the messages and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.items.clear();
    }
}
