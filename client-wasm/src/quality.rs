//! A small mark beside the room's name: how good the connection is, as three bars and a number.

use crate::page::Page;
use perigee_shared::netcode::PeerStats;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

/// Time between two writings, microseconds: a number that trembles cannot be read.
const INTERVAL_US: u64 = 1_000_000;
/// Up to these a connection is good, or fair: round trip, jitter, milliseconds.
const GOOD_MS: (f32, f32) = (90.0, 15.0);
const FAIR_MS: (f32, f32) = (200.0, 40.0);
/// Without a snapshot for this long it is poor, whatever it was, microseconds.
const SILENCE_US: u64 = 300_000;

/// How good a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quality {
    Good,
    Fair,
    Poor,
}

fn quality(rtt_ms: f32, jitter_ms: f32, silence_us: u64) -> Quality {
    let within = |(rtt, jitter): (f32, f32)| rtt_ms <= rtt && jitter_ms <= jitter;
    match () {
        () if silence_us > SILENCE_US => Quality::Poor,
        () if within(GOOD_MS) => Quality::Good,
        () if within(FAIR_MS) => Quality::Fair,
        () => Quality::Poor,
    }
}

/// The mark.
#[derive(Debug)]
pub(crate) struct QualityMark {
    mark: HtmlElement,
    number: HtmlElement,
    written_at_us: u64,
}

impl QualityMark {
    pub(crate) fn new(page: &Page) -> Result<Self, JsValue> {
        Ok(Self { mark: page.element("quality")?, number: page.element("quality-ms")?, written_at_us: 0 })
    }

    /// Shows the connection as it is, if it is time.
    pub(crate) fn show(&mut self, stats: &PeerStats, silence_us: u64, now_us: u64) -> Result<(), JsValue> {
        if now_us.saturating_sub(self.written_at_us) < INTERVAL_US || stats.snapshots == 0 {
            return Ok(());
        }
        self.written_at_us = now_us;
        let (name, words) = match quality(stats.rtt_ms, stats.jitter_ms, silence_us) {
            Quality::Good => ("good", "Connection: good"),
            Quality::Fair => ("fair", "Connection: fair"),
            Quality::Poor => ("poor", "Connection: poor"),
        };
        self.mark.dataset().set("grade", name)?;
        self.mark.set_title(words);
        self.number.set_text_content(Some(&format!("{:.0} ms", stats.rtt_ms)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_distance_and_jitter_decides_and_silence_outranks_both() {
        assert_eq!(quality(20.0, 2.0, 0), Quality::Good);
        assert_eq!(quality(150.0, 2.0, 0), Quality::Fair);
        assert_eq!(quality(20.0, 30.0, 0), Quality::Fair);
        assert_eq!(quality(20.0, 80.0, 0), Quality::Poor);
        assert_eq!(quality(f32::NAN, 0.0, 0), Quality::Poor);
        assert_eq!(quality(20.0, 2.0, 400_000), Quality::Poor);
    }
}
