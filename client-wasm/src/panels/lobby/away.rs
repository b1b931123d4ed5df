//! The panel in the match about the match: a link to it for friends, the way out, and forgetting this device.

use crate::page::{Page, listen};
use crate::panels::asks::{Ask, Asks};
use crate::panels::dom::{nearest, set_text};
use crate::panels::lobby::links::{LinkField, link};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement};

/// The panel.
#[derive(Debug)]
pub(crate) struct Away {
    page: Rc<Page>,
    title: HtmlElement,
    link: LinkField,
    said: HtmlElement,
}

impl Away {
    pub(crate) fn new(page: &Rc<Page>, asks: &Asks) -> Result<Self, JsValue> {
        let panel: HtmlElement = page.element("panel-rooms")?;
        let asks = asks.clone();
        listen(&panel, "click", move |event: Event| match nearest(&event, "away") {
            Some((_, what)) if what == "leave" => asks.push(Ask::Leave),
            Some((_, what)) if what == "forget" => asks.push(Ask::Forget),
            _ => {}
        })?;
        let link = LinkField::new(page, "away-link")?;
        Ok(Self {
            page: Rc::clone(page),
            title: page.element("rooms-title")?,
            link,
            said: page.element("away-said")?,
        })
    }

    /// Shows the room and its link.
    pub(crate) fn show(&self, room: &str, party: &str) {
        set_text(&self.title, &format!("Room {room}"));
        let link = link(&self.page, &[("room", room), ("party", party)]);
        self.link.show("Friends who come by this link play here:", &link);
    }

    /// Says something.
    pub(crate) fn say(&self, words: &str) {
        set_text(&self.said, words);
    }
}
