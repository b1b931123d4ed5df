//! Gamepads, asked in every frame: the browser tells their state, not their changes.
//!
//! The mapping is the Gamepad API's standard one. A pad that comes or goes is simply there or not in the next frame.

use crate::page::Page;
use glam::Vec2;
use perigee_shared::presentation::Held;
use wasm_bindgen::JsCast;
use web_sys::{Gamepad, GamepadButton};

/// Pads and controls that are looked at; a browser offers no more pads.
const MAX_PADS: u32 = 4;
const MAX_BUTTONS: usize = 17;
/// A stick pushed less than this rests: no stick comes back to exactly nothing.
const DEAD_ZONE: f32 = 0.18;
/// A trigger pulled further than this is pressed.
const TRIGGER: f32 = 0.35;

/// What the hands on a pad do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PadState {
    pub(crate) held: Held,
    /// The left stick, y upward, length up to 1, when it does not rest.
    pub(crate) stick: Option<Vec2>,
    /// Start: settings. Y: map.
    pub(crate) start: bool,
    pub(crate) map: bool,
}

impl PadState {
    /// Whether anything is done at all.
    pub(crate) fn is_used(&self) -> bool {
        *self != Self::default()
    }
}

/// The pads together: whoever has one in hand plays. `None` if there is none.
pub(crate) fn poll(page: &Page) -> Option<PadState> {
    // A page that may not ask gets an error, which is the same as no pad.
    let pads = page.window.navigator().get_gamepads().ok()?;
    let mut all: Option<PadState> = None;
    for at in 0..pads.length().min(MAX_PADS) {
        let pad = pads.get(at);
        if pad.is_null() || pad.is_undefined() {
            continue;
        }
        let pad: Gamepad = pad.unchecked_into();
        let state = read_pad(&pad);
        all = Some(match all {
            Some(before) if before.is_used() => before,
            _ => state,
        });
    }
    all
}

fn read_pad(pad: &Gamepad) -> PadState {
    let axes = pad.axes();
    let axis = |at: u32| axes.get(at).as_f64().unwrap_or(0.0) as f32;
    let mut buttons = [0.0; MAX_BUTTONS];
    let given = pad.buttons();
    for (at, value) in buttons.iter_mut().enumerate().take(given.length() as usize) {
        let button: GamepadButton = given.get(at as u32).unchecked_into();
        *value = if button.pressed() { 1.0 } else { button.value() as f32 };
    }
    read((axis(0), axis(1)), &buttons)
}

/// What the controls mean. `stick` is x to the right and y downward, each `-1..=1`.
fn read(stick: (f32, f32), buttons: &[f32; MAX_BUTTONS]) -> PadState {
    let is_down = |at: usize| buttons[at] > TRIGGER;
    PadState {
        held: Held {
            fire: is_down(0) || is_down(7),
            missile: is_down(2) || is_down(6),
            back: is_down(1) || is_down(13),
            forward: is_down(12),
            left: is_down(14),
            right: is_down(15),
        },
        stick: push(Vec2::new(stick.0, -stick.1)),
        start: is_down(9),
        map: is_down(3),
    }
}

/// The stick without its dead zone: it begins at nothing where the zone ends.
fn push(raw: Vec2) -> Option<Vec2> {
    let length = raw.length();
    if !length.is_finite() || length <= DEAD_ZONE {
        return None;
    }
    Some(raw / length * ((length - DEAD_ZONE) / (1.0 - DEAD_ZONE)).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pressed: &[usize]) -> PadState {
        let mut buttons = [0.0; MAX_BUTTONS];
        pressed.iter().for_each(|&at| buttons[at] = 1.0);
        read((0.0, 0.0), &buttons)
    }

    #[test]
    fn the_standard_mapping() {
        assert!(with(&[0]).held.fire && with(&[7]).held.fire);
        assert!(with(&[2]).held.missile && with(&[6]).held.missile);
        assert!(with(&[1]).held.back && with(&[9]).start && with(&[3]).map);
        assert!(!with(&[]).is_used() && with(&[14]).held.left);
        let cross = [12, 13, 14, 15].map(|at| with(&[at]).held);
        let rest = Held::default();
        let [ahead, back, left, right] = cross;
        assert_eq!((ahead, back), (Held { forward: true, ..rest }, Held { back: true, ..rest }));
        assert_eq!((left, right), (Held { left: true, ..rest }, Held { right: true, ..rest }));
        let mut half = [0.0; MAX_BUTTONS];
        half[7] = 0.2;
        assert!(!read((0.0, 0.0), &half).held.fire, "a finger that rests on the trigger");
    }

    #[test]
    fn a_resting_stick_says_nothing_and_a_push_begins_gently() {
        assert_eq!(push(Vec2::new(0.1, -0.1)), None);
        assert_eq!(push(Vec2::new(f32::NAN, 0.0)), None);
        let little = push(Vec2::new(0.2, 0.0)).unwrap();
        assert!(little.x > 0.0 && little.x < 0.05);
        assert!((push(Vec2::new(-1.0, -1.0)).unwrap().length() - 1.0).abs() < 1e-6);
        assert!(read((0.0, -1.0), &[0.0; MAX_BUTTONS]).stick.unwrap().y > 0.9, "up is up");
    }
}
