//! The SQL, a file for each family of tables. Each function is given the connection or the transaction that it runs in.
//!
//! - `players`: who a device is, and what they are called; `names`: which names are taken
//! - `records`: what players did and own; `leaders`: the lists of the best
//! - `chat`: the last lines of each channel
//! - `blocks`: whom a player does not want to hear; `mutes`, `bans`: whom nobody is to hear, and who may not come in
//! - `blobs`: states of services, by room; `values`: values by name
//!
//! Those that write return whether there was a place for it.

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
