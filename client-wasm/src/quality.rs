//! A small mark beside the room's name: how good the connection is, as three bars and a number.
//!
//! What comes in lies unread while the page draws, so on a slow screen everything measured here is late by that. The mark
//! tells the network, so it takes off what the page's own mail waits: its worker's ticks, which cross no network.

use crate::page::Page;
use perigee_shared::netcode::PeerStats;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

/// Time between two writings, microseconds: a number that trembles cannot be read.
const INTERVAL_US: u64 = 1_000_000;
/// Up to these a connection is good, or fair: round trip, jitter, milliseconds.
const GOOD_MS: (f32, f32) = (90.0, 15.0);
const FAIR_MS: (f32, f32) = (200.0, 40.0);
/// Without a snapshot for this long it is poor, whatever it was, milliseconds.
const SILENCE_MS: f32 = 300.0;
/// How far the mean wait moves with one tick: as far as the mean lateness of snapshots does with one of them.
const WAIT_STEP: f64 = 0.1;
/// So many times a socket's message waits for the page, where a worker's waits once: browsers announce it, then read it.
/// Measured in Chromium, with frames of 70 to 100 ms: 2.1.
const SOCKET_WAITS: f32 = 2.0;
/// A page that was frozen for longer says nothing about how it usually is, milliseconds.
const MAX_WAIT_MS: f64 = 500.0;

/// How good a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quality {
    Good,
    Fair,
    Poor,
}

/// What was measured of a connection, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Measured {
    rtt_ms: f32,
    jitter_ms: f32,
    silence_ms: f32,
}

impl Measured {
    /// The network's share, when a worker's message waits so long for the page.
    fn without(self, mail_ms: f32) -> Self {
        let wait_ms = mail_ms * SOCKET_WAITS;
        // NaN stays NaN: it must not count as a good value.
        let rest = |figure_ms: f32| if figure_ms < wait_ms { 0.0 } else { figure_ms - wait_ms };
        Self { rtt_ms: rest(self.rtt_ms), jitter_ms: rest(self.jitter_ms), silence_ms: rest(self.silence_ms) }
    }

    fn quality(self) -> Quality {
        let within = |(rtt_ms, jitter_ms): (f32, f32)| self.rtt_ms <= rtt_ms && self.jitter_ms <= jitter_ms;
        match () {
            () if self.silence_ms > SILENCE_MS => Quality::Poor,
            () if within(GOOD_MS) => Quality::Good,
            () if within(FAIR_MS) => Quality::Fair,
            () => Quality::Poor,
        }
    }
}

/// How long messages wait until the page reads them, milliseconds.
#[derive(Clone, Copy, Debug, Default)]
struct MailWait {
    mean_ms: f64,
}

impl MailWait {
    fn note(&mut self, wait_ms: f64) {
        if wait_ms.is_finite() {
            self.mean_ms += (wait_ms.clamp(0.0, MAX_WAIT_MS) - self.mean_ms) * WAIT_STEP;
        }
    }
}

/// The mark.
#[derive(Debug)]
pub(crate) struct QualityMark {
    mark: HtmlElement,
    number: HtmlElement,
    written_at_us: u64,
    mail: MailWait,
}

impl QualityMark {
    pub(crate) fn new(page: &Page) -> Result<Self, JsValue> {
        Ok(Self {
            mark: page.element("quality")?,
            number: page.element("quality-ms")?,
            written_at_us: 0,
            mail: MailWait::default(),
        })
    }

    /// A message that crossed no network waited so long to be read.
    pub(crate) fn mail_waited(&mut self, wait_ms: f64) {
        self.mail.note(wait_ms);
    }

