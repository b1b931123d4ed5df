//! Places and goods: stations to trade at, the zone that teams fight for, crates that float. Thin lines and soft light,
//! so that ships in front of them stay the brightest.

use crate::entity::{Contest, Crate};
use crate::goods::Good;
use crate::map::{Station, Zone};
use crate::tuning::{CAPTURE_TICKS, CRATE_RADIUS_UNITS, DOCK_RADIUS_UNITS};
use crate::view::palette::{NEUTRAL, SPACE, WHITE};
use glam::Vec2;
use perigee_shared::netcode::Pose;
use perigee_shared::presentation::{Color, DrawList, Path, Placement};

/// A station's body, units.
const STATION_UNITS: f32 = 44.0;
/// How fast a station turns, turns/s.
const STATION_SPIN_TURNS_PER_S: f32 = 0.006;
/// Dashes of the ring within which a ship trades.
const DOCK_DASHES: u32 = 24;
/// Dashes of the zone's ring.
const ZONE_DASHES: u32 = 40;

/// One station. `docked`: the own ship can trade there now.
pub(super) fn draw_station(list: &mut DrawList, station: Station, docked: bool, time_s: f32, light: Color) {
    let turns = time_s * STATION_SPIN_TURNS_PER_S + f32::from(station.index) * 0.13;
    let body = Placement::new(station.centre, turns, STATION_UNITS);
    list.glow(station.centre, STATION_UNITS * 2.6, light.fade(if docked { 0.34 } else { 0.2 }));
    draw_dock(list, station.centre, turns, if docked { light.fade(0.85) } else { NEUTRAL.fade(0.34) });
    for arm in 0..3 {
        let spoke = Placement::new(station.centre, turns + arm as f32 / 3.0, STATION_UNITS);
        let blade = [(0.3, 0.1), (0.92, 0.16), (0.92, -0.16), (0.3, -0.1)];
        list.fill(&blade.map(|(x, y)| spoke.at(Vec2::new(x, y))), NEUTRAL.mix(SPACE, 0.66));
        let pod = [(0.82, 0.24), (1.12, 0.15), (1.12, -0.15), (0.82, -0.24)];
        let pod = pod.map(|(x, y)| spoke.at(Vec2::new(x, y)));
        list.fill(&pod, NEUTRAL.mix(SPACE, 0.5));
        list.line(&pod, Path::Closed, 1.3, NEUTRAL.fade(0.8));
    }
    let rim: [Vec2; 6] =
        std::array::from_fn(|n| body.at(Vec2::from_angle(n as f32 / 6.0 * std::f32::consts::TAU) * 0.46));
    list.fill(&rim, NEUTRAL.mix(SPACE, 0.74));
    list.line(&rim, Path::Closed, 1.8, NEUTRAL);
    list.ring(station.centre, STATION_UNITS * 0.24, 1.6, light);
    list.glow(station.centre, STATION_UNITS * 0.5, light.fade(0.7));
}

fn draw_dock(list: &mut DrawList, centre: Vec2, turns: f32, color: Color) {
    for dash in 0..DOCK_DASHES {
        let from = turns * 0.5 + dash as f32 / DOCK_DASHES as f32;
        list.arc(centre, DOCK_RADIUS_UNITS, (from, from + 0.45 / DOCK_DASHES as f32), 1.3, color);
    }
}

/// The zone, in the colour of who holds it, and as an arc how much of it is taken. `colors` are the teams A and B.
pub(super) fn draw_zone(list: &mut DrawList, zone: Zone, contest: &Contest, colors: [Color; 2]) {
    let taker = if contest.progress >= 0 { colors[0] } else { colors[1] };
    let holder = match contest.holder.index() {
        1 => colors[0],
        2 => colors[1],
        _ => NEUTRAL,
    };
    list.haze(zone.centre, zone.radius_units, holder.fade(0.09));
    for dash in 0..ZONE_DASHES {
        let from = dash as f32 / ZONE_DASHES as f32;
        let turns = (from, from + 0.6 / ZONE_DASHES as f32);
        list.arc(zone.centre, zone.radius_units, turns, 1.6, holder.fade(0.7));
    }
    let taken = f32::from(contest.progress).abs() / f32::from(CAPTURE_TICKS);
    if taken > 0.0 {
        // From the top, as a clock runs.
        let turns = (0.25 - taken, 0.25);
        list.arc(zone.centre, zone.radius_units - 9.0, turns, 4.0, taker.fade(0.9));
    }
}

/// The colour that tells a good apart; its letter on the panels does the same.
pub(super) fn good_color(good: Good) -> Color {
    match good {
        Good::Iron => Color::hex(0xc9_9b_78),
        Good::Ice => Color::hex(0xa8_dd_f0),
        Good::Crystal => Color::hex(0xc8_a2_ff),
        Good::Fuel => Color::hex(0xff_d1_66),
        Good::Tech => Color::hex(0x8a_f0_a0),
    }
}

/// A crate; it blinks at nobody, but fades in its last seconds.
pub(super) fn draw_crate(list: &mut DrawList, floating: &Crate, pose: Pose, time_s: f32) {
    let color = good_color(floating.good);
    let left = (f32::from(floating.life) / 90.0).min(1.0);
    let turns = time_s * 0.05;
    let box_at = Placement::new(pose.position, turns, CRATE_RADIUS_UNITS);
    let corners =
        [(0.8, 0.8), (-0.8, 0.8), (-0.8, -0.8), (0.8, -0.8)].map(|(x, y)| box_at.at(Vec2::new(x, y)));
    list.glow(pose.position, CRATE_RADIUS_UNITS * 3.2, color.fade(0.42 * left));
    list.fill(&corners, color.mix(SPACE, 0.6).fade(left));
    list.line(&corners, Path::Closed, 1.3, color.mix(WHITE, 0.2).fade(left));
}
