//! One connection's outbound lanes: a lane for the newest snapshot, a bounded queue of reliable messages, one of the
//! services' messages, and the close reason.
//!
//! The room's thread puts in, the connection's task takes out. Neither waits for the other: if a lane is full, `put`
//! reports it, and the next snapshot is then built on what the client really has.

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use perigee_shared::protocol::DisconnectReason;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Reliable messages that may wait. A client with more than this does not read.
const MAX_RELIABLE: usize = 256;
/// Messages of the services that may wait. More are dropped: a client that reads slowly misses a line of chat, but is
/// not disconnected for what others wrote.
const MAX_SERVICE: usize = 256;
/// Notes of one connection that may wait at the services hub, whose queue is shared by all.
const MAX_NOTES: u32 = 8;
/// A snapshot buffer larger than this is freed after use: only a join or a crowd needs one.
const KEPT_SNAPSHOT_BYTES: usize = 512;
/// The least capacity of a snapshot buffer: usual snapshots never make it grow.
const USUAL_SNAPSHOT_BYTES: usize = 128;

#[derive(Debug, Default)]
struct Lanes {
    snapshot: Vec<u8>,
    has_snapshot: bool,
    reliable: VecDeque<Bytes>,
    service: VecDeque<Bytes>,
    /// Whether a snapshot goes before the next message of the services. They alternate, so that neither starves the
    /// other.
    is_snapshot_next: bool,
    goodbye: Option<DisconnectReason>,
}

/// What the connection's task is to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Pending {
    /// Send a message that must arrive.
    Reliable(Bytes),
    /// Send the snapshot that was swapped into the buffer.
    Snapshot,
    /// Send the close reason and end.
    Goodbye(DisconnectReason),
}

/// For how long a connection has been idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// For how long nothing was received, microseconds.
    pub silent_us: u64,
    /// For how long its socket has accepted nothing, microseconds; 0: it accepts.
    pub blocked_us: u64,
}

/// What was written to a connection's socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes, with their frames' headers.
    pub bytes: u64,
    /// Snapshots.
    pub snapshots: u64,
}

impl Traffic {
    /// What was written after `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(before.bytes),
            snapshots: self.snapshots.saturating_sub(before.snapshots),
        }
    }
}

/// One connection's outbound lanes.
#[derive(Debug, Default)]
pub struct Link {
    lanes: Mutex<Lanes>,
    wake: AtomicWaker,
    /// When something was last received, and since when the socket accepts nothing (0: it accepts), microseconds of the
    /// room's clock.
    heard_at_us: AtomicU64,
    blocked_since_us: AtomicU64,
    bytes_sent: AtomicU64,
    snapshots_sent: AtomicU64,
    /// Notes that wait at the hub.
    notes: AtomicU32,
}

impl Link {
    /// Whether the hub may take another note from this connection. If so, the note is counted until
    /// [`Link::note_was_read`].
    #[must_use]
    pub fn may_leave_note(&self) -> bool {
        let one_more = |notes: u32| (notes < MAX_NOTES).then_some(notes + 1);
        self.notes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// The hub has read a note, or it was not delivered.
    pub fn note_was_read(&self) {
        let one_less = |notes: u32| Some(notes.saturating_sub(1));
        let _ = self.notes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
    }

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
        lanes.snapshot.reserve(USUAL_SNAPSHOT_BYTES);
        lanes.snapshot.extend_from_slice(bytes);
        lanes.has_snapshot = true;
        drop(lanes);
        self.wake.wake();
    }

    /// Queues a reliable message. If too many wait already, the connection is closed instead.
    pub fn put_reliable(&self, bytes: Bytes) {
        let mut lanes = self.lanes();
        if lanes.reliable.len() < MAX_RELIABLE {
            lanes.reliable.push_back(bytes);
        } else {
            lanes.goodbye.get_or_insert(DisconnectReason::NotReading);
        }
        drop(lanes);
        self.wake.wake();
    }

    /// Queues a message of the services. Returns false, and drops it, if too many wait already.
    #[must_use]
    pub fn put_service(&self, bytes: Bytes) -> bool {
        let mut lanes = self.lanes();
        let fits = lanes.service.len() < MAX_SERVICE;
        if fits {
            lanes.service.push_back(bytes);
        }
        drop(lanes);
        self.wake.wake();
        fits
    }

