//! What each class looks like, a silhouette that is recognised at 24 pixels; and hulls as sprites: outlines and mitres are made when the window or the colours change, not for each ship of a frame.

use crate::class::ShipClass;
use crate::tuning::SHIP_RADIUS_UNITS;
use crate::view::palette::{Palette, SPACE, WHITE};
use crate::view::sides::Side;
use glam::Vec2;
use perigee_shared::netcode::Pose;
use perigee_shared::presentation::{DrawList, Path, Placement, Sprite};

/// What a class looks like, in units of the scale below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The outline from the nose over shoulder and left wing to the tail; the right side mirrors it.
    side: [(f32, f32); 5],
    /// Where engines leave their light: along the axis, and to either side of it.
    pub(super) engine: (f32, f32),
    /// How large the flames are.
    pub(super) flame: f32,
    /// The pane's middle, along the axis.
    pane: f32,
    /// Where bulkheads cross the hull, along the axis.
    bulkheads: &'static [f32],
}

/// By class. A Dart is a needle with swept wings, a Lance an arrowhead, a Barge a broad block with two engines.
const SHAPES: [Shape; 3] = [
    Shape {
        side: [(1.42, 0.0), (0.1, 0.17), (-1.0, 0.9), (-0.46, 0.2), (-0.66, 0.0)],
        engine: (-0.6, 0.0),
        flame: 0.86,
        pane: 0.42,
        bulkheads: &[],
    },
    Shape {
        side: [(1.38, 0.0), (0.2, 0.3), (-0.78, 0.98), (-0.66, 0.4), (-0.48, 0.0)],
        engine: (-0.55, 0.0),
        flame: 1.0,
        pane: 0.4,
        bulkheads: &[],
    },
    Shape {
        side: [(1.12, 0.0), (0.66, 0.56), (-0.5, 0.98), (-0.98, 0.62), (-0.78, 0.0)],
        engine: (-0.86, 0.42),
        flame: 0.8,
        pane: 0.56,
        bulkheads: &[0.16, -0.28],
    },
];
/// The outline's unit: wings are as wide as the ship is for collisions.
pub(super) const SCALE_UNITS: f32 = SHIP_RADIUS_UNITS * 1.12;

/// The shape of a class.
pub(super) fn shape(class: ShipClass) -> &'static Shape {
    &SHAPES[class.index()]
}

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

/// Where a ship's engine is; the middle of two.
pub(super) fn engine_at(class: ShipClass, pose: Pose) -> Vec2 {
    let along = SHAPES[class.index()].engine.0;
    Placement::new(pose.position, pose.angle_turns, SCALE_UNITS).at(Vec2::new(along, 0.0))
}

/// Where a ship's gun is.
pub(super) fn nose_at(class: ShipClass, pose: Pose) -> Vec2 {
    let along = SHAPES[class.index()].side[0].0;
    Placement::new(pose.position, pose.angle_turns, SCALE_UNITS).at(Vec2::new(along, 0.0))
}

/// The hull around the origin, looking along +x.
fn draw_hull(list: &mut DrawList, class: ShipClass, side: Side, palette: &Palette) {
    let placement = Placement::new(Vec2::ZERO, 0.0, SCALE_UNITS);
    let shape = shape(class);
    let color = side.color(palette);
    let depth = if side == Side::Own { (0.22, 0.46) } else { (0.46, 0.66) };
    let left: Vec<Vec2> = shape.side.iter().map(|&(x, y)| placement.at(Vec2::new(x, y))).collect();
    let right: Vec<Vec2> = shape.side.iter().map(|&(x, y)| placement.at(Vec2::new(x, -y))).collect();
    for (half, shade) in [(&left, depth.0), (&right, depth.1)] {
        let (body, wing) = (color.mix(SPACE, shade), color.mix(SPACE, shade + 0.1));
        list.fill(&[half[0], half[1], half[4]], body);
        list.fill(&[half[1], half[2], half[3], half[4]], wing);
    }
    let outline: Vec<Vec2> = left.iter().chain(right[1..4].iter().rev()).copied().collect();
    let edge = if side == Side::Own { color.mix(WHITE, 0.35) } else { color };
    for &x in shape.bulkheads {
        let ends = [(x, 0.66), (x, -0.66)].map(|(x, y)| placement.at(Vec2::new(x, y)));
        list.line(&ends, Path::Open, 1.3, edge.fade(0.55));
    }
    list.line(&outline, Path::Closed, 1.7, edge);
    let pane = [(0.32, 0.0), (-0.1, 0.13), (-0.32, 0.0), (-0.1, -0.13)];
    let pane = pane.map(|(x, y)| placement.at(Vec2::new(shape.pane + x, y)));
    list.fill(&pane, edge.mix(WHITE, 0.5));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ship_looks_as_large_as_it_collides() {
        for shape in SHAPES {
            let reach = shape.side.map(|(x, y)| Vec2::new(x, y).length() * SCALE_UNITS);
            assert!(reach.iter().all(|&r| r < SHIP_RADIUS_UNITS * 1.6), "{shape:?}");
            assert!(reach[2] > SHIP_RADIUS_UNITS, "{shape:?}");
        }
    }
}
