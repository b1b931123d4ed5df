//! How many bots are without a server, and what is said about it: when the first loses it, and when all are back.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// All bots of a run.
pub(crate) struct Crowd {
    count: usize,
    away: AtomicUsize,
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl fmt::Debug for Crowd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crowd").field("count", &self.count).field("away", &self.away).finish_non_exhaustive()
    }
}

impl Crowd {
    pub(crate) fn new(count: usize, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { count, away: AtomicUsize::new(0), tell: Box::new(tell) }
    }

    /// A bot lost the server, and tries again.
    pub(crate) fn lost(&self, number: usize, why: &str) {
        if self.away.fetch_add(1, Ordering::Relaxed) == 0 {
            (self.tell)(&format!("bot {} lost the server ({why}): trying again", number + 1));
        }
    }

    /// One that had lost it plays again.
    pub(crate) fn back(&self) {
        if self.away.fetch_sub(1, Ordering::Relaxed) == 1 {
            (self.tell)(&format!("back: {} of {} bots play", self.count, self.count));
        }
    }

    /// One is away for good.
    pub(crate) fn gave_up(&self, number: usize, why: &str, was_away: bool) {
        if was_away {
            self.away.fetch_sub(1, Ordering::Relaxed);
        }
        (self.tell)(&format!("bot {} has ended: {why}", number + 1));
    }
}
