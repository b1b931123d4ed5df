//! Chat in the page: the lines, the field, and the menu of a name. Lines are text nodes, whatever is in them.

use crate::page::{Page, is_composing, listen};
use crate::panels::chat::log::{ChatLog, Kind, Line};
use crate::panels::chat::typed::{Company, Offer, Typed, complete, next_channel, read};
use crate::panels::dom::{add, add_button, nearest, set_data, set_text};
use crate::panels::requests::{PanelRequest, PanelRequests};
use perigee_shared::protocol::{Channel, ChatLine, ServiceRefusal, ServiceRequest};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement, HtmlInputElement, KeyboardEvent};

/// Lines fade when nothing was said for so long, microseconds.
const IDLE_US: u64 = 12_000_000;
/// Names that completion knows at the most.
const MAX_NAMES: usize = 300;

/// What handlers and frames share.
#[derive(Debug)]
struct ChatState {
    log: ChatLog,
    /// Whether the game has teams.
    has_teams: bool,
    channel: Channel,
    /// Names in the room, for completion.
    names: Vec<String>,
    offer: Option<Offer>,
    /// Something changed since it was drawn.
    changed: bool,
}

/// The chat.
#[derive(Debug)]
pub(crate) struct Chat {
    page: Rc<Page>,
    state: Rc<RefCell<ChatState>>,
    root: HtmlElement,
    list: HtmlElement,
    channel: HtmlElement,
    field: HtmlInputElement,
    badge: HtmlElement,
    /// What is in the page: each line's id and element, oldest first.
    shown: VecDeque<(u64, HtmlElement)>,
    spoken_at_us: u64,
    is_open: bool,
}

impl Chat {
    pub(crate) fn new(page: &Rc<Page>, requests: &PanelRequests, has_teams: bool) -> Result<Self, JsValue> {
        let state = Rc::new(RefCell::new(ChatState {
            log: ChatLog::default(),
            has_teams,
            channel: Channel::Room,
            names: Vec::new(),
            offer: None,
            changed: true,
        }));
        let chat = Self {
            page: Rc::clone(page),
            root: page.element("panel-chat")?,
            list: page.element("chat-lines")?,
            channel: page.element("chat-channel")?,
            field: page.element("chat-text")?,
            badge: page.element("chat-unread")?,
            state,
            shown: VecDeque::new(),
            spoken_at_us: 0,
            is_open: false,
        };
        chat.listen_to_field(requests)?;
        chat.listen_to_names(requests)?;
        Ok(chat)
    }

    /// Takes in a line; one that `is_past` was said to others, before the player came.
    pub(crate) fn take(&mut self, line: ChatLine, own_name: &str, is_past: bool, now_us: u64) {
        let mut state = self.state.borrow_mut();
        let unread = state.log.unread();
        state.log.take(line, own_name);
        if is_past {
            state.log.set_unread(unread);
        }
        state.changed = true;
        self.spoken_at_us = now_us;
    }

    /// Takes in why something was not done.
    pub(crate) fn refuse(&mut self, refusal: &ServiceRefusal, now_us: u64) {
        let mut state = self.state.borrow_mut();
        state.log.refuse(refusal);
        state.changed = true;
        self.spoken_at_us = now_us;
    }

    /// Another match.
    pub(crate) fn clear(&mut self) {
        let mut state = self.state.borrow_mut();
        state.log.clear();
        (state.channel, state.changed) = (Channel::Room, true);
    }

