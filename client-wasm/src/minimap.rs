//! The minimap: dots on a small canvas, a few times a second.

use crate::page::Page;
use perigee_shared::presentation::Hud;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Time between two drawings, microseconds: dots are small, and it saves work.
const INTERVAL_US: u64 = 80_000;
/// Width on the page, CSS pixels; the height follows from the world.
const WIDTH_PX: f64 = 176.0;
/// Drawn finer than CSS pixels, for sharp screens.
const SCALE: f64 = 2.0;

/// A small map of the world.
#[derive(Debug)]
pub(crate) struct Minimap {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    drawn_at_us: u64,
}

impl Minimap {
    pub(crate) fn new(page: &Page) -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = page.element("minimap")?;
        let context = canvas.get_context("2d")?.ok_or("the browser has no 2d canvas")?.unchecked_into();
        Ok(Self { canvas, context, drawn_at_us: 0 })
    }

    /// Draws, if it is time.
    pub(crate) fn show(&mut self, hud: &Hud, now_us: u64) {
        if now_us.saturating_sub(self.drawn_at_us) < INTERVAL_US || hud.minimap_aspect <= 0.0 {
            return;
        }
        self.drawn_at_us = now_us;
        let width = WIDTH_PX * SCALE;
        let height = (width / f64::from(hud.minimap_aspect)).round();
        // Setting the size also wipes the canvas.
        self.canvas.set_width(width as u32);
        self.canvas.set_height(height as u32);
        for &(x, y, what) in &hud.minimap {
            let (color, radius) = match what {
                "own" => ("#5ef2c2", 3.4),
                "enemy" => ("#ff6b5e", 2.8),
                _ => ("#3d4b66", 4.0),
            };
            let at = (f64::from(x) * width, (1.0 - f64::from(y)) * height);
            self.dot(at, radius * SCALE / 1.6, color);
            if what == "own" {
                self.ring(at, 6.5 * SCALE, color);
            }
        }
    }

    fn dot(&self, (x, y): (f64, f64), radius: f64, color: &str) {
        self.context.set_fill_style_str(color);
        self.context.begin_path();
        // A circle with a positive radius is always accepted.
        let _ = self.context.arc(x, y, radius, 0.0, std::f64::consts::TAU);
        self.context.fill();
    }

    fn ring(&self, (x, y): (f64, f64), radius: f64, color: &str) {
        self.context.set_stroke_style_str(color);
        self.context.set_line_width(SCALE);
        self.context.begin_path();
        let _ = self.context.arc(x, y, radius, 0.0, std::f64::consts::TAU);
        self.context.stroke();
    }
}
