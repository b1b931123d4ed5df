//! A shape that is made once and drawn many times: only its place is computed again.
//!
//! A thousand sprites a frame are possible because outlines, mitres and colours of a sprite are not made a thousand times.

use crate::presentation::Placement;
use crate::presentation::draw_list::{DrawList, VERTEX_WORDS};
use glam::Vec2;

/// A shape around the origin, looking along +x.
#[derive(Clone, Debug, Default)]
pub struct Sprite {
    vertices: Vec<[u32; VERTEX_WORDS]>,
    indices: Vec<u32>,
}

impl Sprite {
    /// What `draw` draws, for lists whose pixel is `pixel_units` large.
    #[must_use]
    pub fn record(pixel_units: f32, draw: impl FnOnce(&mut DrawList)) -> Self {
        let mut list = DrawList::with_pixel(pixel_units);
        draw(&mut list);
        let (vertices, indices) = list.into_parts();
        Self { vertices, indices }
    }
}

impl DrawList {
    /// Draws a sprite there.
    pub fn stamp(&mut self, sprite: &Sprite, placement: Placement) {
        let placed = sprite.vertices.iter().map(|&[x, y, u, v, color]| {
            let at = placement.at(Vec2::new(f32::from_bits(x), f32::from_bits(y)));
            [at.x.to_bits(), at.y.to_bits(), u, v, color]
        });
        self.append(placed, &sprite.indices);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presentation::{Color, MAX_VERTICES, Path};

    #[test]
    fn a_stamped_sprite_is_what_would_have_been_drawn_there() {
        let points = [Vec2::new(10.0, 0.0), Vec2::new(-6.0, 5.0), Vec2::new(-6.0, -5.0)];
        let draw = |list: &mut DrawList, placement: Placement| {
            let points = points.map(|point| placement.at(point));
            list.fill(&points, Color::hex(0x12_34_56));
            list.line(&points, Path::Closed, 2.0, Color::hex(0xff_ff_ff));
        };
        let there = Placement::new(Vec2::new(300.0, -20.0), 0.17, 1.0);
        let mut drawn = DrawList::with_pixel(0.5);
        draw(&mut drawn, there);
        let sprite = Sprite::record(0.5, |list| draw(list, Placement::new(Vec2::ZERO, 0.0, 1.0)));
        let mut stamped = DrawList::with_pixel(0.5);
        stamped.stamp(&sprite, there);
        stamped.stamp(&sprite, there);
        let once = drawn.vertices().count();
        assert_eq!(stamped.vertices().count(), 2 * once);
        for (a, b) in drawn.vertices().zip(stamped.vertices().skip(once)) {
            assert!(a.position.distance(b.position) < 1e-3, "{a:?} {b:?}");
            assert_eq!((a.falloff, a.color), (b.falloff, b.color));
        }
        let second: Vec<u32> = drawn.indices().iter().map(|&at| at + once as u32).collect();
        assert_eq!(stamped.indices()[drawn.indices().len()..], second);
    }

    #[test]
    fn a_full_list_leaves_sprites_out_whole() {
        let sprite = Sprite::record(1.0, |list| list.glow(Vec2::ZERO, 1.0, Color::hex(1)));
        let mut list = DrawList::default();
        for _ in 0..MAX_VERTICES / 4 + 2 {
            list.stamp(&sprite, Placement::new(Vec2::ZERO, 0.0, 1.0));
        }
        assert_eq!((list.vertices().count(), list.left_out()), (MAX_VERTICES, 2));
    }
}
