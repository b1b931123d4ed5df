//! How far the server is: the quickest of a few small requests, by the browser's own times of them: a page that is starting
//! reads its answers late.

use crate::page::Page;
use js_sys::futures::{JsFuture, spawn_local};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, PerformanceResourceTiming, RequestCache, RequestInit, Response};

/// Requests that are made; the quickest counts, but for the first one.
const TRIES: usize = 4;
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
            for number in 0..TRIES {
                let took_ms = ask(&page, number).await.ok().flatten();
                // The first one opens the connection.
                let took_ms = took_ms.filter(|_| number > 0);
                if took_ms.is_some_and(|took_ms| best.get().is_none_or(|best_ms| took_ms < best_ms)) {
                    best.set(took_ms);
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

/// Makes one request, reads its answer to the end, and returns how long that took, milliseconds.
async fn ask(page: &Page, number: usize) -> Result<Option<f64>, JsValue> {
    let init = RequestInit::new();
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
    // A name of its own, by which its times are found.
    let promise = page.window.fetch_with_str_and_init(&format!("healthz?{number}"), &init);
    let response: Response = JsFuture::from(promise).await?.unchecked_into();
    // An answer that is not read to its end is cancelled.
    JsFuture::from(response.text()?).await?;
    let entries = page.resource_times(&response.url());
    let times = entries.get(entries.length().saturating_sub(1)).dyn_into::<PerformanceResourceTiming>()?;
    let took_ms = times.response_start() - times.request_start();
    Ok((times.request_start() > 0.0 && took_ms >= 0.0).then_some(took_ms))
}
