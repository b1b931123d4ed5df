//! The lobby on the front page: the list of rooms, the mode for quick play, private rooms and parties.

use crate::options::is_code;
use crate::page::{Page, listen};
use crate::panels::dom::{add_button, nearest, set_flag, set_text};
use crate::panels::fetch::{Answer, Fetch, at, list_at, small_at, text_at};
use crate::panels::lobby::destination::{Destination, WayBack};
use crate::panels::lobby::links::{LinkField, link, random_code};
use crate::panels::lobby::list::List;
use crate::panels::lobby::ping::Ping;
use crate::panels::lobby::rooms::{Kind, MAX_ROOMS, Room, has_several_games, kinds, quick_play};
use crate::panels::requests::{PanelRequest, PanelRequests};
use crate::titles::Titles;
use perigee_shared::netcode::RoundPhase;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement};

/// Time between two looks at the rooms, microseconds; after a failure it is longer.
const INTERVAL_US: u64 = 4_000_000;
const AFTER_FAILURE_US: u64 = 20_000_000;

/// What the link says by which the player came.
#[derive(Clone, Debug, Default)]
pub(crate) struct CameBy {
    /// The room, if it names one.
    pub(crate) room: Option<String>,
    /// The party; empty for none.
    pub(crate) party: String,
    /// The game that the page plays.
    pub(crate) game: &'static str,
    /// Those that it can play.
    pub(crate) titles: Titles,
}

/// The lobby.
#[derive(Debug)]
pub(crate) struct Lobby {
    page: Rc<Page>,
    own_game: &'static str,
    titles: Titles,
    root: HtmlElement,
    list: List,
    note: HtmlElement,
    private: HtmlElement,
    link: LinkField,
    mode_box: HtmlElement,
    /// Where the play button leads: the room, if it is a certain one.
    room: Rc<RefCell<Option<String>>>,
    destination: Destination,
    party: Rc<RefCell<String>>,
    party_wanted: Rc<Cell<bool>>,
    rooms: Vec<Room>,
    kinds: Vec<Kind>,
    kind: Rc<RefCell<Kind>>,
    marked: Option<Kind>,
    fetch: Option<Fetch>,
    creation: Rc<RefCell<Option<Fetch>>>,
    asked_at_us: Option<u64>,
    wait_us: u64,
    ping: Option<Ping>,
    words: String,
}

impl Lobby {
    pub(crate) fn new(page: &Rc<Page>, requests: &PanelRequests, came_by: CameBy) -> Result<Self, JsValue> {
        let lobby = Self {
            page: Rc::clone(page),
            own_game: came_by.game,
            list: List::new(page, came_by.titles.clone())?,
            titles: came_by.titles,
            root: page.element("lobby")?,
            note: page.element("lobby-note")?,
            private: page.element("lobby-private")?,
            link: LinkField::new(page, "lobby-link")?,
            mode_box: page.element("lobby-modes")?,
            party: Rc::new(RefCell::new(came_by.party.clone())),
            party_wanted: Rc::new(Cell::new(!came_by.party.is_empty())),
            room: Rc::new(RefCell::new(came_by.room)),
            destination: Destination::new(page)?,
            rooms: Vec::new(),
            kinds: Vec::new(),
            kind: Rc::default(),
            marked: None,
            fetch: None,
            creation: Rc::default(),
            asked_at_us: None,
            wait_us: INTERVAL_US,
            ping: None,
            words: String::new(),
        };
        lobby.listen(requests)?;
        Ok(lobby)
    }

    fn listen(&self, requests: &PanelRequests) -> Result<(), JsValue> {
        let (requests, own_game) = (requests.clone(), self.own_game);
        let (kind, party_wanted) = (Rc::clone(&self.kind), Rc::clone(&self.party_wanted));
        let (page, creation) = (Rc::clone(&self.page), Rc::clone(&self.creation));
        self.destination.listen(&requests, &self.room, &self.party)?;
        let room_wanted = Rc::clone(&self.room);
        listen(&self.root, "click", move |event: Event| {
            let game = |button: &Element| button.get_attribute("data-game").unwrap_or_default();
            if let Some((button, room)) = nearest(&event, "join") {
                requests.push(PanelRequest::Join { game: game(&button), room, spectate: false });
            } else if let Some((button, room)) = nearest(&event, "watch") {
                requests.push(PanelRequest::Join { game: game(&button), room, spectate: true });
            } else if let Some((button, mode)) = nearest(&event, "mode") {
                *kind.borrow_mut() = Kind { game: game(&button), mode };
                // Who chooses a kind of match does not mean a certain room any more.
                room_wanted.take();
            } else if let Some((_, what)) = nearest(&event, "lobby") {
                match what.as_str() {
                    "private" if creation.borrow().is_none() => {
                        let body = private_room_wish(own_game, &kind.borrow());
                        *creation.borrow_mut() = Some(Fetch::post(&page, "api/v1/rooms", &body));
                    }
                    "invite" => party_wanted.set(true),
                    _ => {}
                }
            }
        })
    }

