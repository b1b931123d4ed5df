//! The minimap: shapes on a small canvas, a few times a second, in the page's colours.
//!
//! Shape as well as colour says whose an entity is: the own entity is an arrow, others are diamonds, rocks are discs.

use crate::page::Page;
use glam::Vec2;
use perigee_shared::presentation::{MinimapHud, MinimapView, Symbol};
use std::f32::consts::TAU;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Time between two drawings, microseconds: shapes are small, and it saves work.
const INTERVAL_US: u64 = 80_000;
/// Width on the page, CSS pixels; the height follows from the world.
const WIDTH_PX: f32 = 176.0;
/// The same while it is large.
const LARGE_PX: f32 = 640.0;
/// Drawn finer than CSS pixels, for sharp screens.
const SCALE: f32 = 2.0;

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

/// The ball stands out from everything that belongs to a player.
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

    /// Draws, if it is time; a game without a map shows none.
    pub(crate) fn show(&mut self, map: Option<&MinimapHud>, now_us: u64) {
        if self.canvas.hidden() != map.is_none() {
            self.canvas.set_hidden(map.is_none());
        }
        let Some(map) = map else { return };
        if now_us.saturating_sub(self.drawn_at_us) < INTERVAL_US || map.aspect <= 0.0 {
            return;
        }
        self.drawn_at_us = now_us;
        let width = if self.large { LARGE_PX } else { WIDTH_PX } * SCALE;
        let size = Vec2::new(width, (width / map.aspect).round());
        // Setting the size also wipes the canvas.
        self.canvas.set_width(size.x as u32);
        self.canvas.set_height(size.y as u32);
        self.draw_border(map.view, size);
        let grow = if self.large { 1.7 } else { 1.0 };
        for dot in &map.dots {
            let at = place(dot.at, size);
            match dot.symbol {
                Symbol::Own => self.own(at, map.heading_turns, 5.0 * grow),
                Symbol::Enemy => self.diamond(at, 3.1 * grow, &self.colors.enemy),
                Symbol::TeamA => self.diamond(at, 3.1 * grow, &self.colors.team_a),
                Symbol::TeamB => self.square(at, 2.6 * grow, &self.colors.team_b),
                Symbol::Pirate => self.triangle(at, 3.2 * grow, &self.colors.pirate),
                Symbol::Ball => self.dot(at, 3.0 * grow, BALL),
                Symbol::Venue => self.ring(at, 3.6 * grow, &self.colors.blue),
                Symbol::Area => self.ring(at, 9.0 * grow, &self.colors.line),
                Symbol::Rock => self.dot(at, 2.5 * grow, &self.colors.rock),
            }
        }
    }

    /// The world's border with marks in its corners, and the part that is in view.
    fn draw_border(&self, view: MinimapView, size: Vec2) {
        let context = &self.context;
        context.set_stroke_style_str(&self.colors.line);
        context.set_line_width(f64::from(SCALE));
        let (low, high) = (place(view.low, size), place(view.high, size));
        self.rectangle(Vec2::new(low.x, high.y), Vec2::new(high.x, low.y));
        context.stroke();
        let mark = 9.0 * SCALE;
        context.set_stroke_style_str(&self.colors.rock);
        for corner in [Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y] {
            let inward = Vec2::ONE - corner * 2.0;
            let at = corner * size + inward;
            self.shape(&[at + Vec2::Y * inward * mark, at, at + Vec2::X * inward * mark]);
            context.stroke();
        }
    }

    /// An arrow that looks where it looks, in a ring.
    fn own(&self, at: Vec2, heading_turns: Option<f32>, size: f32) {
        let color = &self.colors.own;
        let turn = heading_turns.unwrap_or_default() * TAU;
        let corner = |turns: f32, far: f32| {
            let angle = turn + turns * TAU;
            at + Vec2::new(angle.cos(), -angle.sin()) * far * size * SCALE
        };
        self.context.set_fill_style_str(color);
        self.shape(&[corner(0.0, 1.2), corner(0.39, 0.95), corner(0.5, 0.35), corner(0.61, 0.95)]);
        self.context.fill();
        self.context.set_stroke_style_str(color);
        self.context.set_line_width(1.0);
        self.circle(at, size * 1.7);
        self.context.stroke();
    }

    fn diamond(&self, at: Vec2, size: f32, color: &str) {
        let reach = size * SCALE;
        self.context.set_fill_style_str(color);
        self.shape(&[Vec2::X, Vec2::Y, Vec2::NEG_X, Vec2::NEG_Y].map(|way| at + way * reach));
        self.context.fill();
    }

    fn square(&self, at: Vec2, size: f32, color: &str) {
        let reach = size * SCALE;
        self.context.set_fill_style_str(color);
        self.rectangle(at - reach, at + reach);
        self.context.fill();
    }

    fn triangle(&self, at: Vec2, size: f32, color: &str) {
        let reach = size * SCALE;
        self.context.set_fill_style_str(color);
        let corners = [Vec2::NEG_Y, Vec2::new(1.0, 0.8), Vec2::new(-1.0, 0.8)];
        self.shape(&corners.map(|corner| at + corner * reach));
        self.context.fill();
    }

    fn ring(&self, at: Vec2, radius: f32, color: &str) {
        self.context.set_stroke_style_str(color);
        self.context.set_line_width(f64::from(SCALE));
        self.circle(at, radius);
        self.context.stroke();
    }

    fn dot(&self, at: Vec2, radius: f32, color: &str) {
        self.context.set_fill_style_str(color);
        self.circle(at, radius);
        self.context.fill();
    }

    fn circle(&self, at: Vec2, radius: f32) {
        self.context.begin_path();
        let (x, y, radius) = (f64::from(at.x), f64::from(at.y), f64::from(radius * SCALE));
        // A circle with a positive radius is always accepted.
        let _ = self.context.arc(x, y, radius, 0.0, std::f64::consts::TAU);
    }

    fn rectangle(&self, low: Vec2, high: Vec2) {
        self.shape(&[low, Vec2::new(high.x, low.y), high, Vec2::new(low.x, high.y)]);
        self.context.close_path();
    }

    fn shape(&self, corners: &[Vec2]) {
        self.context.begin_path();
        corners.iter().for_each(|at| self.context.line_to(f64::from(at.x), f64::from(at.y)));
    }
}

/// Where a place of the world (`0..=1`, y upward) is on a canvas of that size (pixels, y downward).
fn place(at: Vec2, size: Vec2) -> Vec2 {
    Vec2::new(at.x, 1.0 - at.y) * size
}
