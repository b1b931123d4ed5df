//! What one frame looks like: triangles in world units, made by a game's stage and painted by the client.
//!
//! Everything goes into one list and is painted by one call, in order. Colours are premultiplied, so light that adds is
//! simply a colour with alpha 0; soft and crisp edges come from a falloff coordinate that the painter's fragment
//! shader turns into strength. The list knows no GPU, no page and no game.

use glam::Vec2;
use std::f32::consts::TAU;

/// Most vertices of one frame: a thousand sprites with all that belongs to them, twice. What would go beyond is left out
/// and counted.
pub const MAX_VERTICES: usize = 1 << 17;
/// Words of 32 bits in a packed vertex: position x, y, falloff u, v (f32 bits), colour (bytes r, g, b, a).
pub const VERTEX_WORDS: usize = 5;
/// A falloff `u` of this value asks for a crisp edge at `v` = -1 and 1.
pub const CRISP: f32 = 2.0;
/// Corners are cut when a mitre would be longer than this many half widths.
const MITRE_LIMIT: f32 = 3.0;
/// Corners of the roundest ring.
const MAX_RING_CORNERS: f32 = 72.0;

/// A colour with premultiplied alpha: red, green, blue, alpha. Alpha 0 with light in it adds to what is below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Color(pub [u8; 4]);

impl Color {
    /// An opaque colour from its `0xrrggbb`.
    #[must_use]
    pub const fn hex(rgb: u32) -> Self {
        Self([(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8, 255])
    }

    /// The same colour, covering only this share (`0..=1`) of what is below.
    #[must_use]
    pub fn fade(self, share: f32) -> Self {
        let share = share.clamp(0.0, 1.0);
        Self(self.0.map(|c| (f32::from(c) * share + 0.5) as u8))
    }

    /// The same colour as light: it adds to what is below instead of covering it.
    #[must_use]
    pub const fn light(self) -> Self {
        let [r, g, b, _] = self.0;
        Self([r, g, b, 0])
    }

    /// Between `self` (`t` = 0) and `to` (`t` = 1).
    #[must_use]
    pub fn mix(self, to: Self, t: f32) -> Self {
        let t = t.clamp(0.0, 1.0);
        let blend = |at: usize| (f32::from(self.0[at]) * (1.0 - t) + f32::from(to.0[at]) * t + 0.5) as u8;
        Self([blend(0), blend(1), blend(2), blend(3)])
    }
}

/// One corner of a triangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vertex {
    /// World units.
    pub position: Vec2,
    /// With `x` up to 1: strength is `(1 - length)^2`, so zero is full strength and a length of 1 is nothing. With
    /// `x` = [`CRISP`]: full strength, ending in a one-pixel edge at `y` = -1 and 1.
    pub falloff: Vec2,
    /// Its colour.
    pub color: Color,
}

impl Vertex {
    fn pack(self) -> [u32; VERTEX_WORDS] {
        [
            self.position.x.to_bits(),
            self.position.y.to_bits(),
            self.falloff.x.to_bits(),
            self.falloff.y.to_bits(),
            u32::from_le_bytes(self.color.0),
        ]
    }

    fn unpack(words: [u32; VERTEX_WORDS]) -> Self {
        let [x, y, u, v, color] = words;
        Self {
            position: Vec2::new(f32::from_bits(x), f32::from_bits(y)),
            falloff: Vec2::new(f32::from_bits(u), f32::from_bits(v)),
            color: Color(color.to_le_bytes()),
        }
    }
}

/// What part of the world is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Middle of the view, world units.
    pub centre: Vec2,
    /// From the middle to the upper edge, world units; positive.
    pub half_height_units: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self { centre: Vec2::ZERO, half_height_units: 1.0 }
    }
}

/// Where a shape made around the origin, looking along +x, stands in the world.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    position: Vec2,
    /// The shape's x axis in the world, as long as the shape's scale.
    axis: Vec2,
}

