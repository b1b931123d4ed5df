//! Ships and shots: a silhouette for each class that is recognised at 24 pixels, its engines' light, its shield, its
//! wounds.

use crate::class::ShipClass;
use crate::entity::{Ship, Shot};
use crate::tuning::{PROTECTION_TICKS, SHIP_RADIUS_UNITS};
use crate::view::hulls::Hulls;
use crate::view::palette::{FIRE, Palette, SPACE, WHITE};
use crate::view::sides::Side;
use glam::Vec2;
use perigee_shared::netcode::Pose;
use perigee_shared::presentation::{Color, DrawList, Path, Placement};

/// What a class looks like, in units of the scale below.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// The outline from the nose over shoulder and left wing to the tail; the right side mirrors it.
    side: [(f32, f32); 5],
    /// Where engines leave their light: along the axis, and to either side of it.
    engine: (f32, f32),
    /// How large the flames are.
    flame: f32,
    /// The pane's middle, along the axis.
    pane: f32,
    /// Where bulkheads cross the hull, along the axis.
    bulkheads: &'static [f32],
}

/// By class. A Dart is a needle with swept wings, a Lance an arrowhead, a Barge a broad block with two engines.
const SHAPES: [Shape; 3] = [
    Shape {
        side: [(1.42, 0.0), (0.1, 0.17), (-1.0, 0.9), (-0.46, 0.2), (-0.66, 0.0)],
        engine: (-0.6, 0.0),
        flame: 0.86,
        pane: 0.42,
        bulkheads: &[],
    },
    Shape {
        side: [(1.38, 0.0), (0.2, 0.3), (-0.78, 0.98), (-0.66, 0.4), (-0.48, 0.0)],
        engine: (-0.55, 0.0),
        flame: 1.0,
        pane: 0.4,
        bulkheads: &[],
    },
    Shape {
        side: [(1.12, 0.0), (0.66, 0.56), (-0.5, 0.98), (-0.98, 0.62), (-0.78, 0.0)],
        engine: (-0.86, 0.42),
        flame: 0.8,
        pane: 0.56,
        bulkheads: &[0.16, -0.28],
    },
];
/// The outline's unit: wings are as wide as the ship is for collisions.
const SCALE_UNITS: f32 = SHIP_RADIUS_UNITS * 1.12;
/// The thin ring about the own ship, units.
const RING_UNITS: f32 = 29.0;
/// The shield about a protected ship, units.
const SHIELD_UNITS: f32 = 25.0;
/// A wounded ship's hull arc, units from its centre.
const HULL_ARC_UNITS: f32 = 24.0;
/// A shot's visible tail in seconds of its way, and its half width, units.
const SHOT_TAIL_S: f32 = 0.05;
const SHOT_HALF_WIDTH_UNITS: f32 = 3.6;

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

/// Where a ship's engine is; the middle of two.
pub(super) fn engine_at(class: ShipClass, pose: Pose) -> Vec2 {
    let along = SHAPES[class.index()].engine.0;
    Placement::new(pose.position, pose.angle_turns, SCALE_UNITS).at(Vec2::new(along, 0.0))
}

/// Where a ship's gun is.
pub(super) fn nose_at(class: ShipClass, pose: Pose) -> Vec2 {
    let along = SHAPES[class.index()].side[0].0;
    Placement::new(pose.position, pose.angle_turns, SCALE_UNITS).at(Vec2::new(along, 0.0))
}

/// One ship with all that belongs to it.
pub(super) fn draw_ship(list: &mut DrawList, ship: &Ship, pose: Pose, side: Side, brush: &Brush<'_>) {
    let color = side.color(brush.palette);
    let placement = Placement::new(pose.position, pose.angle_turns, SCALE_UNITS);
    let halo = if side == Side::Own { 0.34 } else { 0.22 };
    list.glow(pose.position, 46.0, color.fade(halo));
    draw_flames(list, ship, placement, brush.flicker);
    brush.hulls.draw(list, Placement::new(pose.position, pose.angle_turns, 1.0), ship.class, side);
    if side == Side::Own {
        list.ring(pose.position, RING_UNITS, 1.0, color.fade(0.34));
    } else {
        draw_wounds(list, ship, pose.position, color);
        draw_bars(list, side, pose.position, color);
    }
    if ship.protection > 0 {
        draw_shield(list, ship, pose.position, color, brush.time_s);
    }
}