    /// Shows the connection as it is, if it is time.
    pub(crate) fn show(&mut self, stats: &PeerStats, silence_us: u64, now_us: u64) -> Result<(), JsValue> {
        if now_us.saturating_sub(self.written_at_us) < INTERVAL_US || stats.snapshots == 0 {
            return Ok(());
        }
        self.written_at_us = now_us;
        let silence_ms = silence_us as f32 / 1000.0;
        let measured = Measured { rtt_ms: stats.rtt_ms, jitter_ms: stats.jitter_ms, silence_ms };
        let network = measured.without(self.mail.mean_ms as f32);
        let (name, words) = match network.quality() {
            Quality::Good => ("good", "Connection: good"),
            Quality::Fair => ("fair", "Connection: fair"),
            Quality::Poor => ("poor", "Connection: poor"),
        };
        self.mark.dataset().set("grade", name)?;
        self.mark.set_title(words);
        self.number.set_text_content(Some(&format!("{:.0} ms", network.rtt_ms)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::client::clock::ArrivalClock;
    use perigee_shared::tick::{TICK_MICROS, Tick};

    fn measured(rtt_ms: f32, jitter_ms: f32, silence_ms: f32) -> Measured {
        Measured { rtt_ms, jitter_ms, silence_ms }
    }

    #[test]
    fn the_worse_of_distance_and_jitter_decides_and_silence_outranks_both() {
        assert_eq!(measured(20.0, 2.0, 0.0).quality(), Quality::Good);
        assert_eq!(measured(150.0, 2.0, 0.0).quality(), Quality::Fair);
        assert_eq!(measured(20.0, 30.0, 0.0).quality(), Quality::Fair);
        assert_eq!(measured(20.0, 80.0, 0.0).quality(), Quality::Poor);
        assert_eq!(measured(f32::NAN, 0.0, 0.0).quality(), Quality::Poor);
        assert_eq!(measured(20.0, 2.0, 400.0).quality(), Quality::Poor);
    }

    #[test]
    fn a_wait_is_taken_off_and_never_more_than_there_is() {
        assert_eq!(measured(60.0, 45.0, 10.0).without(20.0), measured(20.0, 5.0, 0.0));
        assert_eq!(measured(60.0, 45.0, 10.0).without(0.0), measured(60.0, 45.0, 10.0));
        assert!(measured(f32::NAN, 0.0, 0.0).without(40.0).rtt_ms.is_nan());
    }

    /// What the mark says after ten seconds on a page whose frames take `frame_us`, over a network where every other
    /// snapshot comes `late_us` late.
    fn seen_through(frame_us: u64, late_us: u64) -> Quality {
        // While a frame is drawn nothing is read: mail waits for its end.
        let read_at_us = |at_us: u64| at_us.div_ceil(frame_us) * frame_us;
        let mut clock = ArrivalClock::new(Tick(0), 0, TICK_MICROS);
        let mut mail = MailWait::default();
        for n in 1..300_u32 {
            let due_us = u64::from(n) * TICK_MICROS;
            clock.arrived(Tick(n), read_at_us(due_us + u64::from(n % 2) * late_us));
            // The worker's ticks keep no step with the server's.
            let tick_us = u64::from(n) * 33_000;
            mail.note((read_at_us(tick_us) - tick_us) as f64 / 1000.0);
        }
        measured(30.0, clock.jitter_ms(), 0.0).without(mail.mean_ms as f32).quality()
    }

    #[test]
    fn a_slow_screen_is_no_bad_network_and_hides_none() {
        for frame_us in [1_000, 16_700, 71_000, 110_000] {
            assert_eq!(seen_through(frame_us, 0), Quality::Good, "{frame_us}");
            assert_ne!(seen_through(frame_us, 200_000), Quality::Good, "{frame_us}");
        }
    }

    #[test]
    fn one_long_freeze_passes_and_nonsense_is_left_out() {
        let mut mail = MailWait::default();
        for wait_ms in [f64::NAN, -5.0, f64::INFINITY] {
            mail.note(wait_ms);
        }
        assert_eq!(mail.mean_ms, 0.0);
        mail.note(60_000.0);
        (0..60).for_each(|_| mail.note(1.0));
        assert!(mail.mean_ms < 1.5, "{}", mail.mean_ms);
    }
}
