//! The players in the room and their standings.

use crate::ids::PlayerId;
use crate::netcode::seam::standing::Standing;
use serde::{Deserialize, Serialize};

/// One player in the room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntry {
    /// The seat.
    pub player: PlayerId,
    /// The name.
    pub name: String,
    /// Their standing.
    pub standing: Standing,
    /// Whether a program plays, not a person.
    pub bot: bool,
}

/// What changed in the roster since the last change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterChange {
    /// Players who joined, or got another name.
    pub changed: Vec<RosterEntry>,
    /// Players whose standing changed.
    pub standings: Vec<(PlayerId, Standing)>,
    /// Players who left.
    pub left: Vec<PlayerId>,
}
