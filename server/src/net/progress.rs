//! Watches a connection that serves requests: a client that stops, or is too slow, is disconnected.
//!
//! The client's phases are: sending a head, sending a body, taking an answer, being idle. Each has a timeout, and an
//! answer must be taken at a least rate. The stream reports its events to a [`Progress`]; the connection's task checks
//! that now and then.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes a second that a client must take while an answer waits.
const LEAST_BYTES_PER_SECOND: f64 = 1024.0;

/// The client's timeouts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// To send the head of a request.
    pub(super) head: Duration,
    /// To send the rest of it, and for the server to answer.
    pub(super) request: Duration,
    /// To take an answer, beyond the time that the least rate allows.
    pub(super) write: Duration,
    /// To send the next request.
    pub(super) idle: Duration,
}

/// What the client must send next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing, or another request.
    Idle,
    /// The rest of a head.
    Head,
    /// The rest of a request; then the server must answer.
    Request,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    /// Since when the stream accepts nothing.
    blocked: Option<Instant>,
    /// For how long it accepted nothing, less the time earned by what it took, at the least rate.
    owed: Duration,
}

/// The progress on a stream.
#[derive(Debug)]
pub(super) struct Progress {
    patience: Patience,
    state: Mutex<State>,
}

impl Progress {
    /// For a stream whose first head began to arrive at `now`.
    pub(super) fn new(patience: Patience, now: Instant) -> Arc<Self> {
        let state = State { phase: Phase::Head, since: now, blocked: None, owed: Duration::ZERO };
        Arc::new(Self { patience, state: Mutex::new(state) })
    }

    /// A request's head has arrived.
    pub(super) fn asked(&self, now: Instant) {
        self.enter(Phase::Request, now);
    }

    /// Its answer was handed over.
    pub(super) fn answered(&self, now: Instant) {
        self.enter(Phase::Idle, now);
    }

    /// The deadline of the current phase, and its label in `/metrics`.
    pub(super) fn deadline(&self) -> (Instant, &'static str) {
        let state = self.lock();
        if let Some(blocked) = state.blocked {
            return (blocked + self.patience.write.saturating_sub(state.owed), "http_not_reading");
        }
        let (patience, label) = match state.phase {
            Phase::Idle => (self.patience.idle, "http_idle"),
            Phase::Head => (self.patience.head, "no_request"),
            Phase::Request => (self.patience.request, "http_slow"),
        };
        (state.since + patience, label)
    }

    /// Whether the client has all answers and has begun no request.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.lock();
        state.phase == Phase::Idle && state.blocked.is_none()
    }

    fn enter(&self, phase: Phase, now: Instant) {
        let mut state = self.lock();
        (state.phase, state.since) = (phase, now);
    }

    fn read(&self, bytes: usize, now: Instant) {
        let mut state = self.lock();
        if bytes > 0 && state.phase == Phase::Idle {
            (state.phase, state.since) = (Phase::Head, now);
        }
    }

    fn blocked(&self, now: Instant) {
        self.lock().blocked.get_or_insert(now);
    }

    fn wrote(&self, bytes: usize, now: Instant) {
        let mut state = self.lock();
        if let Some(blocked) = state.blocked.take() {
            state.owed += now.saturating_duration_since(blocked);
        }
        let earned = Duration::from_secs_f64(bytes as f64 / LEAST_BYTES_PER_SECOND);
        state.owed = state.owed.saturating_sub(earned);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that reports its events to a [`Progress`].
#[derive(Debug)]
pub(super) struct Watched<S> {
    inner: S,
    progress: Arc<Progress>,
}

impl<S> Watched<S> {
    pub(super) fn new(inner: S, progress: Arc<Progress>) -> Self {
        Self { inner, progress }
    }

    pub(super) fn into_inner(self) -> S {
        self.inner
    }

    /// Reports the result of a write.
    fn told<T>(&self, done: Poll<io::Result<T>>, bytes: impl FnOnce(&T) -> usize) -> Poll<io::Result<T>> {
        match &done {
            Poll::Ready(Ok(value)) => self.progress.wrote(bytes(value), Instant::now()),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.progress.blocked(Instant::now()),
        }
        done
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let done = Pin::new(&mut self.inner).poll_read(cx, buf);
        if done.is_ready() {
            self.progress.read(buf.filled().len() - before, Instant::now());
        }
        done
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.told(done, |&bytes| bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.inner).poll_flush(cx);
        self.told(done, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.told(done, |()| 0)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.told(done, |&bytes| bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(10),
        request: Duration::from_secs(30),
        write: Duration::from_secs(10),
        idle: Duration::from_secs(75),
    };

    #[test]
    fn each_phase_has_its_time() {
        let start = Instant::now();
        let progress = Progress::new(PATIENCE, start);
        assert_eq!(progress.deadline(), (start + PATIENCE.head, "no_request"));
        // More bytes of a head do not extend the deadline.
        progress.read(1, start + 9 * SECOND);
        assert_eq!(progress.deadline(), (start + PATIENCE.head, "no_request"));
        progress.asked(start + SECOND);
        assert_eq!(progress.deadline(), (start + SECOND + PATIENCE.request, "http_slow"));
        assert!(!progress.is_idle());
        progress.answered(start + 2 * SECOND);
        assert_eq!(progress.deadline(), (start + 2 * SECOND + PATIENCE.idle, "http_idle"));
        assert!(progress.is_idle());
        progress.read(1, start + 50 * SECOND);
        assert_eq!(progress.deadline(), (start + 50 * SECOND + PATIENCE.head, "no_request"));
    }

    #[test]
    fn who_takes_nothing_is_over_and_who_takes_enough_is_not() {
        let start = Instant::now();
        let progress = Progress::new(PATIENCE, start);
        progress.asked(start);
        progress.blocked(start);
        progress.blocked(start + 3 * SECOND);
        assert_eq!(progress.deadline(), (start + PATIENCE.write, "http_not_reading"));
        progress.wrote(4096, start + 4 * SECOND);
        progress.blocked(start + 4 * SECOND);
        assert_eq!(progress.deadline().0, start + 4 * SECOND + PATIENCE.write);
    }

    #[test]
    fn a_byte_now_and_then_is_too_slow() {
        let start = Instant::now();
        let progress = Progress::new(PATIENCE, start);
        let mut now = start;
        let over = (0..60).find(|_| {
            progress.blocked(now);
            now += SECOND;
            let is_over = progress.deadline().0 <= now;
            progress.wrote(1, now);
            is_over
        });
        assert!(over.is_some_and(|seconds| seconds <= 12), "{over:?}");
    }
}
