//! What tells the player that a shot counted: a small cross at the aim, and the damage as a number.

use crate::view::camera::CameraMan;
use crate::view::palette::WHITE;
use glam::Vec2;
use perigee_shared::ids::Slot;
use perigee_shared::presentation::{Color, DrawList, FloatingNumber, Path};
use std::collections::VecDeque;

/// Most numbers at once; the oldest gives way.
pub(super) const MAX_NUMBERS: usize = 12;
/// How long a number and the cross are seen, seconds.
const NUMBER_S: f32 = 0.9;
const CROSS_S: f32 = 0.22;
/// Hits on one ship within this time are one number, seconds: nobody can add up a burst.
const SUM_S: f32 = 0.45;
/// How far a number rises, and where it begins above the ship, units.
const RISE_UNITS: f32 = 34.0;
const ABOVE_UNITS: f32 = 18.0;
/// The cross's arms begin and end this far from the aim, pixels.
const CROSS_PX: (f32, f32) = (5.0, 11.0);

#[derive(Clone, Copy, Debug)]
struct Number {
    of: Slot,
    damage: u32,
    taken: bool,
    position: Vec2,
    age_s: f32,
}

#[derive(Clone, Copy, Debug)]
struct Cross {
    at: Vec2,
    kill: bool,
    age_s: f32,
}

/// Numbers and the cross.
#[derive(Clone, Debug)]
pub(super) struct Hits {
    numbers: VecDeque<Number>,
    cross: Option<Cross>,
    /// Where the pointer aims, in half heights from the view's middle, if it does.
    pub(super) aim: Option<Vec2>,
    pub(super) calm: bool,
}

impl Hits {
    pub(super) fn new(calm: bool) -> Self {
        Self { numbers: VecDeque::with_capacity(MAX_NUMBERS), cross: None, aim: None, calm }
    }

    /// Everything grows older.
    pub(super) fn age(&mut self, dt_s: f32) {
        self.numbers.iter_mut().for_each(|number| number.age_s += dt_s);
        self.numbers.retain(|number| number.age_s < NUMBER_S);
        if let Some(cross) = &mut self.cross {
            cross.age_s += dt_s;
        }
        self.cross.take_if(|cross| cross.age_s >= CROSS_S);
    }

    /// A ship took damage that concerns the player: from their shot, or it is theirs.
    pub(super) fn count(&mut self, of: Slot, taken: bool, damage: u32, position: Vec2) {
        let recent = self.numbers.iter_mut().find(|n| n.of == of && n.taken == taken && n.age_s < SUM_S);
        if let Some(number) = recent {
            number.damage += damage;
            (number.position, number.age_s) = (position, 0.0);
            return;
        }
        if self.numbers.len() == MAX_NUMBERS {
            self.numbers.pop_front();
        }
        self.numbers.push_back(Number { of, damage, taken, position, age_s: 0.0 });
    }

    /// The player's shot met something at `at`; `kill` if it was the last one.
    pub(super) fn mark(&mut self, at: Vec2, kill: bool) {
        let kill = kill || self.cross.is_some_and(|cross| cross.kill);
        self.cross = Some(Cross { at, kill, age_s: 0.0 });
    }

    /// Draws the cross: where the pointer is, or where the shot met.
    pub(super) fn draw(&self, list: &mut DrawList, view: &CameraMan, kill_color: Color) {
        let Some(Cross { at, kill, age_s }) = self.cross else { return };
        let camera = view.camera;
        let at = self.aim.map_or(at, |aim| camera.centre + aim * camera.half_height_units);
        let left = 1.0 - age_s / CROSS_S;
        let color = if kill { kill_color } else { WHITE }.fade(0.35 + 0.65 * left);
        let spread = if self.calm { 0.0 } else { 2.0 * (1.0 - left) } + if kill { 3.0 } else { 0.0 };
        for quarter in 0..4 {
            let arm =
                Vec2::from_angle((quarter as f32 + 0.5) * std::f32::consts::FRAC_PI_2) * view.pixel_units;
            let ends = [at + arm * (CROSS_PX.0 + spread), at + arm * (CROSS_PX.1 + spread)];
            list.line(&ends, Path::Open, 2.0 * view.pixel_units, color);
        }
    }

    /// The numbers as the page shows them.
    pub(super) fn numbers(&self, view: &CameraMan) -> Vec<FloatingNumber> {
        let shown = self.numbers.iter().filter(|number| number.damage > 0);
        let number = |number: &Number| {
            let t = number.age_s / NUMBER_S;
            let rise = if self.calm { 0.0 } else { RISE_UNITS * t * (2.0 - t) };
            let at = view.project(number.position + Vec2::Y * (ABOVE_UNITS + rise));
            FloatingNumber {
                x: at.x,
                y: at.y,
                text: number.damage.to_string(),
                strength: (2.0 * (1.0 - t)).min(1.0),
                kind: if number.taken { "taken" } else { "given" },
            }
        };
        shown.map(number).filter(|number| number.x.abs() < 1.0 && number.y.abs() < 1.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_one_number_that_fades() {
        let (mut hits, view) = (Hits::new(false), CameraMan::of_tests());
        for _ in 0..3 {
            hits.count(Slot(4), false, 12, Vec2::ZERO);
            hits.age(0.1);
        }
        hits.count(Slot(5), true, 8, Vec2::ZERO);
        let shown = hits.numbers(&view);
        let texts: Vec<(&str, &str)> = shown.iter().map(|n| (n.text.as_str(), n.kind)).collect();
        assert_eq!(texts, [("36", "given"), ("8", "taken")]);
        hits.age(0.6);
        assert!(hits.numbers(&view)[0].strength < 1.0);
        assert!(hits.numbers(&view)[0].y > shown[0].y, "it rises");
        hits.age(0.4);
        assert!(hits.numbers(&view).is_empty());
    }

    #[test]
    fn numbers_stay_bounded_and_do_not_rise_for_who_asked_for_calm() {
        let (mut hits, view) = (Hits::new(true), CameraMan::of_tests());
        (0..100).for_each(|slot| hits.count(Slot(slot), false, 1, Vec2::ZERO));
        let before = hits.numbers(&view);
        assert_eq!(before.len(), MAX_NUMBERS);
        hits.age(0.3);
        assert_eq!(hits.numbers(&view)[0].y, before[0].y);
    }

    #[test]
    fn the_cross_stands_at_the_pointer_and_then_goes() {
        let (mut hits, view) = (Hits::new(false), CameraMan::of_tests());
        let drawn = |hits: &Hits| {
            let mut list = DrawList::default();
            hits.draw(&mut list, &view, WHITE);
            let sum: Vec2 = list.vertices().map(|v| v.position).sum();
            (list.vertices().count(), sum / list.vertices().count().max(1) as f32)
        };
        assert_eq!(drawn(&hits).0, 0);
        hits.mark(Vec2::new(50.0, 0.0), false);
        assert!(drawn(&hits).1.distance(Vec2::new(50.0, 0.0)) < 0.1);
        hits.aim = Some(Vec2::new(0.0, 0.5));
        assert!(drawn(&hits).1.distance(Vec2::new(0.0, 200.0)) < 0.1);
        hits.age(0.5);
        assert_eq!(drawn(&hits).0, 0);
    }
}