    /// Who is in the room, for completion.
    pub(crate) fn set_names<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let mut state = self.state.borrow_mut();
        state.names = names.take(MAX_NAMES).map(str::to_owned).collect();
        let mut writers: Vec<String> = state.log.writers().map(str::to_owned).collect();
        writers.retain(|writer| !state.names.contains(writer));
        writers.dedup();
        state.names.extend(writers);
    }

    /// Writes into the page what changed.
    pub(crate) fn show(&mut self, is_open: bool, now_us: u64) -> Result<(), JsValue> {
        let opened = is_open && !self.is_open;
        self.is_open = is_open;
        if opened {
            self.spoken_at_us = now_us;
        }
        let state = Rc::clone(&self.state);
        let mut state = state.borrow_mut();
        if is_open {
            state.log.set_read();
        } else {
            self.close_menu();
        }
        if std::mem::take(&mut state.changed) {
            self.show_lines(&state.log)?;
            set_text(&self.channel, &channel_words(&state.channel));
        }
        if opened {
            self.list.set_scroll_top(self.list.scroll_height());
        }
        let unread = state.log.unread();
        set_text(&self.badge, &if unread > 99 { "99+".to_owned() } else { unread.to_string() });
        self.badge.set_hidden(unread == 0);
        let idle = !is_open && now_us.saturating_sub(self.spoken_at_us) > IDLE_US;
        set_data(&self.root, "idle", if idle { "1" } else { "0" });
        Ok(())
    }

    /// Old lines leave at the top, new ones come at the bottom; those between stay as they are.
    fn show_lines(&mut self, log: &ChatLog) -> Result<(), JsValue> {
        let at_end = self.list.scroll_top() + self.list.client_height() + 8 >= self.list.scroll_height();
        let kept: Vec<u64> = log.lines().map(|line| line.id).collect();
        self.shown.retain(|(id, element)| {
            let is_kept = kept.binary_search(id).is_ok();
            if !is_kept {
                element.remove();
            }
            is_kept
        });
        let newest = self.shown.back().map_or(0, |(id, _)| *id);
        for line in log.lines().filter(|line| line.id > newest) {
            let element = self.add_line(line)?;
            self.shown.push_back((line.id, element));
        }
        if at_end || !self.is_open {
            self.list.set_scroll_top(self.list.scroll_height());
        }
        Ok(())
    }

    fn add_line(&self, line: &Line) -> Result<HtmlElement, JsValue> {
        let item = add(&self.page, &self.list, "li", "", "")?;
        item.dataset().set("kind", line.kind.name())?;
        item.dataset().set("own", if line.own { "1" } else { "0" })?;
        let tag = match line.kind {
            Kind::Private if line.own => "to",
            kind => kind.tag(),
        };
        if !tag.is_empty() {
            add(&self.page, &item, "span", "tag", tag)?;
        }
        if !line.who.is_empty() {
            let name = add_button(&self.page, &item, "who", &line.who)?;
            name.dataset().set("who", &line.who)?;
        }
        let text = add(&self.page, &item, "span", "text", "")?;
        // A text node: the line is never read as markup, and an address in it does not become a link.
        text.append_child(&self.page.document.create_text_node(&line.text))?;
        Ok(item)
    }

    fn listen_to_field(&self, requests: &PanelRequests) -> Result<(), JsValue> {
        let form: HtmlElement = self.page.element("chat-form")?;
        let (state, field, sent) = (Rc::clone(&self.state), self.field.clone(), requests.clone());
        listen(&form, "submit", move |event: Event| {
            event.prevent_default();
            let typed = field.value();
            let mut state = state.borrow_mut();
            if state.submit(&typed, &sent) {
                field.set_value("");
            }
        })?;
        let (state, field) = (Rc::clone(&self.state), self.field.clone());
        listen(&self.field, "keydown", move |event: KeyboardEvent| {
            if is_composing(&event) {
                // Safari would send the line by the key that only ends the composition.
                if event.key() == "Enter" {
                    event.prevent_default();
                }
                return;
            }
            if event.key() == "Tab" && !event.shift_key() && !field.value().is_empty() {
                let mut state = state.borrow_mut();
                let offer = complete(&field.value(), state.offer.as_ref(), &state.names);
                if let Some(offer) = offer {
                    event.prevent_default();
                    field.set_value(&offer.line);
                    state.offer = Some(offer);
                }
            }
        })?;
        let (state, field) = (Rc::clone(&self.state), self.field.clone());
        listen(&self.channel, "click", move |_: Event| {
            let mut state = state.borrow_mut();
            state.channel = next_channel(&state.channel, state.has_teams);
            state.changed = true;
            let _ = field.focus();
        })
    }

    /// A name opens its menu; the menu's entries act on that name.
    fn listen_to_names(&self, requests: &PanelRequests) -> Result<(), JsValue> {
        let menu: HtmlElement = self.page.element("chat-menu")?;
        let (title, block): (HtmlElement, HtmlElement) =
            (self.page.element("chat-menu-name")?, self.page.element("chat-menu-block")?);
        let (state, shown) = (Rc::clone(&self.state), menu.clone());
        listen(&self.list, "click", move |event: Event| {
            let Some((_, who)) = nearest(&event, "who") else { return shown.set_hidden(true) };
            set_text(&title, &who);
            set_text(&block, if state.borrow().log.is_blocked(&who) { "Unblock" } else { "Block" });
            set_data(&shown, "name", &who);
            shown.set_hidden(false);
            let first = shown.query_selector("button").ok().flatten();
            if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
                let _ = first.focus();
            }
        })?;
        let (own, field) = (menu.clone(), self.field.clone());
        listen(&menu, "keydown", move |event: KeyboardEvent| {
            // The menu is what was opened last.
            if event.key() == "Escape" {
                event.stop_propagation();
                own.set_hidden(true);
                let _ = field.focus();
            }
        })?;
        let (state, field, requests) = (Rc::clone(&self.state), self.field.clone(), requests.clone());
        let own = menu.clone();
        listen(&menu, "click", move |event: Event| {
            let (Some((_, what)), Some(name)) = (nearest(&event, "do"), own.dataset().get("name")) else {
                return;
            };
            own.set_hidden(true);
            let mut state = state.borrow_mut();
            if what == "whisper" {
                (state.channel, state.changed) = (Channel::Private(name), true);
                let _ = field.focus();
            } else if what == "block" {
                let blocked = !state.log.is_blocked(&name);
                state.block(name, blocked, &requests);
                let _ = field.focus();
            }
        })
    }

    fn close_menu(&self) {
        if let Ok(menu) = self.page.element::<HtmlElement>("chat-menu") {
            menu.set_hidden(true);
        }
    }
}

