//! Ships and shots: a dart that is recognised at 24 pixels, its engine's light, its shield, its wounds.

use crate::game::entity::{Ship, Shot};
use crate::game::tuning::{PROTECTION_TICKS, SHIP_RADIUS_UNITS};
use crate::game::view::hulls::Hulls;
use crate::game::view::palette::{FIRE, Palette, SPACE, WHITE};
use crate::netcode::Pose;
use crate::presentation::{Color, DrawList, Path, Placement};
use glam::Vec2;

/// The outline from the nose over the left wing to the tail, in units of the scale below; the right side mirrors it.
const SIDE: [(f32, f32); 5] = [(1.38, 0.0), (0.2, 0.3), (-0.78, 0.98), (-0.66, 0.4), (-0.48, 0.0)];
/// The outline's unit: wings are as wide as the ship is for collisions.
const SCALE_UNITS: f32 = SHIP_RADIUS_UNITS * 1.12;
/// Where the engine's light leaves, in the outline's units.
const ENGINE: f32 = -0.55;
/// The thin ring about the own ship, units.
const RING_UNITS: f32 = 29.0;
/// The shield about a protected ship, units.
const SHIELD_UNITS: f32 = 25.0;
/// A wounded ship's hull arc, units from its centre.
const HULL_ARC_UNITS: f32 = 24.0;
/// A shot's visible tail in seconds of its way, and its half width, units.
const SHOT_TAIL_S: f32 = 0.05;
const SHOT_HALF_WIDTH_UNITS: f32 = 3.6;

/// Whose eyes see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The player's own.
    Own,
    /// Anybody else's.
    Enemy,
}

impl Side {
    /// The side's colour.
    pub(super) fn color(self, palette: &Palette) -> Color {
        match self {
            Self::Own => palette.own,
            Self::Enemy => palette.enemy,
        }
    }
}

/// What all ships of a frame are drawn with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brush<'a> {
    pub(super) palette: &'static Palette,
    pub(super) hulls: &'a Hulls,
    /// Seconds of display time.
    pub(super) time_s: f32,
    /// In `0..=1`; it makes the flames alive.
    pub(super) flicker: f32,
}

/// Where a ship's engine is.
pub(super) fn engine_at(pose: Pose) -> Vec2 {
    Placement::new(pose.position, pose.angle_turns, SCALE_UNITS).at(Vec2::new(ENGINE, 0.0))
}

/// Where a ship's gun is.
pub(super) fn nose_at(pose: Pose) -> Vec2 {
    Placement::new(pose.position, pose.angle_turns, SCALE_UNITS).at(Vec2::new(SIDE[0].0, 0.0))
}

/// One ship with all that belongs to it.
pub(super) fn draw_ship(list: &mut DrawList, ship: &Ship, pose: Pose, side: Side, brush: &Brush<'_>) {
    let color = side.color(brush.palette);
    let placement = Placement::new(pose.position, pose.angle_turns, SCALE_UNITS);
    let halo = if side == Side::Own { 0.34 } else { 0.22 };
    list.glow(pose.position, 46.0, color.fade(halo));
    draw_flames(list, ship, placement, brush.flicker);
    brush.hulls.draw(list, Placement::new(pose.position, pose.angle_turns, 1.0), side);
    match side {
        Side::Own => list.ring(pose.position, RING_UNITS, 1.0, color.fade(0.34)),
        Side::Enemy => draw_wounds(list, ship, pose.position, color),
    }
    if ship.protection > 0 {
        draw_shield(list, ship, pose.position, color, brush.time_s);
    }
}

/// The hull around the origin, looking along +x.
pub(super) fn draw_hull(list: &mut DrawList, side: Side, palette: &Palette) {
    let placement = Placement::new(Vec2::ZERO, 0.0, SCALE_UNITS);
    let color = side.color(palette);
    let depth = if side == Side::Own { (0.22, 0.46) } else { (0.46, 0.66) };
    let left: Vec<Vec2> = SIDE.iter().map(|&(x, y)| placement.at(Vec2::new(x, y))).collect();
    let right: Vec<Vec2> = SIDE.iter().map(|&(x, y)| placement.at(Vec2::new(x, -y))).collect();
    for (half, shade) in [(&left, depth.0), (&right, depth.1)] {
        let (body, wing) = (color.mix(SPACE, shade), color.mix(SPACE, shade + 0.1));
        list.fill(&[half[0], half[1], half[4]], body);
        list.fill(&[half[1], half[2], half[3], half[4]], wing);
    }
    let outline: Vec<Vec2> = left.iter().chain(right[1..4].iter().rev()).copied().collect();
    let edge = if side == Side::Own { color.mix(WHITE, 0.35) } else { color };
    list.line(&outline, Path::Closed, 1.7, edge);
    let pane =
        [(0.72, 0.0), (0.3, 0.13), (0.08, 0.0), (0.3, -0.13)].map(|(x, y)| placement.at(Vec2::new(x, y)));
    list.fill(&pane, edge.mix(WHITE, 0.5));
}

