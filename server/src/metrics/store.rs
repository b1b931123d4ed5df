//! Counters of the store: what waits, what was lost, the disk's times.

use crate::metrics::Adder;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

/// Counters of the store.
#[derive(Debug)]
pub struct StoreMetrics {
    /// Writes that were dropped because too many waited.
    pub dropped: Counter,
    /// How long transactions took, seconds.
    pub flush_seconds: Histogram,
    queue: Gauge,
    ok: Gauge,
    errors: Family<Kind, Counter>,
}

impl StoreMetrics {
    pub(super) fn new(new: &mut Adder<'_>) -> Self {
        // 0.25 ms to 8 s, doubling.
        let flush_seconds = Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let Adder(registry) = new;
        Registry::register(
            registry,
            "store_flush_seconds",
            "Time of the store's transactions",
            flush_seconds.clone(),
        );
        Self {
            dropped: new.add("store_dropped", "Writes that the store's full queue dropped"),
            flush_seconds,
            queue: new.add("store_queue", "Writes and questions that wait for the store"),
            ok: new.add("store_ok", "1 if what is written now will be kept"),
            errors: new.add("store_errors", "What the store could not do, by kind"),
        }
    }

    /// An operation of the store failed.
    pub fn failed(&self, kind: &'static str) {
        self.errors.get_or_create(&Kind { kind }).inc();
    }

    /// Sets how many writes and queries wait; `ok` if what is written will be kept.
    pub fn set(&self, queue: usize, ok: bool) {
        self.queue.set(i64::try_from(queue).unwrap_or(i64::MAX));
        self.ok.set(i64::from(ok));
    }
}
