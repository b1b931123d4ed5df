//! The store's health: one line for the console, numbers for the metrics.

use serde::Serialize;
use std::fmt;
use std::time::{Duration, Instant};

/// The thread counts as stuck after this long in one call: the disk is slow.
const STUCK_AFTER: Duration = Duration::from_secs(2);

/// The store's state at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreHealth {
    /// Whether what is written now will be kept.
    pub ok: bool,
    /// Waiting writes and queries, at most `store.queue_writes` and a thousand.
    pub queue: usize,
    /// Writes that were dropped since the start.
    pub dropped: u64,
    /// How long the last transaction took, milliseconds.
    pub last_flush_ms: f64,
    /// The problem, as in `store_errors_total{kind}`; empty if there is none.
    pub trouble: &'static str,
}

/// "store: ok, queue 3, last flush 2 ms".
impl fmt::Display for StoreHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.ok { "ok" } else { self.trouble };
        write!(f, "store: {state}, queue {}, last flush {:.0} ms", self.queue, self.last_flush_ms)?;
        if self.dropped > 0 {
            write!(f, ", {} dropped", self.dropped)?;
        }
        Ok(())
    }
}

/// The state that the thread last reported.
#[derive(Debug, Default)]
pub(super) struct Moments {
    /// Since when it is in its current call.
    pub(super) busy_since: Option<Instant>,
    pub(super) last_flush: Duration,
    /// Why the last flush failed.
    pub(super) failing: Option<&'static str>,
}

impl Moments {
    pub(super) fn health(&self, now: Instant, ended: bool, queue: usize, dropped: u64) -> StoreHealth {
        let is_stuck = self.busy_since.is_some_and(|since| now.duration_since(since) > STUCK_AFTER);
        let trouble = match (ended, self.failing) {
            (true, _) => "ended",
            (_, Some(kind)) => kind,
            _ if is_stuck => "slow",
            _ => "",
        };
        let last_flush_ms = (self.last_flush.as_secs_f64() * 1e6).round() / 1e3;
        StoreHealth { ok: trouble.is_empty(), queue, dropped, last_flush_ms, trouble }
    }
}
