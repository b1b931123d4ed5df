//! Sockets: accept, find out what the client wants, and the pump of a player's connection.
//!
//! - `accept`: the listener, connection bounds, TLS
//! - `address`: who somebody is by their address, and what is remembered about them; `address_rate`: how much they may do
//! - `route`: reads a request's head and decides: game socket, admin socket, or HTTP
//! - `rewind`: a stream whose first bytes were read already
//! - `presence`: one live seat for each person
//! - `player`: a game socket's life
//! - `meter`: what is read from a WebSocket, counted and bounded; `rate`: how much that may be
//! - `closing`: how a WebSocket ends; `echo`: one that tests try all of it on, in no other build

mod accept;
mod address;
mod address_rate;
pub(crate) mod closing;
#[cfg(feature = "conformance")]
mod echo;
mod identity;
mod meter;
mod player;
mod presence;
mod rate;
mod rewind;
mod route;

pub use accept::{Context, JoinRate, serve};
pub use address::{AddressKey, AddressTable};
pub(crate) use address_rate::AddressRate;
pub use presence::Presence;
pub(crate) use rate::Rate;
pub(crate) use route::PeerAddress;
