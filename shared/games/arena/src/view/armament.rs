//! Beams and missiles, as they are seen.

use crate::beam::Beam;
use crate::tuning::SHIP_RADIUS_UNITS;
use crate::view::palette::{FIRE, SPACE, WHITE};
use glam::Vec2;
use perigee_shared::netcode::Pose;
use perigee_shared::presentation::{Color, DrawList, Path, Placement};

/// How long a beam is seen, seconds: longer than it hits, or no eye would catch it.
pub(super) const BEAM_S: f32 = 0.13;
/// Most beams at once; a new one takes the place of the oldest.
const MAX_BEAMS: usize = 64;
/// A missile's outline's unit, units.
const MISSILE_UNITS: f32 = 8.0;

/// A beam that was fired, fading where it was.
#[derive(Clone, Copy, Debug)]
struct Flash {
    from: Vec2,
    to: Vec2,
    age_s: f32,
    color: Color,
}

/// The beams that are still seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Beams {
    flashes: Vec<Flash>,
}

impl Beams {
    /// A beam was fired; it ends at `reach` units if a ship stood in its way.
    pub(super) fn fire(&mut self, beam: &Beam, reach: Option<f32>, color: Color) {
        if self.flashes.len() == MAX_BEAMS {
            self.flashes.remove(0);
        }
        let length = beam.way.length();
        let share = reach.map_or(1.0, |reach| (reach / length.max(1.0)).clamp(0.0, 1.0));
        let to = beam.from + beam.way * share;
        self.flashes.push(Flash { from: beam.from, to, age_s: 0.0, color });
    }

    /// They grow older by `dt_s`.
    pub(super) fn age(&mut self, dt_s: f32) {
        self.flashes.iter_mut().for_each(|flash| flash.age_s += dt_s);
        self.flashes.retain(|flash| flash.age_s < BEAM_S);
    }

    /// All of them.
    pub(super) fn draw(&self, list: &mut DrawList) {
        for flash in &self.flashes {
            let left = 1.0 - flash.age_s / BEAM_S;
            let line = [flash.from, flash.to];
            list.line(&line, Path::Open, 7.0, flash.color.fade(0.28 * left).light());
            list.line(&line, Path::Open, 2.6, flash.color.mix(WHITE, 0.35).fade(left).light());
            list.glow(flash.to, 20.0, flash.color.mix(WHITE, 0.5).fade(0.8 * left));
            list.glow(flash.from, 14.0, flash.color.fade(0.6 * left));
        }
    }
}

/// How far along a beam it meets the hull of a ship at `centre`, units.
pub(super) fn meets(beam: &Beam, centre: Vec2) -> Option<f32> {
    let length = beam.way.length();
    let along = beam.way / length.max(1.0);
    let offset = centre - beam.from;
    let ahead = offset.dot(along);
    let aside_squared = offset.length_squared() - ahead * ahead;
    let depth_squared = SHIP_RADIUS_UNITS * SHIP_RADIUS_UNITS - aside_squared;
    let entry = ahead - libm::sqrtf(depth_squared.max(0.0));
    (depth_squared > 0.0 && ahead > 0.0 && entry < length).then(|| entry.max(0.0))
}

/// A missile: a bright head on a short body, and its fire.
pub(super) fn draw_missile(list: &mut DrawList, pose: Pose, color: Color, flicker: f32) {
    let at = Placement::new(pose.position, pose.angle_turns, MISSILE_UNITS);
    let body = [(1.3, 0.0), (0.5, 0.42), (-0.9, 0.42), (-0.9, -0.42), (0.5, -0.42)];
    let tail = at.at(Vec2::new(-0.9, 0.0));
    list.glow(pose.position, 24.0, color.fade(0.4));
    list.streak(tail, at.at(Vec2::new(-3.2 - 1.2 * flicker, 0.0)), 5.5, FIRE.fade(0.9));
    list.streak(tail, at.at(Vec2::new(-2.0, 0.0)), 3.0, WHITE.fade(0.8));
    let body = body.map(|(x, y)| at.at(Vec2::new(x, y)));
    list.fill(&body, color.mix(SPACE, 0.45));
    list.line(&body, Path::Closed, 1.4, color.mix(WHITE, 0.3));
}

/// Where a missile's engine is, for its trail, and which way its fire goes.
pub(super) fn missile_tail(pose: Pose) -> (Vec2, Vec2) {
    let at = Placement::new(pose.position, pose.angle_turns, MISSILE_UNITS).at(Vec2::new(-0.9, 0.0));
    (at, -Vec2::from_angle(pose.angle_turns * std::f32::consts::TAU))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beam_is_seen_to_end_at_the_hull() {
        let beam = Beam { from: Vec2::ZERO, way: Vec2::X * 300.0, rock: None };
        assert_eq!(meets(&beam, Vec2::new(100.0, 0.0)), Some(100.0 - SHIP_RADIUS_UNITS));
        assert_eq!(meets(&beam, Vec2::new(100.0, 40.0)), None);
        assert_eq!(meets(&beam, Vec2::new(-100.0, 0.0)), None);
        assert_eq!(meets(&beam, Vec2::new(330.0, 0.0)), None);
    }

    #[test]
    fn beams_are_bounded_and_fade() {
        let mut beams = Beams::default();
        let beam = Beam { from: Vec2::ZERO, way: Vec2::X * 300.0, rock: None };
        (0..MAX_BEAMS * 2).for_each(|_| beams.fire(&beam, Some(120.0), WHITE));
        assert_eq!(beams.flashes.len(), MAX_BEAMS);
        assert_eq!(beams.flashes[0].to, Vec2::X * 120.0);
        beams.age(BEAM_S);
        assert!(beams.flashes.is_empty());
    }
}
