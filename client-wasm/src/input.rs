//! Keys, mouse, touch and pads, as the game-blind raw input and as the actions of the page. A control is held until its own
//! release, or until an event after which that release may not be reported: see [`Input::listen_for_lost_releases`].

use crate::bindings::{Action, Bindings};
use crate::gamepad::{PadFrame, PadState};
use crate::key_names::KeyNames;
use crate::page::{Page, is_composing, listen};
use crate::settings::Hand;
use crate::touch::{STICK_REACH_PX, Stick, TouchControls};
use glam::Vec2;
use perigee_shared::presentation::{Held, RawInput};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlCanvasElement, HtmlElement, KeyboardEvent, PointerEvent};

/// A mouse that moves less than this does not take the steering from the pad, CSS pixels: a table trembles.
const MOUSE_MOVES_PX: f32 = 4.0;
/// Keys that hide the releases of other keys: with Meta down macOS reports none, and Alt leads to other windows.
const HIDE_RELEASES: [&str; 5] = ["Meta", "OS", "Alt", "AltGraph", "Hyper"];
/// Most actions that wait for the next frame; a page that shows no frames needs no more.
const MAX_WAITING: usize = 16;
/// Where keys belong to the page, not to the game.
const CONTROLS: &str = "input, select, textarea, button, a, dialog, [data-open='1']";
/// Where not even the keys that open panels are the game's: the browser, or what is typed, needs them.
const FIELDS: &str = "input, select, textarea, dialog";
/// Keys that a control may need.
const CONTROL_KEYS: [&str; 4] = ["Enter", "NumpadEnter", "Space", "Tab"];

/// What is held on each device: releasing a direction or a button on one must not release it on another.
#[derive(Clone, Debug, Default)]
struct InputState {
    bindings: Bindings,
    /// Which thumb has the buttons; `None` if the game has none.
    button_hand: Option<Hand>,
    keys: Held,
    map: bool,
    mouse: Held,
    touch: TouchControls,
    pad: PadState,
    /// Whether the pad's stick steers: it was moved after the mouse and the keys were.
    pad_steers: bool,
    /// Whether the pad was used last.
    is_pad_active: bool,
    pointer: Option<Vec2>,
    /// Where the mouse was last.
    pointed_px: Option<Vec2>,
    /// What was asked for since the last frame.
    asked: Vec<Action>,
}

/// The player's keys, mouse, touch screen and pad.
#[derive(Debug)]
pub(crate) struct Input {
    state: Rc<RefCell<InputState>>,
    playing: Rc<Cell<bool>>,
    names: Rc<KeyNames>,
    stick_mark: HtmlElement,
    shown: Cell<DrawnTouch>,
}

/// What the page shows of the touch controls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct DrawnTouch {
    stick: Option<Stick>,
    is_primary_held: bool,
}

impl Input {
    /// Begins to listen.
    pub(crate) fn new(
        page: &Rc<Page>,
        canvas: &HtmlCanvasElement,
        names: &Rc<KeyNames>,
    ) -> Result<Self, JsValue> {
        let input = Self {
            state: Rc::default(),
            playing: Rc::default(),
            names: Rc::clone(names),
            stick_mark: page.element("stick")?,
            shown: Cell::default(),
        };
        if page.is_touch_first() {
            page.mark("touch", "1");
        }
        input.listen_to_keys(page)?;
        input.listen_to_pointers(page, canvas)?;
        input.listen_to_secondary_button(page)?;
        input.listen_for_lost_releases(page, canvas)?;
        Ok(input)
    }

    /// Lets go of everything whose release may not be reported: the page loses the focus or is hidden, a menu or a field takes
    /// the keys, or the browser takes a pointer away.
    fn listen_for_lost_releases(&self, page: &Page, canvas: &HtmlCanvasElement) -> Result<(), JsValue> {
        for name in ["blur", "pagehide", "freeze"] {
            let state = Rc::clone(&self.state);
            listen(&page.window, name, move |_: Event| state.borrow_mut().let_go())?;
        }
        for name in ["visibilitychange", "pointerlockchange", "fullscreenchange"] {
            let state = Rc::clone(&self.state);
            listen(&page.document, name, move |_: Event| state.borrow_mut().let_go())?;
        }
        let state = Rc::clone(&self.state);
        listen(&page.window, "focusin", move |event: Event| {
            if is_on(&event, FIELDS) {
                state.borrow_mut().let_go_of_keys();
            }
        })?;
        listen(canvas, "contextmenu", |event: Event| event.prevent_default())?;
        let state = Rc::clone(&self.state);
        listen(&page.window, "contextmenu", move |event: Event| {
            // Of the view there is none, so nothing is lost there.
            if !event.default_prevented() {
                state.borrow_mut().let_go();
            }
        })?;
        let state = Rc::clone(&self.state);
        listen(&page.window, "lostpointercapture", move |event: PointerEvent| {
            let mut state = state.borrow_mut();
            state.touch.up(event.pointer_id());
            if event.pointer_type() != "touch" {
                state.mouse = Held::default();
            }
        })?;
        let state = Rc::clone(&self.state);
        listen(&page.window, "touchcancel", move |_: Event| {
            state.borrow_mut().touch = TouchControls::default();
        })
    }

