//! Who somebody is as far as their address tells, and what is counted by it. Depends on nothing else of the server.
//!
//! - `table`: the key that an address is counted under, and what is remembered about each, bounded
//! - `rate`: how much each address may do

mod rate;
mod table;

pub(crate) use rate::AddressRate;
pub(crate) use table::{AddressKey, AddressTable};

use std::net::IpAddr;

/// The client's address, as what answers a request finds it among the request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);
