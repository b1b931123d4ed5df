//! What proves that this device is a player's: kept in the browser until the player says to forget it, or takes it along
//! to another device as a recovery code.
//!
//! Who is forgotten is gone, so that is asked about, in a dialog of its own that says what goes.

use crate::page::{Page, listen};
use crate::panels::dom::{nearest, set_text};
use crate::panels::requests::{PanelRequest, PanelRequests};
use perigee_shared::protocol::DeviceToken;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlDialogElement, HtmlElement, HtmlInputElement};

/// Where it is kept.
const KEY: &str = "perigee.device";

/// The token, if there is one.
pub(crate) fn remembered(page: &Page) -> Option<DeviceToken> {
    let kept = page.window.local_storage().ok()??.get_item(KEY).ok()??;
    DeviceToken::from_hex(&kept)
}

/// Keeps it for the next visit, where the browser allows it.
pub(super) fn remember(page: &Page, token: DeviceToken) {
    if let Ok(Some(storage)) = page.window.local_storage() {
        // Where nothing can be kept, the next visit is a new player's.
        let _ = storage.set_item(KEY, &token.to_hex());
    }
}

/// Forgets it, and the name with it.
pub(super) fn forget(page: &Page) {
    if let Ok(Some(storage)) = page.window.local_storage() {
        let _ = storage.remove_item(KEY);
        let _ = storage.remove_item(crate::options::NAME_KEY);
    }
}

/// The dialogs about who this device is.
#[derive(Clone, Debug)]
pub(super) struct DeviceDialogs {
    page: Rc<Page>,
    requests: PanelRequests,
    forget: HtmlDialogElement,
    code: HtmlInputElement,
    show_code: HtmlElement,
    have: HtmlDialogElement,
    typed: HtmlInputElement,
    status: HtmlElement,
}

impl DeviceDialogs {
    pub(super) fn new(page: &Rc<Page>, requests: &PanelRequests) -> Result<Self, JsValue> {
        let dialogs = Self {
            page: Rc::clone(page),
            requests: requests.clone(),
            forget: page.element("forget")?,
            code: page.element("forget-code")?,
            show_code: page.element("forget-show")?,
            have: page.element("have-code")?,
            typed: page.element("have-code-field")?,
            status: page.element("have-code-status")?,
        };
        let own = dialogs.clone();
        listen(&page.window, "click", move |event: Event| {
            if let Some((_, what)) = nearest(&event, "device") {
                own.follow(&what);
            }
        })?;
        let (own, form): (_, HtmlElement) = (dialogs.clone(), page.element("have-code-form")?);
        listen(&form, "submit", move |event: Event| {
            event.prevent_default();
            own.take_code();
        })?;
        Ok(dialogs)
    }

    fn follow(&self, what: &str) {
        match what {
            "ask" => self.open(&self.forget),
            "show" => {
                self.code
                    .set_value(&remembered(&self.page).map_or(String::new(), DeviceToken::to_recovery_code));
                self.code.set_hidden(false);
                self.show_code.set_hidden(true);
                self.code.select();
            }
            "forget" => {
                self.forget.close();
                self.requests.push(PanelRequest::Forget);
            }
            "keep" => self.forget.close(),
            "have" => self.open(&self.have),
            "close" => self.have.close(),
            _ => {}
        }
    }

    fn open(&self, dialog: &HtmlDialogElement) {
        // A device without a token has nothing to save.
        self.show_code.set_hidden(remembered(&self.page).is_none());
        self.code.set_hidden(true);
        self.code.set_value("");
        self.typed.set_value("");
        set_text(&self.status, "");
        if !dialog.open() {
            // One that is in the page and closed can always be opened.
            let _ = dialog.show_modal();
        }
    }

    /// This device takes over another device's player.
    fn take_code(&self) {
        let Some(token) = DeviceToken::from_recovery_code(&self.typed.value()) else {
            return set_text(&self.status, "This is not a recovery code: check each character.");
        };
        remember(&self.page, token);
        self.typed.set_value("");
        self.have.close();
        self.requests.push(PanelRequest::BecomeOther);
    }
}
