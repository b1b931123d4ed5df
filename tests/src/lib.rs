//! Perigee's test tools: bots over real sockets, and a simulated network in virtual time.
//!
//! Both drive the same `Host` and `Peer` as the server and the browser do.

pub mod bots;
pub mod simnet;