impl Placement {
    /// At `position`, turned by `angle_turns`, `scale` times as large.
    #[must_use]
    pub fn new(position: Vec2, angle_turns: f32, scale: f32) -> Self {
        Self { position, axis: Vec2::from_angle(angle_turns * TAU) * scale }
    }

    /// A point of the shape in the world.
    #[must_use]
    pub fn at(self, point: Vec2) -> Vec2 {
        self.position + self.axis.rotate(point)
    }
}

/// A line's course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Ends where its last point is.
    Open,
    /// Goes back to its first point.
    Closed,
}

/// One frame's triangles. Keeps its memory from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct DrawList {
    /// What part of the world is seen.
    pub camera: Camera,
    /// Size of one pixel of the screen, world units: lines are never thinner. Zero means not known.
    pub pixel_units: f32,
    vertices: Vec<[u32; VERTEX_WORDS]>,
    indices: Vec<u32>,
    left_out: usize,
}

impl DrawList {
    /// An empty list for a screen whose pixels are that large.
    #[must_use]
    pub fn with_pixel(pixel_units: f32) -> Self {
        Self { pixel_units, ..Self::default() }
    }

    /// Begins a new frame.
    pub fn clear(&mut self) {
        self.vertices.clear();
        self.indices.clear();
        self.left_out = 0;
    }

    /// The packed vertices, [`VERTEX_WORDS`] words each.
    #[must_use]
    pub fn vertex_words(&self) -> &[u32] {
        self.vertices.as_flattened()
    }

    /// The vertices, unpacked.
    pub fn vertices(&self) -> impl Iterator<Item = Vertex> {
        self.vertices.iter().map(|&words| Vertex::unpack(words))
    }

    /// Three for each triangle.
    #[must_use]
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Shapes of this frame that found no room.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The packed vertices and the indices.
    pub(super) fn into_parts(self) -> (Vec<[u32; VERTEX_WORDS]>, Vec<u32>) {
        (self.vertices, self.indices)
    }

    /// Packed vertices, and triangles whose corners are numbered from the first of them.
    pub(super) fn append(
        &mut self,
        vertices: impl ExactSizeIterator<Item = [u32; VERTEX_WORDS]>,
        indices: &[u32],
    ) {
        let Some(first) = self.reserve(vertices.len()) else { return };
        self.vertices.extend(vertices);
        self.indices.extend(indices.iter().map(|&corner| first + corner));
    }

    /// Any triangles: `corners` are numbered from 0, three of them make a triangle.
    pub fn mesh(&mut self, corners: &[Vertex], triangles: &[[u16; 3]]) {
        let Some(first) = self.reserve(corners.len()) else { return };
        self.vertices.extend(corners.iter().map(|corner| corner.pack()));
        self.indices.extend(triangles.as_flattened().iter().map(|&corner| first + u32::from(corner)));
    }

    /// A filled convex polygon.
    pub fn fill(&mut self, points: &[Vec2], color: Color) {
        let Some(first) = self.reserve(points.len()) else { return };
        for &position in points {
            self.vertices.push(Vertex { position, falloff: Vec2::ZERO, color }.pack());
        }
        for corner in 2..points.len() as u32 {
            self.indices.extend([first, first + corner - 1, first + corner]);
        }
    }

    /// A filled quadrilateral with a colour at each corner, in order around it.
    pub fn shade(&mut self, points: [Vec2; 4], colors: [Color; 4]) {
        let corner = |at: usize| Vertex { position: points[at], falloff: Vec2::ZERO, color: colors[at] };
        self.mesh(&[corner(0), corner(1), corner(2), corner(3)], &[[0, 1, 2], [0, 2, 3]]);
    }

