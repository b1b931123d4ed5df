//! The match in words and numbers: energy, goals, names beside mallets, the minimap's dots.

use super::camera::CameraMan;
use super::event_feed::{EventFeed, end_of_round};
use super::in_scene::{mallets, match_in, own_mallet, puck_in};
use crate::entity::Team;
use crate::tuning::{MALLET_RADIUS, MAX_ENERGY};
use crate::world::Hockey;
use glam::Vec2;
use perigee_shared::netcode::Scene;
use perigee_shared::netcode::Simulation;
use perigee_shared::presentation::score_rows;
use perigee_shared::presentation::{
    DotShape, Gauge, GaugeLook, Hud, HudColor, Marker, MinimapDot, MinimapHud, MinimapView, RoundHud,
};
use perigee_shared::tick::TICK_HZ;

/// Rows of the scoreboard before the own row is added.
const BEST_ROWS: usize = 8;
/// A name stands this far above its mallet, units.
const MARKER_UNITS: f32 = MALLET_RADIUS as f32 + 14.0;

/// All of it for one scene.
pub(super) fn hud(scene: &Scene<'_, Hockey>, view: &CameraMan, feed: &EventFeed) -> Hud {
    let size = scene.map.size_units();
    Hud {
        gauges: gauges(scene),
        scores: score_rows(&Hockey::ABOUT, scene.roster, scene.me, BEST_ROWS),
        players: scene.roster.len(),
        event_feed: feed.lines(),
        markers: markers(scene, view),
        notice: feed.notice(scene),
        minimap: Some(minimap(scene, view, size)),
        round: round(scene),
        ..Hud::default()
    }
}

fn gauges(scene: &Scene<'_, Hockey>) -> Vec<Gauge> {
    let energy = own_mallet(scene).map(|(mallet, _)| f32::from(mallet.energy) / f32::from(MAX_ENERGY));
    let gauge = |fill: f32| Gauge {
        name: "energy",
        look: GaugeLook::Supply,
        fill,
        text: format!("{:.0}", fill * 100.0),
    };
    energy.map(gauge).into_iter().collect()
}

fn round(scene: &Scene<'_, Hockey>) -> Option<RoundHud> {
    let contest = match_in(scene)?;
    let own = scene.roster.iter().find(|entry| entry.player == scene.me);
    Some(RoundHud {
        phase: contest.phase.of_round(),
        left_s: contest.shown_ticks().div_ceil(TICK_HZ),
        team_scores: Some(contest.scores.map(u32::from)),
        own_team: own.map_or(0, |entry| entry.standing.team),
        other_team: None,
        words: None,
        result: contest.result.map(end_of_round),
    })
}

fn color(team: Team) -> HudColor {
    HudColor::Team(team.number())
}

fn shape(team: Team) -> DotShape {
    match team {
        Team::Frost => DotShape::Diamond,
        Team::Ember => DotShape::Square,
    }
}

fn markers(scene: &Scene<'_, Hockey>, view: &CameraMan) -> Vec<Marker> {
    let others = mallets(scene).filter(|(_, mallet, _)| mallet.owner != scene.me);
    let marker = |(_, mallet, at): (_, &crate::entity::Mallet, Vec2)| {
        let at = view.project(at + Vec2::Y * MARKER_UNITS);
        let text = scene.name_of(mallet.owner)?.to_owned();
        (at.abs().max_element() < 1.0).then(|| Marker { x: at.x, y: at.y, text, color: color(mallet.team) })
    };
    others.filter_map(marker).collect()
}

fn minimap(scene: &Scene<'_, Hockey>, view: &CameraMan, size: Vec2) -> MinimapHud {
    let discs = mallets(scene).map(|(_, mallet, at)| {
        let is_own = mallet.owner == scene.me;
        let shape = if is_own { DotShape::Pointer } else { shape(mallet.team) };
        MinimapDot::new(at / size, shape, if is_own { HudColor::Own } else { color(mallet.team) })
    });
    let puck = puck_in(scene).map(|(_, at)| MinimapDot::new(at / size, DotShape::Disc, HudColor::Bright));
    MinimapHud {
        aspect: size.x / size.y,
        dots: discs.chain(puck).collect(),
        heading_turns: None,
        view: in_view(view, size),
    }
}

/// The part of the rink that is seen, as shares of its size.
fn in_view(view: &CameraMan, size: Vec2) -> MinimapView {
    let share = |at: Vec2| (at / size).clamp(Vec2::ZERO, Vec2::ONE);
    MinimapView {
        low: share(view.camera.centre - view.half_extent()),
        high: share(view.camera.centre + view.half_extent()),
    }
}
