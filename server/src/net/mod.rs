//! Sockets: accept, find out what the client wants, and the pump of a player's connection.
//!
//! - `context`: what every connection may need, and the admission rules
//! - `accept`: the listener, TLS, a task for each connection
//! - `places`: how many connections of each kind there may be; `descriptors`: how many the system allows
//! - `forwarded`: the client's address, behind proxies
//! - `route`: reads a connection's first head and decides: a socket, or HTTP
//! - `upgrade`: checks a socket's handshake; `sockets`: what serves each socket
//! - `requests`: the HTTP server of one connection; `progress`: whether its client makes progress
//! - `rewind`: a stream whose first bytes were read already
//! - `player`: a game socket's life, `end` how it ended; `seating`: from its hello to a seat; `account`: its player's
//!   account; `placing`: asks rooms for the seat; `connection`: a connection with a seat
//! - `join_rate`: how many players, and how many new accounts, one address may bring
//! - `echo`: a socket for the WebSocket conformance tests, in no other build
//! - `seldom`: limits how often a line is logged

mod accept;
mod account;
mod connection;
mod context;
mod descriptors;
#[cfg(feature = "conformance")]
mod echo;
mod forwarded;
mod join_rate;
mod places;
mod placing;
mod player;
mod progress;
mod requests;
mod rewind;
mod route;
mod seating;
mod seldom;
mod sockets;
mod transport;
mod upgrade;

pub(crate) use accept::serve;
pub(crate) use context::{Context, Door};
pub(crate) use join_rate::JoinRate;