fn draw_flames(list: &mut DrawList, ship: &Ship, placement: Placement, flicker: f32) {
    let engine = placement.at(Vec2::new(ENGINE, 0.0));
    if ship.command.thrust {
        let length = 1.9 + 0.7 * flicker;
        list.streak(engine, placement.at(Vec2::new(ENGINE - length, 0.0)), 9.0, FIRE.fade(0.85));
        list.streak(engine, placement.at(Vec2::new(ENGINE - length * 0.55, 0.0)), 5.0, WHITE.fade(0.8));
        list.glow(engine, 22.0 + 6.0 * flicker, FIRE.fade(0.5));
    }
    if ship.command.brake {
        for y in [-0.42, 0.42] {
            let (head, tail) = (Vec2::new(0.15, y), Vec2::new(0.9 + 0.3 * flicker, y * 1.5));
            list.streak(placement.at(head), placement.at(tail), 3.5, FIRE.fade(0.7));
        }
    }
}

/// What is left of the hull, as an arc below the ship; nothing while it is whole.
fn draw_wounds(list: &mut DrawList, ship: &Ship, at: Vec2, color: Color) {
    let left = ship.hull_share();
    if left >= 1.0 {
        return;
    }
    let (from, span) = (0.64, 0.22);
    list.arc((at, HULL_ARC_UNITS), (from, from + span), 2.0, color.fade(0.22));
    list.arc((at, HULL_ARC_UNITS), (from, from + span * left), 2.2, color.mix(WHITE, 0.25));
}

/// Six arcs that turn slowly; they fade in the shield's last second.
fn draw_shield(list: &mut DrawList, ship: &Ship, at: Vec2, color: Color, time_s: f32) {
    let strength = (f32::from(ship.protection) / f32::from(PROTECTION_TICKS) * 3.0).min(1.0);
    let color = color.mix(WHITE, 0.4);
    list.glow(at, SHIELD_UNITS * 1.7, color.fade(0.28 * strength));
    for n in 0..6 {
        let from = n as f32 / 6.0 + time_s * 0.07;
        list.arc((at, SHIELD_UNITS), (from, from + 0.12), 1.6, color.fade(0.85 * strength));
    }
}

/// One shot: a bright streak along its way.
pub(super) fn draw_shot(list: &mut DrawList, shot: &Shot, pose: Pose, color: Color) {
    let head = pose.position;
    let tail = head - shot.velocity.units() * SHOT_TAIL_S;
    list.glow(head, 17.0, color.fade(0.55));
    list.streak(head, tail, SHOT_HALF_WIDTH_UNITS * 1.7, color);
    list.streak(head, head.lerp(tail, 0.5), SHOT_HALF_WIDTH_UNITS, WHITE.fade(0.9));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::command::ArenaCommand;
    use crate::game::entity::fresh_lance;
    use crate::ids::PlayerId;
    use crate::presentation::ColorSet;

    #[test]
    fn a_ship_looks_as_large_as_it_collides() {
        let reach = SIDE.map(|(x, y)| Vec2::new(x, y).length() * SCALE_UNITS);
        assert!(reach.iter().all(|&r| r < SHIP_RADIUS_UNITS * 1.6));
        assert!(reach[2] > SHIP_RADIUS_UNITS);
    }

    #[test]
    fn flames_wounds_and_shield_are_drawn_only_when_there_are_any() {
        let drawn = |change: fn(&mut Ship)| {
            let mut ship = fresh_lance(PlayerId(1), Vec2::new(100.0, 100.0), 0);
            change(&mut ship);
            let mut list = DrawList::default();
            let palette = Palette::of(ColorSet::Standard);
            let brush = Brush { palette, hulls: &Hulls::new(palette), time_s: 1.0, flicker: 0.5 };
            draw_ship(&mut list, &ship, Pose::default(), Side::Enemy, &brush);
            list.vertices().count()
        };
        let plain = drawn(|_| ());
        assert!(
            drawn(|ship| ship.command = ArenaCommand { thrust: true, ..ArenaCommand::default() }) > plain
        );
        assert!(drawn(|ship| ship.hull = 40) > plain);
        assert!(drawn(|ship| ship.protection = 5) > plain);
    }
}
