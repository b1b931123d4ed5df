//! A player's standing in a match.

use crate::netcode::seam::statistics::Statistics;
use serde::{Deserialize, Serialize};

/// A player's standing in the match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Points: the room ranks by them.
    pub score: i32,
    /// Their team's number, 0 for none.
    pub team: u8,
    /// What the game counts of this player ([`About::statistics`](crate::netcode::About::statistics)).
    pub statistics: Statistics,
}
