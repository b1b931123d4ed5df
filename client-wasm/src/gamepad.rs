//! Gamepads, polled in every frame: the browser reports their state, not their changes.
//!
//! A level alone is not an action. A worn stick rests beside its middle, a wheel's pedal at one end, a throttle anywhere, and a device
//! may lie on one of its own buttons; so each control acts only after it has moved away from where it rests. Of several pads
//! the one that acted last plays. The mapping is the Gamepad API's standard one.

use crate::page::Page;
use glam::Vec2;
use perigee_shared::presentation::Held;
use wasm_bindgen::JsCast;
use web_sys::{Gamepad, GamepadButton, GamepadMappingType};

/// Pads and controls that are looked at.
const MAX_PADS: u32 = 16;
const MAX_BUTTONS: usize = 17;
/// A stick pushed less than this rests: no stick comes back to exactly nothing.
const DEAD_ZONE: f32 = 0.18;
/// A stick that rests further out than this does not rest: somebody holds it, or it is not a stick.
const MAX_REST: f32 = 0.35;
/// A control that moves less than this stands still.
const STILL: f32 = 0.02;
/// A stick that stands still near its middle for this long rests there, microseconds.
const RESTS_AFTER_US: u64 = 2_000_000;
/// A stick that moved less than this did nothing new.
const NEWS: f32 = 0.1;
/// A trigger pulled further than this is pressed.
const TRIGGER: f32 = 0.35;

/// What is held on a pad.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PadState {
    pub(crate) held: Held,
    /// The left stick, y upward, length up to 1, when it does not rest.
    pub(crate) stick: Option<Vec2>,
    /// Start: settings. Y: map.
    pub(crate) start: bool,
    pub(crate) map: bool,
}

/// The pad that plays, as it is in this frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PadFrame {
    pub(crate) state: PadState,
    /// Whether the player did something new since the last frame.
    pub(crate) acted: bool,
}

/// A pad as the browser reports it.
#[derive(Clone, Debug, PartialEq)]
struct Reading {
    place: u32,
    id: String,
    is_standard: bool,
    /// x to the right and y downward, each `-1..=1`.
    stick: [f32; 2],
    buttons: [f32; MAX_BUTTONS],
}

/// One axis of a stick.
#[derive(Clone, Copy, Debug, Default)]
struct Axis {
    /// Where it rests, once that is known.
    rest: Option<f32>,
    still_at: f32,
    still_since_us: u64,
}

impl Axis {
    /// Where it is, and how far from its rest; nothing while it is not known where that is.
    fn take(&mut self, value: f32, is_first: bool, is_standard: bool, now_us: u64) -> (f32, f32) {
        let value = if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 };
        if is_first || (value - self.still_at).abs() > STILL {
            (self.still_at, self.still_since_us) = (value, now_us);
        }
        let is_still = now_us.saturating_sub(self.still_since_us) >= RESTS_AFTER_US;
        // The standard mapping says that it is a stick, so what is near its middle is on the way there. Of another
        // device nobody knows: what began elsewhere has to stand there for a while.
        let may_rest = is_first || is_still || (is_standard && self.rest.is_none());
        if value.abs() <= MAX_REST && may_rest {
            self.rest = Some(value);
        }
        self.rest.map_or((0.0, 0.0), |rest| (value, value - rest))
    }
}

/// A pad that is there, and what is known of its rest.
#[derive(Clone, Debug)]
struct Pad {
    place: u32,
    id: String,
    axes: [Axis; 2],
    /// Which buttons were seen up since the pad came.
    seen_up: [bool; MAX_BUTTONS],
    state: PadState,
    /// When it acted last, counted in acts of all pads.
    act: u64,
}

impl Pad {
    fn new(reading: &Reading, now_us: u64) -> Self {
        let mut pad = Self {
            place: reading.place,
            id: reading.id.clone(),
            axes: [Axis::default(); 2],
            seen_up: [false; MAX_BUTTONS],
            state: PadState::default(),
            act: 0,
        };
        pad.read(reading, true, now_us);
        pad
    }

    /// What the controls mean.
    fn read(&mut self, reading: &Reading, is_first: bool, now_us: u64) -> PadState {
        let mut down = [false; MAX_BUTTONS];
        for ((down, seen_up), value) in down.iter_mut().zip(&mut self.seen_up).zip(reading.buttons) {
            let is_down = value > TRIGGER;
            *seen_up |= !is_down;
            *down = is_down && *seen_up;
        }
        let mut axis =
            |at: usize| self.axes[at].take(reading.stick[at], is_first, reading.is_standard, now_us);
        let ((x, off_x), (y, off_y)) = (axis(0), axis(1));
        PadState {
            held: Held {
                primary: down[0] || down[7],
                secondary: down[2] || down[6],
                back: down[1] || down[13],
                forward: down[12],
                left: down[14],
                right: down[15],
            },
            stick: push(Vec2::new(x, -y), Vec2::new(off_x, -off_y)),
            start: down[9],
            map: down[3],
        }
    }
}