    /// The party; empty for none.
    pub(crate) fn party(&self) -> String {
        self.party.borrow().clone()
    }

    /// Where the play button leads: where the link said, or wherever the server finds a place in the chosen kind of match.
    /// The game, empty for the one that the page plays; and the room.
    pub(crate) fn quick_play(&self) -> (String, String) {
        match &*self.room.borrow() {
            // A private room was made of the chosen kind; to choose another kind is to mean no certain room any more.
            Some(room) => (self.kind.borrow().game.clone(), room.clone()),
            None => (self.kind.borrow().game.clone(), quick_play(&self.kind.borrow().mode)),
        }
    }

    /// The player has left that room.
    pub(crate) fn left(&mut self, room: Option<String>) {
        self.room.take();
        self.words.clear();
        self.destination.way_back = room.map(WayBack::Left);
    }

    /// The player still has a seat in that room.
    pub(crate) fn set_way_back(&mut self, room: Option<String>) {
        self.destination.way_back = room.map(WayBack::Seat);
    }

    /// Says something below the list.
    pub(crate) fn say(&mut self, words: &str) {
        words.clone_into(&mut self.words);
        self.page.say(words);
    }

    /// Keeps the lobby up to date while it is seen.
    pub(crate) fn show(&mut self, is_seen: bool, now_us: u64) -> Result<(), JsValue> {
        if !is_seen {
            // Seen again, it asks at once.
            self.asked_at_us = None;
            return Ok(());
        }
        self.destination.show(self.room.borrow().as_deref(), !self.party.borrow().is_empty());
        self.ask_when_due(now_us);
        if let Some(answer) = self.fetch.as_ref().and_then(Fetch::take) {
            self.fetch = None;
            self.take_rooms(answer)?;
        }
        self.follow_creation();
        self.follow_party();
        self.show_modes()?;
        set_text(&self.note, &self.note_words());
        Ok(())
    }

    fn ask_when_due(&mut self, now_us: u64) {
        let is_due = self.asked_at_us.is_none_or(|at_us| now_us.saturating_sub(at_us) > self.wait_us);
        if is_due && self.fetch.is_none() {
            self.asked_at_us = Some(now_us);
            self.fetch = Some(Fetch::get(&self.page, &format!("api/v1/rooms?limit={MAX_ROOMS}")));
        }
    }

    fn take_rooms(&mut self, answer: Answer) -> Result<(), JsValue> {
        let Answer::Json(json) = answer else {
            self.wait_us = AFTER_FAILURE_US;
            // A server without a list still has quick play.
            return Ok(());
        };
        self.wait_us = INTERVAL_US;
        self.rooms = list_at(&json, "rooms", MAX_ROOMS).iter().filter_map(room).collect();
        if self.ping.is_none() {
            self.ping = Some(Ping::start(&self.page));
        }
        self.root.set_hidden(false);
        self.page.mark("lobby", "1");
        self.show_rooms()
    }

    fn show_rooms(&mut self) -> Result<(), JsValue> {
        let kind = self.kind.borrow().clone();
        let shown: Vec<&Room> = self.rooms.iter().filter(|room| kind.has(room)).collect();
        self.list.show(&shown, has_several_games(&self.rooms))
    }

    fn show_modes(&mut self) -> Result<(), JsValue> {
        let kinds = kinds(&self.rooms);
        if kinds != self.kinds {
            self.mode_box.set_text_content(None);
            for kind in std::iter::once(&Kind::default()).chain(&kinds) {
                let words =
                    kind.words(has_several_games(&self.rooms), &|name| self.titles.of(name).to_owned());
                let button = add_button(&self.page, &self.mode_box, "small", &words)?;
                button.dataset().set("mode", &kind.mode)?;
                button.dataset().set("game", &kind.game)?;
            }
            // With one kind there is nothing to choose.
            self.mode_box.set_hidden(kinds.len() < 2);
            (self.kinds, self.marked) = (kinds, None);
        }
        let kind = self.kind.borrow().clone();
        if self.marked.as_ref() != Some(&kind) {
            let buttons = self.mode_box.children();
            for button in (0..buttons.length()).filter_map(|at| buttons.item(at)) {
                let is = |key: &str, word: &str| button.get_attribute(key).as_deref() == Some(word);
                let is_chosen = is("data-mode", &kind.mode) && is("data-game", &kind.game);
                set_flag(&button, "aria-pressed", is_chosen);
            }
            self.marked = Some(kind);
            self.show_rooms()?;
        }
        Ok(())
    }

