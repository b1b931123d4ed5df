//! The store's thread: it answers queries as they come, writes in the background, and maintains the file.

use super::clock::Clock;
use super::handle::StoreHandle;
use super::inbox::{Call, Inbox};
use super::open::{Opened, StoreError};
use super::section::StoreConfig;
use super::sql::kind_of;
use super::tables::{players, values};
use crate::metrics::Metrics;
use crate::wall::Wall;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tracing::{info, warn};

/// How often the disk is made to keep what was written: a power failure loses at most this.
pub(super) const SYNC_PERIOD: Duration = Duration::from_secs(10);
/// After a flush that failed, the next one waits this long.
const RETRY_PERIOD: Duration = Duration::from_millis(500);
/// How often expired data is deleted.
const PRUNE_PERIOD: Duration = Duration::from_secs(3600);
/// Late enough that the opener of the store has named the rooms to keep.
pub(super) const FIRST_PRUNE: Duration = Duration::from_millis(if cfg!(test) {
    100
} else if cfg!(feature = "conformance") {
    1000
} else {
    60_000
});
/// How often it is recorded that the file is in use.
const USED_PERIOD: Duration = Duration::from_secs(60);

pub(super) fn start(
    opened: Opened,
    config: &StoreConfig,
    metrics: Arc<Metrics>,
    wall: Wall,
) -> Result<(StoreHandle, JoinHandle<()>), StoreError> {
    // A file without that value counts as just used.
    let clock = Arc::new(Clock::new(wall, values::last_used_ms(opened.db.connection()).unwrap_or_default()));
    if let Err(error) = players::note_nobody_is_here(opened.db.connection(), clock.now_s()) {
        // Then some names stay taken for longer.
        warn!(%error, "who left in the server's absence could not be noted");
    }
    let inbox = Arc::new(Inbox::new(config.queue_writes));
    let handle = StoreHandle::new(
        Arc::clone(&inbox),
        Arc::clone(&metrics),
        config.answer_timeout(),
        Arc::clone(&clock),
    );
    let now = Instant::now();
    let worker = Worker {
        opened,
        metrics,
        end: EndGuard(inbox),
        flush_period: config.flush_period(),
        retry_at: None,
        sync_at: None,
        clock,
        used_at: now,
        prune_at: now + FIRST_PRUNE,
    };
    let thread = thread::Builder::new().name("store".to_owned()).spawn(move || worker.run());
    Ok((handle, thread.map_err(StoreError::Thread)?))
}

/// Notifies all callers that the thread has ended, also by a panic.
#[derive(Debug)]
struct EndGuard(Arc<Inbox>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        self.0.end();
    }
}

struct Worker {
    opened: Opened,
    metrics: Arc<Metrics>,
    end: EndGuard,
    flush_period: Duration,
    /// Set after a failed flush: no retry before this.
    retry_at: Option<Instant>,
    /// Set after a write: the disk must keep it by then.
    sync_at: Option<Instant>,
    clock: Arc<Clock>,
    /// When it is next recorded that the file is in use.
    used_at: Instant,
    prune_at: Instant,
}

impl Worker {
    fn run(mut self) {
        loop {
            let due = [self.retry_at, self.sync_at, Some(self.used_at), Some(self.prune_at)]
                .into_iter()
                .flatten()
                .min();
            let call = self.end.0.wait(due, self.flush_period);
            match call {
                Call::Answer(question) => {
                    self.flush(false);
                    question(&mut self.opened.db);
                    // A query may have written.
                    self.sync_at.get_or_insert_with(|| Instant::now() + SYNC_PERIOD);
                }
                Call::Due => {
                    self.flush(false);
                    self.maintain();
                }
                Call::Close => break,
            }
        }
        self.close();
    }

    /// Takes what waits and writes it, except soon after a failure, unless this is the `last` attempt.
    fn flush(&mut self, last: bool) {
        let begun = Instant::now();
        self.end.0.take(self.opened.db.held_mut());
        if self.opened.db.held().is_empty() || (!last && self.retry_at.is_some_and(|at| begun < at)) {
            return;
        }
        let outcome = self.opened.db.write_held(self.clock.now_s());
        let took = begun.elapsed();
        self.metrics.store.flush_seconds.observe(took.as_secs_f64());
        let failing = match outcome {
            Ok(left_out) => {
                left_out.into_iter().for_each(|kind| self.metrics.store.failed(kind));
                self.sync_at.get_or_insert(begun + SYNC_PERIOD);
                None
            }
            Err(error) => {
                let kind = kind_of(&error);
                self.metrics.store.failed(kind);
                if self.retry_at.is_none() {
                    warn!(%error, kind, "the store does not take writes: they wait");
                }
                Some(kind)
            }
        };
        if failing.is_none() && self.retry_at.is_some() {
            info!("the store takes writes again");
        }
        self.retry_at = failing.map(|_| Instant::now() + RETRY_PERIOD);
        self.end.0.tell(self.opened.db.held(), |moments| {
            (moments.last_flush, moments.failing) = (took, failing);
        });
    }

    fn maintain(&mut self) {
        let now = Instant::now();
        if self.sync_at.is_some_and(|at| now >= at) {
            self.sync_at = None;
            let outcome = self.opened.db.sync();
            self.note(outcome);
        }
        if now >= self.used_at {
            self.used_at = now + USED_PERIOD;
            self.note_used();
        }
        if now >= self.prune_at {
            self.prune_at = now + PRUNE_PERIOD;
            let reading = self.clock.look();
            if reading.is_proven {
                let outcome = self.opened.db.prune((reading.now_ms / 1000).cast_signed());
                self.note(outcome);
            }
        }
    }

    /// The next start checks its clock against this.
    fn note_used(&self) {
        let outcome = values::note_used(self.opened.db.connection(), self.clock.look().now_ms);
        self.note(outcome);
    }

    fn note(&self, outcome: rusqlite::Result<()>) {
        if let Err(error) = outcome {
            self.metrics.store.failed(kind_of(&error));
            warn!(%error, "the store could not be tidied");
        }
    }

    /// The last flush; closing the file merges the write-ahead log into it.
    fn close(mut self) {
        self.flush(true);
        self.note_used();
        let lost = self.opened.db.held().len();
        if lost > 0 {
            warn!(lost, "writes are lost: the store did not take them before the end");
        }
        let Self { opened, end, .. } = self;
        let super::open::Opened { db, lock } = opened;
        if let Err(error) = db.close() {
            warn!(%error, "the store was not closed well");
        }
        drop(lock);
        drop(end);
    }
}
