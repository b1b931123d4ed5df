//! The sections `feed` and `leaderboard`; `chat` is defined with its rules.

use crate::access::Origins;
use crate::section::{Number, Section, Wrong};
use serde::Deserialize;
use std::time::Duration;

/// The leaderboards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct LeaderboardConfig {
    /// Whether programs are ranked.
    pub bots: bool,
}

/// The public feed at `/feed`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct FeedConfig {
    /// Whether it is served.
    pub enabled: bool,
    /// The sites whose pages may read it.
    pub allowed_origins: Origins,
    /// Most readers at once.
    pub max_subscribers: usize,
    /// Requests one reader may send in a second.
    pub requests_per_second: u32,
    /// How long a reader may be silent; they are pinged before.
    pub idle_timeout_ms: u64,
}

impl FeedConfig {
    /// How long a reader may be silent.
    #[must_use]
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms)
    }

    /// The number of places for readers: none without a feed.
    pub(crate) fn places(&self) -> usize {
        if self.enabled { self.max_subscribers } else { 0 }
    }

    /// Checks every value.
    pub(crate) fn check(&self) -> Result<(), Wrong> {
        self.check_numbers()?;
        self.allowed_origins.check().map_err(|what| ("feed.allowed_origins".to_owned(), what))
    }
}

impl Section for FeedConfig {
    const NUMBERS: &'static [Number<Self>] = &[
        ("feed.max_subscribers", |feed| feed.max_subscribers as u64, 1..=65_536),
        ("feed.requests_per_second", |feed| u64::from(feed.requests_per_second), 1..=1000),
        ("feed.idle_timeout_ms", |feed| feed.idle_timeout_ms, 1000..=600_000),
    ];
}
