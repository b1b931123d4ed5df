//! What an operator may choose about rooms that come and go, and how long a room lives.

use serde::Deserialize;

/// Rooms that are made while the server runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lobby {
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

/// How long a room lives. No file says so: what is configured stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lifetime {
    /// As long as the server; it is started again if it fails.
    #[default]
    Permanent,
    /// Made while the server runs: it closes when nobody was there for so long.
    WhileUsed {
        /// Milliseconds.
        idle_close_ms: u64,
    },
}
