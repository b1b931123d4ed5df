//! The panel in the match about the match: a link to it for friends, and the way out.

use crate::page::{Page, listen};
use crate::panels::dom::{nearest, set_text};
use crate::panels::lobby::links::{LinkField, link};
use crate::panels::requests::{PanelRequest, PanelRequests};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement};

/// The panel.
#[derive(Debug)]
pub(crate) struct Away {
    page: Rc<Page>,
    title: HtmlElement,
    link: LinkField,
}

impl Away {
    pub(crate) fn new(page: &Rc<Page>, requests: &PanelRequests) -> Result<Self, JsValue> {
        let panel: HtmlElement = page.element("panel-rooms")?;
        let requests = requests.clone();
        listen(&panel, "click", move |event: Event| {
            if nearest(&event, "away").is_some_and(|(_, what)| what == "leave") {
                requests.push(PanelRequest::Leave);
            }
        })?;
        let link = LinkField::new(page, "away-link")?;
        Ok(Self { page: Rc::clone(page), title: page.element("rooms-title")?, link })
    }

    /// Shows the room and its link.
    pub(crate) fn show(&self, room: &str, party: &str) {
        set_text(&self.title, &format!("Room {room}"));
        let link = link(&self.page, &[("room", room), ("party", party)]);
        self.link.show("Friends who open this link play here:", &link);
    }
}
