//! What makes the client tick: display frames while the page is seen, a worker's timer while it is not.
//!
//! A hidden page gets no display frames and its own timers are slowed to one a second; a worker's are not. So a player
//! a player who looks at another tab keeps the connection.

use crate::app::App;
use crate::page::{Page, listen};
use perigee_shared::presentation::Stage;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

/// When the display gave no frame for this long, the worker's ticks drive the client, microseconds.
const FRAMES_MISSING_US: u64 = 90_000;

type Shared<S> = Rc<RefCell<App<S>>>;
type FrameClosure = Rc<RefCell<Option<Closure<dyn FnMut()>>>>;

/// Runs the client for as long as the page lives.
pub(crate) fn run<S: Stage + 'static>(page: &Rc<Page>, app: Shared<S>) -> Result<(), JsValue> {
    start_worker(page, &app)?;
    let next: FrameClosure = Rc::new(RefCell::new(None));
    let frame = {
        let (page, next) = (Rc::clone(page), Rc::clone(&next));
        move || {
            app.borrow_mut().frame(page.now_us());
            // Without a next frame the worker still keeps the connection; there is nothing else to be done here.
            let _ = request_frame(&page, &next);
        }
    };
    *next.borrow_mut() = Some(Closure::new(frame));
    request_frame(page, &next)
}

fn request_frame(page: &Page, next: &FrameClosure) -> Result<(), JsValue> {
    if let Some(closure) = next.borrow().as_ref() {
        page.window.request_animation_frame(closure.as_ref().unchecked_ref())?;
    }
    Ok(())
}

fn start_worker<S: Stage + 'static>(page: &Rc<Page>, app: &Shared<S>) -> Result<(), JsValue> {
    // The page knows the name under which the browser may keep it.
    let script = page.body.get_attribute("data-worker").unwrap_or_else(|| "./worker.js".to_owned());
    let worker = Worker::new(&script)?;
    let (page, app) = (Rc::clone(page), Rc::clone(app));
    listen(&worker, "message", move |event: MessageEvent| {
        let now_us = page.now_us();
        // Still borrowed only after a panic: then the page shows it, and nothing is to be done here.
        let Ok(mut app) = app.try_borrow_mut() else { return };
        if let Some(left_ms) = event.data().as_f64() {
            app.mail_waited(page.epoch_ms() - left_ms);
        }
        if now_us.saturating_sub(app.shown_at_us()) > FRAMES_MISSING_US {
            app.tick_unseen(now_us);
        }
    })
}
