//! The player's input on all devices, before the game makes a command of it.

use glam::Vec2;

/// Directions and buttons that are held. The client maps keys, mouse buttons and touches to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Forward: W, arrow up, right mouse button.
    pub forward: bool,
    /// Back: S, arrow down.
    pub back: bool,
    /// Left: A, arrow left.
    pub left: bool,
    /// Right: D, arrow right.
    pub right: bool,
    /// The first button of the game: space, left mouse button.
    pub primary: bool,
    /// Its second: E, left shift, middle mouse button.
    pub secondary: bool,
}

/// The input at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RawInput {
    /// What is held.
    pub held: Held,
    /// Where the pointer is relative to the view's centre, in units of half the view's height, y upward; `None` until
    /// the pointer was moved, or after a turn key was pressed (keyboard steers until the mouse moves again).
    pub pointer: Option<Vec2>,
    /// A thumb's push on the touch stick, y upward, length `0..=1`: where to go, and how much. It outranks the pointer.
    pub stick: Option<Vec2>,
}
