//! Sockets: accept, find out what the client wants, and the pump of a player's connection.
//!
//! - `accept`: the listener, connection bounds, TLS
//! - `address`: who somebody is by their address, and what is remembered about them; `address_rate`: how much they may do
//! - `places`: how many connections of each kind there may be; `descriptors`: how many the system allows
//! - `forwarded`: whose request it is, behind proxies
//! - `route`: reads a connection's first head and decides: a socket, or HTTP
//! - `upgrade`: the handshake of a socket, judged; `sockets`: to whom a socket goes
//! - `requests`: the HTTP server of one connection; `progress`: whether its client goes on
//! - `rewind`: a stream whose first bytes were read already
//! - `player`: a game socket's life; `seating`: from its hello to a seat; `identity`: who that is
//! - `join_rate`: how many players, and how many strangers, one address may bring
//! - `meter`: what is read from a WebSocket, counted and bounded; `rate`: how much that may be
//! - `closing`: how a WebSocket ends; `echo`: one that tests try all of it on, in no other build
//! - `seldom`: lines a minute in the log

mod accept;
mod address;
mod address_rate;
pub(crate) mod closing;
mod descriptors;
#[cfg(feature = "conformance")]
mod echo;
mod forwarded;
mod identity;
mod join_rate;
mod meter;
mod places;
mod player;
mod progress;
mod rate;
mod requests;
mod rewind;
mod route;
mod seating;
mod seldom;
mod sockets;
mod upgrade;

pub use accept::{Context, Door, serve};
pub use address::{AddressKey, AddressTable};
pub(crate) use address_rate::AddressRate;
pub use join_rate::JoinRate;
pub(crate) use meter::FRAMES_PER_SECOND;
pub(crate) use places::Full;
pub(crate) use rate::Rate;
pub(crate) use requests::PeerAddress;
