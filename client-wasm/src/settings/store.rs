//! The one place where settings are kept while the page lives; every change is remembered by the browser at once, and what
//! another page of this browser changes counts here as well.

use crate::page::{Page, listen};
use crate::settings::json;
use crate::settings::memory::{Entry, decode, merge};
use crate::settings::model::Settings;
use perigee_shared::netcode::About;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::StorageEvent;

/// Where the browser keeps them.
const KEY: &str = "perigee.settings";

/// The settings.
#[derive(Debug)]
pub(crate) struct Store {
    page: Rc<Page>,
    about: &'static About,
    settings: RefCell<Settings>,
    changed: Cell<bool>,
}

impl Store {
    /// What the browser remembers, else the defaults.
    pub(crate) fn open(page: &Rc<Page>, about: &'static About) -> Result<Rc<Self>, JsValue> {
        let store = Rc::new(Self {
            page: Rc::clone(page),
            about,
            settings: RefCell::new(Settings::of(about)),
            changed: Cell::new(true),
        });
        store.read_again();
        let own = Rc::clone(&store);
        // Another page has changed something; without a key it has forgotten everything.
        listen(&page.window, "storage", move |event: StorageEvent| {
            if event.key().is_none_or(|key| key == KEY) {
                own.read_again();
            }
        })?;
        Ok(store)
    }

    /// What is so until the player chooses otherwise.
    pub(crate) fn usual(&self) -> Settings {
        Settings::of(self.about)
    }

    /// What the browser remembers; nothing where it remembers nothing, or nothing that can be read.
    fn kept(&self) -> Vec<Entry> {
        let memory = self.page.window.local_storage().ok().flatten();
        let text = memory.and_then(|memory| memory.get_item(KEY).ok().flatten());
        text.map(|text| json::read(&text)).unwrap_or_default()
    }

    fn read_again(&self) {
        *self.settings.borrow_mut() = decode(self.kept(), self.usual());
        self.changed.set(true);
    }

    /// The settings as they are.
    pub(crate) fn get(&self) -> Ref<'_, Settings> {
        self.settings.borrow()
    }

    /// Changes them.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Settings)) {
        let before = self.settings.borrow().clone();
        change(&mut self.settings.borrow_mut());
        if *self.settings.borrow() == before {
            return;
        }
        self.changed.set(true);
        let merged = merge(self.kept(), &before, &self.settings.borrow());
        if let (Ok(Some(memory)), Ok(text)) = (self.page.window.local_storage(), json::write(&merged)) {
            // The game can be played without storage.
            let _ = memory.set_item(KEY, &text);
        }
        *self.settings.borrow_mut() = decode(merged, self.usual());
    }

    /// Something outside has changed on which settings depend.
    pub(crate) fn touch(&self) {
        self.changed.set(true);
    }

    /// Whether they were changed since this was asked last; true the first time.
    pub(crate) fn take_change(&self) -> bool {
        self.changed.replace(false)
    }
}
