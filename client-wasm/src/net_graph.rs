//! The net graph (F3): the connection in numbers, and the last seconds as curves.

use crate::page::Page;
use perigee_shared::netcode::PeerStats;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

/// Samples kept, and time between two, microseconds: twelve seconds of curve.
const SAMPLES: usize = 120;
const INTERVAL_US: u64 = 100_000;
/// Bytes a second are taken over this many samples.
const RATE_SAMPLES: usize = 10;
/// Top of the graph, milliseconds, unless a curve is higher.
const TOP_MS: f32 = 120.0;

/// One look at the connection.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at_us: u64,
    stats: PeerStats,
}

/// The graph's memory and its place on the page.
#[derive(Debug)]
pub(crate) struct NetGraph {
    page: Rc<Page>,
    panel: HtmlElement,
    numbers: HtmlElement,
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    samples: VecDeque<Sample>,
    lines: Vec<HtmlElement>,
}

impl NetGraph {
    pub(crate) fn new(page: &Rc<Page>) -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = page.element("net-curves")?;
        let context = canvas.get_context("2d")?.ok_or("the browser has no 2d canvas")?.unchecked_into();
        Ok(Self {
            panel: page.element("net-graph")?,
            numbers: page.element("net-numbers")?,
            canvas,
            context,
            samples: VecDeque::with_capacity(SAMPLES),
            lines: Vec::new(),
            page: Rc::clone(page),
        })
    }

    /// Shows or hides the graph.
    pub(crate) fn set_shown(&self, shown: bool) {
        self.panel.set_hidden(!shown);
    }

    /// Forgets the last connection.
    pub(crate) fn clear(&mut self) {
        self.samples.clear();
    }

    /// Takes a sample, if it is time, and draws if it is seen.
    pub(crate) fn take(&mut self, stats: &PeerStats, now_us: u64) -> Result<(), JsValue> {
        if self.samples.back().is_some_and(|last| now_us.saturating_sub(last.at_us) < INTERVAL_US) {
            return Ok(());
        }
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample { at_us: now_us, stats: *stats });
        if self.panel.hidden() {
            return Ok(());
        }
        self.write(stats)?;
        self.draw();
        Ok(())
    }

    fn write(&mut self, stats: &PeerStats) -> Result<(), JsValue> {
        let (bytes_in, bytes_out) = rates(&self.samples);
        let texts = [
            ("round trip", format!("{:.0} ms", stats.rtt_ms)),
            ("jitter", format!("{:.1} ms", stats.jitter_ms)),
            ("in", format!("{bytes_in:.0} B/s")),
            ("out", format!("{bytes_out:.0} B/s")),
            ("snapshot interval", format!("{:.0} ms", stats.snapshot_interval_ms)),
            ("inputs ahead", format!("{:.1} ticks", stats.buffered_inputs)),
            ("view delay", format!("{:.0} ms", stats.interpolation_delay_ms)),
            ("mispredictions", stats.mispredictions.to_string()),
            ("clock jumps", stats.resyncs.to_string()),
            ("came back", stats.resumes.to_string()),
            ("unreadable", stats.decode_errors.to_string()),
            ("in view", stats.visible.to_string()),
        ];
        for (at, (name, text)) in texts.iter().enumerate() {
            if self.lines.len() <= at {
                let term = self.page.make("dt", "")?;
                term.set_text_content(Some(name));
                let value = self.page.make("dd", "")?;
                self.numbers.append_child(&term)?;
                self.numbers.append_child(&value)?;
                self.lines.push(value);
            }
            self.lines[at].set_text_content(Some(text));
        }
        Ok(())
    }

    fn draw(&self) {
        let (width, height) = (f64::from(self.canvas.width()), f64::from(self.canvas.height()));
        self.context.clear_rect(0.0, 0.0, width, height);
        type Curve = fn(&PeerStats) -> f32;
        let curves: [(Curve, &str); 3] = [
            (|s| s.snapshot_interval_ms, "#3d5a8a"),
            (|s| s.interpolation_delay_ms, "#9fb0c8"),
            (|s| s.rtt_ms, "#5ef2c2"),
        ];
        let values = |curve: Curve| self.samples.iter().map(move |sample| curve(&sample.stats));
        let top = curves.iter().flat_map(|&(curve, _)| values(curve)).fold(TOP_MS, f32::max);
        for (curve, color) in curves {
            self.context.set_stroke_style_str(color);
            self.context.set_line_width(2.0);
            self.context.begin_path();
            for (at, value) in values(curve).enumerate() {
                let x = (at + SAMPLES - self.samples.len()) as f64 / (SAMPLES - 1) as f64 * width;
                let y = height - 2.0 - f64::from(value / top) * (height - 4.0);
                self.context.line_to(x, y);
            }
            self.context.stroke();
        }
    }
}

/// Bytes a second in and out over the newest samples.
fn rates(samples: &VecDeque<Sample>) -> (f64, f64) {
    let first = samples.len().saturating_sub(RATE_SAMPLES + 1);
    let (Some(old), Some(new)) = (samples.get(first), samples.back()) else { return (0.0, 0.0) };
    let seconds = new.at_us.saturating_sub(old.at_us) as f64 / 1e6;
    let rate =
        |old: u64, new: u64| if seconds > 0.0 { new.saturating_sub(old) as f64 / seconds } else { 0.0 };
    (rate(old.stats.bytes_in, new.stats.bytes_in), rate(old.stats.bytes_out, new.stats.bytes_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_per_second_over_the_newest_samples() {
        let sample = |n: u64| Sample {
            at_us: n * 100_000,
            stats: PeerStats { bytes_in: n * 250, bytes_out: n * 30, ..PeerStats::default() },
        };
        let samples: VecDeque<Sample> = (0..50).map(sample).collect();
        assert_eq!(rates(&samples), (2500.0, 300.0));
        assert_eq!(rates(&VecDeque::new()), (0.0, 0.0));
        assert_eq!(rates(&VecDeque::from([sample(3)])), (0.0, 0.0));
    }
}
