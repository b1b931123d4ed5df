//! Counters of the process, whichever server runs in it: they count for the log, which is shared.

use prometheus_client::metrics::counter::Counter;
use std::sync::LazyLock;

/// Lines that were dropped because the output was not read.
pub(crate) static LINES_DROPPED: LazyLock<Counter> = LazyLock::new(Counter::default);
/// Lines that were replaced by a summary.
pub(crate) static LINES_SUMMED: LazyLock<Counter> = LazyLock::new(Counter::default);