    /// A private room was made, or not.
    fn follow_creation(&mut self) {
        let answer = self.creation.borrow().as_ref().and_then(Fetch::take);
        let Some(answer) = answer else { return };
        *self.creation.borrow_mut() = None;
        match answer {
            Answer::Json(json) => {
                let made = at(&json, "room").unwrap_or(json);
                let Some(name) = text_at(&made, "name").filter(|name| is_code(name)) else { return };
                let party = self.party();
                let link = link(&self.page, &[("room", &name), ("party", &party)]);
                let words = "Your room is open. Send this link to friends, then play.";
                self.link.show(words, &link);
                self.page.say(words);
                *self.room.borrow_mut() = Some(name);
                self.words.clear();
            }
            Answer::Refused(404 | 405, _) => {
                self.private.set_hidden(true);
                self.say("This server does not allow private rooms");
            }
            Answer::Refused(429, _) => self.say("Too many rooms from here: try again later"),
            Answer::Refused(_, why) if !why.is_empty() => {
                self.say(&format!("The room could not be opened: {why}"));
            }
            Answer::Refused(..) | Answer::Failed => self.say("The room could not be opened: try again"),
        }
    }

    /// Friends were invited, or the link names a party.
    fn follow_party(&mut self) {
        if !self.party_wanted.take() {
            return;
        }
        if self.party.borrow().is_empty() {
            let Some(code) = random_code(&self.page) else { return };
            *self.party.borrow_mut() = code;
        }
        let party = self.party();
        let room = self.room.borrow().clone().unwrap_or_default();
        let options = [("room", room.as_str()), ("party", party.as_str())];
        let link = link(&self.page, &options);
        let words = "Friends who open this link play with you:";
        self.link.show(words, &link);
        self.page.say(words);
        // So that a reload is still of the party.
        if let Ok(history) = self.page.window.history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&link));
        }
    }

    fn note_words(&self) -> String {
        if !self.words.is_empty() {
            return self.words.clone();
        }
        let ping = self.ping.as_ref().and_then(Ping::best_ms);
        let ping = ping.map_or(String::new(), |ms| format!("Server {} ms away. ", ms.max(1.0).round()));
        // The destination names a room that was chosen, and a party.
        let is_told = self.room.borrow().is_some() || !self.party.borrow().is_empty();
        let place = if is_told { "" } else { "Play finds you a room." };
        format!("{ping}{place}").trim().to_owned()
    }
}

/// What is asked of the server for a private room.
fn private_room_wish(own_game: &str, kind: &Kind) -> String {
    let game = if kind.game.is_empty() { own_game } else { &kind.game };
    let field = |key: &str, word: &str| is_code(word).then(|| format!("\"{key}\":\"{word}\""));
    let fields: Vec<String> =
        [field("game", game), field("mode", &kind.mode)].into_iter().flatten().collect();
    format!("{{{}}}", fields.join(","))
}

fn room(json: &JsValue) -> Option<Room> {
    Some(Room {
        name: text_at(json, "name").filter(|name| is_code(name))?,
        game: text_at(json, "game").filter(|game| is_code(game)).unwrap_or_default(),
        mode: text_at(json, "mode").unwrap_or_default(),
        // One that a newer server has is none that the page knows.
        phase: text_at(json, "phase").and_then(|name| RoundPhase::named(&name)).unwrap_or_default(),
        left_s: small_at(json, "seconds_left"),
        people: small_at(json, "players"),
        bots: small_at(json, "bots"),
        max_players: small_at(json, "max_players"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_room_is_of_the_chosen_kind_or_of_the_pages_game() {
        let kind = |game: &str, mode: &str| Kind { game: game.to_owned(), mode: mode.to_owned() };
        assert_eq!(private_room_wish("hockey", &Kind::default()), r#"{"game":"hockey"}"#);
        assert_eq!(
            private_room_wish("hockey", &kind("arena", "teams")),
            r#"{"game":"arena","mode":"teams"}"#
        );
        assert_eq!(private_room_wish("a\"b", &kind("", "x y")), "{}", "nothing that is no word");
    }
}
