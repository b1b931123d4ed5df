//! The tables of the configuration that are each about one part of the server.

use super::{Origins, Proxies};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Encryption: files, a self-made certificate, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub cert: Option<PathBuf>,
    /// Its private key, PEM.
    pub key: Option<PathBuf>,
    /// Make a certificate at the start, for development.
    pub dev: bool,
}

impl Tls {
    /// Whether connections will be encrypted.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.dev || self.cert.is_some()
    }
}

/// The admin console.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    /// Whether there is one.
    pub enabled: bool,
    /// The token that opens it; made at the start if left out.
    pub token: Option<String>,
}

/// The token stays out of logs.
impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "(set)");
        f.debug_struct("Admin").field("enabled", &self.enabled).field("token", &token).finish()
    }
}

/// Bounds on what clients may do. Those that the protocol fixes are in `perigee_shared::limits`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Players and spectators at once.
    pub max_connections: usize,
    /// Connections of any kind at once from one address.
    pub max_connections_per_address: usize,
    /// How long a new socket may take to say hello.
    pub hello_timeout_ms: u64,
    /// How long a player may say nothing.
    pub silence_timeout_ms: u64,
    /// How long a connection may take none of what it is sent.
    pub write_timeout_ms: u64,
    /// How long a player who is sent snapshots may acknowledge none.
    pub ack_timeout_ms: u64,
    /// Messages one player may send in a second.
    pub messages_per_second: u32,
    /// Players who may join from one address in a second.
    pub joins_per_second_per_address: u32,
    /// Strangers that one address may bring in a minute; twice as many at once.
    pub newcomers_per_minute_per_address: u32,
    /// How long a client may take to send the head of an HTTP request.
    pub http_timeout_ms: u64,
    /// How long players have to hear the goodbye.
    pub drain_ms: u64,
}

impl Limits {
    /// How long a new socket may take to say hello.
    #[must_use]
    pub fn hello_timeout(&self) -> Duration {
        Duration::from_millis(self.hello_timeout_ms)
    }

    /// How long a connection may take none of what it is sent.
    #[must_use]
    pub fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms)
    }

    /// How long a client may take to send the head of an HTTP request.
    #[must_use]
    pub fn http_timeout(&self) -> Duration {
        Duration::from_millis(self.http_timeout_ms)
    }

    /// How long players have to hear the goodbye.
    #[must_use]
    pub fn drain_time(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

/// What outlives the server: a file, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The file; nothing or `:memory:` for a store that ends with the server.
    pub path: PathBuf,
    /// Writes that may wait for the disk.
    pub queue_writes: usize,
    /// How long a write may wait to be one of many.
    pub flush_ms: u64,
    /// How long a question to the store may take.
    pub answer_timeout_ms: u64,
}

impl Store {
    /// What the path is called that is none.
    pub const MEMORY: &str = ":memory:";

    /// The file, unless the store is in memory.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        let is_memory = self.path.as_os_str().is_empty() || self.path.as_os_str() == Self::MEMORY;
        (!is_memory).then_some(self.path.as_path())
    }

    /// How long a write may wait to be one of many.
    #[must_use]
    pub fn flush_period(&self) -> Duration {
        Duration::from_millis(self.flush_ms)
    }

    /// How long a question to the store may take.
    #[must_use]
    pub fn answer_timeout(&self) -> Duration {
        Duration::from_millis(self.answer_timeout_ms)
    }
}

/// The boards of the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaderboard {
    /// Whether programs are on them.
    pub bots: bool,
}

/// The public feed at `/feed`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// Whether there is one.
    pub enabled: bool,
    /// Which sites' pages may read it.
    pub allowed_origins: Origins,
    /// Readers at once.
    pub max_subscribers: usize,
    /// Requests one reader may send in a second.
    pub requests_per_second: u32,
    /// How long a reader may be silent: they are asked in time whether they are there.
    pub idle_timeout_ms: u64,
}

impl Feed {
    /// How long a reader may be silent.
    #[must_use]
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms)
    }
}

/// How requests are served: who may read, how much one address may ask, which proxies are believed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Which sites' pages may read it; left out, those that may open sockets.
    pub allowed_origins: Option<Origins>,
    /// Requests of the REST interface in a second.
    pub requests_per_second: u32,
    /// The same at once.
    pub burst: u32,
    /// Requests of any kind in a second.
    pub all_requests_per_second: u32,
    /// The same at once.
    pub all_burst: u32,
    /// Connections that serve requests at once.
    pub max_connections: usize,
    /// How long a connection may wait for its next request.
    pub keep_alive_ms: u64,
    /// How long `/metrics` tells the same.
    pub metrics_interval_ms: u64,
    /// Which proxies say for whom they ask.
    pub trusted_proxies: Proxies,
    /// Which sites' pages may show the game in a frame.
    pub frame_ancestors: Origins,
}

impl Http {
    /// How long a connection may wait for its next request.
    #[must_use]
    pub fn keep_alive(&self) -> Duration {
        Duration::from_millis(self.keep_alive_ms)
    }

    /// How long `/metrics` tells the same.
    #[must_use]
    pub fn metrics_interval(&self) -> Duration {
        Duration::from_millis(self.metrics_interval_ms)
    }
}
