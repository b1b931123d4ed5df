//! The arena's colours, the same as the page's (LOOK: one palette).

use crate::presentation::Color;

/// Deep space, the colour behind everything.
pub(super) const SPACE: Color = Color::hex(0x07_0b_14);
/// Own ship and what belongs to it.
pub(super) const OWN: Color = Color::hex(0x5e_f2_c2);
/// Everybody else.
pub(super) const ENEMY: Color = Color::hex(0xff_6b_5e);
/// What takes no side.
pub(super) const NEUTRAL: Color = Color::hex(0x9f_b0_c8);
/// Fire and sparks.
pub(super) const FIRE: Color = Color::hex(0xff_b3_47);
/// The arena's own light: walls, grid, engines.
pub(super) const BLUE: Color = Color::hex(0x4d_a3_ff);
/// The hottest spot of a light.
pub(super) const WHITE: Color = Color::hex(0xff_ff_ff);
