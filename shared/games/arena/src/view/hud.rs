//! The arena in words and numbers: gauges, scores, names beside ships, the minimap's dots.

use crate::class::Team;
use crate::entity::Contest;
use crate::entity::{ArenaEntity, Hold, Ship};
use crate::scenario::Mode;
use crate::tuning::{CAPTURE_TICKS, ENERGY, MISSILE_RELOAD_TICKS};
use crate::view::allegiance;
use crate::view::camera::CameraMan;
use crate::view::event_feed::EventFeed;
use crate::view::hits::Hits;
use crate::view::in_scene::{contest_in, hold_in};
use crate::view::palette::PIRATE;
use crate::view::sides::Side;
use crate::world::Arena;
use glam::Vec2;
use perigee_shared::netcode::Scene;
use perigee_shared::netcode::Simulation;
use perigee_shared::presentation::score_rows;
use perigee_shared::presentation::{
    DotShape, Gauge, GaugeLook, Hud, HudColor, Marker, MinimapDot, MinimapHud, MinimapView, RoundHud,
};
use perigee_shared::tick::TICK_HZ;

/// Rows of the scoreboard before the own row is added.
const BEST_ROWS: usize = 5;
/// Most names and dots at once: beyond these a screen is unreadable anyway.
const MAX_MARKERS: usize = 40;
const MAX_DOTS: usize = 400;
/// How large a rock and the zone are on the minimap, beside other discs and rings.
const ROCK_SCALE: f32 = 2.5 / 3.0;
const ZONE_SCALE: f32 = 2.5;
/// A name stands this far above its ship, units.
const MARKER_UNITS: f32 = 34.0;

/// All of it for one scene.
pub(super) fn hud(scene: &Scene<'_, Arena>, view: &CameraMan, feed: &EventFeed, hits: &Hits) -> Hud {
    let ship = own_ship(scene);
    Hud {
        gauges: ship.map(|ship| gauges(&ship, hold_in(scene).as_ref())).unwrap_or_default(),
        scores: score_rows(&Arena::ABOUT, scene.roster, scene.me, BEST_ROWS),
        players: scene.roster.len(),
        event_feed: feed.lines(),
        markers: markers(scene, view),
        numbers: hits.numbers(view),
        is_replay: false,
        notice: feed.notice(),
        minimap: Some(minimap(scene, view)),
        round: round(scene, ship.as_ref(), feed),
        slots: Vec::new(),
    }
}

/// How the match stands.
fn round(scene: &Scene<'_, Arena>, ship: Option<&Ship>, feed: &EventFeed) -> Option<RoundHud> {
    let contest = contest_in(scene)?;
    let in_teams = scene.scenario.mode == Mode::Teams;
    let own = scene.roster.iter().find(|entry| entry.player == scene.me);
    Some(RoundHud {
        phase: contest.phase.of_round(),
        left_s: contest.left_ticks.div_ceil(TICK_HZ),
        team_scores: in_teams.then(|| contest.scores.map(u32::from)),
        own_team: own.map_or(0, |entry| entry.standing.team),
        other_team: allegiance::offer(scene, ship, contest.phase),
        result: contest.result.map(|result| feed.end_of_round(scene, result)),
        words: scene.map.zone.filter(|_| in_teams).map(|_| zone_words(&contest)),
    })
}

/// Whose the zone is, or how far a team has come.
fn zone_words(contest: &Contest) -> String {
    let percent = u32::from(contest.progress.unsigned_abs()) * 100 / u32::from(CAPTURE_TICKS.unsigned_abs());
    let mark = |number: u8| Arena::ABOUT.team(number).map_or("", |team| team.mark);
    match contest.holder {
        Team::A => format!("zone {}", mark(1)),
        Team::B => format!("zone {}", mark(2)),
        Team::Free | Team::Pirates if percent == 0 => "zone free".to_owned(),
        Team::Free | Team::Pirates => {
            format!("zone {} {percent} %", mark(if contest.progress > 0 { 1 } else { 2 }))
        }
    }
}

fn own_ship(scene: &Scene<'_, Arena>) -> Option<Ship> {
    match scene.own?.entity {
        ArenaEntity::Ship(ship) => Some(ship),
        _ => None,
    }
}

