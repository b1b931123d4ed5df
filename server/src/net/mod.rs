//! Sockets: accept, find out what the client wants, and the pump of a player's connection.
//!
//! - `accept`: the listener, connection bounds, TLS
//! - `address`: who somebody is by their address, and what is remembered about them; `address_rate`: how much they may do
//! - `route`: reads a request's head and decides: game socket, admin socket, or HTTP
//! - `rewind`: a stream whose first bytes were read already
//! - `presence`: one live seat for each person
//! - `player`: a game socket's life
//! - `rate`: messages a second

mod accept;
mod address;
mod address_rate;
mod identity;
mod player;
mod presence;
mod rate;
mod rewind;
mod route;

pub use accept::{Context, serve};
pub use address::{AddressKey, AddressTable};
pub(crate) use address_rate::AddressRate;
pub use presence::Presence;
pub(crate) use rate::Rate;
pub(crate) use route::PeerAddress;
