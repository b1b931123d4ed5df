//! Sockets: accept, find out what the client wants, and the pump of a player's connection.
//!
//! - `accept`: the listener, connection bounds, TLS
//! - `route`: reads a request's head and decides: game socket, admin socket, or HTTP
//! - `rewind`: a stream whose first bytes were read already
//! - `presence`: one live seat for each person
//! - `player`: a game socket's life
//! - `rate`: messages a second

mod accept;
mod identity;
mod player;
mod presence;
mod rate;
mod rewind;
mod route;

pub use accept::{Context, serve};
pub use presence::Presence;
pub(crate) use rate::Rate;
pub(crate) use route::PeerAddress;
