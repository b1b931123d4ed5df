//! One connection's way out: a lane for the newest snapshot, a bounded queue for what must arrive, and the goodbye.
//!
//! The room's thread puts in, the connection's task takes out. Neither waits for the other: a lane that is full says
//! so, and the next snapshot is then made against what the client really has.

use bytes::Bytes;
use perigee_shared::protocol::DisconnectReason;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Reliable messages that may wait. A client that lets so many wait does not read.
const MAX_RELIABLE: usize = 256;
/// A snapshot buffer larger than this is given back: only a join or a crowd needs one.
const KEPT_SNAPSHOT_BYTES: usize = 512;

#[derive(Debug, Default)]
struct Lanes {
    snapshot: Vec<u8>,
    has_snapshot: bool,
    reliable: VecDeque<Bytes>,
    goodbye: Option<DisconnectReason>,
}

/// What the connection's task is to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Pending {
    /// Send a message that must arrive.
    Reliable(Bytes),
    /// Send the snapshot that was swapped into the buffer.
    Snapshot,
    /// Say goodbye and end.
    Goodbye(DisconnectReason),
}

/// One connection's outbound lanes.
#[derive(Debug, Default)]
pub struct Link {
    lanes: Mutex<Lanes>,
    wake: Notify,
    bytes_sent: AtomicU64,
    snapshots_sent: AtomicU64,
}

impl Link {
    /// Whether the snapshot lane is free.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let lanes = self.lanes();
        !lanes.has_snapshot && lanes.goodbye.is_none()
    }

    /// Puts a snapshot into the lane, which must be free.
    pub fn put_snapshot(&self, bytes: &[u8]) {
        let mut lanes = self.lanes();
        debug_assert!(!lanes.has_snapshot);
        lanes.snapshot.clear();
        lanes.snapshot.extend_from_slice(bytes);
        lanes.has_snapshot = true;
        drop(lanes);
        self.wake.notify_one();
    }

    /// Queues a message that must arrive. If too many wait already, the connection is told goodbye instead.
    pub fn put_reliable(&self, bytes: Bytes) {
        let mut lanes = self.lanes();
        if lanes.reliable.len() < MAX_RELIABLE {
            lanes.reliable.push_back(bytes);
        } else {
            lanes.goodbye.get_or_insert(DisconnectReason::NotReading);
        }
        drop(lanes);
        self.wake.notify_one();
    }

    /// Ends the connection with `reason`; the first reason counts.
    pub fn close(&self, reason: DisconnectReason) {
        self.lanes().goodbye.get_or_insert(reason);
        self.wake.notify_one();
    }

    /// Waits for the next thing to do. A snapshot is swapped with `buffer`.
    pub async fn next(&self, buffer: &mut Vec<u8>) -> Pending {
        loop {
            if let Some(pending) = self.take(buffer) {
                return pending;
            }
            self.wake.notified().await;
        }
    }

    /// Counts what was written to the socket.
    pub fn sent(&self, bytes: u64, snapshot: bool) {
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
        self.snapshots_sent.fetch_add(u64::from(snapshot), Ordering::Relaxed);
    }

    /// Bytes and snapshots written to the socket so far.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        (self.bytes_sent.load(Ordering::Relaxed), self.snapshots_sent.load(Ordering::Relaxed))
    }

    fn take(&self, buffer: &mut Vec<u8>) -> Option<Pending> {
        let mut lanes = self.lanes();
        if let Some(reason) = lanes.goodbye.clone() {
            return Some(Pending::Goodbye(reason));
        }
        if let Some(bytes) = lanes.reliable.pop_front() {
            return Some(Pending::Reliable(bytes));
        }
        if !lanes.has_snapshot {
            return None;
        }
        lanes.has_snapshot = false;
        if buffer.capacity() > KEPT_SNAPSHOT_BYTES {
            *buffer = Vec::new();
        }
        std::mem::swap(&mut lanes.snapshot, buffer);
        Some(Pending::Snapshot)
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_lane_says_so_and_reliable_messages_go_first() {
        let link = Link::default();
        let mut buffer = Vec::new();
        link.put_snapshot(b"one");
        assert!(!link.is_ready());
        link.put_reliable(Bytes::from_static(b"must"));
        assert_eq!(link.take(&mut buffer), Some(Pending::Reliable(Bytes::from_static(b"must"))));
        assert_eq!(link.take(&mut buffer), Some(Pending::Snapshot));
        assert_eq!(buffer, b"one");
        assert!(link.is_ready());
        assert_eq!(link.take(&mut buffer), None);
    }

    #[test]
    fn a_client_that_lets_everything_wait_is_told_goodbye() {
        let link = Link::default();
        for _ in 0..=MAX_RELIABLE {
            link.put_reliable(Bytes::new());
        }
        assert_eq!(link.take(&mut Vec::new()), Some(Pending::Goodbye(DisconnectReason::NotReading)));
        link.close(DisconnectReason::Draining);
        assert_eq!(link.take(&mut Vec::new()), Some(Pending::Goodbye(DisconnectReason::NotReading)));
    }
}