    /// Shows the touch controls as they are.
    pub(crate) fn show_touch(&self, page: &Page) {
        let touch = self.state.borrow().touch;
        let now = DrawnTouch { stick: touch.stick(), is_primary_held: touch.primary() };
        if self.shown.replace(now) != now {
            show_stick(&self.stick_mark, now.stick);
            page.mark("primary", if now.is_primary_held { "1" } else { "0" });
        }
    }

    /// Whether the pad was used last.
    pub(crate) fn is_pad_active(&self) -> bool {
        self.state.borrow().is_pad_active
    }

    /// What the player does now.
    pub(crate) fn read(&self) -> RawInput {
        self.state.borrow().read()
    }

    /// Whether the map is asked for, for as long as its key is held.
    pub(crate) fn wants_map(&self) -> bool {
        let state = self.state.borrow();
        self.playing.get() && (state.map || state.pad.map)
    }

    /// Takes out what was asked of the page since the last call.
    pub(crate) fn take_actions(&self) -> Vec<Action> {
        std::mem::take(&mut self.state.borrow_mut().asked)
    }

    /// Takes the pads' state, `None` if there is no pad; a start button that was pressed asks for the settings.
    pub(crate) fn set_pad(&self, pad: Option<PadFrame>) {
        let mut input = self.state.borrow_mut();
        let PadFrame { state, acted } = pad.unwrap_or_default();
        if state.start && !input.pad.start {
            input.ask(Action::Settings);
        }
        if acted && state.stick.is_some() {
            // The pad steers until the mouse moves, or a key is pressed.
            (input.pointer, input.pad_steers) = (None, true);
        }
        input.is_pad_active = (input.is_pad_active || acted) && pad.is_some();
        input.pad =
            if self.playing.get() { state } else { PadState { start: state.start, ..PadState::default() } };
    }

    /// Takes the player's choices. `button_hand`: which thumb has the first button; `None` if the game has none.
    pub(crate) fn set_choices(&self, bindings: &Bindings, button_hand: Option<Hand>) {
        let mut state = self.state.borrow_mut();
        state.let_go();
        (state.bindings, state.button_hand) = (bindings.clone(), button_hand);
    }

    /// Whether keys belong to the game; otherwise they belong to the page.
    pub(crate) fn set_playing(&self, playing: bool) {
        if self.playing.replace(playing) != playing {
            self.state.borrow_mut().let_go();
        }
    }

    fn listen_to_keys(&self, page: &Page) -> Result<(), JsValue> {
        for (name, down) in [("keydown", true), ("keyup", false)] {
            let (state, playing) = (Rc::clone(&self.state), Rc::clone(&self.playing));
            let names = Rc::clone(&self.names);
            listen(&page.window, name, move |event: KeyboardEvent| {
                if down {
                    names.learn_from(&event);
                }
                if HIDE_RELEASES.contains(&event.key().as_str()) {
                    state.borrow_mut().let_go_of_keys();
                }
                let shortcut =
                    event.ctrl_key() || event.alt_key() || event.meta_key() || is_composing(&event);
                // A release always counts: a key must not stay down because the focus moved meanwhile.
                let for_game = playing.get() && !is_on(&event, CONTROLS) && !shortcut;
                if !for_game && down && playing.get() && !shortcut && is_for_panels(&event) {
                    state.borrow_mut().ask_for(&event.code(), event.repeat());
                }
                if for_game || !down {
                    let meant = state.borrow_mut().press(&event.code(), down, event.repeat());
                    if meant && for_game {
                        event.prevent_default();
                    }
                }
            })?;
        }
        Ok(())
    }

    fn listen_to_pointers(&self, page: &Rc<Page>, canvas: &HtmlCanvasElement) -> Result<(), JsValue> {
        for name in ["pointerdown", "pointermove", "pointerup", "pointercancel"] {
            let (state, page, surface) = (Rc::clone(&self.state), Rc::clone(page), canvas.clone());
            listen(canvas, name, move |event: PointerEvent| {
                if event.pointer_type() == "touch" {
                    page.mark("touch", "1");
                    state.borrow_mut().touch(&event, surface.client_width() as f32);
                } else {
                    state.borrow_mut().point(&event, &surface);
                }
                if event.type_() == "pointerdown" {
                    // So that the release is heard wherever it happens; a pointer that is gone already needs none.
                    let _ = surface.set_pointer_capture(event.pointer_id());
                    event.prevent_default();
                    page.give_keys_to_game();
                }
            })?;
        }
        Ok(())
    }

