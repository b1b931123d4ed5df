//! Prices.

use crate::netcode::seam::bulletin::Quote;
use serde::{Deserialize, Serialize};

/// Prices that changed since the last such message; the first one after the subscription has all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// The new prices.
    pub changed: Vec<Quote>,
}
