//! Ships and shots: a silhouette for each class that is recognised at 24 pixels, its engines' light, its shield, its
//! wounds.

use crate::entity::{Ship, Shot};
use crate::tuning::PROTECTION_TICKS;
use crate::view::hulls::{Hulls, SCALE_UNITS, Shape, shape};
use crate::view::palette::{FIRE, Palette, WHITE};
use crate::view::sides::Side;
use glam::Vec2;
use perigee_shared::netcode::Pose;
use perigee_shared::presentation::{Color, DrawList, Path, Placement};

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
    let Shape { engine: (along, aside), flame, .. } = *shape(ship.class);
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
