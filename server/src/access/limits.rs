//! The section `limits`: bounds on what clients may do.

use super::CONNECTIONS;
use crate::section::{Number, Section, TIMEOUT_MS};
use serde::Deserialize;
use std::time::Duration;

/// Bounds on what clients may do. Those that the protocol fixes are in `perigee_shared::limits`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct Limits {
    /// Most players and spectators at once.
    pub max_connections: usize,
    /// Most connections of any kind at once from one address.
    pub max_connections_per_address: usize,
    /// How long a new socket may take to send its hello.
    pub hello_timeout_ms: u64,
    /// How long a player may send nothing.
    pub silence_timeout_ms: u64,
    /// How long a connection may accept nothing of what it is sent.
    pub write_timeout_ms: u64,
    /// How long a player who is sent snapshots may acknowledge none.
    pub ack_timeout_ms: u64,
    /// Messages one player may send in a second.
    pub messages_per_second: u32,
    /// Players who may join from one address in a second.
    pub joins_per_second_per_address: u32,
    /// New accounts that one address may create in a minute; twice as many at once.
    pub newcomers_per_minute_per_address: u32,
    /// How long a client may take to send the head of an HTTP request.
    pub http_timeout_ms: u64,
    /// How long players have to receive the close reason.
    pub drain_ms: u64,
}

impl Limits {
    /// How long a new socket may take to send its hello.
    #[must_use]
    pub fn hello_timeout(&self) -> Duration {
        Duration::from_millis(self.hello_timeout_ms)
    }

    /// How long a connection may accept nothing of what it is sent.
    #[must_use]
    pub fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms)
    }

    /// How long a client may take to send the head of an HTTP request.
    #[must_use]
    pub fn http_timeout(&self) -> Duration {
        Duration::from_millis(self.http_timeout_ms)
    }

    /// How long players have to receive the close reason.
    #[must_use]
    pub fn drain_time(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

impl Section for Limits {
    const NUMBERS: &'static [Number<Self>] = &[
        ("limits.max_connections", |limits| limits.max_connections as u64, CONNECTIONS),
        (
            "limits.max_connections_per_address",
            |limits| limits.max_connections_per_address as u64,
            CONNECTIONS,
        ),
        ("limits.hello_timeout_ms", |limits| limits.hello_timeout_ms, TIMEOUT_MS),
        ("limits.silence_timeout_ms", |limits| limits.silence_timeout_ms, TIMEOUT_MS),
        ("limits.write_timeout_ms", |limits| limits.write_timeout_ms, TIMEOUT_MS),
        ("limits.ack_timeout_ms", |limits| limits.ack_timeout_ms, TIMEOUT_MS),
        ("limits.http_timeout_ms", |limits| limits.http_timeout_ms, TIMEOUT_MS),
        (
            "limits.newcomers_per_minute_per_address",
            |limits| u64::from(limits.newcomers_per_minute_per_address),
            1..=1_000_000,
        ),
        // With fewer than the client sends, every player would be disconnected.
        ("limits.messages_per_second", |limits| u64::from(limits.messages_per_second), 60..=100_000),
        (
            "limits.joins_per_second_per_address",
            |limits| u64::from(limits.joins_per_second_per_address),
            1..=100_000,
        ),
        ("limits.drain_ms", |limits| limits.drain_ms, 0..=60_000),
    ];
}
