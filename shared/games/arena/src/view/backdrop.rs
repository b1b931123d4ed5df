//! What is behind the action: a faint nebula, three layers of stars, the arena's grid and walls.
//!
//! Stars and nebula have no list: each is a function of its place in an endless plane that slides behind the arena, so
//! only what is in view is made.

use crate::view::camera::CameraMan;
use crate::view::palette::{BLUE, NEUTRAL, SPACE};
use glam::Vec2;
use perigee_shared::presentation::{Color, DrawList, Path, Vertex};
use perigee_shared::rng::Rng;

/// One layer of stars.
struct Layer {
    /// How far it moves when the camera moves by one.
    parallax: f32,
    /// One star lies in each square of this size, units.
    cell_units: f32,
    /// A star's largest radius, pixels.
    radius_px: f32,
    /// The brightest star's light.
    light: f32,
}

const LAYERS: [Layer; 3] = [
    Layer { parallax: 0.08, cell_units: 58.0, radius_px: 2.6, light: 0.75 },
    Layer { parallax: 0.2, cell_units: 110.0, radius_px: 3.6, light: 0.95 },
    Layer { parallax: 0.42, cell_units: 230.0, radius_px: 5.2, light: 1.0 },
];
const STAR_COLORS: [Color; 4] =
    [Color::hex(0xdf_e7_f5), Color::hex(0x9a_ca_ff), Color::hex(0xff_e2_c0), Color::hex(0xc9_d6_ff)];

/// How far the nebula moves when the camera moves by one, and how fine its mesh is, units.
const NEBULA_PARALLAX: f32 = 0.05;
const NEBULA_CELL_UNITS: f32 = 48.0;
const NEBULA_COLORS: [Color; 3] = [Color::hex(0x1c_3a_78), Color::hex(0x0f_5a_5c), Color::hex(0x4a_24_6e)];

/// Distance of the grid's lines, units.
const GRID_UNITS: f32 = 200.0;
/// How far the walls shine inwards, units.
const WALL_SHINE_UNITS: f32 = 56.0;
/// Length of the marks in the arena's corners, units.
const CORNER_UNITS: f32 = 70.0;

/// Nebula and stars.
pub(super) fn draw_sky(list: &mut DrawList, view: &CameraMan) {
    draw_nebula(list, view);
    for (number, layer) in LAYERS.iter().enumerate() {
        draw_stars(list, view, layer, number as u64);
    }
}

fn draw_stars(list: &mut DrawList, view: &CameraMan, layer: &Layer, number: u64) {
    let shift = view.camera.centre * (1.0 - layer.parallax);
    let (low, high) = cells_in_view(view, layer.parallax, layer.cell_units);
    for y in low.1..=high.1 {
        for x in low.0..=high.0 {
            let mut rng = Rng::new(cell_seed((x, y), number));
            let place = Vec2::new(x as f32 + rng.unit(), y as f32 + rng.unit()) * layer.cell_units;
            // Few are bright: the square of an even chance.
            let bright = rng.unit() * rng.unit();
            let color = STAR_COLORS[rng.below(STAR_COLORS.len() as u32) as usize];
            let radius = layer.radius_px * (0.6 + 0.6 * bright) * view.pixel_units;
            list.glow(place + shift, radius, color.fade(layer.light * (0.3 + 0.7 * bright)));
        }
    }
}

fn draw_nebula(list: &mut DrawList, view: &CameraMan) {
    let shift = view.camera.centre * (1.0 - NEBULA_PARALLAX);
    let (low, high) = cells_in_view(view, NEBULA_PARALLAX, NEBULA_CELL_UNITS);
    let (columns, rows) = ((high.0 - low.0 + 2) as u16, (high.1 - low.1 + 2) as u16);
    let mut corners = Vec::with_capacity(usize::from(columns) * usize::from(rows));
    for y in 0..rows {
        for x in 0..columns {
            let cell = (low.0 + i32::from(x), low.1 + i32::from(y));
            let place = Vec2::new(cell.0 as f32, cell.1 as f32) * NEBULA_CELL_UNITS;
            corners.push(Vertex { position: place + shift, falloff: Vec2::ZERO, color: nebula_at(place) });
        }
    }
    let mut triangles = Vec::with_capacity(corners.len() * 2);
    for y in 0..rows - 1 {
        for x in 0..columns - 1 {
            let at = y * columns + x;
            triangles.extend([[at, at + 1, at + columns], [at + 1, at + columns + 1, at + columns]]);
        }
    }
    list.mesh(&corners, &triangles);
}

/// The nebula's light at a place of its own plane.
fn nebula_at(place: Vec2) -> Color {
    let cloud =
        noise(place / 560.0, 1) * 0.55 + noise(place / 250.0, 2) * 0.3 + noise(place / 120.0, 3) * 0.15;
    let hue = noise(place / 700.0, 4) * 2.6 - 0.3;
    let [deep, teal, violet] = NEBULA_COLORS;
    let color = if hue < 1.0 { teal.mix(deep, hue) } else { deep.mix(violet, hue - 1.0) };
    let thick = ((cloud - 0.34) / 0.42).clamp(0.0, 1.0);
    color.fade(0.5 * thick * thick * (3.0 - 2.0 * thick)).light()
}

