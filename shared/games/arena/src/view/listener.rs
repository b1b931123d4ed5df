//! What the player hears: which sounds there are in a frame, from which side, how loud.
//!
//! The listener is where the view's middle is. What is further away is quieter, and beyond a point not heard at all.

use super::sounds;
use crate::entity::Ship;
use crate::view::camera::CameraMan;
use glam::Vec2;
use perigee_shared::presentation::{Cue, CueSheet, DroneCue, Sound};
use std::vec::Drain;

/// At this distance a sound is half as loud, units.
const HALF_UNITS: f32 = 260.0;
/// What would be quieter than this is not heard.
const LEAST_GAIN: f32 = 0.03;
/// Sounds at the view's edge come from this far aside, of 1.
const EDGE_PAN: f32 = 0.8;
/// Below this share of its hull the ship warns, and then again this often, seconds.
const WARNING_HULL: f32 = 0.25;
const WARNING_S: f32 = 2.5;

/// What is heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Listener {
    sheet: CueSheet,
    engine: f32,
    /// Seconds until the next warning, while the hull is low.
    warning_in_s: Option<f32>,
}

impl Listener {
    /// A sound of the player's own ship or fate.
    pub(super) fn own(&mut self, sound: &'static Sound) {
        self.sheet.add(Cue { sound, pan: 0.0, gain: 1.0 });
    }

    /// A sound at a place in the arena.
    pub(super) fn at(&mut self, sound: &'static Sound, place: Vec2, view: &CameraMan) {
        let offset = place - view.camera.centre;
        let gain = 1.0 / (1.0 + offset.length_squared() / (HALF_UNITS * HALF_UNITS));
        if gain >= LEAST_GAIN {
            let pan = (offset.x / view.half_extent().x * EDGE_PAN).clamp(-1.0, 1.0);
            self.sheet.add(Cue { sound, pan, gain });
        }
    }

    /// Something blew up there: near, or beyond what is seen.
    pub(super) fn explosion(&mut self, place: Vec2, view: &CameraMan) {
        let sound = if view.sees(place, 0.0) { &sounds::EXPLOSION } else { &sounds::FAR_EXPLOSION };
        self.at(sound, place, view);
    }

    /// Listens to the own ship for `dt_s`.
    pub(super) fn follow(&mut self, own: Option<&Ship>, dt_s: f32) {
        self.engine = own.map_or(0.0, |ship| if ship.command.thrust { 1.0 } else { 0.0 });
        let is_low = own.is_some_and(|ship| ship.hull_share() <= WARNING_HULL);
        self.warning_in_s = match self.warning_in_s {
            _ if !is_low => None,
            Some(left_s) if left_s > dt_s => Some(left_s - dt_s),
            _ => {
                self.own(&sounds::LOW_HULL);
                Some(WARNING_S)
            }
        };
    }

    /// Nothing of what was heard counts: it was the demonstration.
    pub(super) fn forget(&mut self) {
        self.engine = 0.0;
        drop(self.sheet.drain());
    }

    /// Takes out what was heard.
    pub(super) fn drain(&mut self) -> Drain<'_, Cue> {
        self.sheet.drain()
    }

    /// The own engine, as hard as it works.
    pub(super) fn drone(&self) -> DroneCue {
        DroneCue { drone: &sounds::ENGINE, level: self.engine }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::fresh_lance;
    use perigee_shared::ids::PlayerId;

    #[test]
    fn sounds_come_from_their_side_and_fade_with_distance() {
        let (mut listener, view) = (Listener::default(), CameraMan::of_tests());
        for x in [-600.0, 100.0, 600.0, 30_000.0] {
            listener.at(&sounds::OTHER_SHOT, Vec2::new(x, 0.0), &view);
        }
        let heard: Vec<Cue> = listener.drain().collect();
        assert_eq!(heard.len(), 3, "the furthest is not heard");
        assert!(heard[0].pan < -0.5 && heard[1].pan > 0.0 && heard[2].pan > 0.5);
        assert!(heard[1].gain > 2.0 * heard[2].gain && heard[0].gain == heard[2].gain);
    }

    #[test]
    fn explosions_are_dull_from_beyond_the_view() {
        let (mut listener, view) = (Listener::default(), CameraMan::of_tests());
        listener.explosion(Vec2::new(300.0, 0.0), &view);
        listener.explosion(Vec2::new(0.0, 600.0), &view);
        let kinds: Vec<&Sound> = listener.drain().map(|cue| cue.sound).collect();
        assert_eq!(kinds, [&sounds::EXPLOSION, &sounds::FAR_EXPLOSION]);
    }

    #[test]
    fn a_low_hull_warns_at_once_and_then_every_few_seconds() {
        let mut listener = Listener::default();
        let mut ship = fresh_lance(PlayerId(1), Vec2::ZERO, 0);
        let mut warnings = |ship: Option<&Ship>, seconds: usize| {
            (0..seconds * 60).for_each(|_| listener.follow(ship, 1.0 / 60.0));
            listener.drain().count()
        };
        assert_eq!(warnings(Some(&ship), 10), 0);
        ship.hull /= 4;
        assert_eq!(warnings(Some(&ship), 1), 1);
        assert_eq!(warnings(Some(&ship), 5), 2);
        assert_eq!(warnings(None, 5), 0);
        assert_eq!(warnings(Some(&ship), 1), 1, "a new ship warns anew");
    }
}
