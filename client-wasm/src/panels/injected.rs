//! For tests (`?debug=1`): messages as the server sends them, given to the page by an event `perigee-inject` whose detail
//! is their bytes.

use crate::page::{Page, listen};
use js_sys::Uint8Array;
use perigee_shared::protocol::{Message, ServiceMessage};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::CustomEvent;

/// Messages that may wait for a frame.
const MAX_WAITING: usize = 256;

/// What was given since the last frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct Injected(Rc<RefCell<Vec<ServiceMessage>>>);

impl Injected {
    /// Listens in tests.
    pub(crate) fn new(page: &Page, on: bool) -> Result<Self, JsValue> {
        let injected = Self::default();
        if on {
            let waiting = Rc::clone(&injected.0);
            listen(&page.window, "perigee-inject", move |event: CustomEvent| {
                let bytes = Uint8Array::new(&event.detail()).to_vec();
                let mut waiting = waiting.borrow_mut();
                if let (Ok(message), true) = (ServiceMessage::decode(&bytes), waiting.len() < MAX_WAITING) {
                    waiting.push(message);
                }
            })?;
        }
        Ok(injected)
    }

    /// Takes out what was given.
    pub(crate) fn take(&self) -> Vec<ServiceMessage> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}
