//! One request for JSON to the server that served the page; its answer is taken out by the client's frames.

use crate::page::Page;
use js_sys::futures::{JsFuture, spawn_local};
use js_sys::{Array, JSON, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

/// A request that takes longer has failed, milliseconds.
const TIMEOUT_MS: u32 = 8_000;
/// Longest answer that is looked at, in UTF-16 units.
const MAX_ANSWER_UNITS: u32 = 256 * 1024;

/// Longest text that passes for a sentence, bytes.
const MAX_SENTENCE_BYTES: usize = 240;

/// What became of a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It was done; null if the server said nothing.
    Json(JsValue),
    /// The server said no: the status, and why if it said so.
    Refused(u16, String),
    /// There is no answer, or none that can be read.
    Failed,
}

/// A request on its way.
#[derive(Clone, Debug)]
pub(crate) struct Fetch(Rc<RefCell<Option<Answer>>>);

impl Fetch {
    /// Asks for what is at `path`.
    pub(crate) fn get(page: &Page, path: &str) -> Self {
        Self::start(page, path, &RequestInit::new())
    }

    /// Sends `body`, which is JSON, to `path`.
    pub(crate) fn post(page: &Page, path: &str, body: &str) -> Self {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&JsValue::from_str(body));
        if let Ok(headers) = Headers::new() {
            // Constants that the browser accepts.
            let _ = headers.set("content-type", "application/json");
            init.set_headers(&headers);
        }
        Self::start(page, path, &init)
    }

    fn start(page: &Page, path: &str, init: &RequestInit) -> Self {
        let slot = Rc::new(RefCell::new(None));
        let (answer, told) = (ask(page, path, init), Rc::clone(&slot));
        spawn_local(async move {
            let answer = answer.await;
            *told.borrow_mut() = Some(answer);
        });
        Self(slot)
    }

    /// Takes the answer out, once it is there.
    pub(crate) fn take(&self) -> Option<Answer> {
        self.0.borrow_mut().take()
    }
}

/// Asks for what is at `path`; the answer comes in bounded time.
pub(crate) fn get(page: &Page, path: &str) -> impl Future<Output = Answer> + use<> {
    ask(page, path, &RequestInit::new())
}

fn ask(page: &Page, path: &str, init: &RequestInit) -> impl Future<Output = Answer> + use<> {
    init.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
    let promise = page.window.fetch_with_str_and_init(path, init);
    async move {
        match JsFuture::from(promise).await {
            Ok(response) => read(response.unchecked_into()).await.unwrap_or(Answer::Failed),
            Err(_) => Answer::Failed,
        }
    }
}

async fn read(response: Response) -> Result<Answer, JsValue> {
    let text: js_sys::JsString = JsFuture::from(response.text()?).await?.unchecked_into();
    if text.length() > MAX_ANSWER_UNITS {
        return Ok(Answer::Failed);
    }
    let text = String::from(text);
    let json = if text.is_empty() { Ok(JsValue::NULL) } else { JSON::parse(&text) };
    if response.ok() {
        // `/healthz` answers a word, which is not JSON; that it answered is what counts.
        return Ok(Answer::Json(json.unwrap_or(JsValue::NULL)));
    }
    // A problem in JSON, or a sentence; a page of a proxy's is neither.
    let sentence =
        || Some(text.trim()).filter(|text| text.len() <= MAX_SENTENCE_BYTES && !text.contains('<'));
    let why = json.ok().and_then(|problem| text_at(&problem, "detail"));
    let why = why.or_else(|| sentence().map(str::to_owned)).unwrap_or_default();
    Ok(Answer::Refused(response.status(), why))
}

/// The value of a key of an object; `None` if there is none.
pub(crate) fn at(object: &JsValue, key: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(key))
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

/// A text of an object.
pub(crate) fn text_at(object: &JsValue, key: &str) -> Option<String> {
    at(object, key)?.as_string()
}

/// A whole number of an object, 0 or more; what lies beyond `u64` ends there.
pub(crate) fn number_at(object: &JsValue, key: &str) -> Option<u64> {
    let number = at(object, key)?.as_f64()?;
    (number >= 0.0).then_some(number as u64)
}

/// A small whole number of an object; what is missing or too large is 0.
pub(crate) fn small_at(object: &JsValue, key: &str) -> u32 {
    number_at(object, key).and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
}

/// The first `most` entries of a list of an object; none if it is not a list.
pub(crate) fn list_at(object: &JsValue, key: &str, most: usize) -> Vec<JsValue> {
    let list = at(object, key).and_then(|list| list.dyn_into::<Array>().ok());
    list.map(|list| list.iter().take(most).collect()).unwrap_or_default()
}
