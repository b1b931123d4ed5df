//! Errors of what is shown in the present: after a correction the picture eases over instead of jumping.

use crate::ids::Slot;
use crate::netcode::entity::pose::{Pose, shorter_turn};
use glam::Vec2;

/// Time in which an error decays to 1/e, seconds.
const EASE_S: f32 = 0.1;
/// A larger error is shown as a teleport, without easing, units.
const MAX_EASED_UNITS: f32 = 150.0;
/// Errors smaller than both are dropped: they are far below a pixel.
const LEAST_UNITS: f32 = 1e-3;
const LEAST_TURNS: f32 = 1e-6;

#[derive(Clone, Copy, Debug)]
struct Error {
    slot: Slot,
    units: Vec2,
    turns: f32,
}

/// By how much each predicted entity is still shown away from its position.
#[derive(Debug, Default)]
pub(super) struct Easing(Vec<Error>);

impl Easing {
    /// The entity was shown at `shown`, and the server's state puts it at `now`.
    pub(super) fn correct(&mut self, slot: Slot, shown: Pose, now: Pose) {
        let (units, turns) = (shown.position - now.position, shown.angle_turns - now.angle_turns);
        let at = self.0.iter().position(|error| error.slot == slot);
        let before = at.map_or(Error { slot, units: Vec2::ZERO, turns: 0.0 }, |at| self.0.swap_remove(at));
        let error = Error { slot, units: before.units + units, turns: shorter_turn(before.turns + turns) };
        if error.is_felt() && error.units.length() <= MAX_EASED_UNITS {
            self.0.push(error);
        }
    }

    /// Where to draw it.
    pub(super) fn shown(&self, slot: Slot, mut pose: Pose) -> Pose {
        if let Some(error) = self.0.iter().find(|error| error.slot == slot) {
            pose.position += error.units;
            pose.angle_turns = (pose.angle_turns + error.turns).rem_euclid(1.0);
        }
        pose
    }

    /// Lets all errors decay for `dt_s` seconds: by exp(-dt / `EASE_S`), so that the result does not depend on the
    /// frame rate.
    pub(super) fn fade(&mut self, dt_s: f32) {
        let keep = libm::expf(-dt_s / EASE_S);
        for error in &mut self.0 {
            error.units *= keep;
            error.turns *= keep;
        }
        self.0.retain(Error::is_felt);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Error {
    fn is_felt(&self) -> bool {
        self.units.length() > LEAST_UNITS || self.turns.abs() > LEAST_TURNS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_fades_and_a_teleport_is_none() {
        let at = |x: f32| Pose { position: Vec2::new(x, 0.0), angle_turns: 0.0 };
        let mut easing = Easing::default();
        easing.correct(Slot(3), at(10.0), at(4.0));
        assert_eq!(easing.shown(Slot(3), at(4.0)).position.x, 10.0);
        assert_eq!(easing.shown(Slot(4), at(4.0)).position.x, 4.0, "each has its own");
        easing.fade(0.1);
        let shown = easing.shown(Slot(3), at(4.0)).position.x;
        assert!((shown - 6.207).abs() < 0.01, "{shown}");
        (0..20).for_each(|_| easing.fade(0.1));
        assert!(easing.0.is_empty(), "what is not felt is forgotten");
        easing.correct(Slot(3), at(1000.0), at(4.0));
        assert_eq!(easing.shown(Slot(3), at(4.0)).position.x, 4.0);
    }
}
