//! The way to the document: typed elements, event listeners, and errors that the player can read.

use crate::announcer::Announcer;
use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::prelude::*;
use web_sys::{
    Document, Event, EventTarget, HtmlElement, KeyboardEvent, MediaQueryList, Performance, Window,
};

/// The browser's objects that every part needs.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) window: Window,
    pub(crate) document: Document,
    pub(crate) body: HtmlElement,
    clock: Performance,
    voice: RefCell<Announcer>,
}

impl Page {
    pub(crate) fn new() -> Result<Self, JsValue> {
        let window = web_sys::window().ok_or("there is no window")?;
        let document = window.document().ok_or("there is no document")?;
        let body = document.body().ok_or("the document has no body")?;
        let clock = window.performance().ok_or("the browser has no clock")?;
        Ok(Self { window, document, body, clock, voice: RefCell::default() })
    }

    /// Milliseconds since the page was opened, as fine as the browser measures.
    pub(crate) fn now_ms(&self) -> f64 {
        self.clock.now()
    }

    /// The same moment on a clock that the page's workers share, milliseconds.
    pub(crate) fn epoch_ms(&self) -> f64 {
        self.clock.time_origin() + self.clock.now()
    }

    /// The path of the folder that the page is in, with slashes at both ends: all that the server has is beside the page,
    /// wherever a proxy shows it.
    pub(crate) fn folder(&self) -> String {
        let path = self.window.location().pathname().unwrap_or_default();
        path.rsplit_once('/').map_or_else(|| "/".to_owned(), |(folder, _)| format!("{folder}/"))
    }

    /// Microseconds since the page was opened.
    pub(crate) fn now_us(&self) -> u64 {
        (self.clock.now() * 1000.0) as u64
    }

    /// What the browser measured of the requests for that address.
    pub(crate) fn resource_times(&self, address: &str) -> js_sys::Array {
        self.clock.get_entries_by_name(address).unchecked_into()
    }

    /// The element with that id.
    pub(crate) fn element<T: JsCast>(&self, id: &str) -> Result<T, JsValue> {
        let element = self.document.get_element_by_id(id).ok_or_else(|| format!("the page has no #{id}"))?;
        element.dyn_into().map_err(|_| format!("#{id} is of another kind than expected").into())
    }

    /// A new element with a class.
    pub(crate) fn make(&self, tag: &str, class: &str) -> Result<HtmlElement, JsValue> {
        let element: HtmlElement = self.document.create_element(tag)?.unchecked_into();
        element.set_class_name(class);
        Ok(element)
    }

    /// Sets `data-key` on the body; the style sheet and the tests read it.
    pub(crate) fn mark(&self, key: &str, value: &str) {
        // Only a key with a hyphen before a letter is refused, and ours are constants.
        let _ = self.body.dataset().set(key, value);
    }

    /// Sets `data-key` on the document itself, whose font size everything follows.
    pub(crate) fn mark_root(&self, key: &str, value: &str) {
        if let Some(root) = self.document.document_element() {
            let _ = root.set_attribute(&format!("data-{key}"), value);
        }
    }

    /// Sets a variable of the style sheet, such as `--own`.
    pub(crate) fn set_style_variable(&self, name: &str, value: &str) {
        // Only a name that is none is refused, and ours are constants.
        let _ = self.body.style().set_property(name, value);
    }

    /// What the style sheet says now of a variable, such as `--own`; empty if nothing.
    pub(crate) fn style_variable(&self, name: &str) -> String {
        let style = self.window.get_computed_style(&self.body).ok().flatten();
        style.and_then(|style| style.get_property_value(name).ok()).unwrap_or_default().trim().to_owned()
    }

    /// Asks to announce something to screen readers: in its turn, and not too often.
    pub(crate) fn say(&self, words: &str) {
        self.voice.borrow_mut().say(words);
    }

    /// Asks to announce a state, which may be announced again after a while.
    pub(crate) fn say_state(&self, words: &str) {
        self.voice.borrow_mut().say_state(words);
    }

    /// Tells it what is due.
    pub(crate) fn speak(&self, now_us: u64) {
        let words = self.voice.borrow_mut().take(now_us);
        if let (Some(words), Ok(region)) = (words, self.element::<HtmlElement>("spoken")) {
            region.set_text_content(Some(&words));
        }
    }

    /// Takes the focus from whatever control has it, so that keys reach the game.
    pub(crate) fn give_keys_to_game(&self) {
        let focused =
            self.document.active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
        if let Some(control) = focused.filter(|element| *element != self.body) {
            // A control that keeps the focus keeps the keys.
            let _ = control.blur();
        }
        // In another site's frame a click on the view does not give it the focus by itself.
        let _ = self.window.focus();
    }

    /// Whether the player asked the system for less motion.
    pub(crate) fn reduced_motion(&self) -> bool {
        self.motion_query().is_some_and(|list| list.matches())
    }

    /// Calls `handle` when the system's preference about motion changes.
    pub(crate) fn on_motion_change(&self, handle: impl FnMut(Event) + 'static) -> Result<(), JsValue> {
        self.motion_query().map_or(Ok(()), |list| listen(&list, "change", handle))
    }

    /// Whether the device's first pointer is a touch screen.
    pub(crate) fn is_touch_first(&self) -> bool {
        self.window.match_media("(pointer: coarse)").ok().flatten().is_some_and(|list| list.matches())
    }

    fn motion_query(&self) -> Option<MediaQueryList> {
        self.window.match_media("(prefers-reduced-motion: reduce)").ok().flatten()
    }

    /// Shows the element with that id, or hides it.
    pub(crate) fn show_element(&self, id: &str, shown: bool) {
        if let Ok(element) = self.element::<HtmlElement>(id) {
            element.set_hidden(!shown);
        }
    }

    /// Tells the player what went wrong.
    pub(crate) fn show_error(&self, words: &str) {
        if let Ok(element) = self.element::<HtmlElement>("error") {
            element.set_text_content(Some(words));
            element.set_hidden(words.is_empty());
        }
    }
}

/// Calls `handle` for each event of that name, for as long as the page lives.
pub(crate) fn listen<E: FromWasmAbi + 'static>(
    target: &EventTarget,
    name: &str,
    handle: impl FnMut(E) + 'static,
) -> Result<(), JsValue> {
    let closure = Closure::<dyn FnMut(E)>::new(handle);
    target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref())?;
    closure.forget();
    Ok(())
}

/// Whether the key belongs to what is being composed, as in writing Japanese: then it means nothing else. Safari ends a
/// composition before it reports the key that ended it, and marks that key by an old number.
pub(crate) fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// A JavaScript error in words.
pub(crate) fn words_of(error: &JsValue) -> String {
    error
        .as_string()
        .or_else(|| error.dyn_ref::<js_sys::Error>().map(|e| e.message().into()))
        .unwrap_or_else(|| format!("{error:?}"))
}

/// A bug in the client is shown on the page, not only in the console: a frozen screen explains nothing.
pub(crate) fn install_panic_hook() {
    static SHOWN: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|info| {
        // Later ones follow from the first.
        if SHOWN.swap(true, Ordering::Relaxed) {
            return;
        }
        let words = format!("The client stopped because of a bug: {info}. Reload the page to go on.");
        web_sys::console::error_1(&JsValue::from_str(&words));
        if let Ok(page) = Page::new() {
            page.show_error(&words);
            // The state whose page shows the error.
            page.mark("state", "refused");
        }
    }));
}
