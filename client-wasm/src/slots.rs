//! Texts of the game's own in the page's slots: `data-slot="NAME"` says which element has which. A game's own page files may
//! place such elements anywhere; a slot that has none gets one in the HUD's default place.

use crate::page::Page;
use perigee_shared::presentation::{Hud, MAX_HUD_SLOTS};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

/// Elements that are looked for in the page, and made: a game that changes its slots' names all the time shows no more.
const MAX_ELEMENTS: usize = 4 * MAX_HUD_SLOTS;

/// An element and what it shows.
#[derive(Debug)]
struct Slot {
    name: String,
    element: HtmlElement,
    /// Empty while it is hidden.
    text: String,
}

impl Slot {
    /// Writes the text where it is another one; an empty text hides the element.
    fn show(&mut self, text: &str) {
        if self.text != text {
            self.element.set_text_content(Some(text));
            self.element.set_hidden(text.is_empty());
            self.text = text.to_owned();
        }
    }
}

/// All slots of the page.
#[derive(Debug)]
pub(crate) struct Slots {
    page: Rc<Page>,
    default_place: HtmlElement,
    slots: Vec<Slot>,
}

impl Slots {
    /// Finds the elements that the page's files have, and hides them until the game has a text for them.
    pub(crate) fn new(page: &Rc<Page>) -> Result<Self, JsValue> {
        let found = page.document.query_selector_all("[data-slot]")?;
        let mut slots = Vec::new();
        for at in 0..found.length().min(MAX_ELEMENTS as u32) {
            let Some(Ok(element)) = found.get(at).map(JsCast::dyn_into::<HtmlElement>) else {
                continue;
            };
            element.set_hidden(true);
            let name = element.dataset().get("slot").unwrap_or_default();
            slots.push(Slot { name, element, text: String::new() });
        }
        Ok(Self { page: Rc::clone(page), default_place: page.element("slots")?, slots })
    }

    /// Shows the texts of `hud`, and hides what it has none for.
    pub(crate) fn show(&mut self, hud: &Hud) -> Result<(), JsValue> {
        for wanted in hud.shown_slots() {
            if self.slots.len() < MAX_ELEMENTS && !self.slots.iter().any(|slot| slot.name == wanted.name) {
                self.add(wanted.name)?;
            }
        }
        for slot in &mut self.slots {
            let wanted = hud.shown_slots().find(|wanted| wanted.name == slot.name);
            slot.show(wanted.map_or("", |wanted| wanted.shown_text()));
        }
        Ok(())
    }

    fn add(&mut self, name: &str) -> Result<(), JsValue> {
        let element = self.page.make("p", "slot")?;
        element.dataset().set("slot", name)?;
        self.default_place.append_child(&element)?;
        self.slots.push(Slot { name: name.to_owned(), element, text: String::new() });
        Ok(())
    }
}