fn gauges(ship: &Ship, hold: Option<&Hold>) -> Vec<Gauge> {
    let class = ship.class.tuning();
    let gauge = |name, look, fill, text| Gauge { name, look, fill, text };
    let rack_s = u32::from(ship.rack).div_ceil(TICK_HZ);
    let rack = if rack_s == 0 { "ready".to_owned() } else { format!("{rack_s} s") };
    let mut gauges = vec![
        gauge("shield", GaugeLook::Plain, ship.shield_share(), (ship.shield / 10).to_string()),
        gauge("hull", GaugeLook::Vital, ship.hull_share(), ship.hull.to_string()),
        gauge(
            "energy",
            GaugeLook::Supply,
            f32::from(ship.energy) / f32::from(ENERGY),
            (ship.energy / 10).to_string(),
        ),
        gauge(
            "missile",
            GaugeLook::Small,
            1.0 - f32::from(ship.rack) / f32::from(MISSILE_RELOAD_TICKS),
            rack,
        ),
    ];
    if let Some(hold) = hold {
        let pieces: u16 = hold.goods.iter().sum();
        let fill = f32::from(pieces) / f32::from(class.hold);
        gauges.push(gauge("hold", GaugeLook::Small, fill.min(1.0), format!("{pieces}/{}", class.hold)));
    }
    gauges
}

fn markers(scene: &Scene<'_, Arena>, view: &CameraMan) -> Vec<Marker> {
    let mut markers = Vec::new();
    for seen in &scene.others {
        let ArenaEntity::Ship(ship) = &seen.entity else { continue };
        let at = view.project(seen.pose.position + Vec2::Y * MARKER_UNITS);
        let Some(name) = scene.name_of(ship.owner) else { continue };
        if at.abs().max_element() < 1.0 && markers.len() < MAX_MARKERS {
            let color = color_of(Side::of_ship(ship, scene.me));
            markers.push(Marker { x: at.x, y: at.y, text: name.to_owned(), color });
        }
    }
    markers
}

/// The part of the arena that is seen, as shares of its size.
fn in_view(scene: &Scene<'_, Arena>, view: &CameraMan) -> MinimapView {
    let reach = view.half_extent();
    let share = |at: Vec2| (at / scene.map.size).clamp(Vec2::ZERO, Vec2::ONE);
    MinimapView { low: share(view.camera.centre - reach), high: share(view.camera.centre + reach) }
}

fn minimap(scene: &Scene<'_, Arena>, view: &CameraMan) -> MinimapHud {
    let dot = |at: Vec2, shape, color| MinimapDot::new(at / scene.map.size, shape, color);
    let asteroids = scene.map.asteroids.iter();
    let rocks = asteroids.map(|rock| dot(rock.centre, DotShape::Disc, HudColor::Scenery).scaled(ROCK_SCALE));
    let stations =
        scene.map.stations.iter().map(|station| dot(station.centre, DotShape::Ring, HudColor::Place));
    let others = scene.others.iter().filter_map(|seen| match seen.entity {
        ArenaEntity::Ship(ship) => {
            let side = Side::of_ship(&ship, scene.me);
            Some(dot(seen.pose.position, shape_of(side), color_of(side)))
        }
        _ => None,
    });
    let own = scene.own.iter().map(|seen| dot(seen.pose.position, DotShape::Pointer, HudColor::Own));
    let zone = scene.map.zone.iter();
    let zone = zone.map(|zone| dot(zone.centre, DotShape::Ring, HudColor::Outline).scaled(ZONE_SCALE));
    MinimapHud {
        aspect: scene.map.size.x / scene.map.size.y,
        dots: rocks.chain(zone).chain(stations).chain(others).chain(own).take(MAX_DOTS).collect(),
        heading_turns: scene.own.map(|own| own.pose.angle_turns),
        view: in_view(scene, view),
    }
}

fn color_of(side: Side) -> HudColor {
    match side {
        Side::Own => HudColor::Own,
        Side::Enemy => HudColor::Foe,
        Side::TeamA => HudColor::Team(1),
        Side::TeamB => HudColor::Team(2),
        Side::Pirate => HudColor::Custom(PIRATE),
    }
}

fn shape_of(side: Side) -> DotShape {
    match side {
        Side::Own => DotShape::Pointer,
        Side::Enemy | Side::TeamA => DotShape::Diamond,
        Side::TeamB => DotShape::Square,
        Side::Pirate => DotShape::Triangle,
    }
}