    fn listen_to_secondary_button(&self, page: &Page) -> Result<(), JsValue> {
        let button: HtmlElement = page.element("secondary-mark")?;
        for name in ["pointerdown", "pointerup", "pointercancel"] {
            let (state, own) = (Rc::clone(&self.state), button.clone());
            listen(&button, name, move |event: PointerEvent| {
                let touch = &mut state.borrow_mut().touch;
                if event.type_() == "pointerdown" {
                    touch.down_on_secondary(event.pointer_id());
                    let _ = own.set_pointer_capture(event.pointer_id());
                    event.prevent_default();
                } else {
                    touch.up(event.pointer_id());
                }
            })?;
        }
        Ok(())
    }
}

impl InputState {
    /// What is held on any device counts.
    fn read(&self) -> RawInput {
        let InputState { keys, mouse, touch, pad, pointer, .. } = self;
        let pad_stick = pad.stick.filter(|_| self.pad_steers);
        let held = Held {
            forward: keys.forward || mouse.forward || pad.held.forward,
            back: keys.back || pad.held.back,
            left: keys.left || pad.held.left,
            right: keys.right || pad.held.right,
            primary: keys.primary || mouse.primary || touch.primary() || pad.held.primary,
            secondary: keys.secondary || mouse.secondary || touch.secondary() || pad.held.secondary,
        };
        RawInput { held, pointer: *pointer, stick: touch.stick().map(|stick| stick.push).or(pad_stick) }
    }

    fn let_go(&mut self) {
        let (bindings, button_hand) = (std::mem::take(&mut self.bindings), self.button_hand);
        *self = Self { bindings, button_hand, asked: std::mem::take(&mut self.asked), ..Self::default() };
    }

    fn let_go_of_keys(&mut self) {
        (self.keys, self.map) = (Held::default(), false);
    }

    fn ask(&mut self, action: Action) {
        if self.asked.len() < MAX_WAITING {
            self.asked.push(action);
        }
    }

    /// A key went down that asks for something of the page, if it does.
    fn ask_for(&mut self, code: &str, repeat: bool) {
        let action = self.bindings.action_of(code).filter(|action| !action.is_held());
        if let Some(action) = action.filter(|_| !repeat) {
            self.ask(action);
        }
    }

    /// A key went down or up; whether it means something.
    fn press(&mut self, code: &str, down: bool, repeat: bool) -> bool {
        let Some(action) = self.bindings.action_of(code) else { return false };
        let keys = &mut self.keys;
        let key = match action {
            Action::Forward => &mut keys.forward,
            Action::Back => &mut keys.back,
            Action::Left => &mut keys.left,
            Action::Right => &mut keys.right,
            Action::Primary => &mut keys.primary,
            Action::Secondary => &mut keys.secondary,
            Action::Map => &mut self.map,
            Action::Chat
            | Action::Market
            | Action::Leaders
            | Action::Lobby
            | Action::Settings
            | Action::Mute => {
                if down && !repeat {
                    self.ask(action);
                }
                return true;
            }
        };
        *key = down;
        if down && !repeat {
            // A stick that nobody holds must not go on steering: it acts again when it moves.
            (self.pad_steers, self.is_pad_active) = (false, false);
        }
        if down && (keys.left || keys.right) {
            // The keyboard steers until the mouse moves again.
            self.pointer = None;
        }
        true
    }

    fn point(&mut self, event: &PointerEvent, surface: &HtmlCanvasElement) {
        let size = Vec2::new(surface.client_width() as f32, surface.client_height() as f32).max(Vec2::ONE);
        let at = Vec2::new(event.client_x() as f32, event.client_y() as f32) - size / 2.0;
        // A click without a move must not take the steering from the keys.
        let least_px = if self.pad_steers { MOUSE_MOVES_PX } else { 0.0 };
        let is_new = self.pointed_px.is_none_or(|before| before.distance(at) > least_px);
        let moved = event.type_() == "pointermove" && is_new;
        if moved || self.pointed_px.is_none() {
            self.pointed_px = Some(at);
        }
        if moved {
            self.pad_steers = false;
        }
        if moved || self.pointer.is_some() {
            self.pointer = Some(Vec2::new(at.x, -at.y) / (size.y / 2.0));
        }
        let buttons = event.buttons();
        self.mouse.primary = buttons & 1 != 0;
        self.mouse.forward = buttons & 2 != 0;
        self.mouse.secondary = buttons & 4 != 0;
    }

