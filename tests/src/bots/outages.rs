//! Counts the bots without a server, and reports when the first one loses it and when all are back.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Shared by all bots of a run.
pub(crate) struct Outages {
    /// Bots of the run.
    count: usize,
    disconnected: AtomicUsize,
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl fmt::Debug for Outages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Outages");
        shown.field("count", &self.count).field("disconnected", &self.disconnected).finish_non_exhaustive()
    }
}

impl Outages {
    pub(crate) fn new(count: usize, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { count, disconnected: AtomicUsize::new(0), tell: Box::new(tell) }
    }

    /// A bot lost the server, and retries.
    pub(crate) fn lost(&self, number: usize, why: &str) {
        if self.disconnected.fetch_add(1, Ordering::Relaxed) == 0 {
            (self.tell)(&format!("bot {} lost the server ({why}): trying again", number + 1));
        }
    }

    /// A bot that had lost the server plays again.
    pub(crate) fn back(&self) {
        if self.disconnected.fetch_sub(1, Ordering::Relaxed) == 1 {
            (self.tell)(&format!("back: {} of {} bots play", self.count, self.count));
        }
    }

    /// A bot gave up. `was_lost`: it had reported that it lost the server.
    pub(crate) fn gave_up(&self, number: usize, why: &str, was_lost: bool) {
        if was_lost {
            self.disconnected.fetch_sub(1, Ordering::Relaxed);
        }
        (self.tell)(&format!("bot {} has ended: {why}", number + 1));
    }
}