    /// A line through `points` with mitred corners, `width_units` thick, at least a pixel.
    pub fn line(&mut self, points: &[Vec2], path: Path, width_units: f32, color: Color) {
        let n = points.len();
        if n < 2 {
            return;
        }
        let Some(first) = self.reserve(n * 2) else { return };
        let half = (width_units.max(self.pixel_units) + self.pixel_units) / 2.0;
        for at in 0..n {
            let offset = mitre(points, at, path) * half;
            for side in [-1.0, 1.0] {
                let falloff = Vec2::new(CRISP, side);
                self.vertices.push(Vertex { position: points[at] + offset * side, falloff, color }.pack());
            }
        }
        let segments = if path == Path::Closed { n } else { n - 1 };
        for at in 0..segments {
            let a = first + 2 * at as u32;
            let b = first + 2 * ((at + 1) % n) as u32;
            self.indices.extend([a, a + 1, b, b, a + 1, b + 1]);
        }
    }

    /// A circle's line.
    pub fn ring(&mut self, centre: Vec2, radius_units: f32, width_units: f32, color: Color) {
        let corners = self.corners(radius_units);
        self.band(centre, radius_units, (0.0, 1.0), corners, width_units, color);
    }

    /// A part of a circle's line: from `turns.0` to `turns.1`.
    pub fn arc(
        &mut self,
        centre: Vec2,
        radius_units: f32,
        turns: (f32, f32),
        width_units: f32,
        color: Color,
    ) {
        let share = (turns.1 - turns.0).abs().min(1.0);
        let steps = (self.corners(radius_units) as f32 * share).max(2.0) as usize;
        self.band(centre, radius_units, turns, steps, width_units, color);
    }

    /// A circle's line needs no mitres: its edges lie on the radius, and one turn leads from corner to corner.
    fn band(
        &mut self,
        centre: Vec2,
        radius_units: f32,
        turns: (f32, f32),
        steps: usize,
        width_units: f32,
        color: Color,
    ) {
        let Some(first) = self.reserve((steps + 1) * 2) else { return };
        let half = (width_units.max(self.pixel_units) + self.pixel_units) / 2.0;
        let step = Vec2::from_angle((turns.1 - turns.0) / steps as f32 * TAU);
        let mut direction = Vec2::from_angle(turns.0 * TAU);
        for _ in 0..=steps {
            for side in [-1.0, 1.0] {
                let position = centre + direction * (radius_units - half * side);
                self.vertices.push(Vertex { position, falloff: Vec2::new(CRISP, side), color }.pack());
            }
            direction = step.rotate(direction);
        }
        for at in 0..steps as u32 {
            let a = first + 2 * at;
            self.indices.extend([a, a + 1, a + 2, a + 2, a + 1, a + 3]);
        }
    }

    /// A soft disc of light.
    pub fn glow(&mut self, centre: Vec2, radius_units: f32, color: Color) {
        self.soft_quad(centre, Vec2::new(radius_units, 0.0), color.light());
    }

    /// A soft disc that covers: smoke, shadow.
    pub fn haze(&mut self, centre: Vec2, radius_units: f32, color: Color) {
        self.soft_quad(centre, Vec2::new(radius_units, 0.0), color);
    }

    /// A soft line of light: brightest at `head`, fading out at `tail`.
    pub fn streak(&mut self, head: Vec2, tail: Vec2, half_width_units: f32, color: Color) {
        let along = (head - tail).normalize_or(Vec2::X);
        let across = along.perp() * half_width_units;
        let color = color.light();
        let corner =
            |at: Vec2, u: f32, v: f32| Vertex { position: at + across * v, falloff: Vec2::new(u, v), color };
        let tip = head + along * half_width_units;
        self.mesh(
            &[
                corner(tip, -1.0, -1.0),
                corner(tip, -1.0, 1.0),
                corner(head, 0.0, -1.0),
                corner(head, 0.0, 1.0),
                corner(tail, 1.0, -1.0),
                corner(tail, 1.0, 1.0),
            ],
            &[[0, 1, 2], [2, 1, 3], [2, 3, 4], [4, 3, 5]],
        );
    }

