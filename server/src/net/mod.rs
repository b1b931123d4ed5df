//! Sockets: accept, find out what the client wants, and the pump of a player's connection.
//!
//! - `context`: what every connection may need, and who may come in
//! - `accept`: the listener, TLS, a task for each connection
//! - `places`: how many connections of each kind there may be; `descriptors`: how many the system allows
//! - `forwarded`: whose request it is, behind proxies
//! - `route`: reads a connection's first head and decides: a socket, or HTTP
//! - `upgrade`: the handshake of a socket, judged; `sockets`: to whom a socket goes
//! - `requests`: the HTTP server of one connection; `progress`: whether its client goes on
//! - `rewind`: a stream whose first bytes were read already
//! - `transport`: how a session's messages travel; `player`: a player's connection from hello to goodbye; `seating`: from its hello to a seat; `account`: whose it is;
//!   `placing`: which room gives it; `connection`: what has one
//! - `join_rate`: how many players, and how many strangers, one address may bring
//! - `echo`: a socket that tests try the rules of WebSockets on, in no other build
//! - `seldom`: lines a minute in the log

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