/// Smooth noise in `0..=1`.
fn noise(at: Vec2, salt: u64) -> f32 {
    let cell = at.floor();
    let t = at - cell;
    let t = t * t * (Vec2::splat(3.0) - t * 2.0);
    let corner =
        |dx: i32, dy: i32| Rng::new(cell_seed((cell.x as i32 + dx, cell.y as i32 + dy), salt)).unit();
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    mix(mix(corner(0, 0), corner(1, 0), t.x), mix(corner(0, 1), corner(1, 1), t.x), t.y)
}

/// A cell's column and row.
type Cell = (i32, i32);

/// A seed that has nothing to do with the neighbours' (odd constants as in SplitMix and xxHash).
fn cell_seed((x, y): Cell, salt: u64) -> u64 {
    let mixed = u64::from(x as u32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ u64::from(y as u32).wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(31)
        ^ salt.wrapping_mul(0x1656_67b1_9e37_79f9);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// First and last cell in view of a plane that slides by `parallax`.
fn cells_in_view(view: &CameraMan, parallax: f32, cell_units: f32) -> (Cell, Cell) {
    let middle = view.camera.centre * parallax;
    let cell = |at: Vec2| {
        let cell = (at / cell_units).floor();
        (cell.x as i32, cell.y as i32)
    };
    (cell(middle - view.half_extent()), cell(middle + view.half_extent()))
}

/// The grid on the floor, the walls, and the dark beyond them.
pub(super) fn draw_arena(list: &mut DrawList, view: &CameraMan, size: Vec2) {
    let reach = view.half_extent();
    let low = (view.camera.centre - reach).clamp(Vec2::ZERO, size);
    let high = (view.camera.centre + reach).clamp(Vec2::ZERO, size);
    draw_grid(list, (low, high), size);
    draw_walls(list, view, size);
}

fn draw_grid(list: &mut DrawList, (low, high): (Vec2, Vec2), size: Vec2) {
    let (line, cross) = (NEUTRAL.fade(0.035), NEUTRAL.fade(0.2));
    let first = (low / GRID_UNITS).ceil().max(Vec2::ONE);
    let last = (high.min(size - 1.0) / GRID_UNITS).floor();
    for x in first.x as i32..=last.x as i32 {
        let x = x as f32 * GRID_UNITS;
        list.line(&[Vec2::new(x, low.y), Vec2::new(x, high.y)], Path::Open, 0.0, line);
        for y in first.y as i32..=last.y as i32 {
            let at = Vec2::new(x, y as f32 * GRID_UNITS);
            list.line(&[at - Vec2::X * 4.0, at + Vec2::X * 4.0], Path::Open, 0.0, cross);
            list.line(&[at - Vec2::Y * 4.0, at + Vec2::Y * 4.0], Path::Open, 0.0, cross);
        }
    }
    for y in first.y as i32..=last.y as i32 {
        let y = y as f32 * GRID_UNITS;
        list.line(&[Vec2::new(low.x, y), Vec2::new(high.x, y)], Path::Open, 0.0, line);
    }
}

fn draw_walls(list: &mut DrawList, view: &CameraMan, size: Vec2) {
    let corners = [Vec2::ZERO, Vec2::new(size.x, 0.0), size, Vec2::new(0.0, size.y)];
    // Far enough out to fill every view that is centred in the arena.
    let beyond = view.half_extent().max_element() * 2.0;
    let dark = SPACE.mix(Color::hex(0), 0.5).fade(0.72);
    let shine = BLUE.fade(0.13).light();
    for side in 0..4 {
        let (a, b) = (corners[side], corners[(side + 1) % 4]);
        let along = (b - a).normalize();
        let inward = along.perp();
        let (left, right) = (a - along * beyond, b);
        list.fill(&[left, right, right - inward * beyond, left - inward * beyond], dark);
        let inner = [a + (inward + along) * WALL_SHINE_UNITS, b + (inward - along) * WALL_SHINE_UNITS];
        let none = Color::default();
        list.shade([a, b, inner[1], inner[0]], [shine, shine, none, none]);
        let mark = [a + inward * CORNER_UNITS, a, a + along * CORNER_UNITS];
        list.line(&mark, Path::Open, 3.0, BLUE.mix(NEUTRAL, 0.5));
    }
    list.line(&corners, Path::Closed, 1.2, BLUE.mix(NEUTRAL, 0.4).fade(0.75));
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::presentation::{Comfort, FreeArea, Viewport};

    #[test]
    fn the_sky_is_the_same_from_frame_to_frame_and_slides_less_than_the_camera() {
        let mut view = CameraMan::new(Comfort::default());
        view.fit(Viewport { aspect: 1.6, height_px: 800.0, free: FreeArea::WHOLE });
        let sky = |view: &CameraMan| {
            let mut list = DrawList::default();
            draw_sky(&mut list, view);
            list
        };
        assert_eq!(sky(&view).vertex_words(), sky(&view).vertex_words());
        let drawn = sky(&view).vertices().count();
        assert!((500..12_000).contains(&drawn), "{drawn} vertices");
    }

    #[test]
    fn noise_stays_in_range_and_is_smooth() {
        for n in 0..1000 {
            let at = Vec2::new(n as f32 * 0.037 - 20.0, n as f32 * 0.011);
            let here = noise(at, 1);
            assert!((0.0..=1.0).contains(&here));
            assert!((noise(at + Vec2::splat(0.001), 1) - here).abs() < 0.01);
        }
    }
}
