//! Clients by their address, and what is counted by it. It depends on nothing else of the server.
//!
//! - `table`: the key that an address is counted under, and a bounded table by that key
//! - `rate`: a rate limit for each address

mod rate;
mod table;

pub(crate) use rate::AddressRate;
pub(crate) use table::{AddressKey, AddressTable};

use std::net::IpAddr;

/// The client's address, as an extension of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);
