//! What is written on the player's keys. The game binds keys by their place; what is read on them depends on the keyboard,
//! so W on one is Z on another.
//!
//! Some browsers report the whole keyboard; with the others each key is learnt when it is pressed, and remembered.

use crate::bindings::{label, may_bind};
use crate::page::{Page, is_composing, listen};
use js_sys::futures::{JsFuture, spawn_local};
use js_sys::{Array, Function, Reflect};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, KeyboardEvent};

/// Where the browser keeps what was learnt.
const KEY: &str = "perigee.letters";
/// Keys that are known at the most; a keyboard has fewer that write.
const MAX_KEYS: usize = 64;

/// The letters on the keys. Pure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Letters(BTreeMap<String, String>);

impl Letters {
    /// Takes in what a key writes; whether that is news.
    fn learn(&mut self, code: &str, key: &str) -> bool {
        let mut letters = key.chars();
        let one =
            letters.next().filter(|c| letters.next().is_none() && !c.is_whitespace() && !c.is_control());
        // Keys of the number pad write the same on all keyboards, and have words of their own.
        let Some(one) = one.filter(|_| may_bind(code) && !code.starts_with("Numpad")) else { return false };
        let shown = one.to_uppercase().to_string();
        let is_known = self.0.contains_key(code);
        let is_new = self.0.get(code) != Some(&shown) && (is_known || self.0.len() < MAX_KEYS);
        if is_new {
            self.0.insert(code.to_owned(), shown);
        }
        is_new
    }

    fn label(&self, code: &str) -> String {
        self.0.get(code).cloned().unwrap_or_else(|| label(code))
    }

    fn encode(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(code, key)| format!("{code} {key}")).collect();
        pairs.join(" ")
    }

    fn decode(text: &str) -> Self {
        let mut letters = Self::default();
        let words: Vec<&str> = text.split(' ').take(2 * MAX_KEYS).collect();
        for pair in words.chunks_exact(2) {
            letters.learn(pair[0], pair[1]);
        }
        letters
    }
}

/// The letters on the keys, as far as they are known.
#[derive(Debug)]
pub(crate) struct KeyNames {
    page: Rc<Page>,
    letters: RefCell<Letters>,
    /// How often something was learnt.
    version: Cell<u64>,
}

impl KeyNames {
    /// What is remembered; the browser is asked for the rest, now and whenever the player comes back to the page: they may
    /// have chosen another keyboard.
    pub(crate) fn open(page: &Rc<Page>) -> Result<Rc<Self>, JsValue> {
        let kept = page.window.local_storage().ok().flatten().and_then(|memory| memory.get_item(KEY).ok()?);
        let letters = kept.map(|text| Letters::decode(&text)).unwrap_or_default();
        let names =
            Rc::new(Self { page: Rc::clone(page), letters: RefCell::new(letters), version: Cell::new(0) });
        names.ask();
        let own = Rc::clone(&names);
        listen(&page.window, "focus", move |_: Event| own.ask())?;
        Ok(names)
    }

    /// What the player reads on a key.
    pub(crate) fn label(&self, code: &str) -> String {
        self.letters.borrow().label(code)
    }

    /// Changes whenever a label may have changed.
    pub(crate) fn version(&self) -> u64 {
        self.version.get()
    }

    /// A key was pressed: what does it write?
    pub(crate) fn learn_from(&self, event: &KeyboardEvent) {
        let altered = event.shift_key() || event.ctrl_key() || event.alt_key() || event.meta_key();
        let altered = altered || event.get_modifier_state("AltGraph") || event.get_modifier_state("CapsLock");
        if !altered && !event.repeat() && !is_composing(event) {
            self.take([(event.code(), event.key())].into_iter());
        }
    }

    fn take(&self, keys: impl Iterator<Item = (String, String)>) {
        let mut letters = self.letters.borrow_mut();
        let learnt = keys.fold(false, |learnt, (code, key)| letters.learn(&code, &key) || learnt);
        if learnt {
            self.version.set(self.version.get() + 1);
            if let Ok(Some(memory)) = self.page.window.local_storage() {
                // Where nothing can be kept it is learnt again.
                let _ = memory.set_item(KEY, &letters.encode());
            }
        }
    }

    /// Asks the browser for the whole keyboard (Keyboard Map API), where there is one.
    fn ask(self: &Rc<Self>) {
        let Some(layout) = layout_map(&self.page) else { return };
        let names = Rc::clone(self);
        spawn_local(async move {
            // A browser that refuses counts as one that cannot.
            let Ok(map) = JsFuture::from(layout).await else { return };
            let Some(entries) = call(&map, "entries") else { return };
            let pairs = Array::from(&entries);
            let pairs = pairs.iter().take(MAX_KEYS).filter_map(|pair| {
                let pair = pair.dyn_into::<Array>().ok()?;
                Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
            });
            names.take(pairs);
        });
    }
}

fn layout_map(page: &Page) -> Option<js_sys::Promise> {
    let keyboard = Reflect::get(&page.window.navigator(), &"keyboard".into()).ok()?;
    call(&keyboard, "getLayoutMap")?.dyn_into().ok()
}

/// Calls a method without arguments, where there is one.
fn call(object: &JsValue, method: &str) -> Option<JsValue> {
    let method = Reflect::get(object, &method.into()).ok()?.dyn_into::<Function>().ok()?;
    method.call0(object).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_keyboards_letter_and_before_that_is_known_a_likely_one() {
        let mut letters = Letters::default();
        assert_eq!(letters.label("KeyW"), "W");
        assert!(letters.learn("KeyW", "z") && letters.learn("KeyA", "q") && !letters.learn("KeyW", "z"));
        assert_eq!([letters.label("KeyW"), letters.label("KeyA"), letters.label("KeyD")], ["Z", "Q", "D"]);
        assert!(letters.learn("KeyD", "в") && letters.label("KeyD") == "В");
        for (code, key) in [
            ("Space", " "),
            ("ArrowUp", "ArrowUp"),
            ("KeyE", "Dead"),
            ("KeyE", ""),
            ("", "x"),
            ("Numpad1", "1"),
            ("F1", "x"),
            ("KeyE", "\u{7}"),
        ] {
            assert!(!letters.learn(code, key), "{code} {key}");
        }
        assert_eq!(Letters::decode(&letters.encode()), letters);
        assert_eq!(Letters::decode("KeyW"), Letters::default());
    }
}
