//! The settings panel: the page's controls and the store, each kept as the other.
//!
//! The controls are in the page; a change of any of them is read at once. The browser's own dialog keeps the focus inside
//! while it is open, and gives it back.

use crate::key_names::KeyNames;
use crate::page::{Page, listen};
use crate::settings::key_rows::KeyRows;
use crate::settings::model::{Choice, Settings};
use crate::settings::store::Store;
use perigee_shared::netcode::About;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlDialogElement, HtmlElement, HtmlInputElement, HtmlSelectElement, MouseEvent};

/// The panel.
#[derive(Debug)]
pub(crate) struct SettingsPanel {
    dialog: HtmlDialogElement,
    controls: Rc<Controls>,
    keys: KeyRows,
    store: Rc<Store>,
}

/// The controls that hold one value each.
#[derive(Debug)]
struct Controls {
    volume: HtmlInputElement,
    volume_text: HtmlElement,
    muted: HtmlInputElement,
    shake: HtmlInputElement,
    safe_colors: HtmlInputElement,
    net_graph: HtmlInputElement,
    motion: HtmlSelectElement,
    text: HtmlSelectElement,
    hand: HtmlSelectElement,
}

impl SettingsPanel {
    /// The panel, closed.
    pub(crate) fn new(
        page: &Rc<Page>,
        about: &'static About,
        store: &Rc<Store>,
        names: &Rc<KeyNames>,
    ) -> Result<Self, JsValue> {
        let dialog: HtmlDialogElement = page.element("settings")?;
        let controls = Rc::new(Controls::find(page)?);
        let (noted, kept) = (Rc::clone(&controls), Rc::clone(store));
        // `input` comes while a slider moves, and from boxes and lists as well.
        listen(&dialog, "input", move |_: Event| {
            kept.change(|settings| noted.read(settings));
            noted.say_volume(&kept.get());
        })?;
        let (own, target) = (dialog.clone(), dialog.clone());
        listen(&target, "click", move |event: MouseEvent| {
            // Beside the panel is its own backdrop: a click there closes it.
            if event.target().is_some_and(|target| target == own.clone().into()) {
                own.close();
            }
        })?;
        let (own, button): (_, HtmlElement) = (dialog.clone(), page.element("settings-close")?);
        listen(&button, "click", move |_: Event| own.close())?;
        let keys = KeyRows::new(page, about, store, names, &dialog)?;
        Ok(Self { dialog, controls, keys, store: Rc::clone(store) })
    }

    /// Whether it is seen.
    pub(crate) fn is_open(&self) -> bool {
        self.dialog.open()
    }

    /// Closes it, if it is open.
    pub(crate) fn close(&self) {
        if self.dialog.open() {
            self.dialog.close();
        }
    }

    /// Opens it, or closes it.
    pub(crate) fn toggle(&self) -> Result<(), JsValue> {
        if self.dialog.open() {
            self.dialog.close();
            return Ok(());
        }
        self.refresh();
        self.dialog.show_modal()
    }

    /// Shows what is chosen.
    pub(crate) fn refresh(&self) {
        self.controls.write(&self.store.get());
        self.keys.write(&self.store.get());
    }
}

impl Controls {
    fn find(page: &Page) -> Result<Self, JsValue> {
        Ok(Self {
            volume: page.element("set-volume")?,
            volume_text: page.element("set-volume-text")?,
            muted: page.element("set-muted")?,
            shake: page.element("set-shake")?,
            safe_colors: page.element("set-colors")?,
            net_graph: page.element("set-net-graph")?,
            motion: page.element("set-motion")?,
            text: page.element("set-text")?,
            hand: page.element("set-hand")?,
        })
    }

    fn read(&self, settings: &mut Settings) {
        settings.volume = self.volume.value().parse().unwrap_or(settings.volume).min(100);
        settings.muted = self.muted.checked();
        settings.shake = self.shake.checked();
        settings.safe_colors = self.safe_colors.checked();
        settings.net_graph = self.net_graph.checked();
        settings.motion = Choice::of(&self.motion.value()).unwrap_or(settings.motion);
        settings.text = Choice::of(&self.text.value()).unwrap_or(settings.text);
        settings.hand = Choice::of(&self.hand.value()).unwrap_or(settings.hand);
    }

    fn write(&self, settings: &Settings) {
        self.volume.set_value(&settings.volume.to_string());
        self.muted.set_checked(settings.muted);
        self.shake.set_checked(settings.shake);
        self.safe_colors.set_checked(settings.safe_colors);
        self.net_graph.set_checked(settings.net_graph);
        self.motion.set_value(settings.motion.name());
        self.text.set_value(settings.text.name());
        self.hand.set_value(settings.hand.name());
        self.say_volume(settings);
    }

    fn say_volume(&self, settings: &Settings) {
        self.volume_text.set_text_content(Some(&settings.volume.to_string()));
    }
}
