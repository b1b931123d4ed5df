//! What a scene has of each kind, and where it is drawn.

use crate::entity::{HockeyEntity, Mallet, Match, Puck};
use crate::world::Hockey;
use glam::Vec2;
use perigee_shared::ids::Slot;
use perigee_shared::netcode::{Scene, Seen};

/// Everything in a scene, the own mallet last.
pub(super) fn everything<'a>(scene: &'a Scene<'_, Hockey>) -> impl Iterator<Item = &'a Seen<HockeyEntity>> {
    scene.others.iter().chain(&scene.own)
}

/// All mallets, where they are drawn; the own one last.
pub(super) fn mallets<'a>(scene: &'a Scene<'_, Hockey>) -> impl Iterator<Item = (Slot, &'a Mallet, Vec2)> {
    everything(scene).filter_map(|seen| match &seen.entity {
        HockeyEntity::Mallet(mallet) => Some((seen.slot?, mallet, seen.pose.position)),
        _ => None,
    })
}

/// The own mallet and where it is drawn.
pub(super) fn own_mallet(scene: &Scene<'_, Hockey>) -> Option<(Mallet, Vec2)> {
    match scene.own {
        Some(Seen { entity: HockeyEntity::Mallet(mallet), pose, .. }) => Some((mallet, pose.position)),
        _ => None,
    }
}

/// The puck and where it is drawn.
pub(super) fn puck_in(scene: &Scene<'_, Hockey>) -> Option<(Puck, Vec2)> {
    everything(scene).find_map(|seen| match seen.entity {
        HockeyEntity::Puck(puck) => Some((puck, seen.pose.position)),
        _ => None,
    })
}

/// How the match stands.
pub(super) fn match_in(scene: &Scene<'_, Hockey>) -> Option<Match> {
    everything(scene).find_map(|seen| match seen.entity {
        HockeyEntity::Match(contest) => Some(contest),
        _ => None,
    })
}
