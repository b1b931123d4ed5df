//! The SQL, a file for each family of tables. Each function takes the connection or the transaction that it runs in.
//!
//! - `players`: players and their devices; `names`: which names are taken
//! - `records`: what players did and own; `leaders`: the leaderboards
//! - `chat`: the last lines of each channel
//! - `blocks`: whom a player blocks; `mutes`, `bans`: who is muted, and who is banned
//! - `blobs`: states of services, by room; `values`: values by name
//!
//! Functions that write return whether the bounds allowed it.

pub(super) mod bans;
pub(super) mod blobs;
pub(super) mod blocks;
pub(super) mod chat;
pub(super) mod leaders;
pub(super) mod mutes;
mod names;
pub(super) mod players;
pub(super) mod records;
pub(super) mod values;
