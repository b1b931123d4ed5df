//! The queue of one reader of the feed: bounded, and closed with a reason.
//!
//! The hub puts in, the reader's task takes out; neither waits for the other.

use crate::services::feed::message::{KEPT_MESSAGES, Topic};
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// Messages that may wait for one reader: enough for all kept messages of every topic at once.
pub(crate) const MAX_WAITING: usize = Topic::ALL.len() * (KEPT_MESSAGES + ANSWERS_PER_TOPIC);
/// What precedes the messages of a topic: the subscription, a gap, the state.
const ANSWERS_PER_TOPIC: usize = 3;
/// Bytes that may wait for one reader.
pub(crate) const MAX_WAITING_BYTES: usize = 2 * 1024 * 1024;
/// Capacity that an empty queue keeps, in messages.
const KEPT_CAPACITY: usize = 16;

/// Why a reader is disconnected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Too much waited for them.
    TooSlow,
    /// The server drains.
    Draining,
}

impl CloseReason {
    /// The code that readers are sent, and the label in `/metrics`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooSlow => "too_slow",
            Self::Draining => "draining",
        }
    }

    /// The code in the close frame (RFC 6455).
    #[must_use]
    pub fn close_code(self) -> u16 {
        match self {
            Self::TooSlow => 1008,
            Self::Draining => 1001,
        }
    }
}

/// The next step for a reader's task.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// Send this text.
    Message(Bytes),
    /// Send the reason, and end.
    Closed(CloseReason),
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Bytes>,
    bytes: usize,
    closed: Option<CloseReason>,
}

/// One reader's queue.
#[derive(Debug, Default)]
pub struct FeedQueue {
    waiting: Mutex<Waiting>,
    wake: AtomicWaker,
}

impl FeedQueue {
    /// Adds a message, which is UTF-8. Returns false, and does not add it, if too much waits already.
    pub fn put(&self, message: Bytes) -> bool {
        let mut waiting = self.lock();
        let fits = waiting.messages.len() < MAX_WAITING && waiting.bytes + message.len() <= MAX_WAITING_BYTES;
        if fits {
            waiting.bytes += message.len();
            waiting.messages.push_back(message);
        }
        drop(waiting);
        self.wake.wake();
        fits
    }

    /// Closes the queue; what waits is discarded. The first reason counts.
    pub fn close(&self, reason: CloseReason) {
        let mut waiting = self.lock();
        waiting.closed.get_or_insert(reason);
        waiting.messages = VecDeque::new();
        waiting.bytes = 0;
        drop(waiting);
        self.wake.wake();
    }

    /// The next step, if there is one.
    pub fn take(&self) -> Option<Taken> {
        let mut waiting = self.lock();
        if let Some(reason) = waiting.closed {
            return Some(Taken::Closed(reason));
        }
        let message = waiting.messages.pop_front()?;
        waiting.bytes -= message.len();
        if waiting.messages.is_empty() {
            waiting.messages.shrink_to(KEPT_CAPACITY);
        }
        Some(Taken::Message(message))
    }

    /// [`take`](Self::take) for a task that waits.
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Taken> {
        self.wake.register(cx.waker());
        self.take().map_or(Poll::Pending, Poll::Ready)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_bytes_are_bounded() {
        let queue = FeedQueue::default();
        let half = Bytes::from(vec![b' '; MAX_WAITING_BYTES / 2]);
        assert!(queue.put(half.clone()) && queue.put(half.clone()) && !queue.put(Bytes::from_static(b"x")));
        assert_eq!(queue.take(), Some(Taken::Message(half)));
        assert!(queue.put(Bytes::from_static(b"x")));
        let queue = FeedQueue::default();
        assert_eq!((0..2 * MAX_WAITING).filter(|_| queue.put(Bytes::from_static(b"x"))).count(), MAX_WAITING);
    }

    #[test]
    fn what_is_closed_tells_why_and_nothing_else() {
        let queue = FeedQueue::default();
        assert_eq!(queue.take(), None);
        assert!(queue.put(Bytes::from_static(b"x")));
        queue.close(CloseReason::TooSlow);
        queue.close(CloseReason::Draining);
        assert_eq!(queue.take(), Some(Taken::Closed(CloseReason::TooSlow)));
    }
}
