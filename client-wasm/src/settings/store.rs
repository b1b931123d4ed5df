//! The one place where settings are kept while the page lives; every change is remembered by the browser at once.

use crate::page::Page;
use crate::settings::memory::{decode, encode};
use crate::settings::model::Settings;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

/// Where the browser keeps them.
const KEY: &str = "perigee.settings";

/// The settings.
#[derive(Debug)]
pub(crate) struct Store {
    page: Rc<Page>,
    settings: RefCell<Settings>,
    changed: Cell<bool>,
}

impl Store {
    /// What the browser remembers, or what nobody has chosen yet.
    pub(crate) fn open(page: &Rc<Page>) -> Rc<Self> {
        let kept = page.window.local_storage().ok().flatten().and_then(|memory| memory.get_item(KEY).ok()?);
        let settings = kept.map(|text| decode(&text)).unwrap_or_default();
        Rc::new(Self { page: Rc::clone(page), settings: RefCell::new(settings), changed: Cell::new(true) })
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
        if let Ok(Some(memory)) = self.page.window.local_storage() {
            // A full or forbidden storage is no reason not to play.
            let _ = memory.set_item(KEY, &encode(&self.settings.borrow()));
        }
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
