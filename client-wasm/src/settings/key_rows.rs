//! The panel's table of keys: a button for each key, and the next key pressed after it was used.

use crate::bindings::{Action, KEYS_PER_ACTION};
use crate::key_names::KeyNames;
use crate::page::{Page, is_composing, listen};
use crate::settings::model::Settings;
use crate::settings::store::Store;
use perigee_shared::netcode::About;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlDialogElement, HtmlElement, KeyboardEvent};

/// One place of a key.
type Place = (Action, usize);

/// The table.
#[derive(Clone, Debug)]
pub(super) struct KeyRows {
    about: &'static About,
    store: Rc<Store>,
    names: Rc<KeyNames>,
    buttons: Rc<Vec<(Place, HtmlElement)>>,
    /// Where conflicts and refusals are shown.
    status: HtmlElement,
    /// The place that waits for a key.
    waiting: Rc<Cell<Option<Place>>>,
}

impl KeyRows {
    /// Makes the rows and begins to listen.
    pub(super) fn new(
        page: &Page,
        about: &'static About,
        store: &Rc<Store>,
        names: &Rc<KeyNames>,
        dialog: &HtmlDialogElement,
    ) -> Result<Self, JsValue> {
        let table: HtmlElement = page.element("key-rows")?;
        let mut buttons = Vec::new();
        for action in Action::ALL {
            // What the game does not have needs no key.
            let Some(words) = action.title(about) else { continue };
            let row = page.make("tr", "")?;
            let title = page.make("th", "")?;
            title.set_attribute("scope", "row")?;
            title.set_text_content(Some(words));
            row.append_child(&title)?;
            for place in 0..KEYS_PER_ACTION {
                let cell = page.make("td", "")?;
                let button = page.make("button", "key")?;
                button.set_attribute("type", "button")?;
                button.set_id(&format!("key-{}-{place}", action.name()));
                cell.append_child(&button)?;
                row.append_child(&cell)?;
                buttons.push(((action, place), button));
            }
            table.append_child(&row)?;
        }
        let (status, waiting) = (page.element("key-status")?, Rc::default());
        let names = Rc::clone(names);
        let rows = Self { about, store: Rc::clone(store), names, buttons: Rc::new(buttons), status, waiting };
        rows.listen(page, dialog)?;
        Ok(rows)
    }

    /// Shows the keys as they are bound.
    pub(super) fn write(&self, settings: &Settings) {
        for ((action, place), button) in self.buttons.iter() {
            let is_waiting = self.waiting.get() == Some((*action, *place));
            let code = &settings.bindings.codes(*action)[*place];
            let text = if is_waiting { "press a key".to_owned() } else { self.names.label(code) };
            button.set_text_content(Some(&text));
            button.set_class_name(if is_waiting { "key waiting" } else { "key" });
            let spoken = format!(
                "{}, key {}: {}",
                self.title(*action),
                place + 1,
                if code.is_empty() { "none" } else { &text }
            );
            // A text is always accepted.
            let _ = button.set_attribute("aria-label", &spoken);
        }
    }

    fn listen(&self, page: &Page, dialog: &HtmlDialogElement) -> Result<(), JsValue> {
        for (place, button) in self.buttons.iter() {
            let (rows, place) = (self.clone(), *place);
            listen(button, "click", move |_: Event| rows.wait(Some(place)))?;
        }
        let rows = self.clone();
        listen(dialog, "keydown", move |event: KeyboardEvent| rows.press(&event))?;
        let rows = self.clone();
        listen(dialog, "cancel", move |event: Event| {
            // Escape ends the waiting first, and the panel only then.
            if rows.waiting.get().is_some() {
                event.prevent_default();
                rows.wait(None);
            }
        })?;
        let rows = self.clone();
        listen(dialog, "close", move |_: Event| rows.wait(None))?;
        let (rows, button): (_, HtmlElement) = (self.clone(), page.element("keys-default")?);
        listen(&button, "click", move |_: Event| {
            let usual = rows.store.usual().bindings;
            rows.store.change(|settings| settings.bindings = usual);
            rows.show_status("All keys are back to their defaults.");
            rows.wait(None);
        })
    }

    fn wait(&self, place: Option<Place>) {
        self.waiting.set(place);
        if place.is_some() {
            self.show_status("Press the new key. Escape cancels, Delete removes the key.");
        }
        self.write(&self.store.get());
    }

    fn show_status(&self, words: &str) {
        self.status.set_text_content(Some(words));
    }

    fn press(&self, event: &KeyboardEvent) {
        let Some((action, place)) = self.waiting.get().filter(|_| !is_composing(event)) else { return };
        event.prevent_default();
        event.stop_propagation();
        let code = event.code();
        match code.as_str() {
            "Escape" => self.show_status(""),
            "Delete" | "Backspace" => {
                self.store.change(|settings| settings.bindings.clear(action, place));
                self.show_status(&format!("{} has one key less.", self.title(action)));
            }
            _ => self.bind(action, place, &code),
        }
        self.wait_no_more();
    }

    fn bind(&self, action: Action, place: usize, code: &str) {
        let mut outcome = Ok(None);
        self.store.change(|settings| outcome = settings.bindings.bind(action, place, code));
        let key = self.names.label(code);
        self.show_status(&match outcome {
            Ok(None) => format!("{key} is now {}.", self.title(action)),
            Ok(Some(loser)) => {
                format!("{key} is now {}; {} has lost it.", self.title(action), self.title(loser))
            }
            Err(_) => format!("{key} belongs to the browser or the page: choose another key."),
        });
    }

    /// Rows are of what the game has; another action that loses a key is one of another game on this page.
    fn title(&self, action: Action) -> &'static str {
        action.title(self.about).unwrap_or("something in another game")
    }

    fn wait_no_more(&self) {
        self.waiting.set(None);
        self.write(&self.store.get());
    }
}
