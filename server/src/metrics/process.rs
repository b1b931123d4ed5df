//! Counters that are the process's, whichever server runs in it: the log is, which they count.

use prometheus_client::metrics::counter::Counter;
use std::sync::LazyLock;

/// Lines that were not written: whoever should read them does not.
pub(crate) static LINES_DROPPED: LazyLock<Counter> = LazyLock::new(Counter::default);
/// Lines that are in a sum instead of the log.
pub(crate) static LINES_SUMMED: LazyLock<Counter> = LazyLock::new(Counter::default);
