//! Controls on a touch screen: one half of the screen is the stick, which appears under the thumb; the other half is the
//! game's first button.
//!
//! Which half is which is the player's choice. Knows no page.

use crate::settings::Hand;
use glam::Vec2;

/// A thumb this far from where it came down pushes fully, CSS pixels.
pub(crate) const STICK_REACH_PX: f32 = 52.0;

/// The stick under a thumb.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stick {
    pointer_id: i32,
    /// Where the thumb came down, CSS pixels.
    pub(crate) from_px: Vec2,
    /// Where it pushes, y upward, length up to 1.
    pub(crate) push: Vec2,
}

/// What each touch holds, by the browser's id of its pointer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct TouchControls {
    stick: Option<Stick>,
    primary: Option<i32>,
    secondary: Option<i32>,
}

impl TouchControls {
    /// The stick, while a thumb is on it.
    pub(crate) fn stick(&self) -> Option<Stick> {
        self.stick
    }

    /// Whether a thumb is on the half that is the first button.
    pub(crate) fn primary(&self) -> bool {
        self.primary.is_some()
    }

    /// Whether a thumb is on the second button.
    pub(crate) fn secondary(&self) -> bool {
        self.secondary.is_some()
    }

    /// A thumb came down in a view of that width. `button_hand` has the first button; without one, both halves are the
    /// stick.
    pub(crate) fn down(&mut self, id: i32, at_px: Vec2, width_px: f32, button_hand: Option<Hand>) {
        let left_half = at_px.x < width_px / 2.0;
        if button_hand.is_none_or(|hand| left_half == (hand == Hand::Right)) {
            self.stick = Some(Stick { pointer_id: id, from_px: at_px, push: Vec2::ZERO });
        } else {
            self.primary = Some(id);
        }
    }

    /// A thumb came down on the second button.
    pub(crate) fn down_on_secondary(&mut self, id: i32) {
        self.secondary = Some(id);
    }

    /// A thumb moved.
    pub(crate) fn moved(&mut self, id: i32, at_px: Vec2) {
        if let Some(stick) = self.stick.as_mut().filter(|stick| stick.pointer_id == id) {
            let way = (at_px - stick.from_px) / STICK_REACH_PX;
            stick.push = Vec2::new(way.x, -way.y).clamp_length_max(1.0);
        }
    }

    /// A thumb left.
    pub(crate) fn up(&mut self, id: i32) {
        self.stick = self.stick.filter(|stick| stick.pointer_id != id);
        self.primary = self.primary.filter(|&thumb| thumb != id);
        self.secondary = self.secondary.filter(|&thumb| thumb != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hand_has_its_half() {
        for (hand, stick_x, fire_x) in [(Hand::Right, 80.0, 300.0), (Hand::Left, 300.0, 80.0)] {
            let mut touch = TouchControls::default();
            touch.down(1, Vec2::new(stick_x, 600.0), 390.0, Some(hand));
            assert!(touch.stick().is_some() && !touch.primary(), "{hand:?}");
            touch.down(2, Vec2::new(fire_x, 600.0), 390.0, Some(hand));
            assert!(touch.primary());
            touch.up(1);
            assert!(touch.stick().is_none() && touch.primary());
            touch.up(2);
            assert_eq!(touch, TouchControls::default());
        }
    }

    #[test]
    fn the_stick_pushes_upward_and_no_further_than_fully() {
        let mut touch = TouchControls::default();
        touch.down(1, Vec2::new(80.0, 600.0), 390.0, Some(Hand::Right));
        touch.moved(2, Vec2::new(80.0, 0.0));
        assert_eq!(touch.stick().map(|stick| stick.push), Some(Vec2::ZERO), "another thumb");
        touch.moved(1, Vec2::new(80.0, 574.0));
        assert_eq!(touch.stick().map(|stick| stick.push), Some(Vec2::new(0.0, 0.5)));
        touch.moved(1, Vec2::new(80.0, 200.0));
        assert_eq!(touch.stick().map(|stick| stick.push), Some(Vec2::Y));
    }

    #[test]
    fn without_a_first_button_both_halves_are_the_stick() {
        for x in [80.0, 300.0] {
            let mut touch = TouchControls::default();
            touch.down(1, Vec2::new(x, 600.0), 390.0, None);
            assert!(touch.stick().is_some() && !touch.primary(), "{x}");
        }
    }

    #[test]
    fn three_fingers_do_three_things() {
        let mut touch = TouchControls::default();
        touch.down(1, Vec2::new(10.0, 10.0), 390.0, Some(Hand::Right));
        touch.down(2, Vec2::new(380.0, 10.0), 390.0, Some(Hand::Right));
        touch.down_on_secondary(3);
        assert!(touch.stick().is_some() && touch.primary() && touch.secondary());
        touch.up(3);
        assert!(touch.primary() && !touch.secondary());
    }
}
