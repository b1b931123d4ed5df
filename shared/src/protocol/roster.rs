//! Who is in the room, and how they stand.

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
    /// How they stand.
    pub standing: Standing,
    /// Whether a program plays.
    pub bot: bool,
}

/// What changed in the roster since the last change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterChange {
    /// Players who came, or got another name.
    pub changed: Vec<RosterEntry>,
    /// Those who stand otherwise than before.
    pub standings: Vec<(PlayerId, Standing)>,
    /// Players who left.
    pub left: Vec<PlayerId>,
}
