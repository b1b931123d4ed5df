//! The section `store`: a file, and how it is written.

use crate::section::{Number, Section, TIMEOUT_MS};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What outlives the server: a file, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct StoreConfig {
    /// The file; empty or `:memory:` for a store that ends with the server.
    pub path: PathBuf,
    /// Writes that may wait for the disk.
    pub queue_writes: usize,
    /// How long a write may wait to be written together with others.
    pub flush_ms: u64,
    /// How long a query to the store may take.
    pub answer_timeout_ms: u64,
}

impl StoreConfig {
    /// The path that means a store in memory.
    pub const MEMORY: &str = ":memory:";

    /// The file, unless the store is in memory.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        let is_memory = self.path.as_os_str().is_empty() || self.path.as_os_str() == Self::MEMORY;
        (!is_memory).then_some(self.path.as_path())
    }

    /// How long a write may wait to be written together with others.
    #[must_use]
    pub fn flush_period(&self) -> Duration {
        Duration::from_millis(self.flush_ms)
    }

    /// How long a query to the store may take.
    #[must_use]
    pub fn answer_timeout(&self) -> Duration {
        Duration::from_millis(self.answer_timeout_ms)
    }
}

impl Section for StoreConfig {
    const NUMBERS: &'static [Number<Self>] = &[
        ("store.queue_writes", |store| store.queue_writes as u64, 16..=1_048_576),
        // Together with a transaction's duration this stays below a second, which may be lost.
        ("store.flush_ms", |store| store.flush_ms, 10..=400),
        ("store.answer_timeout_ms", |store| store.answer_timeout_ms, TIMEOUT_MS),
    ];
}