    /// Ends the connection with `reason`; the first reason counts.
    pub fn close(&self, reason: DisconnectReason) {
        self.lanes().goodbye.get_or_insert(reason);
        self.wake.wake();
    }

    /// Wakes `waker`, that of the connection's task, when there is something to take.
    pub fn register(&self, waker: &Waker) {
        self.wake.register(waker);
    }

    /// Records that something was received from the client.
    pub fn heard(&self, now_us: u64) {
        self.heard_at_us.store(now_us, Ordering::Relaxed);
    }

    /// Records since when the socket accepts nothing, or that it accepts again.
    pub fn set_blocked(&self, since_us: Option<u64>) {
        match since_us {
            Some(now_us) => {
                // It may have been blocked for longer already.
                let _ = self.blocked_since_us.compare_exchange(
                    0,
                    now_us.max(1),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
            }
            None => self.blocked_since_us.store(0, Ordering::Relaxed),
        }
    }

    /// For how long the connection has been idle.
    #[must_use]
    pub fn idle(&self, now_us: u64) -> Idle {
        let silent_us = now_us.saturating_sub(self.heard_at_us.load(Ordering::Relaxed));
        let blocked_us = match self.blocked_since_us.load(Ordering::Relaxed) {
            0 => 0,
            since => now_us.saturating_sub(since),
        };
        Idle { silent_us, blocked_us }
    }

    /// The close reason, if the connection is to end.
    #[must_use]
    pub fn goodbye(&self) -> Option<DisconnectReason> {
        self.lanes().goodbye.clone()
    }

    /// Counts what was written to the socket.
    pub fn sent(&self, bytes: u64, snapshot: bool) {
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
        self.snapshots_sent.fetch_add(u64::from(snapshot), Ordering::Relaxed);
    }

    /// What was written to the socket so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        Traffic {
            bytes: self.bytes_sent.load(Ordering::Relaxed),
            snapshots: self.snapshots_sent.load(Ordering::Relaxed),
        }
    }

    /// The next thing to do, if any. A snapshot is swapped with `buffer`.
    pub fn take(&self, buffer: &mut Vec<u8>) -> Option<Pending> {
        let mut lanes = self.lanes();
        if let Some(reason) = lanes.goodbye.clone() {
            return Some(Pending::Goodbye(reason));
        }
        if let Some(bytes) = lanes.reliable.pop_front() {
            return Some(Pending::Reliable(bytes));
        }
        let is_service_due = !(lanes.has_snapshot && lanes.is_snapshot_next);
        if let Some(bytes) = is_service_due.then(|| lanes.service.pop_front()).flatten() {
            lanes.is_snapshot_next = true;
            return Some(Pending::Reliable(bytes));
        }
        if !lanes.has_snapshot {
            return None;
        }
        (lanes.has_snapshot, lanes.is_snapshot_next) = (false, false);
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
    fn services_and_snapshots_take_turns_and_nobody_is_sent_away_for_chat() {
        let (link, mut buffer) = (Link::default(), Vec::new());
        let line = Bytes::from_static(b"line");
        let taken = (0..2 * MAX_SERVICE).filter(|_| link.put_service(line.clone())).count();
        assert_eq!(taken, MAX_SERVICE);
        let mut order = Vec::new();
        for _ in 0..6 {
            if link.is_ready() {
                link.put_snapshot(b"new");
            }
            order.push(link.take(&mut buffer));
        }
        let both = [Some(Pending::Reliable(line)), Some(Pending::Snapshot)];
        assert!(order.chunks(2).all(|two| two == both), "{order:?}");
        assert_eq!(link.goodbye(), None);
    }

    #[test]
    fn a_client_that_lets_everything_wait_is_told_goodbye() {
        let link = Link::default();
        for _ in 0..=MAX_RELIABLE {
            link.put_reliable(Bytes::new());
        }
        assert_eq!(link.take(&mut Vec::new()), Some(Pending::Goodbye(DisconnectReason::NotReading)));
        link.close(DisconnectReason::Draining { retry_within_ms: 1000 });
        assert_eq!(link.take(&mut Vec::new()), Some(Pending::Goodbye(DisconnectReason::NotReading)));
    }
}
