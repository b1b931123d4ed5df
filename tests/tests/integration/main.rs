//! All integration tests, in one binary: it links once, and helpers are written once.
//!
//! - `support`: a server in this process, and sockets to it
//! - `architecture`: which room of the house may know which
//! - `wire`: the bytes that `PROTOCOL.md` documents
//! - `simulation`: Host and Peers in virtual time over a simulated network
//! - `replay`: a recorded match comes back bit for bit, here and on every other platform
//! - `play`: bots over real sockets
//! - `hostile`: whatever a client may do wrong
//! - `console`: the admin socket
//! - `probes`: what a player is promised, counted: hits, presses, less traffic
//! - `program`: the server's binary: exit codes, drain, TLS
//! - `browser`: the pages, in a real browser; `downlink`: what its decoder is timed with

#![allow(clippy::unwrap_used, reason = "all of this is tests: a panic is their way to fail")]

mod architecture;
mod browser;
mod console;
mod downlink;
mod hostile;
mod play;
mod probes;
mod program;
mod replay;
mod simulation;
mod support;
mod wire;
