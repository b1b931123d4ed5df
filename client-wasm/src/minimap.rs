//! The minimap: shapes on a small canvas, a few times a second, in the page's colours.
//!
//! Who is whose is told by shape as well as by colour: the own entity is an arrow, others are diamonds, rocks are discs.

use crate::page::Page;
use perigee_shared::presentation::Hud;
use std::f64::consts::TAU;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Time between two drawings, microseconds: shapes are small, and it saves work.
const INTERVAL_US: u64 = 80_000;
/// Width on the page, CSS pixels; the height follows from the world.
const WIDTH_PX: f64 = 176.0;
/// The same while it is large.
const LARGE_PX: f64 = 640.0;
/// Drawn finer than CSS pixels, for sharp screens.
const SCALE: f64 = 2.0;

/// The colours as the style sheet has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Colors {
    own: String,
    enemy: String,
    team_a: String,
    team_b: String,
    pirate: String,
    blue: String,
    rock: String,
    line: String,
}

/// What everybody is after stands out from all that is somebody's.
const BALL: &str = "#ffffff";

/// A small map of the world.
#[derive(Debug)]
pub(crate) struct Minimap {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    colors: Colors,
    large: bool,
    drawn_at_us: u64,
}

impl Minimap {
    pub(crate) fn new(page: &Page) -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = page.element("minimap")?;
        let context = canvas.get_context("2d")?.ok_or("the browser has no 2d canvas")?.unchecked_into();
        Ok(Self { canvas, context, colors: Colors::default(), large: false, drawn_at_us: 0 })
    }

    /// Takes the colours that the style sheet has now.
    pub(crate) fn recolor(&mut self, page: &Page) {
        let color = |name: &str| page.style_variable(name);
        self.colors = Colors {
            own: color("--own"),
            enemy: color("--enemy"),
            team_a: color("--team-a"),
            team_b: color("--team-b"),
            pirate: color("--pirate"),
            blue: color("--blue"),
            rock: color("--rock"),
            line: color("--line"),
        };
        self.drawn_at_us = 0;
    }

    /// Whether it is drawn for a large place.
    pub(crate) fn set_large(&mut self, large: bool) {
        if self.large != large {
            self.large = large;
            self.drawn_at_us = 0;
        }
    }

    /// Draws, if it is time.
    pub(crate) fn show(&mut self, hud: &Hud, now_us: u64) {
        if now_us.saturating_sub(self.drawn_at_us) < INTERVAL_US || hud.minimap_aspect <= 0.0 {
            return;
        }
        self.drawn_at_us = now_us;
        let width = if self.large { LARGE_PX } else { WIDTH_PX } * SCALE;
        let height = (width / f64::from(hud.minimap_aspect)).round();
        // Setting the size also wipes the canvas.
        self.canvas.set_width(width as u32);
        self.canvas.set_height(height as u32);
        self.draw_border(hud, (width, height));
        let grow = if self.large { 1.7 } else { 1.0 };
        for &(x, y, what) in &hud.minimap {
            let at = (f64::from(x) * width, (1.0 - f64::from(y)) * height);
            match what {
                "own" => self.own(at, hud.minimap_heading_turns, 5.0 * grow),
                "enemy" => self.diamond(at, 3.1 * grow, &self.colors.enemy),
                "team-a" => self.diamond(at, 3.1 * grow, &self.colors.team_a),
                "team-b" => self.square(at, 2.6 * grow, &self.colors.team_b),
                "pirate" => self.triangle(at, 3.2 * grow, &self.colors.pirate),
                "ball" => self.dot(at, 3.0 * grow, BALL),
                "venue" => self.ring(at, 3.6 * grow, &self.colors.blue),
                "area" => self.ring(at, 9.0 * grow, &self.colors.line),
                _ => self.dot(at, 2.5 * grow, &self.colors.rock),
            }
        }
    }

    /// The world's border with marks in its corners, and the part that is in view.
    fn draw_border(&self, hud: &Hud, (width, height): (f64, f64)) {
        let context = &self.context;
        context.set_stroke_style_str(&self.colors.line);
        context.set_line_width(SCALE);
        let [left, bottom, right, top] = hud.minimap_view.map(f64::from);
        context.stroke_rect(
            left * width,
            (1.0 - top) * height,
            (right - left) * width,
            (top - bottom) * height,
        );
        let mark = 9.0 * SCALE;
        context.set_stroke_style_str(&self.colors.rock);
        for (x, y, dx, dy) in [
            (0.0, 0.0, 1.0, 1.0),
            (width, 0.0, -1.0, 1.0),
            (width, height, -1.0, -1.0),
            (0.0, height, 1.0, -1.0),
        ] {
            let (x, y) = (x + dx, y + dy);
            self.shape(&[(x, y + dy * mark), (x, y), (x + dx * mark, y)]);
            context.stroke();
        }
    }

    /// An arrow that looks where it looks, in a ring.
    fn own(&self, at: (f64, f64), heading_turns: Option<f32>, size: f64) {
        let color = &self.colors.own;
        let turn = f64::from(heading_turns.unwrap_or_default()) * TAU;
        let corner = |turns: f64, far: f64| {
            let angle = turn + turns * TAU;
            (at.0 + angle.cos() * far * size * SCALE, at.1 - angle.sin() * far * size * SCALE)
        };
        self.context.set_fill_style_str(color);
        self.shape(&[corner(0.0, 1.2), corner(0.39, 0.95), corner(0.5, 0.35), corner(0.61, 0.95)]);
        self.context.fill();
        self.context.set_stroke_style_str(color);
        self.context.set_line_width(1.0);
        self.context.begin_path();
        // A circle with a positive radius is always accepted.
        let _ = self.context.arc(at.0, at.1, size * 1.7 * SCALE, 0.0, TAU);
        self.context.stroke();
    }

    fn diamond(&self, (x, y): (f64, f64), size: f64, color: &str) {
        let reach = size * SCALE;
        self.context.set_fill_style_str(color);
        self.shape(&[(x + reach, y), (x, y + reach), (x - reach, y), (x, y - reach)]);
        self.context.fill();
    }

    fn square(&self, (x, y): (f64, f64), size: f64, color: &str) {
        let reach = size * SCALE;
        self.context.set_fill_style_str(color);
        self.context.fill_rect(x - reach, y - reach, reach * 2.0, reach * 2.0);
    }

    fn triangle(&self, (x, y): (f64, f64), size: f64, color: &str) {
        let reach = size * SCALE;
        self.context.set_fill_style_str(color);
        self.shape(&[(x, y - reach), (x + reach, y + reach * 0.8), (x - reach, y + reach * 0.8)]);
        self.context.fill();
    }

    fn ring(&self, (x, y): (f64, f64), radius: f64, color: &str) {
        self.context.set_stroke_style_str(color);
        self.context.set_line_width(SCALE);
        self.context.begin_path();
        let _ = self.context.arc(x, y, radius * SCALE, 0.0, TAU);
        self.context.stroke();
    }

    fn dot(&self, (x, y): (f64, f64), radius: f64, color: &str) {
        self.context.set_fill_style_str(color);
        self.context.begin_path();
        let _ = self.context.arc(x, y, radius * SCALE, 0.0, TAU);
        self.context.fill();
    }

    fn shape(&self, corners: &[(f64, f64)]) {
        self.context.begin_path();
        corners.iter().for_each(|&(x, y)| self.context.line_to(x, y));
    }
}
