//! What a scene has of each kind.

use crate::entity::{ArenaEntity, Contest, Hold, Ship};
use crate::world::Arena;
use perigee_shared::netcode::{Pose, Scene, Seen};

/// How the match stands.
pub(super) fn contest_in(scene: &Scene<'_, Arena>) -> Option<Contest> {
    scene.others.iter().find_map(|seen| match seen.entity {
        ArenaEntity::Contest(contest) => Some(contest),
        _ => None,
    })
}

/// What the player has.
pub(super) fn hold_in(scene: &Scene<'_, Arena>) -> Option<Hold> {
    scene.others.iter().find_map(|seen| match seen.entity {
        ArenaEntity::Hold(hold) => Some(hold),
        _ => None,
    })
}

/// The ship that is seen, and where it is drawn.
pub(super) fn ship_in(seen: &Seen<ArenaEntity>) -> Option<(Ship, Pose)> {
    match seen.entity {
        ArenaEntity::Ship(ship) => Some((ship, seen.pose)),
        _ => None,
    }
}
