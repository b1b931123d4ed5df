//! Hulls as sprites: outlines and mitres are made when the window or the colours change, not for each ship of a frame.

use crate::class::ShipClass;
use crate::view::palette::Palette;
use crate::view::ships::draw_hull;
use crate::view::sides::Side;
use perigee_shared::presentation::{DrawList, Placement, Sprite};

/// What each class's hull looks like on each side, at the present size of a pixel.
#[derive(Clone, Debug)]
pub(super) struct Hulls {
    /// By side, then by class.
    sprites: Vec<Sprite>,
    /// What the sprites were made for.
    pixel_units: f32,
    palette: &'static Palette,
}

impl Hulls {
    pub(super) fn new(palette: &'static Palette) -> Self {
        let mut hulls = Self { sprites: Vec::new(), pixel_units: 0.0, palette };
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
    pub(super) fn draw(&self, list: &mut DrawList, placement: Placement, class: ShipClass, side: Side) {
        list.stamp(&self.sprites[side as usize * ShipClass::ALL.len() + class.index()], placement);
    }

    fn make(&mut self) {
        let (pixel_units, palette) = (self.pixel_units, self.palette);
        let of_side = |side: Side| {
            ShipClass::ALL
                .map(|class| Sprite::record(pixel_units, |list| draw_hull(list, class, side, palette)))
        };
        self.sprites = Side::ALL.into_iter().flat_map(of_side).collect();
    }
}
