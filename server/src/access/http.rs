//! The section `http`: how HTTP requests are served.

use super::{CONNECTIONS, Origins, Proxies};
use crate::section::{Number, Section, TIMEOUT_MS, Wrong};
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

const REQUESTS: RangeInclusive<u64> = 1..=100_000;

/// How HTTP requests are served: who may read, the rate limits of an address, the trusted proxies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct Http {
    /// The sites whose pages may read the REST interface; if omitted, those that may open sockets.
    pub allowed_origins: Option<Origins>,
    /// Requests of the REST interface in a second.
    pub requests_per_second: u32,
    /// The most at once.
    pub burst: u32,
    /// Requests of any kind in a second.
    pub all_requests_per_second: u32,
    /// The most at once.
    pub all_burst: u32,
    /// Most connections that serve requests at once.
    pub max_connections: usize,
    /// How long a connection may wait for its next request.
    pub keep_alive_ms: u64,
    /// How long an exported text of `/metrics` is reused.
    pub metrics_interval_ms: u64,
    /// Proxies whose reports of the client's address are trusted.
    pub trusted_proxies: Proxies,
    /// The sites whose pages may show the game in a frame.
    pub frame_ancestors: Origins,
    /// A folder whose files replace the engine's pages: a game's own client and look.
    pub web_dir: Option<PathBuf>,
}

impl Http {
    /// How long a connection may wait for its next request.
    #[must_use]
    pub fn keep_alive(&self) -> Duration {
        Duration::from_millis(self.keep_alive_ms)
    }

    /// How long an exported text of `/metrics` is reused.
    #[must_use]
    pub fn metrics_interval(&self) -> Duration {
        Duration::from_millis(self.metrics_interval_ms)
    }

    /// Checks every value.
    pub(crate) fn check(&self) -> Result<(), Wrong> {
        self.check_numbers()?;
        self.frame_ancestors.check().map_err(|what| ("http.frame_ancestors".to_owned(), what))?;
        let origins = self.allowed_origins.iter().try_for_each(Origins::check);
        origins.map_err(|what| ("http.allowed_origins".to_owned(), what))
    }
}

impl Section for Http {
    const NUMBERS: &'static [Number<Self>] = &[
        ("http.requests_per_second", |http| u64::from(http.requests_per_second), REQUESTS),
        ("http.burst", |http| u64::from(http.burst), REQUESTS),
        ("http.all_requests_per_second", |http| u64::from(http.all_requests_per_second), REQUESTS),
        ("http.all_burst", |http| u64::from(http.all_burst), REQUESTS),
        ("http.max_connections", |http| http.max_connections as u64, CONNECTIONS),
        ("http.keep_alive_ms", |http| http.keep_alive_ms, TIMEOUT_MS),
        ("http.metrics_interval_ms", |http| http.metrics_interval_ms, 0..=60_000),
    ];
}
