//! The section `lobby`: what an operator can configure about rooms that are created at run time.

use crate::section::{Number, Section};
use serde::Deserialize;

/// Rooms that are created at run time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct LobbyConfig {
    /// Most rooms at once, including the configured ones; with no more than those, none is created.
    pub max_rooms: usize,
    /// Private rooms at once.
    pub max_private_rooms: usize,
    /// Most private rooms at once for one address. As an empty room closes after [`Self::idle_close_ms`], this also
    /// limits how often one can be created.
    pub private_rooms_per_address: usize,
    /// How long a room that was created at run time stays open while empty.
    pub idle_close_ms: u64,
}

impl Section for LobbyConfig {
    const NUMBERS: &'static [Number<Self>] = &[
        ("lobby.max_rooms", |lobby| lobby.max_rooms as u64, 1..=256),
        ("lobby.max_private_rooms", |lobby| lobby.max_private_rooms as u64, 0..=256),
        ("lobby.private_rooms_per_address", |lobby| lobby.private_rooms_per_address as u64, 1..=256),
        ("lobby.idle_close_ms", |lobby| lobby.idle_close_ms, 1_000..=86_400_000),
    ];
}
