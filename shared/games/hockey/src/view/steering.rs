//! Input becomes a command: keys push along the axes, a stick pushes where it points, and the mallet comes to the pointer.

use crate::command::HockeyCommand;
use glam::Vec2;
use perigee_shared::presentation::{Camera, Held, RawInput};

/// The mallet pushes fully towards a pointer that far away, units.
const FULL_UNITS: f32 = 70.0;
/// The pointer is where the mallet will be in this many ticks: so it stops in time.
const LEAD_TICKS: f32 = 5.0;
/// After a key, the pointer must move this far before it steers again, half heights of the view.
const MOVED: f32 = 0.08;

/// What is known of the own mallet: where it is, units, and how fast, units a tick.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Helm {
    pub(super) at: Vec2,
    pub(super) velocity: Vec2,
}

/// The input between frames.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InputState {
    /// Where the pointer was when a key was last held: until it moves from there, keys steer.
    pointer_at_key: Option<Vec2>,
}

impl InputState {
    /// The command for what is held and pointed at.
    pub(super) fn command(&mut self, input: &RawInput, helm: Helm, camera: &Camera) -> HockeyCommand {
        let keys = direction(input.held);
        if keys != Vec2::ZERO {
            self.pointer_at_key = input.pointer;
        } else if let (Some(then), Some(now)) = (self.pointer_at_key, input.pointer)
            && now.distance(then) > MOVED
        {
            self.pointer_at_key = None;
        }
        let pointer = input.pointer.filter(|_| self.pointer_at_key.is_none());
        let push = match (input.stick, pointer) {
            (Some(stick), _) => stick,
            _ if keys != Vec2::ZERO => keys,
            (None, Some(pointer)) => {
                let target = camera.centre + pointer * camera.half_height_units;
                ((target - helm.at - helm.velocity * LEAD_TICKS) / FULL_UNITS).clamp_length_max(1.0)
            }
            (None, None) => Vec2::ZERO,
        };
        let push = if push.is_finite() { push } else { Vec2::ZERO };
        HockeyCommand {
            strike: input.held.primary,
            dash: input.held.secondary,
            ..HockeyCommand::pushing(push)
        }
    }
}

/// Where the keys point; opposite ones cancel each other.
fn direction(held: Held) -> Vec2 {
    let axis = |plus: bool, minus: bool| f32::from(i8::from(plus) - i8::from(minus));
    Vec2::new(axis(held.right, held.left), axis(held.forward, held.back))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMERA: Camera = Camera { centre: Vec2::new(500.0, 280.0), half_height_units: 300.0 };
    const HELM: Helm = Helm { at: Vec2::new(500.0, 280.0), velocity: Vec2::ZERO };

    fn pointing(pointer: Vec2) -> RawInput {
        RawInput { pointer: Some(pointer), ..RawInput::default() }
    }

    #[test]
    fn keys_push_along_the_axes_and_cancel_each_other() {
        let mut input_state = InputState::default();
        let held = Held { right: true, forward: true, primary: true, secondary: true, ..Held::default() };
        let command = input_state.command(&RawInput { held, ..RawInput::default() }, HELM, &CAMERA);
        assert_eq!(command, HockeyCommand { x: 3, y: 3, strike: true, dash: true });
        let held = Held { right: true, left: true, ..Held::default() };
        let command = input_state.command(&RawInput { held, ..RawInput::default() }, HELM, &CAMERA);
        assert_eq!(command, HockeyCommand::default());
    }

    #[test]
    fn the_mallet_comes_to_the_pointer_and_stops_there() {
        let mut input_state = InputState::default();
        assert_eq!(input_state.command(&pointing(Vec2::new(0.5, 0.0)), HELM, &CAMERA).x, 3);
        assert_eq!(input_state.command(&pointing(Vec2::ZERO), HELM, &CAMERA), HockeyCommand::default());
        let fast = Helm { velocity: Vec2::new(8.0, 0.0), ..HELM };
        assert!(input_state.command(&pointing(Vec2::new(0.05, 0.0)), fast, &CAMERA).x < 0, "it brakes");
    }

    #[test]
    fn after_a_key_a_pointer_that_lies_still_does_not_steer() {
        let mut input_state = InputState::default();
        let rests = pointing(Vec2::new(0.5, 0.5));
        let held = Held { left: true, ..Held::default() };
        assert_eq!(input_state.command(&RawInput { held, ..rests }, HELM, &CAMERA).x, -3);
        assert_eq!(input_state.command(&rests, HELM, &CAMERA), HockeyCommand::default());
        assert!(input_state.command(&pointing(Vec2::new(0.5, 0.3)), HELM, &CAMERA).x > 0);
    }

    #[test]
    fn a_stick_outranks_the_pointer_and_pushes_as_far_as_it_is_pushed() {
        let input = RawInput { stick: Some(Vec2::new(-0.4, 0.0)), ..pointing(Vec2::ONE) };
        assert_eq!(InputState::default().command(&input, HELM, &CAMERA).x, -1);
        let odd = RawInput { stick: Some(Vec2::splat(f32::NAN)), ..RawInput::default() };
        assert_eq!(InputState::default().command(&odd, HELM, &CAMERA), HockeyCommand::default());
    }
}
