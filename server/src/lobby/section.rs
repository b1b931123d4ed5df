//! The section `lobby`: what an operator may choose about rooms that come and go.

use crate::section::{Number, Section};
use serde::Deserialize;

/// Rooms that are made while the server runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct LobbyConfig {
    /// Rooms at once, the configured ones among them; as many as those, and none is made.
    pub max_rooms: usize,
    /// Private rooms at once.
    pub max_private_rooms: usize,
    /// Private rooms at once that one address may have made. As a room that nobody enters closes after
    /// [`Self::idle_close_ms`], this is also how often one may be made.
    pub private_rooms_per_address: usize,
    /// How long a room that was made at run time stays when nobody is in it.
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
