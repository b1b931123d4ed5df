//! How a player stands.

use crate::netcode::seam::statistics::Statistics;
use serde::{Deserialize, Serialize};

/// A player's place in the match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Points: what the room ranks by.
    pub score: i32,
    /// Their team's number, 0 for none.
    pub team: u8,
    /// What the game counts of them ([`About::statistics`](crate::netcode::About::statistics)).
    pub statistics: Statistics,
}