/// The pads that are there.
#[derive(Debug, Default)]
pub(crate) struct Pads {
    pads: Vec<Pad>,
    acts: u64,
}

impl Pads {
    /// Looks at all pads. `None` if there is none.
    pub(crate) fn poll(&mut self, page: &Page) -> Option<PadFrame> {
        self.take(&readings(page), page.now_us())
    }

    fn take(&mut self, readings: &[Reading], now_us: u64) -> Option<PadFrame> {
        self.pads.retain(|pad| readings.iter().any(|now| (now.place, &now.id) == (pad.place, &pad.id)));
        let mut acted_now = None;
        for reading in readings {
            let Some(pad) = self.pads.iter_mut().find(|pad| pad.place == reading.place) else {
                self.pads.push(Pad::new(reading, now_us));
                continue;
            };
            let state = pad.read(reading, false, now_us);
            if is_news(&pad.state, &state) {
                self.acts += 1;
                pad.act = self.acts;
                acted_now = Some(pad.place);
                pad.state = state;
            } else if state.stick.is_none() || pad.state.stick.is_none() {
                pad.state = state;
            } else {
                // What trembles is compared with where it was when it was last news.
                pad.state = PadState { stick: pad.state.stick, ..state };
            }
        }
        let in_hand = self.pads.iter().max_by_key(|pad| pad.act)?;
        let state = if in_hand.act > 0 { in_hand.state } else { PadState::default() };
        Some(PadFrame { state, acted: acted_now == Some(in_hand.place) })
    }
}

/// Whether the player did something between the two: a release does not count.
fn is_news(before: &PadState, now: &PadState) -> bool {
    let moved = match (before.stick, now.stick) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(now)) => before.distance(now) > NEWS,
    };
    let is_held = now.held != Held::default() || now.start || now.map;
    moved || (is_held && (before.held, before.start, before.map) != (now.held, now.start, now.map))
}

/// The stick without its dead zone: it begins at nothing where the zone ends. It has to be away from its middle and from
/// where it rests: a worn stick does not come back to where it rested before.
fn push(at: Vec2, off: Vec2) -> Option<Vec2> {
    let reach = at.length().min(off.length());
    if reach <= DEAD_ZONE {
        return None;
    }
    Some(at.normalize_or_zero() * ((reach - DEAD_ZONE) / (1.0 - DEAD_ZONE)).min(1.0))
}

fn readings(page: &Page) -> Vec<Reading> {
    // A page that may not ask gets an error, which is the same as no pad.
    let Ok(pads) = page.window.navigator().get_gamepads() else { return Vec::new() };
    let pads = (0..pads.length().min(MAX_PADS)).map(|at| (at, pads.get(at)));
    let there = pads.filter(|(_, pad)| !pad.is_null() && !pad.is_undefined());
    there
        .map(|(place, pad)| (place, pad.unchecked_into::<Gamepad>()))
        // One that was pulled out may still be listed.
        .filter(|(_, pad)| pad.connected())
        .map(|(place, pad)| reading(place, &pad))
        .collect()
}

