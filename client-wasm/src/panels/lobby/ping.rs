//! How far the server is: the quickest of three small requests.

use crate::page::Page;
use js_sys::futures::{JsFuture, spawn_local};
use std::cell::Cell;
use std::rc::Rc;
use web_sys::{AbortSignal, RequestInit};

/// Requests that are made; the quickest counts.
const TRIES: usize = 3;
/// A request that takes longer does not count, milliseconds.
const TIMEOUT_MS: u32 = 3_000;

/// The measurement.
#[derive(Clone, Debug, Default)]
pub(super) struct Ping(Rc<Cell<Option<f64>>>);

impl Ping {
    /// Begins to measure.
    pub(super) fn start(page: &Rc<Page>) -> Self {
        let ping = Self::default();
        let (best, page) = (Rc::clone(&ping.0), Rc::clone(page));
        spawn_local(async move {
            for _ in 0..TRIES {
                let wish = RequestInit::new();
                wish.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
                let begun_us = page.now_us();
                let answer = JsFuture::from(page.window.fetch_with_str_and_init("/healthz", &wish)).await;
                let took_ms = page.now_us().saturating_sub(begun_us) as f64 / 1000.0;
                if answer.is_ok() && best.get().is_none_or(|best_ms| took_ms < best_ms) {
                    best.set(Some(took_ms));
                }
            }
        });
        ping
    }

    /// The quickest so far, milliseconds.
    pub(super) fn best_ms(&self) -> Option<f64> {
        self.0.get()
    }
}
