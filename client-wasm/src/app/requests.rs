//! What the player asks of the page by the form, its buttons and the keys that are its own; and what the browser reports of
//! the network and of the page itself. Handlers only note it; the client's next frame acts.

use crate::bindings::Action;
use crate::page::{Page, is_composing, listen};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, MouseEvent, PageTransitionEvent};

/// Requests that may wait for a frame; later ones are dropped: nobody clicks that fast.
const MAX_REQUESTS: usize = 64;

/// What the player asked of the page since the last frame. Handlers only note it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Play,
    ToggleNetGraph,
    CloseTop,
    /// The player wants a try to connect at once.
    TryNow,
    /// The player wants the seat here that went on in another window.
    TakeOver,
    /// The player wants to go back to the front page.
    Leave,
    /// To load the page again.
    Reload,
    /// The network, or the page itself, was away and is back.
    Back,
    /// The player looks at the page again.
    Seen,
    /// A button was used; it made a click.
    Click,
    /// What a key or a button of the page stands for.
    Act(Action),
}

/// The requests since the last frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(Rc<RefCell<Vec<Request>>>);

impl Requests {
    fn push(&self, request: Request) {
        let mut requests = self.0.borrow_mut();
        if requests.len() < MAX_REQUESTS {
            requests.push(request);
        }
    }

    /// Takes out what was asked.
    pub(super) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

/// Begins to listen.
pub(super) fn listen_to_page(page: &Page) -> Result<Requests, JsValue> {
    let requests = Requests::default();
    let noted = requests.clone();
    let form: HtmlElement = page.element("join")?;
    listen(&form, "submit", move |event: Event| {
        event.prevent_default();
        noted.push(Request::Play);
    })?;
    listen_to_keys(page, &requests)?;
    listen_to_buttons(page, &requests)?;
    listen_to_browser(page, &requests)?;
    Ok(requests)
}

fn listen_to_keys(page: &Page, requests: &Requests) -> Result<(), JsValue> {
    let (noted, document) = (requests.clone(), page.document.clone());
    listen(&page.window, "keydown", move |event: KeyboardEvent| match event.code().as_str() {
        // What is being composed is the input method's, this key as well.
        _ if is_composing(&event) => {}
        "F3" => {
            event.prevent_default();
            noted.push(Request::ToggleNetGraph);
        }
        // An open panel closes itself with this key: it is the browser's own dialog.
        "Escape" if document.query_selector("dialog[open]").is_ok_and(|open| open.is_some()) => {}
        "Escape" => noted.push(Request::CloseTop),
        _ => {}
    })
}

/// Buttons click; those that name an action or a way ask for it.
fn listen_to_buttons(page: &Page, requests: &Requests) -> Result<(), JsValue> {
    let noted = requests.clone();
    listen(&page.window, "click", move |event: MouseEvent| {
        let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let button =
            element.and_then(|element| element.closest("button, input[type=checkbox]").ok().flatten());
        let Some(button) = button else { return };
        noted.push(Request::Click);
        let name = button.get_attribute("data-action");
        let action = Action::ALL.into_iter().find(|action| Some(action.name()) == name.as_deref());
        action.into_iter().for_each(|action| noted.push(Request::Act(action)));
        match button.get_attribute("data-way").as_deref() {
            Some("here") => noted.push(Request::TakeOver),
            Some("try") => noted.push(Request::TryNow),
            Some("leave") => noted.push(Request::Leave),
            Some("reload") => noted.push(Request::Reload),
            _ => {}
        }
    })
}

fn listen_to_browser(page: &Page, requests: &Requests) -> Result<(), JsValue> {
    let noted = requests.clone();
    listen(&page.window, "online", move |_: Event| noted.push(Request::Back))?;
    let noted = requests.clone();
    listen(&page.window, "pageshow", move |event: PageTransitionEvent| {
        // Out of the browser's memory of pages, in which sockets are cut.
        if event.persisted() {
            noted.push(Request::Back);
        }
    })?;
    let (noted, document) = (requests.clone(), page.document.clone());
    listen(&page.document, "visibilitychange", move |_: Event| {
        if !document.hidden() {
            noted.push(Request::Seen);
        }
    })
}
