//! Limits on requests from outside, and who may make them, as far as the operator configures it. Several parts of the
//! server read each of these, so none of them owns it.
//!
//! - `limits`: bounds on what clients may do; `http`: how requests are served
//! - `origins`: which pages may open sockets; `proxies`: which proxies are trusted

mod http;
mod limits;
mod origins;
mod proxies;

pub use http::Http;
pub(crate) use limits::Limits;
pub(crate) use origins::Origins;
pub(crate) use proxies::Proxies;

use std::ops::RangeInclusive;

/// Connections of a kind.
pub(crate) const CONNECTIONS: RangeInclusive<u64> = 1..=65_536;
