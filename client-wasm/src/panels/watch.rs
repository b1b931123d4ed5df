//! A spectator's camera: whom to follow, or where to look. Buttons, keys, gestures and the wheel all ask the stage.

use crate::gesture::{Gesture, Gestures};
use crate::page::{Page, is_composing, listen};
use crate::panels::dom::{nearest, set_text};
use crate::panels::requests::{PanelRequest, PanelRequests};
use glam::Vec2;
use perigee_shared::presentation::{CameraRequest, Held};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlCanvasElement, HtmlElement, KeyboardEvent, PointerEvent, WheelEvent};

/// One turn of the wheel, and one press of a zoom button, shows so many times as much.
const ZOOM_STEP: f32 = 1.25;
/// How fast held keys move the camera, half heights of the view a second.
const KEYS_PER_S: f32 = 1.6;

/// The bar, and what moves the camera.
#[derive(Debug)]
pub(crate) struct Watch {
    page: Rc<Page>,
    requests: PanelRequests,
    bar: HtmlElement,
    words: HtmlElement,
    whom: HtmlElement,
    on: Rc<Cell<bool>>,
}

impl Watch {
    pub(crate) fn new(page: &Rc<Page>, requests: &PanelRequests) -> Result<Self, JsValue> {
        let watch = Self {
            page: Rc::clone(page),
            requests: requests.clone(),
            bar: page.element("watch")?,
            words: page.element("watch-words")?,
            whom: page.element("watch-whom")?,
            on: Rc::default(),
        };
        watch.listen_to_buttons_and_keys()?;
        watch.listen_to_gestures()?;
        Ok(watch)
    }

    /// Shows the bar: the spectator delay, and whom the camera follows.
    pub(crate) fn show(&self, delay_ms: Option<u32>, whom: Option<&str>) {
        if self.on.replace(delay_ms.is_some()) != delay_ms.is_some() {
            self.bar.set_hidden(delay_ms.is_none());
            self.page.mark("watching", if delay_ms.is_some() { "1" } else { "" });
        }
        if let Some(delay_ms) = delay_ms {
            set_text(&self.words, &delay_words(delay_ms));
            set_text(&self.whom, whom.unwrap_or("free camera"));
        }
    }

    /// Held keys move the camera.
    pub(crate) fn steer(&self, held: Held, dt_s: f32) {
        let axis = |ahead: bool, back: bool| f32::from(i8::from(ahead) - i8::from(back));
        let way = Vec2::new(axis(held.right, held.left), axis(held.forward, held.back));
        if self.on.get() && way != Vec2::ZERO {
            self.requests.push(PanelRequest::Watch(CameraRequest::Free(way * KEYS_PER_S * dt_s)));
        }
    }

    fn listen_to_buttons_and_keys(&self) -> Result<(), JsValue> {
        let requests = self.requests.clone();
        listen(&self.bar, "click", move |event: Event| {
            let request = nearest(&event, "watch").and_then(|(_, what)| match what.as_str() {
                "previous" => Some(CameraRequest::Previous),
                "next" => Some(CameraRequest::Next),
                "nearer" => Some(CameraRequest::Zoom(1.0 / ZOOM_STEP)),
                "further" => Some(CameraRequest::Zoom(ZOOM_STEP)),
                _ => None,
            });
            request.into_iter().for_each(|request| requests.push(PanelRequest::Watch(request)));
        })?;
        let (requests, on, page) = (self.requests.clone(), Rc::clone(&self.on), Rc::clone(&self.page));
        listen(&self.page.window, "keydown", move |event: KeyboardEvent| {
            let free = page.document.active_element().is_none_or(|focused| focused == *page.body);
            let request = match event.code().as_str() {
                "Space" | "PageDown" | "BracketRight" => CameraRequest::Next,
                "PageUp" | "BracketLeft" => CameraRequest::Previous,
                "Equal" | "NumpadAdd" => CameraRequest::Zoom(1.0 / ZOOM_STEP),
                "Minus" | "NumpadSubtract" => CameraRequest::Zoom(ZOOM_STEP),
                _ => return,
            };
            let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key() && !is_composing(&event);
            if on.get() && free && plain {
                event.prevent_default();
                requests.push(PanelRequest::Watch(request));
            }
        })
    }

    fn listen_to_gestures(&self) -> Result<(), JsValue> {
        let canvas: HtmlCanvasElement = self.page.element("view")?;
        let gestures: Rc<Cell<Gestures>> = Rc::default();
        for name in ["pointerdown", "pointermove", "pointerup", "pointercancel"] {
            let (requests, on, surface) = (self.requests.clone(), Rc::clone(&self.on), canvas.clone());
            let gestures = Rc::clone(&gestures);
            listen(&canvas, name, move |event: PointerEvent| {
                let mut now = gestures.get();
                let gesture = follow(&mut now, &event);
                gestures.set(now);
                if let (true, Some(gesture)) = (on.get(), gesture) {
                    requests.push(PanelRequest::Watch(request_of(gesture, surface.client_height() as f32)));
                }
            })?;
        }
        for name in ["blur", "touchcancel"] {
            // The end of a gesture outside the page may not be reported.
            let gestures = Rc::clone(&gestures);
            listen(&self.page.window, name, move |_: Event| gestures.set(Gestures::default()))?;
        }
        let (requests, on) = (self.requests.clone(), Rc::clone(&self.on));
        listen(&canvas, "wheel", move |event: WheelEvent| {
            if on.get() && event.delta_y() != 0.0 {
                let zoom = if event.delta_y() > 0.0 { ZOOM_STEP } else { 1.0 / ZOOM_STEP };
                requests.push(PanelRequest::Watch(CameraRequest::Zoom(zoom)));
            }
        })
    }
}

/// What a pointer's event means. One whose button is up counts as lifted, even if its end was reported elsewhere.
fn follow(gestures: &mut Gestures, event: &PointerEvent) -> Option<Gesture> {
    let (id, at_px) = (event.pointer_id(), Vec2::new(event.client_x() as f32, event.client_y() as f32));
    match event.type_().as_str() {
        _ if event.buttons() & 1 == 0 => gestures.up(id),
        "pointerdown" => gestures.down(id, at_px),
        "pointermove" => return gestures.moved(id, at_px),
        _ => gestures.up(id),
    }
    None
}

/// What a gesture on a view of that height asks of the camera.
fn request_of(gesture: Gesture, height_px: f32) -> CameraRequest {
    match gesture {
        // The world follows the finger, so the camera goes the other way.
        Gesture::Drag(way_px) => {
            CameraRequest::Free(Vec2::new(-way_px.x, way_px.y) / (height_px.max(2.0) / 2.0))
        }
        Gesture::Pinch(times) => CameraRequest::Zoom(times),
    }
}

/// How late it is what is seen.
fn delay_words(delay_ms: u32) -> String {
    match delay_ms {
        0 => "Watching".to_owned(),
        1..=999 => format!("Watching, {delay_ms} ms behind"),
        _ => format!("Watching, {} s behind", (delay_ms + 500) / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_follows_the_finger_and_a_pinch_is_a_zoom() {
        let drag = Gesture::Drag(Vec2::new(40.0, 10.0));
        assert_eq!(request_of(drag, 800.0), CameraRequest::Free(Vec2::new(-0.1, 0.025)));
        assert_eq!(request_of(Gesture::Pinch(0.5), 800.0), CameraRequest::Zoom(0.5));
    }

    #[test]
    fn the_delay_is_told() {
        let words = [0, 250, 3_000].map(delay_words);
        assert_eq!(words, ["Watching", "Watching, 250 ms behind", "Watching, 3 s behind"]);
    }
}
