//! Keys, mouse and thumbs, as the game-blind raw input. Everything is let go when the page loses the player's eyes.

use crate::page::{Page, listen};
use glam::Vec2;
use perigee_shared::presentation::{Held, RawInput};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlCanvasElement, HtmlElement, HtmlInputElement, KeyboardEvent, PointerEvent};

/// A thumb this far from where it came down pushes fully, CSS pixels.
const STICK_REACH_PX: f32 = 52.0;

/// What holds a direction or the trigger: releasing one key must not release the other.
#[derive(Clone, Copy, Debug, Default)]
struct Hands {
    keys: Held,
    mouse: Held,
    thumb_fires: Option<i32>,
    stick: Option<Stick>,
    pointer: Option<Vec2>,
    /// Where the mouse was last.
    pointed_px: Option<Vec2>,
}

/// The left thumb.
#[derive(Clone, Copy, Debug)]
struct Stick {
    pointer_id: i32,
    from_px: Vec2,
    push: Vec2,
}

/// The player's hands.
#[derive(Debug)]
pub(crate) struct Input {
    hands: Rc<RefCell<Hands>>,
    playing: Rc<Cell<bool>>,
}

impl Input {
    /// Begins to listen.
    pub(crate) fn new(page: &Rc<Page>, canvas: &HtmlCanvasElement) -> Result<Self, JsValue> {
        let input = Self { hands: Rc::default(), playing: Rc::default() };
        input.listen_to_keys(page)?;
        input.listen_to_pointers(page, canvas)?;
        for name in ["blur", "pagehide"] {
            let hands = Rc::clone(&input.hands);
            listen(&page.window, name, move |_: Event| *hands.borrow_mut() = Hands::default())?;
        }
        listen(canvas, "contextmenu", |event: Event| event.prevent_default())?;
        Ok(input)
    }

    /// What the hands do now.
    pub(crate) fn read(&self) -> RawInput {
        let Hands { keys, mouse, thumb_fires, stick, pointer, .. } = *self.hands.borrow();
        let held = Held {
            forward: keys.forward || mouse.forward,
            fire: keys.fire || mouse.fire || thumb_fires.is_some(),
            ..keys
        };
        RawInput { held, pointer, stick: stick.map(|stick| stick.push) }
    }

    /// Whether keys belong to the game; otherwise they belong to the page.
    pub(crate) fn set_playing(&self, playing: bool) {
        if self.playing.replace(playing) != playing {
            *self.hands.borrow_mut() = Hands::default();
        }
    }

    fn listen_to_keys(&self, page: &Page) -> Result<(), JsValue> {
        for (name, down) in [("keydown", true), ("keyup", false)] {
            let (hands, playing) = (Rc::clone(&self.hands), Rc::clone(&self.playing));
            listen(&page.window, name, move |event: KeyboardEvent| {
                let typing =
                    event.target().is_some_and(|target| target.dyn_ref::<HtmlInputElement>().is_some());
                let shortcut = event.ctrl_key() || event.alt_key() || event.meta_key();
                // A release always counts: a key must not stay down because the focus moved meanwhile.
                let for_game = playing.get() && !typing && !shortcut;
                if for_game || !down {
                    let meant = hands.borrow_mut().press(&event.code(), down);
                    if meant && for_game {
                        event.prevent_default();
                    }
                }
            })?;
        }
        Ok(())
    }

    fn listen_to_pointers(&self, page: &Rc<Page>, canvas: &HtmlCanvasElement) -> Result<(), JsValue> {
        let stick_mark: HtmlElement = page.element("stick")?;
        for name in ["pointerdown", "pointermove", "pointerup", "pointercancel"] {
            let (hands, page, surface) = (Rc::clone(&self.hands), Rc::clone(page), canvas.clone());
            let stick_mark = stick_mark.clone();
            listen(canvas, name, move |event: PointerEvent| {
                if event.pointer_type() == "touch" {
                    page.mark("touch", "1");
                    hands.borrow_mut().touch(&event, surface.client_width() as f32);
                    show_stick(&stick_mark, hands.borrow().stick);
                } else {
                    hands.borrow_mut().point(&event, &surface);
                }
                if event.type_() == "pointerdown" {
                    // So that the release is heard wherever it happens; a pointer that is gone already needs none.
                    let _ = surface.set_pointer_capture(event.pointer_id());
                    event.prevent_default();
                    blur_field(&page);
                }
            })?;
        }
        Ok(())
    }
}

impl Hands {
    /// A key went down or up; whether it means something.
    fn press(&mut self, code: &str, down: bool) -> bool {
        let keys = &mut self.keys;
        let key = match code {
            "KeyW" | "ArrowUp" => &mut keys.forward,
            "KeyS" | "ArrowDown" => &mut keys.back,
            "KeyA" | "ArrowLeft" => &mut keys.left,
            "KeyD" | "ArrowRight" => &mut keys.right,
            "Space" => &mut keys.fire,
            _ => return false,
        };
        *key = down;
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
        let moved = event.type_() == "pointermove" && self.pointed_px.replace(at) != Some(at);
        if moved || self.pointer.is_some() {
            self.pointer = Some(Vec2::new(at.x, -at.y) / (size.y / 2.0));
        }
        self.mouse.fire = event.buttons() & 1 != 0;
        self.mouse.forward = event.buttons() & 2 != 0;
    }

    /// Left half of the screen: the stick appears under the thumb. Right half: fire.
    fn touch(&mut self, event: &PointerEvent, width_px: f32) {
        let at = Vec2::new(event.client_x() as f32, event.client_y() as f32);
        let id = event.pointer_id();
        match event.type_().as_str() {
            "pointerdown" if at.x < width_px / 2.0 => {
                self.stick = Some(Stick { pointer_id: id, from_px: at, push: Vec2::ZERO });
            }
            "pointerdown" => self.thumb_fires = Some(id),
            "pointermove" => {
                if let Some(stick) = self.stick.as_mut().filter(|stick| stick.pointer_id == id) {
                    let way = (at - stick.from_px) / STICK_REACH_PX;
                    stick.push = Vec2::new(way.x, -way.y).clamp_length_max(1.0);
                }
            }
            _ => {
                self.stick = self.stick.filter(|stick| stick.pointer_id != id);
                self.thumb_fires = self.thumb_fires.filter(|&thumb| thumb != id);
            }
        }
    }
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

/// A click into the arena gives the keys back to the ship.
fn blur_field(page: &Page) {
    if let Some(field) = page.document.active_element().and_then(|e| e.dyn_into::<HtmlInputElement>().ok()) {
        let _ = field.blur();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turn_keys_take_the_steering_from_the_mouse() {
        let mut hands = Hands { pointer: Some(Vec2::X), ..Hands::default() };
        assert!(hands.press("KeyW", true));
        assert!(hands.pointer.is_some() && hands.keys.forward);
        assert!(hands.press("ArrowLeft", true));
        assert!(hands.pointer.is_none() && hands.keys.left);
        assert!(hands.press("ArrowLeft", false) && !hands.keys.left);
        assert!(!hands.press("KeyQ", true));
    }
}
