//! What waits for the store's thread: writes and queries, both bounded, under one lock that is held briefly.
//!
//! Callers never wait for the disk: the thread holds the lock only to take things out, not while it works on them.

use super::batch::{Batch, MAX_WAITING_BYTES, Write, bytes_of};
use super::db::Db;
use super::error::AskError;
use super::health::{Moments, StoreHealth};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;

/// Queries that may wait; more are refused at once.
pub(super) const MAX_QUESTIONS: usize = 1024;

/// A query, with the channel for its answer inside.
pub(super) type Question = Box<dyn FnOnce(&mut Db) + Send>;

/// The thread's next step.
pub(super) enum Call {
    /// Answer a query.
    Answer(Question),
    /// Do what is due.
    Due,
    /// End.
    Close,
}

#[derive(Default)]
struct State {
    batch: Batch,
    /// When the first write of the batch arrived.
    since: Option<Instant>,
    /// Writes that the thread has taken and not written yet.
    held: usize,
    held_bytes: usize,
    questions: VecDeque<Question>,
    closing: bool,
    ended: bool,
    waiting_for_end: Vec<oneshot::Sender<()>>,
    dropped: u64,
    moments: Moments,
}

/// The queue.
pub(super) struct Inbox {
    state: Mutex<State>,
    bell: Condvar,
    max_writes: usize,
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("max_writes", &self.max_writes).finish_non_exhaustive()
    }
}

impl Inbox {
    pub(super) fn new(max_writes: usize) -> Self {
        Self { state: Mutex::default(), bell: Condvar::new(), max_writes }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic leaves the state valid: no change can be interrupted halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a write. Returns false if it was dropped, because too much waits or the thread has ended.
    pub(super) fn put(&self, write: Write) -> bool {
        let mut state = self.lock();
        let has_room = state.batch.len() + state.held < self.max_writes || state.batch.has(&write);
        let bytes = state.batch.bytes() + state.held_bytes + bytes_of(&write);
        if state.ended || !has_room || bytes > MAX_WAITING_BYTES {
            state.dropped += 1;
            return false;
        }
        state.batch.put(write);
        if state.since.is_none() {
            state.since = Some(Instant::now());
            self.bell.notify_one();
        }
        true
    }

    /// Adds writes that must not be lost, in one batch, whatever waits already: the caller has at most one for each
    /// player. Returns false if the thread has ended.
    pub(super) fn put_all(&self, writes: impl Iterator<Item = Write>) -> bool {
        let mut state = self.lock();
        if state.ended {
            return false;
        }
        writes.for_each(|write| state.batch.put(write));
        if state.since.is_none() && !state.batch.is_empty() {
            state.since = Some(Instant::now());
            self.bell.notify_one();
        }
        true
    }

    /// Adds a query.
    ///
    /// # Errors
    /// If too many wait, or the thread has ended.
    pub(super) fn ask(&self, question: Question) -> Result<(), AskError> {
        let mut state = self.lock();
        if state.ended || state.closing {
            return Err(AskError::Closed);
        }
        if state.questions.len() >= MAX_QUESTIONS {
            return Err(AskError::Busy);
        }
        state.questions.push_back(question);
        self.bell.notify_one();
        Ok(())
    }

    /// Asks the thread to end. The receiver is notified when it has.
    pub(super) fn close(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        state.closing = true;
        // After the end, the dropped sender notifies the caller.
        if !state.ended {
            state.waiting_for_end.push(sender);
        }
        self.bell.notify_one();
        receiver
    }

    pub(super) fn health(&self, now: Instant) -> StoreHealth {
        let state = self.lock();
        let queue = state.batch.len() + state.held + state.questions.len();
        state.moments.health(now, state.ended, queue, state.dropped)
    }

    /// For the thread: waits for a next step, at most until `due`, and at most `period` after the first write arrived.
    pub(super) fn wait(&self, due: Option<Instant>, period: std::time::Duration) -> Call {
        let mut state = self.lock();
        state.moments.busy_since = None;
        let call = loop {
            if let Some(question) = state.questions.pop_front() {
                break Call::Answer(question);
            }
            if state.closing {
                break Call::Close;
            }
            let flush_at = state.since.map(|since| since + period);
            let at = [due, flush_at].into_iter().flatten().min();
            let Some(at) = at else {
                state = self.bell.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let now = Instant::now();
            if now >= at {
                break Call::Due;
            }
            state =
                self.bell.wait_timeout(state, at - now).map_or_else(|error| error.into_inner().0, |(s, _)| s);
        };
        state.moments.busy_since = Some(Instant::now());
        call
    }

    /// For the thread: moves the writes into what it already holds.
    pub(super) fn take(&self, held: &mut Batch) {
        let mut state = self.lock();
        state.since = None;
        held.absorb(std::mem::take(&mut state.batch));
        (state.held, state.held_bytes) = (held.len(), held.bytes());
    }

    /// For the thread: reports the result of a flush, and what is still held.
    pub(super) fn tell(&self, held: &Batch, tell: impl FnOnce(&mut Moments)) {
        let mut state = self.lock();
        (state.held, state.held_bytes) = (held.len(), held.bytes());
        tell(&mut state.moments);
    }

    /// For the thread's end, also by a panic.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.dropped += state.batch.len() as u64;
        state.batch = Batch::default();
        // Dropping a query notifies its caller.
        state.questions.clear();
        state.waiting_for_end.clear();
    }
}
