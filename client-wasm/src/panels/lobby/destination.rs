//! What the play button will do, where it is more than to find a place: to which room a link leads, with whom, and the ways
//! out of that.

use crate::page::{Page, listen};
use crate::panels::dom::{nearest, set_text};
use crate::panels::requests::{PanelRequest, PanelRequests};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement};

/// A room to go back to, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WayBack {
    /// The player left it.
    Left(String),
    /// A seat of theirs is still there.
    Seat(String),
}

impl WayBack {
    fn room(&self) -> &str {
        match self {
            Self::Left(room) | Self::Seat(room) => room,
        }
    }
}

/// The line and its buttons.
#[derive(Debug)]
pub(super) struct Destination {
    line: HtmlElement,
    words: HtmlElement,
    anywhere: HtmlElement,
    alone: HtmlElement,
    back: HtmlElement,
    pub(super) way_back: Option<WayBack>,
}

impl Destination {
    pub(super) fn new(page: &Page) -> Result<Self, JsValue> {
        Ok(Self {
            line: page.element("destination")?,
            words: page.element("destination-words")?,
            anywhere: page.element("destination-anywhere")?,
            alone: page.element("destination-alone")?,
            back: page.element("destination-back")?,
            way_back: None,
        })
    }

    /// Begins to listen. The buttons change where the play button leads, or lead back at once.
    pub(super) fn listen(
        &self,
        requests: &PanelRequests,
        room: &Rc<RefCell<Option<String>>>,
        party: &Rc<RefCell<String>>,
    ) -> Result<(), JsValue> {
        let (requests, room, party) = (requests.clone(), Rc::clone(room), Rc::clone(party));
        listen(&self.line, "click", move |event: Event| match nearest(&event, "destination") {
            Some((_, what)) if what == "anywhere" => drop(room.take()),
            Some((_, what)) if what == "alone" => drop(party.take()),
            Some((button, what)) if what == "back" => {
                let room = button.get_attribute("data-room").unwrap_or_default();
                requests.push(PanelRequest::Join { game: String::new(), room, spectate: false });
            }
            _ => {}
        })
    }

    /// Shows where the play button leads.
    pub(super) fn show(&self, room: Option<&str>, in_party: bool) {
        let back = self.way_back.as_ref().filter(|way| Some(way.room()) != room);
        let words = words(room, in_party, back);
        set_text(&self.words, &words);
        self.line.set_hidden(words.is_empty());
        self.anywhere.set_hidden(room.is_none());
        self.alone.set_hidden(!in_party);
        self.back.set_hidden(back.is_none());
        if let Some(way) = back {
            set_text(&self.back, &format!("Back to {}", way.room()));
            // A constant name is always accepted.
            let _ = self.back.set_attribute("data-room", way.room());
        }
    }
}

fn words(room: Option<&str>, in_party: bool, back: Option<&WayBack>) -> String {
    let company = if in_party { " with your party" } else { "" };
    let place = match room {
        Some(room) => format!("Play takes you to room {room}{company}."),
        None if in_party => "Play finds a room for your party.".to_owned(),
        None => String::new(),
    };
    let behind = match back {
        Some(WayBack::Seat(room)) => format!("Your place is still kept in room {room}."),
        Some(WayBack::Left(room)) => format!("You left room {room}."),
        None => String::new(),
    };
    format!("{behind} {place}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_play_does_is_said_before_it_is_pressed() {
        let seat = WayBack::Seat("den".to_owned());
        let left = WayBack::Left("den".to_owned());
        assert_eq!(words(None, false, None), "");
        assert_eq!(words(Some("pit"), false, None), "Play takes you to room pit.");
        assert_eq!(words(Some("pit"), true, None), "Play takes you to room pit with your party.");
        assert_eq!(words(None, true, None), "Play finds a room for your party.");
        assert_eq!(
            words(Some("pit"), false, Some(&seat)),
            "Your place is still kept in room den. Play takes you to room pit."
        );
        assert_eq!(words(None, false, Some(&left)), "You left room den.");
    }
}