    fn soft_quad(&mut self, centre: Vec2, reach: Vec2, color: Color) {
        let corner = |u: f32, v: f32| Vertex {
            position: centre + reach.rotate(Vec2::new(u, v)),
            falloff: Vec2::new(u, v),
            color,
        };
        self.mesh(
            &[corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)],
            &[[0, 1, 2], [0, 2, 3]],
        );
    }

    /// How many corners make a circle of this radius look round, and no more.
    fn corners(&self, radius_units: f32) -> usize {
        let radius_px = radius_units / self.pixel_units.max(1e-3);
        (6.0 + 4.0 * libm::sqrtf(radius_px.max(0.0))).min(MAX_RING_CORNERS) as usize
    }

    /// The number that the next vertex gets, if `count` more have room.
    fn reserve(&mut self, count: usize) -> Option<u32> {
        let first = self.vertices.len();
        if first + count > MAX_VERTICES {
            self.left_out += 1;
            return None;
        }
        u32::try_from(first).ok()
    }
}

/// The direction from point `at` of a line to its edge, as long as makes the line's two segments meet there.
fn mitre(points: &[Vec2], at: usize, path: Path) -> Vec2 {
    let n = points.len();
    let closed = path == Path::Closed;
    let direction = |from: usize, to: usize| (points[to] - points[from]).normalize_or_zero();
    let before = if at > 0 || closed { direction((at + n - 1) % n, at) } else { direction(0, 1) };
    let after = if at + 1 < n || closed { direction(at, (at + 1) % n) } else { before };
    let normal = (before + after).normalize_or(before).perp();
    normal / normal.dot(after.perp()).max(1.0 / MITRE_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vertex_survives_packing() {
        let vertex = Vertex {
            position: Vec2::new(1.5, -2.0),
            falloff: Vec2::new(0.25, -1.0),
            color: Color([1, 2, 3, 4]),
        };
        assert_eq!(Vertex::unpack(vertex.pack()), vertex);
    }

    #[test]
    fn light_adds_and_fading_keeps_the_hue() {
        assert_eq!(Color::hex(0xff_80_00).fade(0.5).light().0, [128, 64, 0, 0]);
        assert_eq!(Color::hex(0).mix(Color::hex(0xffffff), 0.5).0, [128, 128, 128, 255]);
    }

    #[test]
    fn every_index_names_a_vertex_and_no_corner_is_lost() {
        let mut list = DrawList { pixel_units: 1.0, ..DrawList::default() };
        list.fill(&[Vec2::ZERO, Vec2::X, Vec2::Y], Color::hex(1));
        list.line(&[Vec2::ZERO, Vec2::X, Vec2::X, Vec2::ZERO], Path::Closed, 2.0, Color::hex(2));
        list.ring(Vec2::ZERO, 30.0, 1.0, Color::hex(3));
        list.arc(Vec2::ZERO, 30.0, (0.1, 0.3), 1.0, Color::hex(3));
        list.glow(Vec2::ONE, 5.0, Color::hex(4));
        list.streak(Vec2::ONE, Vec2::ONE, 5.0, Color::hex(4));
        assert_eq!(list.indices().len() % 3, 0);
        assert!(list.indices().iter().all(|&n| (n as usize) < list.vertices().count()));
        assert!(list.vertices().all(|v| v.position.is_finite() && v.falloff.is_finite()));
        list.clear();
        assert!(list.indices().is_empty() && list.vertex_words().is_empty());
    }

    #[test]
    fn a_full_list_leaves_shapes_out_and_counts_them() {
        let mut list = DrawList::default();
        for _ in 0..MAX_VERTICES / 4 + 3 {
            list.glow(Vec2::ZERO, 1.0, Color::hex(1));
        }
        assert_eq!(list.vertices().count(), MAX_VERTICES);
        assert_eq!(list.left_out(), 3);
    }

    #[test]
    fn a_sharp_corner_does_not_shoot_away() {
        let mut list = DrawList { pixel_units: 0.0, ..DrawList::default() };
        list.line(&[Vec2::ZERO, Vec2::new(10.0, 0.0), Vec2::new(0.0, 0.1)], Path::Open, 2.0, Color::hex(1));
        assert!(list.vertices().all(|v| v.position.x < 10.0 + 1.0 + MITRE_LIMIT));
    }
}