fn reading(place: u32, pad: &Gamepad) -> Reading {
    let axes = pad.axes();
    let axis = |at: u32| axes.get(at).as_f64().unwrap_or(0.0) as f32;
    let mut buttons = [0.0; MAX_BUTTONS];
    let given = pad.buttons();
    for (at, value) in buttons.iter_mut().enumerate().take(given.length() as usize) {
        let button: GamepadButton = given.get(at as u32).unchecked_into();
        *value = if button.pressed() { 1.0 } else { button.value() as f32 };
    }
    let is_standard = pad.mapping() == GamepadMappingType::Standard;
    Reading { place, id: pad.id(), is_standard, stick: [axis(0), axis(1)], buttons }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_US: u64 = 16_667;

    fn reading(stick: [f32; 2], pressed: &[usize]) -> Reading {
        let mut buttons = [0.0; MAX_BUTTONS];
        pressed.iter().for_each(|&at| buttons[at] = 1.0);
        Reading { place: 0, id: "pad".into(), is_standard: true, stick, buttons }
    }

    /// Pads that were seen at rest.
    fn rested() -> Pads {
        let mut pads = Pads::default();
        pads.take(&[reading([0.0; 2], &[])], 0);
        pads
    }

    fn with(pressed: &[usize]) -> PadState {
        rested().take(&[reading([0.0; 2], pressed)], FRAME_US).unwrap().state
    }

    fn pushed(pads: &mut Pads, stick: [f32; 2]) -> Option<Vec2> {
        pads.take(&[reading(stick, &[])], FRAME_US).unwrap().state.stick
    }

    #[test]
    fn the_standard_mapping() {
        assert!(with(&[0]).held.primary && with(&[7]).held.primary);
        assert!(with(&[2]).held.secondary && with(&[6]).held.secondary);
        assert!(with(&[1]).held.back && with(&[9]).start && with(&[3]).map);
        assert!(with(&[]) == PadState::default() && with(&[14]).held.left);
        let cross = [12, 13, 14, 15].map(|at| with(&[at]).held);
        let rest = Held::default();
        let [ahead, back, left, right] = cross;
        assert_eq!((ahead, back), (Held { forward: true, ..rest }, Held { back: true, ..rest }));
        assert_eq!((left, right), (Held { left: true, ..rest }, Held { right: true, ..rest }));
        let mut half = reading([0.0; 2], &[]);
        half.buttons[7] = 0.2;
        let half = rested().take(&[half], FRAME_US).unwrap();
        assert!(!half.state.held.primary && !half.acted, "a finger that rests on the trigger");
    }

    #[test]
    fn a_resting_stick_says_nothing_and_a_push_begins_gently() {
        assert_eq!(pushed(&mut rested(), [0.1, 0.1]), None);
        assert_eq!(pushed(&mut rested(), [f32::NAN, 0.0]), None);
        let little = pushed(&mut rested(), [0.2, 0.0]).unwrap();
        assert!(little.x > 0.0 && little.x < 0.05);
        assert!((pushed(&mut rested(), [-1.0, 1.0]).unwrap().length() - 1.0).abs() < 1e-6);
        assert!(pushed(&mut rested(), [0.0, -1.0]).unwrap().y > 0.9, "up is up");
    }

    #[test]
    fn a_level_is_no_action_wherever_it_rests() {
        for (is_standard, rest) in [(true, 0.19), (true, -1.0), (false, -1.0), (false, 0.3), (false, 0.9)] {
            let mut pads = Pads::default();
            let mut device = reading([rest, rest], &[0, 7]);
            device.is_standard = is_standard;
            for frame in 0..600 {
                let now = pads.take(std::slice::from_ref(&device), frame * FRAME_US).unwrap();
                assert_eq!(now, PadFrame::default(), "{rest}");
            }
        }
    }

    #[test]
    fn what_moved_from_its_rest_acts_and_what_was_held_at_first_acts_when_it_comes_again() {
        let mut worn = Pads::default();
        worn.take(&[reading([0.19, 0.0], &[])], 0);
        assert!(pushed(&mut worn, [1.0, 0.0]).unwrap().x > 0.7);
        assert_eq!(pushed(&mut worn, [-0.12, 0.0]), None, "it comes back to elsewhere");
        let mut held = Pads::default();
        held.take(&[reading([1.0, 0.0], &[7])], 0);
        assert_eq!(held.take(&[reading([1.0, 0.0], &[7])], FRAME_US), Some(PadFrame::default()));
        held.take(&[reading([0.0, 0.0], &[])], 2 * FRAME_US);
        let again = held.take(&[reading([1.0, 0.0], &[7])], 3 * FRAME_US).unwrap();
        assert!(again.acted && again.state.held.primary && again.state.stick.is_some());
        // A pedal that comes back to its end is not a stick.
        let pedal = |at: f32| Reading { is_standard: false, ..reading([at, 0.0], &[]) };
        let mut car = Pads::default();
        for (frame, at) in [-1.0, -0.5, 0.0, 0.6, 0.1, -1.0].into_iter().enumerate() {
            let now = car.take(&[pedal(at)], frame as u64 * FRAME_US).unwrap();
            assert_eq!(now, PadFrame::default(), "{at}");
        }
    }

    #[test]
    fn the_pad_that_acted_last_plays_and_one_that_is_stuck_hides_nobody() {
        let stuck = || Reading { id: "stuck".into(), ..reading([-1.0, 0.4], &[7]) };
        let real = |stick, pressed: &[usize]| Reading { place: 1, ..reading(stick, pressed) };
        let mut pads = Pads::default();
        pads.take(&[stuck(), real([0.0; 2], &[])], 0);
        let now = pads.take(&[stuck(), real([0.0, -1.0], &[0])], FRAME_US).unwrap();
        assert!(now.acted && now.state.held.primary && now.state.stick.unwrap().y > 0.9);
        let still = pads.take(&[stuck(), real([0.02, -1.0], &[0])], 2 * FRAME_US).unwrap();
        assert!(!still.acted && still.state == now.state, "held is no new act");
        assert_eq!(pads.take(&[], 3 * FRAME_US), None);
        let back = pads.take(&[stuck(), real([0.0; 2], &[])], 4 * FRAME_US).unwrap();
        assert_eq!(back, PadFrame::default());
    }
}
