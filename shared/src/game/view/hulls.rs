//! Hulls as sprites: outlines and mitres are made when the window or the colours change, not for each ship of a frame.

use crate::game::view::palette::Palette;
use crate::game::view::ships::{Side, draw_hull};
use crate::presentation::{DrawList, Placement, Sprite};

/// What each side's hull looks like at the present size of a pixel.
#[derive(Clone, Debug)]
pub(super) struct Hulls {
    own: Sprite,
    enemy: Sprite,
    /// What the sprites were made for.
    pixel_units: f32,
    palette: &'static Palette,
}

impl Hulls {
    pub(super) fn new(palette: &'static Palette) -> Self {
        let mut hulls = Self { own: Sprite::default(), enemy: Sprite::default(), pixel_units: 0.0, palette };
        hulls.make();
        hulls
    }

    /// Makes the sprites anew, if lines have another width or sides another colour than before.
    pub(super) fn fit(&mut self, pixel_units: f32, palette: &'static Palette) {
        if (self.pixel_units, self.palette) != (pixel_units, palette) {
            (self.pixel_units, self.palette) = (pixel_units, palette);
            self.make();
        }
    }

    /// Draws a hull.
    pub(super) fn draw(&self, list: &mut DrawList, placement: Placement, side: Side) {
        let sprite = match side {
            Side::Own => &self.own,
            Side::Enemy => &self.enemy,
        };
        list.stamp(sprite, placement);
    }

    fn make(&mut self) {
        let sprite =
            |side: Side| Sprite::record(self.pixel_units, |list| draw_hull(list, side, self.palette));
        (self.own, self.enemy) = (sprite(Side::Own), sprite(Side::Enemy));
    }
}
