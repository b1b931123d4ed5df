//! The buttons of the page that open and close panels. Keys are bound elsewhere: the player chooses them.

use crate::page::{Page, listen};
use crate::panels::dom::nearest;
use crate::panels::frame::PanelId;
use crate::panels::requests::{PanelRequest, PanelRequests};
use wasm_bindgen::prelude::*;
use web_sys::Event;

/// Begins to listen.
pub(super) fn listen_to_buttons(page: &Page, requests: &PanelRequests) -> Result<(), JsValue> {
    let asked = requests.clone();
    listen(&page.window, "click", move |event: Event| {
        let id = nearest(&event, "panel").and_then(|(_, name)| PanelId::named(&name));
        id.into_iter().for_each(|id| asked.push(PanelRequest::Toggle(id)));
        let id = nearest(&event, "close").and_then(|(_, name)| PanelId::named(&name));
        id.into_iter().for_each(|id| asked.push(PanelRequest::Close(id)));
    })
}