    fn touch(&mut self, event: &PointerEvent, width_px: f32) {
        let at = Vec2::new(event.client_x() as f32, event.client_y() as f32);
        let id = event.pointer_id();
        match event.type_().as_str() {
            "pointerdown" => self.touch.down(id, at, width_px, self.button_hand),
            "pointermove" => self.touch.moved(id, at),
            _ => self.touch.up(id),
        }
    }
}

/// Whether the key was pressed on a control of the page: what one of `selectors` names.
fn is_on(event: &Event, selectors: &str) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.closest(selectors).is_ok_and(|control| control.is_some()))
}

/// Whether a key that was pressed on a control may still open a panel, or close it.
fn is_for_panels(event: &KeyboardEvent) -> bool {
    !CONTROL_KEYS.contains(&event.code().as_str()) && !is_on(event, FIELDS)
}

/// Puts the drawn stick under the thumb.
fn show_stick(mark: &HtmlElement, stick: Option<Stick>) {
    mark.set_hidden(stick.is_none());
    let Some(Stick { from_px, push, .. }) = stick else { return };
    let style = mark.style();
    let knob = Vec2::new(push.x, -push.y) * STICK_REACH_PX;
    for (name, value) in [("--x", from_px.x), ("--y", from_px.y), ("--knob-x", knob.x), ("--knob-y", knob.y)]
    {
        // Custom properties take any text.
        let _ = style.set_property(name, &format!("{value:.0}px"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::{About, Controls};

    fn usual() -> InputState {
        let controls = Controls::usual(["Up", "Down", "Left", "Right"], Some("Hit"), Some("Jump"));
        InputState {
            bindings: Bindings::of(&About { controls, ..About::named("toy") }),
            ..InputState::default()
        }
    }

    #[test]
    fn turn_keys_take_the_steering_from_the_mouse() {
        let mut state = InputState { pointer: Some(Vec2::X), ..usual() };
        assert!(state.press("KeyW", true, false));
        assert!(state.pointer.is_some() && state.keys.forward);
        assert!(state.press("ArrowLeft", true, false));
        assert!(state.pointer.is_none() && state.keys.left);
        assert!(state.press("ArrowLeft", false, false) && !state.keys.left);
        assert!(!state.press("KeyQ", true, false));
    }

    #[test]
    fn keys_mouse_and_pad_hold_the_same_and_a_thumb_outranks_the_pads_stick() {
        let all = Held { forward: true, back: true, left: true, right: true, primary: true, secondary: true };
        assert_eq!(InputState { keys: all, ..usual() }.read().held, all);
        let pad = PadState { held: all, stick: Some(Vec2::X), ..PadState::default() };
        let mut state = InputState { pad, pad_steers: true, ..usual() };
        assert_eq!((state.read().held, state.read().stick), (all, Some(Vec2::X)));
        state.press("KeyW", true, false);
        assert_eq!(state.read().stick, None, "keys always work");
        state.touch.down(1, Vec2::new(10.0, 10.0), 390.0, Some(Hand::Right));
        assert_eq!(state.read().stick, Some(Vec2::ZERO));
        let mouse = Held { forward: true, primary: true, secondary: true, ..Held::default() };
        assert_eq!(InputState { mouse, ..usual() }.read().held, mouse);
        let mut state = usual();
        state.touch.down(1, Vec2::new(380.0, 10.0), 390.0, Some(Hand::Right));
        state.touch.down_on_secondary(2);
        assert_eq!(state.read().held, Held { primary: true, secondary: true, ..Held::default() });
        assert_eq!(usual().read(), RawInput::default());
    }

    #[test]
    fn a_key_that_is_held_asks_once_and_what_is_asked_is_bounded() {
        let mut state = usual();
        assert!(state.press("KeyO", true, false) && state.press("KeyO", true, true));
        assert!(state.press("KeyO", false, false));
        assert_eq!(state.asked, [Action::Settings]);
        (0..100).for_each(|_| _ = state.press("KeyN", true, false));
        assert_eq!(state.asked.len(), MAX_WAITING);
    }

    #[test]
    fn a_key_whose_release_was_stolen_is_let_go() {
        let mut state = usual();
        assert!(state.press("KeyW", true, false) && state.press("Tab", true, false));
        state.let_go_of_keys();
        assert_eq!((state.read(), state.map), (RawInput::default(), false));
    }

    #[test]
    fn letting_go_keeps_the_choices() {
        let mut state = InputState { button_hand: Some(Hand::Left), ..usual() };
        state.bindings.bind(Action::Primary, 0, "KeyJ").unwrap();
        state.press("KeyJ", true, false);
        state.let_go();
        assert!(!state.keys.primary && state.button_hand == Some(Hand::Left));
        assert_eq!(state.bindings.action_of("KeyJ"), Some(Action::Primary));
    }
}