impl ChatState {
    /// Does what a typed line says; whether the field is to be emptied.
    fn submit(&mut self, typed: &str, requests: &PanelRequests) -> bool {
        self.offer = None;
        let company =
            Company { names: &self.names, last_private: self.log.last_private(), has_teams: self.has_teams };
        match read(typed, &self.channel, company) {
            // Shown once the server says it back: so that it is read as the others read it, and in their order.
            Typed::Say(channel, text) => {
                requests.push(PanelRequest::Tell(ServiceRequest::Say { channel, text }));
            }
            Typed::Switch(channel) => (self.channel, self.changed) = (channel, true),
            Typed::Block { name, blocked } => self.block(name, blocked, requests),
            Typed::Aside(words) => {
                self.log.aside(words);
                self.changed = true;
                return false;
            }
            Typed::Nothing => requests.push(PanelRequest::CloseTop),
        }
        true
    }

    fn block(&mut self, name: String, blocked: bool, requests: &PanelRequests) {
        self.changed = true;
        if !self.log.block(&name, blocked) {
            self.log.refuse(&ServiceRefusal::TooManyBlocked);
            return;
        }
        let words = if blocked { "You do not read" } else { "You read" };
        let again = if blocked { "any more. /unblock takes it back." } else { "again." };
        self.log.aside(format!("{words} {name} {again}"));
        requests.push(PanelRequest::Tell(ServiceRequest::Block { name, blocked }));
    }
}

/// A channel in a word or two.
fn channel_words(channel: &Channel) -> String {
    match channel {
        Channel::Room => "room".to_owned(),
        Channel::Team => "team".to_owned(),
        Channel::Everyone => "all".to_owned(),
        Channel::Private(name) => format!("to {name}"),
    }
}