/// The hull around the origin, looking along +x.
pub(super) fn draw_hull(list: &mut DrawList, class: ShipClass, side: Side, palette: &Palette) {
    let placement = Placement::new(Vec2::ZERO, 0.0, SCALE_UNITS);
    let shape = SHAPES[class.index()];
    let color = side.color(palette);
    let depth = if side == Side::Own { (0.22, 0.46) } else { (0.46, 0.66) };
    let left: Vec<Vec2> = shape.side.iter().map(|&(x, y)| placement.at(Vec2::new(x, y))).collect();
    let right: Vec<Vec2> = shape.side.iter().map(|&(x, y)| placement.at(Vec2::new(x, -y))).collect();
    for (half, shade) in [(&left, depth.0), (&right, depth.1)] {
        let (body, wing) = (color.mix(SPACE, shade), color.mix(SPACE, shade + 0.1));
        list.fill(&[half[0], half[1], half[4]], body);
        list.fill(&[half[1], half[2], half[3], half[4]], wing);
    }
    let outline: Vec<Vec2> = left.iter().chain(right[1..4].iter().rev()).copied().collect();
    let edge = if side == Side::Own { color.mix(WHITE, 0.35) } else { color };
    for &x in shape.bulkheads {
        let ends = [(x, 0.66), (x, -0.66)].map(|(x, y)| placement.at(Vec2::new(x, y)));
        list.line(&ends, Path::Open, 1.3, edge.fade(0.55));
    }
    list.line(&outline, Path::Closed, 1.7, edge);
    let pane = [(0.32, 0.0), (-0.1, 0.13), (-0.32, 0.0), (-0.1, -0.13)];
    let pane = pane.map(|(x, y)| placement.at(Vec2::new(shape.pane + x, y)));
    list.fill(&pane, edge.mix(WHITE, 0.5));
}

/// The side's mark: short bars below the ship.
fn draw_bars(list: &mut DrawList, side: Side, at: Vec2, color: Color) {
    let bars = side.bars();
    for bar in 0..bars {
        let x = (bar as f32 - (bars as f32 - 1.0) / 2.0) * 7.0;
        let ends = [at + Vec2::new(x - 2.2, -30.0), at + Vec2::new(x + 2.2, -30.0)];
        list.line(&ends, Path::Open, 2.4, color);
    }
}

fn draw_flames(list: &mut DrawList, ship: &Ship, placement: Placement, flicker: f32) {
    let Shape { engine: (along, aside), flame, .. } = SHAPES[ship.class.index()];
    let sides = if aside > 0.0 { &[1.0, -1.0][..] } else { &[0.0][..] };
    if ship.command.thrust {
        let length = (1.9 + 0.7 * flicker) * flame;
        for y in sides.iter().map(|side| side * aside) {
            let point = |x: f32| placement.at(Vec2::new(x, y));
            let engine = point(along);
            list.streak(engine, point(along - length), 9.0 * flame, FIRE.fade(0.85));
            list.streak(engine, point(along - length * 0.55), 5.0 * flame, WHITE.fade(0.8));
            list.glow(engine, (22.0 + 6.0 * flicker) * flame, FIRE.fade(0.5));
        }
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
    list.arc(at, HULL_ARC_UNITS, (from, from + span), 2.0, color.fade(0.22));
    list.arc(at, HULL_ARC_UNITS, (from, from + span * left), 2.2, color.mix(WHITE, 0.25));
}

/// Six arcs that turn slowly; they fade in the shield's last second.
fn draw_shield(list: &mut DrawList, ship: &Ship, at: Vec2, color: Color, time_s: f32) {
    let strength = (f32::from(ship.protection) / f32::from(PROTECTION_TICKS) * 3.0).min(1.0);
    let color = color.mix(WHITE, 0.4);
    list.glow(at, SHIELD_UNITS * 1.7, color.fade(0.28 * strength));
    for n in 0..6 {
        let from = n as f32 / 6.0 + time_s * 0.07;
        list.arc(at, SHIELD_UNITS, (from, from + 0.12), 1.6, color.fade(0.85 * strength));
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
    use crate::command::ArenaCommand;
    use crate::entity::fresh_lance;
    use perigee_shared::ids::PlayerId;
    use perigee_shared::presentation::ColorSet;

    #[test]
    fn a_ship_looks_as_large_as_it_collides() {
        for shape in SHAPES {
            let reach = shape.side.map(|(x, y)| Vec2::new(x, y).length() * SCALE_UNITS);
            assert!(reach.iter().all(|&r| r < SHIP_RADIUS_UNITS * 1.6), "{shape:?}");
            assert!(reach[2] > SHIP_RADIUS_UNITS, "{shape:?}");
        }
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
