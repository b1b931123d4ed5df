//! The price chart: candles on a small canvas, a few times a second, in the page's colours.

use crate::page::Page;
use crate::panels::market::candles::{Candles, MAX_CANDLES};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Time between two drawings, microseconds.
const INTERVAL_US: u64 = 100_000;
/// Room for the prices at the right, and half of one's height, CSS pixels.
const LABELS_PX: f64 = 44.0;
const HALF_LABEL_PX: f64 = 6.0;
/// Share of the height that turnover may take at the foot.
const VOLUME_SHARE: f64 = 0.2;

/// The chart.
#[derive(Debug)]
pub(super) struct Chart {
    page: Rc<Page>,
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    drawn_at_us: u64,
}

/// Where prices lie on the canvas.
#[derive(Clone, Copy, Debug)]
struct Scale {
    low: f64,
    high: f64,
    height: f64,
}

impl Scale {
    /// A scale with some room above and below, so that a flat price lies in the middle.
    fn new(low: u32, high: u32, height: f64) -> Self {
        let (low, high) = (f64::from(low), f64::from(high));
        let room = ((high - low) * 0.08).max(1.0);
        Self { low: low - room, high: high + room, height }
    }

    fn y(&self, price: f64) -> f64 {
        (self.high - price) / (self.high - self.low) * self.height
    }

    /// Round prices to draw lines at: two to five of them.
    fn marks(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 4.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough).max(1.0);
        let first = (self.low / step).ceil() as i64;
        (0..6).map(|n| (first + n) as f64 * step).filter(|mark| *mark < self.high).collect()
    }
}

impl Chart {
    pub(super) fn new(page: &Rc<Page>) -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = page.element("market-chart")?;
        let context = canvas.get_context("2d")?.ok_or("the browser has no 2d canvas")?.unchecked_into();
        Ok(Self { page: Rc::clone(page), canvas, context, drawn_at_us: 0 })
    }

    /// Draws, if it is time.
    pub(super) fn show(&mut self, candles: &Candles, now_us: u64) -> Result<(), JsValue> {
        if now_us.saturating_sub(self.drawn_at_us) < INTERVAL_US {
            return Ok(());
        }
        self.drawn_at_us = now_us;
        let (width, height) = (f64::from(self.canvas.client_width()), f64::from(self.canvas.client_height()));
        let sharp = self.page.window.device_pixel_ratio().clamp(1.0, 3.0);
        // Setting the size also wipes the canvas.
        self.canvas.set_width((width * sharp) as u32);
        self.canvas.set_height((height * sharp) as u32);
        self.context.scale(sharp, sharp)?;
        let Some((low, high, volume)) = candles.range() else { return Ok(()) };
        let scale = Scale::new(low, high, height);
        self.draw_marks(&scale, width)?;
        let slot = (width - LABELS_PX) / MAX_CANDLES as f64;
        let first = MAX_CANDLES - candles.iter().len();
        let [up, down] = ["--own", "--enemy"].map(|name| self.color(name));
        for (at, candle) in candles.iter().enumerate() {
            let left = (first + at) as f64 * slot;
            self.context.set_fill_style_str(if candle.close >= candle.open { &up } else { &down });
            let y = |price: u32| scale.y(f64::from(price));
            let bar = candle.volume as f64 / volume.max(1) as f64 * height * VOLUME_SHARE;
            self.context.set_global_alpha(0.25);
            self.context.fill_rect(left + slot * 0.15, height - bar, slot * 0.7, bar);
            self.context.set_global_alpha(1.0);
            self.context.fill_rect(
                left + slot / 2.0 - 0.5,
                y(candle.high),
                1.0,
                y(candle.low) - y(candle.high),
            );
            let (top, foot) = (y(candle.open.max(candle.close)), y(candle.open.min(candle.close)));
            self.context.fill_rect(left + slot * 0.15, top, slot * 0.7, (foot - top).max(1.0));
        }
        Ok(())
    }

    fn draw_marks(&self, scale: &Scale, width: f64) -> Result<(), JsValue> {
        let [line, dim] = ["--line", "--dim"].map(|name| self.color(name));
        self.context.set_font("11px system-ui, sans-serif");
        self.context.set_text_baseline("middle");
        for mark in scale.marks() {
            let y = scale.y(mark).round() + 0.5;
            self.context.set_fill_style_str(&line);
            self.context.fill_rect(0.0, y, width - LABELS_PX, 1.0);
            self.context.set_fill_style_str(&dim);
            // A number at the rim would be cut in half.
            let y = y.min(scale.height - HALF_LABEL_PX).max(HALF_LABEL_PX);
            self.context.fill_text(&format!("{mark:.0}"), width - LABELS_PX + 6.0, y)?;
        }
        Ok(())
    }

    fn color(&self, name: &str) -> String {
        let style = self.page.window.get_computed_style(&self.page.body).ok().flatten();
        style.and_then(|style| style.get_property_value(name).ok()).unwrap_or_default().trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_lie_within_the_canvas_and_flat_ones_in_the_middle() {
        let scale = Scale::new(90, 110, 100.0);
        assert!(scale.y(110.0) > 0.0 && scale.y(90.0) < 100.0 && scale.y(110.0) < scale.y(90.0));
        assert_eq!(Scale::new(50, 50, 80.0).y(50.0), 40.0);
    }

    #[test]
    fn marks_are_few_round_and_inside() {
        for (low, high) in [(1, 1), (90, 110), (3, 9999), (20, 21)] {
            let scale = Scale::new(low, high, 100.0);
            let marks = scale.marks();
            assert!((1..=6).contains(&marks.len()), "{low} {high}: {marks:?}");
            assert!(marks.iter().all(|mark| (0.0..=100.0).contains(&scale.y(*mark)) && mark.fract() == 0.0));
        }
    }
}
