//! What the player sees, hears and steers with: a scene becomes triangles, sounds and words.
//!
//! - `stage`: the whole, frame by frame
//! - `steering`: input becomes a command; `camera`: where the player looks from; `watching`: what spectators ask for
//! - `markings`: the rink; `discs`: mallets and puck; `effects`: what flies off and fades; `palette`
//! - `contacts`: what is seen and heard of the puck's way as the client itself foresees it
//! - `event_feed`, `hud`: in words and numbers; `attract`: the match behind the join screen

mod attract;
mod camera;
mod contacts;
mod discs;
mod effects;
mod event_feed;
mod hud;
mod markings;
mod palette;
mod sounds;
mod stage;
mod steering;
mod watching;

pub use stage::HockeyStage;

use crate::entity::{HockeyEntity, Mallet, Match, Puck};
use crate::world::Hockey;
use glam::Vec2;
use perigee_shared::ids::Slot;
use perigee_shared::netcode::{Scene, Seen};

/// Everything in a scene, the own mallet last.
fn everything<'a>(scene: &'a Scene<'_, Hockey>) -> impl Iterator<Item = &'a Seen<HockeyEntity>> {
    scene.others.iter().chain(&scene.own)
}

/// All mallets, where they are drawn; the own one last.
fn mallets<'a>(scene: &'a Scene<'_, Hockey>) -> impl Iterator<Item = (Slot, &'a Mallet, Vec2)> {
    everything(scene).filter_map(|seen| match &seen.entity {
        HockeyEntity::Mallet(mallet) => Some((seen.slot?, mallet, seen.pose.position)),
        _ => None,
    })
}

/// The own mallet and where it is drawn.
fn own_mallet(scene: &Scene<'_, Hockey>) -> Option<(Mallet, Vec2)> {
    match scene.own {
        Some(Seen { entity: HockeyEntity::Mallet(mallet), pose, .. }) => Some((mallet, pose.position)),
        _ => None,
    }
}

/// The puck and where it is drawn.
fn puck_in(scene: &Scene<'_, Hockey>) -> Option<(Puck, Vec2)> {
    everything(scene).find_map(|seen| match seen.entity {
        HockeyEntity::Puck(puck) => Some((puck, seen.pose.position)),
        _ => None,
    })
}

/// How the match stands.
fn match_in(scene: &Scene<'_, Hockey>) -> Option<Match> {
    everything(scene).find_map(|seen| match seen.entity {
        HockeyEntity::Match(contest) => Some(contest),
        _ => None,
    })
}
